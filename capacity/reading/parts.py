"""Families of one place with ways of their own: those without a car, and those of several places of a municipality."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.problem.parts import Parts, by_transit, parted
from capacity.problem.problem import Problem
from capacity.problem.travel import TravelMatrix
from capacity.reading.document import Document
from capacity.reading.made import made_from
from capacity.reading.places import Points, Sites
from capacity.reading.speeds import minutes_told
from capacity.reading.spoilt import known
from capacity.reading.tables import Reading, Table, numbers, read_table
from capacity.reading.ways import SECOND_MEASURE, matrix_of

WEIGHT, LABEL = "weight", "place"
"""Columns of a table of places, beside the demand point's id and the sites."""

APART, APART_MINUTES = 0.5, 20.0
"""Minutes of a demand point's places may differ on average from those of its own row by this share, or so many."""


def in_parts(reading: Reading, document: Document, problem: Problem, points: Points, sites: Sites) -> Problem:
    """The problem with its demand points in parts, where the case says so: by place, then by car."""
    if document.bad & {"travel.places", "travel.transit", "travel.without_car"}:
        return problem
    tables = [str(document.get(key)) for key in ("travel.places", "travel.transit") if document.get(key)]
    before = len(reading.notices)
    if document.get("travel.places"):
        problem = _by_places(reading, document, problem, points, sites)
    if document.get("travel.transit"):
        problem = _by_transit(reading, document, problem, points, sites)
    elif document.get("travel.without_car"):
        _fault(
            reading,
            document,
            "without_car",
            "families without a car have ways of their own",
            "Name the table of their minutes: travel.transit.",
        )
    if not tables:
        return problem
    whose = [name for table in tables for name in made_from(reading, table)]
    return problem.replace(
        attribution=tuple(dict.fromkeys([*problem.attribution, *whose])),
        notices=(*problem.notices, *reading.notices[before:]),
        origin={**problem.origin, "files": dict(sorted(reading.files.items()))},
    )


def _fault(reading: Reading, document: Document, key: str, rule: str, remedy: str, value: object = None) -> None:
    whole = f"travel.{key}"
    said = None if value is None else str(value)
    reading.fault("case.toml", rule, remedy, row=document.lines.get(whole), column=whole, value=said)


def _by_transit(reading: Reading, document: Document, problem: Problem, points: Points, sites: Sites) -> Problem:
    source = document.text("travel.transit", "")
    share = document.get("travel.without_car")
    if share is None or share is False:
        remedy = "Say the share of families without a car, or the column that holds it: travel.without_car = 0.3."
        _fault(reading, document, "without_car", "the setting is needed beside travel.transit", remedy)
    table = read_table(reading, source)
    if table is None or share is None or share is False:
        return problem
    read = matrix_of(reading, table, points, sites)
    if read is None:
        return problem
    values, has_way = read
    planned = [sites.ids.index(j) for j in problem.network.site_ids]
    lacking = [sites.ids[j] for j in planned if not has_way[j]]
    if lacking:
        remedy = "Add the columns; an empty cell is a fault, 'no way' is none."
        reading.fault(source, "every site that is planned with has a column", remedy, value=", ".join(lacking))
    before = len(reading.findings)
    if problem.travel.unit == "minutes":
        minutes_told(reading, source, table, points, sites, values)
    if lacking or np.isnan(values[:, planned]).any() or len(reading.findings) > before:
        return problem
    _slower_than_cars(reading, source, problem, points.ids, values[:, planned])
    transit = TravelMatrix(
        origin_ids=points.ids,
        destination_ids=problem.network.site_ids,
        values=values[:, planned],
        unit=problem.travel.unit,
        source=source,
        modelled=True,
    )
    made = by_transit(problem, transit, share)
    if made.policy.one_agreement is not None:
        told = "Each municipality has one agreement for families with a car and one for those without."
        made = made.replace(notices=(*made.notices, told))
    return made


def _slower_than_cars(
    reading: Reading, source: str, problem: Problem, origins: tuple[str, ...], transit: Floats
) -> None:
    """A notice where public transport is as quick as the car on most ways: the tables may be swapped, or be one."""
    net = problem.network
    ways, shares, homes = problem.minutes, net.point_shares, np.array(net.point_homes)
    assert shares is not None
    drive = np.array([shares[mine] @ ways[mine] / shares[mine].sum() for i in origins if (mine := homes == i).any()])
    both = np.isfinite(drive) & np.isfinite(transit)
    quick = int((transit[both] <= drive[both]).sum())
    if 2 * quick > both.sum():
        reading.notices.append(
            f"By {source} public transport is as quick as the car on {quick} of {int(both.sum())} ways. "
            f"Are the tables swapped, or one table? ({problem.travel.source} holds the car's minutes.)"
        )


