"""``capacity table``: a page on which planners move units themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capacity.cli.options import forced, read_problem, refuse_changes, told_as_json
from capacity.cli.pages import is_plan, page_options
from capacity.cli.saying import say

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem


@click.command("table")
@page_options("table.html")
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
) -> int:
    """Write the planner's table of CASE: one page that works plans out by itself, without a server.

    Opened in a browser, from wherever it lies, it opens and closes units, says at once what they come to and which
    rules they break, and looks for the best. What is saved from it, `capacity evaluate state.json` works out again.
    It begins with the best plan of CASE, which may also be a finished plan: a plan.json, or the folder of
    `capacity plan --out`.
    """
    from capacity.plan.file import read_plan
    from capacity.report.page import refuse_page
    from capacity.report.table.page import write_table

    refuse_page(output, force=forced())
    options: dict[str, Any] = {"language": lang, "areas": areas, "code": code, "force": forced()}
    if case is not None and is_plan(case):
        refuse_changes(changes, scenarios)
        written = read_plan(case).table(output, **options)
    else:
        problem = read_problem(case, changes, scenarios)
        plan = best_of(problem, time_limit)
        written = write_table(problem, output, plan=plan, asked=asked(case, changes, scenarios), **options)
    say(f"Wrote {written.resolve()}")
    return 0


def best_of(problem: Problem, time_limit: float | None) -> Plan | None:
    """What is on the table at first: the best units, or nothing where no plan keeps the rules or none is found."""
    from capacity.engines.solve import solve
    from capacity.errors import InfeasibleError, NoPlanError

    try:
        return solve(problem, time_limit=time_limit)
    except (InfeasibleError, NoPlanError):
        return None


def asked(case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...]) -> str:
    """How the case was named: its folder's name alone, as the page goes to others, and what was changed."""
    from shlex import join

    folder = [] if case is None else [Path(case).resolve().name]
    set_now = [word for change in changes for word in ("--set", change)]
    return join([*folder, *set_now, *(word for one in scenarios for word in ("--scenario", one))])
