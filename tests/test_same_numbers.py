"""A hunt for contradictions: every two numbers that stand for the same thing, wherever they stand, are the same number.

A number is told with as many decimals as it has where it stands; two agree where one exact figure could be told as both.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.cli.main import run
from capacity.report.beside import beside_page
from capacity.report.page import report_page
from capacity.report.studied import Studies, studies_of
from tests.test_report import text_of

openpyxl: Any = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
docx: Any = pytest.importorskip("docx", reason="python-docx is not installed")

M = 1e6
UNIT = ("beds", "stays", "occupancy", "turned_away", "to_ambulatory_minutes")
SHOWN = ("beds", "stays", "admitted", "occupancy", "turned_away", "to_ambulatory_minutes")
MONEY = ("income_dkk", "cost_dkk", "result_dkk", "building_dkk", "startup_loss_dkk")
REGION = ("women", "mean_minutes", "minutes_80", "longest_minutes", "share_within", "units", "beds")
CLOSED = ("referrals", "no_bed", "no_bed_open", "minutes_more", "in_beds", "free_beds")
DASH = "–"


@dataclass(frozen=True)
class Told:
    """A number where it stands: its value, and half of the last digit told (0 where it is exact)."""

    where: str
    value: float
    slack: float


Facts = defaultdict[str, list[Told]]


def told(where: str, text: str, *, danish: bool, times: float = 1.0) -> Told:
    """A number as people write it."""
    bare = re.sub(r"[\s\N{NO-BREAK SPACE}]", "", text).replace("−", "-").replace("+", "")
    percent = bare.endswith("%")
    bare = bare.removesuffix("%").replace("." if danish else ",", "").replace(",", ".")
    scale = times * (0.01 if percent else 1.0)
    decimals = len(bare.partition(".")[2])
    return Told(where, float(bare) * scale, 0.5 * 10.0**-decimals * scale)


def exact(where: str, value: float) -> Told:
    return Told(where, float(value), 0.0)


def agree(one: Told, other: Told) -> bool:
    """Whether one figure could be told as both: 47 and 48 have no such figure but the very middle."""
    both = 1 - 1e-6 if one.slack and other.slack else 1 + 1e-9
    return abs(one.value - other.value) <= (one.slack + other.slack) * both + 1e-9 * max(1.0, abs(one.value))


# --- where numbers stand ------------------------------------------------------------------------------------------


def grids(page: str) -> dict[str, list[list[str]]]:
    """The tables of a page by their label (the first of each), as text."""
    found: dict[str, list[list[str]]] = {}
    for label, body in re.findall(r'aria-label="([^"]*)"><table.*?(<tbody>.*?)</table>', page, re.DOTALL):
        rows = [
            [re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)]
            for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
        ]
        found.setdefault(html.unescape(label), [[html.unescape(c).strip() for c in row] for row in rows])
    return found


def of_tables(facts: Facts, where: str, plan: cap.Plan, units: Any, regions: Any, money: Any, *, danish: bool) -> None:
    """Facts of the three tables of a plan, as report and Word file have them; a last row adds up."""

    def row(name: str, keys: Sequence[str], cells: Sequence[str], times: float = 1.0) -> None:
        for key, cell in zip(keys, cells, strict=True):
            if cell not in ("", DASH):
                facts[f"{name} {key}"].append(told(where, cell, danish=danish, times=times))

    for k, j in enumerate(plan.unit_table["site_id"]):
        row(j, SHOWN, units[k][2:])
        row(j, MONEY, money[k][1:], M)
    for k, r in enumerate(plan.region_table["region"]):
        row(r, REGION, regions[k][1:])
    row("all", SHOWN[:5], units[-1][2:7])
    row("all", MONEY, money[-1][1:], M)
    of_all = ("women", "mean_minutes", "longest_minutes", "share_within", "units", "beds")
    row("all", of_all, [c for c in regions[-1][1:] if c])


def of_exact(
    facts: Facts, where: str, units: Sequence[Mapping[str, Any]], regions: Sequence[Mapping[str, Any]]
) -> None:
    """Facts of tables of numbers: plan.json, CSV files, the workbook."""
    for unit in units:
        for key in (*UNIT, *(m for m in MONEY if m != "result_dkk")):
            facts[f"{unit['site_id']} {key}"].append(exact(where, float(unit[key])))
        begun = float(unit["stays"]) * (1 - float(unit["turned_away"]))
        facts[f"{unit['site_id']} admitted"].append(exact(where, begun))
        facts[f"{unit['site_id']} result_dkk"].append(exact(where, float(unit["income_dkk"]) - float(unit["cost_dkk"])))
    for region in regions:
        for key in REGION:
            facts[f"{region['region']} {key}"].append(exact(where, float(region[key])))
    for key in ("beds", "stays", *(m for m in MONEY if m != "result_dkk")):
        facts[f"all {key}"].append(exact(where, sum(float(u[key]) for u in units)))
    facts["all units"].append(exact(where, len(units)))
    facts["all women"].append(exact(where, sum(float(r["women"]) for r in regions)))
    facts["all longest_minutes"].append(exact(where, max(float(r["longest_minutes"]) for r in regions)))


Pattern = tuple[str, Sequence[tuple[str, float]]]

SENTENCES: Mapping[str, Sequence[Pattern]] = {
    "en": (
        (r"Open (\d+) units with (\d+) beds in all", (("all units", 1), ("all beds", 1))),
        (r"It is proposed that (\d+) units with (\d+) beds in all", (("all units", 1), ("all beds", 1))),
        (r"ambulatory together \(([\d,]+) hours\)", (("hours", 1),)),
        (r"([\d,]+) hours a year in all, ([\d,]+) of", (("hours", 1), ("visits", 1))),
        (
            r"travel (\d+) minutes one way on average and (\d+) at most: ([\d,]+) hours .*? a further ([\d,]+) hours\.",
            (("all mean_minutes", 1), ("all longest_minutes", 1), ("visits", 1), ("trips", 1)),
        ),
        (r"travel (\d+) minutes one way on average, (\d+) at", (("all mean_minutes", 1), ("all longest_minutes", 1))),
        (r"([\d.]+) M DKK a year to run", (("all cost_dkk", M),)),
        (r"([\d.]+) M DKK to build, once", (("all building_dkk", M),)),
        (r"([\d.]+) women a year assumed", (("all women", 1),)),
        (r"What is to be paid is ([\d.]+) M DKK", (("all cost_dkk", M),)),
        (
            r"building \(([\d.]+) M a year\) and what is lost while the beds fill \(([\d.]+) M once\)",
            (("annuity", M), ("all startup_loss_dkk", M)),
        ),
        (
            r"units costs ([\d.]+) M DKK a year .{0,20} against ([\d.]+) M .*? once .*?, ([\d.]+) M DKK a year \(assump",
            (("all cost_dkk", M), ("all income_dkk", M), ("annuity", M)),
        ),
        (
            r"units costs ([\d.]+) M DKK a year \(assumption\) and brings in ([\d.]+) M .*? costs ([\d.]+) M once "
            r"\(Loans-2025\), ([\d.]+) M a year .*? lose ([\d.]+) M",
            (
                ("all cost_dkk", M),
                ("all income_dkk", M),
                ("all building_dkk", M),
                ("annuity", M),
                ("all startup_loss_dkk", M),
            ),
        ),
        (r"in (\d+) of (\d+) scenarios", (("right", 1), ("scenarios", 1))),
        (r"other values of (\d+) of (\d+) assumptions", (("changing", 1), ("assumptions", 1))),
        (r"changes with (\d+) of (\d+) assumptions", (("changing", 1), ("assumptions", 1))),
        (r"No plan keeps the rules below (\d+) minutes; Aarhus[^;]*? from (\d+) minutes", (("89", 1), ("100", 1))),
        (r"from ([\d,]+) DKK a year", (("grant", 1),)),
    ),
    "da": (
        (r"Åbn (\d+) enheder med i alt (\d+) pladser", (("all units", 1), ("all beds", 1))),
        (r"åbnes (\d+) enheder med (\d+) pladser i alt", (("all units", 1), ("all beds", 1))),
        (r"lægges sammen \(([\d.]+) timer\)", (("hours", 1),)),
        (
            r"gennemsnit (\d+) minutter hver vej og højst (\d+): ([\d.]+) timer .*? yderligere ([\d.]+) timer\.",
            (("all mean_minutes", 1), ("all longest_minutes", 1), ("visits", 1), ("trips", 1)),
        ),
        (r"([\d,]+) mio. kr. om året i drift", (("all cost_dkk", M),)),
        (r"([\d,]+) mio. kr. i anlæg, én gang", (("all building_dkk", M),)),
        (r"([\d,]+) kvinder om året forudsat", (("all women", 1),)),
        (
            r"Driften koster ([\d,]+) mio. kr. om året .*? mod ([\d,]+) mio. .*? svarende til ([\d,]+) mio.",
            (("all cost_dkk", M), ("all income_dkk", M), ("annuity", M)),
        ),
        (r"anlæg koster ([\d,]+) mio. kr. én gang", (("all building_dkk", M),)),
        (r"i (\d+) af (\d+) scenarier", (("right", 1), ("scenarios", 1))),
        (r"andre værdier af (\d+) ud af (\d+) antagelser", (("changing", 1), ("assumptions", 1))),
        (r"Ingen plan overholder reglerne under (\d+) minutter; Aarhus.*? fra (\d+) min", (("89", 1), ("100", 1))),
        (r"fra ([\d.]+) kr. om året", (("grant", 1),)),
    ),
}
"""Sentences that tell numbers, and the fact each number tells."""


def of_sentences(facts: Facts, where: str, text: str, language: str) -> int:
    """Facts of all sentences known; how many were found."""
    count = 0
    for pattern, keys in SENTENCES[language]:
        for found in re.finditer(pattern, text):
            count += 1
            for (key, times), number in zip(keys, found.groups(), strict=True):
                facts[key].append(told(f"{where}: {found.group()[:40]}", number, danish=language == "da", times=times))
    return count


# --- the media ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plan() -> cap.Plan:
    return cap.solve(cap.denmark())


@pytest.fixture(scope="module")
def found(plan: cap.Plan) -> Studies:
    return studies_of(plan)


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    return [dict(zip(heads, row, strict=True)) for row in rows]


def as_json(words: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def of_pages(facts: Facts, plan: cap.Plan, found: Studies, folder: Path) -> None:
    """The report and the summary in both languages."""
    for language in ("en", "da"):
        danish = language == "da"
        page = report_page(plan, language=language, influence=found.influence, robustness=found.robustness)
        tables = grids(page)
        names = ("Enheder", "Regioner", "Økonomi") if danish else ("Units", "Regions", "Money")
        units, regions, money = (tables[name] for name in names)
        of_tables(facts, f"report {language}", plan, units, regions, money, danish=danish)
        first = re.sub(r'<section id="(?:robustness|others|record)".*?</section>', "", page, flags=re.DOTALL)
        assert of_sentences(facts, f"report {language}", text_of(first), language) >= 9
        of_studies(facts, f"report {language}", plan, found, tables, danish=danish)
        if not danish:
            verdict = re.search(r'<ul class="verdict">.*?</ul>', page, re.DOTALL)
            assert verdict and of_sentences(facts, "verdict", text_of(verdict.group()), "en") >= 2
            of_annexes(facts, plan, page)
        short = plan.summary(folder / f"{language}.html", language=language, found=found).read_text(encoding="utf-8")
        assert of_sentences(facts, f"summary {language}", text_of(short), language) >= 8


def of_studies(
    facts: Facts, where: str, plan: cap.Plan, found: Studies, tables: dict[str, list[list[str]]], *, danish: bool
) -> None:
    """Alternatives, figures of demand, the ladder, closures and payers in a report's tables."""
    label = (
        (
            "Alternativer",
            "Holder planen ved andre tal?",
            "Hvor mange kvinder?",
            "Én enhed færre",
            "En finansieringsmodel",
        )
        if danish
        else (
            "Alternatives",
            "Does the plan hold for other figures?",
            "How many women?",
            "One unit fewer",
            "A financing model",
        )
    )
    others, figures, ladder, closed, payers = (tables[name] for name in label)

    def put(fact: str, text: str, times: float = 1.0) -> None:
        if text not in ("", DASH):
            facts[fact].append(told(where, text, danish=danish, times=times))

    for k, row in enumerate(others):
        put(f"alternative {k} beds", row[1])
        put(f"alternative {k} behind", row[2])
    order = sorted(found.robustness.rows, key=lambda r: float(r["women_per_year"]))  # type: ignore[union-attr]
    mine = [row["scenario"] for row in order if list(row["plan"]) == list(plan.site_ids)]
    for scenario, row in zip(mine, figures, strict=True):
        put(f"{scenario} women", row[1])
        put(f"{scenario} behind", row[4])
        put(f"{scenario} beds", row[6])
        put(f"{scenario} turned_away", row[7])
    for k, row in enumerate(ladder):
        put(f"step {k} from", row[0])
        put(f"step {k} to", row[1])
        put(f"step {k} beds", row[3].split(DASH)[-1])
        put(f"step {k} mean", row[4])
    for site, row in zip(plan.site_ids, closed, strict=True):
        for key, cell in zip(CLOSED, row[1:], strict=True):
            put(f"{site} closed {key}", cell)
    for k, row in enumerate(payers):
        put(f"payment {k} rate", row[1])
        for kind, mean, high in zip(("state", "municipalities", "operators"), row[2::2], row[3::2], strict=True):
            put(f"payment {k} {kind}", mean, M)
            put(f"payment {k} {kind} bad", high, M)


