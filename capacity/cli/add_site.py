"""``capacity add-site``: a candidate site more."""

from __future__ import annotations

import math

import click

from capacity.cli.options import json_option, told_as_json
from capacity.cli.saying import say, say_json
from capacity.cli.timetables import timetable_of, timetable_options


@click.command("add-site")
@click.argument("case", type=click.Path(path_type=str))
@click.option("--name", required=True, help="What it is called.")
@click.option("--lat", type=float, help="Latitude, degrees.")
@click.option("--lon", type=float, help="Longitude, degrees.")
@click.option("--address", metavar="TEXT", help="Where it is, in the place of --lat and --lon.")
@click.option("--addresses", metavar="FILE.csv", help="Your addresses with their coordinates: address, lon, lat.")
@click.option("--id", "site_id", metavar="ID", help="Its id; made from the name without it.")
@click.option("--kind", default="candidate", show_default=True, help="What it is.")
@click.option("--point", metavar="ID", help="The demand point (municipality) it lies in; the nearest without it.")
@click.option("--roads", multiple=True, metavar="FILE.osm.pbf", help="Roads for its minutes; else the case's links.")
@timetable_options
@json_option
@told_as_json
def command(
    case: str,
    name: str,
    lat: float | None,
    lon: float | None,
    address: str | None,
    addresses: str | None,
    site_id: str | None,
    kind: str,
    point: str | None,
    roads: tuple[str, ...],
    gtfs: str | None,
    day: str | None,
    first: str,
    last: str,
    as_json: bool,
) -> int:
    """Add a candidate site to CASE, a folder of your own: its row, and its minutes.

    \b
    capacity add-site my-case --name "Sønderborg Sygehus" --lat 54.9128 --lon 9.7956
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.adding import add_site

    lon, lat = _where(lat, lon, address, addresses)
    timetable = timetable_of(gtfs, day, first, last)
    added = add_site(
        case, name, lat=lat, lon=lon, site_id=site_id, kind=kind, point=point, roads=roads, timetable=timetable
    )
    files = [str(path) for path in added.files]
    if as_json:
        ways = {i: x if math.isfinite(x) else None for i, x in added.minutes.items()}
        said = {"site_id": added.site_id, "point_id": added.point_id, "region": added.region, "minutes": ways}
        say_json({**said, "written": files, "notices": list(added.notices)})
        return 0
    for notice in added.notices:
        say(f"Note: {notice}", err=True)
    near = min(added.minutes.values())
    say(f"Added {added.site_id}, {near:.0f} minutes from the nearest demand point. Written: {', '.join(files)}.")
    return 0


def _where(lat: float | None, lon: float | None, address: str | None, addresses: str | None) -> tuple[float, float]:
    """Longitude and latitude: as given, or those of an address."""
    if lat is not None and lon is not None and address is None and addresses is None:
        return lon, lat
    if address is None or addresses is None or lat is not None or lon is not None:
        raise click.UsageError("Say where it is: --lat and --lon, or --address with --addresses.")
    from capacity.preparing.addresses import read_addresses

    return read_addresses(addresses).place(address)
