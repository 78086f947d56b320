"""``capacity sweep``: many runs over a grid of settings."""

from __future__ import annotations

from typing import Any

import click

from capacity.cli.options import case_options, output_options, read_problem, settings_of, told_as_json, told_as_typed


@click.command("sweep")
@case_options
@output_options
@click.option(
    "--grid",
    "grids",
    multiple=True,
    required=True,
    metavar="KEY=[VALUES]",
    help="Values of a setting, such as demand.women_per_year=[40,60,80]. Repeatable.",
)
@click.option("--resume", type=click.Path(path_type=str), metavar="DIR", help="Keep finished runs there, and go on.")
@click.option(
    "--objective",
    default="travel",
    show_default=True,
    help="travel, worst, worst_off, fair, cost, public_cost or reached.",
)
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    grids: tuple[str, ...],
    resume: str | None,
    objective: str,
) -> int:
    """Solve CASE for every combination of settings."""
    from capacity.cli.studies import code_of_runs, counted, reasons, show_study
    from capacity.rules.objectives import objective_named
    from capacity.studies.sweep import sweep

    grid: dict[str, Any] = settings_of(grids)
    if len(grid) < len(grids):
        raise click.BadParameter("each setting stands once: give all its values in one list.", param_hint="--grid")
    for key, values in grid.items():
        if not isinstance(values, list):
            raise click.BadParameter(f"{key}: give a list of values, such as [40, 60].", param_hint="--grid")
    problem = read_problem(case, changes, scenarios)

    with told_as_typed(grids, "--grid"):
        swept = sweep(problem, grid, objective=objective_named(objective), folder=resume, tell=counted("runs"))
    columns = [(key, key) for key in swept.keys]
    show_study(
        swept.to_json(),
        list(swept.runs),
        [
            *columns,
            ("status", "status"),
            ("site_ids", "units"),
            ("beds", "beds"),
            ("mean_minutes", "mean\nminutes"),
            ("cost_dkk", "cost with\nbuilding,\nDKK a year"),
        ],
        title="Sweep",
        after=reasons(swept),
        problem=problem,
        as_json=as_json,
        out=out,
    )
    return code_of_runs(swept, problem)
