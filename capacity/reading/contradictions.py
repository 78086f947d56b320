"""Settings and columns of a case that speak against each other, or say nothing: told, as either may be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from capacity.errors import some
from capacity.problem.network import UNBOUNDED
from capacity.problem.problem import Problem


def told_contradictions(problem: Problem, sections: Mapping[str, object]) -> tuple[str, ...]:
    """Notices for what a case says twice, in two ways or to no end.

    Parameters
    ----------
    problem : Problem
    sections : mapping
        The sections of ``case.toml``.

    Returns
    -------
    tuple of str
    """
    return tuple(dict.fromkeys((*_sizes(problem), *_rules(problem), *_at_odds(problem), *_lists(sections))))


def _sizes(problem: Problem) -> Iterator[str]:
    """Beds of today, and beds a rule asks for, beside what a site may have at most."""
    net, (_, most) = problem.network, problem.size_limits
    assert net.existing_beds is not None and net.site_largest is not None
    for k, (j, name) in enumerate(zip(net.site_ids, net.site_names, strict=True)):
        beds, largest, floor = int(net.existing_beds[k]), int(most[k]), int(problem.size_floor[k])
        if beds > largest and not beds > net.site_largest[k]:
            # More than the site's own largest size is told by the network.
            yield f"{name} ({j}) has {beds} beds today, more than its largest size, {largest}."
        if floor > largest and largest < UNBOUNDED:
            yield f"A rule asks for {floor} beds in {name} ({j}), whose largest size is {largest}: it can have no unit."


def _rules(problem: Problem) -> Iterator[str]:
    """Rules that ask for nothing, and prices of rules that are off."""
    for name, rule in problem.policy.items():
        floor = rule.least_beds(problem)
        if floor is not None and not np.any(floor):
            yield f"rules.{name} asks for no beds anywhere: no site has any today (existing_beds)."
    # A scenario may switch on what the case has not.
    later = {key.rpartition(".")[2] for scenario in problem.named for key in scenario.settings}
    for name in problem.policy.prices:
        if name not in problem.policy and name not in later:
            yield f"prices.{name} says nothing: rules.{name} is off."


def _at_odds(problem: Problem) -> Iterator[str]:
    """Pairs of rules that no plan keeps together, whatever the women and the ways."""
    net = problem.network
    firm = [(name, rule) for name, rule in problem.policy.items() if rule.price(problem) is None]
    for name, rule in firm:
        kept = rule.must_open(problem)
        if kept is None or not kept.any():
            continue
        for other, one in firm:
            sites, units = one.sites(problem), one.unit_range(problem)
            barred = () if sites is None else np.flatnonzero(kept & ~sites)
            if len(barred):
                named = some(f"{net.site_names[k]} ({net.site_ids[k]})" for k in barred)
                yield f"rules.{name} asks for a unit in {named}, rules.{other} for none: no plan keeps both."
            if units is not None and units[1] < (count := int(kept.sum())):
                yield f"rules.{name} asks for {count} units, rules.{other} for at most {units[1]}: no plan keeps both."


def _lists(sections: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Ids that stand twice in one list of the case: another one may be meant."""
    for key, value in sections.items():
        if isinstance(value, Mapping):
            yield from _lists(value, f"{prefix}{key}.")
        elif isinstance(value, list) and all(isinstance(i, str) for i in value):
            twice = sorted({i for i in value if value.count(i) > 1})
            if twice:
                yield f"{prefix}{key} names {some(twice)} twice: is another one meant?"
