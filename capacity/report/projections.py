"""Degrees to metres: the projection of Danish authorities, and one around any country, as closed formulas.

References
----------
C. F. F. Karney 2011, "Transverse Mercator with an accuracy of a few nanometers", Journal of Geodesy 85; J. P. Snyder
1987, "Map Projections: A Working Manual", section 24 (Lambert's azimuthal equal-area projection of the ellipsoid).
"""

from __future__ import annotations

import math

import numpy as np

from capacity.arrays import Floats
from capacity.tolerances import ANTIPODE

EQUATOR_METRES = 6_378_137.0
"""Radius of the equator, of GRS80 and WGS84 alike."""

DANISH = "EPSG:25832"
"""ETRS89 / UTM 32N: the projection Danish authorities use."""

ZONE, SCALE, EAST_METRES = 9.0, 0.9996, 500_000.0
"""Of UTM 32N: its middle, the scale there, and how far east that is called."""

GRS80, WGS84 = 1 / 298.257222101, 1 / 298.257223563
"""Flattening of the two."""

BEYOND = 2.623395162778
"""So far from its middle (as the stretched longitude) a transverse Mercator projection shows nothing any more."""

POLE = 89.9
"""Degrees up to which the middle of Lambert's projection may lie."""


def around(lon: float, lat: float) -> str:
    """The name of Lambert's projection around a place, as PROJ has it: north up, areas true."""
    return f"+proj=laea +lat_0={lat:.1f} +lon_0={lon:.1f} +datum=WGS84 +units=m +type=crs"


def metres(lonlat: Floats, crs: str) -> Floats:
    """East and north in metres of places in degrees, (n, 2); infinite where the projection shows nothing.

    Parameters
    ----------
    lonlat : ndarray (n, 2)
    crs : str
        `DANISH`, or what `around` gives.
    """
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    with np.errstate(all="ignore"):
        if crs == DANISH:
            places = _mercator(lon, lat)
        else:
            places = _lambert(lon, lat, *_middle(crs))
    return np.where((np.abs(lonlat[:, 1]) <= 90)[:, None], places, np.inf)


def _middle(crs: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of what `around` gives, radians.

    Lambert's formula of the ellipsoid holds everywhere but at the poles themselves.
    """
    said = dict(part.lstrip("+").split("=") for part in crs.split())
    latitude = min(max(float(said["lat_0"]), -POLE), POLE)
    return math.radians(float(said["lon_0"])), math.radians(latitude)


def _mercator(lon: Floats, lat: Floats) -> Floats:
    """Krüger's series to the sixth order of the third flattening."""
    n = GRS80 / (2 - GRS80)
    eccentric = math.sqrt(GRS80 * (2 - GRS80))
    series = (
        (1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
        (13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
        (61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
        (49561 / 161280, -179 / 168, 6601661 / 7257600),
        (34729 / 80640, -3418889 / 1995840),
        (212378941 / 319334400,),
    )
    size = SCALE * EQUATOR_METRES / (1 + n) * (1 + n**2 / 4 + n**4 / 64 + n**6 / 256)
    away = _turned(lon - math.radians(ZONE))
    conformal = np.sinh(np.arcsinh(np.tan(lat)) - eccentric * np.arctanh(eccentric * np.sin(lat)))
    north = np.arctan2(conformal, np.cos(away))
    east = np.arcsinh(np.sin(away) / np.hypot(conformal, np.cos(away)))
    more_east, more_north = np.zeros_like(east), np.zeros_like(north)
    for j, powers in enumerate(series, 1):
        factor = sum(part * n ** (j + k) for k, part in enumerate(powers))
        more_north += factor * np.sin(2 * j * north) * np.cosh(2 * j * east)
        more_east += factor * np.cos(2 * j * north) * np.sinh(2 * j * east)
    shown = np.abs(east + more_east) <= BEYOND
    places = np.stack([EAST_METRES + size * (east + more_east), size * (north + more_north)], axis=1)
    return np.where(shown[:, None], places, np.inf)


def _lambert(lon: Floats, lat: Floats, middle: float, origin: float) -> Floats:
    squared = WGS84 * (2 - WGS84)
    eccentric = math.sqrt(squared)

    def area(angle: Floats) -> Floats:
        sine = np.sin(angle)
        straight = sine / (1 - squared * sine**2) + np.arctanh(eccentric * sine) / eccentric
        return np.asarray((1 - squared) * straight)

    most = float(area(np.array(math.pi / 2)))
    # Latitudes of the sphere with the same areas.
    there = np.arcsin(np.clip(area(lat) / most, -1, 1))
    here = float(np.arcsin(area(np.array(origin)) / most))
    radius = EQUATOR_METRES * math.sqrt(most / 2)
    across = math.cos(origin) / math.sqrt(1 - squared * math.sin(origin) ** 2)
    shape = EQUATOR_METRES * across / (radius * math.cos(here))
    away = _turned(lon - middle)
    level = math.cos(here) * np.sin(there) - math.sin(here) * np.cos(there) * np.cos(away)
    left = 1 + math.sin(here) * np.sin(there) + math.cos(here) * np.cos(there) * np.cos(away)
    # The other side of the Earth is everywhere at once.
    stretch = np.where(left > ANTIPODE, radius * np.sqrt(2 / np.maximum(left, ANTIPODE)), np.inf)
    sideways = np.cos(there) * np.sin(away)
    places = np.stack([stretch * shape * sideways, stretch / shape * level], axis=1)
    return np.where(np.isfinite(stretch)[:, None], places, np.inf)


def _turned(angle: Floats) -> Floats:
    """The same angle from -180 to 180 degrees."""
    return np.asarray(np.where(np.abs(angle) > math.pi, angle - 2 * math.pi * np.round(angle / (2 * math.pi)), angle))
