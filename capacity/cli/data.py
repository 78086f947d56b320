"""``capacity data``: columns of a case from tables as they are downloaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from capacity.cli.comparison import comparison_said
from capacity.cli.options import csv_form, csv_option, told_as_json
from capacity.cli.saying import say, say_as_it_is, say_json


@click.group("data")
def command() -> None:
    """Put a column of another table into a case: statistics as downloaded, or any table with the case's ids."""


_FILE = click.argument("file", type=click.Path(path_type=str, exists=True, dir_okay=False))
_CASE = click.argument("case", required=False)
_REPLACE = click.option("--replace", is_flag=True, help="Replace a column of that name.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@command.command("statbank")
@_FILE
@_CASE
@click.option("--column", required=True, metavar="NAME", help="The name the column gets, such as births.")
@click.option("--only", multiple=True, metavar="COLUMN=WHAT", help='Such as "ALDER=15-49"; the rest is summed over.')
@click.option("--value", metavar="COLUMN", help="The column of numbers, where its name does not tell.")
@_REPLACE
@csv_option
@_JSON
@told_as_json
def statbank(
    file: str, case: str | None, column: str, only: tuple[str, ...], value: str | None, replace: bool, as_json: bool
) -> int:
    """Read FILE as StatBank gives it (CSV or XLSX), and write NAME into CASE.

    Without CASE the column is printed, for the places of the built-in case.

    \b
    capacity data statbank FOD.csv my-case --column births
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.joining import points_of, write_column
    from capacity.preparing.statbank import read_statbank
    from capacity.reading.case import builtin_folder

    place = points_of(case or builtin_folder())
    read = read_statbank(file, place.ids, place.names, only=_chosen(only), value=value)
    written = write_column(place, column, read.values, read.source, replace=replace) if case else ()
    told = {
        "file_total": read.file_total,
        "total": read.total,
        "left_out": dict(read.left_out),
        "dropped": list(read.dropped),
        "summed": {name: list(said) for name, said in read.summed.items()},
    }
    _tell(column, read.values, read.source, read.notices, [str(path) for path in written], told, as_json=as_json)
    return 0


@command.command("join")
@_FILE
@_CASE
@click.option("--by", required=True, metavar="COLUMN", help="FILE's column of the case's ids.")
@click.option("--column", required=True, metavar="COLUMN", help="FILE's column of numbers.")
@click.option("--as", "name", metavar="NAME", help="The name it gets; its own without.")
@_REPLACE
@csv_option
@_JSON
@told_as_json
def join(file: str, case: str | None, by: str, column: str, name: str | None, replace: bool, as_json: bool) -> int:
    """Write a column of FILE, any table, into CASE.

    Without CASE the column is printed, for the places of the built-in case.

    \b
    capacity data join wards.csv my-case --by code --column births
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.joining import points_of, read_column, write_column
    from capacity.reading.case import builtin_folder

    place = points_of(case or builtin_folder())
    read = read_column(file, place, by=by, column=column)
    name = name or column
    written = write_column(place, name, read.values, read.source, replace=replace) if case else ()
    _tell(name, read.values, read.source, read.notices, [str(path) for path in written], {}, as_json=as_json)
    return 0


@command.command("addresses")
@_FILE
@click.argument("case")
@click.option("--replace", is_flag=True, help="Replace coordinates that are there.")
@_JSON
@told_as_json
def addresses(file: str, case: str, replace: bool, as_json: bool) -> int:
    """Give CASE's sites and demand points the coordinates of their addresses in FILE.

    FILE has the columns address, lon and lat; the case's tables have a column address. Nothing is asked of a service.

    \b
    capacity data addresses addresses.csv my-case
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.addresses import locate

    found = locate(case, file, replace=replace)
    written = [str(path) for path in found.files]
    if as_json:
        say_json({"placed": {name: list(ids) for name, ids in found.placed.items()}, "written": written})
        return 0
    for name, ids in found.placed.items():
        say(f"Placed in {name}: {', '.join(ids)}.")
    say(f"Written to {' and '.join(written)}." if written else "Every row has its coordinates: nothing was written.")
    return 0


@command.command("error")
@_FILE
@_CASE
@click.option("--ferries", metavar="FILE.csv", help="Ways by ferry apart: 0 or 1, in the form of the minutes.")
@_JSON
@told_as_json
def error(file: str, case: str | None, ferries: str | None, as_json: bool) -> int:
    """Hold FILE, another table of minutes, against CASE's own: a second opinion, and a measured error.

    Says how far the two are apart by length of the way and by ferry, what travel.minutes_error would hold for 80 % of
    the ways, which near ties it makes, and whether the plan changes.

    \b
    capacity data error drive_minutes_of_roads.csv my-case
    """  # noqa: D301 - click reads the sign itself
    from capacity.preparing.comparing import second_opinion

    said = second_opinion(case, file, ferries=ferries)
    if as_json:
        say_json(said)
        return 0
    for line in comparison_said(said):
        say(line)
    return 0


def _chosen(only: Sequence[str]) -> dict[str, str]:
    for one in only:
        if "=" not in one or not all(part.strip() for part in one.split("=", 1)):
            raise click.BadParameter(f"{one!r} is not COLUMN=WHAT.", param_hint="--only")
    return {name.strip(): what.strip() for name, what in (one.split("=", 1) for one in only)}


def _tell(
    column: str,
    values: Mapping[str, float],
    source: str,
    notices: Sequence[str],
    written: Sequence[str],
    told: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    if as_json:
        said = {"column": column, "values": dict(values), "source": source, "notices": list(notices)}
        say_json({**said, **told, "written": list(written)})
        return
    for notice in notices:
        say(notice, err=True)
    say(f"{column}: {source}", err=not written)
    if not written:
        from capacity.preparing.own_tables import in_form

        rows = [["code", column], *([code, f"{value:.15g}"] for code, value in values.items())]
        say_as_it_is(in_form(rows, csv_form()).rstrip("\n"))
        return
    say(f"Written to {' and '.join(written)}.")
    say(f'Use it with weight = "{column}" under [demand] of case.toml, or --set demand.weight={column}.')
