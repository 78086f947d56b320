"""Rules and near misses in the planner's words, with numbers that were worked out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from capacity.problem import Problem
from capacity.rules import RULES, Plans
from capacity.rules.rule import Key

SENTENCES = {rule.name: rule.sentence for rule in RULES}
MOST_NAMED = 3


def asked(problem: Problem, rule: str) -> str:
    """A rule with its numbers: "volume (8 stays a year)"."""
    value = getattr(problem.policy, rule)
    said: Callable[[], str] | None = {
        "units": lambda: _units(*value),
        "near_ambulatory": lambda: f"within {value.minutes:g} minutes of an ambulatory",
        "region_access": lambda: f"{100 * value.share:g} % within {value.minutes:g} minutes",
        "reach": lambda: f"nobody beyond {value.minutes:g} minutes",
        "volume": lambda: f"{value.stays:g} stays a year",
        "income": lambda: "income covers the running cost",
        "build_budget": lambda: f"{value / 1e6:,.1f} M DKK to build",
        "run_budget": lambda: f"{value / 1e6:,.1f} M DKK a year to run",
        "keep": lambda: ", ".join(value),
        "forbid": lambda: ", ".join(value),
        "region_unit": lambda: "a unit in every region",
        "own_region": lambda: "women stay in their own region",
        "nearest": lambda: "families use their nearest unit",
    }.get(rule)
    return f"{rule} ({said()})" if said else rule


def listed(names: Sequence[str]) -> str:
    """Names in a row: "Aalborg, Odense and Køge"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _units(fewest: int, most: int) -> str:
    if fewest == most:
        return "1 unit" if most == 1 else f"{most} units"
    return f"{fewest} to {most} units"


def missed(problem: Problem, plans: Plans, rule: str, keys: list[Key], amounts: list[float]) -> str:
    """By how much one plan misses a rule, at the instances it misses."""
    told = [_one(problem, plans, rule, key, amount) for key, amount in zip(keys, amounts, strict=True)]
    more = len(told) - MOST_NAMED
    return "; ".join(told[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _one(problem: Problem, plans: Plans, rule: str, key: Key, amount: float) -> str:
    words: dict[str, Callable[[], str]] = {
        "region_access": lambda: _region_access(problem, key, amount),
        "volume": lambda: f"{named_site(problem, key[0])} would have {_volume(problem) - amount:.1f} stays a year",
        "income": lambda: f"{named_site(problem, key[0])} would lack {amount / 1e6:,.2f} M DKK a year",
        "units": lambda: f"it would take {int(plans.open[0].sum())} units",
        "near_ambulatory": lambda: (
            f"{named_site(problem, key[0])} lies {_ambulatory(problem, key[0]):.0f} minutes from its ambulatory"
        ),
        "reach": lambda: (
            f"families from {_point(problem, key[0])} would travel {_way(problem, plans, key[0]):.0f} minutes"
        ),
        "region_unit": lambda: f"{_region(problem, key[0])} would have no unit",
        "own_region": lambda: f"{100 * amount:.0f} % of {_point(problem, key[0])} would be served elsewhere",
        "keep": lambda: f"{named_site(problem, key[0])} would close",
        "forbid": lambda: f"{named_site(problem, key[0])} would open",
        "build_budget": lambda: f"building would cost {amount / 1e6:,.2f} M DKK more",
        "run_budget": lambda: f"running would cost {amount / 1e6:,.2f} M DKK a year more",
        "size_floor": lambda: f"{named_site(problem, key[0])} would have {amount:.0f} beds too few",
        "one_agreement": lambda: f"{_point(problem, key[0])} would need {amount + 1:.0f} agreements",
    }
    unit = next((r.unit for r in RULES if r.name == rule), "")
    return words.get(rule, lambda: f"{', '.join(key)}: {amount:.3g} {unit}")()


def _region_access(problem: Problem, key: Key, amount: float) -> str:
    access, net = problem.policy.region_access, problem.network
    inside = net.point_region_index == net.regions.index(key[0])
    scenario = problem.scenarios.ids.index(key[1]) if len(key) > 1 else 0
    women = float(problem.women[scenario][inside].sum())
    near = 100 * max(0.0, access.share - amount / women)
    # 98.7 of 99 per cent must not read 99.
    digits = next((d for d in range(3) if round(near, d) < 100 * access.share), 3)
    return f"in {_region(problem, key[0])} {near:.{digits}f} % would live within {access.minutes:g} minutes"


def _volume(problem: Problem) -> float:
    from capacity.rules.viability import poisson_mean

    rule = problem.policy.volume
    return poisson_mean(rule.stays, rule.probability) if rule.when == "poisson_year" else float(rule.stays)


def named_place(problem: Problem, rule: str, key: Key) -> str:
    """The region or demand point that one instance of a rule is about, with its scenario."""
    place = _region(problem, key[0]) if rule.startswith("region") else _point(problem, key[0])
    return place if len(key) == 1 else f"{place} ({key[1]})"


def named_site(problem: Problem, site: str) -> str:
    """A site by its name and id."""
    return f"{problem.network.site_names[problem.network.site_ids.index(site)]} ({site})"


def _point(problem: Problem, point: str) -> str:
    return problem.network.point_names[problem.network.point_ids.index(point)]


def _region(problem: Problem, region: str) -> str:
    return problem.network.region_names[region]


def _ambulatory(problem: Problem, site: str) -> float:
    return float(problem.ambulatory_minutes[problem.network.site_ids.index(site)])


def _way(problem: Problem, plans: Plans, point: str) -> float:
    row = problem.network.point_ids.index(point)
    sent = plans.shares(0)
    return float(np.max(problem.minutes[row][sent.site[sent.point == row]], initial=0.0))


def plain_value(value: Any, decimals: int = 12) -> str:
    """A setting's value as ``--set`` takes it; with fewer `decimals`, as it is read."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={plain_value(v, decimals)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain_value(v, decimals) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else f"{round(value, decimals):.12g}"
