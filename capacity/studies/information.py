"""What knowing the scenario, and planning for all of them, is worth (Birge and Louveaux 2011, chapter 4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.engines.enumerate import MOST_SETS, bests_by_enumeration, space_of, why_not
from capacity.engines.mip import bests_by_model
from capacity.engines.question import refuse_no_problem
from capacity.engines.solve import solve_or_stop
from capacity.errors import InfeasibleError, NoPlanError
from capacity.plan.check import arrays_of
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import paid_in
from capacity.rules.objectives import Objective, ObjectiveName, objective_named
from capacity.studies.result import StudyResult
from capacity.studies.sets import with_sites
from capacity.tolerances import TIE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Information(StudyResult):
    """Value of information, each a bracket (low, high): equal where every run was proven.

    Attributes
    ----------
    objective, unit : str
    plan : tuple of float
        Expected value of the plan made before the scenario is known (its bound, and itself).
    waiting : tuple of float
        Expected value if the scenario were known first: each scenario's own best, among the plans
        that keep the rules of the whole problem.
    mean_plan : float or None
        Expected value of the plan that is best for the mean demand; None where its units break a rule.
    evpi, vss : tuple of float, or None
        Expected value of perfect information; value of the stochastic solution. Not negative.
    broken : str
        What the plan for the mean breaks, in words; "" where it keeps the rules.
    """

    study: ClassVar[str] = "information"

    objective: str
    unit: str
    plan: tuple[float, float]
    waiting: tuple[float, float]
    mean_plan: float | None
    evpi: tuple[float, float]
    vss: tuple[float, float] | None
    broken: str

    @property
    def table(self) -> pd.DataFrame:
        """One row a figure: figure, low, high, unit; missing where a figure is not known."""
        import pandas as pd

        mean = None if self.mean_plan is None else (self.mean_plan, self.mean_plan)
        figures = {"plan": self.plan, "waiting": self.waiting, "mean_plan": mean, "evpi": self.evpi, "vss": self.vss}
        return pd.DataFrame(
            [
                {
                    "figure": name,
                    "low": None if of is None else of[0],
                    "high": None if of is None else of[1],
                    "unit": self.unit,
                }
                for name, of in figures.items()
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return asdict(self)


@told
def information(
    problem: Problem,
    objective: ObjectiveName | Objective = "travel",
    time_limit: float | None = None,
    *,
    plan: Plan | None = None,
) -> Information:
    """Work out EVPI and VSS of a problem with several scenarios, by the plan's loss (smaller is better).

    Parameters
    ----------
    problem : Problem
        With several scenarios, such as `capacity.with_scenarios` gives.
    time_limit : float, optional
        Seconds for each of the runs; where one is cut short the values are brackets.
    plan : Plan, optional
        The problem's best plan, where it is known already.

    Raises
    ------
    InfeasibleError
        No plan keeps the rules.
    """
    refuse_no_problem(problem, "information")
    goal = objective_named(objective)
    plan = solve_or_stop(problem, objective, time_limit) if plan is None else plan
    few = why_not(problem) is None and space_of(problem).sets <= MOST_SETS
    bests = (bests_by_enumeration if few else bests_by_model)(problem, goal, time_limit)
    chance = problem.probability
    # A run cut short may have missed the best: the value is then known from above only.
    waiting = (float(chance @ bests.bound), float(chance @ np.minimum(bests.value, _own(plan, problem, objective))))
    least = goal.sign * plan.bound
    mean, broken = _mean_plan(problem, plan, objective, time_limit)

    def worth(high: float, low: float) -> float:
        """A difference of two losses: never negative, and none where it is rounding."""
        return high - low if high - low > TIE * max(abs(high), abs(low)) else 0.0

    return Information(
        objective=goal.name,
        unit=goal.unit,
        plan=(least, plan.loss),
        waiting=waiting,
        mean_plan=mean,
        evpi=(worth(least, waiting[1]), worth(plan.loss, waiting[0])),
        vss=None if mean is None else (worth(mean, plan.loss), worth(mean, least)),
        broken=broken,
    )


def _own(plan: Plan, problem: Problem, objective: str | Objective) -> Any:
    """The plan's own loss in each scenario: no scenario's best is worse."""
    arrays = arrays_of(plan)[0]
    common, own = paid_in(problem, arrays)
    return objective_named(objective).by_scenario(problem, arrays)[0] + common[0] + own[0]


def _mean_plan(
    problem: Problem, plan: Plan, objective: str | Objective, time_limit: float | None
) -> tuple[float | None, str]:
    """Loss, under all scenarios, of the units that are best for the mean demand; and what they break."""
    scenarios = problem.scenarios
    mean = scenarios.replace(ids=("mean",), women=scenarios.expected[None], probability=None, must_hold=None, labels=())
    try:
        planned = solve_or_stop(problem.replace(scenarios=mean), objective, time_limit)
    except InfeasibleError:
        return None, "no plan keeps the rules at the mean demand"
    except NoPlanError:
        return None, "no plan for the mean demand was found within the limit"
    try:
        under_all = solve_or_stop(with_sites(problem, planned.site_ids), objective, time_limit)
    except (InfeasibleError, NoPlanError):
        return None, "the units that are best for the mean demand break a rule in the scenarios"
    more = under_all.beds - planned.beds
    return under_all.loss, f"the plan for the mean demand has {more} beds too few" if more > 0 else ""
