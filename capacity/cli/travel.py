"""``capacity travel``: a table of minutes from roads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from capacity.cli.options import case_argument, csv_form, csv_option, force_option, forced, json_option, told_as_json
from capacity.cli.saying import say, say_json

if TYPE_CHECKING:
    from capacity.preparing.timetable import Asked

_OF_GTFS = {"date": "day", "from": "first", "to": "last"}


@click.command("travel")
@click.argument("roads", nargs=1, type=click.Path(path_type=str))
@case_argument
@click.option("-o", "--out", "table", required=True, metavar="OUT.csv", type=click.Path(path_type=str), help="Minutes.")
@click.option("--km", metavar="OUT.csv", type=click.Path(path_type=str), help="The km of the quickest ways as well.")
@click.option("--speeds", metavar="FILE.toml", type=click.Path(path_type=str), help="Speeds of your own.")
@click.option("--more", multiple=True, metavar="FILE.osm.pbf", help="A further extract. Repeatable.")
@click.option("--places", metavar="FILE.csv", help="Several places of a demand point: code, lon, lat, weight.")
@click.option("--gtfs", metavar="FEED.zip", type=click.Path(path_type=str), help="Public transport as well.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The day of --gtfs.")
@click.option("--from", "first", default="07:00", show_default=True, metavar="HH:MM", help="One leaves home from then.")
@click.option("--to", "last", default="10:00", show_default=True, metavar="HH:MM", help="Until then.")
@force_option
@csv_option
@json_option
@told_as_json
def command(
    roads: str,
    case: str | None,
    table: str,
    km: str | None,
    speeds: str | None,
    more: tuple[str, ...],
    places: str | None,
    gtfs: str | None,
    day: str | None,
    first: str,
    last: str,
    as_json: bool,
) -> int:
    """Minutes from every demand point of CASE to every site, on the roads of an OpenStreetMap extract.

    Writes OUT.csv in the form of drive_minutes.csv, and travel.json beside it: the hash of every input, versions,
    speeds, distances to the roads, shares by ferry. Nothing is routed when a plan is made: name the table in
    travel.source. With --gtfs, two further tables OUT_transit.csv and OUT_transit_80.csv hold the minutes by public
    transport that half and 80 % of the departures of the window take, the wait for the first vehicle included.

    \b
    capacity travel denmark.osm.pbf my-case -o my-case/drive_minutes.csv
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.travel import refuse_tables, travel_from_roads

    source = click.get_current_context().get_parameter_source
    of_gtfs = [f"--{word}" for word, kept in _OF_GTFS.items() if source(kept) is ParameterSource.COMMANDLINE]
    if gtfs is None and of_gtfs:
        raise click.UsageError(f"{', '.join(of_gtfs)} would change nothing: public transport is asked for by --gtfs.")
    refuse_tables(table, km, transit=gtfs is not None, force=forced())
    asked = None if gtfs is None else _asked(gtfs, day, first, last)
    made = travel_from_roads(case, [roads, *more], speeds=speeds, places=places, timetable=asked)
    written = [str(path) for path in made.write(table, km, force=forced(), csv=csv_form())]
    if as_json:
        say_json({**made.record, "comparison": made.comparison, "notices": list(made.notices), "written": written})
        return 0
    for notice in made.notices:
        say(f"Note: {notice}", err=True)
    for line in _compared(made.comparison):
        say(line)
    say(f"Written: {', '.join(written)}. {made.record['attribution']}.")
    return 0


def _asked(gtfs: str, day: str | None, first: str, last: str) -> Asked:
    from datetime import date

    from capacity.preparing.timetable import Asked

    try:
        return Asked(feed=gtfs, day=date.fromisoformat(day or ""), first=first, last=last)
    except ValueError:
        raise click.BadParameter("--gtfs needs a day, such as 2026-12-01.", param_hint="--date") from None


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
