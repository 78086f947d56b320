"""The policy: which of the named rules are on, and their numbers.

Every rule has a name and a sentence (see ``capacity rules``). A rule that is ``None``, ``False``
or an empty list is off. Four are part of what a plan means and are on unless said otherwise:
``served``, ``open_only``, ``one_size`` and ``promise``.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from capacity.errors import DataError, Finding


@dataclass(frozen=True, kw_only=True)
class Within:
    """A limit in minutes with named exceptions (``near_ambulatory``, ``reach``)."""

    minutes: float
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegionAccess:
    """At least `share` of a region's women within `minutes` of their unit."""

    share: float
    minutes: float


@dataclass(frozen=True, kw_only=True)
class OwnRegion:
    """Women stay in their own region, but for agreements (from region, to region)."""

    agreements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Volume:
    """At least `stays` a year: on average, in every scenario, or likely in a Poisson year."""

    stays: float
    when: str = "average"
    probability: float = 0.9


@dataclass(frozen=True, kw_only=True)
class Income:
    """Income covers the running cost in expectation, in every scenario, or likely in a Poisson year."""

    when: str = "expected"
    probability: float = 0.9


@dataclass(frozen=True, kw_only=True)
class SizeFloor:
    """Least beds by site id; without any, the beds each site has today."""

    beds: tuple[tuple[str, int], ...] = ()


class Unfit(ValueError):
    """A setting's value is not of the form the rule takes (turned into a `Finding`)."""


def number(value: Any, what: str, *, least: float = 0.0, most: float = math.inf) -> float:
    """A finite number between two limits, or `Unfit`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Unfit(f"{what} is a number")
    if not least <= value <= most:
        raise Unfit(f"{what} lies between {least:g} and {most:g}")
    return float(value)


def fields_of(value: Any, kind: type[Any], short: str | None = None) -> dict[str, Any]:
    """A table's keys as keyword arguments; a bare value stands for the key `short`."""
    names = [f.name for f in dataclasses.fields(kind)]
    if isinstance(value, kind):
        return {name: getattr(value, name) for name in names}
    if not isinstance(value, Mapping):
        if short is None:
            raise Unfit(f"the value is a table with {', '.join(names)}")
        return {short: value}
    for key in value:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, 1)
            raise Unfit(f"unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    missing = [
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING and f.name not in value
    ]
    if missing:
        raise Unfit(f"the table lacks {', '.join(missing)}")
    return dict(value)


def names(value: Any, what: str) -> tuple[str, ...]:
    """A list of ids as a tuple, repeated ones once."""
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        raise Unfit(f"{what} is a list of ids")
    return tuple(dict.fromkeys(str(v) for v in (sorted(value) if isinstance(value, (set, frozenset)) else value)))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("the value is true or false")
    return value


def _always(value: Any) -> bool:
    if value is not True:
        raise Unfit("this is part of what a plan means and cannot be switched off")
    return True


def _units(value: Any) -> tuple[int, int]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value, value)
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Unfit("the value is a pair of whole numbers [fewest, most]")
    fewest, most = (number(v, "a number of units") for v in value)
    if fewest != int(fewest) or most != int(most) or not 0 <= fewest <= most or most < 1:
        raise Unfit("the value is a pair of whole numbers [fewest, most], most at least 1")
    return int(fewest), int(most)


def _within(value: Any) -> Within:
    given = fields_of(value, Within, "minutes")
    return Within(
        minutes=number(given["minutes"], "minutes"),
        exceptions=names(given.get("exceptions", ()), "exceptions"),
    )


def _region_access(value: Any) -> RegionAccess:
    given = fields_of(value, RegionAccess)
    return RegionAccess(
        share=number(given["share"], "share", most=1.0), minutes=number(given["minutes"], "minutes")
    )


def _own_region(value: Any) -> OwnRegion:
    given = {} if value is True else fields_of(value, OwnRegion)
    pairs = given.get("agreements", ())
    if not isinstance(pairs, (list, tuple)) or any(
        not isinstance(p, (list, tuple)) or len(p) != 2 for p in pairs
    ):
        raise Unfit("agreements is a list of pairs [from region, to region]")
    return OwnRegion(agreements=tuple((str(a), str(b)) for a, b in pairs))


def _volume(value: Any) -> Volume:
    given = fields_of(value, Volume, "stays")
    when = given.get("when", "average")
    if when not in ("average", "every_scenario", "poisson_year"):
        raise Unfit("when is average, every_scenario or poisson_year")
    chance = number(given.get("probability", 0.9), "probability", most=1 - 1e-9)
    return Volume(stays=number(given["stays"], "stays"), when=when, probability=chance)


def _income(value: Any) -> Income:
    given = {} if value is True else fields_of(value, Income)
    when = given.get("when", "expected")
    if when not in ("expected", "every_scenario", "poisson_year"):
        raise Unfit("when is expected, every_scenario or poisson_year")
    chance = number(given.get("probability", 0.9), "probability", most=1 - 1e-9)
    return Income(when=when, probability=chance)


