"""Mutated inputs, thousands of them: ``python -m tests.campaign_inputs --seeds 0:5000``.

Each seed draws one mutation of a small case (its files, its plan.json, or the DataFrames of the same case),
lets the library read it, and says which of these it was:

``refused``    a DataError, where there must be one (or may be one)
``accepted``   read, and what was read is what the mutation means
``wrong``      read although it must be refused, refused although it must be read, or read otherwise
``traceback``  any other exception
``hang``       longer than `LONGEST_SECONDS`
``written``    a file of the case changed, or another one appeared

All but the first two are faults of the library, and make the exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

import capacity as cap
from capacity.read import read_case
from capacity.report.files import write_plan
from capacity.report.geometry import ground_of
from tests import mutated_further
from tests.mutated_inputs import MUTATIONS, NOTED, REFUSED, SAME, TOLD, Files, Rng, damaged, files, one

LONGEST_SECONDS = 20
RIGHT = ("refused", "accepted")


class HangError(Exception):
    """A reading took too long."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one seed."""

    seed: int
    mutation: str
    kind: str
    said: str = ""


def meaning(problem: cap.Problem) -> dict[str, Any]:
    """What a problem says, whatever the order of its rows and columns."""
    net = problem.network
    point, site = dict(enumerate(net.point_ids)), dict(enumerate(net.site_ids))
    minutes = {(point[i], site[j]): float(v) for (i, j), v in np.ndenumerate(problem.minutes)}
    near = problem.ambulatory_minutes
    return {
        "points": {i: (net.point_names[k], net.point_regions[k]) for k, i in point.items()},
        "sites": {
            j: (
                net.site_names[k],
                net.site_regions[k],
                net.site_kinds[k],
                *(int(a[k]) for a in (net.site_smallest, net.site_largest, net.existing_beds)),
            )  # type: ignore[index]
            for k, j in site.items()
        },
        "places": None
        if net.point_lonlat is None
        else {i: tuple(np.round(net.point_lonlat[k], 9)) for k, i in point.items()},
        "minutes": minutes,
        "near": None if near is None else {j: float(near[k]) for k, j in site.items()},
        "women": {i: round(float(problem.expected_women[k]), 9) for k, i in point.items()},
        "settings": json.loads(
            json.dumps(
                [
                    problem.policy.settings(),
                    *map(vars, (problem.care, problem.finance, problem.sizes, problem.outpatient, problem.pathways)),
                    *map(vars, problem.payments),
                ],
                default=str,
            )
        ),
        "uptake": None if problem.uptake is None else problem.uptake.points,
        "named": {
            s.id: (s.label, s.women_per_year, s.low, s.high, s.must_hold, s.document, str(s.settings))
            for s in problem.named
        },
    }


def seen(folder: Path) -> dict[str, Any]:
    """What is read of a case's folder: the problem, the map of its land and areas, the observed counts."""
    problem = read_case(folder)
    told = set(problem.notices)
    ground = ground_of(problem)
    own = ground_of(problem, areas=folder / "areas.geojson")
    observed = cap.observed_counts(folder)
    return meaning(problem) | {
        "notices": told,
        "land": None if ground.land is None else round(ground.land.area),
        "areas": {i: round(c.area) for i, c in zip(problem.network.point_ids, own.cells, strict=True)},
        "observed": {
            (o.region, o.what, year): count for o in observed for year, count in zip(o.years, o.counts, strict=True)
        },
    }


def _meant(folder: Path) -> dict[str, Any]:
    """What is read of a case's folder, and what is told of it."""
    problem = read_case(folder)
    observed = {(o.region, o.what, o.years, o.counts) for o in cap.observed_counts(folder)}
    return meaning(problem) | {"notices": set(problem.notices), "observed": observed}


# --- DataFrames ----------------------------------------------------------------------------------

