"""The linear model: what is put together from the rules' rows, and how it reaches a solver."""

from __future__ import annotations

import numpy as np
import pytest

from capacity import denmark
from capacity.engines.linear.highs import row_sizes
from capacity.engines.linear.model import LinearModel, build
from capacity.engines.linear.solvers import in_highs, solve_arrays, solve_linear
from capacity.errors import SolverError
from capacity.rules import weight_of
from capacity.rules.objectives import OBJECTIVES
from capacity.rules.rule import RowWriter
from tests.random_problems import random_problem

TRAVEL = OBJECTIVES["travel"]


def dense(model: LinearModel) -> np.ndarray:
    table = np.zeros((len(model.row_lower), len(model.cost)))
    table[model.row, model.column] = model.coefficient
    return table


def two_columns() -> LinearModel:
    """Minimise a + b, a + 2 b >= 2, both at most one."""
    return LinearModel(
        cost=np.ones(2),
        constant=0.0,
        lower=np.zeros(2),
        upper=np.ones(2),
        integer=np.zeros(2, bool),
        start=np.array([0, 1, 2], np.int32),
        row=np.zeros(2, np.int32),
        coefficient=np.array([1.0, 2.0]),
        row_lower=np.array([2.0]),
        row_upper=np.array([np.inf]),
    )


def test_rows_are_counted_so_that_no_coefficient_is_lost() -> None:
    row = np.repeat(np.arange(4), 2)
    sizes = row_sizes(row, np.array([4.0, -2.0, 1e10, 1.0, 1.0, 3e-16, 0.0, 0.0]), 5)
    # The largest counts, but where the smallest would be lost beside it; what rounding left says nothing.
    assert sizes.tolist() == pytest.approx([4.0, 1e5, 1.0, 1.0, 1.0])


def test_what_a_rule_is_broken_by_is_counted_in_its_own_size() -> None:
    """In money or in women: a column of excess stands in its rows with about the largest of their coefficients."""
    priced = {"income", "build_budget", "volume"}
    problem = random_problem(
        3,
        scenarios=2,
        nearest=None,
        one_agreement=None,
        build_budget=14e6,
        income={"when": "expected"},
        volume={"stays": 6.0},
    ).replace(policy={"prices": dict.fromkeys(priced, 0.5)})
    model = build(problem, TRAVEL)
    assert set(model.slack) == priced and model.slack["income"].unit > 1e5 > 100 > model.slack["volume"].unit
    table = np.abs(dense(model.linear))
    for slack in model.slack.values():
        assert (table[:, slack.columns].max(axis=0) > 0.5).all() and (table[:, slack.columns] < 100).all()
        assert model.linear.cost[slack.columns] == pytest.approx(0.5 * slack.unit * weight_of(problem, slack.keys))


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_a_model_put_together_in_parts_is_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_problem(seed, counts="all", nearest=True if seed % 4 else None)
    if seed % 3 == 0:
        broken = {"served", "promise", "region_access", "reach", "volume", "income"} & set(problem.policy.on)
        problem = problem.replace(policy={"prices": dict.fromkeys(broken, 1.5)})
    whole = build(problem, TRAVEL).linear
    monkeypatch.setattr("capacity.engines.linear.model.AT_ONCE", 3)
    parts = build(problem, TRAVEL).linear
    for name in ("start", "row", "coefficient", "row_lower", "row_upper", "cost", "upper"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name
    # Rows stand in order in each column, none twice.
    inside = np.diff(whole.column) == 0
    assert (np.diff(whole.row)[inside] > 0).all()
    assert np.abs(dense(whole)).max() == 1


def test_rows_keep_their_coefficients_in_the_model() -> None:
    out = RowWriter()
    out.add(out.instance("a"), [(np.array([2, 0]), 3.0), (np.array([1]), np.array([-4.0]))], lower=1)
    out.add_each(-1, [(np.array([0, 1]), 1.0), (np.array([2, 2]), -1.0)], upper=0)
    rows = out.rows()
    assert (rows.keys, rows.key.tolist(), rows.row.tolist()) == ((("a",),), [0, -1, -1], [0, 0, 0, 1, 1, 2, 2])
    parts = list(rows.parts(2))
    assert [part.column.tolist() for part in parts] == [[2, 0, 1], [0, 2], [1, 2]]
    assert [part.lower.tolist() for part in parts] == [[1], [-np.inf], [-np.inf]]
    assert [part.key.tolist() for part in RowWriter().rows().parts(2)] == []


def test_a_further_row_adds_up_what_names_a_column_twice() -> None:
    further = two_columns().with_row(np.array([1, 0, 1]), np.array([1.0, 4.0, 2.0]), upper=2.0)
    assert dense(further).tolist() == [[1, 2], [1, 0.75]]
    assert further.row_upper.tolist() == [np.inf, 0.5]
    last = further.with_row(np.array([1]), np.array([1.0]), upper=0.9)
    assert dense(last).tolist() == [[1, 2], [1, 0.75], [0, 1]]
    assert solve_arrays(two_columns()).objective == pytest.approx(1)
    assert solve_arrays(last).outcome == solve_linear(last).outcome == "infeasible"


def test_a_model_highs_refuses_is_an_error_and_no_answer() -> None:
    from dataclasses import replace

    twice = replace(two_columns(), start=np.array([0, 2, 2], np.int32))
    with pytest.raises(SolverError, match="does not accept"):
        in_highs(twice)


def test_the_fair_way_across_the_whole_country_can_be_weighed() -> None:
    """The longest way there is weighs more than a billion times as much as none: not yet too much for a solver."""
    problem = denmark({"rules.nearest": False, "rules.near_ambulatory": False})
    assert build(problem, OBJECTIVES["fair"]).linear.cost.max() > 1e7
