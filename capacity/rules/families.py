"""What families may be asked to travel, and where they belong."""

from __future__ import annotations

import numpy as np

from capacity.labels import Bools, Floats, Ints
from capacity.problem import Problem
from capacity.rules.plans import Plans
from capacity.rules.rule import Excess, Key, Rows, RowWriter, Rule, holding, scenario_keys
from capacity.rules.variables import Variables
from capacity.tolerances import HOLD, SHARE


def _point_keys(p: Problem, blocks: int) -> tuple[Key, ...]:
    """Keys of the points: once where one assignment serves every scenario."""
    ids = p.network.point_ids
    if blocks == 1:
        return tuple((i,) for i in ids)
    return tuple(scenario_keys(p, ids, range(blocks)))


def _point_key(p: Problem, v: Variables, i: int, s: int) -> Key:
    ids = p.network.point_ids
    return (ids[i],) if v.scenarios == 1 else (ids[i], p.scenarios.ids[s])


def _points(p: Problem, v: Variables, s: int, pairs: Bools | slice = slice(None)) -> Ints:
    """Points with usable pairs (among `pairs`) where somebody needs a stay in block s."""
    points = np.unique(v.pair_point[pairs])
    return points if v.shared else points[p.women[s][points] > 0]


def _by_point(p: Problem, amount: Floats) -> Floats:
    """(B, S', n) as (B, S' n), nothing where nobody needs a stay."""
    needed = (p.women > 0) if amount.shape[1] > 1 else p.active[None, :]
    return np.asarray(np.where(needed, amount, 0.0)).reshape(len(amount), -1)


def _region_access_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    share, minutes = p.policy.region_access.share, p.policy.region_access.minutes
    near = p.minutes[v.pair_point, v.pair_site] <= minutes
    region = p.network.point_region_index
    for s in holding(p):
        for r, name in enumerate(p.network.regions):
            women = p.women[s] * (region == r)
            if women.sum() > 0:
                here = near & (women[v.pair_point] > 0)
                (key,) = scenario_keys(p, [name], [s])
                terms = [(v.share(s)[here], women[v.pair_point][here])]
                out.add(out.instance(*key), terms, lower=share * women.sum())
    return out.rows()


def _region_access_excess(p: Problem, plans: Plans) -> Excess:
    share, minutes = p.policy.region_access.share, p.policy.region_access.minutes
    hold = holding(p)
    reached = plans.mean((p.minutes <= minutes).astype(float))
    inside = p.network.point_region_index[:, None] == np.arange(len(p.network.regions))
    women = p.women[hold]
    blocks = reached if reached.shape[1] == 1 else reached[:, hold]
    near = (blocks * women[None]) @ inside.astype(float)
    short = (share * (women @ inside))[None] - near
    return Excess(
        keys=tuple(scenario_keys(p, p.network.regions, hold)),
        amount=short.reshape(len(plans.open), -1),
    )


REGION_ACCESS = Rule(
    name="region_access",
    sentence="In every region at least the given share of women live within the given minutes "
    "of their unit.",
    unit="women a year too far away",
    rows=_region_access_rows,
    excess=_region_access_excess,
)


def _own_pairs(p: Problem) -> Bools:
    agreed = set(p.policy.own_region.agreements)
    regions = p.network.regions
    allowed = np.array([[a == b or (a, b) in agreed for b in regions] for a in regions])
    return np.asarray(allowed[np.ix_(p.network.point_region_index, p.network.site_region_index)])


def _own_region_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    foreign = ~_own_pairs(p)[v.pair_point, v.pair_site]
    for s in range(v.scenarios):
        for i in _points(p, v, s, foreign):
            here = foreign & (v.pair_point == i)
            out.add(out.instance(*_point_key(p, v, i, s)), [(v.share(s)[here], 1.0)], upper=0)
    return out.rows()


def _own_region_excess(p: Problem, plans: Plans) -> Excess:
    own = p.network.site_region_index[None, :] == p.network.point_region_index[:, None]
    regions = p.network.regions
    for start, end in p.policy.own_region.agreements:
        own |= (p.network.point_region_index[:, None] == regions.index(start)) & (
            p.network.site_region_index[None, :] == regions.index(end)
        )
    away = plans.mean(np.where(own, 0.0, 1.0))
    return Excess(keys=_point_keys(p, away.shape[1]), amount=_by_point(p, away))


OWN_REGION = Rule(
    name="own_region",
    sentence="Women are served in their own region (but for listed agreements between regions).",
    unit="share of a demand point served elsewhere",
    rows=_own_region_rows,
    excess=_own_region_excess,
    pairs=_own_pairs,
)