POINTS = pd.DataFrame(
    {
        "point_id": ["0101", "0102", "0203"],
        "name": ["Ølby", "Broby", "Colding"],
        "region": ["N", "N", "S"],
        "people": [1000, 2000, 3000],
        "lon": [10.01, 10.45, 10.92],
        "lat": [56.02, 56.11, 55.63],
    }
)
SITES = pd.DataFrame({"site_id": ["x", "y"], "point_id": ["0101", "0203"], "smallest": [2, 3], "largest": [20, 30]})
MINUTES = pd.DataFrame({"point_id": ["0101", "0102", "0203"], "x": [2, 31, 75], "y": [70, 52, 3]})
WOMEN = pd.DataFrame(
    {
        "scenario": ["a"] * 3 + ["b"] * 3,
        "point_id": ["0101", "0102", "0203"] * 2,
        "women": [5, 6, 7, 50, 60, 70],
        "must_hold": [True] * 3 + [False] * 3,
    }
)
Frames = dict[str, pd.DataFrame]
NUMERIC = [
    ("points", "lon"),
    ("points", "lat"),
    ("sites", "smallest"),
    ("sites", "largest"),
    ("minutes", "x"),
    ("women", "women"),
]


def frames() -> Frames:
    return {"points": POINTS.copy(), "sites": SITES.copy(), "minutes": MINUTES.copy(), "women": WOMEN.copy()}


def of_frames(given: Frames) -> dict[str, Any]:
    network = cap.Network.from_tables(given["points"], given["sites"])
    scenarios = cap.Scenarios.from_table(given["women"])
    problem = cap.Problem(network=network, scenarios=scenarios, travel=cap.TravelMatrix.from_table(given["minutes"]))
    holds = dict(zip(scenarios.ids, map(bool, scenarios.must_hold), strict=True))  # type: ignore[arg-type]
    return meaning(problem) | {"holds": holds}


def frame_other_type(given: Frames, rng: Rng) -> str:
    for name in given:
        frame = given[name]
        for column in frame.columns:
            kind = one(rng, ["object", "string", "nullable", "text", "as it is"])
            if kind == "nullable":
                given[name] = frame = frame.assign(**{column: frame[column].convert_dtypes()})
            elif kind in ("object", "string") and (
                kind == "object" or not pd.api.types.is_numeric_dtype(frame[column])
            ):
                given[name] = frame = frame.assign(**{column: frame[column].astype(kind)})
            elif kind == "text" and column != "must_hold":
                given[name] = frame = frame.assign(**{column: frame[column].map(str)})
    return SAME


def frame_order(given: Frames, rng: Rng) -> str:
    for name, frame in given.items():
        columns = [frame.columns[0], *rng.permutation(frame.columns[1:])]
        given[name] = frame.iloc[rng.permutation(len(frame))][columns]
    return SAME


def frame_no_number(given: Frames, rng: Rng) -> str:
    name, column = one(rng, NUMERIC)
    odd = one(
        rng,
        [
            "1_000",
            "1 2",
            "many",
            -7_000,
            np.inf,
            10**400,
            pd.Timestamp("2026-01-01"),
            pd.Timedelta("1h"),
            True,
            [1],
            1j,
        ],
    )
    if isinstance(odd, float) and column == "x":
        return SAME
    cells = list(given[name][column])
    cells[int(rng.integers(len(cells)))] = odd
    given[name] = given[name].assign(**{column: pd.Series(cells, index=given[name].index, dtype=object)})
    return REFUSED


def frame_nothing(given: Frames, rng: Rng) -> str:
    name, column = one(
        rng,
        [
            *((n, c) for n, c in NUMERIC if n != "sites"),
            ("points", "point_id"),
            ("points", "region"),
            ("sites", "site_id"),
            ("women", "must_hold"),
            ("women", "scenario"),
            ("minutes", "point_id"),
        ],
    )
    cells = list(given[name][column])
    cells[int(rng.integers(len(cells)))] = one(rng, [None, np.nan, pd.NA, pd.NaT, ""])
    given[name] = given[name].assign(**{column: pd.Series(cells, index=given[name].index, dtype=object)})
    return REFUSED


def frame_rows(given: Frames, rng: Rng) -> str:
    name = one(rng, given)
    frame = given[name]
    k = int(rng.integers(len(frame)))
    given[name] = pd.concat([frame, frame.iloc[k : k + 1]]) if rng.random() < 0.5 else frame.drop(index=frame.index[k])
    return REFUSED if len(given[name]) > len(frame) or name != "sites" else TOLD