def of_annexes(facts: Facts, plan: cap.Plan, page: str) -> None:
    """What the annex of each region says of it, and of the units its women use."""
    names = dict(zip(plan.unit_table["name"], plan.unit_table["site_id"], strict=True))
    for k, region in enumerate(plan.region_table["region"]):
        annex = re.search(rf'<section class="annex" id="annex{k}">.*?</section>', page, re.DOTALL)
        assert annex
        text = text_of(annex.group())
        where = f"annex {region}"
        travels = re.search(
            r"One way (\S+) minutes on average and (\S+) at most; 80 % of the women live within (\S+) min", text
        )
        within, women = re.search(r"(\d+ %) live within 90", text), re.search(r"Its ([\d.]+) women a year", text)
        assert travels and within and women
        values = (*travels.groups(), within[1], women[1])
        keys = ("mean_minutes", "longest_minutes", "minutes_80", "share_within", "women")
        for key, value in zip(keys, values, strict=True):
            facts[f"{region} {key}"].append(told(where, value, danish=False))
        for name, site in names.items():
            known = re.escape(name)
            of_unit = (
                (rf"{known}: (\d+) beds for ([\d.]+) stays needed a year, .*? (\d+ %); ([\d.]+ %)", UNIT[:4], 1.0),
                (rf"{known}: ([\d.]+) stays admitted a year", ("admitted",), 1.0),
                (rf"{known}: income ([\d.]+) .*? cost of ([\d.]+) .*? result of ([+−\d.]+)", MONEY[:3], M),
                (rf"{known}: building ([\d.]+) M", MONEY[3:4], M),
                (rf"{known}: ([\d.]+) M DKK lost", MONEY[4:], M),
            )
            for pattern, told_keys, times in of_unit:
                if hit := re.search(pattern, text):
                    for key, value in zip(told_keys, hit.groups(), strict=True):
                        facts[f"{site} {key}"].append(told(where, value, danish=False, times=times))
        payments = re.findall(r": the region's municipalities pay ([\d.]+) M DKK in an average year, ([\d.]+) M", text)
        for n, (mean, high) in enumerate(payments):
            facts[f"{region} payment {n}"].append(told(where, mean, danish=False, times=M))
            facts[f"{region} payment {n} bad"].append(told(where, high, danish=False, times=M))


