"""Minutes by public transport: six stops and three lines by hand, and every journey of small made-up days tried."""

from __future__ import annotations

import itertools
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from capacity import DataError
from capacity.cli.main import group
from capacity.preparing.graph import EARTH_KM
from capacity.preparing.timetable import Asked, Connection, OnFoot, Timetable, profiles, read_timetable
from tests.small_map import CASE, map_case

TUESDAY = date(2026, 12, 1)
DEGREE = EARTH_KM * np.pi / 180
QUICK = OnFoot(kmh=6, detour=1, to_stop_km=0.5, between_km=0.2, change_seconds=120)
CLOCK = 3600

STOPS = "stop_id,stop_name,stop_lat,stop_lon\n" + "\n".join(
    f"{name},{name},0,{x / DEGREE}" for name, x in {"A": 0, "B": 10, "B2": 10.1, "C": 20, "D": 30, "E": 40}.items()
)
# A-B every day; B2-C-D on weekdays; a night line D-E past midnight.
TRIPS = "route_id,service_id,trip_id\nr,daily,ab1\nr,daily,ab2\nr,week,bd1\nr,week,bd2\nr,daily,night\n"
TIMES = """trip_id,arrival_time,departure_time,stop_id,stop_sequence
ab1,08:00:00,08:00:00,A,1
ab1,08:10:00,08:10:00,B,2
ab2,08:30:00,08:30:00,A,1
ab2,08:40:00,08:40:00,B,2
bd1,08:13:00,08:13:00,B2,1
bd1,08:25:00,08:26:00,C,5
bd1,08:40:00,08:40:00,D,9
bd2,08:45:00,08:45:00,B2,1
bd2,,,C,5
bd2,09:10:00,09:10:00,D,9
night,24:10:00,24:10:00,D,1
night,24:30:00,24:30:00,E,2
"""
CALENDAR = """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20260101,20271231
week,1,1,1,1,1,0,0,20260101,20271231
"""
FEED = {"stops.txt": STOPS, "trips.txt": TRIPS, "stop_times.txt": TIMES, "calendar.txt": CALENDAR}


def feed(path: Path, files: Mapping[str, str] = FEED) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def minutes(path: Path, start: float, end: float, first: str, last: str, day: date = TUESDAY) -> tuple[float, float]:
    asked = Asked(feed=path, day=day, first=first, last=last, foot=QUICK)
    got = asked.scan(np.array([[start / DEGREE, 0.0]]), np.array([[end / DEGREE, 0.0]]))
    return float(got.median[0, 0]), float(got.most[0, 0])


def test_earliest_arrivals_by_hand(tmp_path: Path) -> None:
    path = feed(tmp_path / "f.zip")
    # 07:50 at A's own stop: the 08:00, at B 08:10, 100 m to B2 in two minutes (a change's least), the 08:13, at D 08:40.
    assert minutes(path, 0, 30, "07:50", "07:51")[1] == pytest.approx(50)
    # From 300 m away (three minutes) one must leave by 07:57; a minute later it is the 08:30 and D at 09:10.
    assert minutes(path, 0.3, 30, "07:56", "07:57") == pytest.approx((43, 44))
    assert minutes(path, 0.3, 30, "07:58", "07:59")[1] == pytest.approx(72)
    # Half and 80 % of 07:56, 57, 58, 59, 08:00: 44, 43, 72, 71, 70 minutes.
    assert minutes(path, 0.3, 30, "07:56", "08:00") == pytest.approx((70, 71))
    # A stop without times is passed by; one is left on foot to a site 200 m away.
    assert minutes(path, 0, 20.2, "08:00", "08:01")[0] == pytest.approx(27)


def test_a_weekend_an_exception_and_past_midnight(tmp_path: Path) -> None:
    path = feed(tmp_path / "f.zip")
    saturday = date(2026, 12, 5)
    assert np.isinf(minutes(path, 0, 30, "07:50", "07:51", saturday)[0])
    off = "service_id,date,exception_type\nweek,20261201,2\nweek,20261205,1\n"
    other = feed(tmp_path / "g.zip", {**FEED, "calendar_dates.txt": off})
    assert np.isinf(minutes(other, 0, 30, "07:50", "07:51")[0])
    assert minutes(other, 0, 30, "07:50", "07:51", saturday)[1] == pytest.approx(50)
    # The night line of the evening before is this morning's, and tonight's is there before midnight too.
    assert minutes(path, 30, 40, "00:05", "00:06")[1] == pytest.approx(25)
    assert minutes(path, 30, 40, "23:59", "24:00")[1] == pytest.approx(31)


