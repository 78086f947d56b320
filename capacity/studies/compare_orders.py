"""Two roll-outs side by side, year by year: units and beds, women, money, and the order of opening."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.errors import DataError, Finding
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

OF_A_YEAR = ("women", "outside_women", "building_dkk", "running_dkk")
"""Numbers of each year, as the JSON object of a roll-out names them."""

OF_ALL = ("objective", "left_dkk")
"""Numbers of all years together."""

Order = Mapping[str, Any]
"""A roll-out as `RollOut.to_json` tells it."""


@dataclass(frozen=True, kw_only=True)
class OrderComparison(StudyResult):
    """What differs between two roll-outs.

    Attributes
    ----------
    objectives : tuple of str
        What each was the best of.
    orders : tuple of tuple of str
        Ids of the units in the order they open, of the first and of the second.
    years : list of dict
        year, what (``beds``, or one of `OF_A_YEAR`), site_id ("" but of beds), first, second: None where a roll-out has
        no such year, 0 where a unit is closed.
    figures : dict of name to (first, second)
        ``objective`` (summed and discounted), ``left_dkk`` (what of the building is not paid in the end).
    """

    study: ClassVar[str] = "compare"

    objectives: tuple[str, str]
    orders: tuple[tuple[str, ...], tuple[str, ...]]
    years: list[dict[str, Any]]
    figures: dict[str, tuple[float, float]]

    @property
    def table(self) -> pd.DataFrame:
        """One row a year and unit or number, then the figures of all years: year, what, site_id, first, second."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["year", "what", "site_id", "first", "second"])

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table; the year of what is of all of them is None."""
        of_all = [
            {"year": None, "what": name, "site_id": "", "first": one, "second": other}
            for name, (one, other) in self.figures.items()
        ]
        return [*self.years, *of_all]

    def to_json(self) -> dict[str, Any]:
        """The comparison as a JSON object."""
        return {
            "objectives": list(self.objectives),
            "orders": [list(order) for order in self.orders],
            "years": self.years,
            "figures": {name: list(pair) for name, pair in self.figures.items()},
        }


def compare_orders(one: Order, other: Order) -> OrderComparison:
    """Compare two roll-outs as their JSON objects tell them."""
    return OrderComparison(
        objectives=(str(one["objective_name"]), str(other["objective_name"])),
        orders=(tuple(one["order"]), tuple(other["order"])),
        years=list(_years(one, other)),
        figures={name: (float(one[name]), float(other[name])) for name in OF_ALL},
    )


def _years(one: Order, other: Order) -> Iterator[dict[str, Any]]:
    first, second = ({year["year"]: year for year in order["years"]} for order in (one, other))
    for year in sorted({*first, *second}):
        a, b = first.get(year), second.get(year)
        for j in sorted({*(a or {}).get("beds", {}), *(b or {}).get("beds", {})}):
            yield {"year": year, "what": "beds", "site_id": j, "first": _beds(a, j), "second": _beds(b, j)}
        for name in OF_A_YEAR:
            row = {"year": year, "what": name, "site_id": ""}
            yield row | {"first": None if a is None else a[name], "second": None if b is None else b[name]}


def _beds(year: Mapping[str, Any] | None, site_id: str) -> int | None:
    return None if year is None else int(year["beds"].get(site_id, 0))


def is_order(path: str | os.PathLike[str]) -> bool:
    """Whether a file, or the study.json of a folder, holds a roll-out."""
    file = _file(path)
    if not file.is_file() or file.suffix != ".json":
        return False
    try:
        said = json.loads(file.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        return False
    return isinstance(said, dict) and {"years", "order"} <= set(said)


def read_order(path: str | os.PathLike[str]) -> Order:
    """A roll-out as ``capacity roll-out --json`` or ``--out`` wrote it.

    Raises
    ------
    DataError
        Where the file holds none, or not the whole of one.
    """
    said: dict[str, Any] = json.loads(_file(path).read_text("utf-8")) if is_order(path) else {}
    missing = [key for key in ("objective_name", "years", "order", *OF_ALL) if key not in said]
    if not missing:
        wanted = {"year", "beds", *OF_A_YEAR}
        missing = sorted({key for year in said["years"] for key in wanted - set(year)})
    if missing:
        rule = "a roll-out is a JSON object as capacity roll-out --json writes it"
        remedy = "Write it with capacity roll-out --json > FILE.json, or --out FOLDER."
        raise DataError([Finding(table=str(path), column=", ".join(missing), rule=rule, remedy=remedy)])
    return said


def _file(path: str | os.PathLike[str]) -> Path:
    file = Path(path)
    return file / "study.json" if file.is_dir() else file
