"""Places on the Earth: WGS84 degrees, checked for what goes wrong with them."""

from __future__ import annotations

import math

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.errors import Finding
from capacity.problem.cells import Column, Wrong, is_empty, mark_of, number, tell

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

FARTHEST_KM, SWAPPED_KM = 1_500.0, 500.0
"""A site farther than the first from every demand point is no site for them; from the second on it may be swapped."""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def kilometres(origins: Floats, destinations: Floats) -> Floats:
    """Great-circle distance of each of n places to each of m, both in degrees, (n, m)."""
    a, b = np.radians(origins)[:, None, :], np.radians(destinations)[None, :, :]
    half = np.sin((b - a) / 2) ** 2
    chord = half[..., 1] + np.cos(a[..., 1]) * np.cos(b[..., 1]) * half[..., 0]
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


def in_degrees(lonlat: Floats) -> bool:
    """Whether every place is one on the Earth (NaN counts as none)."""
    return bool((np.abs(lonlat) <= (180.0, 90.0)).all())


def degrees(faults: list[Finding], lon: Column, lat: Column, *, may_lack: bool) -> tuple[Floats, Bools]:
    """Longitude and latitude of each row, (n, 2), NaN where faulty; and which rows have them, (n,).

    A table in the metres of a projection is told once, not cell by cell.
    """
    have = [not (may_lack and is_empty(a) and is_empty(b)) for a, b in zip(lon.cells, lat.cells, strict=True)]
    pairs = np.full((len(have), 2), math.nan)
    wrong: list[list[tuple[int, Wrong]]] = [[], []]
    metres = 0
    for c, (column, most) in enumerate(((lon, 180.0), (lat, 90.0))):
        mark = mark_of(column)
        for k, cell in enumerate(column.cells):
            if not have[k]:
                continue
            value = number(cell, mark, -most, most)
            if isinstance(value, Wrong):
                rule = value.rule if value.rule == "the cell is empty" else f"degrees between -{most:g} and {most:g}"
                wrong[c].append((k, Wrong(rule, "Give WGS84 degrees, such as 12.5655 and 55.6759.")))
                raw = number(cell, mark)
                metres += not isinstance(raw, Wrong) and abs(raw) > 1_000
            else:
                pairs[k, c] = value
    if metres > 1 and metres > sum(have) / 2:
        first = (wrong[0] or wrong[1])[0][0]
        faults.append(
            Finding(
                table=lon.table,
                row=lon.rows[first],
                column="lon, lat",
                value=f"{lon.cells[first]}, {lat.cells[first]}",
                rule="longitude and latitude are degrees: these look like the metres of a map projection",
                remedy="Convert them to WGS84 degrees (EPSG:4326), such as 12.5655 and 55.6759.",
            )
        )
    else:
        tell(faults, lon, wrong[0])
        tell(faults, lat, wrong[1])
    return pairs, np.array(have, dtype=bool)


def misplaced(
    faults: list[Finding],
    column: Column,
    lonlat: Floats,
    have: Bools,
    *,
    land: Box | None = None,
    around: Floats | None = None,
    outline: str = "the outline",
) -> None:
    """Faults where longitude and latitude change places, and where a place lies far from all it belongs to.

    Parameters
    ----------
    column : Column
        Of ids: whose the places are.
    land : Box, optional
        Of the country, with some room to spare.
    around : ndarray (k, 2), optional
        Places these belong to: the demand points, for sites.
    outline : str
        Name of the file of the land.
    """
    full = have & np.isfinite(lonlat).all(axis=1)
    if not full.any():
        return
    lost = np.zeros_like(full)
    rule = "the place lies on or near the land outline"
    near = None if around is None else around[np.isfinite(around).all(axis=1)]
    if land is not None and near is not None and len(near) and inside(land, near).mean() < 0.5:
        # An outline of elsewhere has been told of the points.
        land = None
    if land is not None:
        swapped, lost = _off_land(land, lonlat, full)
        if near is None and full.sum() > 1 and lost.sum() > full.sum() / 2:
            faults.append(
                Finding(
                    table=outline,
                    rule=f"the outline lies where the places of {column.table} are",
                    value="from {:.4g}, {:.4g} to {:.4g}, {:.4g}".format(*land),
                    remedy="Export the outline of this country in WGS84, longitude first, or correct all coordinates.",
                )
            )
            return
    elif near is not None and len(near):
        rule = f"a site is within {FARTHEST_KM:,.0f} km of some demand point"
        swapped, lost = _off_points(near, lonlat, full)
    else:
        swapped = _off_middle(lonlat, full)
    others = full & (np.abs(lonlat) > 1).any(axis=1)
    nowhere = full & (lonlat == 0).all(axis=1) & ~lost & others.any()
    two = "lon is the longitude and lat the latitude: the two look swapped"
    if swapped.sum() > len(have) / 2:
        faults.append(
            Finding(
                table=column.table,
                rule=two,
                column="lon, lat",
                remedy="Swap the two columns" + (f" (or {outline} has them swapped)." if land is not None else "."),
                value=_said(lonlat[swapped][0]),
            )
        )
        return
    _tell_each(faults, column, lonlat, swapped, Wrong(two, "Swap the two numbers."))
    _tell_each(faults, column, lonlat, lost, Wrong(rule, "Correct the coordinates."))
    sea = Wrong("the place is not 0, 0, where there is only sea", "Correct the coordinates.")
    _tell_each(faults, column, lonlat, nowhere, sea)


def _tell_each(faults: list[Finding], column: Column, lonlat: Floats, which: Bools, wrong: Wrong) -> None:
    here = Column(
        table=column.table,
        name="lon, lat",
        cells=tuple(_said(place) for place in lonlat),
        rows=column.rows,
        whose=tuple(map(str, column.cells)),
    )
    tell(faults, here, [(int(k), wrong) for k in np.flatnonzero(which)])


def _off_land(land: Box, lonlat: Floats, full: Bools) -> tuple[Bools, Bools]:
    """Places that lie on land when their numbers change places, and places that do not even then, (n,) each."""
    within, turned = inside(land, lonlat), inside(land, lonlat[:, ::-1])
    return full & ~within & turned, full & ~within & ~turned


def _off_points(points: Floats, lonlat: Floats, full: Bools) -> tuple[Bools, Bools]:
    """Places much nearer to some demand point when their numbers change places, and others far from all, (n,) each."""
    back = lonlat[:, ::-1]
    on_earth = np.where(np.abs(back) <= (180.0, 90.0), back, -90.0)
    far, turned = (kilometres(np.where(full[:, None], v, 0.0), points).min(axis=1) for v in (lonlat, on_earth))
    swapped = full & (far > SWAPPED_KM) & (turned < far / 4)
    return swapped, full & (far > FARTHEST_KM) & ~swapped


def _off_middle(lonlat: Floats, full: Bools) -> Bools:
    """Places much nearer to the middle of all when their numbers change places, (n,)."""
    middle = np.median(lonlat[full], axis=0)
    off, turned = (np.abs(v - middle).max(axis=1) for v in (lonlat, lonlat[:, ::-1]))
    return np.asarray(full & (off > 10) & (turned < off / 4))


def inside(box: Box, lonlat: Floats) -> Bools:
    """Which places lie in a box, (n,)."""
    return np.asarray(((lonlat >= box[:2]) & (lonlat <= box[2:])).all(axis=1))


def _said(place: Floats) -> str:
    return f"{place[0]:g}, {place[1]:g}"
