"""Where families begin: at each demand point, or at several places of one, and what a mean over them is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError
from capacity.reading.document import read_document
from capacity.reading.places import Points, Sites, land_of, read_points, read_sites
from capacity.reading.tables import Reading, numbers, read_table


@dataclass(frozen=True, kw_only=True, eq=False)
class Homes:
    """Where families begin: one place a demand point, or several.

    Attributes
    ----------
    point : tuple of int, length P
        The demand point of each place, by position.
    label, name : tuple of str, length P
        What messages call it, and what the planner does ("" where it has no name).
    lonlat : ndarray (P, 2)
    weight : ndarray (P,)
    file : str
        The table they stand in.
    own : bool
        Whether it is a table of places, not the demand points' own.
    """

    point: tuple[int, ...]
    label: tuple[str, ...]
    name: tuple[str, ...]
    lonlat: Floats
    weight: Floats
    file: str
    own: bool = False


def places_of(folder: Path, places: str | os.PathLike[str] | None) -> tuple[Points, Sites, Homes]:
    """Demand points and sites of a case, and where families begin.

    Raises
    ------
    DataError
        With every fault.
    """
    reading = Reading(folder=folder)
    document = read_document(reading)
    land = land_of(reading, document) if document is not None else None
    points = read_points(reading, document, land) if document is not None else None
    sites = read_sites(reading, document, points, land) if document is not None and points is not None else None
    if points is not None and points.lonlat is None and places is None:
        reading.fault(points.table.name, "every demand point has coordinates", "Add the columns lon and lat.")
    if sites is not None and not sites.located.any():
        reading.fault(sites.table.name, "some site has coordinates", "Add the columns lon and lat.")
    if reading.findings or points is None or sites is None:
        raise DataError(reading.findings)
    if places is not None:
        return points, sites, _own_places(Path(places), points)
    assert points.lonlat is not None
    count = len(points.ids)
    homes = Homes(
        point=tuple(range(count)),
        label=points.ids,
        name=("",) * count,
        lonlat=points.lonlat,
        weight=np.ones(count),
        file=points.table.name,
    )
    return points, sites, homes


def _own_places(path: Path, points: Points) -> Homes:
    reading = Reading(folder=path.parent, named=frozenset({path.name}))
    table = read_table(reading, path.name, ("code", "lon", "lat"), ("weight", "place"))
    if table is None or reading.findings:
        raise DataError(reading.findings)
    lon = numbers(reading, table, "lon", least=-180, most=180, what="code")
    lat = numbers(reading, table, "lat", least=-90, most=90, what="code")
    weighed = "weight" in table.columns
    weight = numbers(reading, table, "weight", what="code") if weighed else [1.0] * len(table)
    at = {i: k for k, i in enumerate(points.ids)}
    for code, line in zip(table["code"], table.lines, strict=True):
        if code not in at:
            reading.fault(
                path.name, "each code is one of the case's", "Correct it.", row=line, column="code", value=code
            )
    total = np.zeros(len(points.ids))
    for code, each in zip(table["code"], weight, strict=True):
        total[at.get(code, 0)] += each if code in at else 0.0
    for k in np.flatnonzero(~(total > 0)):
        reading.fault(path.name, "every demand point has a place of some weight", "Add one.", value=points.ids[k])
    if reading.findings:
        raise DataError(reading.findings)
    return Homes(
        point=tuple(at[code] for code in table["code"]),
        label=tuple(f"{code} (row {line})" for code, line in zip(table["code"], table.lines, strict=True)),
        name=table.columns.get("place", ("",) * len(table)),
        lonlat=np.stack([np.array(lon), np.array(lat)], axis=1),
        weight=np.array(weight),
        file=path.name,
        own=True,
    )


def mean_over(values: Floats, homes: Homes, count: int) -> Floats:
    """The weighted mean over a demand point's places; infinite where one of them has no way."""
    total = np.zeros((count, values.shape[1]))
    weight = np.zeros(count)
    np.add.at(weight, list(homes.point), homes.weight)
    # A place of no weight says nothing, not even that it has no way.
    part = np.where(
        homes.weight[:, None] > 0, homes.weight[:, None] * np.where(homes.weight[:, None] > 0, values, 0), 0
    )
    np.add.at(total, list(homes.point), part)
    return np.asarray(total / weight[:, None])
