"""A table as a CSV file: for machines, or as a spreadsheet of a language opens it by double click."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from capacity.errors import DataError, Finding
from capacity.plan.figures import Table
from capacity.report.phrases import Phrases, phrases
from capacity.report.signs import safe
from capacity.report.spoken import spoken

PLAIN = "plain"
"""Commas, points, names of columns for machines, numbers in full precision, no mark."""

SIGNS: Mapping[str, tuple[str, str]] = {"en": (",", "."), "da": (";", ",")}
"""What a spreadsheet of a language takes to stand between cells, and before decimals."""

FORMS = (PLAIN, *SIGNS)

HEADS: Mapping[str, str] = {
    "site_id": "column-site",
    "name": "column-name",
    "region": "column-region",
    "region_name": "region",
    "beds": "beds",
    "stays": "stays",
    "occupancy": "occupancy",
    "turned_away": "turned-away",
    "waiting": "column-waiting",
    "income_dkk": "column-income",
    "cost_dkk": "column-cost",
    "building_dkk": "column-building",
    "startup_loss_dkk": "column-startup",
    "to_ambulatory_minutes": "to-ambulatory",
    "ambulatory": "column-ambulatory",
    "women": "women",
    "women_per_year": "women",
    "mean_minutes": "mean",
    "minutes_80": "minutes-80",
    "longest_minutes": "longest",
    "minutes_90": "column-minutes-90",
    "worst_off_minutes": "worst-off",
    "gap_minutes": "above-shortest",
    "gini": "gini",
    "beds_per_woman": "beds-woman",
    "nothing_near": "nothing-near",
    "payer": "column-payer",
    "model": "pays-model",
    "mean_dkk": "column-pays-mean",
    "low_dkk": "column-pays-low",
    "high_dkk": "column-pays-high",
    "chance_of_loss": "column-loss",
    "share_within": "column-within",
    "residential_women": "residential-women",
    "outpatient_women": "outpatient-women",
    "unreached_women": "unreached-women",
    "units": "units",
    "holds": "aftercare-holds",
    "held_up": "held-up",
    "persons": "family-persons",
    "persons_there": "persons",
    "ward_minutes": "ward-minutes",
    "ward": "column-ward",
    "late": "column-late",
    "beds_in_use": "family-beds",
    "dkk_per_year": "column-dkk-per-year",
    "partner": "family-partner",
    "children": "family-children",
    "point_id": "column-point",
    "scenario": "scenario",
    "share": "column-share",
    "minutes": "column-minutes",
    "probability": "probability",
    "must_hold": "must-hold",
    "document": "document",
    "source": "source",
    "value": "value",
    "status": "column-status",
    "site_ids": "column-sites",
    "mean": "mean",
    "longest": "longest",
    "most": "column-minutes-90",
    "fewest_beds_per_woman": "column-fewest-beds-woman",
    "rank": "column-rank",
    "objective": "column-objective",
    "objective_low": "column-objective-low",
    "objective_high": "column-objective-high",
    "behind": "column-behind",
    "story": "column-story",
    "label": "column-label",
    "planned_for": "column-planned-for",
    "low": "column-low",
    "high": "column-high",
    "from": "column-from",
    "to": "column-to",
    "what": "column-what",
    "setting": "column-setting",
    "key": "column-setting",
    "choices": "column-choices",
    "largest_change": "column-largest-change",
    "units_change": "column-units-change",
    "where": "column-where",
    "kind": "column-kind",
    "plan": "column-units-alone",
    "letter": "column-letter",
    "broken": "column-broken",
    "regret": "column-regret",
    "result_dkk": "column-result-dkk",
    "dkk": "column-dkk",
    "sites_low": "column-sites-low",
    "sites_high": "column-sites-high",
    "swing": "column-swing",
    "beds_from": "column-beds-from",
    "stopped_by": "column-stopped-by",
    "total_beds": "column-total-beds",
    "knee": "column-knee",
    "rate": "column-rate",
    "state": "column-state",
    "municipalities": "column-municipalities",
    "bad": "column-bad",
    "operators": "column-operators",
    "operators_bad": "column-operators-bad",
    "most_likely_loss": "column-likely-loss",
    "player": "column-player",
    "alone": "column-alone",
    "use": "column-use",
    "use_by_unit": "column-use-by-unit",
    "level": "column-level",
    "id": "column-id",
    "measure": "column-measure",
    "formula": "column-formula",
    "family_hours_per_year": "column-hours",
    "minutes_saved": "column-minutes-saved",
    "beds_more": "column-beds-more",
    "cost_more_dkk": "column-cost-more",
    "dkk_per_hour_saved": "column-hour-saved",
    "pays": "column-pays",
    "regions": "column-regions",
    "beds_shared": "column-beds-shared",
    "beds_apart": "column-beds-apart",
    "saved": "column-saved",
    "gap": "column-gap",
    "nothing": "column-nothing",
    "residential": "column-residential",
    "outpatient": "column-outpatient",
    "unreached": "column-unreached",
}
"""Columns whose name planners read in words; others keep the name they have in JSON."""


def check_form(form: str) -> str:
    """The form, or a `DataError` that lists them."""
    if form not in FORMS:
        rule, remedy = "tables are written for machines or in a language", f"Choose from: {', '.join(FORMS)}."
        raise DataError([Finding(table="tables", column="csv", value=str(form)[:60], rule=rule, remedy=remedy)])
    return form


def write_csv(path: Path, table: Table, form: str = PLAIN) -> None:
    """Write a table as UTF-8.

    Parameters
    ----------
    path : Path
    table : mapping of column to values
    form : {"plain", "en", "da"}
        ``plain`` is for machines. The others have a mark of UTF-8 (by which Excel knows it), heads in words, few
        decimals, and the signs of the language: in Danish semicolons and decimal commas.
    """
    heads, cell, separator, encoding = _form(form, table)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n", delimiter=separator)
        writer.writerow(map(heads, table))
        writer.writerows([cell(v) for v in row] for row in zip(*table.values(), strict=True))


def _form(form: str, beside: Collection[str]) -> tuple[Callable[[str], str], Callable[[Any], Any], str, str]:
    """How heads and cells are written, what stands between them, and the encoding."""
    if check_form(form) == PLAIN:
        return safe, safe, ",", "utf-8"
    t, (separator, mark) = phrases(form), SIGNS[form]
    return (lambda name: head_of(name, t, beside)), (lambda value: _cell(value, mark, t)), separator, "utf-8-sig"


def head_of(name: str, t: Phrases, beside: Collection[str] = ("income_dkk",)) -> str:
    """A column's name as planners read it; its own where it has none.

    `beside` are the columns of the table: a cost beside no income is that of whole plans, building included.
    """
    if name == "cost_dkk" and "income_dkk" not in beside:
        return t("column-cost-building")
    return t(HEADS[name]) if name in HEADS else str(safe(name))


def _cell(value: Any, mark: str, t: Phrases) -> Any:
    """A cell as a spreadsheet of the language reads it."""
    value = value.item() if hasattr(value, "item") else value
    if value is True or value is False:
        return t("yes" if value else "no")
    if isinstance(value, float):
        return "" if value != value else _number(value).replace(".", mark)
    if isinstance(value, str) and re.fullmatch(r"(?a:0\d+)", value):
        # A code such as 0101 keeps its zero; the reader of cases knows the form.
        return f'="{value}"'
    if isinstance(value, str) and t.language != "en":
        return safe(spoken(t.language).cell(value))
    return safe(value)


def _number(value: float) -> str:
    """A number with as many decimals as it has, from 1 up two at most and below six, never as 1e-05."""
    if value in (float("inf"), float("-inf")):
        return str(value)
    text = f"{value:.2f}" if abs(value) >= 1 else f"{value:.6f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
