"""``capacity ladder``: which units are best at each level of demand, or of another setting."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("ladder")
@case_options
@output_options
@click.option("--key", default="demand.women_per_year", show_default=True, help="The setting to climb, a number.")
@click.option("--from", "low", type=float, metavar="X", help="Lower end (1 woman a year, or the stated range).")
@click.option("--to", "high", type=float, metavar="X", help="Upper end (250 women a year, or the stated range).")
@click.option(
    "--objective", default="travel", show_default=True, help="travel, worst, worst_off, fair, cost or public_cost."
)
@click.option(
    "--exact-to",
    type=click.FloatRange(min=0, min_open=True),
    default=0.01,
    show_default=True,
    help="How close the ends are found.",
)
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    key: str,
    low: float | None,
    high: float | None,
    objective: str,
    exact_to: float,
) -> int:
    """Say which units are best from few women a year to many, and which rule stops the next unit."""
    from capacity.cli.studies import NO_PLAN, code_of_ranges, known_up_to, show_study
    from capacity.rules.objectives import objective_named
    from capacity.studies.ladder import ladder
    from capacity.studies.levels import DEMAND

    problem = read_problem(case, changes, scenarios)
    climbed = ladder(
        problem,
        key,
        low=low,
        high=high,
        objective=objective_named(objective),
        exact_to=exact_to,
        tell=known_up_to(problem),
    )
    rows = [
        row | {"from": f"{row['from']:,.2f}", "to": f"{row['to']:,.2f}", "site_ids": row["site_ids"] or NO_PLAN}
        for row in climbed.rows()
    ]
    show_study(
        climbed.to_json(),
        rows,
        [
            ("from", "from"),
            ("to", "to women\na year" if key == DEMAND else f"to\n{key.partition('.')[2]}"),
            ("site_ids", "units"),
            ("beds_from", "beds\nfrom"),
            ("beds", "to"),
            ("mean_minutes", "mean\nminutes"),
            ("stopped_by", "what stops the next"),
        ],
        title=f"Which units are best at each level of {'demand' if key == DEMAND else key}",
        after=[climbed.certificate],
        problem=problem,
        as_json=as_json,
        out=out,
    )
    return code_of_ranges(climbed.steps, problem, key)
