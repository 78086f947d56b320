"""Small counts of a planner's own tables never leave the library: every small table, tried.

What leaves follows from `Known` alone. A count is determined where all tables that would show the same
have the same number in that cell; no count below the limit may be. Where settings change between two
runs, the tables that would show the same in both are looked at.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity as cap
from capacity import DataError
from capacity.cli.main import run
from capacity.plan.file import tables_payload
from capacity.problem.counts import Known, nested
from capacity.problem.splitting import counted, empirical_bayes_split
from capacity.reading.observed import Observed, observed_counts
from capacity.report.payload import to_json
from capacity.studies.backtest import backtest, shown
from tests.cases import edit_text, small_case
from tests.small import towns

LIMITS = (2, 3, 4, 5, 7, 10)


def told(known: Known | None) -> Hashable:
    """All that is known, to compare."""
    return None if known is None else (known.pool.tobytes(), known.total.tobytes())


def determined(seen: Iterable[tuple[Hashable, Sequence[int]]], limit: int) -> list[tuple[int, int]]:
    """Cells below the limit, and their counts, that all tables which show the same have in common."""
    possible: dict[Hashable, list[set[int]]] = defaultdict(list)
    for key, table in seen:
        cells = possible[key] or possible[key].extend(set() for _ in table) or possible[key]
        for cell, count in zip(cells, table, strict=True):
            cell.add(count)
    return [
        (at, *values)
        for cells in possible.values()
        for at, values in enumerate(cells)
        if len(values) == 1 and min(values) < limit
    ]  # type: ignore[misc]  # one value each


def outputs(tables: Sequence[Sequence[int]], levels: Any, limits: Iterable[int]) -> dict[int, list[Hashable]]:
    rows = [np.array(table, dtype=float) for table in tables]
    return {limit: [told(Known.of(row, levels, limit)) for row in rows] for limit in limits}


def test_the_search_finds_what_can_be_subtracted() -> None:
    # A total and all counts but one: the last one is determined.
    tables = list(itertools.product(range(4), repeat=3))
    assert determined([((sum(t), t[:2]), t) for t in tables], 3)
    assert not determined([(sum(t), t) for t in tables if sum(t) >= 3], 3)
    assert determined([(sum(t), t) for t in tables], 3), "a sum of nobody"


def test_three_points_every_table_every_pair_of_limits() -> None:
    # All 1,331 tables of counts 0-10, one run and any two of six limits.
    tables = list(itertools.product(range(11), repeat=3))
    levels = nested(["NNS"], 3)
    out = outputs(tables, levels, LIMITS)
    for low, high in itertools.combinations_with_replacement(LIMITS, 2):
        assert not determined(zip(zip(out[low], out[high], strict=True), tables, strict=True), low)


@pytest.mark.parametrize("points", [4, 5])
def test_four_and_five_points_every_table_up_to_order(points: int) -> None:
    # Groups of three or more in fewer than six points are one: the order of the counts changes nothing but the order
    # of what is shown. So every table of counts 0-10 is one of these, sorted; a cell may have any count of any table.
    levels = nested(["NNSSS"[:points], "ABABA"[:points]], points)
    assert levels.tolist()[:-1] == [[0] * points] * (len(levels) - 1)
    tables = list(itertools.combinations_with_replacement(range(11), points))
    chosen = (2, 5, 8)
    out = outputs(tables, levels, chosen)
    for low, high in itertools.combinations_with_replacement(chosen, 2):
        possible: dict[Hashable, set[int]] = defaultdict(set)
        for key, table in zip(zip(out[low], out[high], strict=True), tables, strict=True):
            possible[key] |= set(table)
        alone = [key for key, values in possible.items() if len(values) == 1 and min(values) < low]
        assert not alone
        for table, key in zip(tables, out[low], strict=True):
            whole = key is None or len(np.frombuffer(key[1])) == 1  # type: ignore[index]
            assert whole or min(table) >= low


def test_two_regions_of_three_points_every_table() -> None:
    # Counts 0-4 in six points: all tables, with the counts of each region in order (the regions' points are alike).
    levels = nested(["NNNSSS"], 6)
    half = list(itertools.combinations_with_replacement(range(5), 3))
    tables = [a + b for a in half for b in half]
    out = outputs(tables, levels, (2, 3, 4))
    assert {len(np.frombuffer(k[1])) for k in out[2] if k is not None} == {1, 2, 4, 6}  # type: ignore[index]
    for low, high in itertools.combinations_with_replacement((2, 3, 4), 2):
        possible: dict[Hashable, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for key, table in zip(zip(out[low], out[high], strict=True), tables, strict=True):
            possible[key][0].update(table[:3])
            possible[key][1].update(table[3:])
        for values in possible.values():
            assert all(len(v) > 1 or min(v) >= low for v in values)
        for key, table in zip(out[low], tables, strict=True):
            pool = np.zeros(6, dtype=int) if key is None else np.frombuffer(key[0], dtype=int)  # type: ignore[index]
            assert (np.array(table)[np.bincount(pool)[pool] == 1] >= low).all()


def test_both_columns_of_counts_every_table() -> None:
    # Those in residential treatment are among those in any: a reader who sees a plan by each knows that as well.
    # Three points, any treatment 0-4, residential no more: all 3,375 tables.
    pairs = [(r, a) for a in range(5) for r in range(a + 1)]
    tables = [(*r, *a) for r, a in (zip(*t, strict=True) for t in itertools.product(pairs, repeat=3))]
    levels = nested([], 3)
    for limit in (2, 3):
        seen = []
        for table in tables:
            r, a = np.array(table[:3], dtype=float), np.array(table[3:], dtype=float)
            seen.append((told(Known.of(r, levels, limit, (a,))), told(Known.of(a, levels, limit, (r,)))))
        assert not determined(zip(seen, tables, strict=True), limit)


@st.composite
def divided(draw: st.DrawFn) -> tuple[list[list[str]], list[int]]:
    points = draw(st.integers(1, 14))
    column = st.lists(st.sampled_from("ABCD"), min_size=points, max_size=points)
    counts = st.lists(st.integers(0, 9), min_size=points, max_size=points)
    return draw(st.lists(column, max_size=3)), draw(counts)


@settings(deadline=None, max_examples=60)
@given(divided(), st.data())
def test_all_women_of_a_group_may_be_at_any_one_of_its_points(
    case: tuple[list[list[str]], list[int]], data: Any
) -> None:
    # Why nothing is determined, for any number of points, regions and runs: under every limit the same is known.
    columns, drawn = case
    counts, limits = np.array(drawn, dtype=float), sorted(data.draw(st.sets(st.integers(2, 12), min_size=1)))
    levels = nested(columns, len(counts))
    lowest = Known.of(counts, levels, limits[0])
    if lowest is None:
        return
    moved, members = counts.copy(), np.bincount(lowest.pool)
    for pool in np.flatnonzero(members > 1):
        inside = np.flatnonzero(lowest.pool == pool)
        moved[inside] = 0
        moved[data.draw(st.sampled_from(inside.tolist()))] = lowest.total[pool]
        assert lowest.total[pool] >= limits[0] and (len(inside) >= 3 or len(inside) == len(counts))
    assert (counts[members[lowest.pool] == 1] >= limits[0]).all()
    for limit in limits:
        assert told(Known.of(moved, levels, limit)) == told(Known.of(counts, levels, limit))


def test_groups_lie_within_each_other_and_are_fixed_before_counting() -> None:
    regions, councils = "AAAAAABBBBBB", "111122333444"
    levels = nested([list(councils), list(regions)], 12)
    assert levels.tolist() == nested([list(regions), list(councils)], 12).tolist()
    # 1 and 2 are put together, as 2 has two points only; 3 and 4 stand.
    assert levels.tolist() == [[0] * 12, [0] * 6 + [1] * 6, [0] * 6 + [1] * 3 + [2] * 3, list(range(12))]
    # A column that cuts across the regions joins them.
    assert nested([list(regions), list("XYXYXYXYXYXY")], 12).tolist()[1] == [0] * 12


# --- of cases --------------------------------------------------------------------------------

POINTS = """code,name,land,district,people,births,risk
A,Alby,N,P,10,3,1
B,Broby,N,P,20,4,2
C,Colding,N,Q,30,5,1
D,Dalby,S,Q,10,6,1
E,Egeby,S,R,20,7,1
F,Fjerby,S,R,30,8,3
"""
LINKS = "from,to,minutes\nA,x,2\nA,B,30\nB,C,40\nC,D,30\nD,E,20\nE,F,10\nD,y,3\n"
SITES = "site_id,name,municipality_code\nx,Unit x,A\ny,Unit y,D\n"


def six(folder: Path, counts: Sequence[int], more: str = "", points: str = POINTS) -> Path:
    rows = [f"{code},2020,{count}" for code, count in zip("ABCDEF", counts, strict=False)]
    case = small_case(
        folder,
        municipalities__csv=points,
        links__csv=LINKS,
        sites__csv=SITES,
        counts__csv="\n".join(["code,year,residential", *rows]) + "\n",
    )
    edit_text(case / "case.toml", 'weight = "people"', f'weight = "people"\ncounts = "counts.csv"\n{more}')
    return case


def everything(read: Callable[[], cap.Problem]) -> str:
    """All that a plan's file holds of a problem, or its faults, as text."""
    try:
        problem = read()
    except DataError as error:
        return str(error)
    return to_json(tables_payload(problem) | {"fingerprint": problem.fingerprint})


