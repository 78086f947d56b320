"""In which order: a roll-out, or a plan that watches and decides, as a section of the report and as a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from capacity.report.phrases import Phrases
from capacity.report.tables import Cell, Grid, Row, figure, grid, said, share

if TYPE_CHECKING:
    from capacity.studies.adapting.result import Adaptive
    from capacity.studies.roll_out import RollOut

Order: TypeAlias = "Adaptive | RollOut"
"""What may be told as an order: what `capacity.adapt` or `capacity.roll_out` gives."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section: a text, a table, and sentences below it."""

    text: str
    grid: Grid
    sentences: tuple[Cell, ...]


def in_order(order: Order, t: Phrases) -> Section:
    """The order as a table and sentences, in the page's language."""
    from capacity.studies.adapting.result import Adaptive

    return _watched(order, t) if isinstance(order, Adaptive) else _rolled(order, t)


def _watched(order: Adaptive, t: Phrases) -> Section:
    """The first step, and what is done once so many have asked; what it is worth and what it leans on."""
    units = order.told.named(order.first.beds)
    now = f"open {units} beds" if units else "open nothing yet"
    rows: list[Row] = [[str(order.years[0]), said(t, "at once"), said(t, now), share(t, 1.0)]]
    rows += [
        [str(one.year), said(t, one.when), said(t, one.then), share(t, one.probability, 1)] for one in order.triggers
    ]
    heads = [(t(f"order-{head}"), head == "chance") for head in ("year", "when", "then", "chance")]
    return _section(t("order-text"), grid(t("order"), heads, rows), order, t)


def _section(text: str, table: Grid, order: Order, t: Phrases) -> Section:
    return Section(text=text, grid=table, sentences=tuple(said(t, one) for one in order.sentences))


def _rolled(order: RollOut, t: Phrases) -> Section:
    """Units, beds, women and money by year."""
    rows: list[Row] = [
        [
            str(row["year"]),
            row["name"],
            figure(t, row["beds"]),
            figure(t, row["beds_built"]),
            figure(t, row["women"], 1),
            figure(t, row["building_dkk"] / 1e6, 1),
            figure(t, row["running_dkk"] / 1e6, 1),
        ]
        for row in order.rows()
    ]
    heads = [(t("order-year"), False), (t("order-unit"), False)]
    heads += [(t(f"order-{head}"), True) for head in ("beds", "new", "women", "building", "running")]
    places = next(iter(order.plans.values())).problem.network.site_places(order.order)
    units = t.joined([f"{places[j]} {year}" for j, year in order.opened.items()])
    return _section(t("order-rolled", units=units), grid(t("order"), heads, rows), order, t)


def sheet_of(order: Order) -> dict[str, tuple[Any, ...]]:
    """The table of the order, lists as text."""
    rows: Sequence[Mapping[str, Any]] = order.rows()
    return {key: tuple(_plain(row[key]) for row in rows) for key in rows[0]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return None if value != value else value
