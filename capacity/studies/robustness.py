"""How plans stand in every scenario: regret, no-regret sites, one unit fewer, and a verdict in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, Tell
from capacity.engines.enumerate import why_not
from capacity.engines.question import refuse_no_problem
from capacity.errors import InfeasibleError
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.named import NamedScenario
from capacity.problem.problem import Problem
from capacity.rules.objectives import Objective, ObjectiveName, objective_named
from capacity.studies.cases import Case, cases_of, joint_of, missing_rules
from capacity.studies.closures import closures
from capacity.studies.flexible import flexible_row
from capacity.studies.information import Information, information
from capacity.studies.least_bad import LeastBad, least_bad
from capacity.studies.result import StudyResult
from capacity.studies.standing import Standing, in_order, row_of, solved, summary_of
from capacity.studies.telling import whole_or_nothing
from capacity.studies.verdict import verdict_of

if TYPE_CHECKING:
    import pandas as pd

    from capacity.studies.influence import Influence


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Robustness(StudyResult):
    """Plans under scenarios.

    Attributes
    ----------
    plans : tuple of dict
        One a plan: plan (a letter), site_ids, units, beds (as built), best_in, right_in and keeps_in
        (scenarios in which it is best, best or within 2 %, and keeps the rules), right_share (by
        probability), worst_regret and worst_in, mean_behind (of the scenarios in which it keeps the rules).
    rows : tuple of dict
        One a plan and scenario: plan (site ids), letter, scenario, women_per_year, probability,
        must_hold, status, broken (rules its units break there), objective, regret (objective less the
        scenario's best), behind (as a share), beds (needed there); and with the beds as built:
        turned_away (share of women), cost_dkk (a year, building as an annuity), result_dkk (income
        less running cost).
    best : mapping of scenario id to site ids
        Best units in each scenario; () where no plan keeps the rules.
    missing : mapping of scenario id to rule names
        Where no plan keeps the rules: what the plan that breaks the fewest breaks.
    no_regret, optional, never : tuple of str
        Sites in all, in some, in none of the scenarios' best plans (of those that have one): over demand alone.
    flexible : tuple of dict
        Of the recommended plan, by scenario: beds built and open, what opening and closing saves, and
        the share turned away with fixed and with flexible beds (`capacity.studies.flexible`).
    closures : tuple of dict
        Of the recommended plan: each unit closed for a quarter (`capacity.studies.closures`).
    information : Information or None
        EVPI and VSS over the scenarios that change demand alone (where no plan keeps the rules with all
        of them, over those that have a plan); None where there is none either, or without `nearest`.
    unplanned : tuple of Case
        Scenarios in which no plan keeps the rules.
    recommended : str
        Letter of the plan the verdict speaks of.
    verdict : tuple of str
        In words, five lines at most.
    notes : tuple of str
        What must be known to read it.
    """

    study: ClassVar[str] = "robustness"

    plans: tuple[dict[str, Any], ...]
    rows: tuple[dict[str, Any], ...]
    best: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, tuple[str, ...]]
    no_regret: tuple[str, ...]
    optional: tuple[str, ...]
    never: tuple[str, ...]
    flexible: tuple[dict[str, Any], ...]
    closures: tuple[dict[str, Any], ...]
    information: Information | None
    recommended: str
    verdict: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    unplanned: tuple[Case, ...] = field(default=())

    @cached_property
    def least_bad(self) -> tuple[LeastBad, ...]:
        """Where no plan keeps the rules: what is left, with outpatient courses for whom no unit is near."""
        return tuple(one for c in self.unplanned if (one := least_bad(c.problem, c.id)) is not None)

    @property
    def standing(self) -> Standing:
        """In how many scenarios the recommended plan is right."""
        (row,) = (row for row in self.plans if row["plan"] == self.recommended)
        return Standing(right_in=row["right_in"], scenarios=row["scenarios"])

    @property
    def table(self) -> pd.DataFrame:
        """One row a plan and scenario."""
        return _frame(self.rows)

    @property
    def summary(self) -> pd.DataFrame:
        """One row a plan."""
        return _frame(self.plans)

    @property
    def beds(self) -> pd.DataFrame:
        """Flexible beds against fixed ones, one row a scenario."""
        return _frame(self.flexible)

    @property
    def closed(self) -> pd.DataFrame:
        """Each unit closed for a quarter, one row a unit."""
        return _frame(self.closures)

    def __repr__(self) -> str:
        return f"<Robustness of {len(self.plans)} plans in {len(self.best)} scenarios: {self.verdict[0]}>"

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object."""
        return {
            "plans": list(self.plans),
            "rows": list(self.rows),
            "best": {k: list(v) for k, v in self.best.items()},
            "missing": {k: list(v) for k, v in self.missing.items()},
            "no_regret": list(self.no_regret),
            "optional": list(self.optional),
            "never": list(self.never),
            "flexible": list(self.flexible),
            "closures": list(self.closures),
            "information": None if self.information is None else self.information.to_json(),
            "recommended": self.recommended,
            "verdict": list(self.verdict),
            "notes": list(self.notes),
            "least_bad": [one.to_json() for one in self.least_bad],
        }


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows))