def test_too_short_a_change_is_missed_and_a_feed_may_forbid_or_lengthen_one(tmp_path: Path) -> None:
    slow = {**FEED, "transfers.txt": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nB,B2,2,240\n"}
    # Four minutes from B to B2: the 08:13 is missed.
    assert minutes(feed(tmp_path / "s.zip", slow), 0, 30, "07:59", "08:00")[0] == pytest.approx(70)
    none = {**FEED, "transfers.txt": "from_stop_id,to_stop_id,transfer_type\nB,B2,3\n"}
    assert np.isinf(minutes(feed(tmp_path / "n.zip", none), 0, 30, "07:59", "08:00")[0])


def test_every_ten_minutes(tmp_path: Path) -> None:
    often = {**FEED, "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nab1,06:00:00,07:00:00,600\n"}
    path = feed(tmp_path / "f.zip", often)
    assert minutes(path, 0, 10, "06:01", "06:02")[1] == pytest.approx(19)
    assert minutes(path, 0, 10, "06:51", "06:52")[0] == pytest.approx(108)  # the 08:30 is next: the last left at 06:50


def test_who_is_near_walks(tmp_path: Path) -> None:
    assert minutes(feed(tmp_path / "f.zip"), 0, 0.4, "07:00", "08:00") == pytest.approx((4, 4))


@pytest.mark.parametrize("seed", range(20))
def test_no_journey_of_a_small_day_is_quicker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    connections: list[Connection] = []
    for trip in range(8):
        stops = rng.permutation(5)[: rng.integers(2, 5)]
        time = int(rng.integers(0, 40)) * 60
        for one, other in itertools.pairwise(stops.tolist()):
            ride = int(rng.integers(0, 12)) * 60
            connections.append(Connection(leaves=time, arrives=time + ride, start=one, end=other, trip=trip))
            time += ride + int(rng.integers(0, 3)) * 60
    connections.reverse()
    connections.sort(key=lambda c: (-c.leaves, -c.arrives, c.trip))
    walks = {(int(a), int(b)): float(rng.integers(2, 9) * 60) for a, b in rng.integers(0, 5, (3, 2)) if a != b}
    into: dict[int, list[tuple[int, float]]] = {}
    for (one, other), seconds in walks.items():
        into.setdefault(other, []).append((one, seconds))
    table = Timetable(
        stop_ids=tuple("ABCDE"), lonlat=np.zeros((5, 2)), connections=tuple(connections),
        on_foot={stop: tuple(each) for stop, each in into.items()}, notices=(),
    )  # fmt: skip
    finish = {4: 180.0, 2: 900.0}
    profile = profiles(table, finish, QUICK)

    def arrives(stop: int, ready: float) -> float:
        """Every journey tried: ride on, change, walk and change, or walk to the site."""
        best = np.inf
        open_ = [(c, c.arrives) for c in connections if c.start == stop and c.leaves >= ready]
        seen = set()
        while open_:
            c, time = open_.pop()
            if c in seen:
                continue
            seen.add(c)
            best = min(best, time + finish.get(c.end, np.inf))
            for d in connections:
                rides = d.trip == c.trip and d.start == c.end and d.leaves >= time
                changes = d.start == c.end and d.leaves >= time + QUICK.change_seconds
                walked = d.leaves >= time + walks.get((c.end, d.start), np.inf)
                if rides or changes or walked:
                    open_.append((d, d.arrives))
        return float(best)

    for stop in range(5):
        for ready in range(0, 3_000, 300):
            entries = [entry for entry in profile.get(stop, ()) if entry[0] >= ready]
            assert min((arrived for _, arrived in entries), default=np.inf) == arrives(stop, ready), (stop, ready)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"stops.txt": STOPS}, "has the file"),
        ({**FEED, "stops.txt": STOPS.replace("stop_lat", "latitude")}, "column is missing"),
        ({**FEED, "stops.txt": STOPS + "\nF,F,x,y"}, "has coordinates"),
        ({**FEED, "stop_times.txt": TIMES.replace("ab1,08:10:00,08:10:00", "ab1,07:10:00,07:10:00")}, "arrives after"),
        ({**FEED, "stop_times.txt": TIMES.replace(",D,9", ",X,9")}, "every call"),
        ({**FEED, "calendar.txt": CALENDAR.replace("2027", "2025").replace("20260101", "20250101")}, "runs on"),
    ],
)
def test_a_faulty_feed(tmp_path: Path, files: Mapping[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_timetable(feed(tmp_path / "f.zip", files), TUESDAY)


def test_no_feed_and_no_window(tmp_path: Path) -> None:
    (tmp_path / "f.zip").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="whole zip"):
        read_timetable(tmp_path / "f.zip", TUESDAY)
    with pytest.raises(DataError, match="a later one"):
        Asked(feed="f.zip", day=TUESDAY, first="10:00", last="07:00")


def test_beside_the_car_in_a_case(tmp_path: Path) -> None:
    pytest.importorskip("osmium")
    from tests.test_roads import SIXTY, extract, km

    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "municipalities.csv").write_text(f"code,name,region_code,lon,lat,n\nA,A,R,0,0,5\nC,C,R,{km(20)},0,5\n")
    (folder / "sites.csv").write_text(f"site_id,name,municipality_code,lon,lat\nSD,D,C,{km(30)},0\n")
    (folder / "case.toml").write_text('[demand]\nwomen_per_year = 9\nweight = "n"\n[stay]\nmean_days = 60\n')
    roads = extract(tmp_path / "r.osm.pbf", {1: (0, 0), 2: (30, 0)}, [([1, 2], SIXTY)])
    given = [
        "travel",
        str(roads),
        str(folder),
        "-o",
        str(folder / "drive_minutes.csv"),
        "--gtfs",
        str(feed(tmp_path / "f.zip")),
    ]
    done = CliRunner().invoke(group, given)
    assert done.exit_code == 2
    done = CliRunner().invoke(group, [*given, "--date", "2026-12-01", "--from", "07:50", "--to", "07:51", "--json"])
    assert done.exit_code == 0, done.output
    assert (folder / "drive_minutes.csv").read_text().splitlines()[1] == "A,30"
    assert (folder / "drive_minutes_transit_80.csv").read_text().splitlines()[:2] == ["code,SD", "A,50"]
    assert json.loads((folder / "travel.json").read_text())["timetable"]["date"] == "2026-12-01"
    assert json.loads(done.stdout)["comparison"] is None


