"""``capacity why-not``: what a unit at a site, or in a region, would cost, or what stands against it."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, csv_form, forced, output_options, read_problem, told_as_json
from capacity.cli.saying import say, say_json


@click.command("why-not")
@click.argument("place")
@case_options
@output_options
@click.option(
    "--objective",
    default="travel",
    show_default=True,
    help="travel, worst, worst_off, fair, cost, public_cost or reached.",
)
@click.option(
    "--effort",
    type=click.FloatRange(min=0, min_open=True),
    default=2.3,
    show_default=True,
    metavar="S",
    help="Seconds the model may take where counting sets of sites does not decide.",
)
@told_as_json
def command(
    place: str,
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    objective: str,
    effort: float,
) -> int:
    """Say why there is no unit at PLACE, a site or a region: what one would cost, or what stands against it.

    CASE is a folder with case.toml (default: the built-in Danish case).

    \b
    capacity why-not FA_AARHUS
    capacity why-not "Region Midtjylland" --json
    """  # noqa: D301 - click reads the sign itself
    from capacity.rules.objectives import objective_named
    from capacity.studies.why_not import why_not

    study = why_not(read_problem(case, changes, scenarios), place, objective_named(objective), effort=effort)
    said = study.to_json()
    if out is not None:
        from capacity.report.files import write_study

        rows = [{str(k): v for k, v in row.items()} for row in study.table.to_dict("records")]
        write_study(out, said, rows, force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json(said)
    else:
        say(str(study))
    return 0
