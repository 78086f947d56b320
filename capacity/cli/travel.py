"""``capacity travel``: a table of minutes from roads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from capacity.cli.options import case_argument, json_option
from capacity.cli.saying import say, say_json


@click.command("travel")
@click.argument("roads", nargs=1, type=click.Path(path_type=str))
@case_argument
@click.option("-o", "--out", "out", required=True, metavar="OUT.csv", type=click.Path(path_type=str), help="Minutes.")
@click.option("--km", metavar="OUT.csv", type=click.Path(path_type=str), help="The km of the quickest ways as well.")
@click.option("--speeds", metavar="FILE.toml", type=click.Path(path_type=str), help="Speeds of your own.")
@click.option("--more", multiple=True, metavar="FILE.osm.pbf", help="A further extract. Repeatable.")
@click.option("--places", metavar="FILE.csv", help="Several places of a demand point: code, lon, lat, weight.")
@json_option
def command(
    roads: str,
    case: str | None,
    out: str,
    km: str | None,
    speeds: str | None,
    more: tuple[str, ...],
    places: str | None,
    as_json: bool,
) -> int:
    r"""Minutes from every demand point of CASE to every site, on the roads of an OpenStreetMap extract.

    Writes OUT.csv in the form of drive_minutes.csv, and travel.json beside it: the hash of every input, versions,
    speeds, distances to the roads, shares by ferry. Nothing is routed when a plan is made: name the table in
    travel.source.

    \b
    capacity travel denmark.osm.pbf my-case -o my-case/drive_minutes.csv
    """
    from capacity.preparing.travel import travel_from_roads

    made = travel_from_roads(case, [roads, *more], speeds=speeds, places=places)
    written = [str(path) for path in made.write(out, km)]
    if as_json:
        say_json({**made.record, "comparison": made.comparison, "notices": list(made.notices), "written": written})
        return 0
    for notice in made.notices:
        say(f"Note: {notice}", err=True)
    for line in _compared(made.comparison):
        say(line)
    say(f"Written: {', '.join(written)}. {made.record['attribution']}.")
    return 0


def _compared(said: Mapping[str, Any] | None) -> list[str]:
    if said is None:
        return []
    lines, worst, moved = [], said["largest"], said["nearest_changes"]
    if said["mean_minutes"] is not None:
        size = f"{said['mean_minutes']:+.1f} minutes on average ({said['mean_size_minutes']:.1f} in size)"
        pair = f"{worst['minutes']:+.1f} ({worst['point_id']} to {worst['site_id']})"
        lines.append(f"Beside {said['table']}: {size}, at most {pair}.")
    named = f": {', '.join(moved[:12])}" if moved else ""
    lines.append(f"The nearest site changes for {len(moved)} demand points{named}.")
    before, now = (_plan(said[key]) for key in ("plan_before", "plan_now"))
    lines.append(
        f"The plan changes: {before} before, {now} now." if said["plan_changes"] else f"The plan stays: {now}."
    )
    return lines


def _plan(said: Mapping[str, int] | str) -> str:
    return said if isinstance(said, str) else ", ".join(f"{site} {beds}" for site, beds in said.items()) + " beds"
