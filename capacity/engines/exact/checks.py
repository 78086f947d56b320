"""What all engines refuse: sites that are not there, limits that are none."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from numbers import Real
from typing import Any

import numpy as np

from capacity.errors import some


def is_whole(number: object) -> bool:
    """Whether something is a whole number: not True, not a text, not 1.5."""
    return str(number) not in ("True", "False") and isinstance(number, Real) and number % 1 == 0


def chosen_sites(
    keep: Iterable[int], forbid: Iterable[int], sites: int, faults: list[str]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Columns to keep and to forbid, ascending; what is wrong with them joins the faults."""
    kept, closed = _columns("keep", keep, sites, faults), _columns("forbid", forbid, sites, faults)
    if both := sorted(set(kept) & set(closed)):
        faults.append(f"A site cannot be both kept and forbidden: {some(both)}.")
    return kept, closed


def _columns(name: str, chosen: Iterable[int], sites: int, faults: list[str]) -> tuple[int, ...]:
    try:
        listed = list(chosen)
    except TypeError:
        faults.append(f"{name} is a list of columns of cost; not {chosen}.")
        return ()
    wrong = [j for j in listed if not (is_whole(j) and 0 <= j < sites)]
    if wrong:
        faults.append(f"{name} names columns of cost (0 to {sites - 1}); not {some(wrong)}.")
        return ()
    return tuple(sorted({int(j) for j in listed}))


def check_time(time_limit: object, faults: list[str]) -> None:
    """Refuse a time limit that is none."""
    if time_limit is not None and not (isinstance(time_limit, Real) and float(time_limit) > 0):
        faults.append("time_limit is a number of seconds above zero.")


def check_shape(table: Any) -> None:
    """Refuse costs that are no table, before anything is asked of their numbers."""
    if len(table.shape) != 2 or 0 in table.shape:
        raise ValueError(f"cost is a table of points by sites, at least one of each; its shape is {table.shape}.")


def check_costs(numbers: Any, faults: list[str]) -> None:
    """Refuse costs below nothing, and those that are no number."""
    if np.isnan(numbers).any() or (numbers < 0).any():
        faults.append("cost is not negative and not NaN; write infinity where a site is out of reach.")


def check_count(
    p: Any, kept: Collection[int], closed: Collection[int], sites: int, faults: list[str], *, fewest: int = 1
) -> None:
    """Refuse a number of sites that is none, or that the sites to keep and to forbid do not allow."""
    least, most = max(fewest, len(kept)), sites - len(closed)
    if not (is_whole(p) and least <= p <= most):
        faults.append(f"p is a whole number from {least} (sites to keep) to {most} (sites allowed); not {p}.")


def refuse(faults: list[str]) -> None:
    """Raise all that is wrong, at once."""
    if faults:
        raise ValueError(" ".join(faults))
