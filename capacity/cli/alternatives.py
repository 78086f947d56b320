"""``capacity alternatives``: what else could be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json

if TYPE_CHECKING:
    from capacity.studies.alternatives import Alternatives


@click.command("alternatives")
@case_options
@output_options
@click.option("-k", "count", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@click.option("--within", type=click.FloatRange(min=0), default=0.05, show_default=True, help="Tolerance, a share.")
@click.option("--differ", type=click.IntRange(min=1), default=1, show_default=True, help="Sites apart, at least.")
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
    count: int,
    within: float,
    differ: int,
    objective: str,
) -> int:
    """Show the best different sets of units, and what each gives up."""
    from capacity.cli.plan import ties_said
    from capacity.cli.studies import show_study, so_far
    from capacity.rules.objectives import objective_named
    from capacity.studies.alternatives import alternatives

    problem = read_problem(case, changes, scenarios)
    study = alternatives(
        problem, count, within, differ, objective=objective_named(objective), tell=so_far(problem, "sets")
    )
    said = study.to_json()
    rows = [row | {"behind": f"{100 * row['behind']:.1f} %"} for row in study.rows()]
    after = [study.parts(), study.certificate, *_nearest(study)]
    if study.near_ties:
        after.append(ties_said(study.near_ties))
    show_study(
        said,
        rows,
        [
            ("rank", ""),
            ("site_ids", "units"),
            ("beds", "beds"),
            ("behind", "behind"),
            ("mean_minutes", "mean\nminutes"),
            ("story", "against the best"),
        ],
        title="Alternatives",
        problem=problem,
        after=after,
        as_json=as_json,
        out=out,
    )
    return 0


def _nearest(found: Alternatives) -> list[str]:
    """Why a set that takes nobody farther from a unit is not best."""
    from capacity.report.around import NOWHERE_NEARER
    from capacity.report.words import hours_of
    from capacity.studies.alternatives import changed_minutes

    best, said = found.alternatives[0].plan, []
    for rank, one in enumerate(found.alternatives[1:], 2):
        visits, trips = (b - a for a, b in zip(hours_of(best), hours_of(one.plan), strict=True))
        if visits < 0 < trips + visits and max(changed_minutes(best, one.plan).values()) <= NOWHERE_NEARER:
            said.append(
                f"Number {rank}: nobody is farther from the unit than with the best plan, and yet it is not best: "
                f"trips between unit and ambulatory take {trips:,.0f} hours a year more, the visits only "
                f"{-visits:,.0f} fewer."
            )
    return said
