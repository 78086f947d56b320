"""``capacity sharing``: whether the regions can agree to share a service."""

from __future__ import annotations

import math
from collections.abc import Sequence

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json


@click.command("sharing")
@case_options
@output_options
@click.option("--column", default="", metavar="NAME", help="Also divide by this column of the demand points.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="NAME=REGION,REGION",
    help="Regions that are one player. Repeatable; those in no group stand alone.",
)
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
    groups: tuple[str, ...],
    hour_dkk: float,
) -> int:
    """Say what each coalition of CASE's regions would cost, how the cost may be divided, and who would leave.

    The regions are those of network.regions; every coalition is planned exactly.

    \b
    capacity sharing --set rules.volume=false --set rules.income=false
    capacity sharing --set network.regions=region_2027_code --hour-dkk 200
    capacity sharing --group west=1081,1082,1083 --group east=1084,1085
    """  # noqa: D301 - click reads the sign itself
    from capacity.cli.studies import show_study
    from capacity.studies.sharing import CALLED, sharing

    problem = read_problem(case, changes, scenarios)
    shared = sharing(problem, _players(groups, problem.network.regions), column=column, hour_dkk=hour_dkk)
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


def _players(groups: tuple[str, ...], regions: Sequence[str]) -> dict[str, list[str]] | None:
    """Players by name: the groups that are asked for, and every other region by itself; None without groups."""
    players: dict[str, list[str]] = {}
    for group in groups:
        name, _, inside = group.partition("=")
        # A name that comes twice is one player.
        players.setdefault(name.strip(), []).extend(one.strip() for one in inside.split(",") if one.strip())
    taken = {region for inside in players.values() for region in inside}
    alone = {region: [region] for region in regions if region not in taken and region not in players}
    return players | alone if groups else None


def _million(amount: float) -> str:
    return f"{amount / 1e6:,.2f}" if math.isfinite(amount) else "no plan"
