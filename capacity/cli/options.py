"""Arguments that commands share, and what they become."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from capacity.cli.saying import say, say_json

if TYPE_CHECKING:
    from capacity.errors import Finding
    from capacity.problem.problem import Problem

Command = TypeVar("Command", bound=Callable[..., Any])

case_argument = click.argument("case", required=False, type=click.Path(path_type=str))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
set_option = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of case.toml for this run, such as rules.volume=false. Repeatable.",
)
scenario_option = click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="ID",
    help="Plan for this scenario (`capacity scenarios` lists them); several are planned for together. Repeatable.",
)
time_limit_option = click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Stop after S seconds."
)


SAMPLE = "capacity.sample"

SAMPLED: Mapping[str, tuple[type, ...]] = {
    "count": (int,),
    "level_cv": (int, float),
    "concentration": (int, float),
    "poisson": (bool,),
    "hold": (int, float),
}
"""What ``--sample`` may say."""


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Leave a value where `read_problem` finds it, so that no command need pass it on."""
    context.meta[f"{SAMPLE}.{option.name}"] = value


FORCE = f"{SAMPLE}.force"

force_option = click.option(
    "--force",
    is_flag=True,
    expose_value=False,
    callback=_keep,
    help="Replace files that were changed since they were written, or that an earlier version wrote.",
)
_out = click.option(
    "--out",
    type=click.Path(path_type=str),
    metavar="DIR",
    help="Write the result's files to a folder: a new one, or one as this library wrote it (it is replaced whole).",
)


CSV = f"{SAMPLE}.csv"

csv_option = click.option(
    "--csv",
    type=click.Choice(["plain", "en", "da"]),
    expose_value=False,
    callback=_keep,
    help="Tables of --out for machines (plain), or as a spreadsheet of a language opens them by double click.",
)
"""``--csv``: of `out_option`, and of commands that write tables without ``--out``."""


def out_option(command: Command) -> Command:
    """``--out``, with ``--force`` and ``--csv``."""
    return _out(force_option(csv_option(command)))


def csv_form() -> str:
    """How tables are written: what ``--csv`` says."""
    context = click.get_current_context(silent=True)
    return str((context and context.meta.get(CSV)) or "plain")


