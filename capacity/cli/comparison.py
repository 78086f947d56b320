"""Two tables of minutes beside each other, in words: for ``capacity travel`` and ``capacity data error``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = {
    "ferry": "by ferry",
    "road": "by road alone",
    "motorway": "mostly on motorways and trunk roads",
    "other": "on other roads",
}


def comparison_said(said: Mapping[str, Any]) -> list[str]:
    """How far they are apart, the measured error by kind of way, and what changes; a sentence a line."""
    lines, worst, moved = [], said["largest"], said["nearest_changes"]
    if said["mean_minutes"] is not None:
        size = f"{said['mean_minutes']:+.1f} minutes on average ({said['mean_size_minutes']:.1f} in size)"
        pair = f"{worst['minutes']:+.1f} ({worst['point_id']} to {worst['site_id']})"
        lines.append(f"Beside {said['table']}: {size}, at most {pair}.")
    if "error" in said:
        lines += _error(said["error"], said["near_ties"])
    named = f": {', '.join(moved[:12])}" if moved else ""
    lines.append(f"The nearest site changes for {len(moved)} demand points{named}.")
    before, now = (_plan(said[key]) for key in ("plan_before", "plan_now"))
    lines.append(
        f"The plan changes: {before} before, {now} now." if said["plan_changes"] else f"The plan stays: {now}."
    )
    return lines


def _error(said: Mapping[str, Any], ties: Mapping[str, Any] | None) -> list[str]:
    stated, found = said["stated"], said["suggested"]
    lines = [
        f"The stated error, {stated['minutes']:g} minutes or {stated['percent']:g} %, holds for "
        f"{100 * said['within']:.0f} % of the ways."
    ]
    for one in said["classes"]:
        kind = KINDS.get(one["kind"]) or _length(one["kind"])
        lines.append(
            f"  {kind}: {one['pairs']:,} ways, {one['mean_minutes']:+.1f} minutes on average, 80 % within "
            f"{one['minutes']:.0f} minutes or {one['percent']:.0f} %; the stated error holds for "
            f"{100 * one['within']:.0f} %."
        )
    lines.append(
        f"Measured: travel.minutes_error = {{minutes = {found['minutes']:g}, percent = {found['percent']:g}}} holds "
        f"for {100 * said['covered']:.0f} % of the ways."
    )
    if ties is not None:
        more = ", ".join(ties["measured"][:12])
        named = f": {more}" if more else ""
        lines.append(
            f"Near ties of the plan: {len(ties['stated'])} with the stated error, {len(ties['measured'])} with the "
            f"measured one{named}."
        )
    return lines


def _length(kind: str) -> str:
    low, _, high = kind.partition("-")
    return f"{low} to {high} minutes" if high else f"{low} minutes and more"


def _plan(said: Mapping[str, int] | str) -> str:
    return said if isinstance(said, str) else ", ".join(f"{site} {beds}" for site, beds in said.items()) + " beds"
