"""What a roll-out is asked, read: years, each one's problem and budget, and every fault of them at once."""

from __future__ import annotations

import contextlib
import itertools
import math
import numbers
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity.engines.enumerate import MOST_SETS, space_of
from capacity.engines.evaluate import meant_site
from capacity.engines.question import why_not
from capacity.errors import DataError, Finding, some
from capacity.problem.problem import Problem
from capacity.problem.settings import replaced, sections
from capacity.reading.named_files import NamedFile, toml_named
from capacity.rules.objectives import COST, TRAVEL, Objective, objective_named
from capacity.studies.filling import Filling

ENGINES = ("chains", "model")
"""Ways to the best order: every chain of sets valued, or a linear model of all years."""

SUMMED = (TRAVEL.name, COST.name)
"""Objectives whose years may be added up."""


def read_years(
    path: str | os.PathLike[str], budget: float | None = None
) -> tuple[dict[int, dict[str, Any]], dict[int, float] | None]:
    """Years and budgets of a TOML file: a table a year, written as ``case.toml`` is, and ``budget`` in it.

    Parameters
    ----------
    path : path of the file
    budget : float, optional
        Of each year that has none of its own.

    Raises
    ------
    DataError
        Where there is no such file, or it is no TOML, or holds what is no year.
    """
    file = _toml(path)
    said = {key: value for key, value in file.said.items() if key != "filling"}
    faults = [
        _odd(file, key)
        for key, value in said.items()
        if not (re.fullmatch(r"(?a:\d{4})", key) and isinstance(value, Mapping))
    ]
    settings = {} if faults else {int(year): _settings(file, year, value, faults) for year, value in said.items()}
    if faults:
        raise DataError(faults)
    budgets = {int(year): value.get("budget", budget) for year, value in said.items()}
    given = {year: dkk for year, dkk in budgets.items() if dkk is not None}
    return settings, given or None


@contextlib.contextmanager
def told_at_lines(path: str | os.PathLike[str]) -> Iterator[None]:
    """What is wrong with years that a file said is told at its lines."""
    try:
        yield
    except DataError as error:
        file = _toml(path)
        raise DataError([_at_line(finding, file) for finding in error.findings]) from None


def _at_line(finding: Finding, file: NamedFile) -> Finding:
    """A fault of a year, a budget or how units fill at the line that said it; any other as it is."""
    column, value = finding.column or "", finding.value
    if of_year := re.fullmatch(r"(\d{4}): (\w+)", finding.table):
        year, section = of_year.groups()
        keys = [
            f"{year}.{column}" if section == "settings" else f"{year}.{section}.{column}",
            f"{year}.{section}",
            year,
        ]
    elif column == "filling":
        keys = [column]
    elif said := re.match(r"(\d{4})(?:: (.*))?", column.partition(", ")[2] or value or ""):
        year, value = said[1], said[2] or value
        keys = [f"{year}.budget", year] if column.startswith("budget") else [year]
    else:
        keys = []
    # A year may stand in its sections alone.
    keys += [key for key in file.lines if keys and key.startswith(f"{keys[-1]}.")]
    key = next((key for key in keys if key in file.lines), None)
    return finding if key is None else replace(finding, table=file.name, row=file.lines[key], column=key, value=value)


def read_filling(path: str | os.PathLike[str]) -> Any:
    """What such a file says of how units fill (``filling = [0.5, 0.8]`` above the years), if anything."""
    return _toml(path).said.get("filling")


def _toml(path: str | os.PathLike[str]) -> NamedFile:
    remedy = "Write a table a year, such as [2027], with settings as in case.toml."
    return toml_named(path, "years stand in a TOML file", remedy, finite=False)


def _odd(file: NamedFile, key: str) -> Finding:
    remedy, row = "Write [2027].", file.lines.get(key)
    return Finding(table=file.name, row=row, value=key, rule="each table of the file is a year", remedy=remedy)


