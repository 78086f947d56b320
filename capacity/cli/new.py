"""``capacity new``: a case of one's own."""

from __future__ import annotations

import click

from capacity.cli.options import csv_form, csv_option
from capacity.cli.saying import say


@click.command("new")
@click.argument("folder", type=click.Path(path_type=str))
@csv_option
def command(folder: str) -> int:
    """Copy the built-in case to FOLDER, to be changed there."""
    from functools import partial

    from capacity.preparing.own_tables import in_form
    from capacity.reading.case import new_case

    form = csv_form()
    path = new_case(folder, table=None if form == "plain" else partial(in_form, form=form))
    say(f"Made {path}. Change {path / 'case.toml'}, then run: capacity plan {path}")
    return 0