@told
def robustness(
    problem: Problem,
    plans: Iterable[Plan] | None = None,
    *,
    scenarios: Iterable[NamedScenario] | None = None,
    objective: ObjectiveName | Objective = "travel",
    influence: Influence | None = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Tell | None = None,
) -> Robustness:
    """Value plans in every scenario: the units stay, and beds are shown as needed and as built.

    Parameters
    ----------
    problem : Problem
    plans : iterable of Plan, optional
        By default the problem's own best plan, the best plan of each scenario, and the plan with the
        best expected value over those that change demand alone.
    scenarios : iterable of NamedScenario, optional
        By default the problem's named ones (`Problem.named`); without any, its demand scenarios one
        by one.
    objective : str
        What regret is measured in.
    influence : Influence, optional
        What `capacity.influence` found of the problem: the verdict then counts the assumptions that change the units,
        too. Without it the verdict says that they were not tried.
    progress : callable (done, all), optional
        Called after each scenario.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, it ends with `InterruptedSolveError`.

    Raises
    ------
    DataError
        Where there is no scenario to look at, or the objective is unknown.
    InfeasibleError
        Where no plan keeps the rules in any scenario.
    """
    refuse_no_problem(problem, "robustness")
    goal, clock = objective_named(objective), Clock(None, tell)
    named = None if scenarios is None else tuple(scenarios)
    cases = cases_of(problem, named)
    bests = _bests(cases, objective, clock, progress)
    joint, together = _together(problem, named, bests, objective)
    looked_at = _plans(problem, plans, [*bests.values(), together], objective)
    if not looked_at:
        raise InfeasibleError(problem, problem.policy.on)
    letters = [_letter(k) for k in range(len(looked_at))]
    rows: list[dict[str, Any]] = []
    stays: dict[tuple[str, str], Floats | None] = {}
    for letter, plan in zip(letters, looked_at, strict=True):
        for case in cases:
            row, stays[letter, case.id] = row_of(letter, plan, case, bests[case.id], goal)
            rows.append(row)
    summary = tuple(
        summary_of(letter, plan, [r for r in rows if r["letter"] == letter])
        for letter, plan in zip(letters, looked_at, strict=True)
    )
    chosen = min(range(len(summary)), key=lambda k: in_order(summary[k]))
    plan = looked_at[chosen]
    best_sets = {s: () if p is None else p.site_ids for s, p in bests.items()}
    sets = [set(sites) for sites in best_sets.values() if sites]
    everywhere, somewhere = set.intersection(*sets) if sets else set(), set().union(*sets)
    missing = {c.id: missing_rules(c.problem) for c in cases if bests[c.id] is None}
    shut = tuple(closures(plan))
    known = None
    if joint is not None and together is not None and why_not(joint) is None:
        known = information(joint, objective, plan=together)
    return Robustness(
        plans=summary,
        rows=tuple(rows),
        best=best_sets,
        missing=missing,
        no_regret=tuple(sorted(everywhere)),
        optional=tuple(sorted(somewhere - everywhere)),
        never=tuple(j for j in sorted(problem.network.site_ids) if j not in somewhere),
        flexible=_flexible(plan, cases, {case.id: stays[letters[chosen], case.id] for case in cases}),
        closures=shut,
        information=known,
        recommended=letters[chosen],
        verdict=verdict_of(
            problem, summary[chosen], cases, best_sets, missing, everywhere, somewhere, shut, objective, influence
        ),
        notes=_notes(cases, joint, known, len(bests)),
        unplanned=tuple(c for c in cases if c.id in missing),
    )


