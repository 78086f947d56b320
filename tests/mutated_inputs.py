"""Mutations of a small case: what each does to the input, and what must come of it.

A mutation returns what is expected: ``REFUSED``, ``SAME`` (read as if nothing had happened), ``NOTED`` (read, with a
notice that the right case does not have), or ``TOLD`` (refused, or read in whatever way: the least that is asked is
no traceback).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.small_map import SQUARE, collection, feature

REFUSED, SAME, TOLD, NOTED = "refused", "same", "told", "noted"
Files = dict[str, bytes]
Rng = np.random.Generator
Mutation = Callable[[Files, Rng], str]
MUTATIONS: dict[str, Mutation] = {}

CASE = """
[case]
name = "Small"
[demand]
women_per_year = 30      # assumption
weight = "people"
counts = "counts.csv"
[stay]
mean_days = 180
[network]
regions = "land"
ambulatories = ["x"]
[travel]
source = "minutes.csv"
to_ambulatory = "near.csv"
uptake = "uptake.csv"
[sizes]
smallest = 2
largest = 60
[rules]
nearest = true
units = [1, 3]
reach = 120
[finance]
day_rate_dkk = 4_800
[privacy]
smallest_count = 0
[ranges]
"stay.mean_days" = [120, 240]
"""

TEXTS = {
    "case.toml": CASE,
    "municipalities.csv": (
        "code,name,land,people,lon,lat\n0101,Ølby,Nørre,1000,10.01,56.02\n0102,Broby,Nørre,2000,10.45,56.11\n"
        "0203,Colding,Sønder Å,3000,10.92,55.63\n0204,Davinde,Sønder Å,1500,10.75,55.52\n"
    ),
    "sites.csv": (
        "site_id,name,kind,municipality_code,lon,lat,smallest,largest,existing_beds\nx,Unit Ø,hospital,0101,10.02,56.03,2,20,4\n"
        "y,Unit y,home,0203,10.91,55.62,,,\nz,Unit z,home,0204,10.76,55.51,3,30,6\n"
    ),
    "minutes.csv": "code,x,y,z\n0101,2,70,65\n0102,31,52,61\n0203,75,3,15\n0204,66,14,4\n",
    "near.csv": "site_id,x\nx,0\ny,75\nz,66\n",
    "uptake.csv": "minutes,share\n30,1\n120,0.75\n",
    "counts.csv": "code,year,residential\n0101,2023,9\n0102,2023,7\n0203,2023,12\n0101,2024,8\n0204,2024,6\n",
    "observed.csv": "region,what,year,count,document\nNørre,residential,2023,16,Årsrapport\nNørre,residential,2024,8,Årsrapport\n",
    "scenarios.csv": "id,label,women_per_year,low,high,document,must_hold\nfew,Få,12,10,15,Brev,no\nmany,Mange,45,40,60,Brev,yes\n",
    "scenarios.toml": '[short]\nbase = "few"\nstay.mean_days = 120\n[dear]\nfinance.day_rate_dkk = 5_300\n',
    "land.geojson": collection(
        feature("Polygon", SQUARE, name="Danmark"), feature("Polygon", SQUARE, role="neighbour")
    ),
    "areas.geojson": collection(
        *(
            feature(
                "Polygon",
                [[[x - 0.1, y - 0.1], [x + 0.1, y - 0.1], [x + 0.1, y + 0.1], [x - 0.1, y + 0.1], [x - 0.1, y - 0.1]]],
                kode=c,
            )
            for c, x, y in (
                ("0101", 10.01, 56.02),
                ("0102", 10.45, 56.11),
                ("0203", 10.92, 55.63),
                ("0204", 10.75, 55.52),
            )
        )
    ),
}
TABLES = [name for name in TEXTS if name.endswith(".csv")]
WEIGHED = {  # column: table; every cell of it must be a number
    "people": "municipalities.csv",
    "x": "minutes.csv",
    "y": "minutes.csv",
    "residential": "counts.csv",
    "count": "observed.csv",
    "women_per_year": "scenarios.csv",
    "share": "uptake.csv",
    "minutes": "uptake.csv",
    "lon": "municipalities.csv",
    "lat": "sites.csv",
}


def files() -> Files:
    """The case as it is right."""
    return {name: text.encode() for name, text in TEXTS.items()}


def mutation(name: str) -> Callable[[Mutation], Mutation]:
    def register(change: Mutation) -> Mutation:
        MUTATIONS[name] = change
        return change

    return register


def one(rng: Rng, values: Any) -> Any:
    values = list(values)
    return values[int(rng.integers(len(values)))]


def rows_of(given: Files, name: str) -> list[list[str]]:
    return [line.split(",") for line in given[name].decode().splitlines()]


def put(given: Files, name: str, rows: list[list[str]], separator: str = ",", end: str = "\n") -> None:
    given[name] = (end.join(separator.join(row) for row in rows) + end).encode()


def cell(given: Files, rng: Rng, column: str, text: str, name: str = "") -> None:
    name = name or WEIGHED[column]
    rows = rows_of(given, name)
    rows[int(rng.integers(1, len(rows)))][rows[0].index(column)] = text
    put(given, name, rows)


# --- tables: what must be refused ------------------------------------------------------------------

NO_NUMBER = [
    "many",
    "1_000",
    "1 2",
    "1'000",
    "--",
    "0x1F",
    "٣",
    "５",
    "4 %",
    "1.2.3",
    "=1+1",
    "nan",
    "",
    "inf",
    "-inf",
    "1e999",
    "-7",
    "true",
    "12:30",
    "½",
]


@mutation("a cell that is no number")
def _(given: Files, rng: Rng) -> str:
    column = one(rng, WEIGHED)
    text = one(rng, NO_NUMBER)
    cell(given, rng, column, "-700" if text == "-7" else text)
    return REFUSED


@mutation("thousands marks")
def _(given: Files, rng: Rng) -> str:
    column = one(rng, ["people", "x", "women_per_year", "residential"])
    name = WEIGHED[column]
    cell(given, rng, column, one(rng, ["1.200", "43.517", "100.000", "2.125"]))
    put(given, name, rows_of(given, name), one(rng, ";\t|"))
    return REFUSED


@mutation("an open quote")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, TABLES)
    rows = rows_of(given, name)
    row = int(rng.integers(1, len(rows)))
    at = int(rng.integers(len(rows[0])))
    rows[row][at] = '"' + rows[row][at]
    put(given, name, rows)
    return REFUSED


@mutation("a sign that cannot be seen")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, TABLES)
    rows = rows_of(given, name)
    row, at = int(rng.integers(len(rows))), int(rng.integers(len(rows[0])))
    sign = one(rng, "\u200b\u200d\u00ad\u202e\u2066\ufeff\x07\x1b\x7f\ufffd")
    text = rows[row][at]
    place = int(rng.integers(1, len(text))) if len(text) > 1 else len(text)
    rows[row][at] = text[:place] + sign + text[place:]
    put(given, name, rows)
    return REFUSED


@mutation("a row twice")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, [t for t in TABLES if t != "uptake.csv"])
    rows = rows_of(given, name)
    rows.insert(int(rng.integers(1, len(rows) + 1)), list(one(rng, rows[1:])))
    put(given, name, rows)
    return REFUSED


@mutation("a lost row")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["municipalities.csv", "sites.csv", "minutes.csv", "near.csv"])
    rows = rows_of(given, name)
    del rows[int(rng.integers(1, len(rows)))]
    put(given, name, rows)
    return REFUSED


@mutation("a short row")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, TABLES)
    rows = rows_of(given, name)
    row = rows[int(rng.integers(1, len(rows)))]
    if len(row) == 2:
        row.append("7")
    else:
        row.pop()
    put(given, name, rows)
    return REFUSED


@mutation("another file in its place")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, [*TABLES, "land.geojson", "scenarios.toml", "case.toml"])
    given[name] = one(
        rng,
        [
            b"PK\x03\x04rubbish\xff\x00",
            b"\xd0\xcf\x11\xe0",
            b"%PDF-1.7",
            b"\x00" * 100,
            b"SQLite format 3\x00",
            b"<html><body>no</body></html>",
        ],
    )
    return REFUSED


@mutation("encoded twice")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, [n for n, text in TEXTS.items() if not text.isascii() and n != "land.geojson"])
    given[name] = given[name].decode("cp1252", errors="replace").encode()
    return REFUSED


@mutation("a title line")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, [t for t in TABLES if t not in ("near.csv", "uptake.csv")])
    given[name] = (
        one(rng, ["Population 2026\n", "Source: a; b\n", "Title,2026\n", "\nTitle\n\n"]).encode() + given[name]
    )
    return REFUSED


@mutation("spoilt ids")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["minutes.csv", "sites.csv", "counts.csv", "municipalities.csv"])
    how = one(
        rng,
        [
            lambda c: f"{int(c)}.0",
            lambda c: f"{int(c):.2E}",
            lambda c: str(int(c)),
            lambda c: f" {int(c)},0".strip().replace(",", "."),
        ],
    )
    rows = rows_of(given, name)
    at = rows[0].index("municipality_code") if name == "sites.csv" else 0
    for row in rows[1:]:
        row[at] = how(row[at])
    put(given, name, rows)
    return REFUSED


@mutation("a misspelt column")
def _(given: Files, rng: Rng) -> str:
    name, column = one(
        rng,
        [("sites.csv", c) for c in ("smallest", "largest", "existing_beds", "kind", "name")]
        + [
            ("scenarios.csv", "must_hold"),
            ("municipalities.csv", "name"),
            ("scenarios.csv", "label"),
            ("observed.csv", "document"),
        ],
    )
    how = one(
        rng,
        [
            str.upper,
            str.title,
            lambda c: c.replace("_", "-") + " ",
            lambda c: c[:-2] + c[-1] + c[-2] if len(c) > 5 else c.upper(),
            lambda c: c + "_",
        ],
    )
    rows = rows_of(given, name)
    said = how(column)
    rows[0][rows[0].index(column)] = said
    put(given, name, rows)
    return SAME if said.strip() == column else REFUSED


@mutation("beds that are none")
def _(given: Files, rng: Rng) -> str:
    cell(
        given,
        rng,
        one(rng, ["smallest", "largest", "existing_beds"]),
        one(rng, ["2.5", "-1", "inf", "many", "1e12", "0x2"]),
        "sites.csv",
    )
    return REFUSED


@mutation("coordinates")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["municipalities.csv", "sites.csv"])
    rows = rows_of(given, name)
    lon, lat = rows[0].index("lon"), rows[0].index("lat")
    some = rows[1:] if rng.random() < 0.6 else [one(rng, rows[1:])]
    kind = one(rng, ["swap", "metres", "null island", "far"])
    for row in some:
        if kind == "swap":
            row[lon], row[lat] = row[lat], row[lon]
        elif kind == "metres":
            row[lon], row[lat] = "560000", "6200000"
        else:
            row[lon], row[lat] = ("0", "0") if kind == "null island" else ("-70", "41")
    if rng.random() < 0.5 and len(some) == 1:
        del given["land.geojson"]
    put(given, name, rows)
    return REFUSED


@mutation("minutes that are none")
def _(given: Files, rng: Rng) -> str:
    rows = rows_of(given, "minutes.csv")
    kind = one(rng, ["zeros", "hours", "seconds", "one zero", "second measure", "no column"])
    if kind == "second measure":
        for k, row in enumerate(rows):
            row.append("x_km" if k == 0 else row[1])
    elif kind == "one zero":
        rows[1][2] = "0"
    elif kind == "no column":
        rows[0][2] = "yy"
    else:
        factor = {"zeros": 0, "hours": 1 / 60, "seconds": 60}[kind]
        for row in rows[1:]:
            row[1:] = [f"{float(c) * factor:.5f}" for c in row[1:]]
    put(given, "minutes.csv", rows)
    return REFUSED


@mutation("regions that look alike")
def _(given: Files, rng: Rng) -> str:
    cell(
        given,
        rng,
        "land",
        one(rng, ["NØRRE", "nørre", "N\u043erre".replace("o", "ø"), "SØNDER Å", "Sønder \u00c5".lower()]),
        "municipalities.csv",
    )
    return REFUSED if "N\u043erre" not in given["municipalities.csv"].decode() else TOLD


@mutation("a name of thousands")
def _(given: Files, rng: Rng) -> str:
    name, column = one(
        rng,
        [
            ("municipalities.csv", "code"),
            ("municipalities.csv", "land"),
            ("sites.csv", "site_id"),
            ("sites.csv", "name"),
            ("municipalities.csv", "name"),
            ("scenarios.csv", "id"),
        ],
    )
    cell(given, rng, column, "n" * 5_000, name)
    return REFUSED


@mutation("cells that speak against each other")
def _(given: Files, rng: Rng) -> str:
    name, old, new = one(
        rng,
        [
            ("sites.csv", "2,20,4", "21,20,4"),
            ("sites.csv", "3,30,6", "31,,6\nw,Unit w,home,0204,10.7,55.5,3,2,"),
            ("sites.csv", "2,20,4", "0,1,4"),
            ("sites.csv", "2,20,4", "61,,4"),
            ("scenarios.csv", "12,10,15", "12,15,10"),
            ("scenarios.csv", "12,10,15", "16,10,15"),
            ("uptake.csv", "120,0.75", "120,0.75\n150,0.8"),
            ("uptake.csv", "30,1\n120,0.75", "30,0\n120,0"),
            ("case.toml", "smallest = 2\nlargest = 60", "smallest = 61\nlargest = 60"),
            ("case.toml", "units = [1, 3]", "units = [3, 1]"),
            ("case.toml", "[120, 240]", "[240, 120]"),
        ],
    )
    assert old in given[name].decode()
    given[name] = given[name].decode().replace(old, new).encode()
    return REFUSED


@mutation("what is hardly meant")
def _(given: Files, rng: Rng) -> str:
    name, old, new = one(
        rng,
        [
            ("sites.csv", "3,30,6", "3,30,31"),
            ("sites.csv", "55.62,,,", "55.62,,,61"),
            ("case.toml", "[rules]", "[rules]\nsize_floor = {z = 31}"),
            ("case.toml", "[rules]", '[rules]\nkeep = ["y"]\nforbid = ["y", "z"]'),
            ("case.toml", "units = [1, 3]", 'units = [1, 1]\nkeep = ["x", "z"]'),
            ("case.toml", "[rules]", '[rules]\nforbid = ["z", "z"]'),
            ("case.toml", "[privacy]", "[prices]\nvolume = 1_000\n[privacy]"),
            ("case.toml", 'ambulatories = ["x"]', 'ambulatories = ["x"]\nregions_without_sites = ["Nørre"]'),
            ("case.toml", "day_rate_dkk = 4_800", "day_rate_dkk = 48"),
            ("case.toml", "mean_days = 180", "mean_days = 6"),
            ("case.toml", "reach = 120", "reach = 2"),
        ],
    )
    assert old in given[name].decode()
    given[name] = given[name].decode().replace(old, new).encode()
    return NOTED


# --- tables: what must be read as before -------------------------------------------------------------


@mutation("another separator")
def _(given: Files, rng: Rng) -> str:
    for name in TABLES:
        separator = one(rng, ";\t|,")
        comma = separator == ";" and rng.random() < 0.7
        rows = rows_of(given, name)
        put(
            given,
            name,
            [[c.replace(".", ",") if comma and c.replace(".", "").isdigit() else c for c in row] for row in rows],
            separator,
            one(rng, ["\n", "\r\n", "\r"]),
        )
        if rng.random() < 0.3:
            given[name] = f"sep={separator}\n".encode() + given[name]
    return SAME


@mutation("another encoding")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, [n for n in given if not n.endswith(".toml")] + ["case.toml"])
    encoding = one(rng, ["utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-16-le", "utf-16-be"])
    given[name] = given[name].decode().encode(encoding)
    return SAME


@mutation("shuffled")
def _(given: Files, rng: Rng) -> str:
    for name in TABLES:
        if name == "uptake.csv":
            continue
        rows = rows_of(given, name)
        order = [0, *(1 + rng.permutation(len(rows[0]) - 1))]
        body = [rows[1 + int(k)] for k in rng.permutation(len(rows) - 1)]
        put(given, name, [[row[k] for k in order] for row in (rows[0], *body)])
    return SAME


@mutation("odd spaces and letters in two parts")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["municipalities.csv", "sites.csv", "scenarios.csv", "observed.csv"])
    rows = rows_of(given, name)
    how = one(
        rng,
        [
            lambda c: unicodedata.normalize("NFD", c),
            lambda c: f" {c} ",
            lambda c: c.replace(" ", "\u00a0"),
            lambda c: c.replace(" ", "  "),
            lambda c: f"\u2003{c}",
            lambda c: f'"{c}"',
        ],
    )
    put(given, name, [[how(c) for c in row] if rng.random() < 0.7 else row for row in rows])
    return SAME


@mutation("blank lines, empty ends, quotes and another column")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, [t for t in TABLES if t not in ("minutes.csv", "near.csv")])
    rows = rows_of(given, name)
    kind = one(rng, ["blank", "empty", "quoted", "column", "wkt"])
    if kind == "blank":
        rows.insert(int(rng.integers(len(rows))), [])
    elif kind == "empty":
        rows = [[*row, "", ""] for row in rows]
    elif kind == "quoted":
        rows = [[f'"{c}"' for c in row] for row in rows]
    else:
        text = "a word" if kind == "column" else '"POLYGON ((' + "12.0 55.0, " * 20_000 + '))"'
        rows = [[*row, "zzz" if k == 0 else text] for k, row in enumerate(rows)]
    put(given, name, rows)
    return SAME


@mutation("whole numbers written otherwise")
def _(given: Files, rng: Rng) -> str:
    column, name = one(
        rng,
        [
            ("people", "municipalities.csv"),
            ("x", "minutes.csv"),
            ("women_per_year", "scenarios.csv"),
            ("year", "counts.csv"),
            ("residential", "counts.csv"),
        ],
    )
    how = one(rng, [lambda c: f"{c}.0", lambda c: f"+{c}", lambda c: f"{int(c):.6e}", lambda c: f" {c} "])
    rows = rows_of(given, name)
    at = rows[0].index(column)
    for row in rows[1:]:
        row[at] = how(row[at])
    put(given, name, rows)
    return SAME


@mutation("yes and no in other words")
def _(given: Files, rng: Rng) -> str:
    words = {"no": one(rng, ["No", "nej", "FALSE", "0", "", "false"]), "yes": one(rng, ["YES", "Ja", "true", "1"])}
    rows = rows_of(given, "scenarios.csv")
    put(given, "scenarios.csv", [[*row[:-1], words.get(row[-1], row[-1])] for row in rows])
    return SAME


# --- anything: no traceback, nothing written ------------------------------------------------------------


@mutation("cut off")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, given)
    given[name] = given[name][: int(rng.integers(len(given[name])))]
    return TOLD


@mutation("damaged bytes")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, given)
    content = bytearray(given[name])
    for _ in range(int(rng.integers(1, 8))):
        content[int(rng.integers(len(content)))] = int(rng.integers(256))
    given[name] = bytes(content)
    return TOLD


ODD = [
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
    "inf",
    "nan",
    "1" + "0" * 30,
    '"' + "x" * 3_000 + '"',
    '"a\\u0000b"',
    "1e300",
    '["x", 7]',
    "[1e308, 2]",
    "4.800",
]


@mutation("settings of another kind")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["case.toml", "scenarios.toml"])
    lines = given[name].decode().splitlines()
    k = one(rng, [k for k, line in enumerate(lines) if "=" in line])
    lines[k] = lines[k].split("=")[0] + "= " + one(rng, ODD)
    given[name] = "\n".join(lines).encode()
    return TOLD


@mutation("lines of TOML lost, twice or moved")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["case.toml", "scenarios.toml"])
    lines = given[name].decode().splitlines()
    k, to = (int(rng.integers(len(lines))) for _ in range(2))
    moved = lines.pop(k) if rng.random() < 0.7 else lines[k]
    if rng.random() < 0.6:
        lines.insert(to, moved)
    given[name] = "\n".join(lines).encode()
    return TOLD


@mutation("hardly TOML")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["case.toml", "scenarios.toml"])
    given[name] += one(
        rng,
        ["\na = " + "[" * 2_000, "\nb = 1" + "0" * 5_000, "\n[case]\nname = 1", "\n=", "\n[x\n", '\nc = """', "\n\x00"],
    ).encode()
    return REFUSED


