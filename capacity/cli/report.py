"""``capacity report``: a plan as a page to read, print and pass on."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, force_option, forced, read_problem, time_limit_option, told_as_json
from capacity.cli.saying import say


@click.command("report")
@case_options
@time_limit_option
@click.option(
    "-o",
    "--output",
    default="report.html",
    show_default=True,
    type=click.Path(path_type=str, dir_okay=False),
    help="The page to write: a new file, or one as this library wrote it.",
)
@force_option
@click.option("--lang", default="en", show_default=True, help="en or da.")
@click.option("--areas", type=click.Path(path_type=str), metavar="FILE", help="GeoJSON of your own areas for the map.")
@click.option("--code", metavar="NAME", help="Property of FILE with the demand points' ids.")
@click.option("--no-studies", is_flag=True, help="The plan alone, without alternatives and other figures.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    time_limit: float | None,
    output: str,
    lang: str,
    areas: str | None,
    code: str | None,
    no_studies: bool,
) -> int:
    """Write one self-contained HTML page of CASE's plan: map, tables, alternatives, ladder, annexes.

    The page works out what is cheap and says what it left out. CASE may also be a finished plan: a
    plan.json, or the folder of `capacity plan --out`.
    """
    from capacity.engines.solve import solve
    from capacity.plan.file import read_plan
    from capacity.report.page import our_page, write_report
    from capacity.report.phrases import phrases
    from capacity.writing import refuse_file

    phrases(lang)
    refuse_file(output, ours=our_page, force=forced())
    if case is not None and _is_plan(case):
        plan = read_plan(case)
    else:
        # The report holds the notices.
        plan = solve(read_problem(case, changes, scenarios, tell=False), time_limit=time_limit)
    options = {"language": lang, "areas": areas, "code": code, "studies": not no_studies}
    say(f"Wrote {write_report(plan, output, force=forced(), **options).resolve()}")
    return 0


def _is_plan(case: str) -> bool:
    """Whether the argument names a finished plan, not a case."""
    from pathlib import Path

    return Path(case).suffix == ".json" or (Path(case) / "plan.json").is_file()
