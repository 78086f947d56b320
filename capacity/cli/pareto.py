"""``capacity pareto``: the plans of which none is better in everything."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("pareto")
@case_options
@output_options
@click.option("--objectives", default="travel,beds", show_default=True, help="Two or three, separated by commas.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    objectives: str,
) -> int:
    """Show the exact trade-off between two or three measures."""
    from capacity.cli.studies import show_study, so_far
    from capacity.studies.pareto import pareto, unit_of

    names = [name.strip() for name in objectives.split(",") if name.strip()]
    problem = read_problem(case, changes, scenarios)
    front = pareto(problem, names, tell=so_far(problem, "solves"))
    heads = {"units": "number\nof units"}
    columns = [(n, f"{n},\n{unit_of(n)}" if unit_of(n) else heads.get(n, n)) for n in names]
    even = [("worst_off_minutes", "worst-off,\nminutes")] if "worst_off" not in names else []
    even.append(("gap_minutes", "gap between\nregions, minutes"))
    show_study(
        front.to_json(),
        front.rows(),
        [*columns, *even, ("site_ids", "units"), ("knee", "knee"), ("story", "story")],
        title=f"Trade-off between {' and '.join(names)}",
        problem=problem,
        after=[front.certificate],
        as_json=as_json,
        out=out,
    )
    return 0