def of_paper(facts: Facts, plan: cap.Plan, folder: Path) -> None:
    """The Word file."""
    book = docx.Document(str(plan.document(folder / "paper.docx", language="da")))
    tables = [[[cell.text for cell in row.cells] for row in table.rows][1:] for table in book.tables]
    units, regions, money, others = tables
    of_tables(facts, "docx", plan, units, regions, money, danish=True)
    for k, row in enumerate(others):
        facts[f"alternative {k} beds"].append(told("docx", row[1], danish=True))
        facts[f"alternative {k} behind"].append(told("docx", row[2], danish=True))
    assert of_sentences(facts, "docx", "\n".join(p.text for p in book.paragraphs), "da") >= 7


def of_book(facts: Facts, plan: cap.Plan, folder: Path) -> None:
    """The workbook."""
    book = openpyxl.load_workbook(plan.workbook(folder / "plan.xlsx"))
    sheets = [rows_of(sheet) for sheet in book.worksheets]

    def sheet(*heads: str) -> list[dict[str, Any]]:
        return next(rows for rows in sheets if rows and set(heads) <= set(rows[0]))

    of_exact(facts, "workbook", sheet("site_id", "beds", "income_dkk"), sheet("region", "minutes_80"))
    for k, row in enumerate(sheet("behind", "site_ids")):
        facts[f"alternative {k} beds"].append(exact("workbook", row["beds"]))
        facts[f"alternative {k} behind"].append(exact("workbook", row["behind"]))
        facts[f"alternative {k} dkk"].append(exact("workbook", row["cost_dkk"]))
    for row in sheet("scenario", "women_per_year", "document"):
        for key in ("women_per_year", "behind", "beds"):
            if row[key] not in (None, "") and row["planned_for"] == "no":
                facts[f"{row['scenario']} {key.removesuffix('_per_year')}"].append(exact("workbook", row[key]))


