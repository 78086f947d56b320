"""Mutations of a fuller case: places, public transport, courses, payments, ranges; and of the same case as a workbook.

As in `tests.mutated_inputs` each says what must come of it.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

from capacity.report.case_book import _rows_of as settings_as_rows
from tests.mutated_inputs import NOTED, ODD, REFUSED, SAME, TEXTS, TOLD, Files, Mutation, Rng, one, put, rows_of

FURTHER: dict[str, Mutation] = {}
Change = Callable[[Any, Rng], str]
IN_BOOKS: dict[str, Change] = {}

CASE = (
    TEXTS["case.toml"].replace("[sizes]", 'transit = "transit.csv"\nwithout_car = 0.3\nplaces = "places.csv"\n[sizes]')
    + """"travel.visits_per_week" = [0.5, 2]
[outpatient]
dkk_per_course = 60_000
visits_per_week = 2
weeks = 26
beyond_minutes = 90
[pathways]
residential = 1_000_000
outpatient = 1_200_000
none = 2_000_000
[payment.mixed]
day_rate = "balances"
standing = "people"
grant_dkk_per_unit = 1_000_000
rest = "state"
[choices]
"rules.nearest" = [false]
"""
)
TEXTS_FURTHER = {
    **{name: text for name, text in TEXTS.items() if name != "areas.geojson"},
    "case.toml": CASE,
    "transit.csv": "code,x,y,z\n0101,12,170,165\n0102,61,152,161\n0203,175,13,45\n0204,166,44,14\n",
    "places.csv": (
        "code,weight,place,x,y,z\n0101,600,Øst,2,70,65\n0101,400,Vest,4,72,67\n0102,2000,,31,52,61\n"
        "0203,3000,,75,3,15\n0204,1500,,66,14,4\n"
    ),
}
TABLES = [name for name in TEXTS_FURTHER if name.endswith(".csv")]
FAILED = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#I/T", "#VÆRDI!", "#NAVN?"]


def files() -> Files:
    """The fuller case as it is right."""
    return {name: text.encode() for name, text in TEXTS_FURTHER.items()}


def further(name: str) -> Callable[[Mutation], Mutation]:
    def register(change: Mutation) -> Mutation:
        FURTHER[name] = change
        return change

    return register


def in_books(name: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        IN_BOOKS[name] = change
        return change

    return register


def toml(given: Files, old: str, new: str) -> None:
    assert old in given["case.toml"].decode(), old
    given["case.toml"] = given["case.toml"].decode().replace(old, new).encode()


# --- files -------------------------------------------------------------------------------------------


@further("a failed formula")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, TABLES)
    rows = rows_of(given, name)
    rows[int(rng.integers(len(rows)))][int(rng.integers(len(rows[0])))] = one(rng, FAILED)
    put(given, name, rows)
    return REFUSED


@further("places that are none")
def _(given: Files, rng: Rng) -> str:
    rows = rows_of(given, "places.csv")
    kind = one(rng, ["hours", "zeros", "twice", "one name", "no weight", "lost", "no way", "km", "misspelt", "short"])
    k = int(rng.integers(3, 6))
    if kind in ("hours", "zeros"):
        for row in rows[1:]:
            row[3:] = [f"{float(c) / 60:.4f}" if kind == "hours" else "0" for c in row[3:]]
    elif kind == "twice":
        rows.append(list(rows[k]))
    elif kind == "one name":
        rows[2][2] = rows[1][2]
    elif kind == "no weight":
        rows[k][1] = "0"
    elif kind == "lost":
        del rows[k]
    elif kind == "no way":
        rows[k][3:] = ["no way"] * 3
    elif kind == "km":
        rows = [[*row, "x_km" if n == 0 else "7"] for n, row in enumerate(rows)]
    elif kind == "misspelt":
        rows[0][2] = one(rng, ["Place", "place_", "plcae"])
    else:
        rows[k][one(rng, [1, 3, 4, 5])] = one(rng, ["many", "1_000", "-7", "", "12:30"])
    put(given, "places.csv", rows)
    return REFUSED


@further("public transport that is none")
def _(given: Files, rng: Rng) -> str:
    rows = rows_of(given, "transit.csv")
    kind = one(rng, ["hours", "zeros", "lost", "no way", "km", "column", "cell", "the car's"])
    if kind in ("hours", "zeros"):
        for row in rows[1:]:
            row[1:] = [f"{float(c) / 60:.4f}" if kind == "hours" else "0" for c in row[1:]]
    elif kind == "lost":
        del rows[int(rng.integers(1, 5))]
    elif kind == "no way":
        rows[int(rng.integers(1, 5))][1:] = ["no way"] * 3
    elif kind == "km":
        rows[0][1] = "x_km"
    elif kind == "column":
        rows = [row[:-1] for row in rows]
    elif kind == "cell":
        rows[int(rng.integers(1, 5))][one(rng, [1, 2, 3])] = one(rng, ["many", "", "-3", "1:10", "nan"])
    else:
        rows = rows_of(given, "minutes.csv")
    put(given, "transit.csv", rows)
    return NOTED if kind == "the car's" else REFUSED


@further("a table of minutes in another form")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["minutes.csv", "transit.csv"])
    rows = rows_of(given, name)
    if rng.random() < 0.5:
        turned = [list(column) for column in zip(*rows, strict=True)]
        turned[0][0] = one(rng, ["code", "site_id", "id"])
        put(given, name, turned)
    else:
        pairs = [[row[0], site, cell] for row in rows[1:] for site, cell in zip(rows[0][1:], row[1:], strict=True)]
        heads = one(rng, [["point_id", "site_id", "minutes"], ["origin_id", "destination_id", "total_cost"]])
        put(given, name, [heads, *pairs])
    return REFUSED


@further("ids that became dates")
def _(given: Files, rng: Rng) -> str:
    name, k = one(rng, [("municipalities.csv", 0), ("sites.csv", 0), ("minutes.csv", 0), ("places.csv", 0)])
    rows = rows_of(given, name)
    rows[int(rng.integers(1, len(rows)))][k] = one(rng, ["2026-01-01", "2026-01-01 00:00:00", "1-jan", "jan-01"])
    put(given, name, rows)
    return REFUSED


@further("a remark with the sign of another separator")
def _(given: Files, rng: Rng) -> str:
    name = one(rng, ["municipalities.csv", "sites.csv", "scenarios.csv"])
    rows = rows_of(given, name)
    point = [[c.replace(".", ",") if c.replace(".", "").isdigit() else c for c in row] for row in rows]
    remark = one(rng, ['"Storgade 1, 2, 3, 4, 5, 6, 7"', '"a | b | c | d | e | f | g"', '"a, b"'])
    put(given, name, [[*row, "remark" if k == 0 else remark] for k, row in enumerate(point)], ";")
    return SAME


@further("settings of courses, pathways and payments that cannot be")
def _(given: Files, rng: Rng) -> str:
    old, new = one(
        rng,
        [
            ("dkk_per_course = 60_000", one(rng, ["dkk_per_course = -1", "dkk_per_course = 60.000"])),
            ("weeks = 26", one(rng, ['weeks = "26"', "weeks = true", "weeks = [26]", "weeks = inf"])),
            ("beyond_minutes = 90", one(rng, ["beyond_minutes = -1", 'where = "Home"', "effect = 80", "beyond = 90"])),
            ("none = 2_000_000", one(rng, ["none = true", 'none = "2 mio"', "none = 2.000", "nobody = 1"])),
            ('day_rate = "balances"', one(rng, ['day_rate = "4800"', "day_rate = 4.800", "day_rate = -1", "rate = 1"])),
            ('standing = "people"', one(rng, ['standing = "poeple"', 'standing = "name"', "standing = 1"])),
            ('rest = "state"', one(rng, ['rest = "nobody"', "rest = 1"])),
            ("[payment.mixed]", one(rng, ["[payment.Mixed]", '[payment."a b"]', "[payment.mixed.deep]"])),
            ("without_car = 0.3", one(rng, ["without_car = 30", "without_car = true", 'without_car = "name"'])),
        ],
    )
    toml(given, old, new)
    return REFUSED


@further("ranges and choices that cannot be")
def _(given: Files, rng: Rng) -> str:
    refused = rng.random() < 0.8
    new = (
        one(
            rng,
            [
                '"stay.mean_days" = 180',
                '"stay.mean_days" = [1, 2, 3]',
                '"stay.mean_days" = [240, 120]',
                '"stay.mean_days" = "25 %"',
                '"stay.meandays" = [120, 240]',
                '"demand.weight" = [120, 240]',
                '"rules.nearest" = [0, 1]',
                '"finance.day_rate_dkk" = [4.300, 5.300]',
            ],
        )
        if refused
        else one(rng, ['"promise.turned_away" = [0.01, 2]', '"stay.mean_days" = [-120, 240]'])
    )
    toml(given, '"stay.mean_days" = [120, 240]', new)
    return REFUSED if refused else NOTED


@further("settings of another kind")
def _(given: Files, rng: Rng) -> str:
    lines = given["case.toml"].decode().splitlines()
    k = one(rng, [k for k, line in enumerate(lines) if "=" in line])
    lines[k] = lines[k].split("=")[0] + "= " + one(rng, ODD)
    given["case.toml"] = "\n".join(lines).encode()
    return TOLD


# --- the same case as one workbook -------------------------------------------------------------------

SHEETS = [name.removesuffix(".csv") for name in TABLES]


def typed(cell: str) -> Any:
    """A cell as a spreadsheet has it: numbers as numbers, codes as text."""
    number = cell.replace(".", "", 1).isdigit() and (cell == "0" or not cell.startswith("0") or cell.startswith("0."))
    return float(cell) if number else cell or None


def book() -> Any:
    """The fuller case as a workbook, to be changed."""
    import openpyxl

    made = openpyxl.Workbook()
    made.active.title = "read me"
    made["read me"].append(["What stands here is not read."])
    for name, text in TEXTS_FURTHER.items():
        title = "settings" if name == "case.toml" else name.removesuffix(".csv")
        sheet = made.create_sheet(title)
        if name.endswith(".toml"):
            for row in settings_as_rows(text):
                sheet.append([typed(cell) for cell in row])
        elif name.endswith(".csv"):
            for line in csv.reader(io.StringIO(text)):
                sheet.append([typed(cell) for cell in line])
        else:
            sheet.append([text])
            sheet.sheet_state = "hidden"
    return made


def bytes_of(made: Any) -> bytes:
    """A workbook as its file."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cell_of(made: Any, rng: Rng, *, numbers: bool = False) -> Any:
    """A cell of a table, below its header."""
    sheet = made[one(rng, SHEETS)]
    cells = [c for row in sheet.iter_rows(min_row=2) for c in row if not numbers or isinstance(c.value, (int, float))]
    return one(rng, cells) if cells else cell_of(made, rng, numbers=numbers)


