"""A small case of files with coordinates: three towns, two sites, a table of minutes and an outline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from capacity.read import check_case

CASE = """
[demand]
women_per_year = 30
weight = "people"
[network]
regions = "land"
ambulatories = ["x"]
[travel]
source = "minutes.csv"
to_ambulatory = "near.csv"
[rules]
nearest = true
units = [1, 2]
"""
SQUARE = [[[9.5, 55], [11.5, 55], [11.5, 57], [9.5, 57], [9.5, 55]]]


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more)


FILES = {
    "case.toml": CASE,
    "municipalities.csv": (
        "code,name,land,people,lon,lat\nA,Alby,N,1000,10.0,56.0\nB,Broby,N,2000,10.4,56.1\nC,Colding,S,3000,10.9,55.6\n"
    ),
    "sites.csv": "site_id,name,municipality_code,lon,lat\nx,Unit x,A,10.01,56.0\ny,Unit y,C,10.91,55.6\n",
    "minutes.csv": "code,x,y\nA,2,70\nB,30,40\nC,75,3\n",
    "near.csv": "site_id,x\nx,0\ny,75\n",
}


def map_case(folder: Path, **files: str | bytes | None) -> Path:
    """Write the case; keyword arguments replace files (case__toml for case.toml), None leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {name.replace("__", "."): content for name, content in files.items()}
    for name, content in (FILES | given).items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        elif content is not None:
            (folder / name).write_text(content, encoding="utf-8")
    return folder


def faults(folder: Path, **files: str | bytes | None) -> list[str]:
    """Every fault of the case with some files replaced, as it is printed."""
    return [str(finding) for finding in check_case(map_case(folder, **files))]


def people(*cells: str, separator: str = ",", header: str = "") -> str:
    """The table of municipalities with other cells in the column people."""
    head = header or separator.join(("code", "name", "land", "people"))
    rows = (separator.join((c, c + "by", "NNS"[k], cell)) for k, (c, cell) in enumerate(zip("ABC", cells, strict=True)))
    return head + "\n" + "\n".join(rows) + "\n"


WITHOUT_MAP = {"sites__csv": "site_id,name,municipality_code\nx,Unit x,A\ny,Unit y,C\n"}
"""The sites without coordinates, beside a table `people` without."""
