"""Marks of a drawing, and the two ways to draw them: SVG, and PNG without a browser."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape as escaped
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from capacity.report.signs import shown

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

CLASSES = ("near-0", "near-1", "near-2", "near-3", "near-4", "near-5")
"""Inks of the shades, near to far: ColorBrewer YlGnBu, even steps of lightness, safe for the colour-blind
and in grey print. In the dark the steps run the other way, so that the farthest stand out there too."""

LIGHT = {
    "sea": "#eaf1f5",
    "land": "#f7f5f0",
    "neighbour": "#dcdedd",
    "line": "#8d9aa3",
    "text": "#1d2a33",
    "soft": "#55636d",
    "unit": "#c23c05",
    "unit-edge": "#ffffff",
    "unit-text": "#ffffff",
    "flow": "#2b3a44",
    "border": "#1d2a33",
    "site": "#5f6c76",
    "ambulatory": "#1d2a33",
    "panel": "#ffffff",
    "cell-edge": "#ffffff",
    "near-0": "#ffffd9",
    "near-1": "#c7e9b4",
    "near-2": "#7fcdbb",
    "near-3": "#41a0c4",
    "near-4": "#2c5fa8",
    "near-5": "#172a63",
    "nearer-2": "#1b7837",
    "nearer-1": "#a6dba0",
    "same": "#e4e6e7",
    "farther-1": "#c2a5cf",
    "farther-2": "#762a83",
}
DARK = LIGHT | {
    "sea": "#10171c",
    "land": "#2a333a",
    "neighbour": "#232b31",
    "line": "#71808a",
    "text": "#eef2f4",
    "soft": "#b4c0c8",
    "unit": "#ff8a4c",
    "unit-edge": "#10171c",
    "unit-text": "#10171c",
    "flow": "#dbe3e8",
    "border": "#eef2f4",
    "site": "#b4c0c8",
    "ambulatory": "#eef2f4",
    "panel": "#12191e",
    "cell-edge": "#10171c",
    "near-0": "#25407c",
    "near-1": "#2b68ad",
    "near-2": "#3d9ac2",
    "near-3": "#7fcdbb",
    "near-4": "#c7e9b4",
    "near-5": "#ffffd9",
    "nearer-2": "#5fbf7a",
    "nearer-1": "#28633a",
    "same": "#3a444b",
    "farther-1": "#5f3a72",
    "farther-2": "#c793da",
}


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One thing drawn.

    Attributes
    ----------
    kind : {"area", "lines", "disc", "diamond", "text", "box"}
    xy : (x, y); rings of them for an area, pairs of them for lines
    ink : str
        Name in the palettes.
    title : str
        What it is, for the pointer and the keyboard; "" for decoration.
    wide : (width, height)
        Of a box.
    edge : str
        Ink of the outline.
    group : str
        Class in the SVG: what it is, or the halo of a text.
    """

    kind: str
    xy: Any
    ink: str
    title: str = ""
    size: float = 0.0
    wide: tuple[float, float] = (0.0, 0.0)
    text: str = ""
    anchor: str = "start"
    weight: str = "normal"
    opacity: float = 1.0
    edge: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Marks on a sheet of a given size in pixels."""

    width: float
    height: float
    title: str
    about: str
    marks: tuple[Mark, ...] = field(default=())


def escape(text: str) -> str:
    """Text for XML: no tag, and no sign that XML does not know."""
    return escaped(shown(text))


Rings = tuple[tuple[tuple[float, float], ...], ...]
"""Outlines: closed rings of points, the last not the first again."""


def rings_of(shape: BaseGeometry, place: Any) -> Rings:
    """Outlines of a (multi)polygon, placed on the sheet."""
    polygons = [p for p in getattr(shape, "geoms", [shape]) if p.geom_type == "Polygon" and not p.is_empty]
    rings = []
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            rings.append(tuple(place(x, y) for x, y in list(ring.coords)[:-1]))
    return tuple(rings)


def style(edged: Collection[str] = tuple(LIGHT), *, own: bool = True) -> str:
    """Rules for drawings on a page: colours by the reader's light or dark, focus, halos, and the inks of outlines.

    Without `own`, no drawing is light or dark by itself (``class="light"``): fewer rules say the same.
    """
    colours = "".join(f"--{k}:{v};" for k, v in LIGHT.items())
    dark = "".join(f"--{k}:{v};" for k, v in DARK.items() if v != LIGHT[k])
    fills = "".join(f".cm .k-{k}{{fill:var(--{k})}}" for k in LIGHT)
    edges = "".join(f".cm .e-{k}{{stroke:var(--{k})}}" for k in edged)
    schemes = (
        f"@media(prefers-color-scheme:dark){{.cm:not(.light){{{dark}}}}}.cm.dark{{{dark}}}"
        f"@media print{{.cm.cm{{{colours}}}}}"
        if own
        else f"@media screen and (prefers-color-scheme:dark){{.cm{{{dark}}}}}"
    )
    return (
        f".cm{{{colours}font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif;background:var(--panel)}}"
        f"{schemes}{fills}{edges}"
        ".cm text{pointer-events:none}.cm .cell{stroke:var(--cell-edge);stroke-width:.6}"
        ".cm [tabindex]:focus{outline:none;stroke:var(--text);stroke-width:2.5}"
        ".cm .cell:hover,.cm .unit:hover,.cm .site:hover{stroke:var(--text);stroke-width:2}"
        ".cm .h{paint-order:stroke;stroke:var(--land);stroke-width:3px;stroke-linejoin:round}"
        ".cm .sea{paint-order:stroke;stroke:var(--sea);stroke-width:3px;stroke-linejoin:round}"
    )


def to_svg(drawing: Drawing, shapes: dict[str, str] | None = None) -> str:
    """The drawing as SVG, light or dark as the reader's system is.

    Parameters
    ----------
    shapes : dict of path to id, optional
        On a page of many drawings: outlines are put here and only named in the drawing (see
        `shared`), and the page brings the `style`. Without it the SVG stands alone.

    Notes
    -----
    Each fill stands as an attribute too: programs that know no variables draw the light colours.
    """
    body = "".join(_svg(mark, shapes) for mark in drawing.marks)
    own = f"<style>{style()}</style>" if shapes is None else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm" role="group" viewBox="0 0 {_n(drawing.width)} '
        f'{_n(drawing.height)}" width="100%" style="max-width:{_n(drawing.width)}px" '
        f'aria-label="{escape(drawing.title)}">'
        f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.about)}</desc>{own}{body}</svg>"
    )


def shared(shapes: Mapping[str, str]) -> str:
    """The outlines that the drawings of a page name."""
    paths = "".join(f'<path id="{name}" d="{path}" fill-rule="evenodd"/>' for path, name in shapes.items())
    hidden = 'width="0" height="0" style="position:absolute" aria-hidden="true"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {hidden}><defs>{paths}</defs></svg>'


def _n(value: float) -> str:
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=4_096)
def _path(rings: Rings) -> str:
    """Closed rings as a path; several drawings of a page share it."""
    return "".join(map(_ring, rings))


def _ring(ring: Sequence[tuple[float, float]]) -> str:
    """A closed ring in tenths of a pixel, each point from the one before."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in ring]
    steps = [(c - a, d - b) for (a, b), (c, d) in pairwise(tenths) if (a, b) != (c, d)]
    first = f"M{_n(tenths[0][0] / 10)} {_n(tenths[0][1] / 10)}l"
    return first + " ".join(f"{_n(a / 10)} {_n(b / 10)}" for a, b in steps).replace(" -", "-") + "z"