def _by_places(reading: Reading, document: Document, problem: Problem, points: Points, sites: Sites) -> Problem:
    """Demand points in as many parts as places of theirs are in the table, each with its share of the weight."""
    source = document.text("travel.places", "")
    net = problem.network
    before = len(reading.findings)
    table = read_table(reading, source, (WEIGHT,), (LABEL,))
    if table is None:
        return problem
    key = next(iter(table.columns))
    if key not in ("code", "point_id"):
        reading.fault(source, "the first column holds the demand points' ids", "Call it 'code'.", column=key)
        return problem
    known(reading, table, key, points.ids, points.table.name)
    absent = [i for i in points.ids if i not in table[key]]
    if absent:
        reading.fault(source, "every demand point has a place", "Add a row of each.", value=", ".join(absent[:5]))
    lacking = [j for j in net.site_ids if j not in table.columns]
    if lacking:
        rule = "every site that is planned with has a column"
        reading.fault(source, rule, "Make the table anew: capacity travel --places.", value=", ".join(lacking))
    for column in table.columns:
        base = re.sub(SECOND_MEASURE, "", column, flags=re.IGNORECASE)
        if base != column and base in sites.ids:
            rule, remedy = "a place has minutes to each site", "A second measure has a table of its own: remove it."
            reading.fault(source, rule, remedy, column=column)
    _told_twice(reading, table, key)
    if len(reading.findings) > before:
        return problem
    weight = np.array(numbers(reading, table, WEIGHT, what=key, grouped=True))
    minutes = np.array([numbers(reading, table, j, what=key, no_way=True) for j in net.site_ids]).T
    if len(reading.findings) > before:
        return problem
    _told_of_places(reading, table, key, problem, (points, sites), (weight, minutes))
    if len(reading.findings) > before:
        return problem
    labels = table[LABEL] if LABEL in table.columns else ("",) * len(table)
    return parted(problem, _places(table[key], labels, weight, minutes, problem))


def _told_twice(reading: Reading, table: Table, key: str) -> None:
    """Faults of places of one name, and of rows that stand twice."""
    seen: dict[tuple[str, ...], int] = {}
    for k, line in enumerate(table.lines):
        named = LABEL in table.columns and table[LABEL][k]
        row = (table[key][k], table[LABEL][k]) if named else tuple(cells[k] for cells in table.columns.values())
        if row in seen:
            reading.fault(
                table.name,
                f"each place of a demand point stands once (it stands on row {seen[row]} too)",
                "Remove one of the rows, or name the places apart.",
                row=line,
                column=LABEL if named else key,
                value=str(named or table[key][k]),
            )
        seen.setdefault(row, line)


def _told_of_places(
    reading: Reading,
    table: Table,
    key: str,
    problem: Problem,
    read: tuple[Points, Sites],
    numbers_of: tuple[Floats, Floats],
) -> None:
    """Faults of places without weight or ways, and of minutes that are none; a notice where they contradict others."""
    (points, sites), (weight, minutes) = read, numbers_of
    net, source = problem.network, table.name
    codes = np.array(table[key])
    mean = np.full((len(net.point_ids), len(net.site_ids)), np.nan)
    for i, point in enumerate(net.point_ids):
        mine = np.flatnonzero((codes == point) & (weight > 0))
        if not len(mine):
            rule, remedy = "every demand point has a place of some weight", "Give one of its places a weight."
            reading.fault(source, rule, remedy, column=WEIGHT, value=point)
            continue
        mean[i] = weight[mine] @ minutes[mine] / weight[mine].sum()
        for k in mine[~np.isfinite(minutes[mine]).any(axis=1)] if problem.expected_women[i] > 0 else ():
            rule, remedy = "some site can be reached from every place", "Give it a way, or a weight of 0."
            reading.fault(source, rule, remedy, row=table.lines[k], column=key, value=point)
    if problem.travel.unit != "minutes" or np.isnan(mean).any():
        return
    full = np.full((len(points.ids), len(sites.ids)), np.inf)
    full[:, [sites.ids.index(j) for j in net.site_ids]] = mean
    minutes_told(reading, source, table, points, sites, full)
    own = problem.travel.aligned(net.point_ids, net.site_ids)
    both = np.isfinite(own) & np.isfinite(mean)
    apart = np.where(both, np.abs(mean - np.where(both, own, 0)) - np.maximum(APART_MINUTES, APART * own), -1.0)
    i, j = divmod(int(apart.argmax()), apart.shape[1])
    if apart[i, j] > 0:
        reading.notices.append(
            f"{source} and {problem.travel.source} are far apart: {net.point_ids[i]} to {net.site_ids[j]} takes "
            f"{mean[i, j]:.0f} minutes on average over its places, and {own[i, j]:.0f}. Are they of the same roads?"
        )


def _places(
    codes: tuple[str, ...], labels: tuple[str, ...], weight: Floats, minutes: Floats, problem: Problem
) -> Parts:
    net = problem.network
    parts: dict[str, Any] = {name: [] for name in ("of", "ids", "names", "share", "row")}
    for i, (point, name) in enumerate(zip(net.point_ids, net.point_names, strict=True)):
        rows = [k for k, code in enumerate(codes) if code == point and weight[k] > 0]
        # The first is called by the demand point's own id, which settings name.
        for number, k in enumerate(rows):
            parts["of"].append(i)
            parts["ids"].append(f"{point}:{number + 1}" if number else point)
            parts["names"].append(f"{name}, {labels[k] or number + 1}" if len(rows) > 1 else name)
            parts["share"].append(weight[k] / weight[rows].sum())
            parts["row"].append(k)
    return Parts(
        of=np.array(parts["of"], dtype=np.int64),
        ids=tuple(parts["ids"]),
        names=tuple(parts["names"]),
        travel=("",) * len(parts["of"]),
        share=np.array(parts["share"]),
        minutes=minutes[parts["row"]],
    )
