"""The settings worth moving to get a plan: how each is moved, in steps, and what it can mend."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.tolerances import WHOLE_NUMBER

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Lever:
    """A setting that may be moved in steps.

    Attributes
    ----------
    key : str
    value : callable (int) -> value after so many steps, or None where there are no more
    size : callable (int) -> float
    free : tuple of str
        Rules that the setting can mend: worlds that break only these may become plans.
    most : int
        Steps after which it moves no farther.
    to_off : bool
        Whether the last step says no more than switching the rule off.
    freed : callable (Problem) -> Problem, optional
        Where more steps may harm again: the problem without what they can break.
    spent : callable (Problem) -> Problem, optional
        Where more steps may harm again: the problem without what they can mend. Where that has no plan, more steps
        give none either.
    proven : bool
        Whether a change that is made or not is known to be none too large.
    note : str
        What is to be said of it besides.
    """

    key: str
    value: Callable[[int], Any]
    size: Callable[[int], float]
    free: tuple[str, ...]
    most: int = 1
    to_off: bool = False
    freed: Callable[[Problem], Problem] | None = None
    spent: Callable[[Problem], Problem] | None = None
    proven: bool = True
    note: str = ""


def once(key: str, value: Any, size: float, free: str) -> Lever:
    """A change that is made or not."""
    return Lever(key=key, value=lambda _: value, size=lambda _: size, free=(free,), to_off=value is False)


def steps(
    key: str,
    was: float,
    step: float,
    direction: int,
    limit: float,
    free: tuple[str, ...],
    wrap: Callable[[float], Any] = float,
    *,
    to_off: bool = False,
    freed: Callable[[Problem], Problem] | None = None,
    spent: Callable[[Problem], Problem] | None = None,
) -> Lever:
    """A number moved in steps; the first step lands on a multiple of the step."""
    grid = math.ceil(was / step - WHOLE_NUMBER) - 1 if direction < 0 else math.floor(was / step + WHOLE_NUMBER) + 1
    digits = max(0, -math.floor(math.log10(step)))

    def number(k: int) -> float:
        value = round((grid + direction * (k - 1)) * step, digits)
        return min(value, limit) if direction > 0 else max(value, limit)

    most = max(1, math.ceil(abs(limit - was) / step + WHOLE_NUMBER))
    scale = max(abs(was), step)
    return Lever(
        key=key,
        value=lambda k: wrap(number(k)),
        size=lambda k: abs(number(k) - was) / scale,
        free=free,
        most=most,
        to_off=to_off,
        freed=freed,
        spent=spent,
    )
