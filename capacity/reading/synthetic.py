"""Made-up countries of any size: for property tests and benchmarks, never for planning.

Everything follows from the seed and the sizes. Towns follow Zipf's law (Gabaix 1999, "Zipf's law for
cities"): the k-th largest has about 1/k of the people of the largest. All other figures are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats, Ints, floats, ints
from capacity.problem.calls import told
from capacity.problem.demand import Scenarios
from capacity.problem.network import Network
from capacity.problem.policy import Policy
from capacity.problem.problem import Problem
from capacity.problem.travel import TravelMatrix

SIDE_KM = 300.0
"""The country is a square of this side."""

SUBURB_KM = 12.0
"""How far the places around a town spread (standard deviation)."""

KM_PER_HOUR = 60.0
DETOUR = 1.3
"""Speed, and road length over straight line."""

COMMON_SPREAD, OWN_SPREAD = 0.15, 0.3
"""Spread (sigma of the logarithm) of demand in the whole country and in each place."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Country:
    """Places with people, candidate sites, and the regions they lie in.

    Attributes
    ----------
    people : ndarray (n,)
        Sums to one, largest first.
    point_km, site_km : ndarray (n, 2), (m, 2)
    point_region, site_region : ndarray of int (n,), (m,)
    site_point : ndarray of int (m,)
        The place each site lies in.
    seed : int
    """

    people: Floats
    point_km: Floats
    site_km: Floats
    point_region: Ints
    site_region: Ints
    site_point: Ints
    seed: int

    @property
    def minutes(self) -> Floats:
        """One-way travel from every place to every site, (n, m)."""
        difference = self.point_km[:, None, :] - self.site_km[None, :, :]
        km = np.sqrt(np.einsum("ijk,ijk->ij", difference, difference))
        return floats(km * (DETOUR * 60.0 / KM_PER_HOUR))

    def women(self, scenarios: int, women_per_year: float = 90.0, block: int = 0) -> Floats:
        """Women a year in a block of scenarios, (scenarios, n); each block is its own draw."""
        rng = np.random.default_rng([self.seed, 1, block])
        common = rng.lognormal(-(COMMON_SPREAD**2) / 2, COMMON_SPREAD, (scenarios, 1))
        own = rng.lognormal(-(OWN_SPREAD**2) / 2, OWN_SPREAD, (scenarios, len(self.people)))
        return np.asarray(women_per_year * self.people * common * own)

    def problem(
        self, *, scenarios: int = 1, women_per_year: float = 90.0, policy: Policy | None = None, **parts: Any
    ) -> Problem:
        """As a planning problem; the first half of the sites work with an ambulatory of their own.

        Parameters
        ----------
        scenarios : int
        women_per_year : float
        policy : Policy, optional
            Rules that are on; only ``served`` by default.
        parts
            Further parts of `Problem` (care, promise, sizes, finance).
        """
        points = tuple(f"p{i:06d}" for i in range(len(self.people)))
        sites = tuple(f"s{j:04d}" for j in range(len(self.site_point)))
        near = sites[: (len(sites) + 1) // 2]
        between = self.site_km[:, None, :] - self.site_km[None, : len(near), :]
        away = np.sqrt((between**2).sum(axis=2)) * (DETOUR * 60.0 / KM_PER_HOUR)
        women = self.women(scenarios, women_per_year)
        return Problem(
            network=Network(
                point_ids=points,
                point_names=points,
                point_regions=tuple(f"r{r}" for r in self.point_region),
                site_ids=sites,
                site_names=sites,
                site_regions=tuple(f"r{r}" for r in self.site_region),
                site_points=tuple(points[i] for i in self.site_point),
                ambulatories=near,
            ),
            scenarios=Scenarios(ids=tuple(f"d{s}" for s in range(scenarios)), point_ids=points, women=women),
            travel=TravelMatrix(
                origin_ids=points, destination_ids=sites, values=self.minutes, source="made up", modelled=True
            ),
            to_ambulatory=TravelMatrix(
                origin_ids=sites, destination_ids=near, values=away, source="made up", modelled=True
            ),
            policy=policy or Policy(),
            **parts,
        )


@told
def country(points: int, sites: int, *, regions: int = 5, seed: int = 0) -> Country:
    """Make up a country.

    Parameters
    ----------
    points, sites : int
        Places with people, and candidate sites (no more than places).
    regions : int
        Each around one of the largest towns.
    seed : int

    Raises
    ------
    ValueError
        Where there are more sites or regions than places, or none.

    Examples
    --------
    >>> made = country(98, 25, seed=1)
    >>> made.minutes.shape, bool(made.people[0] > 10 * made.people[20])
    ((98, 25), True)
    """
    if not 1 <= sites <= points or not 1 <= regions <= points:
        raise ValueError("A country has at least one site and one region, and no more of them than places.")
    rng = np.random.default_rng([seed, 0])
    people = 1.0 / np.arange(1, points + 1)
    place = rng.random((points, 2)) * SIDE_KM
    towns = max(regions, int(np.sqrt(points)))
    suburb: Bools = (np.arange(points) >= towns) & (rng.random(points) < 0.5)
    # A suburb lies around a town, the more likely the larger the town is.
    town = rng.choice(towns, points, p=people[:towns] / people[:towns].sum())
    around = place[town] + rng.normal(0.0, SUBURB_KM, (points, 2))
    place = np.where(suburb[:, None], np.clip(around, 0.0, SIDE_KM), place)
    large = np.arange((sites + 1) // 2)
    others = rng.choice(np.arange(len(large), points), sites - len(large), replace=False)
    site_point = np.concatenate([large, np.sort(others)])
    region = np.empty(points, dtype=np.int64)
    for start in range(0, points, 10_000):
        part = slice(start, start + 10_000)
        away = ((place[part, None, :] - place[None, :regions, :]) ** 2).sum(axis=2)
        region[part] = away.argmin(axis=1)
    return Country(
        people=floats(people / people.sum()),
        point_km=floats(place),
        site_km=floats(place[site_point]),
        point_region=ints(region),
        site_region=ints(region[site_point]),
        site_point=ints(site_point),
        seed=seed,
    )
