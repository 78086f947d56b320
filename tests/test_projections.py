"""Degrees to metres, held against PROJ."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from capacity.report.projections import DANISH, around, metres


def by_proj(lonlat: np.ndarray, crs: str) -> np.ndarray:
    there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1]))


def test_the_danish_projection_is_that_of_authorities() -> None:
    rng = np.random.default_rng(1)
    places = np.column_stack([rng.uniform(-40, 60, 500), rng.uniform(-85, 85, 500)])
    assert np.abs(metres(places, DANISH) - by_proj(places, DANISH)).max() < 1e-6
    whole = np.column_stack([rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500)])
    assert np.array_equal(np.isfinite(metres(whole, DANISH)), np.isfinite(by_proj(whole, DANISH)))


@pytest.mark.parametrize(("lon", "lat"), [(172.5, -41.3), (178.2, -17.8), (-100.0, 60.0), (0.0, 0.0)])
def test_a_country_anywhere_is_drawn_as_proj_draws_it(lon: float, lat: float) -> None:
    rng, crs = np.random.default_rng(2), around(lon, lat)
    places = np.column_stack([lon + rng.uniform(-30, 30, 500), np.clip(lat + rng.uniform(-30, 30, 500), -89, 89)])
    assert np.abs(metres(places, crs) - by_proj(places, crs)).max() < 1e-6


def test_what_lies_nowhere_is_shown_nowhere() -> None:
    nowhere = np.array([[9.0, 95.0], [np.nan, 56.0]])
    assert not np.isfinite(metres(nowhere, DANISH)).any()
    antipode = np.array([[-170.0, -56.0]])
    assert np.isinf(metres(antipode, around(10.0, 56.0))).all()
