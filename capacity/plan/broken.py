"""Which rules a given plan breaks, where, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.rules import firm_rules

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules import Excess, Plans, Rule
    from capacity.rules.rows import Key


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One instance of a rule that a plan breaks.

    Attributes
    ----------
    rule : str
        Its name.
    key : tuple of str
        What the instance is about: ids of a site, region, demand point, scenario; () for the whole.
    amount : float
        By how much, in the rule's unit.
    unit : str
    sentence : str
        The same in the planner's words.
    """

    rule: str
    key: Key
    amount: float
    unit: str
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """What ``broken`` of a plan's JSON says of it."""
        return {
            "rule": self.rule,
            "key": list(self.key),
            "amount": self.amount,
            "unit": self.unit,
            "sentence": self.sentence,
        }


def for_beds(problem: Problem, most: int) -> Problem:
    """The problem with stays told for as many beds as a plan has, where those are more than a unit may have."""
    return problem if most <= problem.sizes.largest else problem.replace(sizes={"largest": most})


def excess_of(rule: Rule, problem: Problem, plans: Plans) -> Excess:
    """How far plans break a rule; more beds than a unit may have carry what they carry."""
    if not rule.carries_stays:
        return rule.excess(problem, plans)
    return rule.excess(for_beds(problem, int(plans.beds.max(initial=0))), plans)


def missed_by(problem: Problem, plans: Plans, rule: Rule, key: Key, amount: float) -> str:
    """By how much one plan misses an instance of a rule, in words."""
    return rule.missed(problem, plans, key, amount) or f"{', '.join(key)}: {amount:.3g} {rule.unit}".removeprefix(": ")


def broken_by(problem: Problem, plans: Plans) -> tuple[Broken, ...]:
    """Every instance of a firm rule that one plan breaks, rule by rule in the order planners read them."""
    found = []
    for rule in firm_rules(problem):
        excess = excess_of(rule, problem, plans)
        for k in excess.broken[0].nonzero()[0].tolist():
            key, amount = excess.keys[k], float(excess.amount[0, k])
            said = missed_by(problem, plans, rule, key, amount)
            found.append(Broken(rule=rule.name, key=key, amount=amount, unit=rule.unit, sentence=said))
    return tuple(found)
