"""``capacity rules``: what a plan may be asked to keep."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, csv_form, forced, output_options, read_problem, told_as_json
from capacity.cli.saying import say, say_json


@click.command("rules")
@case_options
@output_options
@told_as_json
def command(
    case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool, out: str | None
) -> int:
    """Show each rule's sentence, and whether it is on in CASE."""
    from capacity.rules import RULES

    problem = read_problem(case, changes, scenarios)
    settings = problem.policy.settings()
    told = [
        {
            "name": rule.name,
            "on": rule.is_on(problem),
            "value": settings[rule.name],
            "price": rule.price(problem),
            "sentence": rule.sentence,
            "excess": rule.unit,
            "source": problem.sources.get(f"rules.{rule.name}"),
        }
        for rule in (*RULES, *problem.policy.extra)
    ]
    if out is not None:
        from capacity.report.files import write_study
        from capacity.studies.explain.sentences import plain_value

        rows = [
            {k: plain_value(v) if k == "value" and v is not None else "" if v is None else v for k, v in row.items()}
            for row in told
        ]
        write_study(out, {"rules": told}, rows, force=forced(), csv=csv_form())
        say(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        say_json({"rules": told})
        return 0
    from capacity.cli.tables import print_rules

    print_rules(told)
    return 0
