"""Every study gives one kind of result: a table, JSON, a chart, a short view; and what it gave before still reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
import pytest

import capacity as cap
from capacity.plan.tables import AssignmentTable, RegionTable, UnitTable
from capacity.read import builtin_folder
from capacity.report.plots import chart_of
from capacity.studies.result import Rows, StudyResult
from capacity.studies.switch import Switches

plt = pytest.importorskip("matplotlib.pyplot")

STUDIES: dict[str, Callable[[cap.Problem, cap.Plan], StudyResult]] = {
    "alternatives": lambda p, plan: cap.alternatives(p, 3),
    "pareto": lambda p, plan: cap.pareto(p),
    "price_of_nearness": lambda p, plan: cap.price_of_nearness(p),
    "ladder": lambda p, plan: cap.ladder(p, low=60, high=120),
    "switch_points": lambda p, plan: cap.switch_points(p, "rules.volume", 8, 30, exact_to=1),
    "sweep": lambda p, plan: cap.sweep(p, {"rules.volume": [10, 20]}),
    "influence": lambda p, plan: cap.influence(p.replace(ranges={"rules.volume": (4.0, 12.0)}, choices={})),
    "tornado": lambda p, plan: cap.tornado(p),
    "grid2": lambda p, plan: cap.grid2(p, ("rules.volume", [10]), ("stay.mean_days", [150, 180])),
    "compare": lambda p, plan: cap.compare(plan, cap.solve(p.set("rules.units", 4))),
    "pooling": lambda p, plan: cap.pooling(plan),
    "closures": lambda p, plan: cap.closures(plan),
    "flexible_beds": lambda p, plan: cap.flexible_beds(plan),
    "backtest": lambda p, plan: cap.backtest(p, cap.observed_counts(builtin_folder())),
    "stress": lambda p, plan: cap.stress(plan, years=50),
    "information": lambda p, plan: cap.information(p),
    "robustness": lambda p, plan: cap.robustness(p),
    "explain": lambda p, plan: cap.explain(p.set("rules.volume", 50)),
    "evaluate": lambda p, plan: cap.evaluate(p, [plan.site_ids, {"FA_AARHUS": 12}]),
    "why_not": lambda p, plan: cap.why_not(p, "1085", best=plan),
    "sharing": lambda p, plan: cap.sharing(p.replace(policy={"volume": False, "income": False})),
    "break_even": lambda p, plan: cap.break_even(p.set("outpatient.beyond_minutes", 120)),
    "who_pays": lambda p, plan: cap.who_pays(plan, years=100),
    "adapt": lambda p, plan: cap.adapt(p.set("rules.units", [1, 2]), years=3, levels=5, grid=2),
    "roll_out": lambda p, plan: cap.roll_out(p, {2027: {}, 2028: {"demand.women_per_year": 100}}),
}


@cache
def danish() -> tuple[cap.Problem, cap.Plan]:
    problem = cap.denmark()
    return problem, cap.solve(problem)


@cache
def study(name: str) -> StudyResult:
    return STUDIES[name](*danish())


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_a_table_json_a_chart_and_a_short_view(name):
    found = study(name)
    assert isinstance(found, StudyResult) and isinstance(found.table, pd.DataFrame) and len(found.table)
    assert json.loads(json.dumps(found.to_json(), default=float))
    assert found._repr_html_().count("<tr") <= 14
    ax = plt.subplots()[1]
    assert found.plot(ax) is ax and (ax.patches or ax.collections or ax.lines)
    plt.close("all")


def test_every_public_study_is_tried_here():
    """A study that is new and not in the list above fails here."""
    studies = {name for name, home in cap._HOMES.items() if "studies." in home and name[0].islower()}
    assert studies - {"freeze"} <= STUDIES.keys()


# --- the columns that are documented --------------------------------------------------------------

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "tables.md"

NAMED_AFTER = {
    "<measure>": r"travel|beds",
    "<setting>": r"[a-z_]+\.[a-z_.]+",
    "<objective>": r"travel|worst|fair|cost|worst_off",
}

KINDS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda x: isinstance(x, str),
    "number": lambda x: isinstance(x, (int, float)) and not isinstance(x, bool),
    "count": lambda x: isinstance(x, (int, float)) and not isinstance(x, bool) and (x != x or x == int(x)),
    "yes or no": lambda x: isinstance(x, bool) or x is None or x != x,
    "list": lambda x: isinstance(x, (list, tuple, dict)),
    "any": lambda x: True,
}


@cache
def documented(name: str) -> dict[str, str]:
    """Columns of a table by the page, and their kinds."""
    part = PAGE.read_text(encoding="utf-8").split(f"\n### {name}\n")[1].split("\n##")[0]
    if same := re.search(r"The columns of \[(\w+)\]", part):
        return documented(same[1])
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("| `")
    ]
    return {column: row[1] for row in rows for column in re.findall(r"`([^`]+)`", row[0])}


def unlike_the_page(name: str, table: pd.DataFrame) -> list[str]:
    """What differs between a frame and the page."""
    said, seen, wrong = documented(name), set(), []
    for column in table.columns:
        known = next((c for c in said if c == column or re.fullmatch(_pattern(c), column)), None)
        if known is None:
            wrong.append(f"{column} is not documented")
            continue
        seen.add(known)
        wrong += [f"{column}: {x!r} is no {said[known]}" for x in table[column].tolist() if not KINDS[said[known]](x)][
            :1
        ]
    return wrong + [f"{column} is not there" for column in said if column not in seen]


def _pattern(column: str) -> str:
    if column.startswith("broken."):
        return r"broken\.[a-z_]+"
    return NAMED_AFTER.get(column, re.escape(column))


@pytest.mark.parametrize("name", STUDIES)
def test_a_studys_table_has_the_columns_the_page_says(name):
    assert unlike_the_page(name, study(name).table) == []


@pytest.mark.parametrize(
    ("name", "kind"), [("units", UnitTable), ("regions", RegionTable), ("assignment", AssignmentTable)]
)
def test_a_plans_tables_are_of_their_types(name, kind):
    _, plan = danish()
    plain = set(plan.region_table)
    # Columns that are there with an outpatient course alone are of their types, too.
    plan = cap.solve(plan.problem.set("outpatient.beyond_minutes", 120))
    assert set(plan.region_table) - plain == {"residential_women", "outpatient_women", "unreached_women"}
    assert unlike_the_page(f"plan.{name}", getattr(plan, name)) == []
    table = {"units": plan.unit_table, "regions": plan.region_table, "assignment": plan.assignment_table}[name]
    types = get_type_hints(kind)
    assert list(table) == list(types)
    for column, of in types.items():
        (each, _) = of.__args__
        assert isinstance(table[column], tuple) and {type(x) for x in table[column]} == {each}, column
    # Where no rule asks how many live near, nobody says it.
    problem = plan.problem.replace(policy={"region_access": None})
    assert "share_within" not in cap.solve(problem).region_table


def test_a_column_that_is_not_documented_is_found():
    table = study("why_not").table
    assert unlike_the_page("why_not", table.assign(further=1.0)) == ["further is not documented"]
    assert unlike_the_page("why_not", table.drop(columns="more")) == ["more is not there"]
    assert unlike_the_page("why_not", table.assign(what=1)) == ["what: 1 is no text"]


@pytest.mark.parametrize("plot", ["ladder", "pareto", "regret", "tornado"])
def test_a_chart_takes_a_study_or_its_table(plot):
    found = study({"regret": "robustness"}.get(plot, plot))
    draw: Callable[..., Any] = getattr(cap, f"plot_{plot}")
    said = [[t.get_text() for t in draw(of, plt.subplots()[1]).get_yticklabels()] for of in (found, found.table)]
    plt.close("all")
    assert said[0] == said[1] and said[0]


def test_results_that_were_lists_read_like_lists():
    rows = study("pooling")
    assert isinstance(rows, Rows)
    assert rows[-1]["site_id"] == "" and rows == list(rows) and len(pd.DataFrame(rows)) == len(rows)
    assert rows[:1] == (rows[0],) and rows != "pooling" and repr(rows) == f"<pooling: {len(rows)} rows>"
    switches = study("switch_points")
    assert isinstance(switches, Switches)
    assert [s.low for s in switches] == [s.low for s in switches[:]] and "rules.volume" in repr(switches)


def test_a_chart_that_is_not_there_is_said():
    with pytest.raises(cap.DataError, match="has a chart"):
        chart_of("nothing")
