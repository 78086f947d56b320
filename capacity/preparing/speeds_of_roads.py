"""How fast a road may be driven, what a ferry takes, and who may pass: OpenStreetMap's tags, and the planner's speeds.

Tags are read as the OpenStreetMap wiki defines them (Key:highway, Key:maxspeed, Key:oneway, Key:access, Key:duration).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from capacity.errors import DataError, Finding, some
from capacity.reading.named_files import toml_named

KMH: Mapping[str, float] = {
    "motorway": 110,
    "motorway_link": 60,
    "trunk": 90,
    "trunk_link": 55,
    "primary": 75,
    "primary_link": 50,
    "secondary": 65,
    "secondary_link": 45,
    "tertiary": 55,
    "tertiary_link": 40,
    "unclassified": 45,
    "residential": 30,
    "living_street": 15,
    "service": 15,
    "road": 30,
}
"""Assumption: km/h of each class of road where no limit is posted. A class that is not named is not driven on."""

ZONES: Mapping[str, float] = {
    "urban": 50,
    "rural": 80,
    "motorway": 130,
    "trunk": 90,
    "zone30": 30,
    "living_street": 15,
    "walk": 5,
}
"""Limits that ``maxspeed`` names by their kind (DK:urban)."""

NOBODY = frozenset({"no", "private", "agricultural", "forestry", "emergency", "military", "psv", "bus", "permit"})
WHO = ("motorcar", "motor_vehicle", "vehicle", "access")
"""Whose access decides, the most particular first."""

BARRIERS = frozenset(
    {"bollard", "block", "jersey_barrier", "cycle_barrier", "log", "chain", "debris", "motorcycle_barrier", "stile"}
)
"""Barriers at a node that no car passes, unless its access says so."""

GATES = frozenset({"gate", "lift_gate", "swing_gate", "sliding_gate", "bus_trap", "sump_buster"})
"""Barriers that a car passes unless their access forbids it."""

KM_MILE = 1.609344


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """What driving takes; every figure is an assumption that ``speeds.toml`` may change.

    Attributes
    ----------
    kmh : mapping of str to float
        By class of road (the value of ``highway``), km/h, where no limit is posted.
    limit : float
        Share of a posted limit that is driven.
    signal_minutes : float
        A traffic signal that is passed.
    ferry_kmh : float
        Of a ferry that says no duration.
    boarding_minutes, waiting_minutes : float
        Added once, where a ferry is boarded.
    """

    kmh: Mapping[str, float] = field(default_factory=lambda: dict(KMH))
    limit: float = 1.0
    signal_minutes: float = 0.2
    ferry_kmh: float = 25.0
    boarding_minutes: float = 10.0
    waiting_minutes: float = 15.0

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


WHERE = {
    ("maxspeed", "factor"): "limit",
    ("turns", "signal_minutes"): "signal_minutes",
    ("ferry", "kmh"): "ferry_kmh",
    ("ferry", "boarding_minutes"): "boarding_minutes",
    ("ferry", "waiting_minutes"): "waiting_minutes",
}
"""Where in ``speeds.toml`` the figures beside the classes stand."""


def read_speeds(path: str | os.PathLike[str]) -> Speeds:
    """Read ``speeds.toml``: ``[kmh]`` by class, ``[ferry]``, ``[turns]``, ``[maxspeed]``; what is not said stays.

    Raises
    ------
    DataError
        With every fault.
    """
    remedy = 'Write [kmh] and lines like "residential = 30".'
    file = toml_named(path, "speeds stand in a TOML file", remedy)
    name, said = file.name, file.said
    kmh, others = dict(KMH), dict[str, Any]()
    faults: list[Finding] = []

    def fault(key: str, value: object, rule: str, remedy: str) -> None:
        faults.append(Finding(table=name, column=key, value=str(value), rule=rule, remedy=remedy))

    for section, part in said.items():
        if not isinstance(part, dict):
            fault(section, part, "a figure stands in a section", "Put it under [kmh], [ferry], [turns] or [maxspeed].")
            continue
        for key, value in part.items():
            whole, target = f"{section}.{key}", WHERE.get((section, key))
            closed = section == "kmh" and value is False
            if not closed and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 300):
                fault(whole, value, "a number from 0 to 300", "Correct the number.")
            elif section == "kmh":
                kmh[key] = 0.0 if closed else float(value)
            elif target is not None:
                others[target] = float(value)
            else:
                known = ["kmh.CLASS", *(".".join(one) for one in WHERE)]
                fault(whole, value, "the setting is known", f"It may be {some(known)}.")
    if others.get("limit", 1.0) > 2 or others.get("limit", 1.0) <= 0:
        fault("maxspeed.factor", others["limit"], "a share of the limit above 0 and at most 2", "Write 0.9, say.")
    if faults:
        raise DataError(faults)
    return replace(Speeds(**others), kmh={key: value for key, value in kmh.items() if value > 0})


def kmh_of(tags: Mapping[str, str], speeds: Speeds) -> float:
    """Km/h of a road by its tags; 0 where no car drives."""
    usual = speeds.kmh.get(tags.get("highway", ""), 0.0)
    if usual <= 0 or tags.get("area") == "yes" or not passes(tags):
        return 0.0
    posted = limit_of(tags.get("maxspeed", ""))
    return usual if posted is None else posted * speeds.limit


def passes(tags: Mapping[str, str]) -> bool:
    """Whether a car may pass, by the most particular tag of access."""
    said = next((tags[key] for key in WHO if key in tags), "yes")
    return said not in NOBODY


def is_blocked(tags: Mapping[str, str]) -> bool:
    """Whether no car passes a node."""
    barrier = tags.get("barrier", "")
    if barrier in BARRIERS:
        return next((tags[key] for key in WHO if key in tags), "no") in (*NOBODY, "unknown")
    return barrier in GATES and not passes(tags)


def limit_of(said: str) -> float | None:
    """A posted limit in km/h; None where none is, or it is none that can be read.

    >>> limit_of("80"), limit_of("50 mph"), limit_of("DK:urban"), limit_of("none"), limit_of("50;30")
    (80.0, 80.4672, 50, None, 30.0)
    """
    read = [number for part in said.split(";") if (number := _limit(part.strip())) is not None]
    return min(read, default=None)


def _limit(said: str) -> float | None:
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|mph)?", said):
        number = float(match.group(1)) * (KM_MILE if match.group(2) == "mph" else 1.0)
        return number if number > 0 else None
    if match := re.fullmatch(r"(?:[A-Z]{2}:)?(?:zone:?)?([a-z_]*\d*)", said):
        kind = match.group(1)
        return ZONES.get(kind, ZONES["zone30"] if said.endswith("30") and "zone" in said else None)
    return None


def ways_of(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether a way may be driven along, and against, its direction.

    >>> ways_of({"oneway": "-1"}), ways_of({"junction": "roundabout"}), ways_of({})
    ((False, True), (True, False), (True, True))
    """
    said = tags.get("oneway:motor_vehicle", tags.get("oneway", ""))
    if said in ("-1", "reverse"):
        return False, True
    if said == "reversible":
        return False, False
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    if said in ("yes", "true", "1") or (implied and said not in ("no", "false", "0")):
        return True, False
    return True, True


def minutes_of(said: str) -> float | None:
    """A duration in minutes: ``00:45``, ``1:05:30``, ``45``, ``45 min``, ``PT1H5M``; None for none.

    >>> minutes_of("00:45"), minutes_of("1:05:30"), minutes_of("45 min"), minutes_of("PT1H5M"), minutes_of("soon")
    (45.0, 65.5, 45.0, 65.0, None)
    """
    said = said.strip()
    if match := re.fullmatch(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?", said):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 60 + minutes + seconds / 60 or None
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:min|minutes|m)?", said):
        return float(match.group(1)) or None
    if (match := re.fullmatch(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", said)) and any(match.groups()):
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return days * 1_440 + hours * 60 + minutes + seconds / 60 or None
    return None


def takes_cars(tags: Mapping[str, str]) -> bool | None:
    """Whether a ferry takes cars; None where it does not say."""
    said = next((tags[key] for key in WHO if key in tags), None)
    return None if said is None else said not in NOBODY
