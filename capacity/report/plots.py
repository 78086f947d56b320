"""Charts of studies: each takes a study's tidy frame, draws it on one set of axes and returns them.

Colours are Okabe and Ito's, told apart by readers with any colour vision, and never the only sign:
what they say stands in words or numbers beside them, so that a chart survives a grey printer.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.errors import DataError, Finding, some
from capacity.rules.objectives import OBJECTIVES
from capacity.studies.result import StudyResult
from capacity.studies.switch import Switches

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, VERMILLION, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#767676"
COUNTS = ("#CC79A7", ORANGE, BLUE, GREEN, SKY, VERMILLION)
"""Colours of plans with 1, 2, 3, ... units; the number stands above the bars too."""

MEASURES = {o.name: o.axis for o in OBJECTIVES.values() if o.axis is not None} | {
    "beds": ("Beds", 1.0),
    "units": ("Units", 1.0),
}
"""Axis label of each measure, and what its numbers are multiplied by."""

MOST_LABELLED = 12
"""Plans on a line that all bear their number of units; beyond, only the ends and the knee are named."""


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
    steps = _rows(table, "ladder", ("from", "to", "site_ids", "beds_from", "beds", "status"))
    length: dict[str, float] = {}
    for step in steps:
        for site in step["site_ids"]:
            length[site] = length.get(site, 0.0) + step["to"] - step["from"]
    lanes = sorted(length, key=lambda site: (-length[site], site))
    ax = _axes(ax, 9.0, 1.9 + 0.42 * len(lanes))
    low, high = steps[0]["from"], steps[-1]["to"]
    label = _Once()
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
                label=label(_units(count)),
            )
        if count and wide > 0.08 * (high - low):
            ax.annotate(
                f"{_units(count)}\n{step['beds_from']} to {step['beds']} beds",
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
    _plain(ax, "x")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
    return ax


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
    plans = _rows(table, "pareto", ("site_ids", "knee"))
    measures = [name for name in plans[0] if name in MEASURES]
    if not 2 <= len(measures) <= 3:
        raise _unfit("pareto", f"the table has two or three of {some(MEASURES)}", ", ".join(measures))
    x, y, *third = ([plan[name] * MEASURES[name][1] for plan in plans] for name in measures)
    ax = _axes(ax, 7.5, 4.6)
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
            label = _sites(plan["site_ids"]) if k in named else _units(len(plan["site_ids"]))
            ax.annotate(label, (x[k], y[k]), (9, 7), textcoords="offset points", fontsize="small", linespacing=1.1)
    ax.set_xlabel(MEASURES[measures[0]][0])
    ax.set_ylabel(MEASURES[measures[1]][0])
    ax.margins(0.16, 0.2)
    _plain(ax, "both")
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    return ax


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
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    cells = _rows(table, "robustness", ("plan", "scenario", "women_per_year", "behind", "status"))
    plans = list(dict.fromkeys(tuple(cell["plan"]) for cell in cells))
    women = {cell["scenario"]: float(cell["women_per_year"]) for cell in cells}
    scenarios = sorted(women, key=lambda s: (women[s], s))
    ax = _axes(ax, 2.6 + 0.56 * len(scenarios), 2.4 + 0.62 * len(plans))
    shades = colormaps["Blues"]
    top = max([100 * cell["behind"] for cell in cells if not _missing(cell["behind"])], default=0.0) or 1.0
    label = _Once()
    worst: dict[tuple[str, ...], tuple[float, int]] = {}
    for cell in cells:
        row, column = plans.index(tuple(cell["plan"])), scenarios.index(cell["scenario"])
        if _missing(cell["behind"]):
            hatch = "xxx" if cell["status"] == "these units break a rule" else "///"
            ax.add_patch(
                Rectangle(
                    (column, row),
                    1,
                    1,
                    facecolor="#F4F4F4",
                    edgecolor=GREY,
                    linewidth=0,
                    hatch=hatch,
                    label=label(cell["status"]),
                )
            )
            continue
        value = 100 * cell["behind"]
        worst[plans[row]] = max(worst.get(plans[row], (0.0, column)), (value, column))
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor=shades(0.9 * value / top), edgecolor="white"))
        ax.text(
            column + 0.5,
            row + 0.5,
            "<1 %" if 0 < value < 0.5 else f"{value:.0f} %",
            ha="center",
            va="center",
            fontsize="small",
            color="white" if value > 0.55 * top else "black",
        )
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
    ax.set_yticks([k + 0.5 for k in range(len(plans))], [_sites(plan) for plan in plans])
    ax.tick_params(length=0, labelsize="small")
    ax.set_xlabel("Scenario (women a year)")
    ax.set_title("How far behind the scenario's own best plan", fontsize="medium", loc="left")
    ax.spines[:].set_visible(False)
    if label.known:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
    return ax


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
    bars = _rows(table, "tornado", columns)
    if _missing(bars[0]["objective"]):
        raise _unfit("tornado", "the problem as it stands has a plan", "none")
    ax = _axes(ax, 8.0, 1.5 + 0.42 * len(bars))
    label = _Once()
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
    _plain(ax, "x")
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
    ranges = _rows(table, "switch_points", ("from", "to", "site_ids", "status"))
    lanes = sorted({site for step in ranges for site in step["site_ids"]})
    ax = _axes(ax, 9.0, 1.9 + 0.42 * len(lanes))
    label = _Once()
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
                label=label(_units(count)),
            )
    ax.set_xlim(ranges[0]["from"], ranges[-1]["to"])
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.set_yticks(range(len(lanes)), lanes)
    ax.set_xlabel(table.key if isinstance(table, Switches) else "Value of the setting")
    _plain(ax, "x")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
    return ax


class _Once:
    """A legend's label the first time it is asked for, and none after that."""

    def __init__(self) -> None:
        self.known: set[str] = set()

    def __call__(self, label: str) -> str:
        said = "_nolegend_" if label in self.known else label
        self.known.add(label)
        return said