def test_a_site_more_where_families_have_no_car(tmp_path: Path) -> None:
    folder = map_case(
        tmp_path / "case",
        case__toml=CASE.replace("[rules]", 'transit = "bus.csv"\nwithout_car = 0.4\n[rules]')
        .replace('["x"]', "[]")
        .replace('to_ambulatory = "near.csv"', ""),
        municipalities__csv="code,name,land,people,lon,lat\n"
        + "".join(f"{i},{i}by,N,1000,{x / DEGREE},0\n" for i, x in {"A": 0, "B": 10, "D": 30}.items()),
        sites__csv=f"site_id,name,municipality_code,lon,lat\nx,Unit x,A,0.001,0\ny,Unit y,D,{30 / DEGREE},0\n",
        minutes__csv="code,x,y\nA,1,30\nB,10,20\nD,30,1\n",
        bus__csv="code,x,y\nA,1,90\nB,30,60\nD,90,1\n",
        links__csv=f"from,to,minutes\nA,{'B'},10\nB,D,20\n",
        nodes__csv="node,lon,lat\n" + "".join(f"{i},{x / DEGREE},0\n" for i, x in {"A": 0, "B": 10, "D": 30}.items()),
    )
    given = ["add-site", str(folder), "--name", "Mid", "--lat", "0", "--lon", str(20 / DEGREE)]
    refused = CliRunner().invoke(group, given)
    assert isinstance(refused.exception, DataError) and "without a car" in str(refused.exception)
    asked = ["--gtfs", str(feed(tmp_path / "f.zip")), "--date", "2026-12-01", "--from", "07:58", "--to", "08:00"]
    done = CliRunner().invoke(group, [*given, *asked])
    assert done.exit_code == 0, done.output
    # Half leave by 7.59 for the bus at C at 8.25; from B one waits at B2 until 8.13; from D no bus goes back.
    head, *rows = (folder / "bus.csv").read_text(encoding="utf-8").splitlines()
    assert head == "code,x,y,MID" and [row.rpartition(",")[2] for row in rows] == ["26", "26", "no way"]
    assert CliRunner().invoke(group, [*given, *asked[2:]]).exit_code == 2
    (folder / "case.toml").write_text(
        (folder / "case.toml").read_text().replace("transit =", 'places = "p.csv"\ntransit =')
    )
    places = CliRunner().invoke(group, [*given, "--id", "M2", *asked])
    assert isinstance(places.exception, DataError) and "each place of a municipality" in str(places.exception)
