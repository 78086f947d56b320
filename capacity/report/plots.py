"""Charts of studies: each takes a study's tidy frame, draws it on one set of axes and returns them.

Colours are Okabe and Ito's, told apart by readers with any colour vision, and never the only sign:
what they say stands in words or numbers beside them, so that a chart survives a grey printer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from capacity.errors import some
from capacity.problem.calls import told
from capacity.report.axes import (
    BLUE,
    COUNTS,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    Once,
    axes_of,
    missing,
    plain,
    rows_of,
    sites_said,
    unfit,
    units,
)
from capacity.report.bars import BARS, draw_bars
from capacity.report.branching import plot_adapt
from capacity.rules.objectives import OBJECTIVES
from capacity.studies.result import StudyResult
from capacity.studies.switch import Switches
from capacity.tolerances import NO_CHANGE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MEASURES = {o.name: o.axis for o in OBJECTIVES.values() if o.axis is not None} | {
    "beds": ("Beds", 1.0),
    "units": ("Units", 1.0),
}
"""Axis label of each measure, and what its numbers are multiplied by."""

MOST_LABELLED = 12
"""Plans on a line that all bear their number of units; beyond, only the ends and the knee are named."""


@told
def plot_ladder(table: pd.DataFrame | StudyResult, ax: Axes | None = None) -> Axes:
    """Which sites are units at each level of demand; hatched where no plan keeps the rules.

    Parameters
    ----------
    table : Ladder, or its ``table``
        What `capacity.ladder` gives back: from, to (women a year), site_ids, beds_from, beds,
        status.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    matplotlib Axes
    """
    steps = rows_of(table, "ladder", ("from", "to", "site_ids", "beds_from", "beds", "status"))
    length: dict[str, float] = {}
    for step in steps:
        for site in step["site_ids"]:
            length[site] = length.get(site, 0.0) + step["to"] - step["from"]
    lanes = sorted(length, key=lambda site: (-length[site], site))
    ax = axes_of(ax, 9.0, 1.9 + 0.42 * len(lanes))
    low, high = steps[0]["from"], steps[-1]["to"]
    label = Once()
    for step in steps:
        left, wide, count = step["from"], step["to"] - step["from"], len(step["site_ids"])
        if not count:
            ax.axvspan(
                left,
                step["to"],
                facecolor="#EEEEEE",
                edgecolor=GREY,
                hatch="///",
                linewidth=0,
                zorder=0,
                label=label("no plan keeps the rules"),
            )
        for site in step["site_ids"]:
            ax.barh(
                lanes.index(site),
                wide,
                left=left,
                height=0.72,
                color=COUNTS[(count - 1) % len(COUNTS)],
                edgecolor="white",
                linewidth=0.6,
                label=label(units(count)),
            )
        if count and wide > 0.08 * (high - low):
            ax.annotate(
                f"{units(count)}\n{step['beds_from']} to {step['beds']} beds",
                (left + wide / 2, 1.0),
                (0, 3),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize="small",
            )
    ax.set_xlim(low, high)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.set_yticks(range(len(lanes)), lanes)
    ax.set_xlabel("Women a year who need a stay")
    plain(ax, "x")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
    return ax


@told
def plot_pareto(table: pd.DataFrame | StudyResult, ax: Axes | None = None) -> Axes:
    """The plans of which none is better in everything, and the knee of their front.

    Parameters
    ----------
    table : Front, or its ``table``
        What `capacity.pareto` gives back: two or three of travel (hours a year), worst, fair
        (minutes), cost (DKK a year), beds and units, then site_ids and knee. A third measure is
        shown as colour.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    plans = rows_of(table, "pareto", ("site_ids", "knee"))
    measures = [name for name in plans[0] if name in MEASURES]
    if not 2 <= len(measures) <= 3:
        raise unfit("pareto", f"the table has two or three of {some(MEASURES)}", ", ".join(measures))
    x, y, *third = ([plan[name] * MEASURES[name][1] for plan in plans] for name in measures)
    ax = axes_of(ax, 7.5, 4.6)
    if third:
        points = ax.scatter(x, y, c=third[0], cmap="cividis", s=60, edgecolors="black", linewidths=0.6, zorder=3)
        ax.figure.colorbar(points, ax=ax, label=MEASURES[measures[2]][0])
    else:
        order = sorted(range(len(plans)), key=lambda k: (x[k], -y[k]))
        ax.step([x[k] for k in order], [y[k] for k in order], where="post", color=GREY, linewidth=1, zorder=2)
        ax.scatter(x, y, color=BLUE, s=46, zorder=3)
    knee = next(k for k, plan in enumerate(plans) if plan["knee"])
    ax.scatter(
        [x[knee]],
        [y[knee]],
        s=230,
        facecolors="none",
        edgecolors=VERMILLION,
        linewidths=2,
        zorder=4,
        label="knee: farthest below the line between the ends",
    )
    named = {min(range(len(plans)), key=x.__getitem__), min(range(len(plans)), key=y.__getitem__), knee}
    for k, plan in enumerate(plans):
        if k in named or (not third and len(plans) <= MOST_LABELLED):
            label = sites_said(plan["site_ids"]) if k in named else units(len(plan["site_ids"]))
            ax.annotate(label, (x[k], y[k]), (9, 7), textcoords="offset points", fontsize="small", linespacing=1.1)
    ax.set_xlabel(MEASURES[measures[0]][0])
    ax.set_ylabel(MEASURES[measures[1]][0])
    ax.margins(0.16, 0.2)
    plain(ax, "both")
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    return ax