def _settings(file: NamedFile, year: str, table: Mapping[str, Any], faults: list[Finding]) -> dict[str, Any]:
    """Settings of a year by their names: ``rules.volume`` of ``[2027.rules] volume``."""
    found: dict[str, Any] = {}
    for section, value in table.items():
        if section == "budget":
            continue
        inside = isinstance(value, Mapping) and "." not in section
        said = {f"{section}.{key}": one for key, one in value.items()} if inside else {section: value}
        here = Finding(
            table=file.name,
            row=file.lines.get(f"{year}.{section}"),
            column=f"{year}.{section}",
            rule="nothing is read of a section of that name",
            remedy=f"Its sections: {some(sections())}.",
        )
        if not said and section not in sections():
            # Such as [2027.5], which is no half year.
            faults.append(here)
        faults += [
            replace(here, rule="each setting stands once", remedy="Remove one.", value=key)
            for key in said.keys() & found.keys()
        ]
        found |= said
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What is asked, read: problems and budgets (inf without) by year."""

    problems: Mapping[int, Problem]
    budget: Mapping[int, float]
    start: tuple[str, ...]
    goal: Objective
    discount: float
    filling: Filling


def read(
    problem: Problem,
    years: object,
    budget: object,
    start: Iterable[str],
    objective: str,
    discount: float | None,
    filling: object,
    engine: object = "chains",
) -> Asked:
    """Read what is asked, or raise every fault of it."""
    faults: list[Finding] = []
    if engine not in ENGINES:
        faults.append(
            _fault("engine", engine, "the best order is found by chains or by the model", "Choose chains, or model.")
        )
    problems = _problems(problem, years, faults, counted=engine != "model")
    budgets = _budgets(_whole_years(years) or list(problems), problems, budget, faults)
    if any(p.aftercare.on and p.aftercare.building_dkk_per_bed > 0 for p in problems.values()) and any(
        math.isfinite(dkk) for dkk in budgets.values()
    ):
        rule = "a year's budget builds units alone: beds of aftercare are not opened in years"
        remedy = "Leave the budget out, or what building a bed of aftercare costs (aftercare.building_dkk_per_bed)."
        faults.append(_fault("budget", None, rule, remedy))
    units = (start,) if isinstance(start, str) else tuple(start)
    known = problem.network.site_ids
    faults += [
        _fault("start", j, "each id is that of a site of the case", meant_site(problem, str(j)))
        for j in dict.fromkeys(units)
        if j not in known
    ]
    if objective not in SUMMED:
        remedy = f"Choose from: {', '.join(SUMMED)}."
        faults.append(_fault("objective", objective, "its values may be added up over years", remedy))
    rate = problem.finance.interest if discount is None else discount
    if not _is_number(rate) or not 0 <= rate < 1:
        faults.append(_fault("discount", rate, "a share a year, from 0 to below 1", "Write 3 % as 0.03."))
    fills = _filling(filling, faults)
    if faults:
        raise DataError(faults)
    return Asked(
        problems=problems,
        budget=budgets,
        start=tuple(dict.fromkeys(units)),
        goal=objective_named(objective),
        discount=float(rate),
        filling=fills,
    )


def _filling(said: object, faults: list[Finding]) -> Filling:
    """How units fill: shares that rise to the whole."""
    if said is None:
        return Filling()
    given: list[Any] = list(said) if isinstance(said, Iterable) and not isinstance(said, str) else [None]
    shares = [float(x) for x in given if _is_number(x)]
    whole = len(shares) == len(given)
    rising = all(0 < one <= 1 for one in shares) and shares == sorted(shares)
    if not whole or not rising:
        rule = "shares of a unit's beds that can be used by years since it opened: above 0, rising, at most 1"
        faults.append(_fault("filling", said, rule, "Give [0.5, 0.8]: half at first, then 80 %, then all."))
        return Filling()
    return Filling(usable=tuple(share for share in shares if share < 1))


def _problems(problem: Problem, years: object, faults: list[Finding], *, counted: bool = True) -> dict[int, Problem]:
    """Each year's problem; what is wrong with the years is added to the faults."""
    if not isinstance(years, Mapping) or not years:
        faults.append(_fault("years", years, "years are a mapping of year to settings", "Give {2027: {}, 2028: {}}."))
        return {}
    wrong = [y for y in years if not _is_whole(y)]
    faults += [_fault("years", y, "a year is a whole number", "Write 2027.") for y in wrong]
    whole = _whole_years(years)
    for one, other in itertools.pairwise(whole):
        if other <= one:
            faults.append(_fault("years", f"{other} after {one}", "years stand in their order", "Put them in order."))
        elif other > one + 1:
            remedy = f"Give {one + 1} too, with {{}} where nothing differs."
            faults.append(_fault("years", f"{other} after {one}", "no year is left out", remedy))
    problems: dict[int, Problem] = {}
    for year in whole:
        settings = years[year]
        if not isinstance(settings, Mapping):
            faults.append(_fault(f"years, {year}", settings, "settings are a mapping of name to value", "Give {}."))
            continue
        try:
            problems[year] = replaced(problem, {str(key): value for key, value in settings.items()})
        except DataError as error:
            faults += [_of_year(year, f) for f in error.findings]
            continue
        faults += [_fault(f"years, {year}", None, *said) for said in _refusals(problems[year], counted)]
    return problems


