"""Cases as files: the built-in one, a small one, and what Excel makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import capacity as cap
from capacity.problem.routes import by_dijkstra, by_hand, fastest
from capacity.read import builtin_folder, check_case, new_case, read_case
from tests.cases import copy_of_denmark, edit_rows, edit_text, set_cell, small_case


@pytest.fixture(scope="module")
def denmark() -> cap.Problem:
    return cap.denmark()


def test_the_built_in_case_says_what_the_documents_say(denmark: cap.Problem) -> None:
    net = denmark.network
    assert (len(net.point_ids), len(net.site_ids), len(net.regions)) == (98, 25, 5)
    assert net.ambulatories == ("FA_AALBORG", "FA_AARHUS", "FA_ODENSE", "FA_HOLBAEK", "FA_HVIDOVRE")
    assert denmark.scenarios.women_per_year == pytest.approx(90)
    children = np.array(net.point_columns["children_0_5_2026"])
    assert children.sum() == 363_307
    assert denmark.expected_women == pytest.approx(90 * children / 363_307)
    assert np.array(net.point_columns["pop_2026"]).sum() == 6_025_511
    assert net.region_names["1084"] == "Region Hovedstaden"
    assert denmark.get("rules.units") == [1, 6]
    assert denmark.get("rules.region_access") == {"share": 0.8, "minutes": 90}
    assert denmark.finance.day_rate_dkk == 4_800
    assert denmark.ranges["demand.women_per_year"] == (80, 100)


def test_every_setting_of_the_built_in_case_has_a_source(denmark: cap.Problem) -> None:
    from capacity.problem.settings import keys

    silent = {"rules.served", "rules.open_only", "rules.one_size", "rules.promise"}
    without = [k for k in keys() if not denmark.sources.get(k) and k not in silent]
    assert without == []


def test_the_default_plan_is_the_known_one(denmark: cap.Problem) -> None:
    plan = cap.solve(denmark)
    assert dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True)) == {
        "FA_AALBORG": 16,
        "FA_HVIDOVRE": 26,
        "FA_ODENSE": 18,
    }
    assert plan.objective == pytest.approx(3654.166138)
    assert plan.status == "optimal"
    assert plan.certificate == "All 1,485 sets of sites were valued; none is better."


def test_the_model_agrees_on_the_default_case(denmark: cap.Problem) -> None:
    plan = cap.solve(denmark, engine="mip")
    assert plan.site_ids == ("FA_AALBORG", "FA_HVIDOVRE", "FA_ODENSE")
    assert plan.objective == pytest.approx(3654.166138)


def test_springbraettet_is_left_out_aloud(denmark: cap.Problem) -> None:
    assert "R_SPRINGBRAETTET" not in denmark.network.site_ids
    (notice,) = denmark.notices
    assert "Springbrættet" in notice
    assert "R_SPRINGBRAETTET" in notice


def test_springbraettet_may_be_added(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    sites = (case / "sites.csv").read_text(encoding="utf-8")
    line = next(x for x in sites.splitlines() if x.startswith("R_SPRING"))
    row = sites.splitlines().index(line) + 1
    for column, value in (("lon", "9.5"), ("lat", "55.5"), ("municipality_code", "0621")):
        edit_rows(case / "sites.csv", set_cell(row, column, value))
    # Without travel times it is still left out; with them it is a candidate.
    assert "travel times" in read_case(case).notices[0]

    def add_column(rows: list[list[str]]) -> None:
        for k, cells in enumerate(rows):
            cells.append("R_SPRINGBRAETTET" if k == 0 else "99")

    edit_rows(case / "drive_minutes.csv", add_column)
    problem = read_case(case)
    assert "R_SPRINGBRAETTET" in problem.network.site_ids
    assert not problem.notices


def test_the_travel_matrix_recomputes_from_the_road_links(denmark: cap.Problem) -> None:
    links = cap.denmark({"travel.source": "links.csv"})
    assert np.abs(links.minutes - denmark.minutes).max() <= 0.7 + 1e-9
    assert links.travel.modelled
    assert links.travel.source == "links.csv"


def test_routes_do_not_run_through_sites() -> None:
    links = [("A", "s", 1.0), ("s", "B", 1.0), ("A", "B", 10.0)]
    open_road = cap.TravelMatrix.from_links(links, ["A"], ["B"])
    closed = cap.TravelMatrix.from_links(links, ["A"], ["B"], closed=["s"])
    assert (open_road.values[0, 0], closed.values[0, 0]) == (2, 10)
    from_site = cap.TravelMatrix.from_links(links, ["s"], ["A", "B", "s"], closed=["s"])
    assert from_site.values.tolist() == [[1, 1, 0]]


@pytest.mark.parametrize("seed", range(20))
def test_small_and_large_networks_have_the_same_ways_to_the_last_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(1, 40))
    pairs = np.array(sorted({(int(a), int(b)) for a, b in rng.integers(0, nodes, (4 * nodes, 2))}))
    tails, heads = rng.permutation(pairs if seed else pairs[:0].reshape(0, 2)).T
    lengths = np.maximum(rng.random(len(tails)) if seed % 2 else rng.integers(0, 3, len(tails)) * 1.0, 1e-12)
    starts = [int(k) for k in rng.integers(0, nodes, 5)]
    found = by_hand(tails, heads, lengths, nodes, starts)
    assert found.tolist() == by_dijkstra(tails, heads, lengths, nodes, starts).tolist()
    assert found.tolist() == fastest(tails, heads, lengths, nodes, starts).tolist()


def test_a_large_network_is_left_to_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    links = [("A", "B", 1.0), ("B", "C", 2.0)]
    small = cap.TravelMatrix.from_links(links, ["A", "B"], ["C", "D"]).values
    monkeypatch.setattr("capacity.problem.routes.FEW", 0)
    monkeypatch.setattr("capacity.problem.routes.by_hand", None)
    assert cap.TravelMatrix.from_links(links, ["A", "B"], ["C", "D"]).values.tolist() == small.tolist()
    assert small.tolist() == [[3, np.inf], [2, np.inf]]


def test_minutes_to_the_ambulatory_come_from_the_links(denmark: cap.Problem) -> None:
    at = dict(zip(denmark.network.site_ids, denmark.ambulatory_minutes, strict=True))
    assert at["FA_ODENSE"] == 0
    assert at["R_BETHESDA"] == pytest.approx(12.3, abs=0.05)
    assert at["FA_ROSKILDE"] == pytest.approx(22.3, abs=0.05)
    assert sum(minutes <= 30 for minutes in at.values()) == 11
    of = dict(zip(denmark.network.site_ids, denmark.ambulatory_of, strict=True))
    assert of["R_BETHESDA"] == "FA_AARHUS"


@pytest.mark.parametrize(("column", "count"), [("region_2027_code", 4), ("health_council_2027", 17)])
def test_regions_change_with_one_setting(denmark: cap.Problem, column: str, count: int) -> None:
    read = cap.denmark({"network.regions": column})
    changed = denmark.set("network.regions", column)
    assert len(read.network.regions) == len(changed.network.regions) == count
    assert read.network.site_regions == changed.network.site_regions
    assert read.network.region_names == changed.network.region_names


def test_a_setting_changed_by_hand_on_the_file_and_in_memory_is_the_same(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    edit_text(case / "case.toml", "women_per_year = 90 ", "women_per_year = 70 ")
    edit_text(case / "case.toml", "volume = 8 ", "volume = 6 ")
    by_hand = read_case(case)
    by_settings = cap.denmark({"demand.women_per_year": 70, "rules.volume": 6})
    in_memory = cap.denmark().set("demand.women_per_year", 70).set("rules.volume", 6)
    assert by_hand.fingerprint == by_settings.fingerprint
    assert in_memory.women == pytest.approx(by_hand.women)
    assert by_settings.sources["rules.volume"] == "set for this run"
    assert cap.solve(in_memory).site_ids == cap.solve(by_hand).site_ids


def test_a_case_is_read_by_its_file_too(tmp_path: Path) -> None:
    case = small_case(tmp_path / "small")
    assert read_case(case / "case.toml").fingerprint == read_case(case).fingerprint


def test_a_small_case_without_coordinates(tmp_path: Path) -> None:
    problem = read_case(small_case(tmp_path / "small"))
    assert problem.minutes.tolist() == [[2, 55], [32, 25], [72, 3]]
    assert problem.expected_women == pytest.approx([5, 10, 15])
    assert problem.ambulatory_minutes.tolist() == [0, 57]
    assert problem.sources["demand.women_per_year"] == "assumption"
    # A unit at y would save C 12 minutes a trip and, as the nearest, cost B 50: the trips to x weigh.
    plan = cap.solve(problem)
    assert plan.site_ids == ("x",)
    assert cap.solve(problem.set("travel.ambulatory_trips_per_week", 0)).site_ids == ("x", "y")
    assert plan.check() == ()


def test_excels_semicolons_decimal_commas_and_windows_letters_are_read_and_said(tmp_path: Path) -> None:
    case = copy_of_denmark(tmp_path)
    for name in ("municipalities.csv", "drive_minutes.csv", "links.csv"):
        lines = []
        import csv

        with (case / name).open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                lines.append(";".join(c.replace(".", ",") if _number(c) else c for c in row))
        (case / name).write_bytes("\r\n".join(lines).encode("cp1252"))
    problem = read_case(case)
    assert problem.minutes.tolist() == cap.denmark().minutes.tolist()
    assert problem.network.point_names == cap.denmark().network.point_names
    said = " ".join(problem.notices)
    assert "semicolons" in said
    assert "Windows-1252" in said


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_byte_order_mark_tabs_and_utf16_are_read(tmp_path: Path) -> None:
    case = small_case(tmp_path / "small")
    text = (case / "municipalities.csv").read_text(encoding="utf-8")
    (case / "municipalities.csv").write_text(text, encoding="utf-8-sig")
    (case / "sites.csv").write_text(
        (case / "sites.csv").read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-16"
    )
    assert read_case(case).network.site_names == ("Unit x", "Unit y")


def test_danish_thousands_are_numbers_where_the_comma_is_decimal(tmp_path: Path) -> None:
    case = small_case(
        tmp_path / "small", municipalities__csv="code;name;land;people\nA;Alby;N;1.000,5\nB;Broby;N;2 000\nC;C;S;-\n"
    )
    (fault,) = check_case(case)
    assert (fault.row, fault.value) == (4, "-")
    edit_text(case / "municipalities.csv", ";-", ";3000")
    assert read_case(case).network.point_columns["people"] == (1000.5, 2000, 3000)


def test_a_new_case_is_a_whole_copy_that_can_be_changed(tmp_path: Path) -> None:
    case = new_case(tmp_path / "mine")
    assert read_case(case).fingerprint == cap.denmark().fingerprint
    assert {p.name for p in builtin_folder().iterdir()} == {p.name for p in case.iterdir()}
    with pytest.raises(cap.DataError, match="empty or a new folder"):
        new_case(case)


def test_a_table_of_minutes_to_the_ambulatory_takes_the_place_of_links(tmp_path: Path) -> None:
    case = small_case(
        tmp_path / "small", minutes__csv="code,x,y\nA,2,55\nB,32,no way\nC,72,3\n", near__csv="site_id,x\nx,0\ny,40\n"
    )
    (case / "links.csv").unlink()
    edit_text(case / "case.toml", 'source = "links.csv"', 'source = "minutes.csv"')
    (fault,) = check_case(case)
    assert "to_ambulatory" in fault.remedy
    edit_text(case / "case.toml", 'source = "minutes.csv"', 'source = "minutes.csv"\nto_ambulatory = "near.csv"')
    problem = read_case(case)
    assert problem.ambulatory_minutes.tolist() == [0, 40]
    assert not problem.travel.modelled
    assert np.isinf(problem.minutes[1, 1])


def test_a_table_of_km_keeps_its_unit(tmp_path: Path) -> None:
    case = small_case(tmp_path / "small", km__csv="code,x,y\nA,2,55\nB,32,25\nC,72,3\n")
    edit_text(case / "case.toml", 'source = "links.csv"', 'source = "km.csv"\nunit = "km"')
    problem = read_case(case)
    assert problem.travel.unit == "km"
    assert "km" in problem.notices[0]


def test_ranges_may_be_dotted(tmp_path: Path) -> None:
    case = small_case(tmp_path / "small")
    with (case / "case.toml").open("a", encoding="utf-8") as file:
        file.write("[ranges]\ndemand.women_per_year = [20, 40]\n")
    assert read_case(case).ranges == {"demand.women_per_year": (20, 40)}
