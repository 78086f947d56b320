"""What is asked: places, women, travel, beds, money, policy, and what is not known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity.problem.problem import Problem as Problem


def __getattr__(name: str) -> Any:
    """`Problem` by the room's own name, loaded when it is asked for."""
    if name == "Problem":
        from capacity.problem.problem import Problem

        return Problem
    raise AttributeError(f"module 'capacity.problem' has no attribute {name!r}")
