"""Damaged files and nonsense: one clear sentence each, never a traceback, never binary on the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import capacity as cap
from capacity.cli.main import main
from capacity.read import check_case, read_case
from capacity.report.files import write_plan
from tests.cases import copy_of_denmark, edit_text
from tests.small import towns
from tests.small_map import CASE, SQUARE, WITHOUT_MAP, collection, faults, feature, map_case

TABLE = "code,name,land,people\nA,Alby,N,1000\nB,Broby,N,2000\nC,Colding,S,3000\n"
AND = {"sites__csv": WITHOUT_MAP["sites__csv"]}


# --- files that are no tables ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00rubbish\xff\x00", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
        (b"SQLite format 3\x00", "GeoPackage"),
        (b"\x1f\x8b\x08", "packed"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1", "Parquet"),
        (b"\n<html><table>", "web page"),
        (TABLE.replace("Alby", "Al\0by").encode(), "NUL"),
        (b"\xff\xfe" + TABLE.encode("utf-16-le") + b"x", "UTF-16"),
        (TABLE.replace("Alby", "Ã˜lby").encode(), "letters are encoded once: here 'Ã˜' stands for 'Ø'"),
        (TABLE.replace("Alby", "KÃ¸benhavn").encode(), "stands for 'ø'"),
        (b"", "empty"),
        (b"\n\n", "empty"),
    ],
)
@pytest.mark.parametrize("file", ["municipalities.csv", "sites.csv", "minutes.csv", "near.csv", "scenarios.csv"])
def test_a_file_that_is_no_table_is_one_sentence(content: bytes, said: str, file: str, tmp_path: Path) -> None:
    told = [
        one
        for one in faults(tmp_path, **{"municipalities__csv": TABLE, **AND, file.replace(".", "__"): content})
        if file in one
    ]
    assert len(told) == 1 and said in told[0] and told[0].isprintable()


@pytest.mark.parametrize("name", ["land.geojson", "case.toml", "scenarios.toml"])
def test_a_workbook_is_no_other_file_either(name: str, tmp_path: Path) -> None:
    told = faults(tmp_path, **{name.replace(".", "__"): b"PK\x03\x04\x00\xff"})
    assert any("Excel workbook" in one for one in told) and all(one.isprintable() for one in told)


def test_no_advice_leads_into_the_next_fault(tmp_path: Path) -> None:
    case = map_case(tmp_path, municipalities__csv=None, municipalities__xlsx=b"PK\x03\x04")
    (told,) = check_case(case)
    assert "municipalities.xlsx is a workbook: save its sheet" in told.remedy and "Did you mean" not in told.remedy
    for weight in ("lon", "lat", "code", "name", "land"):
        (told,) = faults(tmp_path / weight, case__toml=CASE.replace('"people"', f'"{weight}"'))[:1]
        assert "Columns of municipalities.csv: people." in told or "Did you mean 'people'" in told


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_a_table_of_any_unicode_is_read(encoding: str, tmp_path: Path) -> None:
    table = TABLE.replace("Alby", "Ølby")
    problem = read_case(map_case(tmp_path, municipalities__csv=table.encode(encoding), **AND))
    assert problem.network.point_names[0] == "Ølby"


# --- rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Alby", '"Alby'),
        ("1000", '"1000'),
        ("Broby,N", '"Broby,N'),
        ("Colding", '"Colding'),
        ("3000", '"3000'),
        ("A,Alby", '"A,Alby'),
        ("Alby", '"Al"by'),
        ("Alby,N,1000\nB", 'Alby,"N,1000\nB'),
    ],
)
def test_an_open_quote_is_refused_where_it_opens(old: str, new: str, tmp_path: Path) -> None:
    told = faults(tmp_path, municipalities__csv=TABLE.replace(old, new, 1), **AND)
    row = 2 if old.startswith(("A", "1")) else 3 if old.startswith("B") else 4
    assert len(told) == 1 and told[0].startswith(f"municipalities.csv row {row}: every quote")


def test_a_quote_closed_a_row_later_swallows_no_row(tmp_path: Path) -> None:
    swallowed = 'id,women_per_year,document\nlow,20,"letter of May\nmid,30,letter"\nhigh,60,letter\n'
    (told,) = faults(tmp_path / "a", scenarios__csv=swallowed)
    assert "scenarios.csv row 2" in told
    honest = 'id,women_per_year,document\nlow,20,"letter of May,\npage 2"\nhigh,60,"a ""word"""\n'
    named = read_case(map_case(tmp_path / "b", scenarios__csv=honest)).named
    assert [s.document for s in named] == ["letter of May, page 2", 'a "word"']


