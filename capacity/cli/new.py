"""``capacity new``: a case of one's own."""

from __future__ import annotations

import click

from capacity.cli.options import csv_form, csv_option, told_as_json
from capacity.cli.saying import LANGUAGE, say


@click.command("new")
@click.argument("folder", type=click.Path(path_type=str))
@csv_option
@click.option(
    "--excel",
    is_flag=True,
    help="As one workbook with explained sheets: FOLDER is a new folder (case.xlsx is made in it), or a file (.xlsx).",
)
@told_as_json
def command(folder: str, excel: bool) -> int:
    """Copy the built-in case to FOLDER, to be changed there."""
    from functools import partial

    if excel:
        from capacity.report.case_book import new_book

        book = new_book(folder, language=LANGUAGE.get())
        say(f"Made {book}. Change it in Excel, then run: capacity plan {book}")
        return 0

    from capacity.preparing.own_tables import in_form
    from capacity.reading.case import new_case

    form = csv_form()
    path = new_case(folder, table=None if form == "plain" else partial(in_form, form=form))
    say(f"Made {path}. Change {path / 'case.toml'}, then run: capacity plan {path}")
    return 0
