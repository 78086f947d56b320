"""How far apart regions may lie in what their women travel: a bound, never an objective.

As an objective it would level down: the least gap is had by sending everybody far. Bound it, and minimise travel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.rules.levers import Lever, steps
from capacity.rules.naming import named_region
from capacity.rules.rows import Key, Rows, RowWriter, holding, scenario_keys
from capacity.rules.rule import Excess, Rule
from capacity.rules.values import AtLeastZero

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


class RegionGap(Rule):
    """The women of no region travel on average more than the given minutes longer than those of another."""

    minutes: AtLeastZero

    name = "region_gap"
    unit = "minutes above the gap"
    short = "minutes"
    newer = True
    about = "region"
    measure = {"": "minutes-of"}
    measured = {"": "minutes"}
    with_more_beds = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = True
    moved_by = {"minutes": "looser"}

    @property
    def value(self) -> float:
        """The minutes."""
        return self.minutes

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        return cls(minutes=float(rng.choice([3.0, 10.0, 25.0])))

    def levers(self, p: Problem) -> Iterator[Lever]:
        """More minutes."""
        most = float(np.max(p.minutes[np.isfinite(p.minutes)], initial=0.0)) + 1
        yield steps(f"rules.{self.name}", self.minutes, 1, 1, most, (self.name,), to_off=True)

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Of each region, less each other: women x minutes over women."""
        out = RowWriter()
        net = p.network
        pairs, region = (v.pair_point, v.pair_site), net.point_region_index
        minutes = p.minutes[pairs] * p.offered[pairs]
        for s in holding(p):
            women = np.bincount(region, p.women[s], len(net.regions))
            mine: dict[int, tuple[Ints, Floats]] = {}
            for r in np.flatnonzero(women > 0).tolist():
                here = np.flatnonzero((region[v.pair_point] == r) & (p.women[s][v.pair_point] > 0))
                weight = p.women[s][v.pair_point[here]] / women[r]
                mine[r] = (v.share(s, here), weight * minutes[here])
            for r, (columns, each) in mine.items():
                (key,) = scenario_keys(p, [net.regions[r]], [s])
                instance = out.instance(*key)
                for other, (theirs, of_theirs) in mine.items():
                    if other != r:
                        out.add(instance, [(columns, each), (theirs, -of_theirs)], upper=self.minutes)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Mean way of each region above the shortest of all and the minutes (nobody has a way where none is)."""
        hold, net = holding(p), p.network
        # A way that some decline is as long for all who are offered it.
        way = plans.mean(np.where(np.isfinite(p.minutes), p.minutes, 0.0) * p.offered)
        inside = (net.point_region_index[:, None] == np.arange(len(net.regions))).astype(float)
        women = p.women[hold]
        blocks = way if way.shape[1] == 1 else way[:, hold]
        total = women @ inside
        there = np.broadcast_to((total > 0)[None], (len(plans.open), *total.shape))
        mean = np.divide((blocks * women[None]) @ inside, total[None], out=np.zeros(there.shape), where=there)
        shortest = np.where(there, mean, np.inf).min(axis=2, keepdims=True, initial=np.inf)
        over = np.where(there, mean - np.where(np.isfinite(shortest), shortest, 0.0) - self.minutes, 0.0)
        return Excess(
            keys=tuple(scenario_keys(p, net.regions, hold)),
            amount=over.reshape(len(plans.open), -1),
            scale=max(1.0, self.minutes),
        )

    def asked(self) -> str:
        """The minutes."""
        return f"at most {self.minutes:g} minutes between regions"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How far behind a region is."""
        gap = self.minutes + amount
        return f"{named_region(p, key[0])} would travel {gap:.0f} minutes longer than the region with the shortest way"
