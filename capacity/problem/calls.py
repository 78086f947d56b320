"""Calls from Python that make no sense: told as any fault of the input, and never by a traceback from inside."""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import numbers
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

from capacity.errors import CapacityError, DataError, Finding

P = ParamSpec("P")
R = TypeVar("R")

RAISED = (TypeError, ValueError, AttributeError, LookupError, OverflowError, AssertionError)
"""What Python raises where an argument makes no sense."""

LARGEST = 1e15
"""Numbers beyond it are no seconds, years, beds or seeds."""


def told(call: Callable[P, R]) -> Callable[P, R]:
    """Tell which argument makes no sense where a call falls over; what falls over on sensible ones is passed on.

    Nothing is looked at where the call goes well, and an error of a callback is the callback's.
    """

    @functools.wraps(call)
    def asked(*given: P.args, **named: P.kwargs) -> R:
        try:
            return call(*given, **named)
        except CapacityError:
            raise
        except RAISED as error:
            findings = _nonsense(call, given, named)
            if not findings:
                raise
            raise DataError(findings) from error

    return asked


def told_when_made(made: type[R]) -> type[R]:
    """As `told`, of a class: its fields are the arguments."""
    made.__init__ = told(made.__init__)  # type: ignore[method-assign]  # a dataclass makes its own
    return made


def _nonsense(call: Callable[..., Any], given: tuple[Any, ...], named: Mapping[str, Any]) -> list[Finding]:
    """A fault for each argument that is not of the kind that is asked for, or that no call can take."""
    try:
        arguments = inspect.signature(call).bind(*given, **named).arguments
    except TypeError:
        # Too many arguments, or one of a name that is none: Python says so itself.
        return []
    asked = call.__qualname__.removesuffix(".__init__")
    said = getattr(call, "__annotations__", {})
    faults = []
    for name, value in arguments.items():
        if name in ("self", "cls"):
            continue
        wanted = _meant(call, said.get(name, Any))
        if (kind := _misfit(value, wanted)) is None:
            continue
        faults.append(
            Finding(
                table=asked,
                column=name,
                value=f"{_shown(value)} ({type(value).__name__})",
                rule=f"{name} is {kind}",
                remedy=f"See help({asked}).",
            )
        )
    return faults


def _shown(value: object) -> str:
    try:
        return " ".join(str(value).split())[:60]
    except Exception:
        # What cannot even be printed is told by its type.
        return "what cannot be shown"


class _Names(dict[str, Any]):
    """Names that an annotation uses though they are imported for type checkers alone."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, name: str) -> Any:
        if name in self._known or hasattr(builtins, name):
            raise KeyError(name)
        library = {"pd": "pandas", "gpd": "geopandas", "Path": "pathlib"}.get(name, name)
        if library in sys.modules:
            return getattr(sys.modules[library], name, sys.modules[library])
        import capacity

        # Of a library that is not loaded nothing can have been given.
        return getattr(capacity, name) if name in capacity.__all__ else Any


def _meant(call: Callable[..., Any], annotation: Any) -> Any:
    """An annotation as a type; `Any` where it cannot be told."""
    if not isinstance(annotation, str):
        return annotation
    known = getattr(inspect.unwrap(call), "__globals__", {})
    if not known:
        return Any
    try:
        return eval(annotation, dict(known), _Names(known))  # our own annotations, as `typing` evaluates them
    except Exception:
        # A type of a library that is not loaded: nothing of it can have been given.
        return Any


def _misfit(value: Any, wanted: Any) -> str | None:
    """What is wanted, in words, where a value is nothing like it; None where it fits."""
    if wanted is Any or wanted is object or isinstance(wanted, TypeVar):
        return _unusable(value)
    origin, inside = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        misfits = [_misfit(value, one) for one in inside]
        return None if None in misfits else " or ".join(dict.fromkeys(filter(None, misfits)))
    if wanted is None or wanted is type(None):
        return None if value is None else "None"
    if origin is typing.Literal:
        return None if isinstance(value, str) and value in inside else f"one of {', '.join(map(str, inside))}"
    if origin is typing.Annotated:
        return _misfit(value, inside[0])
    return _of_kind(value, origin or wanted, inside)


def _of_kind(value: Any, kind: Any, inside: tuple[Any, ...]) -> str | None:
    """As `_misfit`, of one kind and what it holds."""
    if kind is bool:
        return None if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_") else "True or False"
    if kind in (int, float):
        return _misfit_of_number(value, whole=kind is int)
    if kind is str:
        return None if isinstance(value, str) and "\0" not in value else "text"
    if not isinstance(kind, type):
        return None if kind is not Callable or callable(value) else "a function"
    if kind is Callable or kind.__name__ == "Callable":
        return None if callable(value) else "a function"
    if kind.__name__ == "PathLike":
        return None if hasattr(value, "__fspath__") else "a path"
    if kind.__name__ == "ndarray":
        return None if _several(value) and not isinstance(value, Mapping) else "numbers, one for each"
    if kind.__module__.partition(".")[0] == "capacity" and not getattr(kind, "_is_protocol", False):
        return None if isinstance(value, kind) else f"a {kind.__name__}"
    if issubclass(kind, Mapping):
        if not isinstance(value, Mapping):
            return "a table of names and values"
        key, held = inside or (Any, Any)
        wrong = [m for k, v in value.items() if (m := _misfit(k, key) or _misfit(v, held))]
        return f"a table of names and values, each {wrong[0]}" if wrong else None
    if issubclass(kind, Iterable):
        if not _several(value) or isinstance(value, Mapping):
            return "a list"
        one = inside[0] if inside else Any
        # What can be gone through once has been.
        wrong = [] if hasattr(value, "__next__") else [m for each in value if (m := _misfit(each, one))]
        return f"a list, each of it {wrong[0]}" if wrong else None
    if getattr(kind, "_is_protocol", False):
        return _unusable(value)
    return None if isinstance(value, kind) else f"a {kind.__name__}"


def _several(value: Any) -> bool:
    """Whether a value holds several, and is no text."""
    return hasattr(value, "__iter__") and not isinstance(value, (str, bytes)) and getattr(value, "ndim", 1) != 0


def _misfit_of_number(value: Any, *, whole: bool) -> str | None:
    kind = "a whole number" if whole else "a number"
    # Asked of the type, for a type checker knows no more of numbers than that.
    if isinstance(value, bool) or not issubclass(type(value), numbers.Integral if whole else numbers.Real):
        return kind
    if whole:
        return None if 0 <= value <= LARGEST else f"{kind}, not negative and none beyond all counting"
    if isinstance(value, float) and math.isinf(value):
        return None
    return None if -LARGEST <= value <= LARGEST else f"{kind} that can be counted with"


def _unusable(value: Any) -> str | None:
    """What no call can take, whatever is asked for."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a number that can be counted with"
    return "text without NUL" if isinstance(value, str) and "\0" in value else None
