"""Arguments that commands share, and what they become."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from capacity.problem import Problem

Command = TypeVar("Command", bound=Callable[..., Any])

case_argument = click.argument("case", required=False, type=click.Path(path_type=str))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
out_option = click.option(
    "--out", type=click.Path(path_type=str), metavar="DIR", help="Write the result's files to a folder."
)
set_option = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE",
    help="Change a setting of case.toml for this run, such as rules.volume=false. Repeatable.",
)  # fmt: skip
scenario_option = click.option(
    "--scenario", "scenarios", multiple=True, metavar="ID", help="Use only this scenario. Repeatable."
)
time_limit_option = click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Stop after S seconds."
)


def case_options(command: Command) -> Command:
    """CASE, ``--set`` and ``--scenario``: what `read_problem` takes."""
    return case_argument(set_option(scenario_option(command)))


def output_options(command: Command) -> Command:
    """``--json`` and ``--out``."""
    return json_option(out_option(command))


def read_problem(
    case: str | None, changes: Iterable[str] = (), scenarios: Iterable[str] = ()
) -> Problem:
    """Read the case that the arguments name; tell its notices on standard error.

    Raises
    ------
    DataError
        With every fault found.
    """
    from capacity.read import denmark, read_case

    settings: dict[str, Any] = settings_of(changes)
    chosen = list(scenarios)
    if chosen:
        settings["scenario"] = chosen
    problem = denmark(settings) if case is None else read_case(case, settings)
    for notice in problem.notices:
        click.echo(f"Note: {notice}", err=True)
    return problem


def settings_of(changes: Iterable[str]) -> dict[str, Any]:
    """``KEY=VALUE`` as settings; VALUE is TOML, and a bare word is text.

    Raises
    ------
    click.BadParameter
        Where a change is not of that form.
    """
    settings: dict[str, Any] = {}
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"{change!r} is not KEY=VALUE, such as rules.volume=6.", param_hint="--set")
        settings[key.strip()] = _value(change, text.strip())
    return settings


def _value(change: str, text: str) -> Any:
    try:
        said: Mapping[str, Any] = tomllib.loads(f"value = {text}")
        if set(said) == {"value"}:
            return said["value"]
    except tomllib.TOMLDecodeError:
        # A table as --json prints it.
        with contextlib.suppress(json.JSONDecodeError):
            return json.loads(text)
        if re.fullmatch(r"[A-Za-zÆØÅæøå][\w.-]*", text):
            return text
    raise click.BadParameter(
        f"{change!r}: the value is TOML, such as 6, false, \"loss\", [2, 3] or {{share=0.8, minutes=90}}.",
        param_hint="--set",
    )


def told_as_json(command: Callable[..., int]) -> Callable[..., int]:
    """Run a command; with ``--json`` a failure is one JSON object too, beside its message."""
    import functools

    from capacity.errors import CapacityError

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> int:
        try:
            return command(*args, **options)
        except CapacityError as error:
            if options.get("as_json"):
                from capacity.cli.failures import as_json
                from capacity.report.payload import to_json

                click.echo(to_json(as_json(error)))
            raise

    return run