def _size_floor(value: Any) -> SizeFloor:
    if value is True:
        return SizeFloor()
    pairs = value.beds if isinstance(value, SizeFloor) else value
    if isinstance(pairs, Mapping):
        pairs = tuple(sorted(pairs.items()))
    if not isinstance(pairs, tuple):
        raise Unfit("the value is true or a table of site id = beds")
    return SizeFloor(beds=tuple((str(j), int(number(k, "beds"))) for j, k in pairs))


def _budget(value: Any) -> float:
    return number(value, "a budget in DKK")


READ: Mapping[str, Callable[[Any], Any]] = {
    "served": _flag,
    "open_only": _always,
    "one_size": _always,
    "promise": _flag,
    "units": _units,
    "near_ambulatory": _within,
    "region_unit": _flag,
    "region_access": _region_access,
    "own_region": _own_region,
    "reach": _within,
    "nearest": _flag,
    "one_agreement": _flag,
    "volume": _volume,
    "income": _income,
    "build_budget": _budget,
    "run_budget": _budget,
    "keep": lambda value: names(value, "keep"),
    "forbid": lambda value: names(value, "forbid"),
    "size_floor": _size_floor,
}
"""How each rule's value is read: from TOML, from Python, from an earlier policy."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Rules by name; each takes a number, a table or one of the classes of this module.

    >>> Policy(units=(1, 6), volume=8).volume
    Volume(stays=8.0, when='average', probability=0.9)
    >>> Policy().volume is None
    True

    Attributes
    ----------
    prices : mapping of rule name to float
        A rule with a price may be broken: each unit of its excess (stays, minutes, women, DKK;
        see ``capacity rules``) adds the price to the objective; what is broken in one scenario
        counts by how likely the scenario is.

    Raises
    ------
    DataError
        With every fault found.
    """

    served: Any = True
    open_only: Any = True
    one_size: Any = True
    promise: Any = True
    units: Any = None
    near_ambulatory: Any = None
    region_unit: Any = None
    region_access: Any = None
    own_region: Any = None
    reach: Any = None
    nearest: Any = None
    one_agreement: Any = None
    volume: Any = None
    income: Any = None
    build_budget: Any = None
    run_budget: Any = None
    keep: Any = None
    forbid: Any = None
    size_floor: Any = None
    prices: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = []
        for name, read in READ.items():
            value = getattr(self, name)
            if name not in ("open_only", "one_size") and off(value):
                object.__setattr__(self, name, None)
                continue
            try:
                object.__setattr__(self, name, read(value))
            except (Unfit, TypeError, KeyError, ValueError) as fault:
                found.append(
                    Finding(
                        table="rules",
                        column=name,
                        value=str(value),
                        rule=str(fault),
                        remedy=f"See `capacity rules` for {name}, or set it to false.",
                    )
                )
        prices = dict(sorted(self.prices.items()))
        for name, price in prices.items():
            if name not in READ or name in ("open_only", "one_size"):
                rule = "a price belongs to a rule that may be broken"
            elif not isinstance(price, (int, float)) or not 0 < price < math.inf:
                rule = "a price is a number above zero"
            else:
                continue
            found.append(
                Finding(
                    table="prices", column=name, value=str(price), rule=rule, remedy="Correct or remove it."
                )
            )
        object.__setattr__(self, "prices", prices)
        if found:
            raise DataError(found)

    @property
    def on(self) -> tuple[str, ...]:
        """Names of the rules that are on."""
        return tuple(name for name in READ if getattr(self, name) is not None)

    def replace(self, **changes: Any) -> Self:
        """Copy with some rules changed; the copy is checked again."""
        return dataclasses.replace(self, **changes)

    def settings(self) -> dict[str, Any]:
        """Rules as they stand in ``case.toml``: false where off."""
        return {name: plain(getattr(self, name)) for name in READ}


def off(value: Any) -> bool:
    """Whether a setting switches its rule off."""
    return value is None or value is False or (isinstance(value, (list, tuple)) and len(value) == 0)


def plain(value: Any) -> Any:
    """A rule's value in the plainest form that reads back as itself."""
    match value:
        case None:
            return False
        case SizeFloor(beds=beds):
            return dict(beds) or True
        case Within(minutes=minutes, exceptions=()):
            return minutes
        case Within(minutes=minutes, exceptions=exceptions):
            return {"minutes": minutes, "exceptions": list(exceptions)}
        case OwnRegion(agreements=pairs):
            return {"agreements": [list(p) for p in pairs]} if pairs else True
        case Volume(stays=stays, when="average"):
            return stays
        case Income(when="expected"):
            return True
        case Income(when="every_scenario"):
            return {"when": "every_scenario"}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        case tuple():
            return list(value)
        case _:
            return value
