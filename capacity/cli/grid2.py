"""``capacity grid2``: two settings against each other."""

from __future__ import annotations

from typing import Any

import click

from capacity.cli.options import case_options, output_options, read_problem, settings_of, told_as_json, told_as_typed

SHOWN = ("units", "beds", "site_ids", "mean_minutes", "longest_minutes", "cost_dkk", "objective", "status")


@click.command("grid2")
@click.argument("first", metavar="KEY=[VALUES]")
@click.argument("second", metavar="KEY=[VALUES]")
@case_options
@output_options
@click.option("--show", "shown", type=click.Choice(SHOWN), default="beds", show_default=True, help="What a cell says.")
@click.option(
    "--objective", default="travel", show_default=True, help="travel, worst, worst_off, fair, cost or public_cost."
)
@told_as_json
def command(
    first: str,
    second: str,
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    shown: str,
    objective: str,
) -> int:
    """Solve CASE for every pair of values of two settings: the first down, the second across.

    \b
    capacity grid2 'demand.women_per_year=[40,60,90]' 'rules.volume=[4,8,12]' --show site_ids
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import code_of_runs, counted, reasons, show_study
    from capacity.rules.objectives import objective_named
    from capacity.studies.sweep import grid2

    axes: list[tuple[str, list[Any]]] = []
    for axis in (first, second):
        ((key, values),) = settings_of([axis]).items()
        if not isinstance(values, list):
            raise click.BadParameter(f"{key}: give a list of values, such as [40, 60].", param_hint="KEY=[VALUES]")
        axes.append((key, values))
    problem = read_problem(case, changes, scenarios)
    with told_as_typed((first, second), "grid2"):
        swept = grid2(problem, axes[0], axes[1], objective=objective_named(objective), tell=counted("runs"))
    width = len(axes[1][1])
    rows: list[dict[str, Any]] = []
    for k, value in enumerate(axes[0][1]):
        runs = swept.runs[k * width : (k + 1) * width]
        cells = [run[shown] if run["status"] in ("optimal", "feasible") else run["status"] for run in runs]
        rows.append({"first": value} | {str(c): cell for c, cell in enumerate(cells)})
    show_study(
        swept.to_json() | {"shown": shown},
        list(swept.runs) if out is not None and as_json else rows,
        [("first", axes[0][0]), *((str(c), str(v)) for c, v in enumerate(axes[1][1]))],
        title=f"{shown} by {axes[0][0]} (down) and {axes[1][0]} (across)",
        after=reasons(swept),
        problem=problem,
        as_json=as_json,
        out=out,
    )
    return code_of_runs(swept, problem)
