"""Named scenarios of a case: ``scenarios.csv``, one figure a row, and ``scenarios.toml`` for what else may change.

In ``scenarios.toml`` each table is a scenario. It may start from another one (``base = "id"``, of
either file), give its own women a year, and change any setting of ``case.toml`` by its name::

    [short-stays]
    base = "agency-2024"
    what = "stays of four months"
    stay.mean_days = 120      # assumption

What a scenario does not say itself it has from its base; without one, from the case.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

from capacity.arrays import LONGEST_LABEL, clean, unseen
from capacity.errors import DataError
from capacity.problem.calls import told
from capacity.problem.cells import flags
from capacity.problem.named import WOMEN, unknown_scenario
from capacity.problem.named import NamedScenario as NamedScenario
from capacity.problem.settings import canonical, keys, sections
from capacity.reading.books import reading_of
from capacity.reading.document import CASE, allowed_keys, odd_value, of_files, parsed, places, read_two_ways
from capacity.reading.tables import Reading, Table, ids, numbers, read_table
from capacity.tolerances import SOMEBODY, SUM_OF_WRITTEN_CHANCES

FILE, MORE = "scenarios.csv", "scenarios.toml"
SAID = ("label", "base", "women_per_year", "low", "high", "what", "document", "probability", "must_hold")
"""What a table of ``scenarios.toml`` may say of its scenario; all else are settings of the case."""


@told
def named_scenarios(folder: str | os.PathLike[str]) -> tuple[NamedScenario, ...]:
    """Read the named scenarios of a case's folder; () where it has none.

    Raises
    ------
    DataError
        With every fault found, or where there is no such folder.
    """
    reading = reading_of(folder)
    text = reading.text_of(CASE) if reading.has(CASE) else None
    demand = ((parsed(reading, CASE, text) if text else None) or {}).get("demand", {})
    found = read_scenarios(reading, demand.get("women_per_year") if isinstance(demand, dict) else None)
    if reading.findings:
        raise DataError(reading.findings)
    return found


def read_scenarios(reading: Reading, figure: Any) -> tuple[NamedScenario, ...]:
    """Read both files, where they are; every fault is noted.

    Parameters
    ----------
    figure : float or None
        The case's own women a year, for scenarios that leave them.
    """
    rows = _rows(reading) if reading.has(FILE) else []
    tables = _tables(reading, {s.id for s in rows}) if reading.has(MORE) else []
    found = _with_probabilities(reading, _inherited(reading, rows, tables))
    known = float(figure) if isinstance(figure, (int, float)) and odd_value(figure) is None else math.nan
    return tuple(dataclasses.replace(s, women_per_year=known) if s.of_case else s for s in found)


# --- scenarios.csv ---------------------------------------------------------------------------


def _rows(reading: Reading) -> list[NamedScenario]:
    table = read_table(reading, FILE, ("id", "women_per_year"), [c for c in SAID if c != "base"])
    if table is None:
        return []
    labels = ids(reading, table, "id")
    figures = [c for c in ("women_per_year", "low", "high") if c in table.columns]
    women = numbers(reading, table, "women_per_year", least=SOMEBODY, what="id", grouped=True, beside=figures[1:])
    low, high = (_optional(reading, table, c, [f for f in figures if f != c]) for c in ("low", "high"))
    chance = _optional(reading, table, "probability", (), most=1.0)
    must_hold = _flags(reading, table)
    for k, line in enumerate(table.lines):
        _range(reading, FILE, line, labels[k], women[k], low[k], high[k])

    def text(column: str, row: int) -> str:
        return table.columns[column][row] if column in table.columns else ""

    return [
        NamedScenario(
            id=labels[k],
            label=text("label", k) or labels[k],
            women_per_year=women[k],
            low=low[k],
            high=high[k],
            what=text("what", k),
            document=text("document", k),
            probability=_UNSAID if chance[k] is None else chance[k],
            equal=chance[k] is None,
            must_hold=must_hold[k],
            file=FILE,
            lines={WOMEN: table.lines[k]},
        )
        for k in range(len(labels))
    ]


_UNSAID = -1.0
"""Probability of a scenario that gives none, until all are read."""


def _optional(reading: Reading, table: Table, column: str, beside: Sequence[str], most: float = math.inf) -> list[Any]:
    """A column of numbers in which a cell may be empty (None), or the whole column be missing."""
    if column not in table.columns:
        return [None] * len(table)
    given = numbers(reading, table, column, what="id", empty=math.nan, grouped=True, beside=beside, most=most)
    return [None if value != value else value for value in given]


def _flags(reading: Reading, table: Table) -> list[bool]:
    """Which figures the promise must hold in; none where nothing is said."""
    if "must_hold" not in table.columns:
        return [False] * len(table)
    return flags(reading.findings, table.column("must_hold"), empty=False)


def _range(
    reading: Reading, file: str, line: int | None, whose: str, women: float, low: float | None, high: float | None
) -> None:
    """The figure lies in the document's own range."""
    least, most = (women if low is None else low), (women if high is None else high)
    if not (least > women or women > most):
        return
    reading.fault(
        file,
        "low <= women_per_year <= high",
        "Correct the figure or its range.",
        row=line,
        column=f"women_per_year ({whose})",
        value=f"{least:g}, {women:g}, {most:g}",
    )


