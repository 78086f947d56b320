"""``capacity compare``: two cases' plans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from capacity.cli.language import lang_option
from capacity.cli.options import (
    json_option,
    out_option,
    read_problem,
    refuse_changes,
    scenario_option,
    set_option,
    told_as_json,
)
from capacity.cli.pages import is_plan
from capacity.cli.saying import say

if TYPE_CHECKING:
    from capacity.plan.plan import Plan
    from capacity.studies.compare import Comparison


ORDER = ("first", "second", "third", "fourth")

FIGURES = {
    "beds": "beds, all units",
    "mean_minutes": "mean minutes one way",
    "longest_minutes": "longest minutes one way",
    "worst_off_minutes": "mean minutes of the worst-off",
    "gap_minutes": "gap between the regions, minutes",
    "gini": "Gini of the ways",
    "fewest_beds_per_woman": "beds a woman within reach, where fewest",
    "family_hours_per_year": "hours of travel a year",
    "running_dkk": "running cost, DKK a year",
    "income_dkk": "income, DKK a year",
    "building_dkk": "building, DKK once",
    "cost_dkk": "running and building (as an annuity), DKK a year",
}
"""Figures of two plans as people read them."""


@click.command("compare")
@click.argument("cases", nargs=-1, type=click.Path(path_type=str))
@set_option
@scenario_option
@json_option
@out_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=str, dir_okay=False),
    metavar="FILE",
    help="Write a page: up to four plans side by side, with maps, money, and who gains and who loses.",
)
@lang_option
@told_as_json
def command(
    cases: tuple[str, ...],
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    output: str | None,
    lang: str,
) -> int:
    """Compare the plans of two cases, or of one case without and with the changes of --set and --scenario.

    CASES are folders of cases, or finished plans: a plan.json, or the folder of `capacity plan --out`. Two roll-outs
    (what `capacity roll-out --json` or `--out` wrote) are compared year by year.
    The inputs that differ come first, then units, figures and who is moved most. With -o there may be four. Of
    several cases --set and --scenario change each.
    """
    from capacity.studies.compare import compare
    from capacity.studies.compare_orders import is_order

    if len(cases) > (4 if output else 2):
        raise click.UsageError("Two plans are compared; with -o FILE.html up to four stand side by side.")
    if output is not None and any(map(is_order, cases)):
        raise click.UsageError("A page has maps of plans; two roll-outs are compared in a table: leave out -o.")
    if len(cases) == 2 and all(is_order(case) for case in cases):
        refuse_changes(changes, scenarios)
        show_orders(cases[0], cases[1], as_json=as_json, out=out)
        return 0
    told: set[str] = set()
    given: list[str | None] = [*cases] or [None]
    first, *others = given
    # Of several cases each is changed; a finished plan that stands first is what they are compared with.
    of_first = (changes, scenarios) if others and first is not None and not is_plan(first) else ((), ())
    one = _planned(ORDER[0], first, *of_first, told)
    # One case is compared with itself, changed.
    rest = [
        _planned(which, path, changes, scenarios, told)
        for which, path in zip(ORDER[1:], others or [first], strict=False)
    ]
    if output is not None:
        _write_page([one, *rest], cases, output, lang)
    if output is None or as_json or out is not None:
        show_comparison(compare(one, rest[0]), one, rest[0], as_json=as_json, out=out)
    return 0


def _write_page(plans: list[Plan], cases: tuple[str, ...], output: str, lang: str) -> None:
    from pathlib import Path

    from capacity.cli.options import forced
    from capacity.report.beside import write_beside

    names = [Path(case).resolve().name.removesuffix(".json") for case in cases]
    if len(names) < len(plans) or len(set(names)) < len(names):
        names = [f"{chr(ord('A') + k)}" for k in range(len(plans))]
    page = write_beside(list(zip(names, plans, strict=True)), output, language=lang, force=forced())
    say(f"Wrote {page.resolve()}", err=True)


def show_comparison(
    comparison: Comparison,
    one: Plan,
    other: Plan,
    *,
    title: str = "Two plans",
    headers: tuple[str, str] = ("first", "second"),
    as_json: bool = False,
    out: str | None = None,
) -> None:
    """Print a comparison of two plans, or give it as JSON and files."""
    from capacity.cli.studies import show_study

    moved = "; ".join(f"{p['name']} {p['minutes']:+.0f} minutes" for p in comparison.points)
    show_study(
        comparison.to_json(),
        _rows(one, other, comparison),
        [("setting", "what"), ("first", headers[0]), ("second", headers[1])],
        title=title,
        after=[f"Moved most: {moved}."] if moved else [],
        as_json=as_json,
        out=out,
    )


OF_ORDERS = {
    "women": "women a year",
    "outside_women": "women at no unit",
    "building_dkk": "building, DKK",
    "running_dkk": "running cost, DKK a year",
    "objective": "in all, discounted",
    "left_dkk": "building not paid in the end, DKK",
}
"""Numbers of two roll-outs as people read them."""


IN_UNITS = {("travel", "travel"): ", hours of travel", ("cost", "cost"): ", DKK"}
"""What is summed over the years, where both are the best of the same."""


def show_orders(one: str, other: str, *, as_json: bool, out: str | None) -> None:
    """Print two roll-outs year by year, or give them as JSON and files."""
    from capacity.cli.studies import show_study
    from capacity.studies.compare_orders import compare_orders, read_order

    found = compare_orders(read_order(one), read_order(other))
    named = OF_ORDERS | {"objective": OF_ORDERS["objective"] + IN_UNITS.get(found.objectives, "")}
    first, second = (", ".join(order) for order in found.orders)
    opened = f"Order of opening in both: {first}." if first == second else f"Order of opening: {first}; or {second}."
    rows = [
        {
            "year": "" if row["year"] is None else row["year"],
            "setting": f"beds at {row['site_id']}" if row["what"] == "beds" else named[row["what"]],
            "first": row["first"],
            "second": row["second"],
        }
        for row in found.rows()
    ]
    show_study(
        found.to_json(),
        rows,
        [("year", "year"), ("setting", "what"), ("first", "first"), ("second", "second")],
        title="Two roll-outs",
        after=[opened],
        as_json=as_json,
        out=out,
    )


def _planned(which: str, path: str | None, settings: tuple[str, ...], chosen: tuple[str, ...], told: set[str]) -> Plan:
    """A finished plan as read, or the best plan of a case; notices are said once for both plans."""
    from capacity.engines.solve import solve
    from capacity.errors import InfeasibleError
    from capacity.plan.file import read_plan

    if path is not None and is_plan(path):
        refuse_changes(settings, chosen)
        return read_plan(path)
    problem = read_problem(path, settings, chosen, tell=False)
    for notice in problem.notices:
        if notice not in told:
            say(f"Note: {notice}", err=True)
    told.update(problem.notices)
    try:
        return solve(problem)
    except InfeasibleError:
        say(f"There is no {which} plan.", err=True)
        raise


def _rows(one: Plan, other: Plan, comparison: Comparison) -> list[dict[str, Any]]:
    """Inputs that differ, units, figures, regions, and money last."""
    units = {u["site_id"] for u in comparison.units}
    places: dict[str, str] = {}
    for net in (other.problem.network, one.problem.network):
        places |= net.site_places(sorted(units & set(net.site_ids)))
    figures = {
        key: {"setting": FIGURES.get(key, key), "first": float(a), "second": float(b)}
        for key, (a, b) in comparison.figures.items()
    }
    money = [row for key, row in figures.items() if key.endswith("_dkk")]
    beds = [u | {"setting": f"beds at {places[u['site_id']]}"} for u in comparison.units]
    minutes = [r | {"setting": f"mean minutes, {r['region']}"} for r in comparison.regions]
    reach = [
        e | {"setting": f"beds a woman within reach, {e['region']}"}
        for e in comparison.equity
        if e["measure"] == "beds_per_woman"
    ]
    return [
        *({"setting": f"input {key}", "first": _said(a), "second": _said(b)} for key, a, b in comparison.inputs),
        *({key: row[key] for key in ("setting", "first", "second")} for row in beds),
        *(row for row in figures.values() if row not in money),
        *({key: row[key] for key in ("setting", "first", "second")} for row in [*minutes, *reach]),
        *money,
    ]


def _said(value: Any) -> str:
    """A setting as people write it."""
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(one)}" for key, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
