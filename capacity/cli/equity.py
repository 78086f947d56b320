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
    from capacity.engines.solve import solve
    from capacity.studies.equity import equity

    problem = read_problem(case, changes, scenarios)
    found = equity(solve(problem), minutes)
    show_study(
        {"rows": list(found)},
        [
            {
                "name": row["name"] or "all",
                "women": f"{row['women']:.1f}",
                **{key: f"{row[key]:.0f}" for key in ("mean_minutes", "minutes_90", "worst_off_minutes")},
                "gap": f"{row['gap_minutes']:.0f}",
                "gini": f"{row['gini']:.2f}",
                "beds": f"{row['beds_per_woman']:.2f}",
                "nothing": f"{100 * row['nothing_near']:.0f} %",
            }
            for row in found
        ],
        [
            ("name", "region"),
            ("women", "women\na year"),
            ("mean_minutes", "mean\nminutes"),
            ("minutes_90", "90 % within\nminutes"),
            ("worst_off_minutes", "worst-off,\nminutes"),
            ("gap", "above the\nshortest"),
            ("gini", "Gini"),
            ("beds", "beds a\nwoman"),
            ("nothing", "nothing\nnear"),
        ],
        title=f"How evenly the regions are treated (beds within {minutes:g} minutes)",
        problem=problem,
        after=["Women times beds a woman sum to the beds: their spread says something, not their mean."],
        as_json=as_json,
        out=out,
    )
    return 0
