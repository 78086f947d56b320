"""Where units may and must be, and how many."""

from __future__ import annotations

import numpy as np

from capacity.labels import Bools
from capacity.problem import Problem
from capacity.rules.plans import Plans
from capacity.rules.rule import Excess, Rows, RowWriter, Rule
from capacity.rules.variables import Variables


def _sites(p: Problem) -> tuple[tuple[str, ...], ...]:
    return tuple((j,) for j in p.network.site_ids)


def _named(p: Problem, ids: tuple[str, ...]) -> Bools:
    return np.array([j in ids for j in p.network.site_ids])


def _units_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    fewest, most = p.policy.units
    out.add(out.instance("fewest"), [(v.open[v.sites], 1.0)], lower=fewest)
    out.add(out.instance("most"), [(v.open[v.sites], 1.0)], upper=most)
    return out.rows()


def _units_excess(p: Problem, plans: Plans) -> Excess:
    fewest, most = p.policy.units
    count = plans.open.sum(axis=1).astype(float)
    return Excess(
        keys=(("fewest",), ("most",)), amount=np.stack([fewest - count, count - most], axis=1)
    )


UNITS = Rule(
    name="units",
    sentence="The number of units lies between the given bounds.",
    unit="units too few or too many",
    rows=_units_rows,
    excess=_units_excess,
)


def _near_sites(p: Problem) -> Bools:
    limit = p.policy.near_ambulatory
    return np.asarray((p.ambulatory_minutes <= limit.minutes) | _named(p, limit.exceptions))


def _near_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    limit = p.policy.near_ambulatory
    for j in v.sites:
        beyond = p.ambulatory_minutes[j] - limit.minutes
        if beyond > 0 and p.network.site_ids[j] not in limit.exceptions:
            out.add(out.instance(p.network.site_ids[j]), [(v.open[[j]], float(beyond))], upper=0)
    return out.rows()


def _near_excess(p: Problem, plans: Plans) -> Excess:
    limit = p.policy.near_ambulatory
    beyond = np.where(_named(p, limit.exceptions), 0.0, p.ambulatory_minutes - limit.minutes)
    return Excess(keys=_sites(p), amount=np.where(plans.open, beyond, 0.0), scale=1e-3)


NEAR_AMBULATORY = Rule(
    name="near_ambulatory",
    sentence="A unit lies within the given minutes of a family ambulatory.",
    unit="minutes beyond the limit",
    rows=_near_rows,
    excess=_near_excess,
    sites=_near_sites,
)


def _region_unit_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for r, region in enumerate(p.network.regions):
        here = v.sites[p.network.site_region_index[v.sites] == r]
        out.add(out.instance(region), [(v.open[here], 1.0)], lower=1)
    return out.rows()


def _region_unit_excess(p: Problem, plans: Plans) -> Excess:
    here = p.network.site_region_index[:, None] == np.arange(len(p.network.regions))
    count = plans.open.astype(float) @ here
    return Excess(keys=tuple((r,) for r in p.network.regions), amount=1 - count)


REGION_UNIT = Rule(
    name="region_unit",
    sentence="Every region has at least one unit of its own.",
    unit="units missing",
    rows=_region_unit_rows,
    excess=_region_unit_excess,
)


def _keep_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for j in np.flatnonzero(_named(p, p.policy.keep)):
        opened = v.open[[j]] if v.open[j] >= 0 else v.open[:0]
        out.add(out.instance(p.network.site_ids[j]), [(opened, 1.0)], lower=1)
    return out.rows()


def _keep_excess(p: Problem, plans: Plans) -> Excess:
    kept = _named(p, p.policy.keep)
    return Excess(keys=_sites(p), amount=np.where(kept & ~plans.open, 1.0, 0.0))


KEEP = Rule(
    name="keep",
    sentence="Existing or decided units stay.",
    unit="units closed that should stay",
    rows=_keep_rows,
    excess=_keep_excess,
)


def _forbid_sites(p: Problem) -> Bools:
    return np.asarray(~_named(p, p.policy.forbid))


def _forbid_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for j in v.sites[_named(p, p.policy.forbid)[v.sites]]:
        out.add(out.instance(p.network.site_ids[j]), [(v.open[[j]], 1.0)], upper=0)
    return out.rows()


def _forbid_excess(p: Problem, plans: Plans) -> Excess:
    barred = _named(p, p.policy.forbid)
    return Excess(keys=_sites(p), amount=np.where(barred & plans.open, 1.0, 0.0))


FORBID = Rule(
    name="forbid",
    sentence="Excluded sites stay closed.",
    unit="excluded sites opened",
    rows=_forbid_rows,
    excess=_forbid_excess,
    sites=_forbid_sites,
)


def _size_floor_rows(p: Problem, v: Variables) -> Rows:
    out = RowWriter()
    for j in v.sites[p.size_floor[v.sites] > 0]:
        here = v.size_site == j
        out.add(
            out.instance(p.network.site_ids[j]),
            [(v.size[here], v.size_beds[here].astype(float)), (v.open[[j]], -float(p.size_floor[j]))],
            lower=0,
        )
    return out.rows()


def _size_floor_excess(p: Problem, plans: Plans) -> Excess:
    short = np.where(plans.open, p.size_floor - plans.beds, 0)
    return Excess(keys=_sites(p), amount=short.astype(float))


SIZE_FLOOR = Rule(
    name="size_floor",
    sentence="A unit has at least its existing beds.",
    unit="beds too few",
    rows=_size_floor_rows,
    excess=_size_floor_excess,
)
