"""``capacity plan``: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from capacity.cli.options import (
    case_options,
    csv_form,
    forced,
    output_options,
    read_problem,
    time_limit_option,
    told_as_json,
)
from capacity.cli.saying import ENGLISH, LANGUAGE, say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.engines.choose import EngineName
    from capacity.engines.risk import RiskName
    from capacity.plan.plan import Plan
    from capacity.studies.near_ties import NearTie


MOST_TIES = 8
"""Near ties told to a person."""


@click.command("plan")
@case_options
@output_options
@time_limit_option
@click.option("--workbook", type=click.Path(path_type=str), metavar="FILE", help="Write the plan as an .xlsx workbook.")
@click.option(
    "--objective",
    default="travel",
    show_default=True,
    help="travel, worst, worst_off, fair, cost, public_cost or reached.",
)
@click.option(
    "--risk",
    default="expected",
    show_default=True,
    help="With several scenarios: expected, worst_case, regret or cvar.",
)
@click.option("--level", default=0.9, show_default=True, help="Of cvar: the mean of the worst 1 - level.")
@click.option(
    "--engine", default="auto", show_default=True, help="auto, enumerate, exact, tree, cover, rank, mip, decompose."
)
@click.option("--solver", default="HiGHS", show_default=True, help="A solver PuLP knows, for the engine mip.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    time_limit: float | None,
    objective: str,
    risk: str,
    level: float,
    engine: str,
    solver: str,
    workbook: str | None,
) -> int:
    """Find which units to open, with how many beds, and prove it.

    CASE is a folder with case.toml (default: the built-in Danish case).

    \b
    capacity plan --set rules.units=[2,3]
    capacity plan --set 'rules.region_access={share=0.8,minutes=90}'
    capacity plan --scenario cowi-2019 --scenario agency-2024 --risk regret
    capacity plan my-case --out plan-out
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import searching
    from capacity.engines.solve import solve
    from capacity.rules.objectives import objective_named

    problem = read_problem(case, changes, scenarios)
    plan = solve(
        problem,
        objective_named(objective),
        time_limit,
        cast("EngineName", engine),
        solver=solver,
        risk=cast("RiskName", risk),
        level=level,
        tell=searching(),
    )
    show_and_write(plan, as_json=as_json, out=out, workbook=workbook)
    return 0


def show_and_write(plan: Plan, *, as_json: bool, out: str | None, workbook: str | None = None) -> None:
    """Print a plan, and write its files; as JSON these come first, so that one object is printed, come what may."""
    if not as_json:
        show(plan, as_json=False)
    write(plan, out=out, workbook=workbook)
    if as_json:
        show(plan, as_json=True)


def write(plan: Plan, *, out: str | None, workbook: str | None) -> None:
    """Write a plan's files where they are asked for, and say so."""
    if out is not None:
        from capacity.report.files import write_plan

        files = write_plan(plan, out, force=forced(), csv=csv_form())
        say(f"Wrote {', '.join(f.name for f in files)} to {out}.", err=True)
    if workbook is not None:
        language = LANGUAGE.get()
        asked = None if language == ENGLISH else language
        say(f"Wrote {plan.workbook(workbook, language=asked, force=forced())}.", err=True)


def show(plan: Plan, *, as_json: bool) -> None:
    """Print a plan for a person, or as JSON, with what the travel times' stated error could turn round."""
    from capacity.studies.near_ties import ties_of

    if as_json:
        from capacity.report.payload import plan_payload

        say_json(plan_payload(plan))
    else:
        from capacity.cli.tables import print_plan, print_text

        print_plan(plan)
        if ties := ties_of(plan):
            print_text(ties_said(ties))


def ties_said(ties: Sequence[NearTie]) -> str:
    """Near ties in a sentence, the first `MOST_TIES` of them."""
    more = f"; and {len(ties) - MOST_TIES} more (--json)" if len(ties) > MOST_TIES else ""
    return f"Near ties within the travel times' stated error: {'; '.join(map(str, ties[:MOST_TIES]))}{more}."
