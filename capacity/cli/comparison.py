"""Two tables of minutes beside each other, in words: for ``capacity travel`` and ``capacity data error``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEW = 12
"""Places that are named of many."""

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
        lines.append(
            f"Beside {said['table']}: {said['mean_minutes']:+.1f} minutes on average "
            f"({said['mean_size_minutes']:.1f} in size), at most {worst['minutes']:+.1f} "
            f"({worst['point_id']} to {worst['site_id']})."
        )
    if "error" in said:
        lines += _error(said["error"], said["near_ties"])
    changes = f"The nearest site changes for {len(moved)} demand points"
    lines.append(f"{changes}: {', '.join(moved[:FEW])}." if moved else f"{changes}.")
    return [*lines, _plans(said["plan_before"], said["plan_now"])]


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
        stated, measured, which = len(ties["stated"]), len(ties["measured"]), ", ".join(ties["measured"][:FEW])
        both = f"Near ties of the plan: {stated} with the stated error, {measured} with the measured one"
        lines.append(f"{both}: {which}." if which else f"{both}.")
    return lines


def _length(kind: str) -> str:
    low, _, high = kind.partition("-")
    return f"{low} to {high} minutes long" if high else f"{low} minutes and longer"


def _plans(before: Mapping[str, int] | str, now: Mapping[str, int] | str) -> str:
    """Whether the plan changes; text in the place of a plan is why there is none."""
    if isinstance(before, str):
        none = "No plan keeps the rules with either table."
        return (
            none if isinstance(now, str) else f"The plan changes: none kept the rules before, {_units(now)} beds now."
        )
    if isinstance(now, str):
        return f"The plan changes: {_units(before)} beds before, none keeps the rules now."
    if dict(before) == dict(now):
        return f"The plan stays: {_units(now)} beds."
    return f"The plan changes: {_units(before)} beds before, {_units(now)} beds now."


def _units(units: Mapping[str, int]) -> str:
    return ", ".join(f"{site} {beds}" for site, beds in units.items())
