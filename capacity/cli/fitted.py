"""A table that fits a terminal: names wrap, ids and numbers stay whole, and what is too wide goes on below."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from capacity.cli.saying import writable
from capacity.report.signs import folded, shown

GAPS: Mapping[int, tuple[int, int, int, int]] = {3: (0, 1, 0, 1), 2: (0, 1, 0, 0), 1: (0, 0, 0, 0)}
"""Columns of the terminal between two of the table, the usual first, and the padding that gives them."""

WIDE, TIGHT = 3, 1

EDGES = 2


def as_text(text: object, style: str = "") -> Text:
    """Text of anybody's: no markup, no sign that moves a cursor, no letter the output cannot take."""
    return Text(writable(shown(str(text), kept="\n"), sys.stdout), style=style)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A table of text.

    Attributes
    ----------
    title : str
    heads : tuple of str
        They may stand on several lines.
    right : tuple of bool
        Columns of numbers: they are not wrapped.
    rows : tuple of tuple of str
    """

    title: str
    heads: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        most = options.max_width
        usual = self._table(None, WIDE)
        if self._whole(console, usual, most):
            yield usual
            return
        narrow = replace(self, heads=tuple(map(self._folded, range(len(self.heads)))))
        for k, block in enumerate(narrow._blocks(most)):
            part = narrow.of(block) if k == 0 else replace(narrow.of(block), title="")
            gap = next((gap for gap in GAPS if part.least(gap) <= most), TIGHT)
            yield part._table(part._widths(most, gap), gap)

    def of(self, columns: Sequence[int]) -> Fitted:
        """Some of the columns."""
        return replace(
            self,
            heads=tuple(self.heads[k] for k in columns),
            right=tuple(self.right[k] for k in columns),
            rows=tuple(tuple(row[k] for k in columns) for row in self.rows),
        )

    def least(self, gap: int) -> int:
        """Columns of the terminal that it needs at least, no word and no number cut."""
        return sum(map(self._narrowest, range(len(self.heads)))) + gap * (len(self.heads) - 1) + EDGES

    def _blocks(self, most: int) -> Iterator[list[int]]:
        """Columns that fit side by side; of each further block the first column says whose the row is."""
        block = [0]
        for k in range(1, len(self.heads)):
            if len(block) > 1 and self.of([*block, k]).least(TIGHT) > most:
                yield block
                block = [0]
            block.append(k)
        yield block

    def _table(self, widths: Sequence[int] | None, gap: int) -> Table:
        table = Table(
            title=as_text(self.title) if self.title else None,
            box=box.SIMPLE_HEAD,
            title_justify="left",
            title_style="bold",
            pad_edge=False,
            padding=GAPS[gap],
        )
        for k, (head, right) in enumerate(zip(self.heads, self.right, strict=True)):
            table.add_column(
                as_text(head),
                justify="right" if right else "left",
                no_wrap=right,
                width=None if widths is None else widths[k],
            )
        for row in self.rows:
            table.add_row(*map(as_text, row))
        return table

    def _whole(self, console: Console, table: Table, most: int) -> bool:
        """Whether every line fits, and every word stands somewhere in one piece."""
        lines = console.render_lines(table, pad=False)
        printed = ["".join(segment.text for segment in line) for line in lines]
        met = {word for line in printed for word in line.split()}
        said = {word for row in (self.heads, *self.rows) for cell in row for word in as_text(cell).plain.split()}
        return said <= met and max(map(cell_len, printed), default=0) <= most

    def _folded(self, k: int) -> str:
        """A head that is no wider than its column need be."""
        column = replace(self.of([k]), heads=(max(self.heads[k].split(), key=cell_len, default=""),))
        return folded(" ".join(self.heads[k].split()), column._narrowest(0))

    def _cells(self, k: int) -> Iterator[str]:
        yield self.heads[k]
        yield from (row[k] for row in self.rows)

    def _narrowest(self, k: int) -> int:
        """Columns of the terminal that the longest word (of numbers: line) of a column takes."""
        pieces = (piece for cell in self._cells(k) for piece in (cell.splitlines() if self.right[k] else cell.split()))
        return max((cell_len(piece) for piece in pieces), default=1)

    def _widths(self, most: int, gap: int) -> list[int]:
        """Widths of the columns: none below its narrowest, and the rest where most lines are saved."""
        count = len(self.heads)
        widths = [self._narrowest(k) for k in range(count)]
        wanted = [
            max((cell_len(line) for cell in self._cells(k) for line in cell.splitlines()), default=1)
            for k in range(count)
        ]
        left = most - gap * (count - 1) - EDGES - sum(widths)
        while left > 0:
            short = [k for k in range(count) if widths[k] < wanted[k]]
            if not short:
                break
            k = max(short, key=lambda k: wanted[k] / widths[k])
            widths[k] += 1
            left -= 1
        if left < 0:
            # One word is wider than the terminal: it alone is broken.
            k = max(range(count), key=lambda k: widths[k])
            widths[k] = max(1, widths[k] + left)
        return widths
