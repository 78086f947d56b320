"""A case small enough to solve by hand: three towns on a road, a site in each.

::

    A ---30--- B ---60--- C        minutes; 5 within a town, 90 from A to C
    10         6          2        women a year
    region W   W          E
    0          20         50       minutes from the site to the ambulatory (at site a)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from capacity import Care, Finance, Network, Policy, Problem, Promise, Scenarios, Sizes, TravelMatrix

MINUTES = np.array([[5.0, 30.0, 90.0], [30.0, 5.0, 60.0], [90.0, 60.0, 5.0]])


def towns(policy: dict[str, Any] | None = None, **changes: Any) -> Problem:
    """The three towns, with the given rules and changes."""
    problem = Problem(
        network=Network(
            point_ids=("A", "B", "C"),
            point_names=("Alby", "Broby", "Colding"),
            point_regions=("W", "W", "E"),
            site_ids=("a", "b", "c"),
            site_names=("Site a", "Site b", "Site c"),
            site_regions=("W", "W", "E"),
            region_names={"W": "West", "E": "East"},
            ambulatories=("a",),
        ),
        scenarios=Scenarios(ids=("base",), point_ids=("A", "B", "C"), women=np.array([[10.0, 6, 2]])),
        travel=TravelMatrix(origin_ids=("A", "B", "C"), destination_ids=("a", "b", "c"), values=MINUTES),
        to_ambulatory=TravelMatrix(
            origin_ids=("a", "b", "c"), destination_ids=("a",), values=np.array([[0.0], [20], [50]])
        ),
        care=Care(mean_days=180, visits_per_week=1, ambulatory_trips_per_week=0),
        promise=Promise(kind="loss", turned_away=0.05),
        sizes=Sizes(smallest=1, largest=30),
        finance=Finance(
            unit_dkk_per_year=2e6,
            bed_dkk_per_year=0.3e6,
            occupied_day_dkk=900,
            day_rate_dkk=4_000,
            building_dkk_per_bed=2e6,
            interest=0.03,
            years=30,
            counts="all",
        ),
        policy=Policy(**(policy or {})),
    )
    return problem.replace(**changes) if changes else problem
