"""What the planner's own units come to: one set as a plan, many as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np

from capacity.arrays import Floats
from capacity.engines.enumerate import BLOCK_CELLS
from capacity.engines.evaluate import as_rows, given_plan, nearest_plans, read_units
from capacity.engines.question import refuse_no_problem, why_not
from capacity.plan.broken import excess_of
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, firm_rules, paid_in
from capacity.rules.objectives import Objective, ObjectiveName, objective_named, objectives_of
from capacity.studies.result import Row, Rows, rows_of

Units = Mapping[str, int | None] | Iterable[str]
"""Site ids, or site ids and beds (None: the promise decides)."""


@overload
def evaluate(
    problem: Problem, units: Mapping[str, int | None], objective: ObjectiveName | Objective = "travel"
) -> Plan: ...
@overload
def evaluate(  # type: ignore[overload-overlap]  # a text is a list of texts, too
    problem: Problem, units: Iterable[str], objective: ObjectiveName | Objective = "travel"
) -> Plan: ...
@overload
def evaluate(problem: Problem, units: Sequence[Units], objective: ObjectiveName | Objective = "travel") -> Rows: ...
@told
def evaluate(
    problem: Problem, units: Units | Sequence[Units], objective: ObjectiveName | Objective = "travel"
) -> Plan | Rows:
    """What the units of your own choice come to, whether they keep the rules or not.

    Parameters
    ----------
    problem : Problem
    units : mapping of site id to beds, or site ids, or a list of such sets
        Without beds (or with None) the promise decides them: the fewest that keep it, or the site's largest where
        none does. Any site of the case and any number of beds may be named, whatever the rules say.
    objective : name or Objective
        Of the plan; where families may be split it is minimised over who goes where.

    Returns
    -------
    Plan
        With the status ``given``: the numbers and tables of any plan; ``plan.broken`` tells each rule it breaks,
        where, and by how much, and ``plan.against(other)`` what changes from another plan.
    Rows
        Of a list of sets: one row a set, with its site_ids, beds, sizes (beds of each), keeps_rules, breaks (names of
        rules), objective, the library's objectives, mean_minutes, longest_minutes, served_share, and ``broken.<rule>``:
        the sum of what breaks that rule, in its unit.

    Raises
    ------
    DataError
        For a site that is not in the case, or beds that are no whole number.

    Notes
    -----
    With ``nearest`` everybody uses the nearest of the units they may use. Who may use none of them is sent to the
    nearest beyond the limit of ``reach``, or else to the nearest of all, and the rule against it is told as broken;
    without a way to any unit they are not served. Where families may be split (``nearest`` off), the model finds the
    best assignment to these units that keeps the rules; where they cannot all be kept, it keeps what says what a plan
    is, and then each rule that can still be kept, in the order of `capacity.RULES`.

    >>> import capacity as cap
    >>> cap.evaluate(cap.denmark(), {"FA_AALBORG": 10, "FA_ODENSE": None})
    <Plan given (breaks 2 rules): FA_AALBORG 10, FA_ODENSE 39 beds; 80.0 minutes on average>
    """
    refuse_no_problem(problem, "evaluate")
    goal = objective_named(objective)
    if isinstance(units, (str, Mapping)) or not isinstance(units, Iterable):
        return given_plan(problem, units, goal)
    given = list(units)
    if not given or not all(_is_set(one) for one in given):
        return given_plan(problem, given, goal)
    sets = [read_units(problem, one) for one in given]
    if why_not(problem) is not None:
        return rows_of("evaluate", [_row_of(given_plan(problem, one, goal)) for one in sets])
    return rows_of("evaluate", [row for part in _blocks(problem, sets) for row in _by_arrays(problem, part, goal)])


def _is_set(one: object) -> bool:
    return isinstance(one, Iterable) and not isinstance(one, str)


def _blocks(problem: Problem, sets: Sequence[Mapping[str, int | None]]) -> Iterator[Sequence[Mapping[str, int | None]]]:
    """As many sets as fit in memory at once."""
    n, m = problem.minutes.shape
    size = max(1, BLOCK_CELLS // (n + m * len(problem.scenarios.ids)))
    for start in range(0, len(sets), size):
        yield sets[start : start + size]


def _by_arrays(problem: Problem, sets: Sequence[Mapping[str, int | None]], goal: Objective) -> Iterator[Row]:
    opened, beds = as_rows(problem, sets)
    plans = nearest_plans(problem, opened, beds)
    order = problem.site_order
    ids = np.array(problem.network.site_ids, dtype=object)[order]
    broken = {
        rule.name: excess_of(rule, problem, plans).total
        for rule in firm_rules(problem)
        if _may_break(rule, bool(beds.any()))
    }
    common, own = paid_in(problem, plans)
    minimised = goal.expected(problem, plans) + common + own @ problem.probability
    numbers: dict[str, Floats] = {
        "objective": goal.sign * minimised,
        **{one.name: one.sign * one.expected(problem, plans) for one in objectives_of(problem)},
        **_travel(problem, plans),
        **{f"broken.{name}": amount for name, amount in broken.items()},
    }
    names = np.array(list(broken), dtype=object)
    breaks = np.stack([*broken.values()], axis=1) > 0 if broken else np.zeros((len(sets), 0), dtype=bool)
    columns = {name: values.tolist() for name, values in numbers.items()}
    for row, (here, sizes) in enumerate(zip(opened[:, order], plans.beds[:, order], strict=True)):
        yield {
            "site_ids": tuple(ids[here]),
            "beds": int(sizes.sum()),
            "sizes": tuple(sizes[here].tolist()),
            "keeps_rules": not breaks[row].any(),
            "breaks": tuple(names[breaks[row]]),
            **{name: values[row] for name, values in columns.items()},
        }


def _may_break(rule: Rule, beds_given: bool) -> bool:
    """Whether plans made as these are may break it."""
    return not rule.kept_at_nearest or (beds_given and rule.with_more_beds != "same")


def _travel(problem: Problem, plans: NearestPlans) -> dict[str, Floats]:
    women = problem.expected_women
    served = plans.served[:, 0] @ women
    ways = plans.mean(problem.minutes)[:, 0]
    return {
        "mean_minutes": ways @ women / np.where(served > 0, served, np.nan),
        "longest_minutes": np.where(problem.active, ways, 0.0).max(axis=1),
        "served_share": served / women.sum(),
    }


def _row_of(plan: Plan) -> Row:
    """The same row from a plan."""
    total: dict[str, float] = {rule.name: 0.0 for rule in firm_rules(plan.problem) if _may_break(rule, True)}
    for one in plan.broken:
        total[one.rule] = total.get(one.rule, 0.0) + one.amount
    own = {one.name for one in objectives_of(plan.problem)}
    return {
        "site_ids": plan.site_ids,
        "beds": plan.beds,
        "sizes": tuple(plan.unit_table["beds"]),
        "keeps_rules": not plan.broken,
        "breaks": tuple(name for name, amount in total.items() if amount > 0),
        "objective": plan.objective,
        **{name: value for name, value in plan.objectives.items() if name in own},
        **{name: plan.figures[name] for name in ("mean_minutes", "longest_minutes", "served_share")},
        **{f"broken.{name}": amount for name, amount in total.items()},
    }
