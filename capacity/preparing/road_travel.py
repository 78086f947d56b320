"""Travel worked out from roads as it is kept: tables of minutes and km, and ``travel.json`` beside them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding
from capacity.preparing.borders import Borders
from capacity.preparing.homes import Homes
from capacity.preparing.own_tables import in_form
from capacity.preparing.timetable import Transit
from capacity.problem.calls import told
from capacity.reading.case import builtin_folder
from capacity.reading.tables import NO_WAY
from capacity.writing import bring_back_all, digest, place_of, refuse_file, whole_files

if TYPE_CHECKING:
    import pandas as pd

ATTRIBUTION = "(c) OpenStreetMap contributors (ODbL)"
RECORD = "travel.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadTravel:
    """Travel worked out from roads.

    Attributes
    ----------
    point_ids, site_ids : tuple of str
    minutes, km : ndarray (n, m)
        One way, from home to site; infinite where there is no way. Of a demand point with several places the mean.
    spread : ndarray (n, m)
        Standard deviation of the minutes over a demand point's places; zeros where it is one place.
    ferry : ndarray (n, m)
        Share of a demand point's places whose way takes a ferry.
    transit : Transit or None
        Minutes by public transport, where a timetable was given.
    notices : tuple of str
    record : mapping
        What ``travel.json`` holds: every input's hash, versions, speeds, distances to the roads, shares by ferry.
    comparison : mapping or None
        Against the case's present table: mean and largest difference, the measured error by kind of way, places whose
        nearest site changes, and the plans by either; None where the case has no table to compare with.
    homes : Homes or None
        Several places of the demand points, where they were given, and `home_minutes` (P, m) of each.
    borders : Borders or None
        Areas of the demand points, where they were asked for.
    fast : ndarray (n, m) or None
        Share of the km on motorways and trunk roads.
    """

    point_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    minutes: Floats
    km: Floats
    spread: Floats
    ferry: Floats
    notices: tuple[str, ...]
    record: Mapping[str, Any]
    comparison: Mapping[str, Any] | None = None
    transit: Transit | None = None
    homes: Homes | None = None
    home_minutes: Floats | None = None
    borders: Borders | None = None
    fast: Floats | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row a pair: point_id, site_id, minutes, km, spread, by_ferry."""
        import pandas as pd

        n, m = self.minutes.shape
        return pd.DataFrame(
            {
                "point_id": np.repeat(self.point_ids, m),
                "site_id": np.tile(self.site_ids, n),
                "minutes": self.minutes.ravel(),
                "km": self.km.ravel(),
                "spread": self.spread.ravel(),
                "by_ferry": self.ferry.ravel(),
            }
        )

    @told
    def write(
        self,
        out: str | os.PathLike[str],
        km: str | os.PathLike[str] | None = None,
        areas: str | os.PathLike[str] | None = None,
        *,
        force: bool = False,
        csv: str = "plain",
    ) -> tuple[Path, ...]:
        """Write the table of minutes (that of km and the areas too), and ``travel.json`` beside it.

        Tables have the form of ``drive_minutes.csv``. Others are named after it: ``..._transit.csv`` (half of the
        departures take no longer) and ``..._transit_80.csv`` (80 % of them); of several places of a demand point
        ``..._places.csv``, a row each with its weight, and ``..._spread.csv``, the standard deviation over them.
        With ``csv="da"`` or ``"en"`` a spreadsheet of that language opens them by double click; cases read them alike.

        Raises
        ------
        DataError
            Where a file there is not as this library wrote it, unless `force`; nothing is written then.
        """
        places = self.homes is not None
        refuse_tables(out, km, areas, transit=self.transit is not None, places=places, force=force)
        values: list[Floats | None] = [self.minutes]
        values += [] if km is None else [self.km]
        if self.transit is not None:
            values += [self.transit.median, self.transit.most]
        if places:
            values += [None, self.spread]
        paths = _tables(out, km, transit=self.transit is not None, places=places)
        texts = {path: self.text(table, csv) for path, table in zip(paths, values, strict=True)}
        if areas is not None and self.borders is not None:
            texts[Path(areas)] = self.borders.text(ATTRIBUTION)
        hashes = {path.name: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
        said = {**self.record, "tables": hashes, "comparison": self.comparison}
        texts[Path(out).with_name(RECORD)] = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        return whole_files(
            {path: partial(write_text, text=text) for path, text in texts.items()},
            refuse=lambda: refuse_tables(out, km, areas, transit=self.transit is not None, places=places, force=force),
            parents=True,
        )

    def text(self, values: Floats | None, form: str) -> str:
        """A table by demand point as it is written; None: by place."""
        if values is not None:
            table = [["code", *self.site_ids]]
            table += [[point, *map(_cell, row)] for point, row in zip(self.point_ids, values, strict=True)]
        else:
            assert self.homes is not None and self.home_minutes is not None
            table = [["code", "place", "weight", *self.site_ids]]
            homes = zip(self.homes.point, self.homes.name, self.homes.weight, self.home_minutes, strict=True)
            for of, name, weight, row in homes:
                table.append([self.point_ids[of], name, f"{weight:.15g}", *map(_cell, row)])
        return in_form(table, form)


def _cell(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if np.isfinite(value) else NO_WAY


def write_text(path: Path, text: str) -> None:
    """Write a table's text as it stands."""
    path.write_text(text, encoding="utf-8", newline="")


def refuse_tables(
    out: str | os.PathLike[str],
    km: str | os.PathLike[str] | None,
    areas: str | os.PathLike[str] | None = None,
    *,
    transit: bool,
    places: bool = False,
    force: bool = False,
) -> None:
    """Refuse places where a file is not as this library wrote it, before anything is worked out.

    Its own are those whose hash ``travel.json`` beside them holds, and those of the built-in case as
    `capacity new` copies them.
    """
    record = Path(out).with_name(RECORD)
    tables = _tables(out, km, transit=transit, places=places) + ([Path(areas)] if areas is not None else [])
    bring_back_all(place_of(record).parent)
    if len({place_of(path) for path in (*tables, record)}) <= len(tables):
        rule = "each table is written to a file of its own, and none to travel.json"
        said = ", ".join(map(str, tables))
        raise DataError([Finding(table="travel", column="--out", value=said, rule=rule, remedy="Name others.")])
    for path in tables:
        refuse_file(path, ours=_our_table, force=force)
    refuse_file(record, ours=lambda there: _recorded(there) is not None, force=force)


def _tables(
    out: str | os.PathLike[str], km: str | os.PathLike[str] | None, *, transit: bool, places: bool
) -> list[Path]:
    stem = Path(out).with_suffix("")
    others = (["transit", "transit_80"] if transit else []) + (["places", "spread"] if places else [])
    named = [stem.with_name(f"{stem.name}_{which}.csv") for which in others]
    return [Path(out), *([Path(km)] if km is not None else []), *named]


def _recorded(record: Path) -> Mapping[str, Any] | None:
    """Hashes of the tables a ``travel.json`` speaks of; None where it is another's file."""
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    tables = said.get("tables") if isinstance(said, dict) and said.get("attribution") == ATTRIBUTION else None
    return tables if isinstance(tables, dict) else None


def _our_table(path: Path) -> bool:
    builtin = Path(builtin_folder()) / path.name
    return digest(path) in (
        (_recorded(path.with_name(RECORD)) or {}).get(path.name),
        digest(builtin) if builtin.is_file() else None,
    )
