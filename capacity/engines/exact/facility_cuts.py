"""Bounds on the cost of any set of sites, kept from every set that was valued.

For any multipliers, ``sum_i lambda_i + sum_j rho_j(lambda) y_j`` is at most the cost of the sites y:
the Benders cut of the service problem, with the strongest coefficients for closed sites [1]_. At
the duals of a set's own service problem it is that set's cost. With all costs zero it tells which
sets cannot serve everybody.

References
----------
.. [1] Fischetti, Ljubic, Sinnl (2016), Benders decomposition without separability: a computational
   study for capacitated facility location problems. European Journal of Operational Research 253(3).
"""

from __future__ import annotations

import numpy as np

from capacity.engines.exact.facility_instance import Instance
from capacity.engines.exact.facility_lagrangian import Knapsacks
from capacity.engines.exact.linear import Bools, Doubles
from capacity.engines.exact.tolerances import SERVED, SUMS


class Cuts:
    """Lower bounds over sets of sites; infinite where a set cannot serve everybody."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._constant: list[float] = []
        self._slope: list[Doubles] = []
        self._served: list[bool] = []

    def add(self, lam: Doubles, chosen: Bools) -> float:
        """Keep the cut of these multipliers; what it says of the sites `chosen`."""
        instance = self._instance
        room = instance.room if instance.bounded else None
        saved = Knapsacks(instance.cost, instance.demand, room, lam).saved
        constant, slope = float(lam.sum()) - SUMS * float(np.abs(lam).sum()), instance.fixed - saved
        self._keep(constant, slope, served=False)
        return constant + float(slope[chosen].sum())

    def add_unserved(self, lam: Doubles) -> None:
        """Keep the proof that some sites cannot serve everybody (`lam` from ``most_served``)."""
        instance = self._instance
        reach = np.where(np.isfinite(instance.cost), 0.0, np.inf)
        saved = Knapsacks(reach, instance.demand, instance.room, lam).saved
        self._keep(float(lam.sum()) - SERVED * instance.need, -saved, served=True)

    def _keep(self, constant: float, slope: Doubles, *, served: bool) -> None:
        self._constant.append(constant)
        self._slope.append(slope)
        self._served.append(served)

    def lower(self, sets: Bools, last: int = 0) -> Doubles:
        """Bound on the cost of each set (a row over the sites), by the `last` cuts or (0) by all."""
        if not self._slope:
            return np.full(len(sets), -np.inf)
        # Not a matrix product: BLAS would wake threads for it, which cost more than they save.
        values = np.einsum("sj,cj->sc", sets.astype(np.float64), np.array(self._slope[-last:]))
        values += np.array(self._constant[-last:])
        served = np.array(self._served[-last:])
        values[:, served] = np.where(values[:, served] > 0.0, np.inf, -np.inf)
        bound: Doubles = values.max(axis=1)
        return bound