@in_books("a formula without a value")
def _(made: Any, rng: Rng) -> str:
    cell_of(made, rng).value = one(rng, ["=1+1", "=A2", "=VLOOKUP(A2,B:C,2,0)"])
    return REFUSED


@in_books("a formula that failed")
def _(made: Any, rng: Rng) -> str:
    cell_of(made, rng).value = one(rng, FAILED[:5])
    return REFUSED


@in_books("merged cells")
def _(made: Any, rng: Rng) -> str:
    sheet = made[one(rng, SHEETS)]
    sheet.merge_cells(one(rng, ["A1:B1", "B2:B3", "A2:B2", "B2:C3"]))
    return REFUSED


@in_books("a date, a time or a truth in the place of a number")
def _(made: Any, rng: Rng) -> str:
    made["municipalities"][f"D{int(rng.integers(2, 6))}"] = one(
        rng, [datetime.datetime(2026, 3, 1), datetime.date(2026, 3, 1), datetime.time(1, 10), True]
    )
    return REFUSED


@in_books("codes that are numbers or dates")
def _(made: Any, rng: Rng) -> str:
    sheet = made[one(rng, ["municipalities", "minutes", "places", "counts"])]
    value = one(rng, [101, 101.5, datetime.datetime(2026, 1, 1), datetime.date(2026, 1, 1)])
    sheet[f"A{int(rng.integers(2, sheet.max_row + 1))}"] = value
    return REFUSED


