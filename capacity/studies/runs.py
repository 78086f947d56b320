"""Runs of a sweep: a problem solved again and again, each time told in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from capacity.engines.choose import answer
from capacity.engines.clock import OutOfTimeError, Tell
from capacity.engines.question import Found
from capacity.engines.solve import asked, solve_or_stop
from capacity.errors import DataError, InfeasibleError, InterruptedSolveError, NoPlanError, SolverError
from capacity.plan.broken import broken_by
from capacity.plan.figures import ways_of, women_sent
from capacity.plan.plan import Plan, Status, make_plan, paid_by
from capacity.problem.problem import Problem
from capacity.problem.settings import plainest, replaced
from capacity.rules import SplitPlan
from capacity.rules.objectives import OBJECTIVES, Objective, objective_named
from capacity.studies.cases import missing_rules
from capacity.studies.grids import Changed, Grid

CHECKED = 100
"""The plan of the first run, and of each so many after it, is written out and checked as any plan is."""


def one_run(
    problem: Problem, settings: Mapping[str, Any], objective: str | Objective, *, tell: Tell | None = None
) -> dict[str, Any]:
    """One row, of a plan that is written out and checked."""
    row: dict[str, Any] = {key: plainest(value) for key, value in settings.items()}
    try:
        return row | _of_plan(solve_or_stop(replaced(problem, settings), objective, tell=tell))
    except (InfeasibleError, NoPlanError, DataError) as error:
        return row | _without_plan(error)


class Runs:
    """One run after the other: what they have in common is worked out once, and of a plan no more than its row.

    Parameters
    ----------
    problem : Problem
    objective : Objective or its name
    grid : Grid
    """

    def __init__(self, problem: Problem, objective: str | Objective, grid: Grid) -> None:
        self._goal, self._grid = objective_named(objective), grid
        self._changed, self._done = Changed(problem, grid), 0

    def row(self, number: int, tell: Tell | None = None) -> dict[str, Any]:
        """The row of one combination of the grid.

        Raises
        ------
        KeyboardInterrupt
            After Ctrl+C.
        OutOfTimeError
            Where `tell` returned `Stop`.
        SolverError
            Where a plan breaks a rule, or does not pass its check.
        """
        row: dict[str, Any] = {key: plainest(value) for key, value in self._grid.point(number).items()}
        checked = self._done % CHECKED == 0
        self._done += 1
        try:
            return row | _answered(self._changed.to(number), self._goal, tell, checked=checked)
        except (InfeasibleError, NoPlanError, DataError) as error:
            return row | _without_plan(error)


def _answered(problem: Problem, goal: Objective, tell: Tell | None, *, checked: bool) -> dict[str, Any]:
    """What a row says of the best plan."""
    question = asked(problem, goal, tell=tell)
    try:
        found, engine, _ = answer(question, None)
    except InfeasibleError:
        raise InfeasibleError(problem, problem.policy.on) from None
    except InterruptedSolveError:
        raise KeyboardInterrupt from None
    except NoPlanError:
        if question.clock.stopped:
            raise OutOfTimeError from None
        raise
    if found.interrupted:
        raise KeyboardInterrupt
    question.clock.tell("A plan is found", share=1.0, always=True)
    if question.clock.stopped:
        raise OutOfTimeError
    row = _of_found(problem, goal, found)
    if checked:
        _check(row, problem, goal, found, engine.name)
    return row


def _of_found(problem: Problem, goal: Objective, found: Found) -> dict[str, Any]:
    """What a row says of a plan that is not written out: the same as of one that is."""
    assert found.opened is not None and found.shares is not None and found.beds is not None
    plan = SplitPlan(problem, found.opened, found.beds, found.shares)
    if broken := broken_by(problem, plan):
        raise SolverError("A plan of the sweep breaks a rule:\n" + "\n".join(one.sentence for one in broken))
    paid = sum(each for *_, each in paid_by(problem, plan))
    sites = [problem.network.site_ids[j] for j in problem.site_order if found.opened[j]]
    cost = OBJECTIVES["cost"]
    return {
        "status": _status(found),
        "site_ids": sites,
        "units": len(sites),
        "beds": int(found.beds[found.opened].sum()),
        "objective": goal.sign * (float(goal.expected(problem, plan)[0]) + paid),
        **ways_of(problem, *women_sent(problem, plan)),
        "cost_dkk": cost.sign * float(cost.expected(problem, plan)[0]),
        "reason": "",
        "breaks": [],
    }


def _status(found: Found) -> Status:
    return "optimal" if found.outcome == "optimal" else "feasible"


def _check(row: Mapping[str, Any], problem: Problem, goal: Objective, found: Found, engine: str) -> None:
    """Write a plan out as `solve` does: it passes its own check, and its row is the same."""
    assert found.opened is not None and found.shares is not None and found.beds is not None
    plan = make_plan(
        problem,
        goal,
        found.opened,
        found.shares,
        found.beds,
        status=_status(found),
        bound=found.bound,
        certificate=found.certificate,
        record={"engine": engine},
    )
    faults = [str(fault) for fault in plan.check()]
    again = _of_plan(plan)
    # Told alike, not equal: a mean of nobody's ways is no number.
    faults += [
        f"{key} is {row[key]}, and {again[key]} in the plan" for key in again if repr(row[key]) != repr(again[key])
    ]
    if faults:
        raise SolverError("A plan of the sweep did not pass its own check:\n" + "\n".join(faults))


def _of_plan(plan: Plan) -> dict[str, Any]:
    """What a row says of a plan."""
    return {
        "status": plan.status,
        "site_ids": list(plan.site_ids),
        "units": len(plan.site_ids),
        "beds": plan.beds,
        "objective": plan.objective,
        "mean_minutes": plan.mean_minutes,
        "longest_minutes": plan.longest_minutes,
        "family_hours_per_year": plan.family_hours_per_year,
        "cost_dkk": plan.objectives["cost"],
        "reason": "",
        "breaks": [],
    }


def _without_plan(error: InfeasibleError | NoPlanError | DataError) -> dict[str, Any]:
    """What a row says where there is no plan, and why."""
    if isinstance(error, InfeasibleError):
        missing = missing_rules(error.problem)
        nearest = f"; the set that breaks fewest of them breaks {' and '.join(missing)}" if missing else ""
        return nothing("infeasible", f"No plan keeps {', '.join(error.rules)}{nearest}.", missing)
    return nothing("unknown" if isinstance(error, NoPlanError) else "bad_input", str(error))


def nothing(status: str, reason: str, breaks: Sequence[str] = ()) -> dict[str, Any]:
    """A row without a plan."""
    return {
        "status": status,
        "site_ids": [],
        "units": 0,
        "beds": 0,
        "objective": None,
        "mean_minutes": None,
        "longest_minutes": None,
        "family_hours_per_year": None,
        "cost_dkk": None,
        "reason": reason,
        "breaks": list(breaks),
    }
