"""What a rule says in closed form to the studies, tried as laws: levels of demand, more women, what a place spares."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from capacity.arrays import Bools
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, SplitPlan, allowed_pairs, serves_all
from capacity.testing.brute import breaks
from capacity.tolerances import RANGE_ENDS, TRAIT

LEVELS = 12
"""Levels of demand a set is looked at."""

SPREAD = (0.3, 3.0)
"""Between which parts of today's demand they lie."""


def thresholds(p: Problem, rule: Rule, sets: Bools, rng: np.random.Generator) -> str:
    """Between two levels that the rules name, a set of sites keeps the rule everywhere or nowhere."""
    from capacity.studies.levels import DEMAND, free_of_size, levels_of, of_size

    if not of_size(rule) or not len(sets):
        return ""
    # Only what has thresholds is asked for its levels; the rest holds at all of them or at none.
    others = {one.name: False for one in p.policy.values() if not of_size(one) and not (one.always or one.frame)}
    p = p.replace(policy=others)
    now = float(p.get(DEMAND))
    low, high = (part * now for part in SPREAD)
    opened = sets[int(rng.integers(len(sets)))]
    if _broken(free_of_size(p), opened):
        return ""
    kept = levels_of(p, opened, low, high)
    for level in rng.uniform(low, high, LEVELS).tolist():
        if any(abs(level - end) <= RANGE_ENDS * high for ends in kept for end in ends):
            continue
        said = any(a < level < b for a, b in kept)
        if said == _broken(p.set(DEMAND, level), opened):
            return (
                f"`thresholds` leave out a level: at {level:.6g} women a year units {opened.astype(int).tolist()} are "
                f"said to be {'a' if said else 'no'} plan, which is not so"
            )
    return ""


def _broken(p: Problem, opened: Bools) -> bool:
    """Whether families at the nearest of some sites, and the smallest sizes, break a rule of size."""
    from capacity.engines.enumerate import tested_rules
    from capacity.studies.levels import of_size

    plans = NearestPlans(p, opened[None], allowed_pairs(p))
    return any(bool(breaks(rule, p, plans)[0]) for rule in tested_rules(p) if of_size(rule))


GROWTH = (0.5, 1.4, 3.0)
"""How many times as many women, or as long stays."""


def rescaled(p: Problem, rule: Rule, plans: Iterable[SplitPlan], rng: np.random.Generator) -> str:
    """With the changes it names it is, of more women or longer stays, what it was before."""
    if not rule.says("rescaled"):
        return ""
    for plan in plans:
        times, women = float(rng.choice(GROWTH)), bool(rng.random() < 0.5)
        changes = rule.rescaled(p, times, women=women)
        if changes is None:
            continue
        if women:
            more = p.replace(scenarios=p.scenarios.replace(women=p.scenarios.women * times))
        else:
            more = p.replace(care={"mean_days": p.care.mean_days * times})
        more = more.replace(**changes)
        other = SplitPlan(more, plan.open[0], plan.beds[0], plan.shares(0))
        if breaks(rule, p, plan)[0] != breaks(more.policy[rule.name], more, other)[0]:
            what = "women" if women else "as long stays"
            return f"`rescaled` does not make it what it was: {changes} with {times:g} times as many {what}"
    return ""


def eased(p: Problem, rule: Rule, plans: Iterable[SplitPlan]) -> str:
    """What it says in its place holds wherever it does, and more women only make that looser."""
    changes = rule.eased_for_more(p) if rule.says("eased_for_more") else None
    if changes is None:
        return ""
    instead = p.replace(policy={rule.name: False} | dict(changes))
    for name in changes:
        if name in instead.policy and instead.policy[name].with_more_women not in ("same", "looser"):
            return f"`eased_for_more` names {name}, which more women may make tighter"
    for plan in plans:
        if any(breaks(one, p, plan)[0] for one in p.policy.values()):
            continue
        other = SplitPlan(instead, plan.open[0], plan.beds[0], plan.shares(0))
        if any(breaks(instead.policy[name], instead, other)[0] for name in changes if name in instead.policy):
            return f"a plan keeps it, and not what `eased_for_more` says in its place ({dict(changes)})"
    return ""


def spare(p: Problem, rule: Rule, plan: SplitPlan) -> str:
    """A plan that keeps all rules leaves no instance with less than nothing to spare."""
    if not rule.says("spare"):
        return ""
    pairs, asked = allowed_pairs(p), {i for i, needed in zip(p.network.point_ids, p.active, strict=True) if needed}
    for key in rule.excess(p, plan).keys:
        # Whoever need not be served needs no unit.
        if rule.about == "demand point" and not (key[0] in asked and serves_all(p)):
            continue
        left = rule.spare(p, key, pairs)
        if left is not None and left(plan.open[0]) < -TRAIT:
            return f"a plan keeps it in which `spare` says that {key} cannot be kept"
    return ""


def by_stays(p: Problem, rule: Rule, plan: SplitPlan) -> str:
    """A plan whose units all have the least stays keeps a rule whose rows these are."""
    if not rule.stays_by_rows or not breaks(rule, p, plan)[0]:
        return ""
    for least in rule.least_stays(p):
        if (plan.open[0] & (least.weight @ plan.stays[0] < least.least + TRAIT)).any():
            return ""
    return "stays_by_rows is declared, but a plan with its `least_stays` at every unit breaks it"


def about(p: Problem, rule: Rule, plan: SplitPlan) -> str:
    """Whether each instance is of the kind of place that `about` says."""
    places = {"site": p.network.site_ids, "region": p.network.regions, "demand point": p.network.point_ids}
    keys = rule.excess(p, plan).keys
    known = places.get(rule.about or "")
    stray = [key for key in keys if known is not None and (not key or key[0] not in known)]
    if stray:
        return f"about is {rule.about!r}, but it has an instance of the key {stray[0]}"
    return ""


def numbers(p: Problem, rule: Rule) -> str:
    """Whether its number is a whole one where that is said, and it is on by itself where that is."""
    if rule.whole_number and not all(isinstance(x, int) for x in _numbers(_parameters(rule))):
        return f"whole_number is declared, but it has the value {rule.plain()!r}"
    if (rule.usual or rule.always) and rule.name not in type(p.policy)(extra=_extra(p, rule)):
        trait = "always" if rule.always else "usual"
        return (
            f"{trait} is declared, but a policy that does not name it is without it: that only rules of the library are"
        )
    return ""


def _extra(p: Problem, rule: Rule) -> list[type[Rule]]:
    return [kind for kind in p.policy.extra if kind is type(rule)]


def _parameters(rule: Rule) -> dict[str, Any]:
    return {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)}  # type: ignore[arg-type]  # each is one


def _numbers(value: object) -> list[Any]:
    """The numbers in a value, wherever they stand in it."""
    if isinstance(value, Mapping):
        return [x for part in value.values() for x in _numbers(part)]
    if isinstance(value, (list, tuple)):
        return [x for part in value for x in _numbers(part)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []
