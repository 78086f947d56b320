"""What the study commands share: print a table, or JSON, and write files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from capacity.problem import Problem

LEFT = frozenset(
    {
        "site_ids", "key", "story", "status", "stopped_by", "reason", "sites_low", "sites_high", "setting", "plan",
        "scenario", "id", "what", "document", "measure", "regions", "site_id",
    }
)  # fmt: skip
"""Columns of words."""

LONG = 30
"""Characters of a cell above which a column is read as words, and wraps."""


def show_study(
    said: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[tuple[str, str]],
    *,
    title: str,
    problem: Problem | None = None,
    after: Sequence[str] = (),
    as_json: bool,
    out: str | None,
) -> None:
    """Print a study for a person or as JSON, and write it to a folder.

    Parameters
    ----------
    said : mapping
        The whole study.
    rows : sequence of mapping
        Its table.
    columns : sequence of (key, header)
        What a person reads of it.
    problem : Problem, optional
        A person reads the places of its sites, not their ids.
    after : sequence of str
        Sentences below the table.
    """
    if out is not None:
        from capacity.report.files import write_study

        write_study(out, dict(said), [{k: _cell(v) for k, v in row.items()} for row in rows])
        click.echo(f"Wrote study.json and study.csv to {out}.", err=True)
    if as_json:
        from capacity.report.payload import to_json

        click.echo(to_json(said))
        return
    from capacity.cli.tables import console, make_table, print_text

    places = {} if problem is None else _places(problem, rows)
    cells = [[_cell(_placed(row.get(key, ""), places)) for key, _ in columns] for row in rows]
    words = [any(len(row[k]) > LONG for row in cells) for k in range(len(columns))]
    headers = [
        (header, "left" if key in LEFT or long else "right") for (key, header), long in zip(columns, words, strict=True)
    ]  # fmt: skip
    console().print(make_table(title, headers, cells))
    for sentence in after:
        print_text(sentence)


NO_PLAN = "no plan keeps the rules"
"""Said in the place of the units where there are none."""


def known_up_to() -> Callable[[float], None]:
    """Tells on standard error, at most once in two seconds, up to which value a study is known."""
    last = [time.monotonic()]

    def tell(value: float) -> None:
        if time.monotonic() - last[0] > 2:
            last[0] = time.monotonic()
            click.echo(f"known up to {value:,.2f}", err=True)

    return tell


def _places(problem: Problem, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Names of the places of all sites that a table names."""
    cells = [cell for row in rows for cell in row.values()]
    said = {j for cell in cells for j in (cell if isinstance(cell, list) else [cell]) if isinstance(j, str)}
    return problem.network.site_places(sorted(said & set(problem.network.site_ids)))


def _placed(value: Any, places: Mapping[str, str]) -> Any:
    """Ids of sites in a cell as names."""
    if isinstance(value, list):
        return [_placed(v, places) for v in value]
    return places.get(value, value) if isinstance(value, str) else value


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
