"""Places by their names, for what rules say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capacity.problem.problem import Problem


def named_site(problem: Problem, site: str) -> str:
    """A site by its name and id."""
    return f"{problem.network.site_names[problem.network.site_ids.index(site)]} ({site})"


def named_point(problem: Problem, point: str) -> str:
    """A demand point by its name."""
    return problem.network.point_names[problem.network.point_ids.index(point)]


def named_region(problem: Problem, region: str) -> str:
    """A region by its name."""
    return problem.network.region_names[region]
