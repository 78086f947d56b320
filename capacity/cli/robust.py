"""``capacity robust``: how plans stand in every scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from capacity.cli.options import (
    case_argument,
    csv_form,
    forced,
    output_options,
    read_problem,
    scenario_option,
    set_option,
    told_as_json,
)
from capacity.cli.saying import say, say_json, words

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.objectives import Objective
    from capacity.studies.influence import Influence
    from capacity.studies.robustness import Robustness

FEW_SECONDS = 5.0
"""Seconds that one solve with an assumption changed may take."""

MARKS = {
    "best": "best",
    "nearly": "within 2 %",
    "no plan keeps the rules": "no plan",
    "these units break a rule": "breaks",
}


@click.command("robust")
@case_argument
@set_option
@scenario_option
@output_options
@click.option("--objective", default="travel", show_default=True, help="What regret is measured in.")
@click.option(
    "--plan",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=str),
    help="A saved plan.json to look at, in place of the scenarios' best plans. Repeatable.",
)
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    objective: str,
    files: tuple[str, ...],
) -> int:
    """Say what to open now: how plans stand in every figure the documents give, and with one unit closed."""
    from capacity.cli.studies import counted
    from capacity.problem.named import scenario_named
    from capacity.reading.case import builtin_folder
    from capacity.reading.observed import observed_counts
    from capacity.rules.objectives import objective_named
    from capacity.studies.backtest import backtest, shown, unevenness
    from capacity.studies.robustness import robustness

    problem = read_problem(case, changes)
    chosen = [scenario_named(problem, s) for s in dict.fromkeys(scenarios)] or None
    plans = None
    if files:
        from capacity.plan.file import read_plan

        plans = [read_plan(name) for name in files]

    # Its faults are told before the study, not after it.
    counts = observed_counts(builtin_folder() if case is None else case)
    goal = objective_named(objective)
    leaning = _leaning(problem, goal)
    valued = robustness(problem, plans, scenarios=chosen, objective=goal, influence=leaning, tell=counted("scenarios"))
    past = backtest(problem, counts, chosen, cv=problem.promise.demand_cv)
    said = valued.to_json() | {"backtest": list(past)}
    if out is not None:
        from capacity.report.files import write_study

        write_study(out, said, [_flat(row) for row in valued.rows], force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json(said)
    else:
        uneven = {(c.region, c.what, c.document): unevenness(c) for c in shown(problem, counts)}
        _print(valued, past, uneven, problem, objective_named(objective).unit)
    return 0


def _leaning(problem: Problem, goal: Objective) -> Influence | None:
    """What assumptions change, where that is worked out in seconds; None elsewhere, which the verdict says."""
    from capacity.engines.enumerate import space_of, why_not
    from capacity.errors import InfeasibleError
    from capacity.studies.influence import FEW_SETS, influence

    if not (problem.ranges or problem.choices) or why_not(problem) is not None or space_of(problem).sets > FEW_SETS:
        return None
    try:
        # The verdict counts what each assumption does, not two at once.
        return influence(problem, objective=goal, strongest=0, time_limit=FEW_SECONDS)
    except InfeasibleError:
        return None


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _told(value) for key, value in row.items()}


def _told(value: Any) -> Any:
    """A cell of the file: lists in a line, numbers as they are."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else value if isinstance(value, (bool, int, float)) else str(value)


def _print(
    robust: Robustness,
    past: Sequence[Mapping[str, Any]],
    uneven: Mapping[tuple[str, str, str], float],
    problem: Problem,
    unit: str,
) -> None:
    from capacity.cli.tables import console, make_table

    sites = {j for p in robust.plans for j in p["site_ids"]} | {j for c in robust.closures for j in c["to"]}
    places = problem.network.site_places(sorted(sites))

    out = console()
    for line in robust.verdict:
        say(f"- {line}")
    say()
    out.print(_plans(robust, places, unit, make_table))
    out.print(_scenarios(robust, make_table))
    out.print(_closures(robust, places, make_table))
    for whose in dict.fromkeys((row["region"], bool(row["document"])) for row in past):
        mine = [row for row in past if (row["region"], bool(row["document"])) == whose]
        out.print(_past(mine, uneven, make_table))
    for note in _why(robust):
        say(note)
    for line in _least_bad(robust, problem):
        say(line)
    for note in robust.notes:
        say(note)


def _why(found: Robustness) -> list[str]:
    """Scenarios without a plan, by what the plan that breaks the fewest rules breaks there."""
    by_rules: dict[str, list[str]] = {}
    for scenario, rules in found.missing.items():
        by_rules.setdefault(" and ".join(rules), []).append(scenario)
    return [
        f"No plan{f', at the least for {rules}' if rules else ' keeps the rules'}: {', '.join(ids)}."
        for rules, ids in by_rules.items()
    ]


def _least_bad(found: Robustness, problem: Problem) -> list[str]:
    """What is left where no plan keeps the rules."""
    from capacity.cli.studies import named
    from capacity.studies.least_bad import said

    if not found.least_bad:
        return []
    limits = {one.beyond_minutes for one in found.least_bad if one.beyond_minutes is not None}
    beyond = f" where a unit is beyond {min(limits):g} minutes" if limits else ""
    free = " their price is not given;" if limits and not any(one.courses_dkk for one in found.least_bad) else ""
    head = (
        f"The least bad answer there, the fewest units and outpatient courses{beyond} (nobody has measured what they "
        f"do;{free} a woman's travel is over her stay or course):"
    )
    return [head, *(f"- {named(said(one), problem)}" for one in found.least_bad)]