def forced() -> bool:
    """Whether ``--force`` is given."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(FORCE))


sample_option = click.option(
    "--sample",
    metavar="COUNT",
    expose_value=False,
    callback=_keep,
    help="Draw so many demand scenarios around the case's: a number, or {count=1000,level_cv=0.25,"
    "concentration=60,poisson=true,hold=0.9}.",
)
seed_option = click.option(
    "--seed", type=int, default=0, expose_value=False, callback=_keep, help="Of --sample: same seed, same scenarios."
)


def case_options(command: Command) -> Command:
    """CASE, ``--set``, ``--scenario`` and ``--sample``: what `read_problem` takes."""
    # A command with a seed of its own draws the scenarios with it too.
    own = any(option.name == "seed" for option in getattr(command, "__click_params__", ()))
    drawn = sample_option(command if own else seed_option(command))
    return case_argument(set_option(scenario_option(drawn)))


def output_options(command: Command) -> Command:
    """``--json`` and ``--out``."""
    return json_option(out_option(command))


def refuse_changes(changes: Iterable[str], scenarios: Iterable[str]) -> None:
    """Refuse what changes a case where a finished plan is named, which it would not change."""
    context = click.get_current_context(silent=True)
    if [*changes, *scenarios] or (context and context.meta.get(f"{SAMPLE}.sample") is not None):
        raise click.UsageError("--set, --scenario and --sample change a case, not a finished plan.")


def read_problem(
    case: str | None, changes: Iterable[str] = (), scenarios: Iterable[str] = (), *, tell: bool = True
) -> Problem:
    """Read the case that the arguments name; `tell` its notices on standard error.

    Raises
    ------
    DataError
        With every fault found.
    """
    from capacity.problem.settings import keys, whole
    from capacity.reading.case import denmark, read_case

    if case is not None and whole(case) in keys():
        raise click.BadParameter(
            f"{case!r} is a setting, not the folder of a case; settings are named by options, such as --key or --set.",
            param_hint="CASE",
        )
    if case is not None and (Path(case) / "plan.json").is_file() and not (Path(case) / "case.toml").exists():
        raise click.BadParameter(
            f"{case!r} is a finished plan, and this command works on a case: name the folder with case.toml.",
            param_hint="CASE",
        )
    settings: dict[str, Any] = settings_of(changes := tuple(changes))
    chosen = list(scenarios)
    if chosen:
        settings["scenario"] = chosen
    with told_as_typed(changes):
        problem = denmark(settings) if case is None else read_case(case, settings)
    problem = _sampled(problem)
    for notice in problem.notices if tell else ():
        say(f"Note: {notice}", err=True)
    return problem


@contextlib.contextmanager
def told_as_typed(changes: Iterable[str], option: str = "--set") -> Iterator[None]:
    """Faults of settings are told as they were typed, such as ``--set demand.women_per_year=abc``."""
    from capacity.errors import DataError

    try:
        yield
    except DataError as error:
        raise DataError(_as_typed(error.findings, changes, option)) from None


def _as_typed(findings: Iterable[Finding], changes: Iterable[str], option: str) -> list[Finding]:
    import dataclasses

    from capacity.errors import DataError
    from capacity.problem.settings import canonical, whole

    typed: dict[str, str] = {}
    files: dict[str, str] = {}
    for change in changes:
        key, _, value = (part.strip() for part in change.partition("="))
        typed[key], files[value.strip("\"'")] = change, change
        with contextlib.suppress(DataError):
            typed[whole(canonical(key))] = change
    told = []
    for finding in findings:
        places = (whole(finding.column or ""), f"{finding.table}.{finding.column}", finding.column)
        typed_here = next((typed[k] for k in places if k in typed), files.get(finding.table))
        here = typed_here is not None and finding.row is None
        told.append(dataclasses.replace(finding, table=f"{option} {typed_here}") if here else finding)
    return told


def _sampled(problem: Problem) -> Problem:
    """The problem with demand drawn by chance, where ``--sample`` asks for it."""
    context = click.get_current_context(silent=True)
    asked = context.meta.get(f"{SAMPLE}.sample") if context else None
    if context is None or asked is None:
        return problem
    from capacity.problem.named import sample_scenarios
    from capacity.problem.sampling import Uncertainty

    said = _value(asked, asked, "--sample")
    given = dict(said) if isinstance(said, dict) else {"count": said}
    wrong = [f"{key} = {value}" for key, value in given.items() if type(value) not in SAMPLED.get(key, ())]
    if wrong:
        raise click.BadParameter(
            f"{', '.join(wrong)}: a number for each of {', '.join(SAMPLED)} (poisson: true or false).",
            param_hint="--sample",
        )
    doubt = Uncertainty(**{k: v for k, v in given.items() if k not in ("count", "hold")})
    seed = context.params.get("seed", context.meta.get(f"{SAMPLE}.seed", 0))
    return sample_scenarios(
        problem, given.get("count", 1_000), seed=seed, uncertainty=doubt, hold=given.get("hold", 0.9)
    )


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
        _one_reading(change, key.strip(), text.strip())
        settings[key.strip()] = _value(change, text.strip(), "--set")
    return settings


def _one_reading(change: str, key: str, text: str) -> None:
    """Refuse a number such as 4.800 that may mean thousands, as files do, alone or in a list or table."""
    if text.startswith(("'", '"')) or "." not in text:
        return
    from capacity.reading.document import two_ways

    for written in re.split(r"[\s\[\]{},=:]+", text):
        meant = two_ways(key, written)
        if meant is not None:
            low, high = meant
            raise click.BadParameter(
                f"{change[:200]!r}: the number {written} can be read two ways. Write {high:.0f}, or {low:g} if the "
                "point begins the decimals.",
                param_hint="--set",
            )


def _value(change: str, text: str, option: str) -> Any:
    try:
        said: Mapping[str, Any] = tomllib.loads(f"value = {text}")
        if set(said) == {"value"}:
            return said["value"]
    except (ValueError, RecursionError):
        # A table as --json prints it. (Of a number of thousands of digits TOML says no more than ValueError.)
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text)
        if re.fullmatch(r"[A-Za-zÆØÅæøå][\w.-]*", text):
            return text
    raise click.BadParameter(
        f'{change[:200]!r}: the value is TOML, such as 6, false, "loss", [2, 3] or {{share=0.8, minutes=90}}.',
        param_hint=option,
    )


def told_as_json(command: Callable[..., int]) -> Callable[..., int]:
    """Run a command; with ``--json`` a failure is one JSON object too, beside its message.

    A place that may not be written to is refused before anything is worked out. Where no plan
    keeps the rules, the rules that clash and what would help are looked for.
    """
    import functools

    from capacity.errors import CapacityError, InfeasibleError

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> int:
        try:
            if csv_form() != "plain" and "out" in options and options["out"] is None:
                raise click.UsageError("--csv is how the tables of --out are written: name a folder with --out.")
            if options.get("out") is not None:
                from capacity.report.files import refuse_foreign

                refuse_foreign(options["out"], forced())
            if options.get("workbook") is not None:
                from capacity.report.workbook import our_workbook
                from capacity.writing import refuse_file

                refuse_file(options["workbook"], ours=our_workbook, force=forced())
            return command(*args, **options)
        except CapacityError as error:
            if isinstance(error, InfeasibleError):
                from capacity.cli.failures import explained

                explained(error)
            if options.get("as_json"):
                from capacity.cli.failures import as_json

                say_json(as_json(error))
            raise

    return run
