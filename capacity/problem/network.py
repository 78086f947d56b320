"""The places: demand points, candidate sites, and the regions they belong to."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from capacity.arrays import Floats, Ints, as_ids, clean, floats, ints, look, odd_labels, repeated
from capacity.errors import DataError, Finding, some
from capacity.problem import cells
from capacity.problem.calls import told, told_when_made
from capacity.problem.cells import UNBOUNDED as UNBOUNDED
from capacity.problem.cells import Column
from capacity.problem.coordinates import in_degrees

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@told_when_made
@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Demand points and candidate sites, with names, regions and places on the map.

    Points are indexed i = 0..n-1 and sites j = 0..m-1 in the order given; every other table of a
    problem refers to them by id.

    Attributes
    ----------
    point_ids, point_names, point_regions : tuple of str, length n
    site_ids, site_names, site_regions, site_kinds : tuple of str, length m
    region_names : mapping of region id to name
    point_lonlat : ndarray (n, 2) or None
        WGS84 degrees.
    site_lonlat : ndarray (m, 2) or None
    site_smallest, site_largest : ndarray (m,) of int
        A site's own limits on its size, in beds (0 and `UNBOUNDED` where it has none).
    existing_beds : ndarray (m,) of int
        Beds a site has today, for the rule ``size_floor``.
    ambulatories : tuple of str
        Ids of the family ambulatories units work with.
    neonatal : tuple of bool, length m
        Whether there is a neonatal ward at a site.
    wards_elsewhere : tuple of str
        Ids of neonatal wards at no site of these, as where a problem was cut to some of its regions.
    point_columns : mapping of column name to tuple
        Further columns of the demand points: weights to split demand by, other region columns.
    region_column : str
        The column `point_regions` was taken from.
    site_points : tuple of str
        Id of the demand point each site lies in ("" where unknown).
    site_columns : mapping of column name to tuple
        Further columns of the sites, for rules that read them.
    notices : tuple of str
        What was left out or assumed while the network was made, or is hardly meant, in sentences; a problem takes
        them over.
    point_homes : tuple of str, length n
        The place each demand point is a part of: itself, unless families of a place have different ways (see
        `capacity.problem.parts`).
    point_shares : ndarray (n,)
        Share of the place's families that a demand point is; 1 of one that is no part.
    point_travel : tuple of str, length n
        ``"transit"`` of families who go by public transport, "" of others.
    home_names : mapping of place to name

    Raises
    ------
    DataError
        With every fault found.
    """

    point_ids: tuple[str, ...]
    point_names: tuple[str, ...]
    point_regions: tuple[str, ...]
    site_ids: tuple[str, ...]
    site_names: tuple[str, ...]
    site_regions: tuple[str, ...]
    site_kinds: tuple[str, ...] = ()
    region_names: Mapping[str, str] = field(default_factory=dict)
    point_lonlat: Floats | None = None
    site_lonlat: Floats | None = None
    site_smallest: Ints | None = None
    site_largest: Ints | None = None
    existing_beds: Ints | None = None
    ambulatories: tuple[str, ...] = ()
    point_columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    region_column: str = "region"
    site_points: tuple[str, ...] = ()
    site_columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    neonatal: tuple[bool, ...] = ()
    wards_elsewhere: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    point_homes: tuple[str, ...] = ()
    point_shares: Floats | None = None
    point_travel: tuple[str, ...] = ()
    home_names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, m = len(self.point_ids), len(self.site_ids)
        put = object.__setattr__
        for name in ("point_ids", "point_regions", "site_ids", "site_regions", "ambulatories", "wards_elsewhere"):
            put(self, name, as_ids(getattr(self, name)))
        put(self, "site_kinds", as_ids(self.site_kinds) or ("",) * m)
        put(self, "site_points", as_ids(self.site_points) or ("",) * m)
        wards: list[Finding] = []
        put(self, "neonatal", _wards(wards, self.neonatal) or (False,) * m)
        put(self, "point_homes", as_ids(self.point_homes) or self.point_ids)
        put(self, "point_travel", tuple(self.point_travel) or ("",) * n)
        put(self, "point_shares", floats(np.ones(n) if self.point_shares is None else np.asarray(self.point_shares)))
        put(self, "point_names", tuple(clean(str(name)) for name in self.point_names))
        put(self, "site_names", tuple(clean(str(name)) for name in self.site_names))
        first = dict(zip(reversed(self.point_homes), reversed(self.point_names), strict=False))
        put(self, "home_names", {i: self.home_names.get(i, first.get(i, i)) for i in dict.fromkeys(self.point_homes)})
        faults = wards
        for name, otherwise in (("site_smallest", 0), ("site_largest", UNBOUNDED), ("existing_beds", 0)):
            given = getattr(self, name)
            put(self, name, _beds(faults, name.removeprefix("site_"), [otherwise] * m if given is None else given))
        for name, table in (("point_lonlat", "demand points"), ("site_lonlat", "sites")):
            if getattr(self, name) is not None:
                given = cells.array(faults, table, "lon, lat", getattr(self, name), least=-math.inf)
                put(self, name, floats(given))
        if faults:
            raise DataError(faults)
        ids = dict.fromkeys((*sorted(self.point_regions), *sorted(self.site_regions)))
        put(self, "region_names", {r: self.region_names.get(r, r) for r in sorted(ids)})
        for name in ("point_columns", "site_columns"):
            put(self, name, {k: tuple(v) for k, v in getattr(self, name).items()})
        findings = self._faults(n, m)
        if findings:
            raise DataError(findings)
        put(self, "notices", tuple(dict.fromkeys((*self.notices, *self._more_than_largest()))))

    def _more_than_largest(self) -> Iterator[str]:
        """Sites with more beds today than they may have: a unit may be meant to shrink, or two cells are swapped."""
        assert self.site_largest is not None and self.existing_beds is not None
        for j, name, most, beds in zip(
            self.site_ids, self.site_names, self.site_largest.tolist(), self.existing_beds.tolist(), strict=True
        ):
            if beds > most:
                yield f"{name} ({j}) has {beds} beds today, more than its largest size, {most}."

    def _faults(self, n: int, m: int) -> list[Finding]:
        findings = repeated("demand points", "point_id", self.point_ids)
        findings += repeated("sites", "site_id", self.site_ids)
        lengths: list[tuple[str, str, Any, int]] = [
            ("demand points", "name", self.point_names, n),
            ("demand points", "region", self.point_regions, n),
            ("demand points", "home", self.point_homes, n),
            ("demand points", "share", self.point_shares, n),
            ("demand points", "travel", self.point_travel, n),
            *(("demand points", k, v, n) for k, v in self.point_columns.items()),
            *(("sites", k, v, m) for k, v in self.site_columns.items()),
            ("sites", "name", self.site_names, m),
            ("sites", "region", self.site_regions, m),
            ("sites", "kind", self.site_kinds, m),
            ("sites", "neonatal", self.neonatal, m),
            ("sites", "smallest", self.site_smallest, m),
            ("sites", "largest", self.site_largest, m),
            ("sites", "existing_beds", self.existing_beds, m),
        ]
        for table, column, values, length in lengths:
            if len(values) != length:
                findings.append(
                    Finding(
                        table=table,
                        column=column,
                        value=str(len(values)),
                        rule=f"the column has one value a row ({length})",
                        remedy="Give each row a value.",
                    )
                )
        findings += self._faults_of_places(n, m)
        nowhere = [i for i, region in zip(self.point_ids, self.point_regions, strict=False) if not region]
        if nowhere:
            findings.append(
                Finding(
                    table="demand points",
                    column="region",
                    value=some(nowhere),
                    rule="every demand point has a region",
                    remedy="Fill in the region.",
                )
            )
        findings += odd_labels("network", "region", [*self.point_regions, *self.site_regions], case=True)
        for table, names in (("demand points", self.point_names), ("sites", self.site_names)):
            findings += [
                f for f in odd_labels(table, "name", names) if "look alike" not in f.rule and "alphabet" not in f.rule
            ]
        return findings

    def _faults_of_places(self, n: int, m: int) -> list[Finding]:
        findings: list[Finding] = []
        for table, lonlat, length in (("demand points", self.point_lonlat, n), ("sites", self.site_lonlat, m)):
            if lonlat is None:
                continue
            if lonlat.shape != (length, 2) or not np.isfinite(lonlat).all():
                findings.append(
                    Finding(
                        table=table,
                        column="lon, lat",
                        rule="each row has a finite longitude and latitude",
                        remedy="Give coordinates to all rows or to none.",
                    )
                )
            elif not in_degrees(lonlat):
                findings.append(
                    Finding(
                        table=table,
                        column="lon, lat",
                        value=", ".join(f"{x:g}" for x in lonlat[(np.abs(lonlat) > (180, 90)).any(axis=1)][0]),
                        rule="longitude and latitude are degrees, within 180 and 90",
                        remedy="Convert them to WGS84 degrees (EPSG:4326), longitude first.",
                    )
                )
        return findings

    @classmethod
    @told
    def from_tables(
        cls, points: pd.DataFrame, sites: pd.DataFrame, *, regions: str = "region", ambulatories: Sequence[str] = ()
    ) -> Self:
        """Make a network from two tables.

        Parameters
        ----------
        points : DataFrame or GeoDataFrame
            Columns ``point_id`` and ``name`` (optional); the region column; ``lon`` and ``lat``
            or a geometry (optional); any further column can be a weight.
        sites : DataFrame or GeoDataFrame
            Columns ``site_id``, ``name`` (optional), the region column (or ``point_id``, the
            demand point it lies in), ``kind``, ``smallest``, ``largest``, ``existing_beds``, ``neonatal``,
            ``lon``, ``lat`` or a geometry (all optional); any further column is kept for rules that read it.
        regions : str
            Name of the region column; where the points lack it, all belong to one region.
        ambulatories : sequence of str
            Ids of the family ambulatories.

        Raises
        ------
        DataError
            With every fault found.
        """
        from capacity.problem.frames import network_parts

        return cls(**network_parts(points, sites, regions), ambulatories=tuple(ambulatories))

    @property
    def wards(self) -> tuple[str, ...]:
        """Ids of the sites with a neonatal ward, and of wards elsewhere."""
        here = tuple(j for j, ward in zip(self.site_ids, self.neonatal, strict=True) if ward)
        return (*here, *self.wards_elsewhere)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Ids of the regions, sorted."""
        return tuple(self.region_names)

    @cached_property
    def point_region_index(self) -> Ints:
        """Region of each point as a position in `regions`, (n,)."""
        at = {r: k for k, r in enumerate(self.regions)}
        return ints([at[r] for r in self.point_regions])

    @cached_property
    def site_region_index(self) -> Ints:
        """Region of each site as a position in `regions`, (m,)."""
        at = {r: k for k, r in enumerate(self.regions)}
        return ints([at[r] for r in self.site_regions])

    @property
    def parted(self) -> bool:
        """Whether some demand point is a part of a place."""
        return self.point_homes != self.point_ids

    def replace(self, **changes: Any) -> Self:
        """Copy with some attributes changed; the copy is checked again."""
        if "point_ids" in changes and not self.parted:
            # Other points are places of their own as these were.
            changes = {"point_homes": (), "point_shares": None, "point_travel": (), "home_names": {}, **changes}
        return dataclasses.replace(self, **changes)

    def site_places(self, ids: Iterable[str]) -> dict[str, str]:
        """Sites by the name of their demand point where only one of them may be meant, by their own name otherwise.

        Of several sites of the case in one place it is the only listed ambulatory there that is called by the place.
        No name has a comma: lists of them are taken apart again by readers and by the catalogue.
        """
        ids = tuple(ids)
        there: dict[str, list[str]] = {}
        for j, at in zip(self.site_ids, self.site_points, strict=True):
            there.setdefault(at, []).append(j)
        listed = set(self.ambulatories)
        meant = {
            only[0]
            for sites in there.values()
            if len(only := [j for j in sites if j in listed] if len(sites) > 1 else sites) == 1
        }
        town = dict(zip(self.point_ids, self.point_names, strict=True))
        home = dict(zip(self.site_ids, self.site_points, strict=True))
        own = dict(zip(self.site_ids, self.site_names, strict=True))
        named = [town.get(home[j], "") for j in ids]
        return {
            j: (name if name and j in meant and named.count(name) == 1 else own[j]).replace(", ", " – ")
            for j, name in zip(ids, named, strict=True)
        }

    @told
    def with_regions(self, column: str) -> Self:
        """Copy whose regions are those of another column of the demand points.

        A site belongs to the region of the demand point it lies in; a region's name is taken from
        ``region`` where the ids are those of ``region_code``, otherwise the id is the name.
        """
        if column == self.region_column:
            return self
        if column not in self.point_columns:
            raise DataError(
                [
                    Finding(
                        table="network",
                        column="regions",
                        value=column,
                        rule="the region column is one of the demand points' columns",
                        remedy=f"Choose one of: {some(self.point_columns)}.",
                    )
                ]
            )
        given = self.point_columns[column]
        none = [i for i, region in zip(self.point_ids, given, strict=True) if cells.is_empty(region)]
        if none:
            rule, remedy = "every demand point has a region", "Fill in the region."
            raise DataError([Finding(table="demand points", column=column, value=some(none), rule=rule, remedy=remedy)])
        regions = as_ids(given)
        home = dict(zip(self.point_ids, regions, strict=True))
        stray = [j for j, i in zip(self.site_ids, self.site_points, strict=True) if i not in home]
        if stray:
            raise DataError(
                [
                    Finding(
                        table="sites",
                        column=column,
                        value=some(stray),
                        rule="every site lies in a known demand point",
                        remedy="Say which demand point the site lies in.",
                    )
                ]
            )
        return self.replace(
            point_regions=regions,
            site_regions=tuple(home[i] for i in self.site_points),
            region_column=column,
            region_names=region_names(column, regions, self.point_columns),
        )

    @property
    def points(self) -> pd.DataFrame:
        """The demand points as a fresh table."""
        from capacity.problem.frames import places

        return places("point_id", self.point_ids, self.point_names, self.point_regions, self.point_lonlat)

    @property
    def sites(self) -> pd.DataFrame:
        """The candidate sites as a fresh table."""
        from capacity.problem.frames import places

        table = places("site_id", self.site_ids, self.site_names, self.site_regions, self.site_lonlat)
        table["kind"] = self.site_kinds
        table["smallest"], table["largest"] = self.site_smallest, self.site_largest
        table["existing_beds"] = self.existing_beds
        if any(self.neonatal):
            table["neonatal"] = self.neonatal
        return table

    def points_on_map(self, crs: str = "EPSG:25832") -> gpd.GeoDataFrame:
        """The demand points as a GeoDataFrame in metres."""
        from capacity.problem.frames import on_map

        return on_map(self.points, crs)

    def sites_on_map(self, crs: str = "EPSG:25832") -> gpd.GeoDataFrame:
        """The candidate sites as a GeoDataFrame in metres."""
        from capacity.problem.frames import on_map

        return on_map(self.sites, crs)


def _wards(found: list[Finding], given: Any) -> tuple[bool, ...]:
    """Which sites have a neonatal ward; a fault for a cell that says neither yes nor no."""
    column = Column(table="sites", name="neonatal", cells=tuple(given), rows=tuple(range(len(given))))
    return tuple(cells.flags(found, column, empty=False))


def _beds(found: list[Finding], name: str, given: Any) -> Ints:
    """Whole numbers of beds, not negative; 0 and a fault for others."""
    if isinstance(given, np.ndarray) and given.dtype.kind in "iu" and (not given.size or given.min() >= 0):
        return ints(given)
    column = Column(table="sites", name=name, cells=tuple(given), rows=tuple(range(len(given))))
    beds = cells.numbers(found, column, whole="beds")
    return ints([0 if b != b else int(b) for b in beds])


def region_names(column: str, regions: Sequence[str], columns: Mapping[str, tuple[Any, ...]]) -> dict[str, str]:
    """Names of regions: the column of the same name less ``_code``, where the ids are its codes."""
    named = column.removesuffix("_code")
    if named != column and named in columns:
        return {r: str(name) for r, name in zip(regions, columns[named], strict=True)}
    names = dict(zip(as_ids(columns.get("region_code", ())), columns.get("region", ()), strict=False))
    return {r: str(names.get(r, r)) for r in regions}


def region_twins(
    table: str, column: str, regions: Sequence[str], columns: Mapping[str, tuple[Any, ...]], names: Mapping[str, str]
) -> list[Finding]:
    """Faults of a region with two names, and of two regions printed the same."""
    named = column.removesuffix("_code")
    told = columns.get(named, ()) if named != column else ()
    of: dict[str, dict[str, None]] = {}
    for region, name in zip(regions, told, strict=False):
        of.setdefault(region, {})[str(name)] = None
    findings = [
        Finding(
            table=table,
            column=named,
            value=some(given),
            rule=f"a region has one name ({region} has {len(given)})",
            remedy="Write it alike in every row.",
        )
        for region, given in of.items()
        if len(given) > 1
    ]
    if findings:
        return findings
    owners: dict[str, list[str]] = {}
    for region, name in names.items():
        owners.setdefault(look(clean(name)).casefold(), []).append(region)
    return [
        Finding(
            table=table,
            column=named,
            value=some(twins),
            rule=f"no two regions have one name ({names[twins[0]]!r})",
            remedy="Give each its own name, or both one id.",
        )
        for twins in owners.values()
        if len(twins) > 1 and len({look(t).casefold() for t in twins}) > 1
    ]
