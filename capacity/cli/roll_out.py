"""``capacity roll-out``: which units to open in which year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json

if TYPE_CHECKING:
    from capacity.studies.roll_out import RollOut


@click.command("roll-out")
@case_options
@output_options
@click.option(
    "--years",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=str),
    help="A TOML file: a table a year ([2027]), with the settings that differ in it and, where it has its own, budget.",
)
@click.option("--budget", type=float, metavar="DKK", help="To build for in each year that has no budget of its own.")
@click.option("--start", multiple=True, metavar="ID", help="A unit of the first year: these and no other. Repeatable.")
@click.option("--may-close", is_flag=True, help="Units may close again; their beds are gone then.")
@click.option(
    "--objective", type=click.Choice(["travel", "cost"]), default="travel", show_default=True, help="What is summed."
)
@click.option("--discount", type=float, metavar="SHARE", help="A year; the case's interest without it.")
@click.option(
    "--filling",
    metavar="SHARES",
    help="Of its beds that a unit can use in its first year, its second ...: 0.5,0.8. Or filling = [...] in FILE.",
)
@click.option(
    "--engine", type=click.Choice(["chains", "model"]), default="chains", show_default=True, help="How it is found."
)
@click.option("--pilots", is_flag=True, help="Tell too what starting with each ambulatory alone gives up.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    file: str,
    budget: float | None,
    start: tuple[str, ...],
    may_close: bool,
    objective: str,
    discount: float | None,
    filling: str | None,
    engine: Literal["chains", "model"],
    pilots: bool,
) -> int:
    """Say which units to open in which year, with how many beds: the best of all orders, proven."""
    from capacity.cli.studies import seldom, show_study
    from capacity.studies.roll_out import read_filling, read_years, roll_out, told_at_lines

    problem = read_problem(case, changes, scenarios)
    years, budgets = read_years(file, budget)
    tell = seldom()
    with told_at_lines(file):
        rolled = roll_out(
            problem,
            years,
            budgets,
            start,
            not may_close,
            objective=objective,
            discount=discount,
            engine=engine,
            filling=read_filling(file) if filling is None else _shares(filling),
            tell=lambda progress: tell(progress.message),
        )
    said = rolled.to_json()
    after = _after(rolled)
    if pilots:
        rows: list[dict[str, Any]] = [dict(row) for _, row in rolled.pilots().iterrows()]
        said["pilots"] = [_plain(row) for row in rows]
        after += [_pilot(row) for row in rows]
    show_study(
        said,
        _rows(rolled),
        [
            ("year", "year"),
            ("site_id", "unit"),
            ("beds", "beds"),
            ("beds_built", "of them\nnew"),
            ("women", "women\na year"),
            ("building", "building,\nM DKK"),
            ("running", "running,\nM DKK a year"),
        ],
        title="Units by year",
        problem=problem,
        after=after,
        as_json=as_json,
        out=out,
    )
    return 0


def _shares(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter("Write shares such as 0.5,0.8.", param_hint="--filling") from None


def _rows(found: RollOut) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "women": f"{row['women']:.1f}",
            "building": f"{row['building_dkk'] / 1e6:,.1f}",
            "running": f"{row['running_dkk'] / 1e6:,.1f}",
        }
        for row in found.rows()
    ]


def _after(found: RollOut) -> list[str]:
    unit = next(iter(found.plans.values())).goal.unit.removesuffix(" a year")
    value = f"{found.objective / 1e6:,.1f} M" if found.objective_name == "cost" else f"{found.objective:,.0f}"
    return [
        f"In all {value} {unit}, at {100 * found.discount:g} % a year; {found.left_dkk / 1e6:,.1f} M DKK of "
        "the building are not paid when the last year is over.",
        *found.sentences,
    ]


def _pilot(row: Mapping[str, Any]) -> str:
    if row["reason"]:
        return f"First {row['name']} alone: cannot be. {row['reason']}"
    return f"First {row['name']} alone: {100 * row['behind']:.1f} % more; {', '.join(row['order'])}."


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else None if v != v else v for key, v in row.items()}
