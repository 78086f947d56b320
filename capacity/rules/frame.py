"""What makes a plan a plan: everybody served, at open units, of one size, as promised."""

from __future__ import annotations

import numpy as np

from capacity.problem import Problem
from capacity.rules.plans import Plans
from capacity.rules.rule import Excess, Rows, RowWriter, Rule, holding, scenario_keys
from capacity.rules.variables import Variables
from capacity.tolerances import SHARE, USED


def _served_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    ids = p.network.point_ids
    # Pairs stand point by point.
    starts = np.searchsorted(v.pair_point, np.arange(len(ids) + 1)).tolist()
    for s in range(len(p.scenarios.ids)):
        shares = v.share(s)
        for i in np.flatnonzero(p.women[s] > 0).tolist():
            (key,) = scenario_keys(p, [ids[i]], [s])
            women = p.women[s, i]
            out.add(out.instance(*key), [(shares[starts[i] : starts[i + 1]], women)], lower=women)
    return out.rows()


def _served_excess(p: Problem, plans: Plans) -> Excess:
    unserved = (1 - plans.served) * p.women[None]
    count = len(plans.open)
    keys = tuple(scenario_keys(p, p.network.point_ids, range(len(p.scenarios.ids))))
    return Excess(keys=keys, amount=unserved.reshape(count, -1))


SERVED = Rule(
    name="served",
    sentence="Every woman who needs a stay is offered a bed.",
    unit="women a year not served",
    rows=_served_rows,
    excess=_served_excess,
)


def _open_only_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for s in range(v.scenarios):
        out.add_each(-1, [(v.share(s), 1.0), (v.open[v.pair_site], -1.0)], upper=0)
    needed = p.women[:, v.pair_point] > 0 if not v.shared else np.ones((1, v.pairs), bool)
    for j in v.sites:
        here = np.flatnonzero(v.pair_site == j)
        shares = np.concatenate([v.share(s, here[needed[s, here]]) for s in range(v.scenarios)])
        out.add(-1, [(shares, 1.0), (v.open[[j]], -USED)], lower=0)
    return out.rows()


def _open_only_excess(p: Problem, plans: Plans) -> Excess:
    sent_to_closed = np.where(plans.open[:, None, :], 0.0, plans.stays).max(axis=1)
    idle = np.where(plans.open, USED * (1 - SHARE) - plans.used, -1.0)
    sites = p.network.site_ids
    return Excess(
        keys=tuple((j, "closed") for j in sites) + tuple((j, "idle") for j in sites),
        amount=np.concatenate([sent_to_closed, idle], axis=1),
    )


OPEN_ONLY = Rule(
    name="open_only",
    sentence="Women are sent only to sites that are opened.",
    unit="women a year sent to a closed site",
    rows=_open_only_rows,
    excess=_open_only_excess,
)


def _one_size_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for j in v.sites:
        out.add(-1, [(v.size[v.size_site == j], 1.0), (v.open[[j]], -1.0)], lower=0, upper=0)
    return out.rows()


def _one_size_excess(p: Problem, plans: Plans) -> Excess:
    low, high = p.size_limits
    outside = np.maximum(low - plans.beds, plans.beds - high)
    amount = np.where(plans.open, outside, plans.beds)
    return Excess(keys=tuple((j,) for j in p.network.site_ids), amount=amount.astype(float))


ONE_SIZE = Rule(
    name="one_size",
    sentence="A unit has exactly one of the sizes its site allows.",
    unit="beds outside the allowed sizes",
    rows=_one_size_rows,
    excess=_one_size_excess,
)


def _promise_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for s in holding(p):
        women = p.women[s][v.pair_point]
        most = p.women[s].sum()
        carried = np.minimum(p.stays_by_beds[v.size_beds], most)
        for j in v.sites:
            here, sizes = np.flatnonzero(v.pair_site == j), v.size_site == j
            (key,) = scenario_keys(p, [p.network.site_ids[j]], [s])
            out.add(
                out.instance(*key),
                [(v.share(s, here), women[here]), (v.size[sizes], -carried[sizes])],
                upper=0,
            )
    return out.rows()


def _promise_excess(p: Problem, plans: Plans) -> Excess:
    carried = p.stays_by_beds[np.clip(plans.beds, 0, p.sizes.largest)]
    hold = holding(p)
    over = np.where(plans.open[:, None, :], plans.stays[:, hold] - carried[:, None, :], 0.0)
    keys = tuple(scenario_keys(p, p.network.site_ids, hold))
    return Excess(keys=keys, amount=over.reshape(len(plans.open), -1))


PROMISE = Rule(
    name="promise",
    sentence="A unit's beds carry its stays at the promised availability, "
    "in every scenario that must hold.",
    unit="stays a year beyond what the beds carry",
    rows=_promise_rows,
    excess=_promise_excess,
)
