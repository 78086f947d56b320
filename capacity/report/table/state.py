"""A plan that was saved from a planner's table, read again: the same numbers."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError, Finding, some
from capacity.problem.calls import told
from capacity.problem.settings import plainest, replaced, value_of

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem
    from capacity.rules.objectives import Objective, ObjectiveName

DIGITS = 12
"""Of a number, where a case is compared with another's."""

FORMAT = "capacity table 1"
"""What a file of a planner's table says it is; ``state.js`` writes it."""


@told
def read_table(
    path: str | os.PathLike[str],
    problem: Problem | None = None,
    *,
    second: bool = False,
    objective: ObjectiveName | Objective = "travel",
) -> Plan:
    """Read a plan that was saved from a planner's table.

    Parameters
    ----------
    path : path
        The file that *Save as a file* of a table made.
    problem : Problem, optional
        The case that the table was made of; by default the built-in Danish case.
    second : bool
        Plan B of the table, in the place of the plan on it.
    objective : name or Objective
        Of the plan.

    Returns
    -------
    Plan
        With the table's settings, units and beds: `capacity.evaluate` of them, and the numbers the table shows.

    Raises
    ------
    DataError
        Where the file is none of a table's, or is of another case: what differs is told.
    """
    from capacity.engines.evaluate import given_plan
    from capacity.reading.case import denmark
    from capacity.rules.objectives import objective_named

    target = Path(path)
    said = _read(target)
    case = denmark() if problem is None else problem
    _refuse_another(target, said["case"], case)
    state = said["plan_b"] if second else said
    if state is None:
        raise _fault(target, "plan_b", "", "the file holds a plan B", "Keep a plan B on the table, and save it again.")
    # No beds of one's own: the promise decides.
    units = {site: None if beds is None or beds == 0 else beds for site, beds in state["units"].items()}
    if not units:
        raise _fault(target, "units", "", "a plan has a unit", "Open a unit on the table, and save it again.")
    return given_plan(replaced(case, state["settings"]), units, objective_named(objective))


def is_table(path: str | os.PathLike[str]) -> bool:
    """Whether a file was saved from a planner's table."""
    target = Path(path)
    if target.suffix != ".json" or not target.is_file():
        return False
    try:
        said = json.loads(_text(target))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(said, Mapping) and said.get("format") == FORMAT


def _text(path: Path) -> str:
    """A file's text: an editor may have put a mark at its start, or saved it as UTF-16."""
    content = path.read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if marked else "utf-8-sig")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON in which no name stands twice: one of the two values would be lost."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _read(path: Path) -> dict[str, Any]:
    """What the file says, each part of the kind it ought to be."""
    try:
        said = json.loads(_text(path), object_pairs_hook=_once)
    except FileNotFoundError as error:
        raise _fault(path, "", "", "the file exists") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _fault(path, "", "", f"the file is JSON ({type(error).__name__})") from error
    if not isinstance(said, Mapping) or said.get("format") != FORMAT:
        raise _fault(path, "format", "", f"the file is a planner's table's: its format is {FORMAT!r}")
    states = [said, *([said["plan_b"]] if said.get("plan_b") is not None else [])]
    parts = [
        said.get("case"),
        *states,
        *(one.get(part) for one in states if isinstance(one, Mapping) for part in PARTS),
    ]
    if not all(isinstance(part, Mapping) for part in parts):
        raise _fault(path, "", "", "the file names its case, units and settings")
    return {"plan_b": None, **said}


PARTS = ("units", "settings")
"""What a plan on a table is made of."""


def _refuse_another(path: Path, of: Mapping[str, Any], problem: Problem) -> None:
    """Raise where the file is of another case, with what differs."""
    if of.get("fingerprint") == problem.fingerprint:
        return
    net, settings = problem.network, of.get("settings")
    here: dict[str, Any] = {"points": len(net.point_ids), "sites": len(net.site_ids), "name": problem.name}
    there = {what: of[what] for what in here if what in of}
    if isinstance(settings, Mapping):
        there |= settings
        here |= {key: _of_case(problem, key) for key in settings}
    apart = [f"{what} {said!r} there, {here[what]!r} here" for what, said in there.items() if here[what] != said]
    told = some(apart) if apart else "the tables: women, travel times or places"
    remedy = "Name the case the table was made of, with the settings it was made with, or make a new table."
    raise _fault(path, "case", "", f"the plan is of this case. What differs: {told}", remedy)


def _of_case(problem: Problem, key: str) -> Any:
    """A setting of the case as a table's file has it; None where there is no such setting."""
    try:
        return _rounded(plainest(value_of(problem, key)))
    except DataError:
        return None


def _rounded(value: Any) -> Any:
    """Numbers to the digits that a sum of shares leaves of them: 80, not 80.00000000000001."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def _fault(
    path: Path, column: str, value: str, rule: str, remedy: str = "Save it anew with the table's own button."
) -> DataError:
    return DataError([Finding(table=path.name, column=column, value=value, rule=rule, remedy=remedy)])
