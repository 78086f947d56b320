"""What makes a plan a plan: everybody served, at open units, of one size, as promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from capacity.arrays import Floats
from capacity.rules.naming import named_point, named_site
from capacity.rules.rows import Key, Rows, RowWriter, holding, scenario_keys
from capacity.rules.rule import Excess, Rule
from capacity.tolerances import SHARE, USED

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


class Served(Rule):
    """Every woman who needs a stay is offered a bed."""

    name = "served"
    unit = "women a year not served"
    usual = frame = serves_all = True
    about = "demand point"
    when_cut = "ways"
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def told(self, p: Problem) -> tuple[()]:
        """Nothing: all the women of merged points are served where those of each are."""
        return ()

    def rows(self, p: Problem, v: Variables) -> Rows:
        """All of each point's women are sent somewhere."""
        out = RowWriter()
        ids = p.network.point_ids
        # Who has an outpatient course to go to need not be at a unit.
        asked = ~np.isfinite(p.course_minutes)
        # Pairs stand point by point.
        starts = np.searchsorted(v.pair_point, np.arange(len(ids) + 1)).tolist()
        for s in range(len(p.scenarios.ids)):
            shares = v.share(s)
            for i in np.flatnonzero((p.women[s] > 0) & asked).tolist():
                (key,) = scenario_keys(p, [ids[i]], [s])
                women = p.women[s, i]
                out.add(out.instance(*key), [(shares[starts[i] : starts[i + 1]], women)], lower=women)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Women of each point who are sent nowhere, to no unit and to no outpatient course."""
        count, served = len(plans.open), plans.served
        if served.min(initial=1.0) >= 1.0:
            unserved = np.broadcast_to(0.0, (count, p.women.size))
        else:
            unserved = (1 - served) * p.women[None]
            if p.outpatient.on:
                unserved = np.where(np.isfinite(p.course_minutes), 0.0, unserved)
        keys = tuple(scenario_keys(p, p.network.point_ids, range(len(p.scenarios.ids))))
        return Excess(keys=keys, amount=unserved.reshape(count, -1))

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """Who has no place."""
        return f"{amount:.1f} women a year from {named_point(p, key[0])} would have no bed offered{_in(key)}"


class OpenOnly(Rule):
    """Women are sent only to sites that are opened."""

    name = "open_only"
    unit = "women a year sent to a closed site"
    always = usual = frame = True
    about = "site"
    when_cut = "units"
    with_more_beds = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def rows(self, p: Problem, v: Variables) -> Rows:
        """No share at a closed site, and some at an open one."""
        out = RowWriter()
        most = np.ones(v.pairs) if p.accepting is None else p.accepting[v.pair_point, v.pair_site]
        for s in range(v.scenarios):
            out.add_each(-1, [(v.share(s), 1.0), (v.open[v.pair_site], -most)], upper=0)
        needed = p.women[:, v.pair_point] > 0 if not v.shared else np.ones((1, v.pairs), bool)
        for j in v.sites:
            here = np.flatnonzero(v.pair_site == j)
            shares = np.concatenate([v.share(s, here[needed[s, here]]) for s in range(v.scenarios)])
            out.add(-1, [(shares, 1.0), (v.open[[j]], -USED)], lower=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Women sent to closed sites, and what an open unit lacks of being used."""
        sent_to_closed = np.where(plans.open[:, None, :], 0.0, plans.stays).max(axis=1)
        idle = np.where(plans.open, USED * (1 - SHARE) - plans.used, -1.0)
        sites = p.network.site_ids
        return Excess(
            keys=tuple((j, "closed") for j in sites) + tuple((j, "idle") for j in sites),
            amount=np.concatenate([sent_to_closed, idle], axis=1),
        )

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The unit nobody uses."""
        return f"nobody would use {named_site(p, key[0])}" if key[-1] == "idle" else ""


class OneSize(Rule):
    """A unit has exactly one of the sizes its site allows."""

    name = "one_size"
    unit = "beds outside the allowed sizes"
    always = usual = frame = sets_beds = kept_at_nearest = True
    about = "site"
    with_more_units = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def rows(self, p: Problem, v: Variables) -> Rows:
        """As many sizes as units at each site: one or none."""
        out = RowWriter()
        for j in v.sites:
            out.add(-1, [(v.size[v.size_site == j], 1.0), (v.open[[j]], -1.0)], lower=0, upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Beds below the smallest or above the largest size."""
        low, high = p.size_limits
        outside = np.maximum(low - plans.beds, plans.beds - high)
        amount = np.where(plans.open, outside, plans.beds)
        return Excess(keys=tuple((j,) for j in p.network.site_ids), amount=amount.astype(float))

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The beds, and what the site allows."""
        at = p.network.site_ids.index(key[0])
        low, high = (int(limit[at]) for limit in p.size_limits)
        return f"{named_site(p, key[0])} would have {plans.beds[0, at]} beds; {low} to {high} are allowed"


class Promise(Rule):
    """A unit's beds carry its stays at the promised availability, in every scenario that must hold."""

    name = "promise"
    unit = "stays a year beyond what the beds carry"
    usual = frame = sets_beds = carries_stays = True
    about = "site"
    when_cut = "units"
    with_more_beds = "looser"
    with_more_women = "tighter"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {
        "promise.turned_away": "looser",
        "promise.occupancy": "looser",
        "promise.wait_probability": "looser",
        "promise.wait_days": "looser",
        "stay.mean_days": "tighter",
    }

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def thresholds(self, p: Problem, share: Floats) -> list[Floats]:
        """Where a unit needs another bed."""
        hold = holding(p)
        if not hold:
            return []
        most = share[hold].max(axis=0)
        return [p.stays_by_beds / unit for unit in most[most > 0]]

    def rows(self, p: Problem, v: Variables) -> Rows:
        """The stays of each unit are no more than its size carries."""
        out = RowWriter()
        for s in holding(p):
            women = p.women[s][v.pair_point]
            most = p.women[s].sum()
            carried = np.minimum(p.stays_by_beds[v.size_beds], most)
            for j in v.sites:
                here, sizes = np.flatnonzero(v.pair_site == j), v.size_site == j
                (key,) = scenario_keys(p, [p.network.site_ids[j]], [s])
                out.add(
                    out.instance(*key), [(v.share(s, here), women[here]), (v.size[sizes], -carried[sizes])], upper=0
                )
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Stays of each unit beyond what its beds carry."""
        carried = p.stays_by_beds[np.clip(plans.beds, 0, p.sizes.largest)]
        hold = holding(p)
        over = np.where(plans.open[:, None, :], plans.stays[:, hold] - carried[:, None, :], 0.0)
        keys = tuple(scenario_keys(p, p.network.site_ids, hold))
        return Excess(keys=keys, amount=over.reshape(len(plans.open), -1))

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The stays a unit would have too many."""
        at = p.network.site_ids.index(key[0])
        stays = plans.stays[0, p.scenarios.ids.index(key[1]) if len(key) > 1 else 0, at]
        return (
            f"{named_site(p, key[0])} would have {stays:.1f} stays a year{_in(key)}; "
            f"its {plans.beds[0, at]} beds carry {stays - amount:.1f} as promised"
        )


def _in(key: Key) -> str:
    """The scenario an instance speaks of, where it speaks of one."""
    return f" in {key[1]}" if len(key) > 1 else ""
