"""Conformance suites: whether a rule, an engine or an objective of one's own keeps what the library asks of one.

>>> from capacity.testing import check_objective
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity.testing.broken import BrokenLawError as BrokenLawError
    from capacity.testing.engine import check_engine as check_engine
    from capacity.testing.objective import check_objective as check_objective
    from capacity.testing.problems import random_problem as random_problem
    from capacity.testing.rules import LAWS as LAWS
    from capacity.testing.rules import check_rule as check_rule
    from capacity.testing.trial import Checked as Checked

_HOMES = {
    "LAWS": "rules",
    "BrokenLawError": "broken",
    "Checked": "trial",
    "check_engine": "engine",
    "check_objective": "objective",
    "check_rule": "rules",
    "random_problem": "problems",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a public name from its home the first time it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'capacity.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"capacity.testing.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
