"""Travel: minutes (or km) from one set of places to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.labels import Floats, as_ids, floats, positions, repeated, unequal

if TYPE_CHECKING:
    import pandas as pd

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


def kilometres(origins: Floats, destinations: Floats) -> Floats:
    """Great-circle distance of each of n places to each of m, both in degrees, (n, m)."""
    a, b = np.radians(origins)[:, None, :], np.radians(destinations)[None, :, :]
    half = np.sin((b - a) / 2) ** 2
    chord = half[..., 1] + np.cos(a[..., 1]) * np.cos(b[..., 1]) * half[..., 0]
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


@dataclass(frozen=True, kw_only=True, eq=False)
class TravelMatrix:
    """One-way travel from each origin to each destination.

    Attributes
    ----------
    origin_ids : tuple of str, length n
    destination_ids : tuple of str, length m
    values : ndarray (n, m)
        Minutes or km; ``inf`` where there is no way; never negative, never NaN.
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
        put(self, "values", floats(self.values))
        found = repeated("travel", "origin", self.origin_ids)
        found += repeated("travel", "destination", self.destination_ids)
        shape = (len(self.origin_ids), len(self.destination_ids))
        if self.values.shape != shape:
            found.append(
                Finding(
                    table="travel",
                    value=str(self.values.shape),
                    rule=f"the matrix has a row for each origin and a column for each destination {shape}",
                    remedy="Give one number for each pair.",
                )
            )
        elif np.isnan(self.values).any() or (self.values < 0).any():
            rows = np.flatnonzero((np.isnan(self.values) | (self.values < 0)).any(axis=1))
            found.append(
                Finding(
                    table="travel",
                    value=some(self.origin_ids[i] for i in rows),
                    rule="travel is a number, not negative (infinite where there is no way)",
                    remedy="Correct the rows of these origins.",
                )
            )
        if self.unit not in ("minutes", "km"):
            found.append(
                Finding(
                    table="travel",
                    column="unit",
                    value=str(self.unit),
                    rule="the unit is minutes or km",
                    remedy="Say which of the two the numbers are.",
                )
            )
        if found:
            raise DataError(found)

    @classmethod
    def from_table(
        cls, table: pd.DataFrame, *, origin: str = "point_id", **about: Any
    ) -> Self:
        """From a wide table (one row an origin, one column a destination) or a tidy one.

        A tidy table has the columns `origin`, ``site_id`` and ``minutes`` (or ``km``).
        """
        unit = "km" if "km" in table.columns else "minutes"
        if "site_id" in table.columns and unit in table.columns:
            about.setdefault("unit", unit)
            table = table.pivot(index=origin, columns="site_id", values=unit).reset_index()
        if origin in table.columns:
            table = table.set_index(origin)
        return cls(
            origin_ids=as_ids(table.index),
            destination_ids=as_ids(table.columns),
            values=table.to_numpy(dtype=float),
            **about,
        )

    @classmethod
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
        km = kilometres(origin_lonlat, destination_lonlat) * detour
        return cls(
            origin_ids=tuple(origin_ids),
            destination_ids=tuple(destination_ids),
            values=km if km_per_hour is None else km / km_per_hour * 60,
            unit="km" if km_per_hour is None else "minutes",
            source=f"straight line x {detour:g}",
            modelled=True,
        )

    @classmethod
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
        links : sequence of (node, node, minutes)
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
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

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
        lengths = np.maximum(np.array(list(best.values())), 1e-12)
        graph = csr_array((lengths, (tails, heads)), shape=(size, size))
        routes: Floats = dijkstra(graph, indices=[start[o] for o in origins])
        table = routes[:, [at[d] for d in destinations]] + extra_minutes
        same = np.array([[o == d for d in destinations] for o in origins]).reshape(table.shape)
        return cls(
            origin_ids=tuple(origins),
            destination_ids=tuple(destinations),
            values=np.where(same, 0.0, table),
            source=source,
            modelled=True,
        )

    def replace(self, **changes: Any) -> Self:
        """Copy with some attributes changed; the copy is checked again."""
        return dataclasses.replace(self, **changes)

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

        return pd.DataFrame(
            self.values, index=list(self.origin_ids), columns=list(self.destination_ids)
        )
