"""``capacity tornado``: which stated range matters most."""

from __future__ import annotations

from typing import Any

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("tornado")
@case_options
@output_options
@told_as_json
def command(
    case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool, out: str | None
) -> int:
    """Solve CASE with each setting at the low and the high end of its stated range."""
    from capacity.cli.studies import show_study
    from capacity.studies.sweep import tornado

    rows = tornado(read_problem(case, changes, scenarios))
    show_study(
        {"rows": rows}, [_said(row) for row in rows],
        [("key", "setting"), ("low", "low"), ("high", "high"), ("objective_low", "hours\nat low"),
         ("objective_high", "hours\nat high"), ("swing", "swing"), ("units_change", "units\nchange")],
        title="What the answer leans on", as_json=as_json, out=out,
    )  # fmt: skip
    return 0


def _said(row: dict[str, Any]) -> dict[str, Any]:
    """A row as people read it; an end without a plan is said to have none."""
    ends = {k: "no plan" if row[k] is None else row[k] for k in ("objective_low", "objective_high")}
    return row | ends | {"swing": "no plan" if row["swing"] == float("inf") else f"{100 * row['swing']:.1f} %"}
