"""``capacity ladder``: which units are best at each level of demand."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("ladder")
@case_options
@output_options
@click.option("--from", "low", type=click.FloatRange(min=0.01), default=1.0, show_default=True, help="Women a year.")
@click.option("--to", "high", type=click.FloatRange(min=0.02), default=250.0, show_default=True, help="Women a year.")
@click.option("--objective", default="travel", show_default=True, help="travel, worst or fair.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    low: float,
    high: float,
    objective: str,
) -> int:
    """Say which units are best from few women a year to many, and which rule stops the next unit."""
    from capacity.cli.studies import show_study
    from capacity.studies.ladder import ladder

    found = ladder(read_problem(case, changes, scenarios), low=low, high=high, objective=objective)
    rows = [row | {"from": f"{row['from']:.2f}", "to": f"{row['to']:.2f}"} for row in found.rows()]
    show_study(
        found.to_json(), rows,
        [("from", "from"), ("to", "to women\na year"), ("site_ids", "units"), ("beds_from", "beds\nfrom"),
         ("beds", "to"), ("mean_minutes", "mean\nminutes"), ("stopped_by", "what stops the next")],
        title="Which units are best at each level of demand", after=[found.to_json()["certificate"]],
        as_json=as_json, out=out,
    )  # fmt: skip
    return 0
