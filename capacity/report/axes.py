"""What every chart is drawn with: colours, axes, a legend that says each thing once, a study's rows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError, Finding, some
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, VERMILLION, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#767676"
COUNTS = ("#CC79A7", ORANGE, BLUE, GREEN, SKY, VERMILLION)
"""Colours of plans with 1, 2, 3, ... units; the number stands above the bars too."""


class Once:
    """A legend's label the first time it is asked for, and none after that."""

    def __init__(self) -> None:
        self.known: set[str] = set()

    def __call__(self, label: str) -> str:
        """The label, or what leaves it out of the legend."""
        said = "_nolegend_" if label in self.known else label
        self.known.add(label)
        return said


def missing(value: Any) -> bool:
    """Whether a table's cell holds nothing."""
    return value is None or bool(value != value)  # NaN is not itself


def units(count: int) -> str:
    """So many units, in words."""
    return f"{count} unit{'s' * (count != 1)}"


def sites_said(site_ids: Sequence[str]) -> str:
    """Ids of sites on lines short enough for a label."""
    return "\n".join(textwrap.wrap(", ".join(site_ids), 34, break_long_words=False))


def rows_of(table: pd.DataFrame | StudyResult, study: str, needed: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a study or its frame; a `DataError` where it is not the study's, or is empty."""
    if isinstance(table, StudyResult):
        table = table.table
    if not hasattr(table, "columns"):
        raise unfit(study, f"what is drawn is a table, or what capacity.{study} gives", type(table).__name__)
    lacking = [name for name in needed if name not in table.columns]
    if lacking:
        raise unfit(study, f"the table has the columns of capacity.{study}", f"lacks {some(lacking)}")
    if table.empty:
        raise unfit(study, "the table has a row", "none")
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def unfit(study: str, rule: str, value: str) -> DataError:
    """What to raise where a table is not one the chart can draw."""
    return DataError([Finding(table=f"chart of {study}", rule=rule, value=value, remedy="Give the study's own table.")])


def axes_of(ax: Axes | None, wide: float, high: float) -> Axes:
    """The axes that were given, or those of a new figure of so many inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(wide, high), layout="constrained")[1]


def plain(ax: Axes, grid: str) -> None:
    """A light grid ("x", "y" or "both") behind what is drawn, and no frame at the top and right."""
    ax.set_axisbelow(True)
    ax.grid(axis=grid, color="#DDDDDD", linewidth=0.7)  # type: ignore[arg-type]  # "x" or "both"
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
