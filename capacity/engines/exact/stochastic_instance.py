"""One stochastic location problem made ready for the search, and its scenarios in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from capacity.arrays import Floats, Ints
from capacity.engines.exact.tolerances import SUM_OF_CHANCES

BLOCK = 4096
"""Scenarios handled at once: the working arrays of a block stay within some tens of megabytes."""

PART = 512
"""Scenarios solved exactly at once: some tenths of a second, so that workers share them evenly."""

BlockSource = Callable[[int], npt.ArrayLike | None]
"""Gives the k-th block of scenarios (rows) by points, and None after the last one."""

Block = Floats | Callable[[], npt.ArrayLike | None]
"""A block as it is handed to a worker: the numbers, or how to make them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """Sites that may be opened, what they cost and carry, and who may use them.

    Attributes
    ----------
    fixed, capacity : ndarray, (m,)
        Of the sites that are not forbidden; a capacity is never above the largest total demand.
    cost : ndarray, (n, m)
        Per unit of demand; infinite out of reach.
    unserved : ndarray, (n,)
        Price of a unit of demand that is not served.
    sites : ndarray of int, (m,)
        Columns of the planner's arrays.
    keep : ndarray of int
        Positions in `sites` that are open in every solution.
    scale : float
        Money here times `scale` is the planner's money (a power of two, so nothing is rounded).
    """

    fixed: Floats
    capacity: Floats
    cost: Floats
    unserved: Floats
    sites: Ints
    keep: Ints
    scale: float


