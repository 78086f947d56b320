"""A rule's value, read from TOML, JSON or Python at one door: msgspec, with messages a planner can act on."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from capacity.tolerances import CERTAIN

R = TypeVar("R")

Ids = Annotated[tuple[str, ...], Meta(description="ids")]
"""Ids of sites, points or regions: a list of text, repeated ones once."""

Share = Annotated[float, Meta(ge=0, le=1)]
"""A share of one."""

AtLeastZero = Annotated[float, Meta(ge=0)]
"""A number that is not negative."""

Chance = Annotated[float, Meta(ge=0, le=1 - CERTAIN)]
"""A probability that is not certainty."""


Plain = bool | int | float | str | Sequence[object] | Mapping[str, object]
"""A setting as TOML and JSON have it; tables and lists hold more of the same."""


class Unfit(ValueError):
    """A setting's value is not of the form the rule takes (turned into a `Finding`)."""


def read(kind: type[R], given: Mapping[str, object]) -> R:
    """An object of a dataclass from a table of its parameters.

    Raises
    ------
    Unfit
        With what the value ought to be, in the planner's words.
    """
    types = hints(kind)
    names = list(types)
    for key in given:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, 1)
            raise Unfit(f"unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    missing = [name for name in required(kind) if name not in given]
    if missing:
        raise Unfit(f"the table lacks {', '.join(missing)}")
    prepared = {key: _prepared(value, types[key]) for key, value in given.items()}
    for key, value in prepared.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise Unfit(_asked(key, types[key]))
    try:
        return msgspec.convert(prepared, type=kind)
    except msgspec.ValidationError as error:
        place = re.search(r"`\$\.(\w+)", str(error))
        if place is None or place.group(1) not in types:
            raise Unfit(str(error)) from None
        key = place.group(1)
        raise Unfit(_asked(key, types[key], value=prepared.get(key))) from None


def hints(kind: type[object]) -> dict[str, Any]:
    """The parameters of a dataclass with their types, constraints included."""
    return _hints(kind)  # type: ignore[arg-type]  # a class hashes


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    types = get_type_hints(kind, include_extras=True)
    return {field.name: types[field.name] for field in dataclasses.fields(kind)}


def usual(kind: type[object]) -> Mapping[str, object]:
    """The parameters of a dataclass with their defaults; `dataclasses.MISSING` where there is none."""
    return _usual(kind)  # type: ignore[arg-type]  # a class hashes


@cache
def _usual(kind: type[Any]) -> Mapping[str, object]:
    return {field.name: field.default for field in dataclasses.fields(kind)}


def required(kind: type[Any]) -> tuple[str, ...]:
    """Parameters that have no default."""
    return _required(kind)  # type: ignore[arg-type]  # a class hashes


@cache
def _required(kind: type[Any]) -> tuple[str, ...]:
    return tuple(
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    )


def plainest(value: object) -> Any:
    """A parameter as TOML and JSON have it: tuples as lists."""
    if isinstance(value, Mapping):
        return {str(k): plainest(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plainest(v) for v in value]
    return value


def _prepared(value: object, kind: object) -> object:
    """What Python brings besides TOML and JSON: sets, numpy's numbers; and ids that are numbers."""
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if kind == Ids and isinstance(value, (list, tuple)):
        return tuple(dict.fromkeys(str(v) for v in value))
    if isinstance(value, (list, tuple)):
        return [_prepared(v, None) for v in value]
    return value


def _asked(key: str, kind: Any, value: object = None) -> str:
    """What a parameter is, in words."""
    metas = [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, Meta)]
    what = next((meta.title for meta in metas if meta.title), key)
    if kind == Ids:
        return f"{what} is a list of ids"
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(bare) is Literal:
        *first, last = map(str, get_args(bare))
        return f"{what} is {', '.join(first)} or {last}" if first else f"{what} is {last}"
    if bare is bool:
        return f"{what} is true or false"
    if bare in (int, float):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and (bare is float or isinstance(value, int)):
            low = next((meta.ge for meta in metas if meta.ge is not None), -math.inf)
            high = next((meta.le for meta in metas if meta.le is not None), math.inf)
            return f"{what} lies between {low:g} and {high:g}"
        return f"{what} is a {'whole ' if bare is int else ''}number"
    if bare is str:
        return f"{what} is text"
    said = next((meta.description for meta in metas if meta.description), None)
    return f"{what} is {said}" if said else f"{what} is of another kind"
