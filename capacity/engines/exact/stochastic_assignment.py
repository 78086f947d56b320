"""Who is served where in each scenario, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.engines.exact.stochastic_instance import Demand, Instance, numbers
from capacity.engines.exact.stochastic_recourse import SiteRecourse


class Assignment(Sequence[Floats]):
    """Shares of every scenario at the sites opened: ``assignment[s]`` is an array (points, sites).

    Nothing is kept of a scenario: each is one transport problem, solved when it is asked for, so that
    thousands of them take no more memory than one. Scenarios that came from a callable are made again.
    Go through all of them with a ``for``, which asks for each block once.

    A row sums to the share of the point that is served; what is missing to one is not. Points without
    demand have a row of zeros.

    Parameters
    ----------
    instance : Instance
    demand : Demand
    opened : ndarray of bool, (m,)
    columns : int
        Sites of the planner's arrays, those forbidden included.
    """

    def __init__(self, instance: Instance, demand: Demand, opened: Bools, columns: int) -> None:
        self._instance, self._demand, self._columns = instance, demand, columns
        self._opened = np.flatnonzero(opened)
        self._recourse: SiteRecourse | None = None

    def __len__(self) -> int:
        return self._demand.count

    @overload
    def __getitem__(self, index: int) -> Floats: ...

    @overload
    def __getitem__(self, index: slice) -> list[Floats]: ...

    def __getitem__(self, index: int | slice) -> Floats | list[Floats]:
        wanted = range(len(self))[index]
        rows = np.array(wanted if isinstance(wanted, range) else [wanted], dtype=np.int64)
        shares = [self._shares(row) for row in self._demand.scenarios(rows)]
        return shares if isinstance(wanted, range) else shares[0]

    def __iter__(self) -> Iterator[Floats]:
        for _, block in self._demand.blocks():
            for row in numbers(block):
                yield self._shares(row)

    def _shares(self, demand: Floats) -> Floats:
        if self._recourse is None:
            self._recourse = SiteRecourse(self._instance, self._opened)
        amounts = self._recourse.amounts(demand)
        served = np.divide(amounts, demand[:, None], out=np.zeros_like(amounts), where=demand[:, None] > 0.0)
        shares: Floats = np.zeros((len(demand), self._columns))
        # A sum of shares is above one by rounding only.
        shares[:, self._instance.sites[self._opened]] = served / np.maximum(served.sum(axis=1, keepdims=True), 1.0)
        return shares