def _whole_years(years: object) -> list[int]:
    return [int(year) for year in years if _is_whole(year)] if isinstance(years, Mapping) else []


def _is_whole(year: object) -> bool:
    return not isinstance(year, bool) and isinstance(year, numbers.Integral)


def _of_year(year: int, fault: Finding) -> Finding:
    return Finding(
        table=f"{year}: {fault.table}",
        row=fault.row,
        column=fault.column,
        value=fault.value,
        rule=fault.rule,
        remedy=fault.remedy,
    )


def _refusals(problem: Problem, counted: bool) -> list[tuple[str, str]]:
    """What a year's problem is that chains cannot be valued of: what should hold, and what to do."""
    faults = []
    if (reason := why_not(problem)) is not None:
        faults.append((f"every set of sites can be valued, but {reason}", "Turn rules.nearest on, without a price."))
    elif counted and (sets := space_of(problem).sets) > MOST_SETS:
        faults.append(
            (f"at most {MOST_SETS:,} sets of sites are to be valued; there are {sets:,}", "Narrow rules.units.")
        )
    return faults


LEAST_OF_A_BED = 1e-3
"""Of what a bed costs to build: a smaller budget is in another unit."""


def _budgets(
    years: list[int], problems: Mapping[int, Problem], budget: object, faults: list[Finding]
) -> dict[int, float]:
    """DKK by year, inf without a budget; of years whose settings are faulty too."""
    if budget is None:
        return dict.fromkeys(years, math.inf)
    given: Mapping[Any, Any] = budget if isinstance(budget, Mapping) else dict.fromkeys(years, budget)
    faults += [
        _fault("budget", year, "each year has a budget where one has", f"Give the budget of {year}; 0 builds nothing.")
        for year in years
        if year not in given
    ]
    faults += [
        _fault("budget", year, "each budget is of a year of the roll-out", f"Give {year} settings, or leave it out.")
        for year in given
        if years and year not in years
    ]
    wrong = {y: dkk for y, dkk in given.items() if not _is_number(dkk) or dkk < 0}
    shown = (
        dict.fromkeys(wrong.values()) if not isinstance(budget, Mapping) else [f"{y}: {x}" for y, x in wrong.items()]
    )
    faults += [_fault("budget", one, "DKK a year, a number not below 0", "Write 60000000.") for one in shown]
    a_bed = max((p.finance.building_dkk_per_bed for p in problems.values()), default=0.0)
    few = {y: dkk for y, dkk in given.items() if y not in wrong and 0 < dkk < LEAST_OF_A_BED * a_bed}
    rule = f"DKK a year build a thousandth of a bed at least, of {a_bed:,.0f} DKK; 0 builds nothing"
    faults += [_fault("budget", f"{y}: {dkk:g}", rule, "Is it in millions? Write 60000000.") for y, dkk in few.items()]
    return {year: float(given[year]) for year in years if year in given and year not in wrong}


def _is_number(value: object) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    return real and math.isfinite(float(value))  # type: ignore[arg-type]  # a real number is one


def _fault(column: str, value: object, rule: str, remedy: str) -> Finding:
    said = None if value is None else str(value)
    return Finding(table="roll_out", column=column, value=said, rule=rule, remedy=remedy)
