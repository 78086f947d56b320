"""Which units to open first, and what has to be seen before the next: a roll-out that learns how many women ask."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, Tell
from capacity.engines.question import refuse_no_problem
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.studies.adapting.asked import Asked, read
from capacity.studies.adapting.beliefs import Counted, Unchanged, grid_of_counts, most_women, rounding
from capacity.studies.adapting.money import NEVER, money_of
from capacity.studies.adapting.play import Played, Policy, by_step, play
from capacity.studies.adapting.prior import Prior, fault, refuse
from capacity.studies.adapting.recursion import Course, Values, values_of
from capacity.studies.adapting.regret import LeastRegret, least_regret
from capacity.studies.adapting.sentences import sentences_of
from capacity.studies.adapting.sets import Sets, sets_of
from capacity.studies.adapting.simulation import World, futures
from capacity.studies.adapting.sizes import Sizes, sizes_of
from capacity.studies.adapting.triggers import LIKELY, Branch, Told, Trigger
from capacity.studies.result import StudyResult
from capacity.studies.telling import whole_or_nothing
from capacity.tolerances import LEAST_VALUE

if TYPE_CHECKING:
    import pandas as pd

TAIL_YEARS = 10


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
        What the best policy costs lies between: the grid's exposures rounded up, and down.
    fixed, once, knowing, nothing : float
        The best roll-out that learns nothing, the best units opened at once, the best with the level known from the
        start, and no unit at all.
    fixed_first, once_units : Start
        Their units in the first year.
    first : Start
        The policy's.
    regret : mapping of figure id to float
        What the policy costs above knowing the level, were the figure right.
    certificate : str
    """

    study: ClassVar[str] = "adapt"

    problem: Problem
    asked: Asked
    value: float
    bracket: tuple[float, float]
    fixed: float
    once: float
    knowing: float
    nothing: float
    first: Start
    fixed_first: Start
    once_units: Start
    regret: Mapping[str, float]
    certificate: str
    told: Told = field(repr=False)
    policy: Policy = field(repr=False)
    knowing_by_level: Floats = field(repr=False)

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
        rows = []
        for sets in np.flatnonzero(course.sets.units <= 1).tolist():
            level = int(total[sets].argmin())
            ids = tuple(self.told.beds((sets, level)))
            if total[sets, level] < NEVER / 2:
                rows.append(
                    {
                        "site_id": ids[0] if ids else "",
                        "name": places[ids[0]] if ids else "",
                        "beds": int(course.sizes.total[sets, level]),
                        "value": float(total[sets, level]),
                        "behind": float(total[sets, level]) - best,
                    }
                )
        return pd.DataFrame(sorted(rows, key=lambda row: row["value"]), columns=["site_id", "name", "beds", "value", "behind"])

    def _first_steps(self) -> Floats:
        """Value of each first step, (F, Q)."""
        course = self.policy.course
        worth = self.policy.worth(0, 0, 0.0, np.zeros(1, dtype=np.int64))[0]
        return np.where(course.allowed(0, 0, 0), worth + course.built(0, course.followers(0)), NEVER)

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
            How many times as many ask as the policy believes.
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
            sets = replace(course.sets, share=course.sets.share * asking)
            asked = replace(self.asked, filling=filling)
            course = _course(self.problem, asked, sets=sets, sizes=course.sizes)
        return World(problem=self.problem, course=course, overdispersion=cv)

    def least_regret(self, *, rounds: int = 12, tell: Tell | None = None) -> LeastRegret:
        """What worst regret over the figures no policy can go below: each round solves the whole once more."""
        clock, prior = Clock(None, tell), self.prior

        def solved(weights: Floats) -> tuple[float, Floats]:
            beliefs = _beliefs(self.policy.course, prior.need, weights @ prior.parts, self.asked.grid, down=False)
            values = values_of(self.policy.course, beliefs, clock, "Weights of the figures")
            played = play(Policy(self.policy.course, beliefs, values), clock)
            return float(values[0][0][0.0][0, 0]), np.asarray(prior.parts @ played.cost)

        with whole_or_nothing("The least regret"):
            ids = tuple(f.id for f in prior.figures)
            first = np.asarray(prior.parts @ self.told.played.cost)
            return least_regret(solved, np.asarray(prior.parts @ self.knowing_by_level), first, ids, rounds)

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
        asked: dict[float, Start] = {}

        def at(price: float) -> Start:
            if price not in asked:
                asked[price] = self._first_at(price, clock)
            return asked[price]

        with whole_or_nothing("The prices"):
            look = np.geomspace(low, high, 7).tolist()
            for one, other in zip(look, look[1:], strict=False):
                _between(at, one, other, exact_to)
        rows: list[dict[str, Any]] = []
        for price in sorted(asked):
            start, beds = asked[price], sum(asked[price].beds.values())
            if rows and rows[-1]["site_ids"] == start.site_ids:
                row = rows[-1]
                row |= {"price_high": price, "beds_low": min(row["beds_low"], beds), "beds_high": max(row["beds_high"], beds)}
            else:
                rows.append({"price_low": price, "price_high": price, "site_ids": start.site_ids, "beds_low": beds, "beds_high": beds})
        return pd.DataFrame(rows)

    def _first_at(self, price: float, clock: Clock) -> Start:
        """The first step at another price."""
        course = self.policy.course
        asked = replace(self.asked, price=price)
        other = _course(self.problem, asked, sets=course.sets, sizes=course.sizes)
        beliefs = _beliefs(other, self.prior.need, self.prior.weight, self.asked.grid, down=True)
        values = values_of(other, beliefs, clock, f"{price / 1e6:,.2f} M DKK")
        step = Policy(other, beliefs, values).steps(0, 0, 0, 0.0, np.zeros(1, dtype=np.int64))[0]
        return _start(self.told.beds(step))

    def to_json(self) -> dict[str, Any]:
        """Value, first step, triggers, and what was compared with."""
        return {
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


def _between(at: Callable[[float], Start], low: float, high: float, exact_to: float) -> None:
    """Look between two prices until the units are the same, or the prices close."""
    if at(low).site_ids == at(high).site_ids or high <= low * (1 + exact_to):
        return
    middle = math.sqrt(low * high)
    _between(at, low, middle, exact_to)
    _between(at, middle, high, exact_to)


def _start(beds: Mapping[str, int]) -> Start:
    return Start(site_ids=tuple(beds), beds=dict(beds))


@told
def adapt(
    problem: Problem,
    prior: object = None,
    years: int | Iterable[int] | Mapping[int, Mapping[str, Any]] = 4,
    price: float | None = None,
    tail: float = TAIL_YEARS,
    levels: int | Iterable[float] = 16,
    grid: int | None = 10,
    *,
    budget: float | Mapping[int, float] | None = None,
    uptake: object = None,
    filling: float | None = None,
    units: int | None = None,
    discount: float | None = None,
    building: Literal["paid", "annuity"] = "paid",
    tell: Tell | None = None,
) -> Adaptive:
    """Which units to open first, and what to do once so many women have asked: the best of all such policies.

    Parameters
    ----------
    problem : Problem
    prior : mapping, DataFrame, path of a TOML file or str, optional
        Figures of how many women a year would ask, and their weights, which sum to 1: ids of the case's figures
        (``{"agency-2024": 0.6, "cowi-2019": 0.4}``), women a year (``{40: 0.5, 90: 0.5}``: as sure as that), or figures
        of one's own (``{"survey": {"women_per_year": 60, "low": 40, "high": 80, "weight": 1}}``; nine of ten levels lie
        between low and high). Without it the case's figures, each source weighing the same (three years of one count
        are one source); ``"figures"`` weighs each figure the same.
    years : int, iterable of int, or mapping of year to settings
        Years at whose start is decided: ``4`` (they are called 1 to 4), ``[2027, 2028]``, or
        ``{2027: {"budget": 40e6}, 2028: {"budget": 0}}``.
    price : float, optional
        DKK for each woman without a place. Nobody has measured it: 1.2 M unless given, an assumption.
    tail : float
        Years after the last in which the last plan stands.
    levels : int or iterable of float
        How many levels of need beds may be made for, or which: women a year.
    grid : int or None
        Parts of a year that what has been seen is rounded to, down and up, which encloses the value. None counts it
        exactly: for small problems.
    budget : number, or mapping of year to number, optional
        DKK to build new beds for, of each year or by year.
    uptake : Uptake or pairs of minutes and share, optional
        Who asks so far from the nearest open unit. The case's ``travel.uptake`` unless given, and where it has none an
        assumption: all within 30 minutes, 70 % at 90, 40 % from 180.
    filling : float, optional
        Part of a year's women who ask in a unit's first year: a half unless given, an assumption.
    units : int, optional
        Most units; 4 unless given, or what the case allows.
    discount : float, optional
        A year, as a share; the case's interest unless given. The first year counts whole.
    building : {"paid", "annuity"}
        Whether beds are paid when they are built, or by an annuity while the years last.
    tell : callable (Progress), optional

    Returns
    -------
    Adaptive

    Raises
    ------
    DataError
        Every fault at once: years out of order, a year without a budget, weights that do not sum to 1, ...

    Notes
    -----
    Women who *ask* are counted, turned away or not: the units have to keep that list. Everybody uses the nearest open
    unit; who does not ask, and who is turned away (Erlang's share at the true level), is without a place. Beds are the
    fewest that keep the promise at one of the levels, and never taken away. Rules about how many women or how much
    income a unit has are not asked: before anybody has asked they would forbid ever to learn.
    """
    refuse_no_problem(problem, "adapt")
    asked = read(
        problem,
        prior=prior,
        years=years,
        price=price,
        tail=tail,
        levels=levels,
        grid=grid,
        budget=budget,
        uptake=uptake,
        filling=filling,
        units=units,
        discount=discount,
        building=building,
    )
    with whole_or_nothing("The policy"):
        return _adapted(problem, asked, Clock(None, tell))


def _adapted(problem: Problem, asked: Asked, clock: Clock) -> Adaptive:
    sets = sets_of(problem, asked.uptake, asked.units)
    sizes = sizes_of(problem, sets, asked.levels)
    course = _course(problem, asked, sets=sets, sizes=sizes)
    prior, weight = asked.prior, asked.prior.weight
    fixed_beliefs = Unchanged(rows=weight[None])
    fixed_values = values_of(course, fixed_beliefs, clock, "The best roll-out that learns nothing")
    known = Unchanged(rows=np.eye(len(weight)))
    knowing = values_of(course, known, clock, "The level known", keep=False)[0][0][0.0][:, 0]
    high = _solved(course, prior, asked.grid, clock, down=False)
    low_beliefs = _beliefs(course, prior.need, weight, asked.grid, down=True)
    values = values_of(course, low_beliefs, clock, "What is seen rounded down")
    policy = Policy(course, low_beliefs, values)
    played = play(policy, clock)
    told_ = Told(
        course=course,
        played=played,
        years=asked.years,
        site_ids=problem.network.site_ids,
        places=_places(problem, course, played, weight),
        weight=weight,
    )
    regret = prior.parts @ (played.cost - knowing)
    value = float(weight @ played.cost)
    fixed_step = _fixed_first(course, fixed_beliefs, fixed_values)
    once_step, once = _once(course, weight)
    years = course.discount.sum() + course.tail
    return Adaptive(
        problem=problem,
        asked=asked,
        value=value,
        bracket=(high, max(float(values[0][0][0.0][0, 0]), value)),
        fixed=float(fixed_values[0][0][0.0][0, 0]),
        once=once,
        knowing=float(weight @ knowing),
        nothing=float(weight @ course.money.nobody * years),
        first=_start(told_.first),
        fixed_first=_start(told_.beds(fixed_step)),
        once_units=_start(told_.beds(once_step)),
        regret={f.id: float(r) for f, r in zip(prior.figures, regret, strict=True)},
        certificate=_certificate(course, played, high),
        told=told_,
        policy=policy,
        knowing_by_level=knowing,
    )


def _places(problem: Problem, course: Course, played: Played, weight: Floats) -> dict[str, str]:
    """Names of the sites: those a policy opens without what would tell them from the others."""
    ids = problem.network.site_ids
    chances = [one for state in played.states for one in by_step(state).items()]
    used = {step[0] for step, chance in chances if chance @ weight >= LIKELY}
    opened = sorted({ids[j] for s in used for j in course.sets.site[s].tolist() if j >= 0})
    return {**problem.network.site_places(ids), **problem.network.site_places(opened)}


def _course(problem: Problem, asked: Asked, *, sets: Sets, sizes: Sizes) -> Course:
    """What may be done, with what it costs."""
    many, rate = len(asked.years), asked.discount
    money = money_of(
        problem, sets, sizes, asked.prior.need, price=asked.price, filling=asked.filling, annual=asked.annual
    )
    whole, part = int(asked.tail), asked.tail - int(asked.tail)
    after = np.append(np.ones(whole), part) if part else np.ones(whole)
    return Course(
        sets=sets,
        sizes=sizes,
        money=money,
        years=many,
        discount=(1 + rate) ** -np.arange(many, dtype=float),
        tail=float(after @ (1 + rate) ** -(many + np.arange(len(after), dtype=float))),
        filling=asked.filling,
        budget=asked.budget,
        per_bed=problem.finance.building_dkk_per_bed,
    )


def _beliefs(course: Course, need: Floats, weight: Floats, grid: int | None, *, down: bool) -> Counted:
    most = most_women(float(need[-1]) * (course.years - 1) * float(course.sets.share.sum(axis=1).max(initial=0.0) + 1))
    return Counted(
        need=need, prior=weight, round=rounding(grid, down=down), counts=grid_of_counts(most, whole=grid is None)
    )


def _solved(course: Course, prior: Prior, grid: int | None, clock: Clock, *, down: bool) -> float:
    """Value of the first year alone."""
    beliefs = _beliefs(course, prior.need, prior.weight, grid, down=down)
    part = "What is seen rounded down" if down else "What is seen rounded up"
    return float(values_of(course, beliefs, clock, part, keep=False)[0][0][0.0][0, 0])


def _fixed_first(course: Course, beliefs: Unchanged, values: list[Values]) -> tuple[int, int]:
    """First step of the roll-out that learns nothing."""
    from capacity.studies.adapting.recursion import onward

    ahead = values[1] if course.years > 1 else {}
    worth = onward(course, beliefs, 0, 0, 0.0, course.cost(0, 0), ahead)
    return course.first_of(0, 0, 0, worth)[0]


def _once(course: Course, weight: Floats) -> tuple[tuple[int, int], float]:
    """The best units opened in the first year and left as they are, and what they cost."""
    other = course.followers(0)
    later = float(course.discount[1:].sum()) + course.tail
    cost = course.discount[0] * course.money.of_year(course.sets, 0, other) + later * course.money.steady(other)
    worth = (cost @ weight)[None]
    step = course.first_of(0, 0, 0, worth)[0]
    place = int(np.flatnonzero(other == step[0])[0])
    return step, float(worth[0, place, step[1]] + course.built(0, step[0])[step[1]])


def _certificate(course: Course, played: Played, high: float) -> str:
    sets, levels = len(course.sets), len(course.sizes.levels)
    return (
        f"All {sets:,} sets of units with {levels:,} sizes each were valued in {course.years:,} "
        f"{'year' if course.years == 1 else 'years'} for every number of women who may ask; no policy costs less than "
        f"{high / 1e6:,.2f} M DKK, and this one may come to {len(played.states):,} states."
    )

