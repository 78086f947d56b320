"""What the commands that write a plan as a page have in common: its case or finished plan, its file, its map."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacity.cli.language import Command, lang_option
from capacity.cli.options import case_options, force_option, read_problem, refuse_changes, time_limit_option

if TYPE_CHECKING:
    from capacity.plan.plan import Plan

PAGE = "The page to write: a new file, or one as this library wrote it."


def page_options(default: str, said: str = PAGE) -> Callable[[Command], Command]:
    """CASE and its changes, ``--time-limit``, ``--output``, ``--force``, ``--lang``, ``--areas`` and ``--code``."""
    areas = click.option(
        "--areas", type=click.Path(path_type=str), metavar="FILE", help="GeoJSON of your own areas for the map."
    )
    code = click.option("--code", metavar="NAME", help="Property of FILE with the demand points' ids.")
    kind = click.Path(path_type=str, dir_okay=False)
    output = click.option("-o", "--output", default=default, show_default=True, type=kind, help=said)

    def add(command: Command) -> Command:
        return case_options(time_limit_option(output(force_option(lang_option(areas(code(command)))))))

    return add


def is_plan(case: str) -> bool:
    """Whether the argument names a finished plan, not a case."""
    return Path(case).suffix == ".json" or (Path(case) / "plan.json").is_file()


def plan_of(
    case: str | None, changes: Iterable[str], scenarios: Iterable[str], time_limit: float | None, *, tell: bool = False
) -> Plan:
    """The finished plan that CASE names, or the best plan of the case; `tell` its notices where no page holds them."""
    from capacity.engines.solve import solve
    from capacity.plan.file import read_plan

    if case is not None and is_plan(case):
        refuse_changes(changes, scenarios)
        return read_plan(case)
    return solve(read_problem(case, changes, scenarios, tell=tell), time_limit=time_limit)