class Demand:
    """Scenario demands, a block at a time, with their probabilities.

    An array is cut into views; an iterable of blocks is kept as it comes; a callable is asked again
    in every pass, so that no more than one block is ever held.

    Parameters
    ----------
    source : ndarray (S, n), iterable of such blocks, or callable
    points : int
    probabilities : array_like (S,), optional
        Equal by default.

    Attributes
    ----------
    unit : float
        Demand here times `unit` is the planner's demand: a power of two, 1 unless the numbers are so
        small or so large that the tolerances of HiGHS, which are absolute, would blur them.

    Raises
    ------
    ValueError
        For demand that is not finite or negative, or probabilities that do not fit.
    """

    def __init__(
        self,
        source: npt.ArrayLike | Iterable[npt.ArrayLike] | BlockSource,
        points: int,
        probabilities: npt.ArrayLike | None,
    ) -> None:
        self.points = points
        self._source: BlockSource | None = source if callable(source) else None
        self._kept = [] if callable(source) else list(_as_blocks(source, points))
        sizes: list[int] = []
        totals: list[float] = []
        mean: Floats = np.zeros(points)
        samples: list[Floats] = []
        for block in self._first_pass():
            _check_block(block, points, len(sizes))
            sizes.append(len(block))
            totals.append(float(block.sum(axis=1).max()))
            mean = mean + block.sum(axis=0)
            samples.append(block[:: max(1, len(block) // 500)].copy())
        if not sizes:
            raise ValueError("demand_scenarios has no scenario.")
        self.sizes = sizes
        self.starts = [int(x) for x in np.cumsum([0, *sizes])]
        self.count = self.starts[-1]
        self.probability = _probability(probabilities, self.count)
        self.largest_total = max(totals)
        self.mean: Floats = mean / self.count
        self.sample: Floats = np.concatenate(samples)
        self.unit = 1.0
        if not (self.largest_total == 0.0 or 1.0 <= self.largest_total <= 1e6):
            self._count_in(float(2.0 ** np.floor(np.log2(self.largest_total / 1e3))))

    def _count_in(self, unit: float) -> None:
        self.unit = unit
        self._kept = [block / unit for block in self._kept]
        if self._source is not None:
            self._source = partial(_counted, self._source, unit)
        self.largest_total, self.mean, self.sample = self.largest_total / unit, self.mean / unit, self.sample / unit

    def _first_pass(self) -> Iterator[Floats]:
        if self._source is None:
            yield from self._kept
            return
        k = 0
        while (block := self._source(k)) is not None:
            yield np.asarray(block, dtype=np.float64)
            k += 1

    def blocks(self) -> Iterator[tuple[slice, Block]]:
        """Each block with its place among the scenarios, as it is handed to a worker."""
        for k in range(len(self.sizes)):
            place = slice(self.starts[k], self.starts[k + 1])
            yield place, self._kept[k] if self._source is None else partial(self._source, k)

    def parts(self, *, made: bool = False) -> Iterator[tuple[slice, Block]]:
        """The same in parts of at most `PART` scenarios; with `made` as numbers, each block made once."""
        for place, block in self.blocks():
            given = numbers(block) if made else block
            for start in range(place.start, place.stop, PART):
                part = slice(start, min(start + PART, place.stop))
                rows = slice(part.start - place.start, part.stop - place.start)
                yield part, partial(_rows, given, rows) if callable(given) else given[rows]

    def scenarios(self, wanted: Ints) -> Floats:
        """Demands of some scenarios, (len(wanted), n)."""
        rows: Floats = np.empty((len(wanted), self.points))
        for place, block in self.blocks():
            here = np.flatnonzero((wanted >= place.start) & (wanted < place.stop))
            if len(here):
                rows[here] = numbers(block)[wanted[here] - place.start]
        return rows


def numbers(block: Block) -> Floats:
    """The numbers of a block (made here and now where it is a recipe)."""
    made = block() if callable(block) else block
    return np.asarray(made, dtype=np.float64)


def _rows(block: Block, rows: slice) -> Floats:
    """Some scenarios of a block."""
    return numbers(block)[rows]


def _counted(source: BlockSource, unit: float, k: int) -> Floats | None:
    """The k-th block in other units."""
    made = source(k)
    return None if made is None else np.asarray(made, dtype=np.float64) / unit


def _as_blocks(source: npt.ArrayLike | Iterable[npt.ArrayLike], points: int) -> Iterator[Floats]:
    whole = source if isinstance(source, np.ndarray) else None
    if whole is None and isinstance(source, list | tuple) and np.ndim(source[0] if len(source) else 0) < 2:
        whole = np.asarray(source, dtype=np.float64)
    if whole is None:
        for part in source:  # type: ignore[union-attr]  # an iterable of blocks
            yield np.asarray(part, dtype=np.float64)
        return
    if whole.ndim != 2:
        raise ValueError(f"demand_scenarios has scenarios in rows and {points} points in columns.")
    table = np.asarray(whole, dtype=np.float64)
    for start in range(0, len(table), BLOCK):
        yield table[start : start + BLOCK]


def _check_block(block: Floats, points: int, number: int) -> None:
    if block.ndim != 2 or block.shape[1] != points or not len(block):
        raise ValueError(
            f"demand_scenarios has scenarios in rows and {points} points in columns; "
            f"block {number} has the shape {block.shape}."
        )
    if not np.isfinite(block).all() or (block < 0).any():
        raise ValueError(f"demand_scenarios are finite and not negative; block {number} is not.")


def _probability(given: npt.ArrayLike | None, count: int) -> Floats:
    if given is None:
        return np.full(count, 1.0 / count)
    chance = np.asarray(given, dtype=np.float64)
    if chance.shape != (count,) or not np.isfinite(chance).all() or (chance < 0).any():
        raise ValueError(f"probabilities are {count} finite numbers, not negative; one for each scenario.")
    if abs(chance.sum() - 1.0) > SUM_OF_CHANCES:
        raise ValueError(f"probabilities sum to one; these sum to {chance.sum():.12g}.")
    return chance


class Clusters:
    """Scenarios that look alike: their means stand for them, and their cuts are added up in groups.

    Parameters
    ----------
    demand : Demand
    count : int
        Clusters wanted.
    groups : int
        Groups of clusters, by total demand.

    Attributes
    ----------
    label, group : ndarray of int, (S,)
    mean : ndarray, (clusters, n)
    mass : ndarray, (clusters,)
        Probability of each cluster.
    group_of : ndarray of int, (clusters,)
    """

    def __init__(self, demand: Demand, count: int, groups: int) -> None:
        centres = _centres(demand.sample, min(count, demand.count))
        self.label: Ints = np.empty(demand.count, dtype=np.int64)
        total: Floats = np.zeros_like(centres)
        plain: Floats = np.zeros_like(centres)
        for place, block in demand.blocks():
            table, chance = numbers(block), demand.probability[place]
            label = _nearest(table, centres)
            self.label[place] = label
            member = label[:, None] == np.arange(len(centres))
            total += (member * chance[:, None]).T @ table
            plain += member.T.astype(float) @ table
        count_of = np.bincount(self.label, minlength=len(centres))
        mass = np.asarray(np.bincount(self.label, demand.probability, len(centres)), dtype=np.float64)
        used = count_of > 0
        mean = np.where(
            mass[:, None] > 0, total / np.where(mass > 0, mass, 1.0)[:, None], plain / np.maximum(count_of, 1)[:, None]
        )
        self.label = (np.cumsum(used) - 1)[self.label]
        self.mean: Floats = mean[used]
        self.mass: Floats = mass[used]
        order = np.argsort(self.mean.sum(axis=1), kind="stable")
        self.groups = min(groups, len(order))
        self.group_of: Ints = np.empty(len(order), dtype=np.int64)
        self.group_of[order] = np.arange(len(order)) * self.groups // len(order)
        self.group: Ints = self.group_of[self.label]


def _nearest(table: Floats, centres: Floats) -> Ints:
    return np.asarray(((centres**2).sum(axis=1) - 2 * table @ centres.T).argmin(axis=1))


def _centres(sample: Floats, count: int) -> Floats:
    """Centres by Lloyd's rounds, from a seeded draw."""
    rng = np.random.default_rng(0)
    centres = sample[np.sort(rng.choice(len(sample), min(count, len(sample)), replace=False))]
    if len(centres) == len(sample):
        return centres
    for _ in range(10):
        label = _nearest(sample, centres)
        member = (label[:, None] == np.arange(len(centres))).astype(float)
        size = member.sum(axis=0)[:, None]
        centres = np.where(size > 0, member.T @ sample / np.maximum(size, 1), centres)
    return centres