# --- scenarios.toml --------------------------------------------------------------------------


def _tables(reading: Reading, taken: set[str]) -> list[NamedScenario]:
    text = reading.text_of(MORE)
    tables = None if text is None else parsed(reading, MORE, text)
    if text is None or tables is None:
        return []
    lines, comments = places(text)
    read_two_ways(reading, MORE, text)
    scenarios = []
    for id, table in tables.items():
        if id in (*allowed_keys(), "policy") and isinstance(table, dict):
            name = next(iter(table), "...")
            reading.fault(
                MORE,
                f"each table is a scenario, and {id} is the name of a section of case.toml",
                f"Write {id}.{name} = ... below the [scenario] it belongs to.",
                row=_line(lines, id),
                column=id,
            )
        elif not clean(id) or unseen(id) or len(id) > LONGEST_LABEL:
            reading.fault(
                MORE,
                f"an id can be read, and has at most {LONGEST_LABEL} characters",
                "Rename the scenario.",
                row=_line(lines, id),
                column=id,
            )
        elif not isinstance(table, dict):
            reading.fault(
                MORE,
                "each scenario is a table",
                "Write [its-id] on a line of its own, and the rest below it.",
                row=_line(lines, id),
                column=id,
                value=str(table),
            )
        elif id in taken:
            reading.fault(
                MORE,
                f"each id stands once (it stands in {FILE} too)",
                "Rename one of the two.",
                row=_line(lines, id),
                column=id,
            )
        else:
            scenarios.append(_scenario(reading, id, table, lines, comments))
    return scenarios


def _scenario(
    reading: Reading, id: str, table: Mapping[str, Any], lines: Mapping[str, int], comments: Mapping[str, str]
) -> NamedScenario:
    own = {key: value for key, value in table.items() if key in SAID}
    settings, sources, at = _settings_read(reading, id, table, lines, comments)
    if WOMEN in settings:
        own["women_per_year"] = settings.pop(WOMEN)
        at["women_per_year"] = at.pop(WOMEN)
    at |= {key: _line(lines, id, key) for key in own if key not in at}
    own = {key: value for key, value in own.items() if _fits(reading, id, key, value, at[key])}
    return NamedScenario(
        id=id,
        label=own.get("label", ""),
        women_per_year=float(own.get("women_per_year", 0)),
        of_case="women_per_year" not in own,
        low=own.get("low"),
        high=own.get("high"),
        what=own.get("what", ""),
        document=own.get("document", ""),
        probability=float(own.get("probability", _UNSAID)),
        equal="probability" not in own,
        must_hold=own.get("must_hold", False),
        base=own.get("base", ""),
        settings=settings,
        sources=sources,
        file=MORE,
        lines=at | ({WOMEN: at["women_per_year"]} if "women_per_year" in at else {}),
    )


def _settings_read(
    reading: Reading, id: str, table: Mapping[str, Any], lines: Mapping[str, int], comments: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str], dict[str, int]]:
    """What a scenario changes of the case, where each comes from, and its line; each by the setting's key."""
    settings: dict[str, Any] = {}
    sources: dict[str, str] = {}
    at: dict[str, int] = {}
    for written, value in _settings(table):
        place = f"{id}.{written}"
        if of_files(written) and written not in keys():
            reading.fault(
                MORE,
                "a scenario cannot change what is read",
                "Make a case of its own for it, or use --set for one run.",
                row=_line(lines, id, written),
                column=place,
            )
            continue
        try:
            key = canonical(written)
        except DataError as error:
            near = [k for k in difflib.get_close_matches(written, SAID, 1, 0.6) if k != written]
            hint = f"Did you mean {near[0]!r}?" if near else error.findings[0].remedy
            reading.fault(MORE, "unknown setting", hint, row=_line(lines, id, written), column=place)
            continue
        if key == "scenario":
            reading.fault(
                MORE,
                "a scenario starts from another by base",
                f'Write base = "{value}".',
                row=_line(lines, id, written),
                column=place,
            )
            continue
        settings[key] = value
        at[key] = _line(lines, id, written)
        if place in comments:
            sources[key] = comments[place]
    return settings, sources, at


def _line(lines: Mapping[str, int], id: str, key: str = "") -> int:
    """Line of a scenario's key, or the first of the scenario."""
    places = (f"{id}.{key}", id, *(place for place in lines if place.startswith(f"{id}.")))
    return next((lines[place] for place in places if place in lines), 1)