@told
def plot_regret(table: pd.DataFrame | StudyResult, ax: Axes | None = None) -> Axes:
    """How far each plan is behind the best plan of each scenario; its largest regret is framed.

    Parameters
    ----------
    table : Robustness, or its ``table``
        What `capacity.robustness` gives back: plan (site ids), scenario, women_per_year,
        behind (share of the scenario's best; missing where these units, or all, break a rule) and
        status.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    from matplotlib.patches import Rectangle

    cells = rows_of(table, "robustness", ("plan", "scenario", "women_per_year", "behind", "status"))
    plans = list(dict.fromkeys(tuple(cell["plan"]) for cell in cells))
    women = {cell["scenario"]: float(cell["women_per_year"]) for cell in cells}
    scenarios = sorted(women, key=lambda s: (women[s], s))
    ax = axes_of(ax, 2.6 + 0.56 * len(scenarios), 2.4 + 0.62 * len(plans))
    top = max([100 * cell["behind"] for cell in cells if not missing(cell["behind"])], default=0.0) or 1.0
    label = Once()
    worst: dict[tuple[str, ...], tuple[float, int]] = {}
    for cell in cells:
        row, column = plans.index(tuple(cell["plan"])), scenarios.index(cell["scenario"])
        if missing(cell["behind"]):
            _no_regret_cell(ax, row, column, cell["status"], label)
            continue
        value = 100 * cell["behind"]
        worst[plans[row]] = max(worst.get(plans[row], (0.0, column)), (value, column))
        _regret_cell(ax, row, column, value, top)
    for plan, (value, column) in worst.items():
        if value > 0:
            corner = (column + 0.05, plans.index(plan) + 0.05)
            ax.add_patch(
                Rectangle(
                    corner,
                    0.9,
                    0.9,
                    fill=False,
                    linewidth=2,
                    edgecolor=VERMILLION,
                    zorder=3,
                    label=label("largest regret of the plan"),
                )
            )
    ax.set_xlim(0, len(scenarios))
    ax.set_ylim(len(plans), 0)
    names = [f"{scenario} ({women[scenario]:g})" for scenario in scenarios]
    ax.set_xticks([k + 0.5 for k in range(len(scenarios))], names, rotation=50, ha="right", rotation_mode="anchor")
    ax.set_yticks([k + 0.5 for k in range(len(plans))], [sites_said(plan) for plan in plans])
    ax.tick_params(length=0, labelsize="small")
    ax.set_xlabel("Scenario (women a year)")
    ax.set_title("How far behind the scenario's own best plan", fontsize="medium", loc="left")
    ax.spines[:].set_visible(False)
    if label.known:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
    return ax


def _no_regret_cell(ax: Axes, row: int, column: int, status: str, label: Once) -> None:
    """A plan in a scenario in which it, or every plan, breaks a rule: hatched."""
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (column, row),
            1,
            1,
            facecolor="#F4F4F4",
            edgecolor=GREY,
            linewidth=0,
            hatch="xxx" if status == "these units break a rule" else "///",
            label=label(status),
        )
    )


def _regret_cell(ax: Axes, row: int, column: int, value: float, top: float) -> None:
    """A plan in a scenario, the darker the farther behind (per cent)."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    shade = colormaps["Blues"](0.9 * value / top)
    ax.add_patch(Rectangle((column, row), 1, 1, facecolor=shade, edgecolor="white"))
    ax.text(
        column + 0.5,
        row + 0.5,
        "<1 %" if 0 < value < 0.5 else f"{value:.0f} %",
        ha="center",
        va="center",
        fontsize="small",
        color="white" if value > 0.55 * top else "black",
    )


