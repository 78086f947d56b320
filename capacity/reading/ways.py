"""Travel: from a table of minutes, or from road links."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.errors import some
from capacity.labels import Bools, Floats
from capacity.reading.document import Document
from capacity.reading.places import Points, Sites
from capacity.reading.tables import Reading, Table, ids, known, numbers, read_table
from capacity.rules.siting import Keep, SizeFloor
from capacity.travel import TravelMatrix

FASTEST_KM_PER_HOUR, SLOWEST_KM_PER_HOUR = 300.0, 2.0
"""Straight-line speeds outside these say that the minutes are hours, or seconds."""

LONGEST_MEDIAN_MINUTES = 1_000.0
"""Without coordinates: a table whose median is longer looks like seconds."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Travel of a case: to which sites, and how long.

    Attributes
    ----------
    sites : tuple of int
        Rows of the sites' table that can be planned with.
    travel : TravelMatrix
        Points to those sites.
    to_ambulatory : TravelMatrix or None
        Those sites to all of them.
    """

    sites: tuple[int, ...]
    travel: TravelMatrix
    to_ambulatory: TravelMatrix | None


def read_ways(reading: Reading, document: Document, points: Points, sites: Sites) -> Ways | None:
    """Read travel times, and leave out (with a notice) the sites that have none."""
    source = document.get("travel.source", "drive_minutes.csv")
    if not isinstance(source, str):
        reading.fault(
            "case.toml", "the travel source is the name of a file", 'Write "drive_minutes.csv".',
            row=document.lines.get("travel.source"), column="travel.source", value=str(source),
        )  # fmt: skip
        return None
    table = read_table(reading, source)
    if table is None:
        return None
    links = read_links(reading, document, sites)
    if "from" in table.columns:
        if links is None:
            return None
        values, has_way = _from_links(reading, document, points, sites, links, source)
        modelled = True
    else:
        found = _from_matrix(reading, table, points, sites)
        if found is None:
            return None
        values, has_way = found
        modelled = links is not None
    kept = _usable(reading, document, sites, has_way, source)
    if not kept:
        reading.fault(
            sites.table.name, "some site has coordinates and travel times", "Add one."
        )
        return None
    unreached = ~np.isfinite(values[:, kept]).any(axis=1) & ~np.isnan(values[:, kept]).any(axis=1)
    for i in np.flatnonzero(unreached):
        reading.fault(
            points.table.name, "some site can be reached from every demand point",
            f"Give it a way to some site in {source}.", row=points.table.lines[i],
            column="code", value=f"{points.ids[i]} ({points.names[i]})",
        )  # fmt: skip
    unit = document.get("travel.unit", "minutes")
    if unit not in ("minutes", "km"):
        reading.fault(
            "case.toml", "the travel unit is minutes or km", 'Write "minutes".',
            row=document.lines.get("travel.unit"), column="travel.unit", value=str(unit),
        )  # fmt: skip
        return None
    if unit == "minutes":
        _speeds(reading, source, table, points, sites, values)
    else:
        reading.notices.append(f"{source} holds km: every limit and figure called minutes means km here.")
    if np.isnan(values[:, kept]).any() or unreached.any():
        return None
    site_ids = tuple(sites.ids[j] for j in kept)
    if len(set(points.ids)) < len(points.ids) or len(set(site_ids)) < len(site_ids):
        return None
    travel = TravelMatrix(
        origin_ids=points.ids, destination_ids=site_ids, values=values[:, kept], unit=unit,
        source=source, modelled=modelled,
    )  # fmt: skip
    return Ways(
        sites=tuple(kept), travel=travel, to_ambulatory=_between(reading, document, sites, kept, links)
    )


def _from_matrix(
    reading: Reading, table: Table, points: Points, sites: Sites
) -> tuple[Floats, Bools] | None:
    """A table with a row for each demand point and a column for each site."""
    key = next(iter(table.columns))
    if key not in ("code", "point_id"):
        reading.fault(table.name, "the first column holds the demand points' ids",
                      "Call it 'code' (or 'point_id').", column=key)  # fmt: skip
        return None
    rows = ids(reading, table, key)
    good = known(reading, table, key, points.ids, points.table.name)
    lines = dict(zip(points.ids, points.table.lines, strict=True))
    absent = [i for i in points.ids if i not in set(rows)]
    for i in absent:
        reading.fault(
            table.name, f"every demand point of {points.table.name} has a row (row {lines[i]} there)",
            "Add its row.", column=key, value=i,
        )  # fmt: skip
    for column in table.columns:
        if column != key and column not in sites.ids:
            good = False
            reading.fault(
                table.name, f"every column is a site of {sites.table.name}",
                "Add the site, or remove the column.", column=column, value=column,
            )  # fmt: skip
    if not good or absent or len(set(rows)) < len(rows):
        return None
    order = {label: k for k, label in enumerate(rows)}
    take = [order[i] for i in points.ids]
    values = np.full((len(points.ids), len(sites.ids)), np.inf)
    has_way = np.zeros(len(sites.ids), dtype=bool)
    for j, site in enumerate(sites.ids):
        if site in table.columns and any(table[site]):
            has_way[j] = True
            values[:, j] = np.array(numbers(reading, table, site, what=key, no_way=True))[take]
    return values, has_way


@dataclass(frozen=True, kw_only=True)
class Links:
    """Road links as (node, node, minutes)."""

    table: Table
    links: tuple[tuple[str, str, float], ...]
    nodes: frozenset[str]


def read_links(reading: Reading, document: Document, sites: Sites) -> Links | None:
    """Read the road links; None where the case has none (or they are faulty)."""
    name = document.get("files.links", "links.csv")
    if not (reading.folder / name).is_file() and "files.links" not in document.lines:
        return None
    before = len(reading.findings)
    table = read_table(reading, name, ("from", "to", "minutes"))
    if table is None:
        return None
    minutes = numbers(reading, table, "minutes")
    ends = {*table["from"], *table["to"]}
    nodes_name = document.get("files.nodes", "nodes.csv")
    if (reading.folder / nodes_name).is_file():
        nodes = read_table(reading, nodes_name, ("node",))
        if nodes is not None:
            labels = ids(reading, nodes, "node")
            for column in ("from", "to"):
                known(reading, table, column, (*labels, *sites.ids), nodes_name)
    if len(reading.findings) > before:
        return None
    return Links(
        table=table,
        links=tuple(zip(table["from"], table["to"], minutes, strict=True)),
        nodes=frozenset(ends),
    )


def _from_links(
    reading: Reading, document: Document, points: Points, sites: Sites, links: Links, source: str
) -> tuple[Floats, Bools]:
    prefix = str(document.get("travel.links_point_prefix", ""))
    names = [f"{prefix}{i}" for i in points.ids]
    has_way = np.array([j in links.nodes for j in sites.ids], dtype=bool)
    for i, node, line in zip(points.ids, names, points.table.lines, strict=True):
        if node not in links.nodes:
            reading.fault(
                points.table.name, f"every demand point stands in {links.table.name}",
                f"Link the node {node!r} to the road network (see travel.links_point_prefix).",
                row=line, column="code", value=i,
            )  # fmt: skip
    travel = TravelMatrix.from_links(
        links.links, tuple(dict.fromkeys(names)), tuple(dict.fromkeys(sites.ids)),
        closed=sites.ids, extra_minutes=float(document.get("travel.links_extra_minutes", 0.0)), source=source,
    )  # fmt: skip
    rows = {name: k for k, name in enumerate(travel.origin_ids)}
    columns = {name: k for k, name in enumerate(travel.destination_ids)}
    take = np.ix_([rows[n] for n in names], [columns[j] for j in sites.ids])
    return travel.values[take], has_way


def _usable(
    reading: Reading, document: Document, sites: Sites, has_way: Bools, source: str
) -> list[int]:
    """Rows of the sites to plan with; a notice, or a fault where it is named elsewhere, for others."""
    named = _named(document)
    kept = []
    for j, site in enumerate(sites.ids):
        lacks = [
            what
            for what, there in (("coordinates", sites.located[j]), (f"travel times in {source}", has_way[j]))
            if not there
        ]
        if not lacks:
            kept.append(j)
        elif site in named:
            reading.fault(
                sites.table.name, f"a site named in {named[site]} has coordinates and travel times",
                f"Add its {' and '.join(lacks)}.", row=sites.table.lines[j], column="site_id", value=site,
            )  # fmt: skip
        else:
            reading.notices.append(
                f"{sites.names[j]} ({site}) is left out of the plan: it has no {' and no '.join(lacks)}. "
                f"Add them to {sites.table.name} and {source} to consider it."
            )
    return kept


def _named(document: Document) -> dict[str, str]:
    """Sites that settings name, and where."""
    named: dict[str, str] = {}
    asked: list[tuple[str, object]] = [
        ("network.ambulatories", document.get("network.ambulatories", [])),
        (f"rules.{Keep.name}", document.get(f"rules.{Keep.name}", [])),
        (f"rules.{SizeFloor.name}", document.get(f"rules.{SizeFloor.name}", {})),
    ]
    for setting, value in asked:
        if isinstance(value, (list, dict)):
            for site in value:
                named.setdefault(str(site), setting)
    return named


def _between(
    reading: Reading, document: Document, sites: Sites, kept: Sequence[int], links: Links | None
) -> TravelMatrix | None:
    """Minutes from each site to every other: from a table of its own, or from the road links."""
    site_ids = tuple(sites.ids[j] for j in kept)
    name = document.get("travel.to_ambulatory")
    if name is not None:
        table = read_table(reading, str(name), ("site_id",))
        if table is None:
            return None
        before = len(reading.findings)
        rows = ids(reading, table, "site_id")
        known(reading, table, "site_id", sites.ids, sites.table.name)
        columns = [c for c in table.columns if c != "site_id"]
        values = {c: numbers(reading, table, c, what="site_id", no_way=True) for c in columns}
        absent = sorted(set(site_ids) - set(rows))
        if absent:
            reading.fault(
                table.name, "every site has a row", "Add the rows.", column="site_id", value=some(absent)
            )
        if len(reading.findings) > before:
            return None
        at = {label: k for k, label in enumerate(rows)}
        grid = np.array([[values[c][at[j]] for c in columns] for j in site_ids])
        return TravelMatrix(
            origin_ids=site_ids, destination_ids=tuple(columns), values=grid, source=str(name)
        )
    if links is None:
        if document.get("network.ambulatories"):
            reading.fault(
                "case.toml", "minutes from the sites to the ambulatories are known",
                'Add road links (links.csv), or name a table: travel.to_ambulatory = "to_ambulatory.csv" '
                "with a row a site and a column an ambulatory.",
                row=document.lines.get("network.ambulatories"), column="network.ambulatories",
            )  # fmt: skip
        return None
    return TravelMatrix.from_links(
        links.links, site_ids, site_ids, closed=sites.ids, source=links.table.name
    )


def _speeds(
    reading: Reading, source: str, table: Table, points: Points, sites: Sites, values: Floats
) -> None:
    """Faults where minutes look like hours or seconds, by the straight-line speed they imply."""
    finite = np.isfinite(values)
    if points.lonlat is None or not sites.located.any():
        if finite.any() and float(np.median(values[finite])) > LONGEST_MEDIAN_MINUTES:
            reading.fault(source, "travel is in minutes: these look like seconds", "Divide them by 60.",
                          value=f"median {np.median(values[finite]):g}")  # fmt: skip
        return
    where = sites.lonlat.copy()
    where[~np.isfinite(where)] = 0.0
    seen = np.where(np.isfinite(points.lonlat), points.lonlat, 0.0)
    rows, columns = [str(i) for i in range(len(points.ids))], [str(j) for j in range(len(sites.ids))]
    km = TravelMatrix.straight_line(rows, seen, columns, where).values
    placed: Bools = np.isfinite(points.lonlat).sum(axis=1) == 2
    told = finite & (values > 0) & (km > 1) & sites.located[None, :] & placed[:, None]
    speed = np.divide(km * 60, values, out=np.full(values.shape, np.nan), where=told)
    line_of = _lines(table)
    strange: list[tuple[int, float]] = []
    for i in range(len(points.ids)):
        if told[i].any():
            median = float(np.median(speed[i][told[i]]))
            if not SLOWEST_KM_PER_HOUR <= median <= FASTEST_KM_PER_HOUR:
                strange.append((i, median))
    if len(strange) > len(points.ids) / 2:
        _one_strange(reading, source, None, None, float(np.median([s for _, s in strange])))
        return
    for i, median in strange:
        _one_strange(reading, source, line_of.get(points.ids[i]), points.ids[i], median)


def _lines(table: Table) -> Mapping[str, int]:
    key = next(iter(table.columns))
    return dict(zip(table[key], table.lines, strict=True))


def _one_strange(
    reading: Reading, source: str, row: int | None, point: str | None, speed: float
) -> None:
    fast = speed > FASTEST_KM_PER_HOUR
    looks, remedy = ("hours", "Multiply them by 60.") if fast else ("seconds", "Divide them by 60.")
    speed_said = "infinite" if math.isinf(speed) else f"{speed:,.0f} km/h" if speed >= 1 else f"{speed:.2f} km/h"
    reading.fault(
        source, f"travel is in minutes: these look like {looks}", remedy, row=row,
        column=point, value=f"{speed_said} in a straight line",
    )  # fmt: skip
