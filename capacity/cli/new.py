"""``capacity new``: a case of one's own."""

from __future__ import annotations

import click

from capacity.cli.saying import say


@click.command("new")
@click.argument("folder", type=click.Path(path_type=str))
def command(folder: str) -> int:
    """Copy the built-in case to FOLDER, to be changed there."""
    from capacity.reading.case import new_case

    path = new_case(folder)
    say(f"Made {path}. Change {path / 'case.toml'}, then run: capacity plan {path}")
    return 0
