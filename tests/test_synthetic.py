"""Made-up countries: the same from the same seed, of any size, and what the engines agree on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capacity import Policy
from capacity.synthetic import country
from tests.test_engines import plan_or_none


def test_the_same_seed_makes_the_same_country() -> None:
    one, same, other = country(60, 12, seed=3), country(60, 12, seed=3), country(60, 12, seed=4)
    assert one.problem(scenarios=4).fingerprint == same.problem(scenarios=4).fingerprint
    assert one.problem().fingerprint != other.problem().fingerprint


def test_towns_follow_the_power_law_and_regions_have_sites() -> None:
    made = country(400, 30, regions=4, seed=0)
    rank = np.log(np.arange(1, 401))
    assert np.polyfit(rank, np.log(made.people), 1)[0] == pytest.approx(-1.0, abs=0.01)
    assert made.people.sum() == pytest.approx(1.0)
    assert set(made.point_region) == set(made.site_region) == {0, 1, 2, 3}
    assert (made.minutes[made.site_point, np.arange(30)] == 0).all()


def test_scenarios_come_in_blocks_around_the_mean() -> None:
    made = country(50, 5, seed=0)
    first, second = made.women(2000), made.women(2000, block=1)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, made.women(2000))
    assert first.sum(axis=1).mean() == pytest.approx(90, rel=0.02)


def test_a_hundred_thousand_places_need_no_file() -> None:
    made = country(100_000, 20, regions=8, seed=1)
    assert made.minutes.shape == (100_000, 20) and len(made.people) == 100_000


def test_a_country_has_places_for_its_sites() -> None:
    for wrong in ({"points": 3, "sites": 4}, {"points": 3, "sites": 0}, {"points": 3, "sites": 1, "regions": 4}):
        with pytest.raises(ValueError, match="no more"):
            country(**wrong)  # type: ignore[arg-type]  # faults on purpose


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), units=st.integers(1, 4))
@example(seed=104, units=1)
def test_engines_agree_on_made_up_countries(seed: int, units: int) -> None:
    made = country(14, 6, regions=2, seed=seed)
    problem = made.problem(scenarios=2, policy=Policy(nearest=True, units=[units, units]))
    one, two = (plan_or_none(problem, "travel", engine) for engine in ("enumerate", "mip"))
    # Where the sites are too small for so few units, no engine may find a plan.
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.site_ids == two.site_ids
        assert one.objective == pytest.approx(two.objective, rel=1e-7)
