"""``capacity report``: a plan as a page to read, print and pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from capacity.cli.options import forced, told_as_json
from capacity.cli.pages import page_options, plan_of
from capacity.cli.saying import say


@click.command("report")
@page_options("report.html")
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
    from capacity.report.page import refuse_page, write_report

    beside = Path(output).with_name(f"{Path(output).stem}-table.html") if with_table else None
    refuse_page(output, force=forced())
    if beside is not None:
        refuse_page(beside, force=forced())
    plan = plan_of(case, changes, scenarios, time_limit)
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
