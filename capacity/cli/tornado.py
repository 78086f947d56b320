"""``capacity tornado``: which stated range matters most."""

from __future__ import annotations

from typing import Any

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json

ENDS = ("objective_low", "objective_high")


@click.command("tornado")
@case_options
@output_options
@told_as_json
def command(
    case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool, out: str | None
) -> int:
    """Solve CASE with each setting at the low and the high end of its stated range."""
    from capacity.cli.studies import code_of, counted, show_study
    from capacity.studies.levels import DEMAND
    from capacity.studies.tornado import tornado

    problem = read_problem(case, changes, scenarios)
    rows = tornado(problem, tell=counted("settings"))
    after = []
    if len(problem.scenarios.ids) > 1 and DEMAND in problem.ranges:
        after.append(
            f"{DEMAND} is the mean of the {len(problem.scenarios.ids):,} scenarios, its ends the means of theirs: all "
            "are scaled alike."
        )
    now = next((row["objective"] for row in rows), None)
    if not rows:
        after.append("No setting has a stated range: give some under [ranges] in case.toml.")
    else:
        held = "no plan keeps the rules" if now is None else f"{now:,.0f} hours of travel a year"
        after.append(f"As it stands: {held}.")
    show_study(
        {"rows": list(rows)},
        [_said(row) for row in rows],
        [
            ("key", "setting"),
            ("low", "low"),
            ("high", "high"),
            ("objective_low", "hours\nat low"),
            ("objective_high", "hours\nat high"),
            ("swing", "swing"),
            ("units_change", "units\nchange"),
        ],
        title="What the answer leans on",
        after=after,
        as_json=as_json,
        out=out,
    )
    ends = ["optimal" if row[end] is not None else "infeasible" for row in rows for end in ENDS]
    return code_of(ends if now is None else ["optimal"], problem)


def _said(row: dict[str, Any]) -> dict[str, Any]:
    """A row as people read it; an end without a plan is said to have none."""
    ends = {k: "no plan" if row[k] is None else row[k] for k in ENDS}
    swing = "-" if row["objective"] is None or row["swing"] == float("inf") else f"{100 * row['swing']:.1f} %"
    lost = row["objective"] is None or None in (row["objective_low"], row["objective_high"])
    return row | ends | {"swing": swing, "units_change": "-" if lost else row["units_change"]}
