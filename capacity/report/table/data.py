"""What the planner's table is worked out from: a problem as plain, compact data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.problem.problem import Problem


def table_data(problem: Problem, plan: Plan | None = None, language: str = "en") -> dict[str, Any]:
    """A problem as the table's engine reads it (`types.js` says each part), ready for JSON.

    Parameters
    ----------
    problem : Problem
        With ``nearest`` and ``served`` on, without prices, and with one demand scenario.
    plan : Plan, optional
        Where the table begins.
    language : {"en", "da"}
        Of the names of settings.

    Raises
    ------
    DataError
        Where the table cannot work plans of the problem out, with the command that does.
    """
    raise NotImplementedError