def frame_columns(given: Frames, rng: Rng) -> str:
    name, old, new = one(
        rng,
        [
            ("sites", "smallest", "Smallest"),
            ("sites", "largest", "largest "),
            ("women", "must_hold", "must-hold"),
            ("points", "point_id", "id"),
            ("points", "lon", "longitude"),
            ("minutes", "x", "y_km"),
            ("points", "region", "Region"),
            ("women", "women", "Women"),
        ],
    )
    given[name] = given[name].rename(columns={old: new})
    return REFUSED


def frame_flags(given: Frames, rng: Rng) -> str:
    yes, no = one(
        rng, [("yes", "no"), ("Ja", "nej"), (1, 0), (1.0, 0.0), ("True", "False"), (np.bool_(True), np.bool_(False))]
    )
    given["women"] = given["women"].assign(must_hold=[yes if held else no for held in WOMEN["must_hold"]])
    return SAME


def frame_places(given: Frames, rng: Rng) -> str:
    frame = given["points"]
    kind = one(rng, ["geometry", "geom", "metres of a crs", "no crs", "metres", "swapped", "one swapped"])
    if kind in ("geometry", "geom", "metres of a crs", "no crs"):
        shapes = gpd.GeoDataFrame(
            frame.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(frame["lon"], frame["lat"])
        )
        if kind == "no crs":
            given["points"] = shapes
            return REFUSED
        shapes = shapes.set_crs("EPSG:4326")
        given["points"] = (
            shapes.rename_geometry("geom")
            if kind == "geom"
            else shapes.to_crs("EPSG:25832")
            if kind == "metres of a crs"
            else shapes
        )
        return SAME
    if kind == "metres":
        given["points"] = frame.assign(lon=[560_000.0] * 3, lat=[6.2e6] * 3)
    elif kind == "swapped":
        given["sites"] = given["sites"].assign(lon=[56.0, 55.6], lat=[10.0, 10.9])
    else:
        given["points"] = frame.assign(lon=[10.01, 56.11, 10.92], lat=[56.02, 10.45, 55.63])
    return REFUSED


def frame_tidy(given: Frames, rng: Rng) -> str:
    tidy = given["minutes"].melt("point_id", var_name="site_id", value_name="minutes")
    tidy = tidy.assign(km=tidy["minutes"] * 0.8).iloc[rng.permutation(len(tidy))]
    kind = one(rng, ["right", "twice", "lost"])
    given["minutes"] = (
        tidy if kind == "right" else tidy.iloc[:-1] if kind == "lost" else pd.concat([tidy, tidy.iloc[:1]])
    )
    return SAME if kind == "right" else REFUSED


FRAMES: dict[str, Callable[[Frames, Rng], str]] = {
    f"DataFrame: {name}": change
    for name, change in (
        ("other types", frame_other_type),
        ("shuffled", frame_order),
        ("no number", frame_no_number),
        ("nothing", frame_nothing),
        ("rows lost or twice", frame_rows),
        ("columns", frame_columns),
        ("yes and no", frame_flags),
        ("places", frame_places),
        ("a long table", frame_tidy),
    )
}
PLAN = "plan.json damaged inside"


# --- the campaign -----------------------------------------------------------------------------------