def _exempt(p: Problem) -> Bools:
    return np.array([i in p.policy.reach.exceptions for i in p.network.point_ids])


def _reach_pairs(p: Problem) -> Bools:
    return np.asarray((p.minutes <= p.policy.reach.minutes) | _exempt(p)[:, None])


def _reach_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    beyond = p.minutes[v.pair_point, v.pair_site] - p.policy.reach.minutes
    far = (beyond > 0) & ~_exempt(p)[v.pair_point]
    for s in range(v.scenarios):
        for i in _points(p, v, s, far):
            here = far & (v.pair_point == i)
            terms = [(v.share(s)[here], beyond[here])]
            out.add(out.instance(*_point_key(p, v, i, s)), terms, upper=0)
    return out.rows()


def _reach_excess(p: Problem, plans: Plans) -> Excess:
    beyond = np.maximum(p.minutes - p.policy.reach.minutes, 0.0)
    over = plans.mean(np.where(_exempt(p)[:, None], 0.0, beyond))
    return Excess(keys=_point_keys(p, over.shape[1]), amount=_by_point(p, over), scale=1e-3)


REACH = Rule(
    name="reach",
    sentence="No family travels longer than the limit (but for named exceptions, such as islands).",
    unit="minutes beyond the limit, by the share of a demand point",
    rows=_reach_rows,
    excess=_reach_excess,
    pairs=_reach_pairs,
)


def _nearest_rows(p: Problem, v: Variables) -> Rows:
    """For each point and site: who is sent farther than j, plus y_j, is at most one."""
    out = RowWriter()
    rank = p.nearness[v.pair_point, v.pair_site]
    for s in range(v.scenarios):
        shares = v.share(s)
        for i in _points(p, v, s):
            mine = np.flatnonzero(v.pair_point == i)
            mine = mine[np.argsort(rank[mine])]
            key = out.instance(*_point_key(p, v, i, s))
            for k, pair in enumerate(mine):
                farther = shares[mine[k + 1 :]]
                terms = [(farther, 1.0), (v.open[v.pair_site[[pair]]], 1.0)]
                out.add(key, terms, upper=1)
    return out.rows()


def _nearest_excess(p: Problem, plans: Plans) -> Excess:
    from capacity.rules import allowed_pairs

    usable = allowed_pairs(p)
    passed = []
    for b in range(len(plans.open)):
        ranks = np.where(usable & plans.open[b], p.nearness, len(p.network.site_ids))
        farther = p.nearness > ranks.min(axis=1, keepdims=True)
        sent = plans.shares(b)
        passed.append(sent.by_point(sent.share * farther[sent.point, sent.site]))
    amount = np.stack(passed)
    return Excess(keys=_point_keys(p, amount.shape[1]), amount=_by_point(p, amount))


NEAREST = Rule(
    name="nearest",
    sentence="Families use the nearest open unit they may use.",
    unit="share of a demand point sent past a nearer unit",
    rows=_nearest_rows,
    excess=_nearest_excess,
)


def _one_agreement_rows(p: Problem, v: Variables) -> Rows:
    """Where shares are whole the rule holds by itself; at a price it needs agreements to count."""
    out = RowWriter()
    if v.whole:
        return out.rows()
    agreement = v.add(v.pairs, upper=1, whole=True)
    for s in range(v.scenarios):
        out.add_each(-1, [(v.share(s), 1.0), (agreement, -1.0)], upper=0)
    for i in np.unique(v.pair_point):
        out.add(
            out.instance(p.network.point_ids[i]), [(agreement[v.pair_point == i], 1.0)], upper=1
        )
    return out.rows()


def _one_agreement_excess(p: Problem, plans: Plans) -> Excess:
    count = []
    for b in range(len(plans.open)):
        sent = plans.shares(b)
        needed = p.women[sent.scenario, sent.point] > 0 if sent.shape[0] > 1 else p.active[sent.point]
        agreed = sent.by_pair(((sent.share > max(SHARE, HOLD)) & needed).astype(float))
        count.append((agreed > 0).sum(axis=1))
    keys = tuple((i,) for i in p.network.point_ids)
    return Excess(keys=keys, amount=np.stack(count).astype(float) - 1)


ONE_AGREEMENT = Rule(
    name="one_agreement",
    sentence="A municipality has an agreement with one unit only.",
    unit="agreements too many",
    rows=_one_agreement_rows,
    excess=_one_agreement_excess,
)
