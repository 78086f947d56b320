"""Travel: from a table of minutes, or from road links."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.arrays import Bools, Floats, spoilt
from capacity.errors import some
from capacity.problem.cells import MOST_CELLS, Wrong, mark_of, tell
from capacity.problem.travel import TravelMatrix
from capacity.reading.document import Document
from capacity.reading.places import Points, Sites
from capacity.reading.speeds import Ends, minutes_told, speeds_told
from capacity.reading.spoilt import dated, known
from capacity.reading.tables import Reading, Table, ids, numbers, read_table
from capacity.rules.siting import Keep, SizeFloor

SECOND_MEASURE = r"[\W_]*(km|kilomet\w*|meters?|metres?|distance)$"
"""How the name of a column of another measure than minutes ends."""

FEW = 5
NO_NODE = Wrong("each link has two ends", "Name the node.")


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
    if document.bad & {"travel.source", "travel.unit", "travel.to_ambulatory"}:
        return None
    source = document.text("travel.source", "drive_minutes.csv")
    unit = document.get("travel.unit", "minutes")
    table = read_table(reading, source)
    if table is None:
        return None
    road = {"from", "to"} <= set(table.columns)
    links = read_links(reading, document, points, sites, table if road else None)
    if road:
        if links is None:
            return None
        if unit != "minutes":
            reading.fault(
                "case.toml",
                f"road links are in minutes ({source} has links)",
                'Write travel.unit = "minutes".',
                row=document.lines.get("travel.unit"),
                column="travel.unit",
                value=str(unit),
            )
            return None
        values, has_way = _from_links(reading, document, points, sites, links, source)
        modelled = True
    else:
        matrix = matrix_of(reading, table, points, sites)
        if matrix is None:
            return None
        values, has_way = matrix
        modelled = links is not None
    planned = _usable(reading, document, sites, has_way, source)
    if not planned:
        reading.fault(sites.table.name, "some site has coordinates and travel times", "Add one.")
        return None
    unreached = _unreached(reading, document, points, values[:, planned], source)
    for j in planned:
        if not np.isfinite(values[:, j]).any() and not np.isnan(values[:, j]).any():
            reading.notices.append(
                f"No demand point reaches {sites.names[j]} ({sites.ids[j]}): has {source} lost rows?"
            )
    if unit == "minutes":
        minutes_told(reading, source, table, points, sites, values)
    else:
        reading.notices.append(f"{source} holds km: every limit and figure called minutes means km here.")
    if np.isnan(values[:, planned]).any() or unreached:
        return None
    site_ids = tuple(sites.ids[j] for j in planned)
    if len(set(points.ids)) < len(points.ids) or len(set(site_ids)) < len(site_ids):
        return None
    travel = TravelMatrix(
        origin_ids=points.ids,
        destination_ids=site_ids,
        values=values[:, planned],
        unit=unit,
        source=source,
        modelled=modelled,
    )
    return Ways(sites=tuple(planned), travel=travel, to_ambulatory=_between(reading, document, sites, planned, links))


def _unreached(reading: Reading, document: Document, points: Points, ways: Floats, source: str) -> bool:
    """Whether somebody lives where no site can be reached from, which is told."""
    lost = ~np.isfinite(ways).any(axis=1) & ~np.isnan(ways).any(axis=1) & _inhabited(document, points)
    told = np.flatnonzero(lost)
    for i in told[:MOST_CELLS]:
        reading.fault(
            points.table.name,
            "some site can be reached from every demand point",
            f"Give it a way to some site in {source}.",
            row=points.table.lines[i],
            column="code",
            value=f"{points.ids[i]} ({points.names[i]})",
        )
    if len(told) > MOST_CELLS:
        reading.fault(
            points.table.name,
            f"{len(told) - MOST_CELLS} more demand points reach no site",
            f"Has {source} lost rows? Give them ways.",
            column="code",
        )
    return bool(len(told))


def _inhabited(document: Document, points: Points) -> Bools:
    """Points with a weight above zero: of others nobody travels, so they need no way, (n,)."""
    inhabited = np.ones(len(points.ids), dtype=bool)
    for key in ("demand.weight", "demand.relative_risk"):
        values = points.columns.get(str(document.get(key, "")), ())
        if values and all(isinstance(v, float) for v in values):
            inhabited &= np.array(values) != 0
    return inhabited


def _of_another_form(reading: Reading, table: Table, points: Points, sites: Sites) -> bool:
    """Whether a table stands the other way round, or has a pair in each row: one fault says so."""
    first, *others = table.columns
    cells, rule, remedy = table[first], "a row is a demand point, a column a site", ""
    codes, ends = set(points.ids), set(sites.ids)
    if not ends & set(others) and set(cells) <= ends and len(codes & set(others)) > len(others) / 2:
        remedy = "The table stands the other way round: turn rows and columns."
    elif not ends & set(others) and len(set(cells)) < len(cells) and set(cells) <= codes | ends:
        pair = next((c for c in others if set(table[c]) <= codes | ends), None)
        remedy = f"Each row is a pair here ({first}, {pair}): give each site a column of its own." if pair else ""
    if remedy:
        reading.fault(table.name, rule, remedy, column=first)
    return bool(remedy)


def matrix_of(reading: Reading, table: Table, points: Points, sites: Sites) -> tuple[Floats, Bools] | None:
    """A table with a row for each demand point and a column for each site."""
    key = next(iter(table.columns))
    if _of_another_form(reading, table, points, sites):
        return None
    if key not in ("code", "point_id"):
        reading.fault(
            table.name, "the first column holds the demand points' ids", "Call it 'code' (or 'point_id').", column=key
        )
        return None
    rows = ids(reading, table, key)
    good = known(reading, table, key, points.ids, points.table.name)
    lines = dict(zip(points.ids, points.table.lines, strict=True))
    have = set(rows) | {meant[1] for label in rows if (meant := spoilt(label, set(points.ids)))}
    absent = [i for i in points.ids if i not in have and not spoilt(i, set(rows))]
    if any(dated(label) for label in rows if label not in points.ids):
        absent = []
    if len(absent) > FEW:
        reading.fault(
            table.name,
            f"every demand point of {points.table.name} has a row ({len(absent)} of {len(points.ids)} have none)",
            "Has the table lost rows? Add them.",
            column=key,
            value=some(absent),
        )
    else:
        for i in absent:
            reading.fault(
                table.name,
                f"every demand point of {points.table.name} has a row (row {lines[i]} there)",
                "Add its row.",
                column=key,
                value=i,
            )
    site_of: dict[str, str] = {}
    for column in table.columns:
        if column == key:
            continue
        if column in sites.ids:
            site_of[column] = column
            continue
        good = False
        base = re.sub(SECOND_MEASURE, "", column, flags=re.IGNORECASE)
        near = difflib.get_close_matches(column, sites.ids, 1, 0.75)
        if base != column and base in sites.ids:
            remedy = "A second measure has a table of its own: remove the column."
        else:
            remedy = f"Did you mean {near[0]!r}?" if near else "Add the site, or remove the column."
        reading.fault(table.name, f"every column is a site of {sites.table.name}", remedy, column=column, value=column)
    if not good or absent or len(set(rows)) < len(rows) or not set(points.ids) <= set(rows):
        return None
    order = {label: k for k, label in enumerate(rows)}
    take = [order[i] for i in points.ids]
    values = np.full((len(points.ids), len(sites.ids)), np.inf)
    has_way = np.zeros(len(sites.ids), dtype=bool)
    mark = mark_of(table.column(next(iter(site_of), key), beside=list(site_of)))
    for j, site in enumerate(sites.ids):
        if site in table.columns and any(table[site]):
            has_way[j] = True
            values[:, j] = np.array(numbers(reading, table, site, what=key, no_way=True, mark=mark))[take]
    return values, has_way


@dataclass(frozen=True, kw_only=True)
class Links:
    """Road links as (node, node, minutes)."""

    table: Table
    links: tuple[tuple[str, str, float], ...]
    nodes: frozenset[str]


LINK_COLUMNS = ("from", "to", "minutes")


def read_links(
    reading: Reading, document: Document, points: Points, sites: Sites, source: Table | None = None
) -> Links | None:
    """Read the road links; None where the case has none (or they are faulty).

    Parameters
    ----------
    source : Table, optional
        The links that ``travel.source`` names: they are the roads then, not those of ``files.links``.
    """
    name = source.name if source is not None else document.text("files.links", "links.csv")
    if source is None and not reading.has(name) and "files.links" not in document.lines:
        return None
    before = len(reading.findings)
    table = read_table(reading, name, LINK_COLUMNS) if source is None or "minutes" not in source.columns else source
    if table is None:
        return None
    minutes = numbers(reading, table, "minutes", what="from")
    nodes_name = document.text("files.nodes", "nodes.csv")
    if reading.has(nodes_name):
        nodes = read_table(reading, nodes_name, ("node",))
        if nodes is not None:
            labels = ids(reading, nodes, "node")
            for column in ("from", "to"):
                known(reading, table, column, (*labels, *sites.ids), nodes_name)
            lone = [n for n in labels if n not in {*table["from"], *table["to"]}]
            if lone:
                reading.notices.append(f"{len(lone)} nodes of {nodes_name} have no link in {name} ({some(lone)}).")
    for column in ("from", "to"):
        empty = [(k, NO_NODE) for k, node in enumerate(table[column]) if not node]
        tell(reading.findings, table.column(column), empty)
    prefix = str(document.get("travel.links_point_prefix", ""))
    both = sorted({f"{prefix}{i}" for i in points.ids} & set(sites.ids) & {*table["from"], *table["to"]})
    if both:
        reading.fault(
            name,
            "a demand point and a site are two nodes of the road links",
            "Give the demand points a prefix in the links, "
            'such as "M:", and name it: travel.links_point_prefix = "M:".',
            value=some(both),
        )
    if len(reading.findings) > before:
        return None
    _twice(reading, table, minutes)
    return Links(
        table=table,
        links=tuple(zip(table["from"], table["to"], minutes, strict=True)),
        nodes=frozenset({*table["from"], *table["to"]}),
    )


def _twice(reading: Reading, table: Table, minutes: Sequence[float]) -> None:
    """A notice where a link is given twice, with other minutes."""
    first: dict[tuple[str, ...], float] = {}
    others = []
    for one, other, value, line in zip(table["from"], table["to"], minutes, table.lines, strict=True):
        if first.setdefault(tuple(sorted((one, other))), value) != value:
            others.append(f"{one} to {other} on row {line}")
    if others:
        reading.notices.append(
            f"{table.name} gives {len(others)} links twice, with other minutes ({some(others)}): "
            "the quicker one counts, in both directions."
        )


def _from_links(
    reading: Reading, document: Document, points: Points, sites: Sites, links: Links, source: str
) -> tuple[Floats, Bools]:
    prefix = str(document.get("travel.links_point_prefix", ""))
    names = [f"{prefix}{i}" for i in points.ids]
    has_way = np.array([j in links.nodes for j in sites.ids], dtype=bool)
    off = [k for k, node in enumerate(names) if node not in links.nodes]
    for k in off[:MOST_CELLS]:
        reading.fault(
            points.table.name,
            f"every demand point stands in {links.table.name}",
            f"Link the node {names[k]!r} to the road network (see travel.links_point_prefix).",
            row=points.table.lines[k],
            column="code",
            value=points.ids[k],
        )
    if len(off) > MOST_CELLS:
        reading.fault(
            points.table.name,
            f"{len(off) - MOST_CELLS} more demand points do not stand in {links.table.name}",
            "Has it lost rows? Link them in the same way.",
            column="code",
        )
    travel = TravelMatrix.from_links(
        links.links,
        tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(sites.ids)),
        closed=sites.ids,
        extra_minutes=float(document.get("travel.links_extra_minutes", 0.0)),
        source=source,
    )
    rows = {name: k for k, name in enumerate(travel.origin_ids)}
    columns = {name: k for k, name in enumerate(travel.destination_ids)}
    take = np.ix_([rows[n] for n in names], [columns[j] for j in sites.ids])
    return travel.values[take], has_way


def _usable(reading: Reading, document: Document, sites: Sites, has_way: Bools, source: str) -> list[int]:
    """Rows of the sites to plan with; a notice, or a fault where it is named elsewhere, for others."""
    named = _named(document)
    usable = []
    for j, site in enumerate(sites.ids):
        lacks = [
            what
            for what, there in (("coordinates", sites.located[j]), (f"travel times in {source}", has_way[j]))
            if not there
        ]
        if not lacks:
            usable.append(j)
        elif site in named:
            reading.fault(
                sites.table.name,
                f"a site named in {named[site]} has coordinates and travel times",
                f"Add its {' and '.join(lacks)}.",
                row=sites.table.lines[j],
                column="site_id",
                value=site,
            )
        else:
            reading.notices.append(
                f"{sites.names[j]} ({site}) is left out of the plan: it has no {' and no '.join(lacks)}. "
                f"Add them to {sites.table.name} and {source} to consider it."
            )
    return usable


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
        table = read_table(reading, name, ("site_id",))
        if table is None:
            return None
        before = len(reading.findings)
        rows = ids(reading, table, "site_id")
        known(reading, table, "site_id", sites.ids, sites.table.name)
        columns = [c for c in table.columns if c != "site_id"]
        mark = mark_of(table.column("site_id", beside=columns))
        values = {c: numbers(reading, table, c, what="site_id", no_way=True, mark=mark) for c in columns}
        absent = sorted(set(site_ids) - set(rows))
        if absent:
            reading.fault(table.name, "every site has a row", "Add the rows.", column="site_id", value=some(absent))
        if len(reading.findings) > before:
            return None
        at = {label: k for k, label in enumerate(rows)}
        whole = np.array([[values[c][k] for c in columns] for k in range(len(rows))])
        there = {j: k for k, j in enumerate(sites.ids)}
        nowhere = (np.nan, np.nan)
        start, end = (
            np.array([sites.lonlat[there[j]] if j in there else nowhere for j in named]) for named in (rows, columns)
        )
        ends = Ends(ids=(rows, tuple(columns)), lonlat=(start, end))
        if not any("lon" in (f.column or "") and f.table == sites.table.name for f in reading.findings):
            speeds_told(reading, table, ends, whole)
        if len(reading.findings) > before:
            return None
        grid = np.array([[values[c][at[j]] for c in columns] for j in site_ids])
        return TravelMatrix(origin_ids=site_ids, destination_ids=tuple(columns), values=grid, source=str(name))
    if links is None:
        if document.get("network.ambulatories"):
            reading.fault(
                "case.toml",
                "minutes from the sites to the ambulatories are known",
                'Add road links (links.csv), or name a table: travel.to_ambulatory = "to_ambulatory.csv" '
                "with a row a site and a column an ambulatory.",
                row=document.lines.get("network.ambulatories"),
                column="network.ambulatories",
            )
        return None
    return TravelMatrix.from_links(links.links, site_ids, site_ids, closed=sites.ids, source=links.table.name)