def _bests(
    cases: Sequence[Case], objective: str | Objective, clock: Clock, progress: Callable[[int, int], None] | None
) -> dict[str, Plan | None]:
    """The best plan of each scenario."""
    bests: dict[str, Plan | None] = {}
    for done, case in enumerate(cases, 1):
        with whole_or_nothing("robustness"):
            bests[case.id] = solved(case.problem, objective, clock.part("scenarios", done - 1, len(cases)))
            if progress is not None:
                progress(done, len(cases))
            clock.tell("scenarios", done=done, count=len(cases), always=True)
            clock.check()
    return bests


def _flexible(plan: Plan, cases: Sequence[Case], stays: Mapping[str, Floats | None]) -> tuple[dict[str, Any], ...]:
    """What beds that can stand closed would save, in each scenario in which these units keep the rules."""
    built = np.array(plan.unit_table["beds"], dtype=np.int64)
    return tuple(
        {"scenario": c.id, "women_per_year": c.women_per_year, "probability": c.probability}
        | flexible_row(c.problem, built, used)
        for c in cases
        if (used := stays[c.id]) is not None
    )


def _together(
    problem: Problem,
    named: tuple[NamedScenario, ...] | None,
    bests: Mapping[str, Plan | None],
    objective: str | Objective,
) -> tuple[Problem | None, Plan | None]:
    """One problem of all scenarios and its best plan; of those that have a plan, where all together have none.

    Where families are not bound to their nearest unit the one problem is large, and left to `capacity.solve`.
    """
    joint = joint_of(problem, named)
    if joint is not None and why_not(joint) is not None:
        return joint, None
    together = None if joint is None else solved(joint, objective)
    if joint is not None and together is None:
        joint = joint_of(problem, named, [s for s, best in bests.items() if best is not None])
        together = None if joint is None else solved(joint, objective)
    return joint, together


def _plans(
    problem: Problem, given: Iterable[Plan] | None, others: Sequence[Plan | None], objective: str | Objective
) -> list[Plan]:
    """Plans to look at, each set of units once, the problem's own first."""
    if given is not None:
        return list({p.site_ids: p for p in given}.values())
    own = [solved(problem, objective), *others]
    found: dict[tuple[str, ...], Plan] = {}
    for plan in own:
        if plan is not None:
            found.setdefault(plan.site_ids, plan)
    return list(found.values())


def _letter(k: int) -> str:
    return chr(ord("A") + k) if k < 26 else f"P{k + 1}"


def _notes(cases: Sequence[Case], joint: Problem | None, known: Information | None, count: int) -> tuple[str, ...]:
    notes = []
    if any(c.equal for c in cases):
        notes.append("The scenarios count equally: nobody has said how likely each is.")
    if known is not None and joint is not None:
        among, said = len(joint.scenarios.ids), _worth(known)
        notes.append(f"With {among} scenarios at once: {said[0].lower()}{said[1:]}" if among < count else said)
    elif joint is not None and why_not(joint):
        notes.append("EVPI and VSS need a solve a scenario here: `capacity.information` works them out.")
    elif joint is not None:
        notes.append("No one plan keeps the rules with several scenarios at once: EVPI and VSS are not defined.")
    return tuple(notes)


def _worth(known: Information) -> str:
    """EVPI and VSS in a sentence."""

    def bracket(pair: tuple[float, float]) -> str:
        low, high = (f"{x:,.0f}" if abs(x) >= 10 else f"{x:.2g}" for x in pair)
        return low if low == high else f"{low} to {high}"

    unit = known.unit
    said = f"Knowing the scenario before building (EVPI) is worth {bracket(known.evpi)} {unit}"
    if known.vss is None:
        return f"{said}; a plan for the mean alone is no plan: {known.broken}."
    beds = f"; {known.broken}" if known.broken else ""
    return f"{said}; planning for all scenarios rather than their mean (VSS) {bracket(known.vss)}{beds}."
