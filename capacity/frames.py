"""Between pandas tables and the plain arrays of the core (pandas and geopandas load here)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from capacity.labels import Floats, Ints

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def column_or(frame: pd.DataFrame, column: str, otherwise: object) -> list[Any]:
    """A column's values, or another column or value where the table lacks it (or a cell is empty)."""
    if column not in frame.columns:
        if isinstance(otherwise, str):
            return [otherwise] * len(frame)
        return list(cast("Sequence[Any]", otherwise))
    values = list(frame[column])
    if isinstance(otherwise, str):
        return [otherwise if v is None or v != v else v for v in values]
    return values


def whole(frame: pd.DataFrame, column: str, otherwise: int) -> Ints:
    """A column of whole numbers, `otherwise` where a cell is empty or the column missing."""
    if column not in frame.columns:
        return np.full(len(frame), otherwise, dtype=np.int64)
    return np.array(
        [otherwise if v is None or v != v or v == "" else int(v) for v in frame[column]],
        dtype=np.int64,
    )


def lonlat_of(frame: pd.DataFrame) -> Floats | None:
    """Longitude and latitude in degrees from columns or from the geometry of a GeoDataFrame."""
    if {"lon", "lat"} <= set(frame.columns):
        return frame[["lon", "lat"]].to_numpy(dtype=float)
    if "geometry" in frame.columns and getattr(frame, "crs", None) is not None:
        centre = cast("Any", frame).geometry.representative_point().to_crs("EPSG:4326")
        return np.column_stack([centre.x, centre.y])
    return None


def places(
    key: str,
    ids: Sequence[str],
    names: Sequence[str],
    regions: Sequence[str],
    lonlat: Floats | None,
) -> pd.DataFrame:
    """A table of places: id, name, region, lon, lat."""
    import pandas as pd

    table = pd.DataFrame({key: list(ids), "name": list(names), "region": list(regions)})
    if lonlat is not None:
        table["lon"], table["lat"] = lonlat[:, 0], lonlat[:, 1]
    return table


def on_map(table: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    """Table with lon and lat as points of a map projection."""
    import geopandas as gpd

    geometry = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table.copy(), geometry=geometry).to_crs(crs)
