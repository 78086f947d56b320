"""Payment models: who pays for a unit's year, as data (``[payment.NAME]`` in ``case.toml``).

A model is put together of five parts, each of which may be missing: a yearly grant of the state to every unit, a sum
that the municipalities share by a column of theirs whoever comes (a subscription), a price of each day a woman of
theirs is there, who bears what is left, and who pays for outpatient courses. Nothing else is needed to say any of
those the documents speak of.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.errors import DataError, Finding, some
from capacity.problem.calls import told_when_made

BALANCES = "balances"
"""The day rate at which income covers the expected cost."""

CASE = "case"
"""The day rate of the case."""

WEIGHT = "weight"
"""The column by which the case splits need."""

RESTS = ("operator", "state")

COURSES = ("municipality", "state")


@told_when_made
@dataclass(frozen=True, kw_only=True)
class Payment:
    """One way of paying for the units.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and _.
    day_rate : float, "case", "balances" or None
        DKK that a municipality pays for a day; `case` is ``finance.day_rate_dkk``; `balances` the rate at which
        income covers the expected cost; None where days are not paid for.
    standing : str
        Column of the demand points by which municipalities share a yearly sum, whoever comes; ``weight`` is the
        column by which the case splits need; "" where they share none. With days paid for it is the standing cost
        of the units (and what of building is included), without them their whole expected cost; less the grant.
    grant_dkk_per_unit : float, optional
        A year, from the state; None takes ``finance.grant_dkk_per_year``.
    rest : {"operator", "state"}
        Who bears what the others do not pay, and keeps what they pay too much.
    courses : {"municipality", "state"}
        Who pays for outpatient courses, each at its price: the municipality whose woman is on one, or the state. No
        unit's operator has a part in them.
    source : str
        The document it is from, or the word assumption.
    """

    name: str
    day_rate: float | str | None = None
    standing: str = ""
    grant_dkk_per_unit: float | None = None
    rest: str = "operator"
    courses: str = "municipality"
    source: str = "assumption"

    def __post_init__(self) -> None:
        for key in ("day_rate", "grant_dkk_per_unit"):
            if isinstance(number := getattr(self, key), np.generic):
                object.__setattr__(self, key, number.item())
        faults = []
        for key, good, rule in (
            ("name", self.name.isidentifier() and self.name == self.name.lower(), "lower-case letters, digits and _"),
            (
                "day_rate",
                self.day_rate in (None, CASE, BALANCES) or _amount(self.day_rate),
                f"DKK a day, {CASE!r} or {BALANCES!r}",
            ),
            ("standing", isinstance(self.standing, str), "the name of a column, in quotes"),
            (
                "grant_dkk_per_unit",
                self.grant_dkk_per_unit is None or _amount(self.grant_dkk_per_unit),
                "DKK a year, not negative",
            ),
            ("rest", self.rest in RESTS, f"one of {some(RESTS)}"),
            ("courses", self.courses in COURSES, f"one of {some(COURSES)}"),
            ("source", isinstance(self.source, str), "text in quotes"),
        ):
            if not good:
                faults.append(_fault(f"{self.name}.{key}", getattr(self, key), rule))
        if faults:
            raise DataError(faults)

    @classmethod
    def read(cls, name: str, value: object) -> Payment:
        """A model from its table in ``case.toml``.

        Raises
        ------
        DataError
            With every fault found.
        """
        if not isinstance(value, Mapping):
            raise DataError([_fault(name, value, "a table of what is paid by whom")])
        known = [f.name for f in dataclasses.fields(cls) if f.name != "name"]
        rule = f"the keys are {', '.join(known)}"
        faults = [_fault(f"{name}.{key}", value[key], rule) for key in value if key not in known]
        try:
            model = cls(name=name, **{key: value[key] for key in value if key in known})
        except DataError as error:
            faults += error.findings
        if faults:
            raise DataError(faults)
        return model


def _amount(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _fault(column: str, value: object, rule: str) -> Finding:
    return Finding(table="payment", column=column, value=str(value), rule=rule, remedy="Correct the payment model.")


BUILT_IN: tuple[Payment, ...] = (
    Payment(name="day_rate", day_rate=CASE, source="Request-2024; the rate is the case's own assumption"),
    Payment(name="balancing_day_rate", day_rate=BALANCES, source="assumption: one rate for all units"),
    Payment(name="subscription", standing=WEIGHT, source="assumption: by the column that splits need"),
    Payment(name="two_parts", day_rate=BALANCES, standing=WEIGHT, source="assumption"),
    Payment(
        name="state_grant",
        day_rate=BALANCES,
        grant_dkk_per_unit=6e6,
        source="Answer-2025: state financing is wished for; the sum is an assumption",
    ),
    Payment(name="state_in_full", rest="state", courses="state", source="Answer-2025 4.1, annex 3"),
)
"""Models every problem knows; those of a case of the same name stand in their place."""


def known(own: tuple[Payment, ...]) -> dict[str, Payment]:
    """Every model by its name: the built-in ones, and those of a case."""
    return {model.name: model for model in (*BUILT_IN, *own)}
