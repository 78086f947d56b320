"""``capacity document``: a plan as a Word file to put before a board."""

from __future__ import annotations

import click

from capacity.cli.language import lang_option
from capacity.cli.options import (
    case_options,
    force_option,
    forced,
    read_problem,
    refuse_changes,
    time_limit_option,
    told_as_json,
)
from capacity.cli.report import is_plan
from capacity.cli.saying import say


@click.command("document")
@case_options
@time_limit_option
@click.option(
    "-o",
    "--output",
    default="plan.docx",
    show_default=True,
    type=click.Path(path_type=str, dir_okay=False),
    help="The Word file to write: a new one, or one as this library wrote it.",
)
@force_option
@lang_option
@click.option(
    "--template", type=click.Path(path_type=str), metavar="FILE", help="A .docx of your own, whose styles are kept."
)
@click.option("--areas", type=click.Path(path_type=str), metavar="FILE", help="GeoJSON of your own areas for the map.")
@click.option("--code", metavar="NAME", help="Property of FILE with the demand points' ids.")
@click.option("--no-studies", is_flag=True, help="The plan alone, without alternatives and what decides it.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    time_limit: float | None,
    output: str,
    lang: str,
    template: str | None,
    areas: str | None,
    code: str | None,
    no_studies: bool,
) -> int:
    """Write CASE's plan as a Word file: proposal, units, regions, map, money, alternatives, uncertainty.

    What only people can write stands as a place to fill in. CASE may also be a finished plan: a plan.json, or the
    folder of `capacity plan --out`.
    """
    from capacity.engines.solve import solve
    from capacity.plan.file import read_plan
    from capacity.report.word import refuse_document

    refuse_document(output, force=forced())
    if case is not None and is_plan(case):
        refuse_changes(changes, scenarios)
        plan = read_plan(case)
    else:
        plan = solve(read_problem(case, changes, scenarios), time_limit=time_limit)
    written = plan.document(
        output, language=lang, template=template, studies=not no_studies, areas=areas, code=code, force=forced()
    )
    say(f"Wrote {written.resolve()}")
    return 0
