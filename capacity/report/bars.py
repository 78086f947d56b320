"""Studies without a chart of their own, drawn as bars."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.errors import some
from capacity.report.axes import COUNTS, axes_of, missing, plain, rows_of, unfit
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class Bars:
    """How a study without a chart of its own is drawn: bars side by side, a group for each row.

    Attributes
    ----------
    named : tuple of str
        Columns that say what a row is, joined.
    measures : mapping of column to legend
    axis : str
        What the bars are measured in.
    times : float
        What the numbers are multiplied by.
    only : (column, value), optional
        Rows that are drawn, where a table holds numbers of several kinds.
    """

    named: tuple[str, ...]
    measures: Mapping[str, str]
    axis: str
    times: float = 1.0
    only: tuple[str, str] | None = None


BARS: Mapping[str, Bars] = {
    "alternatives": Bars(
        named=("rank", "site_ids"), measures={"behind": "behind"}, axis="% behind the best", times=100
    ),
    "sweep": Bars(named=("site_ids",), measures={"mean_minutes": "minutes"}, axis="Mean one-way minutes"),
    "compare": Bars(
        named=("id",), measures={"first": "first plan", "second": "second plan"}, axis="Beds", only=("kind", "unit")
    ),
    "stress": Bars(
        named=("name",),
        measures={"value": "simulated", "formula": "promised"},
        axis="% turned away",
        times=100,
        only=("measure", "turned_away"),
    ),
    "information": Bars(named=("figure",), measures={"low": "at least", "high": "at most"}, axis="Value"),
    "who_pays": Bars(
        named=("model", "payer"),
        measures={"mean_dkk": "on average", "high_dkk": "in a bad year (95 %)"},
        axis="Million DKK a year",
        times=1 / 1e6,
        only=("part", "whole"),
    ),
    "roll_out": Bars(
        named=("year", "name"), measures={"beds": "beds", "beds_built": "of them new in the year"}, axis="Beds"
    ),
    "equity": Bars(
        named=("name",), measures={"mean_minutes": "mean", "worst_off_minutes": "worst-off"}, axis="One-way minutes"
    ),
    "break_even": Bars(
        named=("site_ids",),
        measures={"residential_women": "at a unit", "outpatient_women": "on a course"},
        axis="Women a year, of the plans from low to high",
    ),
    "sharing": Bars(
        named=("division", "name"),
        measures={"pays_dkk": "pays", "alone_dkk": "alone"},
        axis="Million DKK a year",
        times=1 / 1e6,
    ),
    "pooling": Bars(named=("site_id",), measures={"beds_shared": "shared", "beds_apart": "kept apart"}, axis="Beds"),
    "closures": Bars(
        named=("closed",), measures={"no_bed": "unit closed", "no_bed_open": "all open"}, axis="Women who find no bed"
    ),
    "flexible_beds": Bars(
        named=("scenario",), measures={"saving_dkk": "saved"}, axis="Million DKK a year", times=1 / 1e6
    ),
    "backtest": Bars(
        named=("name", "scenario"), measures={"total": "counted", "expected": "expected"}, axis="Women, all years"
    ),
    "price_of_nearness": Bars(named=("units",), measures={"mean_minutes": "minutes"}, axis="Mean one-way minutes"),
    "influence": Bars(named=("key", "value"), measures={"beds": "beds"}, axis="Beds"),
    "evaluate": Bars(named=("site_ids",), measures={"mean_minutes": "minutes"}, axis="Mean one-way minutes"),
    "why_not": Bars(
        named=("what",),
        measures={"percent": "with it", "size": "size of the change"},
        axis="% more than the best plan, or size of the change",
    ),
    "explain": Bars(named=("text",), measures={"size": "size"}, axis="Size of the change"),
}
"""Studies drawn as bars, by the name of their function."""


def draw_bars(table: pd.DataFrame | StudyResult, study: str, how: Bars, ax: Axes | None) -> Axes:
    """A group of bars for each row."""
    rows = rows_of(table, study, how.named)
    if how.only is not None:
        rows = [row for row in rows if row[how.only[0]] == how.only[1]]
    drawn = [name for name in how.measures if any(not missing(row.get(name)) for row in rows)]
    if not drawn:
        raise unfit(study, f"the table has numbers in {some(how.measures)}", "none")
    ax = axes_of(ax, 8.0, 1.4 + 0.24 * len(rows) * len(drawn) + 0.1 * len(rows))
    height = 0.8 / len(drawn)
    for k, name in enumerate(drawn):
        at = [(row, how.times * float(each[name])) for row, each in enumerate(rows) if not missing(each.get(name))]
        ax.barh(
            [row + (k - (len(drawn) - 1) / 2) * height for row, _ in at],
            [value for _, value in at],
            height=height,
            color=COUNTS[1:][k % 5],
            edgecolor="black",
            linewidth=0.4,
            label=how.measures[name],
        )
    ax.set_yticks(range(len(rows)), [_row_name(row, how.named) for row in rows], fontsize="small")
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(how.axis)
    plain(ax, "x")
    if len(drawn) > 1:
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize="small")
    return ax


def _row_name(row: Mapping[str, Any], named: Sequence[str]) -> str:
    said = [", ".join(row[n]) if isinstance(row[n], (list, tuple)) else str(row[n]) for n in named]
    return textwrap.shorten(" ".join(s for s in said if s) or "all", 60, placeholder=" …")
