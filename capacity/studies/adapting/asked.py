"""What `adapt` is asked, read: every fault of it at once."""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.problem.problem import Problem
from capacity.problem.uptake import Uptake
from capacity.studies.adapting.asks import MEAN
from capacity.studies.adapting.prior import Prior, fault, prior_of, refuse
from capacity.studies.adapting.sets import MOST_SETS, most_units
from capacity.tolerances import SUMS

ACCEPT = ((30.0, 1.0), (90.0, 0.7), (180.0, 0.4))
"""Assumption where the case has no uptake: minutes to the nearest unit, and who asks there. Nobody has measured it."""

PRICE = 1_200_000.0
"""Assumption: DKK for each woman without a place. Nobody has measured it, and it decides the first step."""

YEARS = 4
"""Years in which is decided, where none are given."""

MOST_UNITS = 4
"""Units that may be open, where the case allows more and nothing else is asked."""

FILLING = 0.5
"""Assumption: part of a year's women who ask in the year a unit opens."""

RANGE_OF_LEVELS = (0.02, 0.98)
"""Of the prior, between which levels of need beds are made for, where their number alone is given."""

MOST_YEARS, MOST_LEVELS, MOST_PARTS = 12, 64, 200

Building = Literal["paid", "annuity"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What is asked.

    Attributes
    ----------
    years : tuple of int
    budget : tuple of float
        DKK of each year; inf without.
    levels : ndarray
        Women a year that beds are made for.
    grid : int or None
        Parts of a year exposures are rounded to; None counts each by itself.
    assumed : tuple of str
        Names of the arguments that are assumptions of the library: uptake, price, filling.
    asks : bool
        Whether the rules of a unit are asked of what is believed when it opens.
    chance : float or None
        With which they must hold; None asks them at the mean of the belief.
    pilot : bool
        Whether units that open where there is none yet are asked nothing.
    time_limit : float or None
        Seconds.
    """

    prior: Prior
    years: tuple[int, ...]
    budget: tuple[float, ...]
    price: float
    tail: float
    levels: Floats
    grid: int | None
    uptake: Uptake
    filling: float
    units: int
    discount: float
    annual: bool
    assumed: tuple[str, ...]
    asks: bool = True
    chance: float | None = None
    pilot: bool = True
    time_limit: float | None = None


def read(
    problem: Problem,
    *,
    prior: object,
    years: object,
    price: object,
    tail: object,
    levels: object,
    grid: object,
    budget: object,
    uptake: object,
    filling: object,
    units: object,
    discount: object,
    building: object,
    rules: object = MEAN,
    pilot: object = True,
    time_limit: object = None,
) -> Asked:
    """Read what is asked, or raise every fault of it."""
    faults: list[Finding] = []
    believed = prior_of(problem, prior, faults)
    in_order, budgets = _years(years, budget, faults)
    rate = problem.finance.interest if discount is None else discount
    assumed = [name for name, given in (("price", price), ("filling", filling)) if given is None]
    if uptake is None and problem.uptake is None:
        assumed.insert(0, "uptake")
    paid = _number("price", PRICE if price is None else price, faults, "DKK a woman, a number above 0", above=True)
    stands = _number("tail", tail, faults, "years after the last, a number above 0", above=True)
    filled = _number(
        "filling", FILLING if filling is None else filling, faults, "a share of a year, from 0 to 1", most=1.0
    )
    yearly = _number("discount", rate, faults, "a share a year, from 0 to below 1", most=1 - SUMS)
    parts = None if grid is None else _whole("grid", grid, MOST_PARTS, faults, "parts of a year")
    asks, chance = _rules(rules, faults)
    _words(building, pilot, faults)
    limit = _limit(time_limit, faults)
    open_at_most = _units(problem, units, faults)
    curve = _uptake(problem, uptake, faults)
    made_for = _levels(believed, levels, faults)
    refuse(faults)
    assert believed is not None
    return Asked(
        prior=believed,
        years=in_order,
        budget=budgets,
        price=paid,
        tail=stands,
        levels=made_for,
        grid=parts,
        uptake=curve,
        filling=filled,
        units=open_at_most,
        discount=yearly,
        annual=building == "annuity",
        assumed=tuple(assumed),
        asks=asks,
        chance=chance,
        pilot=bool(pilot),
        time_limit=limit,
    )


def _words(building: object, pilot: object, faults: list[Finding]) -> None:
    if building not in ("paid", "annuity"):
        faults.append(fault("building", building, "building is paid or annuity", "Say paid: when a bed is built."))
    if not isinstance(pilot, bool):
        faults.append(fault("pilot", pilot, "pilot is true or false", "Say true: the first units are asked nothing."))


def _limit(seconds: object, faults: list[Finding]) -> float | None:
    if seconds is None:
        return None
    return _number("time_limit", seconds, faults, "a time limit is a number of seconds above zero", above=True)


def _rules(rules: object, faults: list[Finding]) -> tuple[bool, float | None]:
    """Whether rules are asked of a belief, and with which chance they must hold (None: at its mean)."""
    if rules == MEAN:
        return True, None
    if rules is None or rules is False:
        return False, None
    real = isinstance(rules, numbers.Real) and not isinstance(rules, (bool, np.bool_))
    if not real or not 0 < float(rules) < 1:  # type: ignore[arg-type]  # a real number is one
        rule = "rules are asked at the mean, or with a chance between 0 and 1, or not"
        faults.append(fault("rules", rules, rule, "Say mean, or 0.8, or None."))
        return False, None
    return True, float(rules)  # type: ignore[arg-type]  # a real number is one


def _years(years: object, budget: object, faults: list[Finding]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Years in their order, and each one's budget."""
    own: dict[int, object] = {}
    given: list[object]
    if _is_whole(years) and not isinstance(years, Iterable):
        many = _whole("years", years, MOST_YEARS, faults, "years")
        given = list(range(1, many + 1))
    elif isinstance(years, Mapping):
        given = list(years)
        for year, settings in years.items():
            own |= _own_budget(year, settings, faults)
    elif isinstance(years, Iterable) and not isinstance(years, (str, bytes)):
        given = list(years)
    else:
        given = []
    if not given:
        remedy = "Give 4, or [2027, 2028, 2029], or {2027: {}, 2028: {'budget': 40e6}}."
        faults.append(fault("years", years, "years in which is decided, at least one", remedy))
    faults += [fault("years", y, "a year is a whole number", "Write 2027.") for y in given if not _is_whole(y)]
    whole = [int(y) for y in given if _is_whole(y)]  # type: ignore[call-overload]  # whole numbers
    for one, other in itertools.pairwise(whole):
        if other <= one:
            faults.append(fault("years", f"{other} after {one}", "years stand in their order", "Put them in order."))
        elif other > one + 1:
            faults.append(fault("years", f"{other} after {one}", "no year is left out", f"Give {one + 1} too."))
    if len(whole) > MOST_YEARS:
        faults.append(fault("years", len(whole), f"at most {MOST_YEARS} years are decided in", "Give fewer."))
    return tuple(whole), _budgets(whole, budget, own, faults)


def _own_budget(year: object, settings: object, faults: list[Finding]) -> dict[int, object]:
    """The budget in a year's own settings, which may hold nothing else."""
    if not isinstance(settings, Mapping):
        faults.append(fault(f"years, {year}", settings, "settings are a mapping of name to value", "Give {}."))
        return {}
    odd = [str(key) for key in settings if key != "budget"]
    if odd:
        remedy = (
            "Change the problem: what is learnt must be of one problem. See capacity.roll_out for years that differ."
        )
        faults.append(fault(f"years, {year}", ", ".join(odd), "a year may differ in its budget alone", remedy))
    return {int(year): settings["budget"]} if "budget" in settings and _is_whole(year) else {}  # type: ignore[call-overload]


def _budgets(
    years: Sequence[int], budget: object, own: Mapping[int, object], faults: list[Finding]
) -> tuple[float, ...]:
    common = None if isinstance(budget, Mapping) else budget
    by_year = {**(budget if isinstance(budget, Mapping) else {}), **own}
    if common is None and not by_year:
        return (math.inf,) * len(years)
    found = []
    for year in years:
        said = by_year.get(year, common)
        if said is None:
            remedy = f"Give the budget of {year}; 0 builds nothing."
            faults.append(fault("budget", year, "each year has a budget where one has", remedy))
            continue
        found.append(_number(f"budget, {year}", said, faults, "DKK a year, a number not below 0"))
    for year in by_year:
        if years and year not in years:
            rule = "each budget is of a year in which is decided"
            faults.append(fault("budget", year, rule, f"Leave out {year}, or give it among the years."))
    return tuple(found)


def _units(problem: Problem, units: object, faults: list[Finding]) -> int:
    most = min(most_units(problem), MOST_UNITS) if units is None else _whole("units", units, 99, faults, "units")
    most = min(most, most_units(problem))
    from capacity.engines.question import space_of

    space = space_of(problem)
    sets = 1 + sum(math.comb(len(space.free), k - len(space.kept)) for k in range(max(1, len(space.kept)), most + 1))
    if sets > MOST_SETS:
        rule = f"at most {MOST_SETS:,} sets of units are looked at; there are {sets:,}"
        faults.append(fault("units", most, rule, "Ask for fewer units, or narrow rules.near_ambulatory."))
    if most < 1:
        faults.append(fault("units", most, "there is a site that may be opened", "Loosen rules.near_ambulatory."))
    return most


def _uptake(problem: Problem, uptake: object, faults: list[Finding]) -> Uptake:
    if uptake is None:
        return problem.uptake or Uptake.of(ACCEPT)
    if isinstance(uptake, Uptake):
        return uptake
    try:
        return Uptake.of(uptake)  # type: ignore[arg-type]  # it says itself what is wrong
    except DataError as error:
        faults.extend(error.findings)
        return Uptake.of(ACCEPT)


def _levels(prior: Prior | None, levels: object, faults: list[Finding]) -> Floats:
    """Levels beds are made for: as many as asked, growing evenly by their share, or as given."""
    if _is_whole(levels):
        many = _whole("levels", levels, MOST_LEVELS, faults, "levels")
        if prior is None:
            # What it is made of is faulty itself.
            return np.ones(1)
        low, high = (prior.quantile(share) for share in RANGE_OF_LEVELS)
        return np.unique(np.geomspace(low, high, max(many, 1)))
    try:
        said: Floats = np.array(list(levels), dtype=np.float64)  # type: ignore[call-overload]  # or it falls over
        given = np.unique(said)
    except (TypeError, ValueError):
        given = np.zeros(0)
    if not len(given) or not np.isfinite(given).all() or given[0] <= 0 or len(given) > MOST_LEVELS:
        rule = f"how many levels of beds, or the women a year they are made for (at most {MOST_LEVELS})"
        faults.append(fault("levels", levels, rule, "Give 16, or [10, 20, 40, 80]."))
    return given


def _whole(column: str, value: object, most: int, faults: list[Finding], what: str) -> int:
    if not _is_whole(value) or not 1 <= int(value) <= most:  # type: ignore[call-overload]  # a whole number
        faults.append(fault(column, value, f"a whole number of {what}, from 1 to {most}", "Correct the number."))
        return 1
    return int(value)  # type: ignore[call-overload, no-any-return]  # a whole number


def _is_whole(value: object) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))


def _number(
    column: str, value: Any, faults: list[Finding], rule: str, *, above: bool = False, most: float = math.inf
) -> float:
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if not real or not math.isfinite(value) or value < 0 or (above and value == 0) or value > most:
        faults.append(fault(column, value, rule, "Correct the number."))
        return 0.0
    return float(value)
