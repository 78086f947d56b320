"""``capacity switch``: where the best set of units changes as one setting moves."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("switch")
@click.argument("key")
@click.argument("low", type=float)
@click.argument("high", type=float)
@case_options
@output_options
@click.option("--pieces", type=click.IntRange(min=1), default=40, show_default=True, help="Pieces of the scan.")
@click.option("--exact-to", type=click.FloatRange(min=0, min_open=True), default=0.01, show_default=True)
@told_as_json
def command(
    key: str,
    low: float,
    high: float,
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    pieces: int,
    exact_to: float,
) -> int:
    """Scan the setting KEY from LOW to HIGH, and close in on every change of the best units.

    \b
    capacity switch finance.day_rate_dkk 3000 8000 --exact-to 1
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import show_study
    from capacity.studies.ladder import switch_points

    problem = read_problem(case, changes, scenarios)
    found = switch_points(problem, key, low, high, pieces=pieces, exact_to=exact_to)
    rows = [{"from": s.low, "to": s.high, "site_ids": list(s.site_ids), "status": s.status} for s in found]
    show_study(
        {"key": key, "steps": rows}, rows, [("from", "from"), ("to", "to"), ("site_ids", "units"), ("status", "")],
        title=f"Where the best units change with {key}", as_json=as_json, out=out,
    )  # fmt: skip
    return 0
