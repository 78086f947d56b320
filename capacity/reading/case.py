"""From a folder of tables and ``case.toml`` to a problem, with every fault at once."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.problem.aftercare import Aftercare
from capacity.problem.calls import told
from capacity.problem.care import Care, Sizes
from capacity.problem.changes import near_of
from capacity.problem.finance import Finance
from capacity.problem.named import WOMEN, NamedScenario, under
from capacity.problem.network import Network
from capacity.problem.outpatient import Outpatient, Pathways
from capacity.problem.payment import WEIGHT, Payment
from capacity.problem.policy import Policy
from capacity.problem.problem import Problem
from capacity.problem.promise import Promise
from capacity.problem.settings import PARTS, SET_NOW, canonical, changed, replaced, value_of, whole
from capacity.problem.travel import TravelMatrix
from capacity.reading.books import reading_of
from capacity.reading.contradictions import told_contradictions
from capacity.reading.document import CASE, Document, check_forms, of_files, read_document, told_sizes
from capacity.reading.land import Outline
from capacity.reading.limits import told_limits
from capacity.reading.made import made_from
from capacity.reading.parts import in_parts
from capacity.reading.places import Points, Sites, land_of, read_points, read_sites
from capacity.reading.scenarios import read_scenarios
from capacity.reading.tables import Reading
from capacity.reading.ways import Ways, read_ways
from capacity.reading.women import Demand, read_uptake, read_women
from capacity.writing import new_folder

BUILT_IN = "denmark"


def builtin_folder(name: str = BUILT_IN) -> Path:
    """Folder of a built-in case: inside the installed package, or beside it in the repository."""
    here = Path(__file__).resolve().parents[1]
    inside = here / "data" / name
    return inside if inside.is_dir() else here.parent / "data" / name


@told
def denmark(settings: Mapping[str, Any] | None = None) -> Problem:
    """The built-in Danish case.

    Parameters
    ----------
    settings : mapping, optional
        Settings to change, by ``section.key``: ``{"rules.volume": 6}``.

    Notes
    -----
    Every figure and its source is in the folder's ``case.toml`` and ``SOURCES.md``.
    """
    return read_case(builtin_folder(), settings)


@told
def read_case(folder: str | os.PathLike[str], settings: Mapping[str, Any] | None = None) -> Problem:
    """Read a case.

    Parameters
    ----------
    folder : path
        Folder with ``case.toml`` and the tables it names, or a workbook that holds all of it as sheets.
    settings : mapping, optional
        Settings to change, by ``section.key``, as if they stood so in ``case.toml``.

    Raises
    ------
    DataError
        With every fault found: file, row, value, rule and remedy.
    """
    wanted = dict(settings or {})
    named = frozenset(value for value in wanted.values() if isinstance(value, str))
    reading = reading_of(folder, named)
    scenario = wanted.pop("scenario", None)
    problem = _read(reading, wanted)
    if reading.findings or problem is None:
        raise DataError(list(dict.fromkeys(_in_the_book(reading, _of_this_run(reading.findings, wanted)))))
    if scenario is None:
        return problem
    # What is set for this run stands above what a scenario says.
    chosen = {scenario} if isinstance(scenario, str) else set(scenario)
    touched = {whole(key) for s in problem.named if s.id in chosen for key in (WOMEN, *s.settings)}
    own = {key if of_files(key) else canonical(key): value for key, value in wanted.items()}
    again = {key: value for key, value in own.items() if whole(key) in touched}
    under_it = replaced(problem, {"scenario": scenario, **again})
    return under_it.replace(sources={**under_it.sources, **dict.fromkeys(map(whole, again), SET_NOW)})


def _of_this_run(findings: Iterable[Finding], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    """Faults of settings of this run are told as such: they stand at no line of ``case.toml``."""
    keys = set()
    for key in wanted:
        with contextlib.suppress(DataError):
            keys.add(whole(key if of_files(key) else canonical(key)))
    for finding in findings:
        here = finding.table == CASE and finding.column is not None and whole(finding.column) in keys
        yield dataclasses.replace(finding, table="settings", row=None) if here else finding


def _in_the_book(reading: Reading, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Faults of a case that is one workbook are told by its sheets."""
    for finding in findings:
        yield dataclasses.replace(finding, table=reading.titles.get(finding.table, finding.table))