SETTINGS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "other regions": {"network.regions": "district", "network.regions_without_sites": ["R"]},
    "another weight": {"demand.weight": "births"},
    "a relative risk": {"demand.relative_risk": "risk"},
    "women undetected": {"demand.undetected": 2.0},
    "another figure": {"demand.women_per_year": 50},
    "another limit": {"privacy.smallest_count": 4},
    "families without a car": {"travel.transit": "transit.csv", "travel.without_car": 0.3},
    "places of a municipality": {"travel.places": "places.csv"},
    "an outpatient course": {"outpatient.dkk_per_course": 60_000, "outpatient.beyond_minutes": 60},
    "who accepts": {"travel.uptake": [[30, 1.0], [90, 0.7]]},
    "other minutes": {"travel.source": "drive.csv"},
}


def test_groups_are_the_same_whatever_the_settings(tmp_path: Path) -> None:
    case = six(tmp_path / "case", [5, 0, 3, 2, 2, 5])
    minutes = {"A": (2, 95), "B": (30, 75), "C": (70, 35), "D": (95, 3), "E": (115, 23), "F": (125, 33)}
    ways = {name: [f"{code},{x},{y}" for code, (x, y) in minutes.items()] for name in ("drive", "transit")}
    ways["transit"] = [f"{code},{2 * x},{2 * y}" for code, (x, y) in minutes.items()]
    for name, rows in ways.items():
        (case / f"{name}.csv").write_text("\n".join(["code,x,y", *rows]) + "\n", encoding="utf-8")
    places = [f"{code},{part},{x + part},{y}" for code, (x, y) in minutes.items() for part in (1, 2)]
    (case / "places.csv").write_text("\n".join(["code,weight,x,y", *places]) + "\n", encoding="utf-8")
    found = {name: cap.read_case(case, changed).split for name, changed in SETTINGS.items()}
    assert all(split is not None for split in found.values())
    assert len({told(split.known) for split in found.values() if split is not None}) == 1
    assert found["as it is"] is not None and found["as it is"].known is not None
    assert found["as it is"].known.total.tolist() == [8, 9]
    both = six(tmp_path / "both", [5, 0, 3, 2, 2, 4, 7], points=POINTS.replace("Q", "P"))
    split = cap.read_case(both).split
    assert split is not None and split.known is not None
    # P holds all of N, and Dalby of S: what no region of either column cuts is the whole. Then come the lands.
    assert split.known.total.tolist() == [8, 8]


