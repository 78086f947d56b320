"""``capacity equity``: how evenly a plan treats the regions."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("equity")
@case_options
@output_options
@click.option(
    "--minutes", type=click.FloatRange(min=1), default=90.0, show_default=True, help="Within which a bed is in reach."
)
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    minutes: float,
) -> int:
    """Say how evenly CASE's plan treats the regions: ways, the worst-off, and beds within reach.

    Gap and Gini are least where everybody travels far: read them beside the mean.
    """
    from capacity.cli.studies import show_study
    from capacity.cli.tables import EQUITY_HEADS, equity_cells, equity_title
    from capacity.engines.solve import solve
    from capacity.studies.equity import equity

    problem = read_problem(case, changes, scenarios)
    found = equity(solve(problem), minutes)
    show_study(
        {"rows": list(found)},
        equity_cells(found),
        [("name", "region"), ("women", "women\na year"), *EQUITY_HEADS.items()],
        title=equity_title(minutes),
        problem=problem,
        after=["Women times beds a woman sum to the beds: their spread says something, not their mean."],
        as_json=as_json,
        out=out,
    )
    return 0