@in_books("a number as a text of two readings")
def _(made: Any, rng: Rng) -> str:
    made["municipalities"][f"D{int(rng.integers(2, 6))}"] = one(rng, ["1.000", "2.500", "43.517", "1,200"])
    return REFUSED


@in_books("two sheets for one table")
def _(made: Any, rng: Rng) -> str:
    name = one(rng, SHEETS)
    made.copy_worksheet(made[name]).title = f"{name}.csv"
    return REFUSED


@in_books("no sheet of settings")
def _(made: Any, rng: Rng) -> str:
    made["settings"].title = one(rng, ["indstillinger", "setup", "case"])
    return REFUSED


@in_books("what is hidden")
def _(made: Any, rng: Rng) -> str:
    # Counts that others published are read by themselves, without notices.
    sheet = made[one(rng, [name for name in SHEETS if name != "observed"])]
    kind = one(rng, ["row", "column", "sheet"])
    if kind == "row":
        sheet.row_dimensions[int(rng.integers(2, sheet.max_row + 1))].hidden = True
    elif kind == "column":
        sheet.column_dimensions["B"].hidden = True
    else:
        sheet.sheet_state = one(rng, ["hidden", "veryHidden"])
    return NOTED


@in_books("as a planner's hand leaves it")
def _(made: Any, rng: Rng) -> str:
    for name in SHEETS:
        sheet = made[name]
        kind = one(rng, ["title", "spaces", "text", "blank", "end", "as it is", "column"])
        if kind == "title":
            sheet.title = "in between"
            sheet.title = one(rng, [name.upper(), name.title(), f" {name}", f"{name} "])
        elif kind == "spaces":
            sheet["A1"] = f"{sheet['A1'].value} "
            sheet["A2"] = f"{sheet['A2'].value}\u00a0"
        elif kind == "text":
            for row in sheet.iter_rows(min_row=2):
                for cell in row:
                    if isinstance(cell.value, float) and cell.value == int(cell.value) and cell.value < 1000:
                        cell.value = str(int(cell.value))
        elif kind == "blank":
            sheet.insert_rows(int(rng.integers(1, sheet.max_row + 1)))
        elif kind == "column" and name not in ("minutes", "near", "transit"):
            sheet.cell(1, sheet.max_column + 1, "remark")
            sheet.cell(3, sheet.max_column, "to be checked, by hand; soon")
        elif kind == "end":
            sheet.cell(sheet.max_row + 3, 1, None)
    if rng.random() < 0.3:
        made["settings"].insert_rows(1)
    made.create_sheet("sites (2)").append(["an old copy", "of the sites"])
    return SAME