@told
def plot_tornado(table: pd.DataFrame | StudyResult, ax: Axes | None = None) -> Axes:
    """What the objective does at the two ends of each setting's stated range, widest first.

    Parameters
    ----------
    table : Rows, or its ``table``
        What `capacity.tornado` gives back: key, low, high, objective (of the plan as it stands),
        objective_low, objective_high (missing where no plan keeps the rules), units_change.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    columns = ("key", "low", "high", "objective", "objective_low", "objective_high", "units_change")
    bars = rows_of(table, "tornado", columns)
    if missing(bars[0]["objective"]):
        raise unfit("tornado", "the problem as it stands has a plan", "none")
    ax = axes_of(ax, 8.0, 1.5 + 0.42 * len(bars))
    label = Once()
    widest = 0.0
    for row, bar in enumerate(bars):
        ends = {end: _change(bar["objective"], bar[f"objective_{end}"]) for end in ("low", "high")}
        known = {end: change for end, change in ends.items() if change}
        note, rightmost = _note(bar, ends), max([0.0, *known.values()])
        # Two ends on the same side would hide each other: each takes half of the row.
        beside = len(known) == 2 and min(known.values()) * max(known.values()) > 0
        for end, change in known.items():
            shift = 0.18 * (1 if end == "high" else -1) if beside else 0.0
            ax.barh(
                row + shift,
                change,
                height=0.36 if beside else 0.7,
                color=SKY if end == "low" else ORANGE,
                edgecolor="black",
                linewidth=0.5,
                label=label(f"{end} end of the range"),
            )
            said = [_number(bar[end])] + [note] * bool(note and change == rightmost)
            _beside(ax, "; ".join(said), change, row + shift)
        if note and not rightmost:
            _beside(ax, note, 0.0, row)
        widest = max([widest, *map(abs, known.values())])
    ax.axvline(0, color="black", linewidth=1)
    ax.set_xlim(-1.4 * (widest or 1), 1.4 * (widest or 1))
    ax.set_ylim(len(bars) - 0.4, -0.6)
    ax.set_yticks(range(len(bars)), [bar["key"] for bar in bars])
    ax.set_xlabel("Change of the objective, % of the plan as it stands")
    plain(ax, "x")
    if label.known:
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize="small")
    return ax


def plot_switch_points(table: pd.DataFrame | StudyResult, ax: Axes | None = None) -> Axes:
    """Which sites are units over the range of a setting; hatched where no plan keeps the rules.

    Parameters
    ----------
    table : Switches, or its ``table``
        What `capacity.switch_points` gives back: from, to, site_ids, status.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ranges = rows_of(table, "switch_points", ("from", "to", "site_ids", "status"))
    lanes = sorted({site for step in ranges for site in step["site_ids"]})
    ax = axes_of(ax, 9.0, 1.9 + 0.42 * len(lanes))
    label = Once()
    for step in ranges:
        left, wide, count = step["from"], step["to"] - step["from"], len(step["site_ids"])
        if not count:
            ax.axvspan(
                left,
                step["to"],
                facecolor="#EEEEEE",
                edgecolor=GREY,
                hatch="///",
                linewidth=0,
                zorder=0,
                label=label("no plan keeps the rules"),
            )
        for site in step["site_ids"]:
            ax.barh(
                lanes.index(site),
                wide,
                left=left,
                height=0.72,
                color=COUNTS[(count - 1) % len(COUNTS)],
                edgecolor="white",
                linewidth=0.6,
                label=label(units(count)),
            )
    ax.set_xlim(ranges[0]["from"], ranges[-1]["to"])
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.set_yticks(range(len(lanes)), lanes)
    ax.set_xlabel(table.key if isinstance(table, Switches) else "Value of the setting")
    plain(ax, "x")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
    return ax


def chart_of(study: str) -> Callable[[pd.DataFrame | StudyResult, Axes | None], Axes]:
    """The chart of a study, by the name of its function.

    Raises
    ------
    DataError
        Where the study has none.
    """
    own: Mapping[str, Callable[[pd.DataFrame | StudyResult, Axes | None], Axes]] = {
        "adapt": plot_adapt,
        "ladder": plot_ladder,
        "pareto": plot_pareto,
        "robustness": plot_regret,
        "tornado": plot_tornado,
        "switch_points": plot_switch_points,
    }
    if study in own:
        return own[study]
    if study not in BARS:
        raise unfit(study, "the study has a chart", "none")
    return lambda table, ax: draw_bars(table, study, BARS[study], ax)


def _beside(ax: Axes, text: str, x: float, y: float) -> None:
    """Words beside the end of a bar."""
    ax.annotate(
        text,
        (x, y),
        (4 if x >= 0 else -4, 0),
        textcoords="offset points",
        ha="left" if x >= 0 else "right",
        va="center",
        fontsize="small",
    )


def _note(bar: dict[str, Any], ends: Mapping[str, float | None]) -> str:
    """What a bar cannot show: an end without a plan, other units, or nothing at all."""
    without = [f"no plan at {_number(bar[end])}" for end, change in ends.items() if change is None]
    if without:
        return ", ".join(without)
    if bar["units_change"]:
        return "other units"
    return "" if any(ends.values()) else f"{_number(bar['low'])} to {_number(bar['high'])}: no change"


def _change(base: float, end: float | None) -> float | None:
    """Per cent from base to end; None where the end has no plan."""
    if end is None or missing(end):
        return None
    change = 100 * (end / base - 1)
    return 0.0 if abs(change) < NO_CHANGE else change


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
