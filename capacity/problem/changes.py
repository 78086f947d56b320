"""Changes of a problem by settings that are not simply a field of it: demand, its split, travel, the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.problem.counts import HIDES
from capacity.problem.parts import NEAR, homes_of, spread, with_share
from capacity.problem.uptake import Uptake

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


def _women(problem: Problem, value: Any) -> Problem:
    women = _number("demand.women_per_year", value) * problem.undetected
    return problem.replace(scenarios=problem.scenarios.scaled(women))


def _undetected(problem: Problem, value: Any) -> Problem:
    """Multiply every scenario by the new share of undetected women instead of the old."""
    before = problem.undetected
    problem = problem.replace(undetected=_number("demand.undetected", value))
    women = problem.scenarios.women_per_year * (problem.undetected / before)
    return problem.replace(scenarios=problem.scenarios.scaled(women))


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise misfit(key, value, "the value is a number", "Write a number, such as 90.")
    return float(value)


def misfit(key: str, value: Any, rule: str, remedy: str) -> DataError:
    """What to raise where a value does not fit a setting."""
    section, _, column = key.rpartition(".")
    return DataError([Finding(table=section or "setting", column=column, value=str(value), rule=rule, remedy=remedy)])


def _weight(problem: Problem, value: Any) -> Problem:
    """Split every scenario's total by another column of the demand points."""
    weight = _column(problem, "demand.weight", value)
    if problem.relative_risk:
        weight = weight * _column(problem, "demand.relative_risk", problem.relative_risk)
    return _split(problem, "demand.weight", weight).replace(weight=value)


def _relative_risk(problem: Problem, value: Any) -> Problem:
    """Multiply the weight by a column of relative risks (false for none)."""
    if problem.weight not in problem.network.point_columns:
        if not value:
            return problem
        raise misfit(
            "demand.relative_risk",
            value,
            "a relative risk multiplies a weight of the demand points",
            "Choose demand.weight first.",
        )
    weight = _column(problem, "demand.weight", problem.weight)
    if value:
        weight = weight * _column(problem, "demand.relative_risk", value)
    return _split(problem, "demand.relative_risk", weight).replace(relative_risk=value or "")


def _column(problem: Problem, key: str, value: Any) -> Floats:
    """A column of the demand points as weights, (n,)."""
    columns, what = problem.network.point_columns, key.rpartition(".")[2].replace("_", " ")
    remedy = f"Choose one of: {', '.join(weights_of(problem)) or 'none here'}."
    if value not in columns:
        raise misfit(key, value, f"the {what} is a column of the demand points", remedy)
    try:
        numbers = np.array([float(x) for x in columns[value]])
    except (TypeError, ValueError):
        raise misfit(key, value, f"the {what} is a column of numbers", remedy) from None
    if not np.isfinite(numbers).all() or (numbers < 0).any() or numbers.sum() <= 0:
        raise misfit(
            key,
            value,
            "weights are finite, not negative, and some are above zero",
            "Correct the column or choose another.",
        )
    return numbers


def _split(problem: Problem, key: str, weight: Floats) -> Problem:
    """Split the totals by a weight, blended with the problem's own counts where it has any."""
    from capacity.problem.splitting import weight_split, with_weight

    net = problem.network
    # Places are split by, whatever parts their families are in.
    places, _, first = homes_of(net)
    weight = weight[first]
    try:
        if problem.split is None:
            split, kept = weight_split(places, weight), None
        else:
            split = kept = with_weight(problem.split, weight)
    except DataError as error:
        finding = error.findings[0]
        raise misfit(key, finding.value, finding.rule, finding.remedy) from None
    totals = problem.women.sum(axis=1)
    scenarios = problem.scenarios.replace(
        point_ids=net.point_ids, women=spread(net, np.array([split.women(float(t)) for t in totals]))
    )
    return problem.replace(scenarios=scenarios, split=kept)


def weights_of(problem: Problem) -> tuple[str, ...]:
    """Columns of the demand points that hold numbers: what demand may be split by."""
    return tuple(
        name
        for name, values in problem.network.point_columns.items()
        if values and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in values)
    )


def _regions(problem: Problem, value: Any) -> Problem:
    return problem.replace(network=problem.network.with_regions(str(value)))


def _ambulatories(problem: Problem, value: Any) -> Problem:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise misfit("network.ambulatories", value, "ambulatories is a list of site ids", 'Write ["ID", ...].')
    ids = tuple(str(v) for v in value)
    return problem.replace(network=problem.network.replace(ambulatories=ids))


def _source(problem: Problem, value: Any) -> Problem:
    if value == travel_source(problem):
        return problem
    if value in problem.travels and not str(value).endswith(NEAR):
        was = travel_source(problem)
        here = {was: problem.travel, **problem.travels}
        if problem.to_ambulatory is not None:
            here[near_of(was)] = problem.to_ambulatory
        origin = {**problem.origin, "travel_source": value}
        # Other roads are other ways to the ambulatories too.
        near = here.get(near_of(value), problem.to_ambulatory)
        return problem.replace(travel=problem.travels[value], to_ambulatory=near, travels=here, origin=origin)
    raise misfit(
        "travel.source",
        value,
        "the travel source can only be chosen where the case is read",
        "Use read_case(folder, settings={'travel.source': ...}) or change case.toml.",
    )


