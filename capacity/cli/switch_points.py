"""``capacity switch-points``: where the best set of units changes as one setting moves."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("switch-points")
@click.argument("key")
@click.argument("low", type=float)
@click.argument("high", type=float)
@case_options
@output_options
@click.option(
    "--pieces",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Pieces of the scan, for settings that cannot be proven.",
)
@click.option(
    "--exact-to",
    type=click.FloatRange(min=0, min_open=True),
    default=0.01,
    show_default=True,
    help="How close the changes are found.",
)
@click.option(
    "--objective", default="travel", show_default=True, help="travel, worst, worst_off, fair, cost or public_cost."
)
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
    objective: str,
) -> int:
    """Find every change of the best units as the setting KEY moves from LOW to HIGH.

    \b
    capacity switch-points finance.day_rate_dkk 3000 8000 --exact-to 1
    capacity switch-points rules.region_access.minutes 40 200
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import NO_PLAN, code_of_ranges, known_up_to, show_study
    from capacity.rules.objectives import objective_named
    from capacity.studies.switch import certificate, stays_best, switch_points

    problem = read_problem(case, changes, scenarios)
    switches = switch_points(
        problem,
        key,
        low,
        high,
        pieces=pieces,
        exact_to=exact_to,
        objective=objective_named(objective),
        tell=known_up_to(problem),
    )
    rows = switches.rows()
    today = stays_best(problem, switches)
    known = certificate(problem, switches, exact_to=exact_to, objective=objective_named(objective))
    show_study(
        {"key": key, "steps": rows, "text": today, "certificate": known, "exact_to": exact_to},
        [
            row | {"from": f"{s.low:,.2f}", "to": f"{s.high:,.2f}", "site_ids": row["site_ids"] or NO_PLAN}
            for row, s in zip(rows, switches, strict=True)
        ],
        [("from", "from"), ("to", "to"), ("site_ids", "units"), ("proven", "proven")],
        problem=problem,
        title=f"Where the best units change with {key}",
        after=[*([today] if today else []), known],
        as_json=as_json,
        out=out,
    )
    return code_of_ranges(switches, problem, key)