def _svg(mark: Mark, shapes: dict[str, str] | None) -> str:
    name = f"<title>{escape(mark.title)}</title>" if mark.title else ""
    extra = ' tabindex="0" role="img"' if mark.title else ""
    if mark.opacity < 1:
        extra += f' opacity="{mark.opacity:g}"'
    classes = [mark.group] if mark.group else []
    if mark.edge:
        if mark.group != "cell":
            classes.append(f"e-{mark.edge}")
        if mark.group != "cell" or shapes is None:
            extra += f' stroke="{LIGHT[mark.edge]}" stroke-width="{"1.5" if mark.kind == "disc" else "0.6"}"'
    if mark.kind == "lines":
        path = "".join(f"M{_n(a)} {_n(b)}L{_n(c)} {_n(d)}" for (a, b), (c, d) in mark.xy)
        drawn = " ".join([*classes, f"e-{mark.ink}"])
        ink = f'fill="none" stroke="{LIGHT[mark.ink]}" stroke-width="{mark.size:g}" class="{drawn}"'
        return f'<path d="{path}" {ink}{extra}>{name}</path>'
    if mark.group != "cell" or shapes is None:
        extra += f' fill="{LIGHT.get(mark.ink, mark.ink)}"'
    if mark.ink in LIGHT:
        classes.append(f"k-{mark.ink}")
    if classes:
        extra += f' class="{" ".join(classes)}"'
    if mark.kind == "area":
        path = _path(mark.xy)
        if shapes is not None:
            return f'<use href="#{shapes.setdefault(path, f"s{len(shapes)}")}"{extra}>{name}</use>'
        return f'<path d="{path}" fill-rule="evenodd"{extra}>{name}</path>'
    x, y = mark.xy
    if mark.kind == "disc":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(mark.size)}"{extra}>{name}</circle>'
    if mark.kind == "diamond":
        s = _n(mark.size)
        return f'<path d="M{_n(x)} {_n(y - mark.size)}l{s} {s}-{s} {s}-{s}-{s}z"{extra}>{name}</path>'
    if mark.kind == "box":
        wide, high = mark.wide
        return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}"{extra}>{name}</rect>'
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{mark.size:g}" text-anchor="{mark.anchor}" '
        f'font-weight="{mark.weight}"{extra}>{escape(mark.text)}</text>'
    )


