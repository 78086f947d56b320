"""What `adapt` found: a policy, what it costs beside others, and what it does once so many have asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, Tell
from capacity.problem.problem import Problem
from capacity.studies.adapting.asked import Asked
from capacity.studies.adapting.bounding import least_cost
from capacity.studies.adapting.courses import beliefs_of, course_of
from capacity.studies.adapting.money import NEVER
from capacity.studies.adapting.narrowing import narrowed
from capacity.studies.adapting.play import Policy, play
from capacity.studies.adapting.prices import first_at, switches
from capacity.studies.adapting.prior import Prior, fault, refuse
from capacity.studies.adapting.recursion import Values, values_of
from capacity.studies.adapting.regret import LeastRegret, least_regret
from capacity.studies.adapting.sentences import sentences_of
from capacity.studies.adapting.sets import where_more_ask
from capacity.studies.adapting.shortfalls import shortfalls_of
from capacity.studies.adapting.simulation import World, futures
from capacity.studies.adapting.triggers import Branch, Told, Trigger
from capacity.studies.result import StudyResult
from capacity.studies.telling import whole_or_nothing
from capacity.tolerances import LEAST_VALUE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Start:
    """Units opened in the first year, and what it comes to.

    Attributes
    ----------
    site_ids : tuple of str
    beds : mapping of site id to int
    """

    site_ids: tuple[str, ...]
    beds: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Adaptive(StudyResult):
    """What `adapt` found. All money is in DKK, discounted to the first year, and expected unless said otherwise.

    Attributes
    ----------
    value : float
        What the policy costs: units, beds, occupied days, building, and the price of women without a place.
    bracket : tuple of float
        What the best policy costs lies between: the grid's exposures rounded up, and down. A planner who sees what is
        rounded up may open units wherever anything she may have seen allows it, so that the lower end is proven with
        rules too; the upper one is then the policy's own cost.
    fixed, once, replanning, knowing, nothing : float
        The best roll-out that learns nothing; the best units opened at once; planning anew each year as if nothing more
        would be learnt, by what is believed then; the best with the level known from the start; and no unit at all.
    fixed_first, once_units : Start
        Their units in the first year.
    first : Start
        The policy's.
    regret : mapping of figure id to float
        What the policy costs above knowing the level, were the figure right.
    certificate : str
    left_out : int
        Sets of units that were left out as first steps; no policy that begins with one costs less than `bracket` says.
    looked_at : int or None
        Most units of the policies looked at, where a time limit left none for all: `bracket` then encloses all the same
        what the best of all costs, and `replanning` may be no number.
    """

    study: ClassVar[str] = "adapt"

    problem: Problem
    asked: Asked
    value: float
    bracket: tuple[float, float]
    fixed: float
    once: float
    replanning: float
    knowing: float
    nothing: float
    first: Start
    fixed_first: Start
    once_units: Start
    regret: Mapping[str, float]
    certificate: str
    told: Told = field(repr=False)
    policy: Policy = field(repr=False)
    known: Sequence[Values] = field(repr=False)
    left_out: int = 0
    looked_at: int | None = None

    @property
    def status(self) -> Literal["optimal", "feasible"]:
        """``optimal``, to `grid_error`; ``feasible`` where there was no time for all policies."""
        return "optimal" if self.looked_at is None else "feasible"

    @property
    def prior(self) -> Prior:
        """What was believed before anybody had asked."""
        return self.asked.prior

    @property
    def years(self) -> tuple[int, ...]:
        """Years in which is decided."""
        return self.asked.years

    @property
    def grid_error(self) -> float:
        """Width of the bracket, as a share of the value."""
        return (self.bracket[1] - self.bracket[0]) / max(abs(self.value), LEAST_VALUE)

    @property
    def gap(self) -> float:
        """How much better another policy could be at most, as a share of the value."""
        return max(0.0, self.value - self.bracket[0]) / max(abs(self.value), LEAST_VALUE)

    @property
    def knowing_by_level(self) -> Floats:
        """Least cost with the level known from the start, at each level of need, (K,)."""
        return self.known[0][0][0.0][:, 0]

    @property
    def worst_regret(self) -> float:
        """The policy's largest regret over the figures."""
        return max(self.regret.values())

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        """What is done in later years, by how many have asked: in states with a chance of one in twenty or more."""
        return self.told.triggers()

    @cached_property
    def tree(self) -> Branch:
        """Units that may be open, year by year, with their chances."""
        return self.told.tree()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answer in words: the first step, what it is worth, where it ends, and what it leans on."""
        return sentences_of(self)

    @property
    def table(self) -> pd.DataFrame:
        """What is done at each count, one row each: year, site_ids, beds, asked_from, asked_to, then_site_ids,
        then_beds, opens, probability.
        """  # noqa: D205 (one sentence)
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table."""
        first = {
            "year": self.years[0],
            "site_ids": (),
            "beds": 0,
            "asked_from": 0,
            "asked_to": math.nan,
            "then_site_ids": self.first.site_ids,
            "then_beds": sum(self.first.beds.values()),
            "opens": self.first.site_ids,
            "probability": 1.0,
        }
        return [first] + [
            {
                "year": move.year,
                "site_ids": tuple(move.before),
                "beds": sum(move.before.values()),
                "asked_from": move.asked_from,
                "asked_to": math.nan if move.asked_to is None else move.asked_to,
                "then_site_ids": tuple(move.after),
                "then_beds": sum(move.after.values()),
                "opens": move.opens,
                "probability": move.probability,
            }
            for _, moves in self.told.moves()
            for move in moves
        ]

    @property
    def pilots(self) -> pd.DataFrame:
        """The best continuation of each site as the first year's only unit, and of opening none.

        Columns: site_id ("" for none), name, beds, value, behind (DKK more than the best first step on the same grid).
        """
        import pandas as pd

        course, places = self.policy.course, self.told.places
        total = self._first_steps()
        best = float(total.min())
        rows: list[dict[str, Any]] = []
        for at, sets in enumerate(course.followers(0, 0).tolist()):
            level = int(total[at].argmin())
            ids = tuple(self.told.beds((sets, level)))
            if len(ids) <= 1 and total[at, level] < NEVER / 2:
                rows.append(
                    {
                        "site_id": ids[0] if ids else "",
                        "name": places[ids[0]] if ids else "",
                        "beds": int(course.sizes.total[sets, level]),
                        "value": float(total[at, level]),
                        "behind": float(total[at, level]) - best,
                    }
                )
        columns = ["site_id", "name", "beds", "value", "behind"]
        return pd.DataFrame(rows, columns=columns).sort_values("value", ignore_index=True)

    def _first_steps(self) -> Floats:
        """Value of each first step that may be best, and of each that opens one unit or none, (followers, Q)."""
        course = self.policy.course
        worth = self.policy.worth(0, 0, 0.0, np.zeros(1, dtype=np.int64))[0]
        return np.where(course.allowed(0, 0, 0), worth + course.built(0, course.followers(0, 0)), NEVER)

    @property
    def shortfalls(self) -> pd.DataFrame:
        """How likely an open unit falls short of a rule that was asked of it, or exempt from it, when it opened.

        Columns: year, rule, probability. Units count from the year after they open; the year after the last one is
        told of the plan that then stands.
        """
        import pandas as pd

        return pd.DataFrame(shortfalls_of(self.told, self.policy.course), columns=["year", "rule", "probability"])

    def outcomes(self) -> pd.DataFrame:
        """Where the years may end: units, beds_low, beds_high (five and ninety-five in a hundred), probability."""
        import pandas as pd

        course, weight = self.policy.course, self.told.weight
        by_units: dict[int, list[tuple[int, float]]] = {}
        for step, chance in self.told.played.last.items():
            ends = by_units.setdefault(int(course.sets.units[step[0]]), [])
            ends.append((int(course.sizes.total[step]), float(chance @ weight)))
        rows = []
        for units, ends in sorted(by_units.items()):
            ends.sort()
            beds, chance = np.array([b for b, _ in ends]), np.array([p for _, p in ends])
            run = np.cumsum(chance) / chance.sum()
            low, high = (int(beds[min(int(np.searchsorted(run, at)), len(beds) - 1)]) for at in (0.05, 0.95))
            rows.append({"units": units, "beds_low": low, "beds_high": high, "probability": float(chance.sum())})
        return pd.DataFrame(rows)

    def simulate(
        self,
        futures_count: int = 10_000,
        *,
        seed: int = 1,
        asking: float = 1.0,
        filling: float | None = None,
        year_cv: float = 0.0,
        tell: Tell | None = None,
    ) -> pd.DataFrame:
        """Play the policy through futures drawn from the prior: of all of them together, and of each figure.

        Parameters
        ----------
        futures_count : int
            Of each row.
        seed : int
            Same seed, same futures.
        asking : float
            How many times as many ask as the policy believes; nowhere more than there are.
        filling : float, optional
            Part of a unit's first year that asks; what the policy believes unless given.
        year_cv : float
            Coefficient of variation of a year's mean about its level: 0 is Poisson, 0.5 years that differ more.

        Returns
        -------
        DataFrame
            figure ("" for all), weight, cost_dkk, error_dkk (its standard error, 1.96 times of which is what chance
            leaves), knowing_dkk, women_without and hours (of the years in which is decided), units, beds.

        Notes
        -----
        Of each future the cost of knowing its level is subtracted, and its mean added: the level alone moves costs
        twenty times as much as the policy's luck does. Costs are expected on the way that was gone.
        """
        faults = []
        if isinstance(futures_count, bool) or not isinstance(futures_count, int) or futures_count < 2:
            faults.append(fault("futures_count", futures_count, "a whole number from 2", "Ask for 10000."))
        for name, value in (("asking", asking), ("filling", filling), ("year_cv", year_cv)):
            if value is not None and not (isinstance(value, (int, float)) and math.isfinite(value) and value >= 0):
                faults.append(fault(name, value, "a number not below 0", "Correct the number."))
        refuse(faults)
        with whole_or_nothing("The simulation"):
            return self._simulated(futures_count, seed, asking, filling, year_cv, Clock(None, tell))

    def _simulated(
        self, many: int, seed: int, asking: float, filling: float | None, cv: float, clock: Clock
    ) -> pd.DataFrame:
        import pandas as pd

        prior, rng = self.prior, np.random.default_rng(seed)
        world = self._world(asking, self.asked.filling if filling is None else filling, cv)
        rows = []
        for k in range(-1, len(prior.figures) if len(prior.figures) > 1 else 0):
            weight = prior.weight if k < 0 else prior.parts[k]
            need = rng.choice(len(weight), many, p=weight / weight.sum())
            found = futures(self.policy, world, need, rng, clock)
            known = float(weight @ self.knowing_by_level)
            apart = found.cost - self.knowing_by_level[need]
            rows.append(
                {
                    "figure": "" if k < 0 else prior.figures[k].id,
                    "weight": 1.0 if k < 0 else prior.figures[k].weight,
                    "cost_dkk": known + float(apart.mean()),
                    "error_dkk": float(apart.std(ddof=1)) / math.sqrt(many),
                    "knowing_dkk": known,
                    "women_without": float(found.without.mean()),
                    "hours": float(found.hours.mean()),
                    "units": float(found.units.mean()),
                    "beds": float(found.beds.mean()),
                }
            )
        return pd.DataFrame(rows)

    def _world(self, asking: float, filling: float, cv: float) -> World:
        """How things are: as believed, or not."""
        course = self.policy.course
        if asking != 1.0 or filling != self.asked.filling:
            sets = where_more_ask(self.problem, course.sets, self.asked.uptake, asking)
            asked = replace(self.asked, filling=filling)
            course = course_of(self.problem, asked, sets=sets, sizes=course.sizes)
        return World(problem=self.problem, course=course, overdispersion=cv)

    def least_regret(self, *, rounds: int = 12, tell: Tell | None = None) -> LeastRegret:
        """What worst regret over the figures no policy can go below: each round solves the whole once more."""
        clock, prior = Clock(None, tell), self.prior
        whole = replace(self.policy.course, kept=())

        def solved(weights: Floats) -> tuple[float, Floats]:
            """The least there is, nearly, and a policy that comes to it."""
            mixed = weights @ prior.parts
            below = beliefs_of(whole, prior.need, mixed, self.asked.grid, down=True)
            course = narrowed(whole, below, self.known, clock).course
            values = values_of(course, below, clock, "Weights of the figures")
            played = play(Policy(course, below, values), clock)
            return float(mixed @ played.cost), np.asarray(prior.parts @ played.cost)

        def proven(weights: Floats) -> float:
            """What no policy costs less than."""
            mixed = weights @ prior.parts
            below = beliefs_of(whole, prior.need, mixed, self.asked.grid, down=True)
            first = narrowed(whole, below, self.known, clock)
            part, grid = "Weights of the figures", self.asked.grid
            return min(first.least, least_cost(first.course, self.known, prior.need, mixed, grid, clock, part))

        with whole_or_nothing("The least regret"):
            ids = tuple(f.id for f in prior.figures)
            first = np.asarray(prior.parts @ self.told.played.cost)
            known = np.asarray(prior.parts @ self.knowing_by_level)
            return least_regret(solved, proven, known, first, ids, rounds)

    def switch_prices(
        self, low: float = 0.2e6, high: float = 5e6, *, exact_to: float = 0.02, tell: Tell | None = None
    ) -> pd.DataFrame:
        """Prices of a woman without a place at which the units of the first step change.

        Parameters
        ----------
        low, high : float
            DKK; the range looked at.
        exact_to : float
            A change is told to this part of the price.

        Returns
        -------
        DataFrame
            price_low, price_high, site_ids, beds_low, beds_high: the first step between two prices. Changes back and
            forth between two prices that were looked at would be missed.
        """
        import pandas as pd

        if not 0 < low < high or not 0 < exact_to < 1:
            refuse([fault("low, high", f"{low:g}, {high:g}", "prices above 0 that rise", "Give 0.2e6, 5e6.")])
        clock = Clock(None, tell)

        def beds(price: float) -> Mapping[str, int]:
            return self.told.beds(first_at(self.problem, replace(self.asked, price=price), self.policy.course, clock))

        with whole_or_nothing("The prices"):
            return pd.DataFrame(switches(beds, low, high, exact_to))

    def to_json(self) -> dict[str, Any]:
        """Value, first step, triggers, and what was compared with; where a time limit ended it, its status too."""
        ended = {} if self.looked_at is None else {"status": self.status, "gap": self.gap}
        return ended | {
            "value": self.value,
            "fixed_value": self.fixed,
            "knowing_value": self.knowing,
            "worst_regret": self.worst_regret,
            "first": {"site_ids": list(self.first.site_ids), "beds": dict(self.first.beds)},
            "triggers": [{"year": t.year, "when": t.when, "then": t.then} for t in self.triggers],
            "grid_error": self.grid_error,
        }

    def __repr__(self) -> str:
        first = f"{self.told.named(self.first.beds)} beds" if self.first.beds else "nothing"
        return f"<Adaptive {self.value / 1e6:,.1f} M DKK (fixed {self.fixed / 1e6:,.1f}): {first} in {self.years[0]}>"