def of_commands(facts: Facts, plan: cap.Plan, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the commands print, and the files of ``--out``."""
    said = as_json(["plan"], capsys)
    of_exact(facts, "plan --json", said["units"], said["regions"])
    facts["hours"].append(exact("plan --json", said["family_hours_per_year"]))
    facts["all mean_minutes"].append(exact("plan --json", said["mean_minutes"]))
    assert run(["plan", "--out", str(folder / "out")]) == 0
    assert of_sentences(facts, "plan", re.sub(r"\s+", " ", capsys.readouterr().out), "en") >= 3
    of_exact(facts, "units.csv", *(csv_rows(folder / "out" / f"{name}.csv") for name in ("units", "regions")))
    kept = json.loads((folder / "out" / "plan.json").read_text(encoding="utf-8"))
    of_exact(facts, "plan.json", kept["units"], kept["regions"])
    for k, one in enumerate(as_json(["alternatives", "--within", "0.2"], capsys)["alternatives"][:6]):
        facts[f"alternative {k} beds"].append(exact("alternatives --json", one["beds"]))
        facts[f"alternative {k} behind"].append(exact("alternatives --json", one["behind"]))
        facts[f"alternative {k} dkk"].append(exact("alternatives --json", one["cost_dkk"]))
    robust = as_json(["robust"], capsys)
    mine = [row for row in robust["rows"] if row["plan"] == list(plan.site_ids)]
    for row in mine:
        for key in ("women_per_year", "behind", "beds", "turned_away"):
            if row[key] is not None:
                facts[f"{row['scenario']} {key.removesuffix('_per_year')}"].append(exact("robust --json", row[key]))
    facts["scenarios"].append(exact("robust --json", len(mine)))
    facts["right"].append(exact("robust --json", sum(r["behind"] is not None and r["behind"] <= 0.02 for r in mine)))
    for row in robust["closures"]:
        for key in CLOSED:
            facts[f"{row['closed']} closed {key}"].append(exact("robust --json", row[key]))
    for k, step in enumerate(as_json(["ladder"], capsys)["steps"]):
        facts[f"step {k} from"].append(exact("ladder --json", step["from"]))
        facts[f"step {k} to"].append(exact("ladder --json", step["to"]))
        if step["site_ids"]:
            facts[f"step {k} beds"].append(exact("ladder --json", step["beds"]))
            facts[f"step {k} mean"].append(exact("ladder --json", step["mean_minutes"]))
    paid = as_json(["who-pays"], capsys)
    facts["all cost_dkk"].append(exact("who-pays --json", paid["cost_dkk"]))
    facts["annuity"].append(exact("who-pays --json", paid["building_dkk"]))
    facts["all startup_loss_dkk"].append(exact("who-pays --json", paid["startup_dkk"]))
    for k, model in enumerate(paid["models"]):
        facts[f"payment {k} rate"].append(exact("who-pays --json", model["rate_dkk"]))
        for payer in (one for one in model["payers"] if one["kind"] != "municipality"):
            name = f"payment {k} {payer['payer']}" if payer["kind"] != "region" else f"{payer['payer']} payment {k}"
            facts[name].append(exact("who-pays --json", payer["mean_dkk"]))
            facts[f"{name} bad"].append(exact("who-pays --json", payer["high_dkk"]))


def csv_rows(path: Path) -> list[dict[str, str]]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_influence(facts: Facts, found: Studies) -> None:
    """What `capacity influence --json` gives, which the same study says."""
    assert found.influence is not None
    said = found.influence.to_json()
    settings = {one["key"]: one for one in said["settings"]}
    facts["assumptions"].append(exact("influence", len(settings)))
    facts["changing"].append(exact("influence", sum(one["changes_units"] for one in said["settings"])))
    for fact, turn in zip(("89", "100"), settings["rules.region_access.minutes"]["switch_points"], strict=True):
        # Told with three digits that count.
        facts[fact].append(Told("influence", turn["value"], 0.005 * turn["value"]))
    (turn,) = settings["finance.grant_dkk_per_year"]["switch_points"]
    facts["grant"].append(Told("influence", turn["value"], 500.0))
    base = said["base"]
    facts["all beds"].append(exact("influence", base["beds"]))
    facts["all mean_minutes"].append(exact("influence", base["mean_minutes"]))
    facts["hours"].append(exact("influence", base["hours_per_year"]))
    facts["alternative 0 dkk"].append(exact("influence", base["dkk_per_year"]))


def of_beside(facts: Facts, plan: cap.Plan) -> None:
    """The page of plans side by side."""
    page = beside_page([("A", plan), ("B", cap.evaluate(plan.problem, ["FA_HVIDOVRE"]))])
    first = page[page.index("<article>") : page.index("</article>")]
    figures = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", first))
    keys = {
        "Units": ("all units", 1.0),
        "Beds": ("all beds", 1.0),
        "Mean minutes": ("all mean_minutes", 1.0),
        "Longest, minutes": ("all longest_minutes", 1.0),
        "Women a year": ("all women", 1.0),
        "Running cost in all, M DKK a year": ("all cost_dkk", M),
        "Building in all, M DKK once": ("all building_dkk", M),
    }
    assert set(keys) <= set(figures), figures
    for head, (fact, times) in keys.items():
        facts[fact].append(told("compare", figures[head], danish=False, times=times))


@pytest.fixture(scope="module")
def facts(plan: cap.Plan, found: Studies, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Every number with where it stands, but for what the commands print."""
    folder = tmp_path_factory.mktemp("media")
    gathered: Facts = defaultdict(list)
    of_pages(gathered, plan, found, folder)
    with pytest.MonkeyPatch.context() as once:
        # The studies are worked out once: that each medium asks for them is looked at elsewhere.
        for medium in ("document", "workbook"):
            once.setattr(f"capacity.report.{medium}.studies_of", lambda *_, **__: found)
        of_paper(gathered, plan, folder)
        of_book(gathered, plan, folder)
    of_influence(gathered, found)
    of_beside(gathered, plan)
    return gathered


def pairs(facts: Facts) -> Iterator[tuple[str, Told, Told]]:
    """Every two numbers that stand for the same thing."""
    for fact, stands in facts.items():
        for one, other in combinations(stands, 2):
            yield fact, one, other


def test_no_two_numbers_for_the_same_thing_contradict_each_other(
    facts: Facts, plan: cap.Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_commands(facts, plan, tmp_path, capsys)
    against = [f"{fact}: {one} against {other}" for fact, one, other in pairs(facts) if not agree(one, other)]
    assert against == []
    assert sum(1 for _ in pairs(facts)) > 3_000
    media = {one.where.split(":")[0].split(" ")[0] for stands in facts.values() for one in stands}
    assert media >= {"report", "summary", "docx", "workbook", "plan", "plan.json", "units.csv", "robust", "ladder"}
    assert media >= {"influence", "compare", "annex", "verdict", "alternatives", "who-pays"}
    # What stands in one place alone has nothing to contradict.
    alone = sorted(fact for fact, stands in facts.items() if len(stands) == 1)
    assert alone == []


@pytest.mark.parametrize(
    ("text", "danish", "times", "value", "slack"),
    [
        ("53.6", False, 1e6, 53.6e6, 0.05e6),
        ("1.234,5", True, 1, 1234.5, 0.05),
        ("4,9\N{NO-BREAK SPACE}%", True, 1, 0.049, 0.0005),
        ("−2.5", False, 1, -2.5, 0.05),
    ],
)
def test_a_number_is_read_as_it_is_told(text: str, danish: bool, times: float, value: float, slack: float) -> None:
    one = told("here", text, danish=danish, times=times)
    assert (one.value, one.slack) == pytest.approx((value, slack))


def test_numbers_that_could_be_one_agree_and_others_do_not() -> None:
    assert agree(Told("a", 54.2, 0.05), Told("b", 54.2416, 0)) and agree(Told("a", 119, 0.5), Told("b", 118.8, 0.05))
    assert not agree(Told("a", 54.2, 0.05), Told("b", 54.26, 0)) and not agree(Told("a", 6, 0.5), Told("b", 7, 0.5))
