"""Plans side by side: what the page says of each is what the plans say."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from pathlib import Path

import pytest

import capacity as cap
from capacity.cli.main import run
from capacity.report.beside import beside_page, write_beside
from capacity.report.document import paper_of
from capacity.report.phrases import phrases
from capacity.report.table.page import table_page
from tests.test_report import placed


def plans(count: int) -> list[tuple[str, cap.Plan]]:
    problem = placed({"nearest": True})
    units = (["a", "b"], ["a", "c"], ["b"], ["c"], ["a"])
    return [(f"Plan {k + 1}", cap.evaluate(problem, units[k])) for k in range(count)]


def cells(page: str, label: str) -> list[list[str]]:
    """The rows of one table, as text."""
    found = re.search(rf'aria-label="{label}">.*?</table>', page, re.DOTALL)
    assert found, label
    rows = re.findall(r"<tr>(.*?)</tr>", found.group(), re.DOTALL)
    return [
        [html.unescape(re.sub(r"<[^>]+>", "", c)) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_each_plan_has_its_map_figures_and_who_gains_and_loses(count: int) -> None:
    given = plans(count)
    page, t = beside_page(given), phrases("en")
    assert page.count("<article>") == page.count('role="group"') == count
    for _, plan in given:
        assert f"<dd>{t.number(plan.mean_minutes, 1)}</dd>" in page
        assert f"<dd>{t.number(sum(plan.unit_table['building_dkk']) / 1e6, 1)}</dd>" in page
    head, *rows = cells(page, "Who gains and who loses")
    assert head == ["Municipality", *(name for name, _ in given)]
    ways = [dict(zip(p.assignment_table["point_id"], p.assignment_table["minutes"], strict=True)) for _, p in given]
    names = dict(zip(given[0][1].problem.network.point_names, given[0][1].problem.network.point_ids, strict=True))
    for name, now, *changes in rows:
        i = names[name]
        assert now == t.number(ways[0][i])
        assert changes == [t.signed(w[i] - ways[0][i]) if w[i] != ways[0][i] else "" for w in ways[1:]]
    left = set(names) - {row[0] for row in rows}
    assert all(w[names[name]] == ways[0][names[name]] for name in left for w in ways)


def test_the_women_told_as_nearer_and_farther_are_those_of_the_tables() -> None:
    """From a and b to a and c: Broby's 6 women lose 25 minutes, Colding's 2 gain 55."""
    page = beside_page(plans(2))
    assert "2.0 women a year in one municipality are nearer their unit, and 6.0 in 1 are farther" in page


def test_settings_that_differ_are_told_in_words() -> None:
    problem = placed({"nearest": True, "volume": 3})
    other = problem.set("rules.volume", 5).set("stay.mean_days", 120)
    page = beside_page([("A", cap.solve(problem)), ("B", cap.solve(other))], language="da")
    rows = cells(page, "Hvor planerne er lavet forskelligt")
    assert ["Aktiv praksis", "3 døgnophold om året", "5 døgnophold om året"] in rows
    assert ["Opholdets længde i gennemsnit", "180 døgn", "120 døgn"] in rows


def test_one_plan_and_five_are_refused_and_a_page_of_others_too(tmp_path: Path) -> None:
    for count in (1, 5):
        with pytest.raises(cap.DataError, match="two to 4 plans"):
            beside_page(plans(count))
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(cap.DataError):
        write_beside(plans(2), tmp_path / "mine.html")
    path = write_beside(plans(2), tmp_path / "ours.html")
    assert write_beside(plans(3), path) == path


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, plan in plans(3):
        plan.save(tmp_path / name.replace(" ", "-"))
    folders = [str(tmp_path / f"Plan-{k}") for k in (1, 2, 3)]
    page = tmp_path / "beside.html"
    assert run(["compare", *folders, "-o", str(page), "--lang", "da"]) == 0
    assert "Skrev " in capsys.readouterr().err
    said = page.read_text(encoding="utf-8")
    assert '<html lang="da">' in said and all(f"<h2>Plan-{k}</h2>" in said for k in (1, 2, 3))
    assert run(["compare", *folders]) == 2
    assert "up to four" in capsys.readouterr().err
    assert run(["compare", *folders[:2], "-o", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["units"]


def in_km(problem: cap.Problem) -> cap.Problem:
    told = "roads.csv holds km: every limit and figure called minutes means km here."
    return problem.replace(travel=dataclasses.replace(problem.travel, unit="km"), notices=(told,))


def test_minutes_that_are_km_are_told_wherever_a_plan_is_shown(tmp_path: Path) -> None:
    minutes = placed().set("rules.nearest", True)
    km = in_km(minutes)
    one, other = cap.solve(minutes), cap.solve(km)
    assert ("travel.unit", "minutes", "km") in cap.compare(one, other).inputs
    page = html.unescape(beside_page([("minutes", one), ("km", other)]))
    assert "km: <span>roads.csv holds km" in page and "What tables of travel hold" in page
    assert "roads.csv" not in beside_page([("a", one), ("b", one)])
    assert "roads.csv angiver km" in beside_page([("a", other), ("b", other)], language="da")
    assert "roads.csv holds km" in table_page(km, other) and "roads.csv" not in table_page(minutes, one)
    summary = paper_of(other, studies=False).chapters[1]
    assert [cell.text for cell in summary.points] == list(km.notices)
    with pytest.raises(cap.DataError, match="hours of travel have a price where travel is in minutes"):
        cap.sharing(km, hour_dkk=200.0)