def to_png(drawing: Drawing, scale: float = 2.0) -> bytes:
    """The drawing as PNG, by matplotlib, in the light colours."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle, PathPatch, Rectangle
    from matplotlib.path import Path
    from matplotlib.patheffects import withStroke

    figure = Figure(figsize=(drawing.width / 100, drawing.height / 100), dpi=100 * scale)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    axes.axis("off")
    for order, mark in enumerate(drawing.marks):
        ink = LIGHT.get(mark.ink, mark.ink)
        edge = LIGHT.get(mark.edge, mark.edge) or "none"
        common: dict[str, Any] = {"zorder": order, "alpha": mark.opacity}
        if mark.kind in ("area", "diamond"):
            rings = mark.xy if mark.kind == "area" else (_diamond(mark),)
            vertices, codes = _outline(rings)
            if vertices:
                axes.add_patch(PathPatch(Path(vertices, codes), fc=ink, ec=edge, lw=0.5, **common))
        elif mark.kind == "lines":
            axes.add_collection(LineCollection(mark.xy, colors=ink, linewidths=mark.size * 0.72, **common))
        elif mark.kind == "disc":
            axes.add_patch(Circle(mark.xy, mark.size, fc=ink, ec=edge, lw=1, **common))
        elif mark.kind == "box":
            wide, high = mark.wide
            axes.add_patch(Rectangle(mark.xy, wide, high, fc=ink, ec=edge, lw=0.5, **common))
        else:
            align = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
            ground = {"h": LIGHT["land"], "sea": LIGHT["sea"]}.get(mark.group)
            halo = [withStroke(linewidth=2.2, foreground=ground)] if ground else []
            axes.text(
                mark.xy[0],
                mark.xy[1],
                shown(mark.text).replace("$", r"\$"),
                fontsize=mark.size * 0.72,
                color=ink,
                ha=align,
                va="baseline",
                fontweight=mark.weight,
                path_effects=halo,
                **common,
            )
    out = BytesIO()
    with warnings.catch_warnings():
        # A sign of another script is drawn as a box: no more can be done about it here.
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _diamond(mark: Mark) -> list[tuple[float, float]]:
    (x, y), s = mark.xy, mark.size
    return [(x, y - s), (x + s, y), (x, y + s), (x - s, y)]


def _outline(rings: Sequence[Sequence[tuple[float, float]]]) -> tuple[list[tuple[float, float]], list[int]]:
    vertices: list[tuple[float, float]] = []
    codes: list[int] = []
    for ring in rings:
        vertices += [*ring, ring[0]]
        codes += [1, *[2] * (len(ring) - 1), 79]
    return vertices, codes
