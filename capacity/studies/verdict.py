"""A robustness study in five lines a minister can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, objective_named
from capacity.studies.ladder import HIGH, LOW, Ladder, ladder
from capacity.studies.levels import has_closed_form

if TYPE_CHECKING:
    from capacity.studies.cases import Case

ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def verdict_of(
    problem: Problem,
    plan: Mapping[str, Any],
    cases: Sequence[Case],
    best: Mapping[str, tuple[str, ...]],
    missing: Mapping[str, tuple[str, ...]],
    everywhere: Collection[str],
    somewhere: Collection[str],
    shut: Sequence[Mapping[str, Any]],
    objective: str | Objective,
) -> tuple[str, ...]:
    """Five lines at most: what to open, where no plan is possible, the next unit, the sites, one unit fewer.

    Parameters
    ----------
    problem : Problem
    plan : mapping
        The recommended plan, a row of `Robustness.plans`.
    cases : sequence of Case
    best, missing, everywhere, somewhere, shut
        As in `Robustness`.
    objective : str
    """
    places = problem.network.site_places({*plan["site_ids"], *somewhere})
    with_plan = [c for c in cases if best[c.id]]
    steps = _ladder(problem, cases, objective)
    lines = [_right(places, plan, len(cases), len(with_plan))]
    if missing:
        lines.append(_no_plan(cases, missing, steps))
    lines.append(_next_unit(len(plan["site_ids"]), cases, best, steps))
    if with_plan:
        lines.append(_sites(places, everywhere, somewhere, len(with_plan)))
    if len(shut) > 0:
        lines.append(_closed(places, shut))
    return tuple(lines)


def _listed(names: Collection[str]) -> str:
    names = sorted(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _right(places: Mapping[str, str], plan: Mapping[str, Any], count: int, solvable: int) -> str:
    where = ", ".join(sorted(places[j] for j in plan["site_ids"]))
    line = f"Open {where} now: right (best, or within 2 %) in {plan['right_in']} of {count} scenarios"
    if solvable < count:
        line += f", and {plan['right_in']} of the {solvable} in which any plan keeps the rules"
    return f"{line}."


def _no_plan(cases: Sequence[Case], missing: Mapping[str, tuple[str, ...]], steps: Ladder | None) -> str:
    names = dict.fromkeys(name for rules in missing.values() for name in rules)
    rules = f" ({', '.join(names)})" if names else ""
    lowest = next((s.low for s in steps.steps if s.site_ids), None) if steps else None
    figures = [c.women_per_year for c in cases if c.id in missing]
    if lowest is not None and max(figures) < lowest:
        return (
            f"Below {lowest:.0f} women a year ({len(missing)} of {len(cases)} scenarios) no plan keeps the "
            f"rules{rules}: what stands in the way is named by `capacity explain --scenario ID`."
        )
    between = " to ".join(dict.fromkeys((f"{min(figures):g}", f"{max(figures):g}")))
    return (
        f"In {len(missing)} of {len(cases)} scenarios ({between} women a year) no plan keeps the "
        f"rules{rules}: see `capacity explain --scenario ID`."
    )


def _ladder(problem: Problem, cases: Sequence[Case], objective: str | Objective) -> Ladder | None:
    """The best units at each level of demand the scenarios speak of; None where there is no closed form."""
    levels = [c.women_per_year for c in cases]
    low, high = min(LOW, *levels), max(HIGH, *levels)
    if len(problem.scenarios.ids) > 1 or not has_closed_form(problem, objective, high):
        return None
    try:
        return ladder(problem, low=low, high=high, objective=objective_named(objective))
    except DataError:
        return None


def _next_unit(units: int, cases: Sequence[Case], best: Mapping[str, tuple[str, ...]], steps: Ladder | None) -> str:
    name = f"A {ORDINALS[units + 1] if units + 1 < len(ORDINALS) else f'{units + 1}th'} unit"
    most = max(c.women_per_year for c in cases)
    if steps is not None:
        least = next((s.low for s in steps.steps if len(s.site_ids) > units), None)
        if least is None or least > most:
            return f"{name} pays at no level of demand up to {most:g} women a year."
        return f"{name} pays only above {least:.0f} women a year."
    more = [c.women_per_year for c in cases if len(best[c.id]) > units]
    if not more:
        return f"{name} is best in none of the scenarios (up to {most:g} women a year)."
    return f"{name} is best only in scenarios from {min(more):g} women a year."


def _sites(places: Mapping[str, str], everywhere: Collection[str], somewhere: Collection[str], count: int) -> str:
    rest = sorted(places[j] for j in set(somewhere) - set(everywhere))
    if not everywhere:
        return f"No site is in the best plan of all {count} scenarios that have one; in some: {_listed(rest)}."
    named = f"No regret: {_listed([places[j] for j in everywhere])}, in the best plan of"
    if count == 1:
        return f"{named} the one scenario that has one."
    said = f"{named} each of the {count} scenarios"
    return f"{said} that have one; in some also {_listed(rest)}." if rest else f"{said} that have one."


def _closed(places: Mapping[str, str], shut: Sequence[Mapping[str, Any]]) -> str:
    worst = max(shut, key=lambda row: row["no_bed"])
    asked = sum(row["referrals"] for row in shut)
    more = f", {worst['nowhere']:.1f} of them with no other unit in reach" if worst["nowhere"] > 0.05 else ""
    return (
        f"With {places[worst['closed']]} closed for a quarter, {worst['no_bed']:.1f} of that quarter's {asked:.1f} "
        f"women find no bed ({worst['no_bed_open']:.1f} when all are open){more}; its {worst['in_beds']:.1f} women in "
        f"stay meet {worst['free_beds']:.1f} free beds elsewhere."
    )
