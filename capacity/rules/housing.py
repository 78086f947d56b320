"""Budgets that pay for aftercare as well: its beds are steps in who goes where, which no linear row follows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from capacity.rules.admitted import AdmittedRunBudget, counting
from capacity.rules.aftercare import aftercare_building, aftercare_running
from capacity.rules.budgets import BuildBudget, RunBudget
from capacity.rules.courses import courses_cost
from capacity.rules.rule import Excess, Rule

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans


class HousedBuildBudget(BuildBudget):
    """Building costs, those of aftercare among them, stay within the budget."""

    linear = stagewise = few_scenarios = kept_by_mean = False
    # Kinds of bed make what settings of aftercare do to it a matter of numbers.
    moved_by = None
    # A shared house of another region is nobody's there.
    when_cut = ""
    thresholds = Rule.thresholds

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What building costs beyond the budget."""
        spent = p.finance.building_cost(plans.beds).sum(axis=1) + aftercare_building(p, plans)
        over = np.asarray(spent - self.dkk, dtype=float)[:, None]
        return Excess(keys=((),), amount=over, scale=max(1.0, self.dkk))


class HousedRunBudget(RunBudget):
    """Yearly running costs, those of aftercare among them, stay within the budget."""

    linear = stagewise = few_scenarios = kept_by_mean = False
    moved_by = None
    # A shared house of another region is nobody's there.
    when_cut = ""
    thresholds = Rule.thresholds

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What running costs beyond the budget."""
        counted = p.counted(plans.beds[:, None, :], plans.stays)
        stays = np.einsum("s,bsj->bj", p.probability, counted)
        cost = np.where(plans.open, p.finance.yearly_cost(plans.beds, stays, p.care.mean_days), 0.0).sum(axis=1)
        if p.outpatient.on:
            cost = cost + courses_cost(p, plans) @ p.probability
        over = np.asarray(cost + aftercare_running(p, plans) - self.dkk)[:, None]
        return Excess(keys=((),), amount=over, scale=max(1.0, self.dkk))


BUILT, RUN = (BuildBudget, HousedBuildBudget), (RunBudget, AdmittedRunBudget, HousedRunBudget)
"""Budgets of building and of running, without aftercare and with it."""


def paying(rule: Rule, *, admitted: bool, built: bool, run: bool) -> Rule:
    """The rule with the same numbers, as a problem pays.

    Parameters
    ----------
    rule : Rule
    admitted : bool
        Stays that are admitted alone are counted, not all.
    built, run : bool
        Building, and running, is of aftercare as well.
    """
    kind = type(rule)
    if (kind in BUILT and built) or (kind in RUN and run):
        return _as(rule, HousedBuildBudget if kind in BUILT else HousedRunBudget)
    plain = {HousedBuildBudget: BuildBudget, HousedRunBudget: RunBudget}.get(kind, kind)
    return counting(_as(rule, plain), admitted=admitted)


def _as(rule: Rule, kind: type[Rule]) -> Rule:
    if type(rule) is kind:
        return rule
    return kind(**{f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)})  # type: ignore[arg-type]  # each rule is a dataclass
