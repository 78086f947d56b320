"""``capacity compare``: two cases' plans side by side."""

from __future__ import annotations

import click

from capacity.cli.options import json_option, out_option, read_problem, scenario_option, set_option, told_as_json


@click.command("compare")
@click.argument("first", type=click.Path(path_type=str), required=False)
@click.argument("second", type=click.Path(path_type=str), required=False)
@set_option
@scenario_option
@json_option
@out_option
@told_as_json
def command(
    first: str | None,
    second: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
) -> int:
    """Compare the plans of two cases, or of one case without and with the changes of --set and --scenario.

    The inputs that differ come first, then units, figures and who is moved most.
    """
    from capacity.cli.studies import show_study
    from capacity.solving import solve
    from capacity.studies.compare import compare

    one = solve(read_problem(first))
    other = solve(read_problem(second if second is not None else first, changes, scenarios))
    found = compare(one, other)
    rows = [
        *({"setting": f"input {key}", "first": str(a), "second": str(b)} for key, a, b in found.inputs),
        *({"setting": f"beds at {u['site_id']}", "first": u["first"], "second": u["second"]} for u in found.units),
        *({"setting": key, "first": float(a), "second": float(b)} for key, (a, b) in found.figures.items()),
        *({"setting": f"minutes in {r['region']}", "first": r["first"], "second": r["second"]} for r in found.regions),
    ]
    moved = "; ".join(f"{p['name']} {p['minutes']:+.0f} minutes" for p in found.points)
    show_study(
        found.to_json(), rows, [("setting", "what"), ("first", "first"), ("second", "second")], title="Two plans",
        after=[f"Moved most: {moved}."] if moved else [], as_json=as_json, out=out,
    )  # fmt: skip
    return 0
