"""How each kind of failure is told, and its exit code."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import click

from capacity.cli.saying import in_lines, say, say_as_it_is, words
from capacity.errors import CapacityError, DataError, Finding, InfeasibleError, InterruptedSolveError, NoPlanError

BAD_INPUT, INFEASIBLE, NO_PLAN, FAILED, INTERRUPTED = 2, 3, 4, 1, 130


def tell(error: CapacityError) -> int:
    """Say on standard error what went wrong; the exit code."""
    if isinstance(error, DataError):
        count, speak = len(error.findings), words()
        say(f"{count} {'fault' if count == 1 else 'faults'} in the input. Nothing was written.", err=True)
        for finding in error.findings:
            said = finding if speak is None else speak.finding(finding)
            say_as_it_is(in_lines(f"  {said}", err=True), err=True)
    elif isinstance(error, InfeasibleError):
        say(f"No plan keeps all the rules that are on: {', '.join(error.rules)}.", err=True)
        if error.conflict is not None:
            say(str(error.conflict), err=True)
    else:
        say(str(error), err=True)
    return code_of(error)


def explained(error: InfeasibleError) -> InfeasibleError:
    """The failure with the reason looked for, where nobody has looked yet."""
    if error.conflict is None:
        from capacity.studies.explain import explain

        say("No plan keeps all the rules; looking for the reason ...", err=True)
        found = explain(error.problem)
        error.conflict = found if found.conflicts else None
    return error


def code_of_study(statuses: Iterable[str]) -> int:
    """Exit code of a study by the statuses of its runs: 0 where one of them has a plan."""
    said = set(statuses)
    if not said or said & {"optimal", "feasible"}:
        return 0
    if "unknown" in said:
        return NO_PLAN
    return BAD_INPUT if said == {"bad_input"} else INFEASIBLE


def code_of(error: CapacityError) -> int:
    """Exit code of a failure."""
    if isinstance(error, DataError):
        return BAD_INPUT
    if isinstance(error, InfeasibleError):
        return INFEASIBLE
    if isinstance(error, InterruptedSolveError):
        return INTERRUPTED
    return NO_PLAN if isinstance(error, NoPlanError) else FAILED


def as_json(error: CapacityError) -> dict[str, Any]:
    """A failure as the object that ``--json`` prints in place of a plan."""
    if isinstance(error, DataError):
        return {"status": "bad_input", "findings": [finding_row(f) for f in error.findings]}
    if isinstance(error, InfeasibleError):
        said: dict[str, Any] = {"status": "infeasible", "rules": list(error.rules)}
        if hasattr(error.conflict, "to_json"):
            said |= error.conflict.to_json()
        return said
    return {"status": "no_plan" if isinstance(error, NoPlanError) else "failed", "message": str(error)}


def usage_as_json(error: click.ClickException) -> dict[str, Any]:
    """A wrong option or argument as the object that ``--json`` prints."""
    option = getattr(error, "param_hint", None) or next(iter(getattr(getattr(error, "param", None), "opts", ())), None)
    finding = Finding(
        table="command line",
        column=None if option is None else str(option),
        value=None,
        rule=error.format_message(),
        remedy="See --help.",
    )
    return {"status": "bad_input", "findings": [finding_row(finding)]}


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as a JSON object."""
    return dataclasses.asdict(finding)
