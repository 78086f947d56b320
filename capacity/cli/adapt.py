"""``capacity adapt``: which unit to open first, and what has to be seen before the next."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import click

from capacity.cli.options import case_options, output_options, read_problem, time_limit_option, told_as_json

if TYPE_CHECKING:
    import pandas as pd

    from capacity.studies.adapting.result import Adaptive


OFF = {
    "asking_half": "were half as many to ask",
    "asking_twice": "were twice as many to ask",
    "filling_half": "were units to fill half as fast",
    "years_apart": "were years to differ by half",
}
"""What may be otherwise than the plan believes, and how it is said."""


@click.command("adapt")
@case_options
@output_options
@click.option(
    "--years",
    default="4",
    show_default=True,
    metavar="YEARS",
    help="In which is decided: how many, the first and last (2027-2030), or a TOML file of years with their budgets.",
)
@click.option(
    "--prior",
    metavar="FILE",
    help="Figures and their weights: a TOML file, or sources (each source the same: the default) or figures.",
)
@click.option("--price", type=float, metavar="DKK", help="Of a woman without a place; 1.2 M without it, an assumption.")
@click.option("--tail", type=float, default=10, show_default=True, help="Years the last plan stands.")
@click.option("--levels", type=int, default=16, show_default=True, help="Levels of need that beds may be made for.")
@click.option(
    "--grid", type=int, default=10, show_default=True, help="Parts of a year that what is seen is rounded to."
)
@click.option("--units", type=int, help="Units at most; 4 without it.")
@click.option("--budget", type=float, metavar="DKK", help="To build for, in each year that has none of its own.")
@click.option(
    "--filling", type=float, metavar="SHARE", help="Of a year's women, in the year a unit opens; 0.5 without it."
)
@click.option("--discount", type=float, metavar="SHARE", help="A year; the case's interest without it.")
@click.option(
    "--building", type=click.Choice(["paid", "annuity"]), default="paid", show_default=True, help="How beds are paid."
)
@click.option(
    "--rules",
    default="mean",
    show_default=True,
    metavar="HOW",
    help="Rules of a unit's women and income as it opens: at the mean of the belief, with a chance (0.8), none.",
)
@click.option("--no-pilot", is_flag=True, help="Ask them of the first units too: before anybody has asked.")
@click.option("--futures", type=int, metavar="N", help="Play the plan through so many futures of each figure.")
@click.option("--least-regret", is_flag=True, help="Tell too what worst regret no plan can go below (some minutes).")
@click.option(
    "--prices", is_flag=True, help="Tell too at which prices of a woman the first step changes (some minutes)."
)
@time_limit_option
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    years: str,
    prior: str | None,
    futures: int | None,
    least_regret: bool,
    prices: bool,
    rules: str,
    no_pilot: bool,
    **asked: Any,
) -> int:
    """Say which unit to open first, and from how many women who ask on the next is opened.

    Every year it is counted how many women have asked at the open units; the plan says what to do at each number. It is
    the best of all such plans, to the error that is told.
    """
    from capacity.cli.studies import seldom, show_study
    from capacity.studies.adapting.adaptive import adapt
    from capacity.studies.roll_out import told_at_lines

    tell = seldom()
    problem = read_problem(case, changes, scenarios)
    decided, budgets = years_of(years, asked.pop("budget"))
    with told_at_lines(years) if isinstance(decided, dict) else contextlib.nullcontext():
        found = adapt(
            problem,
            prior,
            decided,
            budget=budgets,
            rules=how_asked(rules),
            pilot=not no_pilot,
            tell=lambda progress: tell(progress.message),
            **asked,
        )
    after = list(found.sentences)
    whole = found.to_json()
    if futures is not None:
        played = found.simulate(futures, tell=lambda progress: tell(progress.message))
        whole["futures"] = _records(played)
        after += _played(played)
        off = _off(found, futures)
        whole["futures_off"] = _records(off)
        after += [
            f"Played through chance, {OFF[row['what']]}: {row['cost_dkk'] / 1e6:,.1f} M DKK (give or take "
            f"{1.96 * row['error_dkk'] / 1e6:,.1f}), {row['women_without']:,.0f} women without a place in the years."
            for row in off.to_dict("records")
        ]
    if least_regret:
        regret = found.least_regret(tell=lambda progress: tell(progress.message))
        whole["least_regret"] = {"bound": regret.bound, "mixed": regret.mixed, "single": regret.single}
        after.append(
            f"No plan, nor any chance between plans, has a worst regret below {regret.bound / 1e6:,.1f} M DKK; one of "
            f"those found has {regret.single / 1e6:,.1f} M DKK."
        )
    if prices:
        switched = found.switch_prices(tell=lambda progress: tell(progress.message))
        whole["prices"] = _records(switched)
        after += _switched(switched, found)
    show_study(
        whole,
        _rows(found),
        [("year", "year"), ("when", "when"), ("then", "then"), ("chance", "in 100")],
        title="What to do, once so many women have asked",
        after=after,
        as_json=as_json,
        out=out,
    )
    return 0


def how_asked(text: str) -> float | str | None:
    """How rules are asked, of ``mean``, ``0.8`` or ``none``; what is none of them is refused where it is read.

    >>> how_asked("none"), how_asked("0.8")
    (None, 0.8)
    """
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def years_of(text: str, budget: float | None) -> tuple[Any, Any]:
    """Years of ``4``, ``2027-2030`` or a file, and their budgets.

    >>> years_of("2027-2029", None)
    ([2027, 2028, 2029], None)
    """
    from capacity.studies.roll_out import read_years

    if re.fullmatch(r"\d{1,3}", text):
        return int(text), budget
    if found := re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text):
        first, last = int(found[1]), int(found[2] or found[1])
        return list(range(first, last + 1)) if last >= first else [first, last], budget
    years, budgets = read_years(text, budget)
    return years, budgets


def _rows(found: Adaptive) -> list[dict[str, Any]]:
    """The first step, and what is done at each count; a state with little chance is not told."""
    first = {
        "year": found.years[0],
        "when": "at once",
        "then": f"open {found.told.named(found.first.beds)} beds" if found.first.beds else "open nothing yet",
        "chance": "100",
    }
    return [first] + [
        {"year": t.year, "when": t.when, "then": t.then, "chance": _in_hundred(t.probability)} for t in found.triggers
    ]


def _in_hundred(chance: float) -> str:
    """A chance in a hundred, as it is read."""
    return f"{100 * chance:.0f}" if chance >= 0.01 else f"{100 * chance:.1f}"


def _played(table: pd.DataFrame) -> list[str]:
    return [
        f"Played through chance{_of(row['figure'])}: {row['cost_dkk'] / 1e6:,.1f} M DKK "
        f"(give or take {1.96 * row['error_dkk'] / 1e6:,.1f}), {row['women_without']:,.0f} women without a place and "
        f"{row['hours']:,.0f} hours of travel in the years, {row['beds']:,.1f} beds in {row['units']:.1f} units in "
        "the end."
        for row in table.to_dict("records")
    ]


def _off(found: Adaptive, futures: int) -> pd.DataFrame:
    """The plan where things are otherwise than it believes: `simulate` of all figures together."""
    import pandas as pd

    from capacity.cli.studies import seldom

    tell = seldom()
    how: dict[str, dict[str, Any]] = {
        "asking_half": {"asking": 0.5},
        "asking_twice": {"asking": 2.0},
        "filling_half": {"filling": found.asked.filling / 2},
        "years_apart": {"year_cv": 0.5},
    }
    played = {what: found.simulate(futures, tell=lambda p: tell(p.message), **how[what]) for what in OFF}
    rows = [{"what": what, **one.drop(columns=["figure", "weight"]).iloc[0]} for what, one in played.items()]
    return pd.DataFrame(rows)


def _of(figure: str) -> str:
    return f" ({figure})" if figure else ""


def _switched(table: pd.DataFrame, found: Adaptive) -> list[str]:
    said: list[str] = []
    for row in table.to_dict("records"):
        low, high = row["beds_low"], row["beds_high"]
        beds = f"{low}" if low == high else f"{low} to {high}"
        units = " and ".join(found.told.places[j] for j in row["site_ids"])
        said.append(
            f"From {row['price_low'] / 1e6:,.2f} to {row['price_high'] / 1e6:,.2f} M DKK a woman the first step opens "
            f"{f'{units} with {beds} beds' if units else 'nothing'}."
        )
    return said


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): list(value) if isinstance(value, tuple) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]
