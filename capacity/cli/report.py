"""``capacity report``: a plan as a page to read, print and pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from capacity.cli.language import lang_option
from capacity.cli.options import (
    case_options,
    force_option,
    forced,
    read_problem,
    refuse_changes,
    time_limit_option,
    told_as_json,
)
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
@lang_option
@click.option("--areas", type=click.Path(path_type=str), metavar="FILE", help="GeoJSON of your own areas for the map.")
@click.option("--code", metavar="NAME", help="Property of FILE with the demand points' ids.")
@click.option(
    "--table", "with_table", is_flag=True, help="Write the planner's table beside it; each links to the other."
)
@click.option(
    "--order",
    "in_order",
    is_flag=True,
    help="Tell too what to open first and what to see before the next (`capacity adapt`).",
)
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
    with_table: bool,
    in_order: bool,
    no_studies: bool,
) -> int:
    """Write one self-contained HTML page of CASE's plan: map, tables, alternatives, ladder, annexes.

    The page works out what is cheap and says what it left out. CASE may also be a finished plan: a
    plan.json, or the folder of `capacity plan --out`.
    """
    from capacity.engines.solve import solve
    from capacity.plan.file import read_plan
    from capacity.report.page import refuse_page, write_report

    beside = Path(output).with_name(f"{Path(output).stem}-table.html") if with_table else None
    refuse_page(output, force=forced())
    if beside is not None:
        refuse_page(beside, force=forced())
    if case is not None and is_plan(case):
        refuse_changes(changes, scenarios)
        plan = read_plan(case)
    else:
        # The report holds the notices.
        plan = solve(read_problem(case, changes, scenarios, tell=False), time_limit=time_limit)
    shared: dict[str, Any] = {"language": lang, "areas": areas, "code": code, "force": forced()}
    if beside is not None:
        # First, so that a case the table cannot work out leaves no report that links to nothing.
        written = plan.table(beside, report=_address(output), **shared)
    address = None if beside is None else _address(beside)
    order = None
    if in_order:
        from capacity.cli.studies import seldom
        from capacity.studies.adapting.adaptive import adapt

        tell = seldom()
        order = adapt(plan.problem, tell=lambda progress: tell(progress.message))
    report = write_report(plan, output, studies=not no_studies, table=address, order=order, **shared)
    say(f"Wrote {report.resolve()}")
    if beside is not None:
        say(f"Wrote {written.resolve()}")
    return 0


def _address(page: str | Path) -> str:
    """Where a page lies, from one beside it."""
    from urllib.parse import quote

    return f"./{quote(Path(page).name)}"


def is_plan(case: str) -> bool:
    """Whether the argument names a finished plan, not a case."""
    return Path(case).suffix == ".json" or (Path(case) / "plan.json").is_file()
