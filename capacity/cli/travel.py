"""``capacity travel``: a table of minutes from roads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from capacity.cli.comparison import comparison_said
from capacity.cli.options import case_argument, csv_form, csv_option, force_option, forced, json_option, told_as_json
from capacity.cli.saying import say, say_json
from capacity.cli.studies import seldom
from capacity.cli.timetables import timetable_of, timetable_options

if TYPE_CHECKING:
    from capacity.engines.clock import Progress


@click.command("travel")
@click.argument("roads", nargs=1, type=click.Path(path_type=str))
@case_argument
@click.option("-o", "--out", "table", required=True, metavar="OUT.csv", type=click.Path(path_type=str), help="Minutes.")
@click.option("--km", metavar="OUT.csv", type=click.Path(path_type=str), help="The km of the quickest ways as well.")
@click.option("--speeds", metavar="FILE.toml", type=click.Path(path_type=str), help="Speeds of your own.")
@click.option("--more", multiple=True, metavar="FILE.osm.pbf", help="A further extract. Repeatable.")
@click.option("--places", metavar="FILE.csv", help="Several places of a demand point: code, lon, lat, weight.")
@click.option("--areas", metavar="OUT.geojson", type=click.Path(path_type=str), help="Borders for the map as well.")
@click.option("--admin-level", "level", default="7", show_default=True, help="Of --areas: municipalities in Denmark.")
@timetable_options
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
    areas: str | None,
    level: str,
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

    With --places, OUT_places.csv holds the minutes of each place, so that a plan counts women and not midpoints
    (travel.places), and OUT_spread.csv the spread over them.

    \b
    capacity travel denmark.osm.pbf my-case -o my-case/drive_minutes.csv
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.road_travel import refuse_tables
    from capacity.preparing.travel import travel_from_roads

    asked = timetable_of(gtfs, day, first, last)
    source = click.get_current_context().get_parameter_source
    if areas is None and source("level") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--admin-level would change nothing: borders are asked for by --areas.")
    refuse_tables(table, km, areas, transit=gtfs is not None, places=places is not None, force=forced())
    tell = seldom()
    made = travel_from_roads(
        case,
        [roads, *more],
        speeds=speeds,
        places=places,
        timetable=asked,
        level=None if areas is None else level,
        tell=lambda p: tell(_progress(p)),
    )
    written = [str(path) for path in made.write(table, km, areas, force=forced(), csv=csv_form())]
    if as_json:
        say_json({**made.record, "comparison": made.comparison, "notices": list(made.notices), "written": written})
        return 0
    for notice in made.notices:
        say(f"Note: {notice}", err=True)
    for line in [] if made.comparison is None else comparison_said(made.comparison):
        say(line)
    if made.homes is not None:
        say(f'To count women by place and not by midpoint: travel.places = "{Path(table).stem}_places.csv".')
    say(f"Written: {', '.join(written)}. {made.record['attribution']}.")
    return 0


def _progress(progress: Progress) -> str:
    steps = f" ({progress.done:,} of {progress.count:,})" if progress.done and progress.count else ""
    return f"{progress.seconds:.0f} s: {progress.message}{steps}"
