"""The chart of a plan that watches and decides: beds by year, each way it may go as wide as it is likely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity.report.axes import COUNTS, GREY, Once, axes_of, plain, rows_of, units
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

RARE = 0.002
"""Ways with less chance are not drawn."""

WIDEST = 9.0
"""Points of the line of a way that is certain."""


def plot_adapt(table: pd.DataFrame | StudyResult, ax: Axes | None = None) -> Axes:
    """Beds by year: a line from each plan to what may follow it, coloured by the number of units.

    Parameters
    ----------
    table : Adaptive, or its ``table``
    ax : matplotlib Axes, optional
    """
    needed = ("year", "site_ids", "beds", "then_site_ids", "then_beds", "probability", "asked_from")
    rows = [row for row in rows_of(table, "adapt", needed) if row["probability"] >= RARE]
    ax = axes_of(ax, 8.0, 4.4)
    label, ends = Once(), _ends(rows)
    for row in sorted(rows, key=lambda row: -row["probability"]):
        count = len(row["then_site_ids"])
        ax.plot(
            [row["year"] - 1, row["year"]],
            [row["beds"], row["then_beds"]],
            color=COUNTS[min(count, len(COUNTS)) - 1] if count else GREY,
            linewidth=max(0.6, WIDEST * row["probability"] ** 0.5),
            alpha=0.75,
            solid_capstyle="round",
            label=label(units(count)),
        )
    last = max(row["year"] for row in rows)
    for low, high, chance in _together(ends):
        beds = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        place = ((last, (low + high) / 2), (6, 0))
        ax.annotate(
            f"{beds}: {100 * chance:.0f} in 100", *place, textcoords="offset points", va="center", fontsize="small"
        )
    first = min(row["year"] for row in rows)
    ax.set_xticks(range(first - 1, last + 1), ["before", *map(str, range(first, last + 1))])
    ax.set_xlim(first - 1, last + 0.9)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Beds of all units")
    ax.set_title("What may follow, as wide as it is likely", fontsize="medium", loc="left")
    plain(ax, "y")
    for line in ax.legend(loc="upper left", frameon=False, fontsize="small").get_lines():
        line.set_linewidth(3)
    return ax


def _ends(rows: list[dict[str, Any]]) -> dict[int, float]:
    """Chance of ending with so many beds."""
    last = max(row["year"] for row in rows)
    found: dict[int, float] = {}
    for row in rows:
        if row["year"] == last:
            found[row["then_beds"]] = found.get(row["then_beds"], 0.0) + row["probability"]
    return found


def _together(ends: dict[int, float]) -> list[tuple[int, int, float]]:
    """Ends with their chances, those whose labels would lie on each other as one."""
    apart, found = max(ends) / 20, list[tuple[int, int, float]]()
    for beds in sorted(ends):
        if found and beds - (found[-1][0] + found[-1][1]) / 2 < apart:
            low, _, chance = found.pop()
            found.append((low, beds, chance + ends[beds]))
        else:
            found.append((beds, beds, ends[beds]))
    return [one for one in found if one[2] >= RARE]