class Campaign:
    """One folder that every seed's case is written to, and what the right case says."""

    def __init__(self, folder: Path) -> None:
        self.case, self.plan = folder / "case", folder / "plan"
        self._write(files())
        self.right = seen(self.case)
        self.frames = of_frames(frames())
        write_plan(cap.solve(read_case(self.case)), self.plan)
        self.plan_json = (self.plan / "plan.json").read_text(encoding="utf-8")
        further = [*mutated_further.FURTHER, *(f"workbook: {name}" for name in mutated_further.IN_BOOKS)]
        self.names = [*MUTATIONS, *FRAMES, PLAN, *(f"further: {name}" for name in further)]
        self._write(mutated_further.files())
        self.further = _meant(self.case)
        self._write({"case.xlsx": mutated_further.bytes_of(mutated_further.book())})
        self.book = _meant(self.case)
        assert self.book | {"notices": set()} == self.further | {"notices": set()}

    def run(self, seed: int) -> Outcome:
        rng = np.random.default_rng([19, seed])
        name = self.names[int(rng.integers(len(self.names)))]
        if name in FRAMES:
            given = frames()
            expected = FRAMES[name](given, rng)
            return self._judged(seed, name, expected, lambda: of_frames(given), self.frames)
        if name == PLAN:
            said = damaged(json.loads(self.plan_json), rng)
            (self.plan / "plan.json").write_text(json.dumps(said), encoding="utf-8")
            return self._judged(seed, name, TOLD, lambda: {"plan": bool(cap.read_plan(self.plan))}, {})
        changed, expected, read, right = self._changed(name, rng)
        before = self._write(changed)
        outcome = self._judged(seed, name, expected, lambda: read(self.case), right)
        if self._hashes() != before:
            return Outcome(seed=seed, mutation=name, kind="written", said=str(sorted(self._hashes())))
        return outcome

    def _changed(self, name: str, rng: Rng) -> tuple[Files, str, Callable[[Path], dict[str, Any]], dict[str, Any]]:
        """A case's files with one mutation, what is expected, how it is read, and what the right one says."""
        if not name.startswith("further: "):
            changed = files()
            return changed, MUTATIONS[name](changed, rng), seen, self.right
        name = name.removeprefix("further: ")
        if name in mutated_further.FURTHER:
            changed = mutated_further.files()
            return changed, mutated_further.FURTHER[name](changed, rng), _meant, self.further
        book = mutated_further.book()
        expected = mutated_further.IN_BOOKS[name.removeprefix("workbook: ")](book, rng)
        return {"case.xlsx": mutated_further.bytes_of(book)}, expected, _meant, self.book

    def _write(self, changed: Files) -> dict[str, str]:
        self.case.mkdir(exist_ok=True)
        for path in self.case.iterdir():
            path.unlink()
        for name, content in changed.items():
            (self.case / name).write_bytes(content)
        return self._hashes()

    def _hashes(self) -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self.case.iterdir()}

    def _judged(
        self, seed: int, name: str, expected: str, read: Callable[[], dict[str, Any]], right: dict[str, Any]
    ) -> Outcome:
        def came(kind: str, said: str = "") -> Outcome:
            return Outcome(seed=seed, mutation=name, kind=kind, said=said)

        signal.signal(signal.SIGALRM, _hang)
        signal.alarm(LONGEST_SECONDS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = read()
        except cap.DataError as error:
            bad = [
                str(f)
                for f in error.findings
                if not (f.rule and f.remedy and str(f).isprintable() and len(str(f)) < 2_100)
            ]
            if bad or not error.findings:
                return came("wrong", f"a fault that says nothing: {bad[:1]}")
            return came("wrong" if expected in (SAME, NOTED) else "refused", str(error.findings[0]))
        except HangError:
            return came("hang")
        except Exception:
            return came("traceback", traceback.format_exc()[-900:])
        finally:
            signal.alarm(0)
        if expected == REFUSED:
            return came("wrong", "read although it must be refused")
        if expected == NOTED and found["notices"] <= right["notices"]:
            return came("wrong", "read and not told")
        # What was read otherwise than it stands is told, and means the same.
        differs = [key for key in right if key != "notices" and found[key] != right[key]] if expected == SAME else []
        return came("wrong", f"read otherwise: {', '.join(differs)}") if differs else came("accepted")


def _hang(*_: Any) -> None:
    raise HangError


def campaign(seeds: range) -> Iterator[Outcome]:
    """The outcome of each seed."""
    with tempfile.TemporaryDirectory() as folder:
        here = Campaign(Path(folder))
        for seed in seeds:
            yield here.run(seed)


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutated inputs: none read wrongly, no traceback.")
    parser.add_argument("--seeds", default="0:5000", help="first:last (the last is not run)")
    parser.add_argument("--show", type=int, default=20, help="how many faults to print")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition(":")
    counts: Counter[str] = Counter()
    shown = 0
    for outcome in campaign(range(int(first), int(last))):
        counts[outcome.kind] += 1
        if outcome.kind not in RIGHT and shown < asked.show:
            shown += 1
            print(f"{outcome.seed} {outcome.kind}: {outcome.mutation}\n    {outcome.said}", flush=True)
    print(", ".join(f"{kind} {counts[kind]}" for kind in (*RIGHT, "wrong", "traceback", "hang", "written")))
    return int(any(count and kind not in RIGHT for kind, count in counts.items()))


if __name__ == "__main__":
    sys.exit(main())
