"""Marks of a drawing, and the two ways to draw them: SVG, and PNG without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

CLASSES = ("#ffffd9", "#c7e9b4", "#7fcdbb", "#41a0c4", "#2c5fa8", "#172a63")
"""ColorBrewer YlGnBu: even steps of lightness, safe for the colour-blind and in grey print."""

LIGHT = {
    "sea": "#eef3f6", "land": "#f7f5f0", "neighbour": "#dfe0de", "line": "#8d9aa3", "text": "#1d2a33",
    "soft": "#5b6a75", "unit": "#c8420a", "unit-edge": "#ffffff", "unit-text": "#ffffff", "flow": "#2b3a44",
    "site": "#6f7d87", "ambulatory": "#1d2a33", "panel": "#ffffff", "cell-edge": "#ffffff", "nearer": "#1b7837",
    "farther": "#8c2d8c", "same": "#e4e6e7",
}  # fmt: skip
DARK = LIGHT | {
    "sea": "#141c22", "land": "#2a333a", "neighbour": "#232b31", "line": "#71808a", "text": "#eef2f4",
    "soft": "#aebac2", "unit": "#ff8a4c", "unit-edge": "#141c22", "unit-text": "#141c22", "flow": "#dbe3e8",
    "site": "#9aa7b0", "ambulatory": "#eef2f4", "panel": "#1c252c", "cell-edge": "#2a333a", "same": "#3a444b",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One thing drawn.

    Attributes
    ----------
    kind : {"area", "line", "disc", "diamond", "text", "box"}
    xy : sequence of (x, y), or rings of them for an area
    ink : str
        Name in the palettes, or a colour.
    title : str
        What it is, for the pointer and the keyboard; "" for decoration.
    """

    kind: str
    xy: Any
    ink: str
    title: str = ""
    size: float = 0.0
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


def rings_of(shape: BaseGeometry, place: Any) -> list[list[tuple[float, float]]]:
    """Outlines of a (multi)polygon, placed on the sheet."""
    polygons = [p for p in getattr(shape, "geoms", [shape]) if p.geom_type == "Polygon" and not p.is_empty]
    rings = []
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            rings.append([place(x, y) for x, y in list(ring.coords)[:-1]])
    return rings


def to_svg(drawing: Drawing) -> str:
    """The drawing as one self-contained SVG, light or dark as the reader's system is."""
    body = "".join(_svg(mark) for mark in drawing.marks)
    colours = "".join(f"--{k}:{v};" for k, v in LIGHT.items())
    dark = "".join(f"--{k}:{v};" for k, v in DARK.items() if v != LIGHT[k])
    style = (
        f".cm{{{colours}font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif}}"
        f"@media(prefers-color-scheme:dark){{.cm:not(.light){{{dark}}}}}.cm.dark{{{dark}}}"
        "@media print{.cm{" + colours + "}}"
        ".cm [tabindex]:focus{outline:none;stroke:var(--text);stroke-width:2.5}"
        ".cm .h{paint-order:stroke;stroke:var(--land);stroke-width:3px;stroke-linejoin:round}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cm" role="group" viewBox="0 0 {_n(drawing.width)} '
        f'{_n(drawing.height)}" width="100%" style="max-width:{_n(drawing.width)}px" '
        f'aria-label="{escape(drawing.title)}">'
        f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.about)}</desc><style>{style}</style>{body}</svg>"
    )


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _ink(name: str) -> str:
    return f"var(--{name})" if name in LIGHT else name


def _svg(mark: Mark) -> str:
    name = f"<title>{escape(mark.title)}</title>" if mark.title else ""
    extra = f' tabindex="0" role="img" aria-label="{escape(mark.title)}"' if mark.title else ""
    if mark.opacity < 1:
        extra += f' opacity="{mark.opacity:g}"'
    if mark.edge:
        extra += f' style="stroke:{_ink(mark.edge)}" stroke-width="{"1.5" if mark.kind == "disc" else "0.6"}"'
    if mark.group:
        extra += f' class="{mark.group}"'
    fill = f' fill="{_ink(mark.ink)}"' if mark.ink in LIGHT else f' fill="{mark.ink}"'
    if mark.kind == "area":
        path = "".join("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in ring) + "Z" for ring in mark.xy)
        return f'<path d="{path}"{fill} fill-rule="evenodd"{extra}>{name}</path>'
    if mark.kind == "line":
        (a, b), (c, d) = mark.xy
        return (
            f'<line x1="{_n(a)}" y1="{_n(b)}" x2="{_n(c)}" y2="{_n(d)}" stroke="{_ink(mark.ink)}" '
            f'stroke-width="{mark.size:g}"{extra}/>'
        )
    x, y = mark.xy
    if mark.kind == "disc":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(mark.size)}"{fill}{extra}>{name}</circle>'
    if mark.kind == "diamond":
        s = mark.size
        path = f"M{_n(x)} {_n(y - s)}L{_n(x + s)} {_n(y)}L{_n(x)} {_n(y + s)}L{_n(x - s)} {_n(y)}Z"
        return f'<path d="{path}"{fill}{extra}>{name}</path>'
    if mark.kind == "box":
        wide, high = (float(v) for v in mark.text.split())
        return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}"{fill}{extra}>{name}</rect>'
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{mark.size:g}" text-anchor="{mark.anchor}" '
        f'font-weight="{mark.weight}"{fill}{extra}>{escape(mark.text)}</text>'
    )


def to_png(drawing: Drawing, scale: float = 2.0) -> bytes:
    """The drawing as PNG, by matplotlib, in the light colours."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
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
            rings = mark.xy if mark.kind == "area" else [_diamond(mark)]
            vertices, codes = _path(rings)
            if vertices:
                axes.add_patch(PathPatch(Path(vertices, codes), fc=ink, ec=edge, lw=0.5, **common))
        elif mark.kind == "line":
            (a, b), (c, d) = mark.xy
            axes.plot([a, c], [b, d], color=ink, lw=mark.size * 0.72, **common)
        elif mark.kind == "disc":
            axes.add_patch(Circle(mark.xy, mark.size, fc=ink, ec=edge, lw=1, **common))
        elif mark.kind == "box":
            wide, high = (float(v) for v in mark.text.split())
            axes.add_patch(Rectangle(mark.xy, wide, high, fc=ink, ec=edge, lw=0.5, **common))
        else:
            align = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
            halo = [withStroke(linewidth=2.2, foreground=LIGHT["land"])] if mark.group == "h" else []
            axes.text(
                mark.xy[0], mark.xy[1], mark.text.replace("$", r"\$"), fontsize=mark.size * 0.72, color=ink, ha=align,
                va="baseline", fontweight=mark.weight, path_effects=halo, **common,
            )  # fmt: skip
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _diamond(mark: Mark) -> list[tuple[float, float]]:
    (x, y), s = mark.xy, mark.size
    return [(x, y - s), (x + s, y), (x, y + s), (x - s, y)]


def _path(rings: Sequence[Sequence[tuple[float, float]]]) -> tuple[list[tuple[float, float]], list[int]]:
    vertices: list[tuple[float, float]] = []
    codes: list[int] = []
    for ring in rings:
        vertices += [*ring, ring[0]]
        codes += [1, *[2] * (len(ring) - 1), 79]
    return vertices, codes