@pytest.mark.parametrize("file", ["links.csv", "observed.csv", "counts.csv"])
def test_an_open_quote_in_any_table(file: str, tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    if file == "counts.csv":
        (case / file).write_text('code,year,residential,note\n0101,2020,9,"a\n0147,2020,8,\n', encoding="utf-8")
        edit_text(case / "case.toml", '# counts = "counts.csv"', 'counts = "counts.csv"')
    elif file == "links.csv":
        edit_text(case / file, "estimate,\n", 'estimate,"\n')
        edit_text(case / "case.toml", '"drive_minutes.csv"', '"links.csv"')
    else:
        edit_text(case / file, "4,Midt-2020", '4,"Midt-2020')
    with pytest.raises(cap.DataError, match=rf"{file} row 2: every quote"):
        cap.observed_counts(case) if file == "observed.csv" else read_case(case)


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;"])
def test_the_line_that_names_the_separator_is_passed_over(line: str, tmp_path: Path) -> None:
    table = f"{line}\n" + TABLE.replace(",", ";").replace("1000", "1000,5")
    problem = read_case(map_case(tmp_path / "good", municipalities__csv=table, **AND))
    assert problem.network.point_columns["people"] == (1000.5, 2000, 3000)
    (told,) = faults(tmp_path / "bad", municipalities__csv=table.replace("2000", "many"), **AND)
    assert "municipalities.csv row 4" in told


@pytest.mark.parametrize(
    "title", ["Population", "Population, by municipality", "Population;;;", "\n\nPopulation 2026\n", "Source: a; b"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_title_above_the_header_is_one_fault(title: str, separator: str, tmp_path: Path) -> None:
    told = faults(tmp_path, municipalities__csv=f"{title}\n" + TABLE.replace(",", separator), **AND)
    assert len(told) == 1 and "first line names the columns" in told[0], told


def test_a_cell_as_long_as_a_border_is_kept(tmp_path: Path) -> None:
    border = "POLYGON ((" + ", ".join(f"12.{k:07d} 55.{k:07d}" for k in range(9_000)) + "))"
    rows = TABLE.splitlines()
    table = "\n".join([rows[0] + ",WKT", *(f'{row},"{border}"' for row in rows[1:])])
    problem = read_case(map_case(tmp_path, municipalities__csv=table, **AND))
    assert len(problem.network.point_columns["WKT"][0]) > 131_072
    assert any("WKT of municipalities.csv is kept as text" in n for n in problem.notices)


# --- case.toml ---------------------------------------------------------------------------------------

VALUES = [
    "7",
    "-1.5",
    "true",
    '""',
    '"x"',
    "[]",
    "[7]",
    "[[[]]]",
    "{}",
    "{a = 1}",
    "1979-05-27",
    "07:32:00",
    "inf",
    "nan",
    "1" + "0" * 30,
    '"' + "x" * 4_000 + '"',
    '"a\\u0000b"',
    '"../x"',
]
KEYS = [
    "case.name",
    "case.attribution",
    "files.points",
    "files.sites",
    "files.nodes",
    "files.links",
    "files.land",
    "demand.women_per_year",
    "demand.undetected",
    "demand.weight",
    "demand.relative_risk",
    "demand.counts",
    "demand.counted",
    "travel.source",
    "travel.unit",
    "travel.minutes_error",
    "travel.uptake",
    "travel.to_ambulatory",
    "travel.links_point_prefix",
    "travel.links_extra_minutes",
    "travel.visits_per_week",
    "network.ambulatories",
    "network.regions",
    "network.regions_without_sites",
    "objective.fair_aversion",
    "privacy.smallest_count",
    "ranges.a",
    'ranges."stay.mean_days"',
    "stay.mean_days",
    "sizes.smallest",
    "sizes.largest",
    "finance.interest",
    "finance.years",
    "promise.kind",
    "promise.demand_cv",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_setting_of_any_type_or_size_is_read_or_told(key: str, tmp_path: Path) -> None:
    case = map_case(tmp_path)
    section, name = key.split(".", 1)
    for value in VALUES:
        kept = [line for line in CASE.splitlines() if not line.startswith(f"{name} =")]
        at = kept.index(f"[{section}]") + 1 if f"[{section}]" in kept else len(kept)
        lines = [f"{name} = {value}"] if at < len(kept) else [f"[{section}]", f"{name} = {value}"]
        (case / "case.toml").write_text("\n".join([*kept[:at], *lines, *kept[at:]]), encoding="utf-8")
        for finding in check_case(case):
            assert finding.rule and finding.remedy and str(finding).isprintable(), (value, finding)
            assert len(str(finding)) < 2_100


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 3_000 + "]" * 3_000,
        "a = 1" + "0" * 5_000,
        "case = 7",
        "[case]\nname = 1\n[case]\nname = 2",
        "\ufeff[case]\n",
        "[case",
        "=",
        "[demand]\nwomen_per_year = 90.5.5",
        "[[demand]]\nwomen_per_year = 90",
        "[demand.women_per_year]\na = 1",
        "a.b.c = 1",
    ],
)
@pytest.mark.parametrize("name", ["case.toml", "scenarios.toml"])
def test_what_is_hardly_toml_is_told(text: str, name: str, tmp_path: Path) -> None:
    case = map_case(tmp_path, **{name.replace(".", "__"): text})
    for finding in check_case(case):
        assert finding.rule and str(finding).isprintable() and len(str(finding)) < 2_100
    if name == "scenarios.toml":
        with pytest.raises(cap.DataError):
            cap.named_scenarios(case)


def test_a_section_is_no_scenario(tmp_path: Path) -> None:
    (told,) = faults(
        tmp_path,
        scenarios__csv="id,women_per_year\nmid,30\n",
        scenarios__toml='[short]\nbase = "mid"\n[stay]\nmean_days = 120\n',
    )
    assert "stay is the name of a section of case.toml" in told and "Write stay.mean_days = ... below" in told


def test_nothing_is_meant_that_was_said(tmp_path: Path) -> None:
    case = map_case(tmp_path, case__toml=CASE + "[finance]\ninterset = 0.1\n[demand2]\nweight = 'x'\n")
    for finding in check_case(case):
        said = (finding.column or "").rsplit(".", 1)[-1]
        assert (
            f"Did you mean {said!r}" not in finding.remedy and f"Did you mean {finding.column!r}" not in finding.remedy
        )


@pytest.mark.parametrize("name", ["x" * 400, "a/b.csv", ".", "..", "municipalities.csv/x"])
def test_a_file_that_cannot_be_one_is_told(name: str, tmp_path: Path) -> None:
    for key in ("points", "sites", "land", "links"):
        told = faults(tmp_path, case__toml=CASE + f'[files]\n{key} = "{name}"\n')
        assert told, (key, name)


# --- plan.json -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("plan")
    land = collection(feature("Polygon", SQUARE))
    plan = cap.solve(read_case(map_case(folder / "case", land__geojson=land)))
    write_plan(plan, folder / "out")
    said: dict[str, Any] = json.loads((folder / "out" / "plan.json").read_text(encoding="utf-8"))
    return said


def paths(said: Any, at: tuple[Any, ...] = ()) -> Any:
    yield at
    if isinstance(said, dict):
        for key, value in said.items():
            yield from paths(value, (*at, key))
    elif isinstance(said, list) and said:
        yield from paths(said[0], (*at, 0))


def test_a_plan_damaged_inside_is_read_or_told(written: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    told = 0
    values: tuple[Any, ...] = (None, "x", [], {}, -7, [None])
    whole = json.dumps(written)
    for k, at in enumerate(paths(written)):
        if not at or at[0] not in (
            "tables",
            "units",
            "assignment",
            "objective_name",
            "record",
            "bound",
            "status",
            "certificate",
        ):
            continue
        # What stands inside the record is told as it is: one value of each place is enough.
        inside = at[0] == "record" and len(at) > 1
        for value in (values[k % len(values)],) if inside else values:
            said = json.loads(whole)
            home = said
            for key in at[:-1]:
                home = home[key]
            home[at[-1]] = value
            target.write_text(json.dumps(said), encoding="utf-8")
            try:
                cap.read_plan(target)
            except cap.CapacityError:
                told += 1
    assert told > 200


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "7", '"x"', "{}", '{"tables": null}', "[" * 100_000, "\x00", '{"tables": {"travel": 1}}']
)
def test_what_is_no_plan_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(cap.DataError, match=r"plan\.json"):
        cap.read_plan(tmp_path)


def test_a_plan_from_elsewhere_reads_no_file_here(written: dict[str, Any], tmp_path: Path) -> None:
    said = json.loads(json.dumps(written))
    said["tables"]["origin"]["land"] = "/etc/passwd"
    (tmp_path / "plan.json").write_text(json.dumps(said), encoding="utf-8")
    assert "land" not in cap.read_plan(tmp_path).problem.origin


# --- the command -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [cap.solve, cap.read_case, cap.named_scenarios, cap.observed_counts])
@pytest.mark.parametrize("given", ["case", 7, None, ["case"], "a\0b", "x" * 5_000])
def test_nonsense_from_python_is_told(call: Any, given: Any) -> None:
    with pytest.raises(cap.DataError):
        call(given)


def test_a_fault_writes_nothing_and_says_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = map_case(tmp_path / "case", minutes__csv="code,x,y\nA,0,0\nB,0,0\nC,0,0\n")
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(SystemExit) as stopped:
        main(["plan", str(case), "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "1 fault in the input. Nothing was written." in said
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_studies_refuse_what_is_no_problem_and_no_number_of_sets() -> None:
    with pytest.raises(cap.DataError, match="what is asked about is a Problem"):
        cap.explain("case")  # type: ignore[arg-type]  # wrong on purpose
    for asked in ({"k": 0}, {"k": -1}, {"k": 2.5}, {"k": True}, {"differ": 0}):
        with pytest.raises(cap.DataError, match="a whole number of at least 1"):
            cap.alternatives(towns({"nearest": True}), **asked)
