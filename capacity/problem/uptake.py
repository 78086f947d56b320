"""Uptake: what share of the women offered a place accept it, by how far away it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from capacity.arrays import Floats, floats
from capacity.errors import DataError, Finding


@dataclass(frozen=True, kw_only=True, eq=False)
class Uptake:
    """A curve: straight between its points, level before the first and after the last.

    Nobody has measured it (Answer-2025 4.1 asks to): every curve is an assumption, and none is the default.

    Attributes
    ----------
    minutes : ndarray (k,)
        One-way travel, ascending (in the unit of the travel matrix).
    share : ndarray (k,)
        Who accept a place so far away: between 0 and 1, not rising.

    Raises
    ------
    DataError
        With every fault found.
    """

    minutes: Floats
    share: Floats

    def __post_init__(self) -> None:
        for name in ("minutes", "share"):
            object.__setattr__(self, name, floats(getattr(self, name)))
        if self.minutes.ndim != 1 or self.minutes.shape != self.share.shape or not len(self.minutes):
            raise DataError([_fault(self.points, "a curve is pairs of minutes and share")])
        faults = []
        if not (np.isfinite(self.minutes).all() and (self.minutes >= 0).all() and (np.diff(self.minutes) > 0).all()):
            faults.append(_fault(self.minutes.tolist(), "minutes are finite, not negative, and ascend"))
        if not ((self.share >= 0) & (self.share <= 1)).all():
            faults.append(_fault(self.share.tolist(), "a share lies between 0 and 1"))
        elif not self.share.any():
            faults.append(_fault(self.share.tolist(), "somebody accepts a place"))
        elif (np.diff(self.share) > 0).any():
            faults.append(_fault(self.share.tolist(), "fewer accept a place the farther away it is"))
        if faults:
            raise DataError(faults)

    @classmethod
    def of(cls, points: Sequence[Any]) -> Self:
        """From pairs [minutes, share].

        >>> Uptake.of([[30, 1.0], [90, 0.6]]).at(np.array([10.0, 60.0, 200.0])).tolist()
        [1.0, 0.8, 0.6]
        """
        try:
            table = np.array([[float(v) for v in pair] for pair in points]).reshape(-1, 2)
        except (TypeError, ValueError):
            raise DataError([_fault(points, "a curve is pairs of minutes and share")]) from None
        return cls(minutes=table[:, 0], share=table[:, 1])

    @property
    def points(self) -> list[list[float]]:
        """The pairs, as ``case.toml`` writes them."""
        return [list(pair) for pair in zip(self.minutes.tolist(), self.share.tolist(), strict=True)]

    def at(self, minutes: Floats) -> Floats:
        """Share who accept a place so far away; 0 where there is no way."""
        shares = np.interp(np.where(np.isfinite(minutes), minutes, 0.0), self.minutes, self.share)
        return np.asarray(np.where(np.isfinite(minutes), shares, 0.0))


def _fault(value: object, rule: str) -> Finding:
    return Finding(
        table="travel",
        column="uptake",
        value=str(value),
        rule=rule,
        remedy="Write pairs of minutes and share, such as [[30, 1.0], [90, 0.7], [180, 0.4]], or false.",
    )