def test_what_is_written_by_every_pair_of_settings_determines_nothing(tmp_path: Path) -> None:
    # Three points of counts 0-3, limits 2 and 3: 64 tables, everything that plan.json holds of the problem.
    points = "\n".join(POINTS.splitlines()[:4]) + "\n"
    links = "from,to,minutes\nA,x,2\nA,B,30\nB,C,40\nC,y,3\n"
    tables = list(itertools.product(range(4), repeat=3))
    changes: dict[str, dict[str, Any]] = {
        "3": {},
        "2": {"privacy.smallest_count": 2},
        "births": {"demand.weight": "births"},
    }
    said: dict[str, list[str]] = {name: [] for name in changes}
    case = six(tmp_path / "case", [], "[privacy]\nsmallest_count = 3", points)
    (case / "links.csv").write_text(links, encoding="utf-8")
    (case / "sites.csv").write_text("site_id,name,municipality_code\nx,Unit x,A\ny,Unit y,C\n", encoding="utf-8")
    for table in tables:
        rows = [f"{code},2020,{count}" for code, count in zip("ABC", table, strict=True)]
        (case / "counts.csv").write_text("\n".join(["code,year,residential", *rows]) + "\n", encoding="utf-8")
        for name in ("3", "2"):
            said[name].append(everything(partial(cap.read_case, case, changes[name])))
        said["births"].append(everything(lambda: cap.read_case(case).set("demand.weight", "births")))
    for one, other in itertools.combinations_with_replacement(changes, 2):
        seen = zip(zip(said[one], said[other], strict=True), tables, strict=True)
        assert not determined(seen, 2 if "2" in (one, other) else 3)
    assert len(set(said["3"])) > 5, "sums are told"


