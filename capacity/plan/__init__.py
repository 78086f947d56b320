"""What is answered: a plan as tables and numbers, its own check, its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity.plan.plan import Plan as Plan


def __getattr__(name: str) -> Any:
    """`Plan` by the room's own name, loaded when it is asked for."""
    if name == "Plan":
        from capacity.plan.plan import Plan

        return Plan
    raise AttributeError(f"module 'capacity.plan' has no attribute {name!r}")
