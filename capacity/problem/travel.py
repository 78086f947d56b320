"""Travel: minutes (or km) from one set of places to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from capacity.arrays import Floats, as_ids, floats, positions, repeated, unequal
from capacity.errors import DataError, Finding, some
from capacity.problem import cells, near_pairs
from capacity.problem.calls import told, told_when_made
from capacity.problem.cells import Column, Wrong
from capacity.problem.coordinates import in_degrees, kilometres
from capacity.problem.routes import fastest
from capacity.tolerances import SHORTEST_LINK

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array


@told_when_made
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TravelMatrix:
    """One-way travel from each origin to each destination.

    Attributes
    ----------
    origin_ids : tuple of str, length n
    destination_ids : tuple of str, length m
    values : ndarray (n, m)
        Minutes or km; ``inf`` where there is no way; never negative, never NaN. Where near pairs were given, as a SciPy
        sparse matrix or array, it is made when it is asked for: a pair that is not stored has no way.
    unit : {"minutes", "km"}
    source : str
        Where the numbers come from.
    modelled : bool
        True where a model made the numbers (road links, straight lines), not measurement.

    Raises
    ------
    DataError
        With every fault found.
    """

    origin_ids: tuple[str, ...]
    destination_ids: tuple[str, ...]
    values: Floats
    unit: Literal["minutes", "km"] = "minutes"
    source: str = "given by the planner"
    modelled: bool = False

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "origin_ids", as_ids(self.origin_ids))
        put(self, "destination_ids", as_ids(self.destination_ids))
        findings: list[Finding] = []
        given, shape = self.values, (len(self.origin_ids), len(self.destination_ids))
        few = hasattr(given, "tocsr")
        if few:
            put(self, "near", near_pairs.checked(findings, given, self.origin_ids))
            # The table is made of them when somebody asks for it.
            del self.__dict__["values"]
        else:
            put(self, "values", floats(cells.array(findings, "travel", "values", given, no_way=True)))
        if findings:
            raise DataError(findings)
        findings = repeated("travel", "origin", self.origin_ids)
        findings += repeated("travel", "destination", self.destination_ids)
        seen = given.shape if few else self.values.shape
        if seen != shape:
            findings.append(
                Finding(
                    table="travel",
                    value=str(seen),
                    rule=f"the matrix has a row for each origin and a column for each destination {shape}",
                    remedy="Give one number for each pair.",
                )
            )
        elif not few and (np.isnan(self.values).any() or (self.values < 0).any()):
            rows = np.flatnonzero((np.isnan(self.values) | (self.values < 0)).any(axis=1))
            findings.append(
                Finding(
                    table="travel",
                    value=some(self.origin_ids[i] for i in rows),
                    rule="travel is a number, not negative (infinite where there is no way)",
                    remedy="Correct the rows of these origins.",
                )
            )
        if self.unit not in ("minutes", "km"):
            findings.append(
                Finding(
                    table="travel",
                    column="unit",
                    value=str(self.unit),
                    rule="the unit is minutes or km",
                    remedy="Say which of the two the numbers are.",
                )
            )
        if findings:
            raise DataError(findings)

    @classmethod
    @told
    def from_table(cls, table: pd.DataFrame, *, origin: str = "point_id", **about: Any) -> Self:
        """From a wide table (one row an origin, one column a destination) or a tidy one.

        A tidy table has the columns `origin`, ``site_id`` and ``minutes`` (or ``km``). Where it has both,
        minutes are taken, or ``km`` with ``unit="km"``.

        Raises
        ------
        DataError
            With every fault found: each by the row's position and the column.
        """
        from capacity.problem.frames import refuse_no_table, tidy_travel, wide_travel

        refuse_no_table("travel", table)
        faults: list[Finding] = []
        columns = set(map(str, table.columns))
        if "site_id" in columns or {"minutes", "km"} & columns:
            about.setdefault("unit", _unit_of(columns))
            origins, destinations, values = tidy_travel(faults, table, origin, about["unit"])
        else:
            origins, destinations, values = wide_travel(faults, table, origin)
        if faults:
            raise DataError(faults)
        return cls(origin_ids=origins, destination_ids=destinations, values=values, **about)

    @classmethod
    @told
    def from_pairs(
        cls,
        table: pd.DataFrame,
        *,
        origin: str = "point_id",
        origin_ids: Sequence[str] | None = None,
        destination_ids: Sequence[str] | None = None,
        **about: Any,
    ) -> Self:
        """From a tidy table of near pairs alone: between places of which it has no row there is no way.

        Nothing of the size of all pairs is made until `values` is asked for.

        Parameters
        ----------
        table : DataFrame
            Columns `origin`, ``site_id`` and ``minutes`` (or ``km``, as of `from_table`).
        origin : str
        origin_ids, destination_ids : sequence of str, optional
            All places, those without a row among them, in this order; those of the table by default.
        **about
            ``unit``, ``source``, ``modelled``.

        Raises
        ------
        DataError
            With every fault found: each by the row's position and the column.
        """
        from capacity.problem.frames import refuse_no_table

        refuse_no_table("travel", table)
        faults: list[Finding] = []
        columns = set(map(str, table.columns))
        about.setdefault("unit", _unit_of(columns))
        origins, destinations, ways = near_pairs.read(faults, table, origin, about["unit"], origin_ids, destination_ids)
        if faults:
            raise DataError(faults)
        return cls(origin_ids=origins, destination_ids=destinations, values=ways, **about)

    @classmethod
    @told
    def straight_line(
        cls,
        origin_ids: Sequence[str],
        origin_lonlat: Floats,
        destination_ids: Sequence[str],
        destination_lonlat: Floats,
        *,
        km_per_hour: float | None = None,
        detour: float = 1.0,
    ) -> Self:
        """Great-circle distance times a detour factor; minutes where a speed is given."""
        places = [np.asarray(where, dtype=float) for where in (origin_lonlat, destination_lonlat)]
        if not all(where.ndim == 2 and where.shape[1] == 2 and in_degrees(where) for where in places):
            rule = "places are pairs of longitude and latitude in degrees, within 180 and 90"
            raise DataError([Finding(table="travel", column="lon, lat", rule=rule, remedy="Convert them to WGS84.")])
        km = kilometres(*places) * detour
        return cls(
            origin_ids=tuple(origin_ids),
            destination_ids=tuple(destination_ids),
            values=km if km_per_hour is None else km / km_per_hour * 60,
            unit="km" if km_per_hour is None else "minutes",
            source=f"straight line x {detour:g}",
            modelled=True,
        )

    @classmethod
    @told
    def from_links(
        cls,
        links: Sequence[tuple[str, str, float]],
        origins: Sequence[str],
        destinations: Sequence[str],
        *,
        closed: Sequence[str] = (),
        extra_minutes: float = 0.0,
        source: str = "road links",
    ) -> Self:
        """Fastest routes over two-way road links (Dijkstra).

        Parameters
        ----------
        links : sequence of (node, node, minutes), or DataFrame with columns from, to, minutes
            Minutes are numbers, not negative.
        origins, destinations : sequence of str
            Nodes of the road network. A node without any link has no way to anywhere.
        closed : sequence of str
            Nodes a route may begin or end at but never pass (the sites).
        extra_minutes : float
            Added to every route between different places.

        Notes
        -----
        Each origin that is closed to through traffic starts from a copy of itself that has only
        outward links, so that a closed node can be left but not crossed.
        """
        links = _checked(links)
        extra = cells.number(extra_minutes, least=0.0)
        if isinstance(extra, Wrong):
            told = Finding(
                table="links", column="extra_minutes", value=str(extra_minutes), rule=extra.rule, remedy=extra.remedy
            )
            raise DataError([told])
        names = dict.fromkeys([*(x for link in links for x in link[:2]), *origins, *destinations])
        at = {name: k for k, name in enumerate(names)}
        barred = set(closed)
        start = {name: len(at) + k if name in barred else at[name] for k, name in enumerate(origins)}
        size = len(at) + len(origins)
        best: dict[tuple[int, int], float] = {}
        for one, other, minutes in links:
            for a, b in ((one, other), (other, one)):
                source_node = start.get(a) if a in barred else at[a]
                if source_node is None:
                    continue
                key = (source_node, at[b])
                best[key] = min(minutes, best.get(key, np.inf))
        tails, heads = np.array(list(best), dtype=np.int64).reshape(-1, 2).T
        # Dijkstra reads a stored zero as "no link"; a hair above zero keeps such links.
        lengths = np.maximum(np.array(list(best.values())), SHORTEST_LINK)
        routes = fastest(tails, heads, lengths, size, [start[o] for o in origins])
        table = routes[:, [at[d] for d in destinations]] + extra
        same = np.array([[o == d for d in destinations] for o in origins]).reshape(table.shape)
        return cls(
            origin_ids=tuple(origins),
            destination_ids=tuple(destinations),
            values=np.where(same, 0.0, table),
            source=source,
            modelled=True,
        )

    def __repr__(self) -> str:
        size = f"{len(self.origin_ids):,} x {len(self.destination_ids):,}"
        near = "" if "values" in self.__dict__ else f", {self.near.nnz:,} near pairs"
        return f"<TravelMatrix {size}{near}, {self.unit}, {self.source}>"

    def replace(self, **changes: Any) -> Self:
        """Copy with some attributes changed; the copy is checked again."""
        if "values" not in self.__dict__:
            changes = {"values": self.near, **changes}
        return dataclasses.replace(self, **changes)

    @cached_property
    def near(self) -> csr_array:
        """The pairs that have a way, as a SciPy sparse array (n, m): `capacity.exact.p_median` takes them as costs."""
        from scipy.sparse import csr_array

        row, column = np.nonzero(np.isfinite(self.values))
        return csr_array((self.values[row, column], (row, column)), shape=self.values.shape)

    def aligned(self, origin_ids: Sequence[str], destination_ids: Sequence[str]) -> Floats:
        """Values in the order of the given labels, which must be exactly the matrix's own.

        Raises
        ------
        DataError
            Where a label is missing or unknown.
        """
        found = unequal("travel", "origin", self.origin_ids, origin_ids, "the origins")
        found += unequal("travel", "destination", self.destination_ids, destination_ids, "the sites")
        if found:
            raise DataError(found)
        rows = positions(self.origin_ids, origin_ids)
        columns = positions(self.destination_ids, destination_ids)
        return floats(self.values[np.ix_(rows, columns)])

    @property
    def table(self) -> pd.DataFrame:
        """The matrix as a wide table."""
        import pandas as pd

        return pd.DataFrame(self.values, index=list(self.origin_ids), columns=list(self.destination_ids))


def _unit_of(columns: set[str]) -> str:
    """What a tidy table with these columns is read in where nobody says."""
    return "minutes" if "minutes" in columns or "km" not in columns else "km"


def _whole(matrix: TravelMatrix) -> Floats:
    """All pairs of a matrix of near ones."""
    return near_pairs.whole_table(matrix.near)


# Asked only where a matrix has no table of its own yet.
_values = cached_property(_whole)
_values.__set_name__(TravelMatrix, "values")
TravelMatrix.values = _values  # type: ignore[assignment]


def _checked(links: Any) -> list[tuple[str, str, float]]:
    """Road links whose minutes are numbers, not negative, and whose ends have names.

    Raises
    ------
    DataError
        With every fault found.
    """
    if hasattr(links, "columns"):
        missing = [c for c in ("from", "to", "minutes") if c not in links.columns]
        links = [] if missing else list(zip(links["from"], links["to"], links["minutes"], strict=True))
        if missing:
            rule, remedy = "the column is needed", "Columns: from, to, minutes."
            raise DataError([Finding(table="links", column=c, rule=rule, remedy=remedy) for c in missing])
    given = [tuple(link) for link in links]
    faults: list[Finding] = []
    short = [k for k, link in enumerate(given) if len(link) != 3]
    if short:
        rule, value = "a link is (node, node, minutes)", str(given[short[0]])
        raise DataError([Finding(table="links", row=short[0], value=value, rule=rule, remedy="Correct it.")])
    rows = tuple(range(len(given)))
    whose = tuple(f"{link[0]} to {link[1]}" for link in given)
    column = Column(table="links", name="minutes", cells=tuple(link[2] for link in given), rows=rows, whose=whose)
    minutes = cells.numbers(faults, column)
    ends = [
        cells.labels(faults, Column(table="links", name=name, cells=tuple(link[k] for link in given), rows=rows))
        for k, name in enumerate(("from", "to"))
    ]
    if faults:
        raise DataError(faults)
    return list(zip(*ends, minutes, strict=True))
