"""Broken cases: every fault at once, each with file, row, value, rule and remedy; nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capacity import DataError, Finding
from capacity.read import builtin_folder, check_case, read_case
from tests.cases import Rows, copy_of_denmark, edit_rows, edit_text, set_cell, small_case

Break = Callable[[Path], None]


def cell(file: str, line: int, column: str, value: str) -> Break:
    return lambda case: edit_rows(case / file, set_cell(line, column, value))


def rows(file: str, change: Callable[[Rows], object]) -> Break:
    return lambda case: edit_rows(case / file, change)


def toml(old: str, new: str) -> Break:
    return lambda case: edit_text(case / "case.toml", old, new)


def line(start: str) -> int:
    """Line of the built-in case.toml that starts so."""
    text = (builtin_folder() / "case.toml").read_text(encoding="utf-8")
    return next(k for k, said in enumerate(text.splitlines(), 1) if said.startswith(start))


def scale(factor: float) -> Callable[[Rows], None]:
    def change(table: Rows) -> None:
        for row in table[1:]:
            row[1:] = [str(float(x) * factor) for x in row[1:]]

    return change


def drop_column(name: str) -> Callable[[Rows], None]:
    def change(table: Rows) -> None:
        at = table[0].index(name)
        for row in table:
            del row[at]

    return change


def swap(first: str, second: str, lines: slice = slice(1, None)) -> Callable[[Rows], None]:
    def change(table: Rows) -> None:
        a, b = table[0].index(first), table[0].index(second)
        for row in table[lines]:
            row[a], row[b] = row[b], row[a]

    return change


def remove(file: str) -> Break:
    return lambda case: (case / file).unlink()


def write(file: str, content: str) -> Break:
    def change(case: Path) -> None:
        (case / file).write_text(content, encoding="utf-8")

    return change


# What is broken, and where the fault must be found: file, row, part of the column, part of what is said.
FAULTS: dict[str, tuple[Break, str, int | None, str, str]] = {
    "missing file": (remove("municipalities.csv"), "municipalities.csv", None, "", "missing"),
    "missing matrix": (remove("drive_minutes.csv"), "drive_minutes.csv", None, "", "missing"),
    "missing case.toml": (remove("case.toml"), "case.toml", None, "", "missing"),
    "missing column": (rows("sites.csv", drop_column("site_id")), "sites.csv", None, "site_id", "missing"),
    "missing weight": (
        rows("municipalities.csv", drop_column("children_0_5_2026")),
        "case.toml",
        None,
        "demand.weight",
        "age_20_34_2026",
    ),
    "missing id column": (rows("municipalities.csv", drop_column("code")), "municipalities.csv", None, "code", "ids"),
    "text for a number": (
        cell("municipalities.csv", 3, "children_0_5_2026", "many"),
        "municipalities.csv",
        3,
        "children_0_5_2026",
        "number",
    ),
    "negative number": (
        cell("municipalities.csv", 3, "children_0_5_2026", "-104"),
        "municipalities.csv",
        3,
        "children_0_5_2026",
        "negative",
    ),
    "empty number": (
        cell("municipalities.csv", 5, "children_0_5_2026", ""),
        "municipalities.csv",
        5,
        "children_0_5_2026",
        "empty",
    ),
    "infinite number": (
        cell("municipalities.csv", 5, "children_0_5_2026", "inf"),
        "municipalities.csv",
        5,
        "children_0_5_2026",
        "finite",
    ),
    "negative in a column not used": (
        cell("municipalities.csv", 9, "pop_2026", "-1"),
        "municipalities.csv",
        9,
        "pop_2026",
        "negative",
    ),
    "negative minutes": (
        cell("drive_minutes.csv", 4, "FA_ODENSE", "-5"),
        "drive_minutes.csv",
        4,
        "FA_ODENSE",
        "negative",
    ),
    "text for minutes": (
        cell("drive_minutes.csv", 4, "FA_ODENSE", "1 h"),
        "drive_minutes.csv",
        4,
        "FA_ODENSE",
        "number",
    ),
    "infinite minutes": (
        cell("drive_minutes.csv", 4, "FA_ODENSE", "inf"),
        "drive_minutes.csv",
        4,
        "FA_ODENSE",
        "finite",
    ),
    "repeated code": (cell("municipalities.csv", 3, "code", "0101"), "municipalities.csv", 3, "code", "stands once"),
    "repeated site": (cell("sites.csv", 3, "site_id", "FA_AALBORG"), "sites.csv", 3, "site_id", "stands once"),
    "empty code": (cell("municipalities.csv", 3, "code", ""), "municipalities.csv", 3, "code", "empty"),
    "unknown municipality of a site": (
        cell("sites.csv", 2, "municipality_code", "9999"),
        "sites.csv",
        2,
        "municipality_code",
        "9999",
    ),
    "lost leading zero": (
        cell("sites.csv", 9, "municipality_code", "101"),
        "sites.csv",
        9,
        "municipality_code",
        "leading zero",
    ),
    "region of a site": (cell("sites.csv", 2, "region_code", "1085"), "sites.csv", 2, "region_code", "1081"),
    "empty region": (
        cell("municipalities.csv", 2, "region_code", ""),
        "municipalities.csv",
        2,
        "region_code",
        "region",
    ),
    "one row swapped": (
        rows("municipalities.csv", swap("lon", "lat", slice(3, 4))),
        "municipalities.csv",
        4,
        "lon, lat",
        "swapped",
    ),
    "all rows swapped": (
        rows("municipalities.csv", swap("lon", "lat")),
        "municipalities.csv",
        None,
        "lon, lat",
        "swapped",
    ),
    "sites swapped": (rows("sites.csv", swap("lon", "lat")), "sites.csv", None, "lon, lat", "swapped"),
    "far away": (cell("municipalities.csv", 2, "lon", "-70"), "municipalities.csv", 2, "lon, lat", "land outline"),
    "no such latitude": (cell("municipalities.csv", 2, "lat", "557"), "municipalities.csv", 2, "lat", "degrees"),
    "empty longitude": (cell("municipalities.csv", 2, "lon", ""), "municipalities.csv", 2, "lon", "empty"),
    "seconds": (rows("drive_minutes.csv", scale(60)), "drive_minutes.csv", None, "", "seconds"),
    "hours": (rows("drive_minutes.csv", scale(1 / 60)), "drive_minutes.csv", None, "", "hours"),
    "one row in seconds": (
        rows("drive_minutes.csv", lambda t: scale(60)([[], t[6]])),
        "drive_minutes.csv",
        7,
        "",
        "seconds",
    ),
    "a municipality without travel": (
        rows("drive_minutes.csv", lambda t: t.pop(1)),
        "drive_minutes.csv",
        None,
        "code",
        "row 2 there",
    ),
    "travel of an unknown municipality": (
        cell("drive_minutes.csv", 2, "code", "9999"),
        "drive_minutes.csv",
        2,
        "code",
        "9999",
    ),
    "travel to an unknown site": (
        rows("drive_minutes.csv", lambda t: t[0].__setitem__(3, "FA_ODENSEE")),
        "drive_minutes.csv",
        None,
        "FA_ODENSEE",
        "site",
    ),
    "an ambulatory without travel": (
        rows("drive_minutes.csv", drop_column("FA_ODENSE")),
        "sites.csv",
        4,
        "site_id",
        "network.ambulatories",
    ),
    "nobody reaches it": (
        rows("drive_minutes.csv", lambda t: t[1].__setitem__(slice(1, None), ["no way"] * 25)),
        "municipalities.csv",
        2,
        "code",
        "reached",
    ),
    "a region without candidates": (
        rows("sites.csv", lambda t: t.__setitem__(slice(1, None), [r for r in t[1:] if r[3] != "1081"])),
        "municipalities.csv",
        None,
        "region_code",
        "Region Nordjylland",
    ),
    "an empty table": (write("municipalities.csv", ""), "municipalities.csv", None, "", "empty"),
    "a header alone": (write("sites.csv", "site_id,name\n"), "sites.csv", None, "", "empty"),
    "a short row": (rows("sites.csv", lambda t: t[4].pop()), "sites.csv", 5, "", "as many cells"),
    "a link to nowhere": (cell("links.csv", 5, "to", "jNowhere"), "links.csv", 5, "to", "jNowhere"),
    "a negative link": (cell("links.csv", 5, "minutes", "-3"), "links.csv", 5, "minutes", "negative"),
    "not GeoJSON": (write("land.geojson", "{}"), "land.geojson", None, "", "GeoJSON"),
    "misspelt key": (
        toml("women_per_year =", "woman_per_year ="),
        "case.toml",
        14,
        "demand.woman_per_year",
        "women_per_year",
    ),
    "misspelt section": (toml("[finance]", "[finanse]"), "case.toml", line("[finance]"), "finanse", "finance"),
    "misspelt rule": (toml("\nvolume =", "\nvolum ="), "case.toml", None, "rules.volum", "volume"),
    "key in the wrong section": (
        toml("\nvolume =", "\nmean_days = 3\nvolume ="),
        "case.toml",
        None,
        "mean_days",
        "stay.mean_days",
    ),
    "not TOML": (toml("units = [1, 6]", "units = [1, 6"), "case.toml", None, "", "TOML"),
    "text for a rule": (toml("volume = 8", 'volume = "eight"'), "case.toml", None, "rules.volume", "number"),
    "units upside down": (toml("units = [1, 6]", "units = [6, 1]"), "case.toml", None, "rules.units", "whole numbers"),
    "share above one": (toml("share = 0.8", "share = 80"), "case.toml", None, "rules.region_access", "between 0 and 1"),
    "unknown kind of promise": (toml('kind = "loss"', 'kind = "lose"'), "case.toml", None, "promise.kind", "loss"),
    "negative price": (
        toml("day_rate_dkk = 4_800", "day_rate_dkk = -1"),
        "case.toml",
        None,
        "finance.day_rate_dkk",
        "negative",
    ),
    "interest in per cent": (toml("interest = 0.03", "interest = 3"), "case.toml", None, "finance.interest", "below 1"),
    "no stay": (toml("mean_days = 180", "mean_days = 0"), "case.toml", None, "stay.mean_days", "above zero"),
    "sizes upside down": (toml("smallest = 4", "smallest = 61"), "case.toml", None, "sizes", "smallest"),
    "no women": (toml("women_per_year = 90", "women_per_year = 0"), "case.toml", None, "women_per_year", "above zero"),
    "women in words": (
        toml("women_per_year = 90", 'women_per_year = "90"'),
        "case.toml",
        14,
        "women_per_year",
        "number",
    ),
    "unknown weight": (
        toml("children_0_5_2026", "children_2026"),
        "case.toml",
        line("weight ="),
        "demand.weight",
        "children_0_5_2026",
    ),
    "unknown region column": (toml('"region_code"', '"regions"'), "case.toml", None, "network.regions", "region"),
    "unknown ambulatory": (toml('"FA_ODENSE"', '"FA_ODENS"'), "case.toml", None, "network.ambulatories", "FA_ODENS"),
    "unknown site to keep": (toml("keep = []", 'keep = ["H_X"]'), "case.toml", None, "rules.keep", "H_X"),
    "unknown travel file": (
        toml('"drive_minutes.csv"', '"drive_minute.csv"'),
        "drive_minute.csv",
        None,
        "",
        "drive_minutes.csv",
    ),
    "a range upside down": (toml("[80, 100]", "[100, 80]"), "case.toml", None, "ranges", "low, high"),
    "a range of nothing": (
        toml('"stay.mean_days" =', '"stay.days" ='),
        "case.toml",
        line('"stay.mean_days" ='),
        "ranges.stay.days",
        "mean_days",
    ),
    "aversion": (
        toml("fair_aversion = 1.0", "fair_aversion = 0"),
        "case.toml",
        line("fair_aversion"),
        "fair_aversion",
        "above 0",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_where_it_is(name: str, tmp_path: Path) -> None:
    change, file, row, column, said = FAULTS[name]
    case = copy_of_denmark(tmp_path)
    change(case)
    findings = check_case(case)
    assert findings, "the fault was not found"
    for finding in findings:
        assert finding.rule
        assert finding.remedy
    hits = [
        f
        for f in findings
        if f.table in (file, file.removesuffix(".toml"), "objective")
        and (row is None or f.row == row)
        and column in (f.column or "")
        and said in str(f)
    ]
    assert hits, "\n".join(map(str, findings))


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    together = ("negative number", "region of a site", "negative minutes", "misspelt rule", "interest in per cent")
    for name in together:
        FAULTS[name][0](case)
    said = "\n".join(map(str, check_case(case)))
    for name in together:
        assert FAULTS[name][4] in said, name


def test_a_fault_is_told_with_row_value_and_remedy(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    FAULTS["negative number"][0](case)
    (finding,) = check_case(case)
    assert str(finding) == (
        "municipalities.csv row 3, children_0_5_2026 (0147): the number is not negative (got '-104'). "
        "Correct the number."
    )


def test_a_column_of_faults_is_counted_not_listed_without_end(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)

    def blank(table: Rows) -> None:
        for row in table[1:]:
            row[table[0].index("FA_ODENSE")] = "?"

    edit_rows(case / "drive_minutes.csv", blank)
    findings = check_case(case)
    assert len(findings) == 26
    assert "73 more cells" in findings[-1].rule


def test_no_folder() -> None:
    (finding,) = check_case("no-such-folder")
    assert "capacity new" in finding.remedy


def test_a_region_may_be_meant_to_have_no_site(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    FAULTS["a region without candidates"][0](case)
    edit_text(case / "case.toml", '"FA_AALBORG", ', "")
    edit_text(
        case / "case.toml", 'regions = "region_code"', 'regions_without_sites = ["1081"]\nregions = "region_code"'
    )
    edit_rows(
        case / "drive_minutes.csv", lambda t: [drop_column(s)(t) for s in ("FA_AALBORG", "H_HJOERRING", "H_THISTED")]
    )
    links = (case / "links.csv").read_text(encoding="utf-8").splitlines()
    gone = ("FA_AALBORG", "H_HJOERRING", "H_THISTED")
    kept = [line for line in links if not any(s in line for s in gone)]
    (case / "links.csv").write_text("\n".join(kept), encoding="utf-8")
    assert check_case(case) == ()


SMALL: dict[str, tuple[dict[str, str], str]] = {
    "minutes to the ambulatory lack a site": ({"near__csv": "site_id,x\nx,0\n"}, "y"),
    "minutes to the ambulatory are text": ({"near__csv": "site_id,x\nx,0\ny,far\n"}, "number"),
    "minutes to an ambulatory unknown": ({"near__csv": "site_id,z\nx,0\ny,3\n"}, "ambulatory"),
    "a site smaller than its smallest": (
        {"sites__csv": "site_id,name,municipality_code,smallest,largest\nx,X,A,9,3\ny,Y,C,,\n"},
        "smallest",
    ),
    "half a bed": ({"sites__csv": "site_id,name,municipality_code,smallest\nx,X,A,1.5\ny,Y,C,\n"}, "whole number"),
    "a site of no region": ({"sites__csv": "site_id,name,municipality_code\nx,X,A\ny,Y,\n"}, "belongs to a region"),
    "a site of an unknown region": ({"sites__csv": "site_id,name,land\nx,X,N\ny,Y,Q\n"}, "Q"),
    "a point off the roads": ({"links__csv": "from,to,minutes\nA,x,2\nA,B,30\nB,y,25\n"}, "'C'"),
    "weights of zero": ({"municipalities__csv": "code,name,land,people\nA,A,N,0\nB,B,N,0\nC,C,S,0\n"}, "above zero"),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_fault_of_a_small_case(name: str, tmp_path: Path) -> None:
    files, said = SMALL[name]
    case = small_case(tmp_path / "small", **files)
    if "near__csv" in files:
        edit_text(case / "case.toml", '"links.csv"', '"links.csv"\nto_ambulatory = "near.csv"')
    findings = check_case(case)
    assert any(said in str(f) for f in findings), "\n".join(map(str, findings))


COUNTS = {
    "an unknown municipality": ("code,year,residential\nQ,2019,1\n", "Q"),
    "twice in a year": ("code,year,residential\nA,2019,1\nA,2019,2\n", "once a year"),
    "nobody": ("code,year,residential\nA,2019,0\n", "somebody"),
    "no counts": ("code,year\nA,2019\n", "residential"),
    "negative": ("code,year,residential\nA,2019,-1\n", "negative"),
    "half a woman": ("code,year,residential\nA,2019,1.5\n", "whole number"),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_fault_of_own_counts(name: str, tmp_path: Path) -> None:
    text, said = COUNTS[name]
    case = small_case(tmp_path / "small", counts__csv=text)
    edit_text(case / "case.toml", 'weight = "people"', 'weight = "people"\ncounts = "counts.csv"')
    findings = check_case(case)
    assert any(said in str(f) for f in findings), "\n".join(map(str, findings))


def test_a_data_error_survives_a_pickle() -> None:
    import pickle

    error = DataError([Finding(table="t", row=2, column="c", value="v", rule="r", remedy="m")])
    again = pickle.loads(pickle.dumps(error))
    assert again.findings == error.findings
    assert str(again) == "t row 2, c: r (got 'v'). m"


def test_read_case_raises_what_check_case_lists(tmp_path: Path) -> None:
    case = small_case(tmp_path / "small", municipalities__csv="code,name,land,people\n")
    with pytest.raises(DataError) as caught:
        read_case(case)
    assert caught.value.findings == check_case(case)
