"""A timetable as commands are told of it: ``--gtfs``, its day and its window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from capacity.preparing.timetable import Asked

KEPT = {"date": "day", "from": "first", "to": "last"}
"""Options that say something of ``--gtfs`` alone, and what they are called inside."""


def timetable_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--gtfs``, ``--date``, ``--from`` and ``--to``."""
    for option in (
        click.option("--to", "last", default="10:00", show_default=True, metavar="HH:MM", help="Until then."),
        click.option(
            "--from", "first", default="07:00", show_default=True, metavar="HH:MM", help="One leaves home from then."
        ),
        click.option("--date", "day", metavar="YYYY-MM-DD", help="The day of --gtfs."),
        click.option(
            "--gtfs", metavar="FEED.zip", type=click.Path(path_type=str), help="Public transport, without a car."
        ),
    ):
        command = option(command)
    return command


def timetable_of(gtfs: str | None, day: str | None, first: str, last: str) -> Asked | None:
    """What is asked of a feed; None without one.

    Raises
    ------
    click.UsageError
        Where its day is missing or none, or something is said of a feed that is not given.
    """
    source = click.get_current_context().get_parameter_source
    said = [f"--{word}" for word, kept in KEPT.items() if source(kept) is ParameterSource.COMMANDLINE]
    if gtfs is None:
        if said:
            raise click.UsageError(f"{', '.join(said)} would change nothing: public transport is asked for by --gtfs.")
        return None
    from datetime import date

    from capacity.preparing.timetable import Asked

    try:
        return Asked(feed=gtfs, day=date.fromisoformat(day or ""), first=first, last=last)
    except ValueError:
        raise click.BadParameter("--gtfs needs a day, such as 2026-12-01.", param_hint="--date") from None