def _settings(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Settings of a scenario's table by ``section.key``; a key outside every section stands alone."""
    settings: list[tuple[str, Any]] = []
    for section, values in table.items():
        if section in SAID:
            continue
        if section in (*sections(), "policy") and isinstance(values, dict):
            settings += [(f"{section}.{key}", value) for key, value in values.items()]
        else:
            settings.append((section, values))
    return settings


def _fits(reading: Reading, id: str, key: str, value: Any, line: int) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
    if key in ("label", "base", "what", "document"):
        good, rule = isinstance(value, str), 'text in quotes ("...")'
    elif key == "must_hold":
        good, rule = isinstance(value, bool), "true or false"
    elif key == "women_per_year":
        good, rule = number and value > 0, "a finite number above zero"
    else:
        good, rule = number, "a finite number, not negative"
    if not good:
        reading.fault(MORE, f"{key} is {rule}", "Correct the value.", row=line, column=f"{id}.{key}", value=str(value))
    return good


# --- both ------------------------------------------------------------------------------------


def _inherited(reading: Reading, rows: list[NamedScenario], tables: list[NamedScenario]) -> list[NamedScenario]:
    """Scenarios with what they have from their bases; those of a broken chain are left out."""
    by_id = {s.id: s for s in (*rows, *tables)}
    done: dict[str, NamedScenario | None] = {}
    told: set[str] = set()

    def whole(id: str, chain: tuple[str, ...]) -> NamedScenario | None:
        if id in chain:
            circle = chain[chain.index(id) :]
            if not told & set(circle):
                reading.fault(
                    MORE,
                    "no scenario starts from itself",
                    "Take one base of the circle away.",
                    row=by_id[id].lines.get("base"),
                    column=f"{id}.base",
                    value=" -> ".join((*circle, id)),
                )
            told.update(circle)
            return None
        if id not in done:
            scenario = by_id[id]
            base = whole(scenario.base, (*chain, id)) if scenario.base in by_id else None
            if scenario.base and scenario.base not in by_id:
                fault = unknown_scenario(scenario.base, [k for k in by_id if k != id])
                reading.fault(
                    MORE,
                    "base is the id of a scenario",
                    fault.remedy,
                    row=scenario.lines.get("base"),
                    column=f"{id}.base",
                    value=scenario.base,
                )
            done[id] = _on(scenario, base) if base else (None if scenario.base else _on(scenario, None))
        return done[id]

    complete = [whole(id, ()) for id in by_id]
    for scenario in complete:
        if scenario is not None and scenario.file == MORE and not scenario.of_case:
            line, women = scenario.lines.get(WOMEN), scenario.women_per_year
            _range(reading, MORE, line, scenario.id, women, scenario.low, scenario.high)
    return [scenario for scenario in complete if scenario is not None]


def _on(one: NamedScenario, base: NamedScenario | None) -> NamedScenario:
    """A scenario over its base. A figure of its own leaves the base's range and document behind."""
    if base is None:
        return dataclasses.replace(one, label=one.label or one.id)
    changes: dict[str, Any] = {
        "label": one.label or one.id,
        "what": one.what or base.what,
        "must_hold": one.must_hold if "must_hold" in one.lines else base.must_hold,
        "settings": {**base.settings, **one.settings},
        "sources": {**{k: v for k, v in base.sources.items() if k not in one.settings}, **one.sources},
        "lines": {**{k: line for k, line in base.lines.items() if k in base.settings}, **one.lines},
    }
    if one.of_case:
        changes |= {
            "women_per_year": base.women_per_year,
            "of_case": base.of_case,
            "sources": changes["sources"] | ({} if base.of_case else {WOMEN: base.women_source}),
            "low": base.low if one.low is None else one.low,
            "high": base.high if one.high is None else one.high,
            "document": one.document or base.document,
        }
    return dataclasses.replace(one, **changes)


def _with_probabilities(reading: Reading, named: list[NamedScenario]) -> tuple[NamedScenario, ...]:
    given = [s.probability for s in named if not s.equal]
    if not given:
        return tuple(dataclasses.replace(s, probability=1 / len(named)) for s in named)
    if len(given) < len(named) or min(given) < 0 or abs(sum(given) - 1) > SUM_OF_WRITTEN_CHANCES:
        files = " and ".join(dict.fromkeys(s.file for s in named))
        reading.fault(
            files,
            "probabilities are given for all scenarios or for none, not negative, and sum to 1",
            "Divide each by their sum, or leave all empty; one that is only looked at has 0.",
            column="probability",
            value=f"sum {sum(given):g} of {len(given)} numbers for {len(named)} scenarios",
        )
    return tuple(named)