@dataclass(frozen=True, kw_only=True)
class _Bars:
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


BARS: Mapping[str, _Bars] = {
    "alternatives": _Bars(
        named=("rank", "site_ids"), measures={"behind": "behind"}, axis="% behind the best", times=100
    ),
    "sweep": _Bars(named=("site_ids",), measures={"mean_minutes": "minutes"}, axis="Mean one-way minutes"),
    "compare": _Bars(
        named=("id",), measures={"first": "first plan", "second": "second plan"}, axis="Beds", only=("kind", "unit")
    ),
    "stress": _Bars(
        named=("name",),
        measures={"value": "simulated", "formula": "promised"},
        axis="% turned away",
        times=100,
        only=("measure", "turned_away"),
    ),
    "information": _Bars(named=("figure",), measures={"low": "at least", "high": "at most"}, axis="Value"),
    "pooling": _Bars(named=("site_id",), measures={"beds_shared": "shared", "beds_apart": "kept apart"}, axis="Beds"),
    "closures": _Bars(
        named=("closed",), measures={"no_bed": "unit closed", "no_bed_open": "all open"}, axis="Women who find no bed"
    ),
    "flexible_beds": _Bars(
        named=("scenario",), measures={"saving_dkk": "saved"}, axis="Million DKK a year", times=1e-6
    ),
    "backtest": _Bars(
        named=("name", "scenario"), measures={"total": "counted", "expected": "expected"}, axis="Women, all years"
    ),
    "price_of_nearness": _Bars(named=("units",), measures={"mean_minutes": "minutes"}, axis="Mean one-way minutes"),
    "evaluate": _Bars(named=("site_ids",), measures={"mean_minutes": "minutes"}, axis="Mean one-way minutes"),
    "why_not": _Bars(
        named=("what",),
        measures={"percent": "with it", "size": "size of the change"},
        axis="% more than the best plan, or size of the change",
    ),
    "explain": _Bars(named=("text",), measures={"size": "size"}, axis="Size of the change"),
}
"""Studies drawn as bars, by the name of their function."""


def chart_of(study: str) -> Callable[[pd.DataFrame | StudyResult, Axes | None], Axes]:
    """The chart of a study, by the name of its function.

    Raises
    ------
    DataError
        Where the study has none.
    """
    own: Mapping[str, Callable[[pd.DataFrame | StudyResult, Axes | None], Axes]] = {
        "ladder": plot_ladder,
        "pareto": plot_pareto,
        "robustness": plot_regret,
        "tornado": plot_tornado,
        "switch_points": plot_switch_points,
    }
    if study in own:
        return own[study]
    if study not in BARS:
        raise _unfit(study, "the study has a chart", "none")
    return lambda table, ax: _bars(table, study, BARS[study], ax)


def _bars(table: pd.DataFrame | StudyResult, study: str, how: _Bars, ax: Axes | None) -> Axes:
    """A group of bars for each row."""
    rows = _rows(table, study, how.named)
    if how.only is not None:
        rows = [row for row in rows if row[how.only[0]] == how.only[1]]
    drawn = [name for name in how.measures if any(not _missing(row.get(name)) for row in rows)]
    if not drawn:
        raise _unfit(study, f"the table has numbers in {some(how.measures)}", "none")
    ax = _axes(ax, 8.0, 1.4 + 0.24 * len(rows) * len(drawn) + 0.1 * len(rows))
    height = 0.8 / len(drawn)
    for k, name in enumerate(drawn):
        at = [(row, how.times * float(each[name])) for row, each in enumerate(rows) if not _missing(each.get(name))]
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
    _plain(ax, "x")
    if len(drawn) > 1:
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize="small")
    return ax


def _row_name(row: Mapping[str, Any], named: Sequence[str]) -> str:
    said = [", ".join(row[n]) if isinstance(row[n], (list, tuple)) else str(row[n]) for n in named]
    return textwrap.shorten(" ".join(s for s in said if s) or "all", 60, placeholder=" …")


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
    if end is None or _missing(end):
        return None
    change = 100 * (end / base - 1)
    return 0.0 if abs(change) < 1e-9 else change


def _missing(value: Any) -> bool:
    return value is None or bool(value != value)  # NaN is not itself


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _units(count: int) -> str:
    return f"{count} unit{'s' * (count != 1)}"


def _sites(site_ids: Sequence[str]) -> str:
    return "\n".join(textwrap.wrap(", ".join(site_ids), 34, break_long_words=False))


def _rows(table: pd.DataFrame | StudyResult, study: str, needed: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a study or its frame; a `DataError` where it is not the study's, or is empty."""
    if isinstance(table, StudyResult):
        table = table.table
    lacking = [name for name in needed if name not in table.columns]
    if lacking:
        raise _unfit(study, f"the table has the columns of capacity.{study}", f"lacks {some(lacking)}")
    if table.empty:
        raise _unfit(study, "the table has a row", "none")
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _unfit(study: str, rule: str, value: str) -> DataError:
    return DataError([Finding(table=f"chart of {study}", rule=rule, value=value, remedy="Give the study's own table.")])


def _axes(ax: Axes | None, wide: float, high: float) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(wide, high), layout="constrained")[1]


def _plain(ax: Axes, grid: str) -> None:
    ax.set_axisbelow(True)
    ax.grid(axis=grid, color="#DDDDDD", linewidth=0.7)  # type: ignore[arg-type]  # "x" or "both"
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
