"""Charts say what the tables say: assertions on what is drawn."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

import capacity as cap
from capacity import DataError


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def problem() -> cap.Problem:
    return cap.denmark()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def ticks(axis: Any) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


# --- the ladder --------------------------------------------------------------------------------


def test_the_ladder_draws_each_site_over_the_levels_it_is_used_at(problem: cap.Problem) -> None:
    table = cap.ladder(problem).table
    ax = cap.plot_ladder(table)
    lanes = ticks(ax.yaxis)
    drawn = sorted(
        (
            lanes[round(bar.get_y() + bar.get_height() / 2)],
            round(bar.get_x(), 2),
            round(bar.get_x() + bar.get_width(), 2),
        )
        for bar in ax.patches
        if bar.get_hatch() is None
    )
    meant = sorted((site, row["from"], row["to"]) for _, row in table.iterrows() for site in row["site_ids"])
    assert [site for site, *_ in drawn] == [site for site, *_ in meant]
    assert [x for _, *ends in drawn for x in ends] == pytest.approx([x for _, *ends in meant for x in ends], abs=0.011)
    hatched = sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches if patch.get_hatch())
    none = table[table["status"] == "infeasible"]
    assert [x for ends in hatched for x in ends] == pytest.approx(none[["from", "to"]].to_numpy().ravel().tolist())
    assert lanes[0] in {"FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE"}
    assert legend(ax) == ["no plan keeps the rules", "3 units", "4 units", "5 units"]
    widest = table.iloc[(table["to"] - table["from"]).where(table["beds"] > 0).argmax()]
    assert f"3 units\n{widest['beds_from']} to {widest['beds']} beds" in texts(ax)
    assert ax.get_xlabel() == "Women a year who need a stay"


def test_numbers_of_units_have_colours_of_their_own() -> None:
    steps = [
        {
            "from": float(k),
            "to": k + 1.0,
            "site_ids": list("abcdef"[:k]),
            "beds": 4 * k,
            "beds_from": 4 * k,
            "status": "optimal",
        }
        for k in range(1, 7)
    ]
    ax = cap.plot_ladder(pd.DataFrame(steps))
    colours = {bar.get_x(): bar.get_facecolor() for bar in ax.patches}
    assert len(set(colours.values())) == 6
    assert texts(ax)[0] == "1 unit\n4 to 4 beds"


def test_a_ladder_without_any_plan_is_one_hatched_field(problem: cap.Problem) -> None:
    ax = cap.plot_ladder(cap.ladder(problem, low=1.0, high=20.0).table)
    (field,) = ax.patches
    assert field.get_hatch()
    assert (field.get_x(), field.get_x() + field.get_width()) == (1.0, 20.0)
    assert ticks(ax.yaxis) == []
    ax.figure.canvas.draw()


# --- the front ---------------------------------------------------------------------------------


def test_the_front_draws_every_plan_and_rings_the_knee(problem: cap.Problem) -> None:
    free = problem.replace(policy={"volume": None, "income": None, "region_access": None})
    table = cap.pareto(free, ("travel", "beds")).table
    ax = cap.plot_pareto(table)
    points, ring = ax.collections
    np.testing.assert_allclose(points.get_offsets(), table[["travel", "beds"]] * [1e-3, 1])
    knee = table[table["knee"]].iloc[0]
    np.testing.assert_allclose(ring.get_offsets(), [[knee["travel"] / 1_000, knee["beds"]]])
    (line,) = ax.lines
    assert line.get_drawstyle() == "steps-post"
    assert all(a <= b for a, b in pairwise(line.get_xdata()))
    assert ", ".join(knee["site_ids"]) in texts(ax)
    assert texts(ax)[1] == f"{len(table['site_ids'][1])} units"
    assert ax.get_xlabel() == "Family travel, 1,000 hours a year"
    assert ax.get_ylabel() == "Beds"


def test_a_third_measure_is_a_colour_with_a_bar_of_its_own(problem: cap.Problem) -> None:
    free = problem.replace(policy={"volume": None, "income": None, "region_access": None})
    table = cap.pareto(free, ("travel", "cost", "worst")).table
    ax = cap.plot_pareto(table)
    assert ax.get_ylabel() == "Yearly cost with building, million DKK"
    assert ax.collections[0].get_array().tolist() == pytest.approx(table["worst"].tolist())
    assert [a.get_ylabel() for a in ax.figure.axes[1:]] == ["Longest one-way travel, minutes"]
    assert not ax.lines
    assert 2 <= len(texts(ax)) <= 3


# --- regret ------------------------------------------------------------------------------------

TWO_PLANS = pd.DataFrame(
    [
        {"plan": ["a", "b"], "scenario": "many", "women_per_year": 90, "behind": 0.0, "status": "best"},
        {"plan": ["a", "b"], "scenario": "few", "women_per_year": 20, "behind": 0.26, "status": "behind"},
        {"plan": ["a", "b"], "scenario": "some", "women_per_year": 40, "behind": 0.002, "status": "nearly"},
        {
            "plan": ["a", "b"],
            "scenario": "none",
            "women_per_year": 3,
            "behind": None,
            "status": "no plan keeps the rules",
        },
        {"plan": ["c"], "scenario": "many", "women_per_year": 90, "behind": None, "status": "these units break a rule"},
        {"plan": ["c"], "scenario": "few", "women_per_year": 20, "behind": 0.0, "status": "best"},
        {"plan": ["c"], "scenario": "some", "women_per_year": 40, "behind": 0.1, "status": "behind"},
        {"plan": ["c"], "scenario": "none", "women_per_year": 3, "behind": None, "status": "no plan keeps the rules"},
    ]
)


def test_regret_is_written_shaded_and_framed() -> None:
    ax = cap.plot_regret(TWO_PLANS)
    assert ticks(ax.xaxis) == ["none (3)", "few (20)", "some (40)", "many (90)"]
    assert ticks(ax.yaxis) == ["a, b", "c"]
    said = {text.get_position(): text.get_text() for text in ax.texts}
    assert said == {(3.5, 0.5): "0 %", (1.5, 0.5): "26 %", (2.5, 0.5): "<1 %", (1.5, 1.5): "0 %", (2.5, 1.5): "10 %"}
    hatched = {patch.get_xy(): patch.get_hatch() for patch in ax.patches if patch.get_hatch()}
    assert hatched == {(0, 0): "///", (3, 1): "xxx", (0, 1): "///"}
    framed = [patch.get_xy() for patch in ax.patches if not patch.get_fill()]
    np.testing.assert_allclose(framed, [(1.05, 0.05), (2.05, 1.05)])
    assert legend(ax) == ["no plan keeps the rules", "these units break a rule", "largest regret of the plan"]
    shade = {patch.get_xy(): sum(patch.get_facecolor()[:3]) for patch in ax.patches if patch.get_fill()}
    assert shade[1, 0] < shade[2, 1] < shade[2, 0] < shade[3, 0]


def test_regret_of_the_documents(problem: cap.Problem) -> None:
    from capacity.read import builtin_folder

    table = cap.robustness(problem, scenarios=cap.named_scenarios(builtin_folder())).table
    ax = cap.plot_regret(table)
    assert len(ax.texts) == table["behind"].notna().sum()
    assert "agency-2024 (90)" in ticks(ax.xaxis)


# --- the tornado -------------------------------------------------------------------------------


def bar(key: str, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "low": 120.0,
        "high": 240.5,
        "objective": 100.0,
        "objective_low": low,
        "objective_high": high,
        "units_change": False,
        **more,
    }


def test_the_tornado_draws_changes_and_says_what_bars_cannot() -> None:
    rows = [
        bar("stay", 66.0, 134.0),
        bar("up", 110.0, 120.0, units_change=True),
        bar("cut", None, 105.0),
        bar("still", 100.0, 100.0),
        bar("gone", None, None),
        bar("down", 90.0, 100.0, units_change=True),
    ]
    ax = cap.plot_tornado(pd.DataFrame(rows))
    bars = {(round(b.get_y() + b.get_height() / 2, 2), round(b.get_width(), 6)) for b in ax.patches}
    assert bars == {(0, -34), (0, 34), (0.82, 10), (1.18, 20), (2, 5), (5, -10)}
    said = {(round(text.xy[1], 2), round(text.xy[0], 6)): text.get_text() for text in ax.texts}
    assert said == {
        (0, -34): "120",
        (0, 34): "240.5",
        (0.82, 10): "120",
        (1.18, 20): "240.5; other units",
        (2, 5): "240.5; no plan at 120",
        (3, 0): "120 to 240.5: no change",
        (4, 0): "no plan at 120, no plan at 240.5",
        (5, -10): "120",
        (5, 0): "other units",
    }
    assert ticks(ax.yaxis) == ["stay", "up", "cut", "still", "gone", "down"]
    assert legend(ax) == ["low end of the range", "high end of the range"]
    low, high = ax.get_xlim()
    assert low < -34
    assert high > 34
    assert "%" in ax.get_xlabel()


def test_the_tornado_of_a_case_leans_most_on_what_leaves_no_plan(problem: cap.Problem) -> None:
    ax = cap.plot_tornado(pd.DataFrame(cap.tornado(problem)))
    assert ticks(ax.yaxis)[0] == "rules.region_access.minutes"
    assert sorted(round(b.get_width()) for b in ax.patches)[:2] == [-50, -33]


# --- all of them -------------------------------------------------------------------------------

PLOTS = ("plot_ladder", "plot_pareto", "plot_regret", "plot_tornado")


@pytest.mark.parametrize("name", PLOTS)
def test_another_table_is_refused_in_words(name: str) -> None:
    with pytest.raises(DataError, match="the table has the columns of capacity"):
        getattr(cap, name)(pd.DataFrame({"x": [1]}))


def test_empty_tables_and_problems_without_a_plan_are_refused() -> None:
    with pytest.raises(DataError, match="the table has a row"):
        cap.plot_regret(TWO_PLANS.iloc[:0])
    with pytest.raises(DataError, match="as it stands has a plan"):
        cap.plot_tornado(pd.DataFrame([bar("x", 1.0, 2.0, objective=None)]))
    with pytest.raises(DataError, match="two or three of travel"):
        cap.plot_pareto(pd.DataFrame([{"travel": 1.0, "site_ids": ["a"], "knee": True}]))


def test_charts_are_drawn_where_they_are_asked_for_and_without_warnings(problem: cap.Problem) -> None:
    figure, axes = plt.subplots(2, 1)
    assert cap.plot_ladder(cap.ladder(problem).table, ax=axes[0]) is axes[0]
    assert cap.plot_regret(TWO_PLANS, axes[1]) is axes[1]
    figure.canvas.draw()
    assert len(plt.get_fignums()) == 1


def test_tables_are_left_as_they_were() -> None:
    before = TWO_PLANS.copy(deep=True)
    cap.plot_regret(TWO_PLANS)
    pd.testing.assert_frame_equal(TWO_PLANS, before)


def test_matplotlib_loads_with_the_first_chart_only() -> None:
    code = "import sys, capacity as cap; cap.plot_ladder, cap.plot_tornado; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