def test_few_women_are_refused_as_nobody_is(tmp_path: Path) -> None:
    said = []
    for counts in ([0, 0, 0, 0, 0, 0], [1, 0, 0, 3, 0, 0]):
        case = six(tmp_path / "case", counts)
        with pytest.raises(DataError, match="5 women or more in all") as caught:
            cap.read_case(case)
        said.append(str(caught.value))
    assert said[0] == said[1]
    # Another column with too few is not told apart either.
    case = six(tmp_path / "case", [])
    (case / "counts.csv").write_text("code,year,any_treatment,residential\nA,2020,9,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="5 women or more in all"):
        cap.read_case(case, {"demand.counted": "any_treatment"})


def test_a_weight_of_zero_is_a_fault_whatever_was_counted_there(tmp_path: Path) -> None:
    faults = []
    for count in (0, 1, 9):
        case = six(
            tmp_path / str(count), [count, 4, 3, 5, 5, 5], points=POINTS.replace("A,Alby,N,P,10", "A,Alby,N,P,0")
        )
        with pytest.raises(DataError, match="above zero") as caught:
            cap.read_case(case)
        faults.append(str(caught.value))
        with pytest.raises(DataError, match="above zero") as caught:
            empirical_bayes_split(list("ABC"), [count, 9, 9], [0.0, 1, 1], smallest=5)
        faults.append(str(caught.value))
    assert len(set(faults)) == 2
    split = empirical_bayes_split(list("ABCDEF"), [9] * 6, [1.0] * 6, smallest=5)
    assert split.known is not None and split.known.total.tolist() == [9] * 6


@pytest.mark.parametrize(
    "cell", ["7351x", "73,51", "-7351", "7351.5", "7 351 x", "7351,9,9", "inf7351", "7351e900", "73.51.1"]
)
def test_a_fault_of_counts_never_says_what_was_counted(
    cell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = six(tmp_path / "case", [1, 2, 3, 4, 5, 6])
    edit_text(case / "counts.csv", "C,2020,3", f"C,2020,{cell}")
    assert run(["check", str(case)]) == 2
    printed = "".join(capsys.readouterr())
    assert "counts.csv row 4" in printed
    (tmp_path / "observed.csv").write_text(f"region,what,year,count\nN,all,2020,{cell}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"observed\.csv row 2") as caught:
        observed_counts(tmp_path)
    for text in (printed, str(caught.value)):
        digits = "".join(c for c in text.replace("2020", "") if c.isdigit())
        assert "7351" not in digits


@pytest.mark.parametrize("cell", ["7351", "7 351", "\u00a07351", "7351.0", '"7351"'])
def test_what_is_read_well_is_not_said_either(cell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = six(tmp_path / "case", [1, 2, 3, 4, 5, 6])
    edit_text(case / "counts.csv", "C,2020,3", f"C,2020,{cell}")
    run(["check", str(case)])
    assert "7351" not in "".join(c for c in "".join(capsys.readouterr()) if c.isdigit())


def test_an_id_is_named_and_a_count_in_its_place_is_not(tmp_path: Path) -> None:
    case = six(tmp_path / "case", [1, 2, 3, 4, 5, 6])
    for id, named in (("0461", True), ("Q", True), ("17", False)):
        (case / "counts.csv").write_text(f"code,year,residential\n{id},2020,9\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"counts\.csv row 2, code") as caught:
            cap.read_case(case)
        assert (f"got '{id}'" in str(caught.value)) == named


def test_a_fault_in_python_names_the_point_only() -> None:
    import pandas as pd

    with pytest.raises(DataError, match="whole numbers") as caught:
        empirical_bayes_split(["A", "B"], [7.351, 2], [1, 1])
    assert "7.3" not in str(caught.value) and "A" in str(caught.value)
    table = pd.DataFrame({"code": ["A", "B"], "year": 2020, "residential": ["7351x", "2"]})
    with pytest.raises(DataError, match="the count is a number") as caught:
        counted(table, ["A", "B"])
    assert "7351" not in str(caught.value)


def test_a_limit_of_one_tells_what_it_hides(tmp_path: Path) -> None:
    case = six(tmp_path / "case", [1, 2, 3, 4, 5, 6])
    for read in (
        lambda: cap.read_case(case, {"privacy.smallest_count": 1}),
        lambda: towns().set("privacy.smallest_count", 1),
        lambda: towns().replace(smallest_count=1),
        lambda: empirical_bayes_split(["A"], [3], [1], smallest=1),
    ):
        with pytest.raises(DataError, match="0, or 2 and more"):
            read()


def test_another_column_of_the_table_decides_with(tmp_path: Path) -> None:
    case = six(tmp_path / "case", [])
    rows = [
        f"{c},2020,{a},{r},by hand" for c, a, r in zip("ABCDEF", (9, 9, 9, 5, 6, 7), (2, 0, 2, 5, 5, 5), strict=True)
    ]
    (case / "counts.csv").write_text(
        "\n".join(["code,year,any_treatment,residential,note", *rows]) + "\n", encoding="utf-8"
    )

    def read(column: str) -> Any:
        return cap.read_case(case, {"demand.counted": column}).split.known.total.tolist()  # type: ignore[union-attr]

    # In N too few were in residential treatment: the nine of each place are not told either.
    assert read("residential") == [19] and read("any_treatment") == [45]


def test_counts_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    # The columns of the demand points are written with every plan.
    points = POINTS.replace("risk", "residential")
    case = six(tmp_path / "case", [9] * 6, points=points)
    for name in ("municipalities.csv", "./municipalities.csv"):
        with pytest.raises(DataError, match="a table of their own"):
            cap.read_case(case, {"demand.counts": name})


# --- observed.csv ----------------------------------------------------------------------------


def own(*counts: int, region: str = "W", what: str = "residential", document: str = "") -> Observed:
    years = tuple(range(2020, 2020 + len(counts)))
    return Observed(region=region, what=what, years=years, counts=counts, document=document)


def test_own_observed_counts_every_table_every_pair_of_limits() -> None:
    # Two years of one region and one year of another; all 1,331 tables of counts 0-10.
    tables = list(itertools.product(range(11), repeat=3))
    problems = {limit: towns().replace(smallest_count=limit) for limit in (2, 3, 5, 8)}
    out = {
        limit: [told_rows(shown(problem, [own(a, b), own(c, region="E")])) for a, b, c in tables]
        for limit, problem in problems.items()
    }
    for low, high in itertools.combinations_with_replacement(problems, 2):
        assert not determined(zip(zip(out[low], out[high], strict=True), tables, strict=True), low)


def told_rows(rows: Iterable[Observed]) -> Hashable:
    return tuple((row.region, row.counts) for row in rows)


def test_own_rows_are_apart_from_published_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = six(tmp_path / "case", [9] * 6)
    (case / "observed.csv").write_text(
        "region,what,year,count,document\nN,all,2020,11,Our-2021\nN,all,2021,17,\nN,all,2022,3,-\nS,all,2020,19,\n",
        encoding="utf-8",
    )
    published, mixed, large = observed_counts(case)
    assert (published.counts, published.document) == ((11,), "Our-2021")
    assert (mixed.counts, mixed.document, large.counts) == ((17, 3), "", (19,))
    edit_text(case / "case.toml", 'counts = "counts.csv"\n', "")
    problem = cap.read_case(case)
    rows = backtest(problem, [published, mixed, large])
    for row in rows:
        numbers = [row[k] for k in ("counts", "total", "at_most", "at_least", "probability", "plausible")]
        assert all(n is not None for n in numbers) if row["document"] else numbers == [None] * 6
    # 3 is small: nothing of the planner's own is shown, nor how uneven the years are.
    (case / "scenarios.csv").write_text("id,women_per_year\nfew,20\nmany,40\n", encoding="utf-8")
    assert run(["robust", str(case)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "all 11" in printed and "not shown" in printed
    assert printed.count("as uneven by chance") == 1
    edit_text(case / "observed.csv", "2022,3,-", "2022,6,-")
    assert {row["total"] for row in backtest(problem, observed_counts(case))} == {11, 23, 19}
    # Beside a table of own counts the sums of both could be taken from each other.
    beside = backtest(cap.read_case(six(tmp_path / "case", [9] * 6)), observed_counts(case))
    assert {row["total"] for row in beside} == {11, None}
