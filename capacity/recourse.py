"""The second stage of a planning problem without `nearest`: who is served where, scenario by scenario.

Units and beds are chosen before the scenario is known. For open sites y and sizes z the women of
scenario s are then sent where they travel least, X[i, j] women a year from point i to site j::

    Q_s(y, z) = min  sum_ij c_ij X_ij
                s.t. sum_j X_ij = w_is                       served         (a_i)
                     X_ij <= w_is y_j                        open_only
                     sum_i X_ij <= sum_k A_k z_jk           promise        (b_j)
                     sum_i X_ij >= low_js(y, z)             volume, income (h_j)
                     sum of X over near pairs of r >= share of W_rs     region_access (g_r)

Any duals (a, b, h, g) of the right sign bound Q_s from below for every y and z, and a pair's own column is
priced at ``(a_i - b_j + h_j + g_r(i) - c_ij)+``: arithmetic, whatever a solver's tolerances are. Least stays make
the recourse rise as well as fall with y; the bound does not ask which. With costs of zero the same duals
say that a choice of units cannot serve the scenario at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.errors import SolverError
from capacity.highs import new_engine
from capacity.labels import Bools, Floats, Ints
from capacity.problem import Problem
from capacity.rules import Variables
from capacity.rules.viability import poisson_mean

INFINITE = 1e30


@dataclass(frozen=True, kw_only=True, eq=False)
class Lower:
    """A rule that asks for stays: ``sum_i X_ij >= unit * y_j + sum over sizes of per_size * z``.

    Attributes
    ----------
    unit : float
    per_size : ndarray (sizes,)
    """

    unit: float
    per_size: Floats


class Recourse:
    """The recourse as arrays: one matrix for all scenarios, women and first stage in its bounds.

    Parameters
    ----------
    problem : Problem
    v : Variables
        First-stage columns: sites, then sizes.
    point, site : ndarray of int (pairs,)
        Pairs that may be used; `site` counts the sites of `v`.
    cost : ndarray (pairs,)
        Per woman.
    """

    def __init__(self, problem: Problem, v: Variables, point: Ints, site: Ints, cost: Floats) -> None:
        self.problem, self.cost = problem, cost
        self.point, self.site = point, site
        self.points, self.sites = len(problem.network.point_ids), len(v.sites)
        self.size_site: Ints = v.open[v.size_site]
        self.size_beds: Ints = v.size_beds
        self.carried: Floats = problem.stays_by_beds[v.size_beds]
        self.everybody = problem.policy.served is not None
        self.promise = problem.policy.promise is not None
        self.access: Bools = np.zeros((0, len(point)), dtype=bool)
        if problem.policy.region_access is not None:
            near = problem.minutes[point, v.sites[site]] <= problem.policy.region_access.minutes
            region = problem.network.point_region_index
            self.access = near & (region[point] == np.arange(len(problem.network.regions))[:, None])
        self.lowers = self._lowers()
        self._priced = self._engine(cost, elastic=False)
        self._elastic: Any = None

    def _lowers(self) -> list[Lower]:
        policy, money, days = self.problem.policy, self.problem.finance, self.problem.care.mean_days
        lowers = []
        if policy.volume is not None and policy.volume.when != "average":
            poisson = policy.volume.when == "poisson_year"
            least = poisson_mean(policy.volume.stays, policy.volume.probability) if poisson else policy.volume.stays
            lowers.append(Lower(unit=least, per_size=np.zeros(len(self.size_beds))))
        if policy.income is not None and policy.income.when == "every_scenario":
            margin = (money.day_rate_dkk - money.occupied_day_dkk) * days
            lowers.append(
                Lower(
                    unit=(money.unit_dkk_per_year - money.grant_dkk_per_year) / margin,
                    per_size=self.size_beds.astype(np.float64) * (money.bed_dkk_per_year / margin),
                )
            )
        return lowers

    # -- the LP -------------------------------------------------------------------------------

    def _engine(self, cost: Floats, *, elastic: bool) -> Any:
        import highspy

        n, m, r, pairs = self.points, self.sites, len(self.access), len(self.point)
        total = n + 2 * m + r
        rows = [self.point, n + self.site, n + m + self.site]
        columns = [np.arange(pairs), np.arange(pairs), np.arange(pairs)]
        region, near = np.nonzero(self.access)
        rows.append(n + 2 * m + region)
        columns.append(near)
        value = np.ones(3 * pairs + len(near))
        count, price = pairs, cost
        if elastic:
            # Women missing; beyond what the beds carry it is women too many.
            rows.append(np.arange(total))
            columns.append(pairs + np.arange(total))
            sign = np.ones(total)
            sign[n : n + m] = -1.0
            value = np.concatenate([value, sign])
            count = pairs + total
            price = np.concatenate([np.zeros(pairs), np.ones(total)])
        row, column = np.concatenate(rows), np.concatenate(columns)
        order = np.lexsort((row, column))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = count, total
        lp.col_cost_, lp.col_lower_ = price, np.zeros(count)
        lp.col_upper_ = np.full(count, highspy.kHighsInf)
        lp.row_lower_ = np.zeros(total)
        lp.row_upper_ = np.zeros(total)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(count + 1))
        lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
        engine = new_engine(presolve="off", primal_feasibility_tolerance=1e-9, dual_feasibility_tolerance=1e-9)
        engine.passModel(lp)
        return engine

    def solve(self, women: Floats, holds: bool, y: Floats, z: Floats) -> Served:
        """One scenario at one (fractional) choice of units and sizes.

        Parameters
        ----------
        women : ndarray (n,)
        holds : bool
            Whether promises must hold in it.
        """
        import highspy

        kinds = highspy.HighsModelStatus
        low, high, lowest = self._bounds(women, holds, y, z)
        upper = women[self.point] * y[self.site]
        value, duals, status = _run(self._priced, low, high, upper, len(self.point))
        if status == kinds.kOptimal:
            used = np.array(self._priced.getSolution().col_value)[: len(self.point)]
            return Served(value=value, missing=0.0, duals=duals, lowest=lowest, women=used)
        if self._elastic is None:
            self._elastic = self._engine(self.cost, elastic=True)
        missing, duals, status = _run(self._elastic, low, high, upper, len(self.point))
        if status != kinds.kOptimal:
            raise SolverError(f"HiGHS failed on the recourse of a scenario: {status}.")
        return Served(value=np.inf, missing=missing, duals=duals, lowest=lowest, women=None)

    def _bounds(self, women: Floats, holds: bool, y: Floats, z: Floats) -> tuple[Floats, Floats, Ints]:
        """Bounds of the rows, and which rule asks for most stays at each site."""
        n, m = self.points, self.sites
        low: Floats = np.zeros(n + 2 * m + len(self.access))
        high: Floats = np.full(len(low), INFINITE)
        high[:n] = women
        low[:n] = women if self.everybody else 0.0
        lowest: Ints = np.full(m, -1)
        if holds:
            if self.promise:
                high[n : n + m] = np.bincount(self.size_site, self.carried * z, self.sites)
            asked = [
                rule.unit * y + np.bincount(self.size_site, rule.per_size * z, self.sites) for rule in self.lowers
            ]
            if asked:
                table = np.array(asked)
                lowest = np.where(table.max(axis=0) > 0, table.argmax(axis=0), -1)
                low[n + m : n + 2 * m] = np.maximum(table.max(axis=0), 0.0)
            if len(self.access):
                low[n + 2 * m :] = self._asked_access(women)
        return low, high, lowest

    def _asked_access(self, women: Floats) -> Floats:
        region = self.problem.network.point_region_index
        total = np.bincount(region, women, len(self.access))
        return np.asarray(self.problem.policy.region_access.share * total, dtype=np.float64)

    # -- cuts ---------------------------------------------------------------------------------

    def cut(self, served: Served, women: Floats, holds: bool) -> tuple[float, Floats]:
        """``Q_s (or the women missing) >= constant + coefficient @ (y, z)``, from the duals.

        Signs a dual may not have are dropped, so the bound holds whatever the solver left.
        """
        n, m = self.points, self.sites
        missing = served.women is None
        a = served.duals[:n] if self.everybody else np.minimum(served.duals[:n], 0.0)
        caps = np.minimum(served.duals[n : n + m], 0.0)
        asks = np.maximum(served.duals[n + m : n + 2 * m], 0.0)
        g = np.maximum(served.duals[n + 2 * m :], 0.0)
        if missing:
            a, caps, asks, g = np.minimum(a, 1.0), np.maximum(caps, -1.0), np.minimum(asks, 1.0), np.minimum(g, 1.0)
        if not holds:
            g, asks, caps = np.zeros_like(g), np.zeros(m), np.zeros(m)
        if not self.promise:
            caps = np.zeros(m)
        asks = np.where(served.lowest >= 0, asks, 0.0)
        constant = float(women @ a)
        if len(g):
            constant += float(g @ self._asked_access(women))
        y: Floats = np.zeros(m)
        z = caps[self.size_site] * self.carried
        for k, rule in enumerate(self.lowers):
            here = np.where(served.lowest == k, asks, 0.0)
            y += here * rule.unit
            z = z + here[self.size_site] * rule.per_size
        cost = 0.0 if missing else self.cost
        over = np.maximum(a[self.point] + (asks + caps)[self.site] + g @ self.access - cost, 0.0)
        y -= np.bincount(self.site, over * women[self.point], m)
        return constant, np.concatenate([y, z])


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """The recourse of one scenario.

    Attributes
    ----------
    value : float
        Infinite where the scenario cannot be served.
    missing : float
        Women and stays missing then.
    duals : ndarray (rows,)
    lowest : ndarray of int (sites,)
        Which rule asks for most stays at each site; -1 for none.
    women : ndarray (pairs,) or None
    """

    value: float
    missing: float
    duals: Floats
    lowest: Ints
    women: Floats | None


def _run(engine: Any, low: Floats, high: Floats, upper: Floats, pairs: int) -> tuple[float, Floats, Any]:
    rows = np.arange(len(low), dtype=np.int32)
    engine.changeRowsBounds(len(low), rows, low, high)
    engine.changeColsBounds(pairs, np.arange(pairs, dtype=np.int32), np.zeros(pairs), upper)
    engine.run()
    duals = np.array(engine.getSolution().row_dual)
    return float(engine.getInfo().objective_function_value), duals, engine.getModelStatus()
