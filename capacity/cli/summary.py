"""``capacity summary``: a plan on one page."""

from __future__ import annotations

import click

from capacity.cli.options import forced, told_as_json
from capacity.cli.pages import page_options, plan_of
from capacity.cli.saying import say


@click.command("summary")
@page_options(
    "summary.html", "The page to write, or with .png a picture of it: a new file, or one as this library wrote it."
)
@click.option(
    "--png", type=click.Path(path_type=str, dir_okay=False), metavar="FILE", help="Write the picture (.png) as well."
)
@click.option("--no-studies", is_flag=True, help="The plan alone, without what decides it and how sure it is.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    time_limit: float | None,
    output: str,
    png: str | None,
    lang: str,
    areas: str | None,
    code: str | None,
    no_studies: bool,
) -> int:
    """Write CASE's plan on one page of A4: what to open, cost, how sure, what decides it, why not elsewhere.

    The page is to be read and printed; with .png it is a picture. CASE may also be a finished plan: a plan.json, or
    the folder of `capacity plan --out`.
    """
    from capacity.report.studied import studies_of
    from capacity.report.summary import refuse_summary

    if png is not None and not png.lower().endswith(".png"):
        raise click.UsageError("The picture's name ends in .png: --png summary.png.")
    files = [output, *([png] if png is not None else [])]
    for file in files:
        refuse_summary(file, force=forced())
    plan = plan_of(case, changes, scenarios, time_limit)
    found = studies_of(plan, work=not no_studies, simulate=False, others=False, whole=False)
    for file in files:
        written = plan.summary(file, language=lang, found=found, areas=areas, code=code, force=forced())
        say(f"Wrote {written.resolve()}")
    return 0