def near_of(source: str) -> str:
    """Where `Problem.travels` keeps the ways from sites to ambulatories of a source of travel times."""
    return f"{source}{NEAR}"


def travel_source(problem: Problem) -> str:
    """Where the travel times come from, as ``case.toml`` names it."""
    return str(problem.origin.get("travel_source", problem.travel.source))


def transit_source(problem: Problem) -> str | bool:
    """Where the ways of families without a car come from; False where nobody is asked whether they have one."""
    said = problem.origin.get("transit_source", False)
    return said if isinstance(said, str) else False


def without_car(problem: Problem) -> float | str:
    """Share of families without a car, or the column that holds it; 0 where nobody is asked."""
    said = problem.origin.get("without_car", 0.0)
    return said if isinstance(said, str) else float(said)


def _transit(problem: Problem, value: Any) -> Problem:
    if value == transit_source(problem):
        return problem
    raise misfit(
        "travel.transit",
        value,
        "the table of public transport can only be chosen where the case is read",
        "Use read_case(folder, settings={'travel.transit': ...}) or change case.toml.",
    )


def _without_car(problem: Problem, value: Any) -> Problem:
    if value == without_car(problem):
        return problem
    if not transit_source(problem):
        rule = "families without a car have ways of their own"
        raise misfit("travel.without_car", value, rule, "Name the table of their minutes: travel.transit.")
    if not isinstance(value, str):
        value = _number("travel.without_car", value)
    return with_share(problem, value)


def _minutes_error(problem: Problem, value: Any) -> Problem:
    given = value if isinstance(value, Mapping) else {"minutes": value}
    unknown = set(given) - {"minutes", "percent"}
    if unknown:
        raise misfit("travel.minutes_error", value, "the value is {minutes = ..., percent = ...}", "See the case.")
    low, share = (_number("travel.minutes_error", given.get(k, 0.0)) for k in ("minutes", "percent"))
    if low < 0 or share < 0:
        raise misfit("travel.minutes_error", value, "an error is not negative", "Write numbers from 0 up.")
    return problem.replace(minutes_error=(low, share))


def _uptake(problem: Problem, value: Any) -> Problem:
    if value is False or value is None:
        return problem.replace(uptake=None)
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise misfit(
            "travel.uptake",
            value,
            "a curve is pairs of minutes and share",
            "Write [[30, 1.0], [90, 0.7]] or false; a file is named where the case is read.",
        )
    return problem.replace(uptake=Uptake.of(value))


def _count(problem: Problem, value: Any) -> Problem:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0 or 0 < value < HIDES:
        raise misfit(
            "privacy.smallest_count",
            value,
            f"a whole number, not negative: 0, or {HIDES} and more",
            "5 is usual; 0 hides nothing.",
        )
    if problem.split is not None and value != problem.smallest_count:
        raise misfit(
            "privacy.smallest_count",
            value,
            "own counts are put together where the case is read",
            "Use read_case(folder, settings={'privacy.smallest_count': ...}) or change case.toml.",
        )
    return problem.replace(smallest_count=int(value))


def with_scenarios(problem: Problem, value: Any) -> Problem:
    """Keep some of the problem's demand scenarios, or take named ones of its case."""
    ids = (value,) if isinstance(value, str) else tuple(value)
    if problem.named and not set(ids) <= set(problem.scenarios.ids):
        return problem.named[0].chosen(problem, ids)
    return problem.replace(scenarios=problem.scenarios.only(*ids))


CHANGES: Mapping[str, tuple[Callable[[Problem], Any], Callable[[Problem, Any], Problem]]] = {
    "demand.women_per_year": (lambda p: p.scenarios.women_per_year / p.undetected, _women),
    "demand.undetected": (lambda p: p.undetected, _undetected),
    "demand.weight": (lambda p: p.weight, _weight),
    "demand.relative_risk": (lambda p: p.relative_risk or False, _relative_risk),
    "travel.source": (travel_source, _source),
    "travel.minutes_error": (lambda p: {"minutes": p.minutes_error[0], "percent": p.minutes_error[1]}, _minutes_error),
    "travel.transit": (transit_source, _transit),
    "travel.without_car": (without_car, _without_car),
    "travel.uptake": (lambda p: False if p.uptake is None else p.uptake.points, _uptake),
    "network.regions": (lambda p: p.network.region_column, _regions),
    "network.ambulatories": (lambda p: list(p.network.ambulatories), _ambulatories),
    "objective.fair_aversion": (lambda p: p.fair_aversion, lambda p, v: p.replace(fair_aversion=v)),
    "objective.worst_off_share": (lambda p: p.worst_off_share, lambda p, v: p.replace(worst_off_share=v)),
    "objective.worst_exceptions": (lambda p: list(p.worst_exceptions), lambda p, v: p.replace(worst_exceptions=v)),
    "objective.worst_ties": (lambda p: p.worst_ties, lambda p, v: p.replace(worst_ties=v)),
    "privacy.smallest_count": (lambda p: p.smallest_count, _count),
}
"""Settings that are not simply a field: how each is read from a problem and changed in it."""
