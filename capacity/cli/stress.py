"""``capacity stress``: does the promise hold, in simulated years?"""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("stress")
@case_options
@output_options
@click.option("--years", type=click.IntRange(min=2), default=2_000, show_default=True, help="Simulated years.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same result.")
@click.option("--stay", default="exponential", show_default=True, help="exponential, lognormal or mixture.")
@click.option("--no-overflow", is_flag=True, help="Nobody is sent to the next unit.")
@click.option("--patience-days", type=click.FloatRange(min=0), help="Mean days a woman waits before she gives up.")
@click.option("--opening-years", type=click.IntRange(min=0), default=0, help="Years to fill the beds.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    years: int,
    seed: int,
    stay: str,
    no_overflow: bool,
    patience_days: float | None,
    opening_years: int,
) -> int:
    """Simulate referrals, stays and full units under the plan of CASE, beside what the formulas promise."""
    from capacity.cli.studies import show_study
    from capacity.report.payload import rows as rows_of
    from capacity.solving import solve
    from capacity.studies.simulation import stress

    plan = solve(read_problem(case, changes, scenarios))

    def progress(done: int, count: int) -> None:
        if done % 10 == 0 or done == count:
            click.echo(f"{done} of {count} runs", err=True)

    found = stress(
        plan, years=years, seed=seed, stay=stay, overflow=not no_overflow, patience_days=patience_days,
        opening_years=opening_years, progress=progress,
    )  # fmt: skip
    rows = rows_of(found.columns)
    said = {"rows": rows, "opening": rows_of(found.opening_columns), "record": dict(found.record)}
    shown = [row | {"interval": f"{row['low']:.4g} to {row['high']:.4g}"} for row in rows if row["level"] != "region"]
    show_study(
        said, shown if not as_json and out is None else rows,
        [("id", "unit"), ("measure", "measure"), ("value", "simulated"), ("interval", "95 % interval"),
         ("formula", "formula")],
        title=f"{years:,} simulated years", as_json=as_json, out=out,
    )  # fmt: skip
    return 0
