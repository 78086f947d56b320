"""``capacity robust``: how the plan stands in each named scenario."""

from __future__ import annotations

import click

from capacity.cli.options import case_argument, output_options, read_problem, set_option, told_as_json


@click.command("robust")
@case_argument
@set_option
@output_options
@told_as_json
def command(case: str | None, changes: tuple[str, ...], as_json: bool, out: str | None) -> int:
    """Value the plan of CASE in every figure the documents give, and say what is right in all of them."""
    from capacity.cli.studies import show_study
    from capacity.read import builtin_folder
    from capacity.reading.scenarios import named_scenarios
    from capacity.studies.robustness import robustness

    scenarios = named_scenarios(case or builtin_folder())
    if not scenarios:
        raise click.UsageError("The case has no scenarios.csv.")
    found = robustness(read_problem(case, changes), scenarios)
    rows = [
        row | {"behind": "-" if row["behind"] is None else f"{100 * row['behind']:.1f} %"} for row in found.rows
    ]
    show_study(
        found.to_json(), rows,
        [("plan", "units"), ("scenario", "scenario"), ("women_per_year", "women\na year"), ("status", "in it"),
         ("behind", "behind\nthe best"), ("beds", "beds")],
        title="Plans in the documents' scenarios", after=found.verdict, as_json=as_json, out=out,
    )  # fmt: skip
    return 0
