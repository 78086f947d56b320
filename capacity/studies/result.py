"""What every study gives back: a tidy table, JSON, a chart, and a short view in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, overload

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHOWN = 12
"""Rows of its table that a result shows of itself in a notebook."""

Row = dict[str, Any]


class StudyResult(ABC):
    """The result of one study.

    Attributes
    ----------
    study : str
        The function of the library that made it, as `capacity.<study>`.
    """

    study: ClassVar[str]

    @property
    @abstractmethod
    def table(self) -> pd.DataFrame:
        """Tidy: one row a plan, run, step, unit or scenario, as the study counts."""

    @abstractmethod
    def to_json(self) -> Any:
        """The whole study as JSON knows it: what the command's ``--json`` prints of it."""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the study's chart.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure without it.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        DataError
            Where there is nothing to draw.
        """
        from capacity.report.plots import chart_of

        return chart_of(self.study)(self.table, ax)

    def _repr_html_(self) -> str:
        """The head of the table, and how much more of it there is."""
        table = self.table
        more = "" if len(table) <= SHOWN else f"<p>… {len(table) - SHOWN:,} more rows in <code>.table</code></p>"
        return str(table.head(SHOWN).to_html(index=False, float_format=lambda x: f"{x:,.4g}")) + more


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rows(StudyResult, Sequence[Row]):
    """A study that is its rows, and reads like a list of them.

    Attributes
    ----------
    study : str
    rows : tuple of dict
    """

    study: str  # type: ignore[misc]  # of each result here, of the class elsewhere
    rows: tuple[Row, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def to_json(self) -> list[Row]:
        """The rows as plain lists, numbers and text."""
        from capacity.problem.settings import plainest

        return [plainest(row) for row in self.rows]

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str) or not isinstance(other, Sequence):
            return NotImplemented
        return list(self.rows) == list(other)

    __hash__ = None  # type: ignore[assignment]  # rows are mappings

    def __repr__(self) -> str:
        return f"<{self.study}: {len(self.rows)} rows>"


def rows_of(study: str, rows: Sequence[Mapping[str, Any]]) -> Rows:
    """A study's rows as its result."""
    return Rows(study=study, rows=tuple(dict(row) for row in rows))
