"""``capacity price-of-nearness``: what each further unit buys, and what it costs."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("price-of-nearness")
@case_options
@output_options
@told_as_json
def command(
    case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool, out: str | None
) -> int:
    """Show the price of nearness: minutes saved by each further unit, against beds and kroner."""
    from capacity.cli.studies import by_model, show_study
    from capacity.errors import InfeasibleError
    from capacity.studies.pareto import price_of_nearness, stops_paying

    problem = read_problem(case, changes, scenarios)
    by_model(problem)
    rows = price_of_nearness(problem)
    if not rows:
        raise InfeasibleError(problem, problem.policy.on)
    verdict = stops_paying(rows)
    show_study(
        {"rows": list(rows), "text": verdict},
        list(rows),
        [
            ("units", "number"),
            ("site_ids", "units"),
            ("mean_minutes", "mean\nminutes"),
            ("minutes_saved", "saved"),
            ("family_hours_per_year", "hours of\ntravel a year"),
            ("beds", "beds"),
            ("cost_dkk", "cost with\nbuilding,\nDKK a year"),
            ("cost_more_dkk", "more"),
            ("pays", "fewer\nhours"),
        ],
        title="The price of nearness",
        problem=problem,
        after=[verdict],
        as_json=as_json,
        out=out,
    )
    return 0
