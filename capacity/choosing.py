"""Which engine answers a problem, and why.

All sets valued or ranked, p-median, the whole model, or scenarios taken apart.
"""

from __future__ import annotations

import numpy as np

from capacity.decomposing import MOST_COLUMNS, PAYS_FROM, columns_of, why_not_apart
from capacity.enumeration import MOST_SETS, space_of, why_not
from capacity.errors import DataError, Finding, some
from capacity.medians import why_no_medians
from capacity.objectives import Objective
from capacity.problem import Problem
from capacity.ranked import why_not_ranked
from capacity.rules import one_assignment

ENGINES = ("auto", "enumerate", "exact", "rank", "mip", "decompose")


def choose(
    problem: Problem, goal: Objective | None, engine: str, time_limit: float | None
) -> tuple[str, str]:
    """Choose the engine.

    Parameters
    ----------
    problem : Problem
    goal : Objective or None
        None where a risk other than the expected value is minimised.
    engine : str
        What the planner asked for.
    time_limit : float or None

    Returns
    -------
    (str, str)
        The engine, and why.

    Raises
    ------
    DataError
        Where the engine asked for cannot answer, or none can.
    """
    found: list[Finding] = []
    asked = engine
    unfit = "it minimises expected travel only" if goal is None else why_no_medians(problem, goal)
    if engine not in ENGINES:
        found.append(
            Finding(
                table="solve", column="engine", value=engine, rule="the engine is one the library has",
                remedy=f"Choose from: {some(ENGINES)}.",
            )
        )  # fmt: skip
    if time_limit is not None and not 0 < time_limit < np.inf:
        found.append(
            Finding(
                table="solve", column="time_limit", value=str(time_limit),
                rule="a time limit is a number of seconds above zero", remedy="Leave it out for none.",
            )
        )  # fmt: skip
    if engine == "enumerate" and (reason := why_not(problem)):
        found.append(
            Finding(
                table="solve", column="engine", value=engine,
                rule=f"enumeration needs every family bound to its nearest unit: {reason}",
                remedy="Choose the engine auto or mip, or turn rules.nearest on.",
            )
        )  # fmt: skip
    if engine == "rank" and (reason := why_not_ranked(problem)):
        found.append(
            Finding(
                table="solve", column="engine", value=engine,
                rule=f"sets are ranked where all of them can be bounded: {reason}",
                remedy="Choose the engine auto or mip, or narrow rules.units or rules.near_ambulatory.",
            )
        )  # fmt: skip
    if engine == "exact" and unfit:
        found.append(
            Finding(
                table="solve", column="engine", value=engine,
                rule=f"the exact engine is for p-median problems: {unfit}",
                remedy="Choose the engine auto or mip, or change the rules.",
            )
        )  # fmt: skip
    if engine in ("auto", "mip", "decompose") and (why_not(problem) or engine == "decompose"):
        engine, said = _whole_or_apart(problem, goal, engine, found)
    else:
        said = "asked for"
    if asked == "auto" and engine in ("mip", "decompose") and not found and why_not_ranked(problem) is None:
        engine, said = "rank", f"{said}, and {space_of(problem).sets:,} sets of sites are few enough to bound all"
    if found:
        raise DataError(found)
    if engine != "auto":
        return engine, said
    sets = space_of(problem).sets
    if sets <= MOST_SETS:
        return "enumerate", f"{sets:,} sets of sites are few enough to value all"
    return ("mip", unfit) if unfit else ("exact", f"a p-median problem of {sets:,} sets of sites")


def _whole_or_apart(
    problem: Problem, goal: Objective | None, engine: str, found: list[Finding]
) -> tuple[str, str]:
    """The whole model, or scenarios taken apart where that pays or the model would be too large to build."""
    columns = columns_of(problem)
    split = len(problem.scenarios.ids) > 1 and not one_assignment(problem)
    large = split and columns > MOST_COLUMNS
    unfit = why_not_apart(problem)
    if engine == "decompose" or (engine == "auto" and split and columns > PAYS_FROM):
        if unfit is None:
            return "decompose", "asked for" if engine == "decompose" else f"the whole model has {columns:,} columns"
        rule = f"scenarios can be taken apart only where nothing holds them together: {unfit}"
        if large:
            rule += f" (and the whole model, {columns:,} columns, is too large to build)"
    elif large:
        rule = f"the whole model is built up to {MOST_COLUMNS:,} columns; this one has {columns:,}"
    else:
        return "mip", "asked for" if engine == "mip" else str(why_not(problem))
    found.append(
        Finding(
            table="solve", column="engine", value=engine, rule=rule,
            remedy="Use fewer scenarios (sampling, named ones), turn rules.nearest on, or change that rule.",
        )
    )  # fmt: skip
    return engine, ""
