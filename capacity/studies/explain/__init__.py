"""Why a problem has no plan, and the cheapest ways out."""

from __future__ import annotations

from capacity.studies.explain.explanation import Conflict, Explanation, explain
from capacity.studies.explain.ways_out import WayOut

__all__ = ["Conflict", "Explanation", "WayOut", "explain"]
