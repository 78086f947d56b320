"""Which units to open first, and what has to be seen before the next: a roll-out that learns how many women ask."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from capacity.arrays import Floats
from capacity.engines.clock import Clock, OutOfTimeError, Tell
from capacity.engines.question import refuse_no_problem
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.studies.adapting.asked import Asked, read
from capacity.studies.adapting.asks import MEAN, asks_of
from capacity.studies.adapting.beliefs import Unchanged
from capacity.studies.adapting.courses import beliefs_of, course_of, fixed_first, known_values, opened_at_once
from capacity.studies.adapting.in_time import Best, best_in_time
from capacity.studies.adapting.play import Played, by_step
from capacity.studies.adapting.recursion import Course, refuse_much, values_of
from capacity.studies.adapting.replanning import replanned
from capacity.studies.adapting.result import Adaptive, Start
from capacity.studies.adapting.sets import sets_of
from capacity.studies.adapting.sizes import sizes_of
from capacity.studies.adapting.triggers import LIKELY, Told
from capacity.studies.telling import whole_or_nothing

TAIL_YEARS = 10

KEPT_BACK = 0.05
"""Part of a time limit that it takes to write down what was found."""


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
    rules: float | str | None = MEAN,
    pilot: bool = True,
    time_limit: float | None = None,
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
    rules : "mean", float or None
        How the case's rules about the women or the income of a unit are asked when it opens: at the mean of what is
        then believed, or so that they hold with a chance (0.8), or not. What is open stays; `shortfalls` tells how
        likely it later falls short.
    pilot : bool
        Whether units that open where there is none yet are exempt: before anybody has asked nothing is known.
    time_limit : float, optional
        Seconds. Policies of few units are looked at first: the best there was time for is handed out, with what is
        proven that no policy costs less than (``status`` is then ``feasible``).
    tell : callable (Progress), optional
        Told how far the work is; where it answers `Stop`, the best policy there is by then comes, as at a limit.

    Returns
    -------
    Adaptive

    Raises
    ------
    DataError
        Every fault at once: years out of order, a year without a budget, weights that do not sum to 1, ...
    SolverError
        There are too many values of sets, beds and counts to hold, and no limit lets policies of few units do.
    NoPlanError
        The limit was over, or `Stop` was the answer, before there was any policy.

    Notes
    -----
    Women who *ask* are counted, turned away or not: the units have to keep that list. Everybody uses the nearest open
    unit; who does not ask, and who is turned away (Erlang's share at the true level), is without a place. Beds are the
    fewest that keep the promise at one of the levels, and never taken away. `knowing` is without the rules about women
    and income, so that no plan that keeps them costs less; where such a rule is asked, `bracket` ends with `value`.
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
        rules=rules,
        pilot=pilot,
        time_limit=time_limit,
    )
    clock = Clock(None if asked.time_limit is None else asked.time_limit * (1 - KEPT_BACK), tell)
    with whole_or_nothing("The policy", clock, asked.time_limit):
        return _adapted(problem, asked, clock)


def _adapted(problem: Problem, asked: Asked, clock: Clock) -> Adaptive:
    prior, weight = asked.prior, asked.prior.weight
    course = _course(problem, asked, clock)
    fixed_beliefs = Unchanged(rows=weight[None])
    fixed_values = values_of(course, fixed_beliefs, clock, "The best roll-out that learns nothing")
    known = known_values(course, clock)
    knowing = known[0][0][0.0][:, 0]
    best = best_in_time(course, prior.need, weight, known, asked.grid, clock)
    policy, played = best.policy, best.played
    told_ = Told(
        course=policy.course,
        played=played,
        years=asked.years,
        site_ids=problem.network.site_ids,
        places=_places(problem, policy.course, played, weight),
        weight=weight,
    )
    regret = prior.parts @ (played.cost - knowing)
    value = best.value
    fixed_step = fixed_first(course, fixed_beliefs, fixed_values)
    once_step, once = opened_at_once(course, weight)
    years = course.discount.sum() + course.tail
    return Adaptive(
        problem=problem,
        asked=asked,
        value=value,
        bracket=(min(best.low, value), max(best.down, value)),
        fixed=float(fixed_values[0][0][0.0][0, 0]),
        once=once,
        replanning=_replanned(course, prior.need, weight, clock),
        knowing=float(weight @ knowing),
        nothing=float(weight @ course.money.nobody * years),
        first=_start(told_.first),
        fixed_first=_start(told_.beds(fixed_step)),
        once_units=_start(told_.beds(once_step)),
        regret={f.id: float(r) for f, r in zip(prior.figures, regret, strict=True)},
        certificate=_certificate(course, best),
        told=told_,
        policy=policy,
        known=known,
        left_out=best.left_out,
        looked_at=best.units,
    )


def _course(problem: Problem, asked: Asked, clock: Clock) -> Course:
    """What may be done; said what is worked out, as there may be many sets."""
    clock.tell("Sets of units and their beds")
    sets = sets_of(problem, asked.uptake, asked.units)
    sizes = sizes_of(problem, sets, asked.levels)
    clock.check()
    asks = None
    if asked.asks:
        asks = asks_of(problem, sets, sizes, asked.prior.need, chance=asked.chance, pilot=asked.pilot, clock=clock)
    clock.tell("What a year costs", always=True)
    clock.check()
    course = course_of(problem, asked, sets=sets, sizes=sizes, asks=asks)
    if not clock.limited:
        refuse_much(course, beliefs_of(course, asked.prior.need, asked.prior.weight, asked.grid, down=True))
    return course


def _replanned(course: Course, need: Floats, weight: Floats, clock: Clock) -> float:
    """What planning anew each year costs; not a number where there was no time for it."""
    try:
        return float(weight @ replanned(course, need, weight, clock))
    except OutOfTimeError:
        return math.nan


def _places(problem: Problem, course: Course, played: Played, weight: Floats) -> dict[str, str]:
    """Names of the sites: those a policy opens without what would tell them from the others."""
    ids = problem.network.site_ids
    chances = [one for state in played.states for one in by_step(state).items()]
    used = {step[0] for step, chance in chances if chance @ weight >= LIKELY}
    opened = sorted({ids[j] for s in used for j in course.sets.site[s].tolist() if j >= 0})
    return {**problem.network.site_places(ids), **problem.network.site_places(opened)}


def _certificate(course: Course, best: Best) -> str:
    sets, levels, years = len(course.sets), len(course.sizes.levels), course.years
    many = f"{years:,} {'year' if years == 1 else 'years'}"
    states = f"this one may come to {len(best.played.states):,} states."
    if best.units is not None:
        return (
            f"Policies of at most {best.units:,} {'unit' if best.units == 1 else 'units'} were valued in {many}: there "
            f"was no time or room for more; no policy of any of {sets:,} sets of units costs less than "
            f"{best.low / 1e6:,.2f} M DKK, and {states}"
        )
    left = "" if not best.left_out else f" ({best.left_out:,} first steps left out: none can be better)"
    return (
        f"All {sets:,} sets of units with {levels:,} sizes each were valued in {many} for every number of women who "
        f"may ask{left}; no policy costs less than {best.low / 1e6:,.2f} M DKK, and {states}"
    )


def _start(beds: Mapping[str, int]) -> Start:
    return Start(site_ids=tuple(beds), beds=dict(beds))
