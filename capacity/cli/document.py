"""``capacity document``: a plan as a Word file to put before a board."""

from __future__ import annotations

import click

from capacity.cli.options import forced, told_as_json
from capacity.cli.pages import page_options, plan_of
from capacity.cli.saying import say


@click.command("document")
@page_options("plan.docx", "The Word file to write: a new one, or one as this library wrote it.")
@click.option(
    "--template", type=click.Path(path_type=str), metavar="FILE", help="A .docx of your own, whose styles are kept."
)
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
    from capacity.report.word import refuse_document

    refuse_document(output, force=forced())
    plan = plan_of(case, changes, scenarios, time_limit, tell=True)
    written = plan.document(
        output, language=lang, template=template, studies=not no_studies, areas=areas, code=code, force=forced()
    )
    say(f"Wrote {written.resolve()}")
    return 0
