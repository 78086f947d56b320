"""``capacity stress``: does the promise hold, in simulated years?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from capacity.cli.options import case_options, csv_form, forced, output_options, read_problem, told_as_json
from capacity.cli.saying import say, say_json

if TYPE_CHECKING:
    from capacity.studies.simulation import Stress


@click.command("stress")
@case_options
@output_options
@click.option("--years", type=click.IntRange(min=2), default=2_000, show_default=True, help="Simulated years.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same result.")
@click.option("--stay", default="exponential", show_default=True, help="exponential, lognormal or mixture.")
@click.option("--no-overflow", is_flag=True, help="Nobody is sent to the next unit.")
@click.option("--patience-days", type=click.FloatRange(min=0), help="Mean days a woman waits before she gives up.")
@click.option("--opening-years", type=click.IntRange(min=0), default=0, help="Years to fill the beds.")
@click.option(
    "--demand-cv", type=click.FloatRange(min=0), help="Doubt about the level of demand (default: the promise's own)."
)
@click.option("--plan", "file", type=click.Path(path_type=str), metavar="FILE", help="A saved plan.json to stress.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    years: int,
    seed: int,
    stay: str,
    no_overflow: bool,
    patience_days: float | None,
    opening_years: int,
    demand_cv: float | None,
    file: str | None,
) -> int:
    """Simulate referrals, stays and full units under the plan of CASE, beside what the formulas promise."""
    from capacity.cli.studies import counted
    from capacity.engines.solve import solve
    from capacity.studies.simulation import stress

    if file is not None:
        from capacity.plan.file import read_plan

        plan = read_plan(file)
    else:
        plan = solve(read_problem(case, changes, scenarios))

    stressed = stress(
        plan,
        years=years,
        seed=seed,
        stay=stay,
        overflow=not no_overflow,
        patience_days=patience_days,
        opening_years=opening_years,
        demand_cv=demand_cv,
        tell=counted("runs"),
    )
    told = stressed.to_json()
    rows = told["rows"]
    if out is not None:
        from capacity.report.files import write_study

        cells = [{k: v if isinstance(v, float) else str(v) for k, v in row.items()} for row in rows]
        write_study(out, told, cells, force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json(told)
    else:
        _print(stressed, rows)
    return 0


SHOWN = (
    ("turned_away", "turned\naway, %"),
    ("placed_at_once", "placed\nat once, %"),
    ("waited", "after a\nwait, %"),
    ("late", "too late,\n%"),
    ("sent_elsewhere", "sent else-\nwhere, %"),
    ("occupancy", "beds\ntaken, %"),
)
"""Shares a person reads, as per cent; those of waiting only where somebody waits."""

WITH_FORMULA = ("turned_away", "occupancy", "held_up", "aftercare_occupancy")
WITH_INTERVAL = ("turned_away", "late", "sent_elsewhere", "held_up")


def _print(study: Stress, rows: list[dict[str, Any]]) -> None:
    from capacity.cli.tables import console, make_table

    for line in study.verdict:
        say(f"- {line}")
    say()
    units = study.plan.problem.network.site_places(study.plan.site_ids)
    cell = {
        (row["level"], units[row["id"]] if row["level"] == "unit" else row["name"], row["measure"]): row
        for row in rows
        if row["level"] != "aftercare"
    }
    places = list(dict.fromkeys((level, name) for level, name, _ in cell))
    waits = study.record["patience_days"] is not None
    measures = [(m, head) for m, head in SHOWN if m not in (("placed_at_once",) if waits else ("waited", "late"))]
    lines = [
        (
            name,
            *(_share(cell.get((level, name, m)), m) for m, _ in measures),
            *(_number(cell.get((level, name, m))) for m in ("minutes", "stays")),
        )
        for level, name in places
    ]
    columns = [
        ("unit, or women of a", "left"),
        *((head, "right") for _, head in measures),
        ("minutes,\nmean", "right"),
        ("stays\na year", "right"),
    ]
    title = f"{study.record['years']:,} simulated years (± half the 95 % interval; in brackets the formula's value)"
    console().print(make_table(title, columns, lines))
    if "aftercare_days" in study.record:
        console().print(_aftercare(study, rows, make_table))
    if study.opening_columns:
        console().print(_opening(study, make_table))


def _aftercare(study: Stress, rows: list[dict[str, Any]], make_table: Any) -> Any:
    """The second stage: who finds no bed free, how long she keeps hers, and how full the beds are."""
    places = study.plan.problem.network.site_places(study.plan.problem.network.site_ids)
    cell = {(row["id"], row["measure"]): row for row in rows if row["level"] == "aftercare"}
    lines = [
        (
            places.get(id, "all aftercare"),
            _share(cell[id, "held_up"], "held_up"),
            _number(cell[id, "held_days"]),
            _share(cell[id, "aftercare_occupancy"], "aftercare_occupancy"),
            _number(cell[id, "aftercare_stays"]),
        )
        for id in dict.fromkeys(id for id, _ in cell)
    ]
    heads = (("no bed of after-\ncare free, %", "right"), ("days kept\nat the unit", "right"))
    columns = [("where", "left"), *heads, ("beds\ntaken, %", "right"), ("women\na year", "right")]
    return make_table("Aftercare", columns, lines)


def _share(row: dict[str, Any] | None, measure: str) -> str:
    if row is None or row["value"] != row["value"]:
        return "-"
    half = f" ±{50 * (row['high'] - row['low']):.1f}" if measure in WITH_INTERVAL else ""
    formula = f" ({100 * row['formula']:.1f})" if measure in WITH_FORMULA and row["formula"] == row["formula"] else ""
    return f"{100 * row['value']:.1f}{half}{formula}"


def _number(row: dict[str, Any] | None) -> str:
    return "-" if row is None or row["value"] != row["value"] else f"{row['value']:.1f}"


def _opening(found: Stress, make_table: Any) -> Any:
    from capacity.cli.tables import million, percent

    table = found.opening_columns
    units = found.plan.problem.network.site_places(found.plan.site_ids)
    rows = [
        (year, units[site], f"{stays:.1f}", percent(taken), million(result))
        for year, site, stays, taken, result in zip(
            *(table[k] for k in ("year", "site_id", "stays", "occupancy", "result_dkk")), strict=True
        )
    ]
    columns = [
        ("year", "right"),
        ("unit", "left"),
        ("stays", "right"),
        ("beds\ntaken", "right"),
        ("income less\ncost, M DKK", "right"),
    ]
    return make_table("From the opening on, means over the runs", columns, rows)