def _try_scenarios(reading: Reading, problem: Problem) -> None:
    """Faults of what the scenarios change, found before one of them is chosen."""
    for scenario in problem.named:
        if scenario.settings:
            try:
                under(problem, scenario)
            except DataError as error:
                reading.findings += error.findings


def check_case(folder: str | os.PathLike[str], settings: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """Every fault of a case; () where it can be planned with."""
    try:
        read_case(folder, settings)
    except DataError as error:
        return error.findings
    return ()


def new_case(
    folder: str | os.PathLike[str], *, template: str = BUILT_IN, table: Callable[[list[list[str]]], str] | None = None
) -> Path:
    """Copy a built-in case to a new folder, to be changed there.

    Where copying fails, as on a full disk, nothing is left.

    Parameters
    ----------
    folder : path
    template : str
        Name of the built-in case.
    table : callable, optional
        Writes the rows of a table in another form, as text.

    Raises
    ------
    DataError
        Where the folder already holds something.
    """

    def fill(made: Path) -> None:
        for file in sorted(builtin_folder(template).rglob("*")):
            copy = made / file.relative_to(builtin_folder(template))
            # The content alone: the built-in tables may be installed read-only, and a planner's copy must be editable.
            if file.is_dir():
                copy.mkdir()
            elif table is not None and file.suffix == ".csv":
                with file.open(encoding="utf-8", newline="") as rows:
                    copy.write_text(table(list(csv.reader(rows))), encoding="utf-8", newline="")
            else:
                shutil.copyfile(file, copy)

    return new_folder(folder, fill)


def _read(reading: Reading, wanted: Mapping[str, Any]) -> Problem | None:
    document = read_document(reading)
    if document is None:
        return None
    _apply(reading, document, wanted)
    check_forms(reading, document)
    land = land_of(reading, document)
    points = read_points(reading, document, land)
    sites = read_sites(reading, document, points, land)
    ways = read_ways(reading, document, points, sites) if points and sites else None
    demand = read_women(reading, document, points) if points else None
    uptake = read_uptake(reading, document)
    parts = _parts(reading, document)
    if points and sites and not any(f.table == sites.table.name for f in reading.findings):
        kept = ways.sites if ways else tuple(np.flatnonzero(sites.located))
        _regions_without(reading, document, points, [sites.regions[j] for j in kept])
    network = _network(reading, document, points, sites, ways) if points and sites and ways else None
    ranges, choices = _ranges(reading, document), _choices(reading, document)
    told_sizes(reading, document, ranges)
    whole = not reading.findings
    named = read_scenarios(reading, demand.figure if demand else None)
    if not (network and demand and ways and parts and points and sites and whole):
        reading.findings = [_located(finding, document) for finding in reading.findings]
        return None
    travels = _travels(reading, document, points, sites, ways, named)
    parts |= {"named": named, "uptake": uptake, "travels": travels, "ranges": ranges, "choices": choices}
    problem: Problem | None = _guard(
        reading, document, partial(_problem, reading, document, network, ways, demand, parts, land, (points, sites))
    )
    if problem is not None:
        _try_scenarios(reading, problem)
        _try_choices(reading, document, problem)
        problem = _try_ranges(reading, document, problem)
        _try_payments(reading, document, problem)
    return problem


def _travels(
    reading: Reading, document: Document, points: Points, sites: Sites, ways: Ways, named: Sequence[NamedScenario]
) -> dict[str, TravelMatrix]:
    """The travel times that scenarios take in the place of the case's own, by file."""
    travels: dict[str, TravelMatrix] = {}
    for scenario in named:
        source = scenario.settings.get("travel.source", ways.travel.source)
        if not isinstance(source, str):
            reading.fault(
                scenario.file,
                "the travel source is the name of a file",
                'Write "drive_minutes.csv".',
                row=scenario.lines.get("travel.source"),
                column=f"{scenario.id}.travel.source",
                value=str(source),
            )
            continue
        if source == ways.travel.source or source in travels:
            continue
        own = dataclasses.replace(reading, findings=[], notices=[], files={})
        travel = document.section("travel") | {"source": source}
        varied = dataclasses.replace(document, settings=document.settings | {"travel": travel})
        there = read_ways(own, varied, points, sites)
        reading.findings += own.findings
        reading.files |= own.files
        if there is not None and there.sites != ways.sites:
            reading.fault(
                str(source),
                f"the table has the same sites as {ways.travel.source}",
                "Add or remove columns.",
                value=", ".join(sites.ids[j] for j in sorted(set(there.sites) ^ set(ways.sites))),
            )
        elif there is not None:
            travels[str(source)] = there.travel
            if there.to_ambulatory is not None:
                travels[near_of(str(source))] = there.to_ambulatory
    return travels


def _apply(reading: Reading, document: Document, wanted: Mapping[str, Any]) -> None:
    """Put the settings of this run over those of the file."""
    for key, value in wanted.items():
        try:
            document.put(key if of_files(key) else canonical(key), value)
        except DataError as error:
            reading.findings += error.findings


def _guard(reading: Reading, document: Document, make: Callable[[], Any]) -> Any:
    """What `make` makes; its faults are noted at their lines of ``case.toml``, and None returned."""
    try:
        return make()
    except DataError as error:
        reading.findings += [_located(finding, document) for finding in error.findings]
        return None


def _located(finding: Finding, document: Document) -> Finding:
    """A fault of a setting, told by its line in ``case.toml``."""
    if finding.table not in document.settings and finding.table not in {
        *PARTS,
        "rules",
        "prices",
        "network",
        "demand",
        "payment",
    }:
        return finding
    key = f"{finding.table}.{finding.column}"
    row = document.lines.get(key, document.lines.get(finding.table))
    return dataclasses.replace(finding, table=CASE, row=row, column=key)


def _parts(reading: Reading, document: Document) -> dict[str, Any] | None:
    """The settings of a problem by subject."""
    rules = document.section("rules") | {"prices": document.section("prices")}
    prices = {k: v for k, v in rules["prices"].items() if v is not False}
    kinds: tuple[tuple[str, Callable[..., Any]], ...] = (
        ("care", Care),
        ("promise", Promise),
        ("sizes", Sizes),
        ("finance", Finance),
        ("outpatient", Outpatient),
        ("pathways", Pathways),
        ("aftercare", Aftercare),
    )
    parts: dict[str, Any] = {}
    for name, kind in kinds:
        given = {
            key: document.get(f"{section}.{key}")
            for section, (part, keys) in PARTS.items()
            if part == name
            for key in keys
            if document.get(f"{section}.{key}") is not None
        }
        parts[name] = _guard(reading, document, partial(kind, **given))
    own = document.section("payment").items()
    models = [_guard(reading, document, partial(Payment.read, *each)) for each in own if each[1] is not False]
    parts["payments"] = None if None in models else tuple(models)
    parts["policy"] = _guard(reading, document, partial(Policy, **(rules | {"prices": prices})))
    return None if any(part is None for part in parts.values()) else parts


def _network(reading: Reading, document: Document, points: Points, sites: Sites, ways: Ways) -> Network | None:
    planned = ways.sites
    placed = points.lonlat is not None and bool(sites.located[list(planned)].all())
    ambulatories = document.get("network.ambulatories", [])
    known = set(ways.to_ambulatory.destination_ids) if ways.to_ambulatory else set()
    for site in ambulatories:
        if ways.to_ambulatory and str(site) not in known:
            reading.fault(
                CASE,
                f"each ambulatory is a site of {sites.table.name}",
                f"Choose from: {', '.join(sorted(known))}.",
                row=document.lines.get("network.ambulatories"),
                column="network.ambulatories",
                value=str(site),
            )
            ambulatories = [a for a in ambulatories if a in known]
    network: Network | None = _guard(
        reading,
        document,
        lambda: Network(
            point_ids=points.ids,
            point_names=points.names,
            point_regions=points.regions,
            site_ids=tuple(sites.ids[j] for j in planned),
            site_names=tuple(sites.names[j] for j in planned),
            site_regions=tuple(sites.regions[j] for j in planned),
            site_kinds=tuple(sites.kinds[j] for j in planned),
            region_names=points.region_names,
            point_lonlat=points.lonlat,
            site_lonlat=sites.lonlat[list(planned)] if placed else None,
            site_smallest=[sites.smallest[j] for j in planned],  # type: ignore[arg-type]  # made an array
            site_largest=[sites.largest[j] for j in planned],  # type: ignore[arg-type]  # made an array
            existing_beds=[sites.existing[j] for j in planned],  # type: ignore[arg-type]  # made an array
            ambulatories=tuple(map(str, ambulatories)),
            point_columns=points.columns,
            region_column=document.text("network.regions", "region_code"),
            site_points=tuple(sites.points[j] for j in planned),
            neonatal=tuple(sites.neonatal[j] for j in planned),
            site_columns={name: tuple(cells[j] for j in planned) for name, cells in sites.columns.items()},
        ),
    )
    return network


def _regions_without(reading: Reading, document: Document, points: Points, site_regions: list[str]) -> None:
    """A region without any candidate site is a fault unless the case says that it is meant."""
    meant = set(document.get("network.regions_without_sites", []))
    for region in sorted(meant - set(points.regions)):
        reading.fault(
            CASE,
            f"each region without sites is one of {points.table.name}",
            f"Choose from: {some(sorted(set(points.regions)))}.",
            column="network.regions_without_sites",
            row=document.lines.get("network.regions_without_sites"),
            value=region,
        )
    if with_sites := sorted(meant & set(site_regions)):
        reading.notices.append(f"network.regions_without_sites names {some(with_sites)}, where there are sites.")
    for region in sorted(set(points.regions) - set(site_regions) - meant - {""}):
        reading.fault(
            points.table.name,
            "every region has a candidate site",
            f'Add a site there, or say that none is meant: network.regions_without_sites = ["{region}"].',
            column=document.text("network.regions", "region_code"),
            value=f"{region} ({points.region_names.get(region, region)})",
        )


def _problem(
    reading: Reading,
    document: Document,
    network: Network,
    ways: Ways,
    demand: Demand,
    parts: dict[str, Any],
    land: Outline | None,
    places: tuple[Points, Sites],
) -> Problem:
    problem = Problem(
        network=network,
        scenarios=demand.scenarios,
        travel=ways.travel,
        to_ambulatory=ways.to_ambulatory,
        weight=demand.weight,
        relative_risk=demand.relative_risk,
        sources=document.sources,
        name=document.text("case.name", reading.folder.name),
        attribution=tuple(
            dict.fromkeys([*document.get("case.attribution", []), *made_from(reading, ways.travel.source)])
        ),
        notices=tuple(reading.notices),
        origin={
            "case": reading.folder.name,
            "files": dict(sorted(reading.files.items())),
            "travel_source": ways.travel.source,
            **({} if land is None else {"land": land.text}),
        },
        **parts,
    )
    own = [f"objective.{name}" for name in ("fair_aversion", "worst_off_share", "worst_exceptions", "worst_ties")]
    for key in ("demand.undetected", *own, "travel.minutes_error", "privacy.smallest_count"):
        if document.get(key) is not None:
            problem = changed(problem, key, document.get(key))
    # Last: what has been counted together is not taken apart by a setting.
    hardly_meant = (*told_limits(problem), *told_contradictions(problem, document.settings))
    problem = problem.replace(split=demand.split, notices=(*problem.notices, *hardly_meant))
    return in_parts(reading, document, problem, *places)


def _ranges(reading: Reading, document: Document) -> dict[str, tuple[float, float]]:
    """Low and high of settings, by ``section.key``; written dotted or quoted."""
    ranges: dict[str, tuple[float, float]] = {}
    for key, value in _flat(document.section("ranges")).items():
        pair = value if isinstance(value, list) else []
        try:
            canonical(key)
            low, high = pair
            if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in pair) or not low <= high:
                raise ValueError
        except DataError as error:
            row, column = document.lines.get(f"ranges.{key}"), f"ranges.{key}"
            reading.findings += [dataclasses.replace(f, table=CASE, row=row, column=column) for f in error.findings]
        except (TypeError, ValueError):
            reading.fault(
                CASE,
                "a range is a pair of numbers [low, high]",
                "Write [80, 100].",
                row=document.lines.get(f"ranges.{key}"),
                column=f"ranges.{key}",
                value=str(value),
            )
        else:
            ranges[key] = (float(low), float(high))
    return ranges


