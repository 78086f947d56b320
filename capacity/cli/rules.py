"""``capacity rules``: what a plan may be asked to keep."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, json_option, read_problem, told_as_json
from capacity.cli.saying import say_json


@click.command("rules")
@case_options
@json_option
@told_as_json
def command(case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool) -> int:
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
    if as_json:
        say_json({"rules": told})
        return 0
    from capacity.cli.tables import print_rules

    print_rules(told)
    return 0
