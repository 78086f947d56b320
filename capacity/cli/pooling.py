"""``capacity pooling``: beds shared across regions against beds kept apart."""

from __future__ import annotations

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("pooling")
@case_options
@output_options
@told_as_json
def command(
    case: str | None, changes: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool, out: str | None
) -> int:
    """Say how many beds CASE's plan saves by sharing each unit between the regions that use it."""
    from capacity.cli.studies import show_study
    from capacity.engines.solve import solve
    from capacity.studies.pooling import pooling

    problem = read_problem(case, changes, scenarios)
    rows, names = pooling(solve(problem)), problem.network.region_names
    show_study(
        {"rows": list(rows)},
        [
            row | {"site_id": row["site_id"] or "all", "regions": [names.get(r, r) for r in row["regions"]]}
            for row in rows
        ],
        [
            ("site_id", "unit"),
            ("regions", "regions"),
            ("beds_shared", "beds\nshared"),
            ("beds_apart", "kept\napart"),
            ("saved", "saved"),
        ],
        title="Beds shared across regions",
        problem=problem,
        as_json=as_json,
        out=out,
    )
    return 0
