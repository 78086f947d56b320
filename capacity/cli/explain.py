"""``capacity explain``: why there is no plan."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, csv_form, forced, output_options, read_problem, told_as_json
from capacity.cli.saying import say, say_json


@click.command("explain")
@case_options
@output_options
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
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    effort: float,
) -> int:
    """Say which rules clash in CASE, and the smallest changes that give a plan."""
    from capacity.studies.explain import explain

    explanation = explain(read_problem(case, changes, scenarios), effort=effort)
    said = explanation.to_json()
    if out is not None:
        from capacity.report.files import write_study

        rows = [{"key": w["key"], "value": str(w["value"]), "text": w["text"]} for w in said["ways_out"]]
        write_study(out, said, rows, force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json(said)
    elif explanation.conflicts:
        say(str(explanation))
    elif not explanation.complete:
        say("Whether there is a plan could not be settled in the time given.")
    else:
        say("There is a plan that keeps all the rules: nothing to explain.")
    return 0
