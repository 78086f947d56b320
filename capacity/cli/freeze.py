"""``capacity freeze``: the units stay, the rest is worked out anew."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, settings_of, told_as_json, told_as_typed


@click.command("freeze")
@case_options
@output_options
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=str, exists=True, dir_okay=False),
    metavar="FILE",
    help="The plan.json of an earlier run, instead of solving CASE.",
)
@click.option("--beds", is_flag=True, help="Each unit keeps its number of beds too.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    plan_file: str | None,
    beds: bool,
) -> int:
    """Plan CASE as it is, keep its units, and plan again with the changes of --set.

    \b
    capacity freeze --set demand.women_per_year=120
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.plan import show_and_write
    from capacity.engines.solve import solve
    from capacity.problem.settings import SET_NOW, canonical, replaced, whole
    from capacity.studies.compare import freeze

    if plan_file is not None:
        from capacity.plan.file import read_plan

        plan = read_plan(plan_file)
    else:
        plan = solve(read_problem(case, scenarios=scenarios))
    given = settings_of(changes)
    with told_as_typed(changes):
        frozen = replaced(freeze(plan, beds=beds), given)
    frozen = frozen.replace(sources={**frozen.sources, **{whole(canonical(key)): SET_NOW for key in given}})
    later = solve(frozen, plan.goal)
    show_and_write(later, as_json=as_json, out=out)
    return 0
