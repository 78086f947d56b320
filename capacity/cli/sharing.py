"""``capacity sharing``: whether the regions can agree to share a service."""

from __future__ import annotations

import math

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("sharing")
@case_options
@output_options
@click.option("--column", default="", metavar="NAME", help="Also divide by this column of the demand points.")
@click.option(
    "--hour-dkk",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Price of an hour of family travel, part of every cost.",
)
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    column: str,
    hour_dkk: float,
) -> int:
    """Say what each coalition of CASE's regions would cost, how the cost may be divided, and who would leave.

    The regions are those of network.regions; every coalition is planned by itself.

    \b
    capacity sharing --set rules.volume=false --set rules.income=false
    capacity sharing --set network.regions=region_2027_code --hour-dkk 200
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import show_study
    from capacity.studies.sharing import CALLED, sharing

    shared = sharing(read_problem(case, changes, scenarios), column=column, hour_dkk=hour_dkk)
    rows = [
        {
            "player": shared.names[player],
            "alone": _million(shared.alone[player]),
            **{division.name: _million(division.pays[player]) for division in shared.divisions},
        }
        for player in shared.players
    ]
    heads = [(d.name, d.name.replace("_", "\n") if d.name in CALLED else d.name) for d in shared.divisions]
    show_study(
        shared.to_json(),
        rows,
        [("player", "region"), ("alone", "alone"), *heads],
        title="Shares of a joint service, M DKK a year",
        after=shared.sentences,
        as_json=as_json,
        out=out,
    )
    return 0


def _million(amount: float) -> str:
    return f"{amount / 1e6:,.2f}" if math.isfinite(amount) else "no plan"
