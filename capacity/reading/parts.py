"""Families of one place with ways of their own: those without a car, and those of several places of a municipality."""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity.arrays import Floats
from capacity.problem.parts import Parts, by_transit, parted
from capacity.problem.problem import Problem
from capacity.problem.travel import TravelMatrix
from capacity.reading.document import Document
from capacity.reading.made import made_from
from capacity.reading.places import Points, Sites
from capacity.reading.spoilt import known
from capacity.reading.tables import Reading, numbers, read_table
from capacity.reading.ways import matrix_of

WEIGHT, LABEL = "weight", "place"
"""Columns of a table of places, beside the demand point's id and the sites."""


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
    if lacking or np.isnan(values[:, planned]).any():
        return problem
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


def _by_places(reading: Reading, document: Document, problem: Problem, points: Points, sites: Sites) -> Problem:
    """Demand points in as many parts as places of theirs are in the table, each with its share of the weight."""
    source = document.text("travel.places", "")
    net = problem.network
    table = read_table(reading, source, (WEIGHT,))
    if table is None:
        return problem
    before = len(reading.findings)
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
    if len(reading.findings) > before:
        return problem
    weight = np.array(numbers(reading, table, WEIGHT, what=key))
    minutes = np.array([numbers(reading, table, j, what=key, no_way=True) for j in net.site_ids]).T
    if len(reading.findings) > before:
        return problem
    labels = table[LABEL] if LABEL in table.columns else ("",) * len(table)
    return parted(problem, _places(table[key], labels, weight, minutes, problem))


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
