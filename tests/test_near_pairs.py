"""Travel between near places alone: stated without a table of all pairs, and the same plans as with one."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from capacity import DataError, Policy, Problem, TravelMatrix, solve
from capacity.exact import p_median
from capacity.problem import near_pairs
from capacity.synthetic import country

WAYS = pd.DataFrame(
    {"point_id": ["A", "A", "B", "C"], "site_id": ["x", "y", "x", "y"], "minutes": [0.0, 5.0, 7.5, 3.0]}
)


def made(*, near: bool) -> Problem:
    """A country in which families go to one of their nine nearest sites."""
    problem = country(40, 12, seed=3).problem(policy=Policy(units=[4, 4], nearest=True))
    minutes = np.where(problem.nearness < 9, problem.minutes, np.inf)
    travel = problem.travel.replace(values=minutes)
    return problem.replace(travel=travel.replace(values=travel.near) if near else travel)


def test_pairs_without_a_row_have_no_way() -> None:
    ways = TravelMatrix.from_pairs(WAYS)
    assert "values" not in ways.__dict__ and "4 near pairs" in repr(ways)
    assert ways.near.nnz == 4  # a way of no minutes is one
    np.testing.assert_array_equal(ways.values, [[0.0, 5.0], [7.5, np.inf], [np.inf, 3.0]])
    assert not ways.values.flags.writeable
    assert TravelMatrix.from_pairs(WAYS.rename(columns={"minutes": "km"})).unit == "km"


def test_places_without_any_row_are_named() -> None:
    ways = TravelMatrix.from_pairs(WAYS, origin_ids=["C", "B", "A", "D"], destination_ids=["y", "x"])
    none = np.inf
    expected = [[3.0, none], [none, 7.5], [5.0, 0.0], [none, none]]
    np.testing.assert_array_equal(ways.values, expected)
    for copy in (pickle.loads(pickle.dumps(ways)), ways.replace(source="elsewhere")):
        np.testing.assert_array_equal(copy.values, expected)
    whole = ways.replace(values=ways.values)
    assert "near pairs" not in repr(whole) and whole.near.nnz == 4


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (WAYS.drop(columns="minutes"), "minutes: the column is needed"),
        (WAYS.assign(minutes=[0, -1, 2, 3]), "row 1, minutes: the number is not negative"),
        (WAYS.assign(minutes=[0, None, 2, 3]), "row 1, minutes: the cell is empty"),
        (WAYS.assign(site_id=["x", None, "x", "y"]), "row 1, site_id: the cell is filled in"),
        (WAYS.assign(site_id=["x", "x", "x", "y"]), "row 1: each pair stands once .* row 0"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(DataError, match=said):
        TravelMatrix.from_pairs(table)


def test_ids_that_are_not_among_those_given_are_refused() -> None:
    with pytest.raises(DataError, match="point_id: the id is one of those given"):
        TravelMatrix.from_pairs(WAYS, origin_ids=["A", "B"])


def test_a_sparse_array_has_a_row_for_each_origin_and_no_negative_number() -> None:
    with pytest.raises(DataError, match="a row for each origin"):
        TravelMatrix(origin_ids=("A",), destination_ids=("x", "y"), values=csr_array((2, 2)))
    with pytest.raises(DataError, match="not negative"):
        TravelMatrix(origin_ids=("A",), destination_ids=("x", "y"), values=csr_array(np.array([[1.0, -1.0]])))
    twice = csr_array((np.ones(2), np.zeros(2, dtype=int), np.array([0, 2])), shape=(1, 2))
    with pytest.raises(DataError, match="each pair stands once"):
        TravelMatrix(origin_ids=("A",), destination_ids=("x", "y"), values=twice)
    barred = csr_array(np.array([[1.0, np.inf]]))
    assert TravelMatrix(origin_ids=("A",), destination_ids=("x", "y"), values=barred).near.nnz == 1


def test_the_plan_is_that_of_the_whole_table() -> None:
    whole, near = made(near=False), made(near=True)
    assert near.fingerprint == whole.fingerprint
    ours, theirs = solve(near), solve(whole)
    assert (ours.site_ids, ours.beds, ours.objective) == (theirs.site_ids, theirs.beds, theirs.objective)


def test_near_pairs_are_costs_of_a_p_median() -> None:
    problem = made(near=True)
    found = p_median(problem.travel.near, 4, weights=problem.expected_women)
    assert tuple(problem.network.site_ids[j] for j in found.sites) == solve(problem).site_ids


def test_a_table_of_all_pairs_is_not_made_where_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_pairs, "MOST_CELLS", 100)
    with pytest.raises(DataError, match=r"at most 100 cells .*exact\.p_median"):
        solve(made(near=True))