def _choices(reading: Reading, document: Document) -> dict[str, tuple[Any, ...]]:
    """Other values of settings, by ``section.key``; written dotted or quoted."""
    choices: dict[str, tuple[Any, ...]] = {}
    for key, values in _flat(document.section("choices")).items():
        row, column = document.lines.get(f"choices.{key}"), f"choices.{key}"
        try:
            canonical(key)
        except DataError as error:
            reading.findings += [dataclasses.replace(f, table=CASE, row=row, column=column) for f in error.findings]
            continue
        if isinstance(values, list) and values:
            choices[key] = tuple(values)
        else:
            rule, remedy = "the choices of a setting are a list of values", "Write [false] or [[2, 3], [4, 5]]."
            reading.fault(CASE, rule, remedy, row=row, column=column, value=str(values))
    return choices


def _try_choices(reading: Reading, document: Document, problem: Problem) -> None:
    """Faults of values that a setting cannot have, found before one of them is tried."""
    for key, values in problem.choices.items():
        row, column = document.lines.get(f"choices.{key}"), f"choices.{key}"
        for value in values:
            try:
                problem.set(key, value)
            except DataError as error:
                reading.findings += [dataclasses.replace(f, table=CASE, row=row, column=column) for f in error.findings]


def _try_ranges(reading: Reading, document: Document, problem: Problem) -> Problem:
    """Faults of ranges of what is no number; the problem, with a notice of each end that the setting cannot have."""
    said = []
    for key, ends in problem.ranges.items():
        row, column = document.lines.get(f"ranges.{key}"), f"ranges.{key}"
        now = value_of(problem, key)
        if isinstance(now, str) or now is True:
            rule, remedy = "a range is of a setting that is a number", "Name its other values under [choices]."
            reading.fault(CASE, rule, remedy, row=row, column=column, value=str(now))
            continue
        for end in ends:
            whole_end = int(end) if end == int(end) else end
            try:
                problem.set(key, whole_end)
            except DataError as error:
                # One that is off may lack what else it takes; what it can never be is told.
                its_own = any(key in (f.column, f"{f.table}.{f.column}") for f in error.findings)
                if now is not False or its_own:
                    said.append(f"{column}: {key} cannot be {whole_end:g} ({error.findings[0].rule}).")
    return problem.replace(notices=(*problem.notices, *said)) if said else problem


def _try_payments(reading: Reading, document: Document, problem: Problem) -> None:
    """Faults of payment models that share by a column nobody can share by, found before one of them is asked for."""
    for model in problem.payments:
        column = problem.network.point_columns.get(model.standing)
        if model.standing in ("", WEIGHT):
            continue
        key = f"payment.{model.name}.standing"
        row = document.lines.get(key, document.lines.get(f"payment.{model.name}"))
        sharing = [c for c, cells in problem.network.point_columns.items() if _shares(cells)]
        if column is None or not _shares(column):
            rule = "municipalities share by a column of theirs: numbers, not negative, some above zero"
            remedy = f"Choose from: {some([WEIGHT, *sharing])}."
            reading.fault(CASE, rule, remedy, row=row, column=key, value=model.standing)


def _shares(cells: Sequence[object]) -> bool:
    numbers = [cell for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    return len(numbers) == len(cells) and min(numbers, default=-1) >= 0 and any(numbers)


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
