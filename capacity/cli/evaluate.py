"""``capacity evaluate``: what the planner's own units come to."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("evaluate")
@case_options
@output_options
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="SITE[=BEDS]",
    help="A unit, with its beds; without them the promise decides. Repeatable.",
)
@click.option(
    "--state",
    type=click.Path(path_type=str),
    metavar="FILE",
    help="A plan saved from the planner's table of CASE, in the place of --unit.",
)
@click.option(
    "--against",
    type=click.Path(path_type=str),
    metavar="PLAN",
    help="Say what changes from a finished plan: a plan.json, or the folder of `capacity plan --out`.",
)
@click.option("--workbook", type=click.Path(path_type=str), metavar="FILE", help="Write the plan as an .xlsx workbook.")
@click.option(
    "--objective",
    default="travel",
    show_default=True,
    help="travel, worst, worst_off, fair, cost, public_cost or reached.",
)
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    units: tuple[str, ...],
    state: str | None,
    against: str | None,
    workbook: str | None,
    objective: str,
) -> int:
    """Say what units of your own choice come to, and which rules they break by how much.

    CASE is a folder with case.toml (default: the built-in Danish case), or a plan saved from the planner's table of
    that case. Rules that are broken are told; they are no failure.

    \b
    capacity evaluate --unit FA_AARHUS=12 --unit FA_ODENSE
    capacity evaluate my-case --unit FA_AARHUS --against plan-out
    capacity evaluate state.json
    capacity evaluate my-case --state state.json
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.plan import show_and_write
    from capacity.engines.evaluate import given_plan
    from capacity.plan.file import read_plan
    from capacity.report.table.state import is_table, read_table
    from capacity.rules.objectives import objective_named

    if state is None and not units and case is not None and (is_table(case) or case.endswith(".json")):
        case, state = None, case
    if (state is None) == (not units):
        raise click.UsageError("Name units with --unit, or a plan of the planner's table (--state).")
    other = None if against is None else read_plan(against)
    problem = read_problem(case, changes, scenarios)
    if state is None:
        plan = given_plan(problem, _given(units), objective_named(objective))
    else:
        plan = read_table(state, problem, objective=objective_named(objective))
    compared = None if other is None else plan.against(other)
    if compared is None or not as_json:
        show_and_write(plan, as_json=as_json, out=out, workbook=workbook)
    if compared is not None and as_json:
        from capacity.cli.plan import write
        from capacity.cli.saying import say_json
        from capacity.report.payload import plan_payload

        write(plan, out=out, workbook=workbook)
        say_json({**plan_payload(plan), "against": compared.to_json()})
    elif compared is not None and other is not None:
        from capacity.cli.compare import show_comparison

        show_comparison(compared, other, plan, title="Against the other plan", headers=("it", "these units"))
    return 0


def _given(units: tuple[str, ...]) -> dict[str, int | str | None] | list[str]:
    """``SITE=BEDS`` and ``SITE`` as a mapping; as ids where one stands twice, which is then told."""
    pairs = [(site.strip(), equals, beds.strip()) for site, equals, beds in (unit.partition("=") for unit in units)]
    sites = [site for site, _, _ in pairs]
    if len(set(sites)) < len(sites):
        return sites
    return {site: _count(beds) if equals else None for site, equals, beds in pairs}


def _count(beds: str) -> int | str:
    try:
        return int(beds)
    except ValueError:
        return beds
