"""A robustness study in five lines a minister can read."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, objective_named
from capacity.studies.ladder import HIGH, LOW, Ladder, ladder
from capacity.studies.levels import has_closed_form

if TYPE_CHECKING:
    from capacity.studies.cases import Case
    from capacity.studies.influence import Influence

LISTED = 5
"""Assumptions named in a sentence; the others are counted."""


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
    leaning: Influence | None = None,
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
    leaning : Influence, optional
        What assumptions do to the units, where that is known.
    """
    if leaning is not None:
        tried = [t.site_ids for s in leaning.settings for t in s.tries if t.site_ids]
        tried.append(leaning.base.site_ids)
        everywhere = set(everywhere).intersection(*tried)
        somewhere = set(somewhere).union(*tried)
    places = problem.network.site_places({*plan["site_ids"], *somewhere})
    with_plan = [c for c in cases if best[c.id]]
    steps = _ladder(problem, cases, objective)
    lines = [_right(places, plan, len(cases), len(with_plan), leaning)]
    if missing:
        lines.append(_no_plan(cases, missing, steps))
    lines.append(_next_unit(len(plan["site_ids"]), cases, best, steps))
    if with_plan:
        lines.append(_sites(places, everywhere, somewhere, len(with_plan), leaning))
    if len(shut) > 0:
        lines.append(_closed(places, shut))
    return tuple(lines)


def _listed(names: Collection[str]) -> str:
    names = sorted(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _right(
    places: Mapping[str, str], plan: Mapping[str, Any], count: int, solvable: int, leaning: Influence | None
) -> str:
    where = ", ".join(sorted(places[j] for j in plan["site_ids"]))
    line = f"Open {where} now: right (best, or within 2 %) in {plan['right_in']} of {count} scenarios"
    if solvable < count:
        line += f", and {plan['right_in']} of the {solvable} in which any plan keeps the rules"
    return f"{line}; {_leaning(tuple(plan['site_ids']), leaning)}."


def _leaning(site_ids: tuple[str, ...], leaning: Influence | None) -> str:
    """How many assumptions change the units, those that change them first named."""
    if leaning is None:
        return "the assumptions were not tried"
    if site_ids != leaning.base.site_ids:
        return "as the assumptions stand other units are best"
    changing, count = [s.key for s in leaning.changing], len(leaning.settings)
    if not changing:
        return f"changes with none of {count} assumptions"
    more = f"; and {len(changing) - LISTED} more" if len(changing) > LISTED else ""
    return f"changes with {len(changing)} of {count} assumptions: {'; '.join(changing[:LISTED])}{more}"


def _no_plan(cases: Sequence[Case], missing: Mapping[str, tuple[str, ...]], steps: Ladder | None) -> str:
    names = dict.fromkeys(name for rules in missing.values() for name in rules)
    rules = f"; in the way: {', '.join(names)}" if names else ""
    where = _without_plan(steps)
    if where and all(_is_without(c.women_per_year, steps) for c in cases if c.id in missing):
        return f"No plan keeps the rules {where} ({len(missing)} of {len(cases)} scenarios){rules}."
    figures = [c.women_per_year for c in cases if c.id in missing]
    between = " to ".join(dict.fromkeys((f"{min(figures):g}", f"{max(figures):g}")))
    return f"In {len(missing)} of {len(cases)} scenarios ({between} women a year) no plan keeps the rules{rules}."


def _is_without(women: float, steps: Ladder | None) -> bool:
    return steps is not None and any(s.low <= women <= s.high and not s.site_ids for s in steps.steps)


def _without_plan(steps: Ladder | None) -> str:
    """The levels of demand without a plan in words, each end on the side of it where that is true."""
    if steps is None:
        return ""
    gaps = [(s.low, s.high) for s in steps.steps if not s.site_ids]
    first = steps.steps[0].low
    said = [
        f"below {_down(high)}" if low == first else "from {} to {}".format(*_inside(low, high)) for low, high in gaps
    ]
    return f"{' and '.join(said)} women a year" if said else ""


def _inside(low: float, high: float) -> tuple[str, str]:
    """Ends of a range as short as they can be said without leaving it."""
    decimals = next((d for d in (1, 2, 3) if math.ceil(low * 10**d) <= math.floor(high * 10**d)), 6)
    scale = 10**decimals
    return f"{math.ceil(low * scale) / scale:g}", _down(high, decimals)


def _down(value: float, decimals: int = 1) -> str:
    """The next tenth below: what is so up to a value is so up to there."""
    scale = 10**decimals
    return f"{math.floor(value * scale) / scale:g}"


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
    """From where more units than the plan has are best: that one more would pay its way is another question."""
    most = max(c.women_per_year for c in cases)
    if steps is not None:
        further = next((s for s in steps.steps if len(s.site_ids) > units), None)
        if further is None or further.low > most:
            return f"Up to {most:g} women a year the best number of units is at most {units}."
        low, more = _down(further.low), len(further.site_ids)
        return f"Up to {low} women a year the best number of units is at most {units}; just above that {more}."
    levels = [c.women_per_year for c in cases if len(best[c.id]) > units]
    if not levels:
        return f"The best number of units is at most {units} in every scenario (up to {most:g} women a year)."
    return f"The best number of units is above {units} only in scenarios from {min(levels):g} women a year."


def _sites(
    places: Mapping[str, str],
    everywhere: Collection[str],
    somewhere: Collection[str],
    count: int,
    leaning: Influence | None,
) -> str:
    rest = sorted(places[j] for j in set(somewhere) - set(everywhere))
    tried = "" if leaning is None else " and at every value tried that has one"
    if not everywhere:
        return f"No site is in the best plan of all {count} scenarios that have one{tried}; in some: {_listed(rest)}."
    named = _listed([places[j] for j in everywhere])
    who = "the one scenario that has one" if count == 1 else f"each of the {count} scenarios that have one"
    said = f"In the best plan of {who}{tried}: {named}"
    return f"{said}; in some also {_listed(rest)}." if rest else f"{said}."


def _closed(places: Mapping[str, str], shut: Sequence[Mapping[str, Any]]) -> str:
    worst = max(shut, key=lambda row: row["no_bed"])
    asked = math.fsum(row["referrals"] for row in shut)
    more = f", {worst['nowhere']:.1f} of them with no other unit in reach" if worst["nowhere"] > 0.05 else ""
    return (
        f"With {places[worst['closed']]} closed for a quarter, {worst['no_bed']:.1f} of that quarter's {asked:.1f} "
        f"women find no bed ({worst['no_bed_open']:.1f} when all are open){more}; its {worst['in_beds']:.1f} women in "
        f"stay meet {worst['free_beds']:.1f} free beds elsewhere."
    )
