"""``capacity scenarios``: the figures the documents give."""

from __future__ import annotations

import dataclasses

import click

from capacity.cli.options import case_argument, output_options, told_as_json


@click.command("scenarios")
@case_argument
@output_options
@told_as_json
def command(case: str | None, as_json: bool, out: str | None) -> int:
    """List the named scenarios of CASE: women a year, what they count, and the document."""
    from capacity.cli.studies import show_study
    from capacity.read import builtin_folder
    from capacity.reading.scenarios import named_scenarios

    found = named_scenarios(case or builtin_folder())
    rows = [dataclasses.asdict(s) for s in found]
    after = ["Probabilities are equal: nobody has said how likely each is."] if any(s.equal for s in found) else []
    show_study(
        {"scenarios": rows}, rows,
        [("id", "scenario"), ("women_per_year", "women\na year"), ("low", "low"), ("high", "high"),
         ("what", "what it counts"), ("document", "document")],
        title="What the documents say", after=after, as_json=as_json, out=out,
    )  # fmt: skip
    return 0