def places_of(said: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a nested JSON value."""
    found = [at]
    inside = said.items() if isinstance(said, dict) else enumerate(said[:3]) if isinstance(said, list) else ()
    for key, value in inside:
        found += places_of(value, (*at, key))
    return found


def damaged(said: Any, rng: Rng) -> Any:
    """A nested JSON value with one of its parts lost or replaced."""
    at = one(rng, places_of(said)[1:])
    home = said
    for key in at[:-1]:
        home = home[key]
    if rng.random() < 0.3 and isinstance(home, dict):
        del home[at[-1]]
    else:
        home[at[-1]] = one(
            rng, [None, "x", [], {}, -7, 1e300, [None], True, {"type": "Point", "coordinates": [1, 2]}, 10**25, [[[]]]]
        )
    return said


@mutation("GeoJSON damaged inside")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["land.geojson", "areas.geojson"])
    given[name] = json.dumps(damaged(json.loads(given[name]), rng)).encode()
    return TOLD


@mutation("an outline that is none")
def _(given: Files, rng: Rng) -> str:
    shapes = json.loads(given["land.geojson"])["features"][:1]
    kind = one(rng, ["lines", "metres", "elsewhere", "swapped", "deep", "neighbour"])
    ring = SQUARE[0]
    made = {
        "lines": feature("LineString", ring),
        "metres": feature("Polygon", [[[5e5 + x, 6e6 + y] for x, y in ring]]),
        "elsewhere": feature("Polygon", [[[x - 90, y - 20] for x, y in ring]]),
        "swapped": feature("Polygon", [[[y, x] for x, y in ring]]),
        "deep": feature("Polygon", [[]]),
        "neighbour": shapes[0] | {"properties": {"role": "neighbour"}},
    }[kind]
    given["land.geojson"] = collection(made).encode()
    return REFUSED


@mutation("shapes of no polygon beside the land")
def _(given: Files, rng: Rng) -> str:
    more = one(
        rng,
        [
            feature("Polygon", []),
            {"type": "Feature", "properties": None, "geometry": None},
            feature("Point", [10, 56]),
            feature("LineString", [[10, 56], [11, 56]]),
        ],
    )
    given["land.geojson"] = collection(*json.loads(given["land.geojson"])["features"], more).encode()
    return SAME