def _plans(robust: Robustness, places: Mapping[str, str], unit: str, make_table: Any) -> Any:
    rows = [
        (
            ("* " if p["plan"] == robust.recommended else "  ") + p["plan"],
            ", ".join(places[j] for j in p["site_ids"]),
            p["beds"],
            f"{p['right_in']} of {p['scenarios']}",
            f"{p['keeps_in']} of {p['scenarios']}",
            _percent(p["mean_behind"]),
            _number(p["worst_regret"]),
            p["worst_in"] or "-",
        )
        for p in robust.plans
    ]
    columns = [
        ("plan", "left"),
        ("units", "left"),
        ("beds\nbuilt", "right"),
        ("right in", "right"),
        ("keeps the\nrules in", "right"),
        ("behind,\nmean", "right"),
        (f"worst regret,\n{unit}", "right"),
        ("in", "left"),
    ]
    return make_table("Plans (* = the one spoken of)", columns, rows)


def _scenarios(robust: Robustness, make_table: Any) -> Any:
    letters = [p["plan"] for p in robust.plans]
    cell = {(r["letter"], r["scenario"]): r for r in robust.rows}
    beds = {f["scenario"]: f for f in robust.flexible}
    rows = []
    for scenario in robust.best:
        one = cell[robust.recommended, scenario]
        flexible = beds.get(scenario)
        rows.append(
            (
                scenario,
                f"{one['women_per_year']:g}",
                *(_mark(cell[letter, scenario]) for letter in letters),
                _percent(one["turned_away"], 1),
                _million(one["result_dkk"]),
                "-" if flexible is None else f"{flexible['open']} of {flexible['built']}",
                "-" if flexible is None else _million(flexible["saving_dkk"]),
            )
        )
    columns = [
        ("scenario", "left"),
        ("women\na year", "right"),
        *((f"plan {letter}", "right") for letter in letters),
        ("turned\naway", "right"),
        ("income less\ncost, M DKK", "right"),
        ("beds\nneeded", "right"),
        ("saved if they\nclose, M DKK", "right"),
    ]
    return make_table(f'Scenarios (from "turned away" on: plan {robust.recommended} as built)', columns, rows)


def _mark(row: Mapping[str, Any]) -> str:
    return MARKS.get(row["status"]) or f"+{_percent(row['behind'])}"


def _closures(robust: Robustness, places: Mapping[str, str], make_table: Any) -> Any:
    rows = [
        (
            places[c["closed"]],
            f"{c['referrals']:.1f}",
            "\n".join(f"{places[j]} {_in_words(women)}" for j, women in _largest_first(c["to"])) or "nowhere",
            f"{c['minutes_more']:+.0f}" if c["minutes_more"] == c["minutes_more"] else "-",
            f"{c['no_bed']:.1f}",
            f"{c['no_bed_open']:.1f}",
        )
        for c in robust.closures
    ]
    columns = [
        ("closed for\na quarter", "left"),
        ("its women\nin it", "right"),
        ("go to", "left"),
        ("minutes\nmore", "right"),
        ("no bed,\nall units", "right"),
        ("if all\nare open", "right"),
    ]
    return make_table(f"Plan {robust.recommended} with one unit fewer, women in the quarter", columns, rows)


def _in_words(women: float) -> str:
    """A number behind a name, in the language of this run."""
    speak = words()
    return f"{women:.1f}" if speak is None else speak.number(women, 1)


def _past(rows: Sequence[Mapping[str, Any]], uneven: Mapping[tuple[str, str, str], float], make_table: Any) -> Any:
    """One region's counts beside every scenario: what it expects, and the chance of a count as far out."""
    measures = {row["what"]: row for row in rows}
    counted = [
        f"{what} {', '.join(map(str, one['counts']))} "
        f"(years as uneven by chance {_percent(uneven[one['region'], what, one['document']])})"
        if one["counts"]
        else f"{what} not shown"
        for what, one in measures.items()
    ]
    first = rows[0]
    title = (
        f"Is it plausible? {first['name']} {min(first['years'])}-{max(first['years'])}, "
        f"{first['document'] or 'own counts'}: {'; '.join(counted)}"
    )
    cells = []
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        mine = {row["what"]: row for row in rows if row["scenario"] == scenario}
        one = next(iter(mine.values()))
        chances = [_chance(mine[what]["probability"]) if what in mine else "-" for what in measures]
        cells.append((scenario, f"{one['women_per_year']:.1f}", f"{one['expected']:.1f}", *chances))
    columns = [
        ("scenario", "left"),
        ("women a year\nin the region", "right"),
        ("expected in\nthe years", "right"),
        *((f"chance of\n{_total(one['total'])} {what}", "right") for what, one in measures.items()),
    ]
    return make_table(title, columns, cells)


def _total(total: int | None) -> str:
    return "..." if total is None else str(total)


def _chance(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}" if share >= 0.01 else "< 0.01"


def _largest_first(to: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    return [(j, w) for j, w in sorted(to.items(), key=lambda x: -x[1]) if w >= 0.05]


def _percent(share: float | None, decimals: int = 0) -> str:
    from capacity.cli.tables import percent

    return "-" if share is None else percent(share, decimals)


def _million(dkk: float | None) -> str:
    from capacity.cli.tables import million

    return "-" if dkk is None else million(dkk)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
