"""Where to place residential treatment, how many beds at each unit, and how sure.

>>> import capacity as cap
>>> problem = cap.denmark()
>>> plan = cap.solve(problem)
>>> plan.status
'optimal'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from capacity.beds import Promise as Promise
    from capacity.care import Care as Care
    from capacity.care import Sizes as Sizes
    from capacity.clock import Progress as Progress
    from capacity.clock import Stop as Stop
    from capacity.demand import Scenarios as Scenarios
    from capacity.errors import CapacityError as CapacityError
    from capacity.errors import DataError as DataError
    from capacity.errors import Finding as Finding
    from capacity.errors import InfeasibleError as InfeasibleError
    from capacity.errors import InterruptedSolveError as InterruptedSolveError
    from capacity.errors import NoPlanError as NoPlanError
    from capacity.errors import SolverError as SolverError
    from capacity.explaining import explain as explain
    from capacity.finance import Finance as Finance
    from capacity.network import Network as Network
    from capacity.plan import Plan as Plan
    from capacity.policy import Policy as Policy
    from capacity.problem import Problem as Problem
    from capacity.read import denmark as denmark
    from capacity.read import read_case as read_case
    from capacity.reading.observed import observed_counts as observed_counts
    from capacity.reading.scenarios import named_scenarios as named_scenarios
    from capacity.report.map import difference_map as difference_map
    from capacity.report.map import small_multiples as small_multiples
    from capacity.report.plan_file import read_plan as read_plan
    from capacity.report.plots import plot_ladder as plot_ladder
    from capacity.report.plots import plot_pareto as plot_pareto
    from capacity.report.plots import plot_regret as plot_regret
    from capacity.report.plots import plot_tornado as plot_tornado
    from capacity.rules import RULES as RULES
    from capacity.sampling import Uncertainty as Uncertainty
    from capacity.scenarios import NamedScenario as NamedScenario
    from capacity.scenarios import sample_scenarios as sample_scenarios
    from capacity.scenarios import scenario_table as scenario_table
    from capacity.scenarios import under as under
    from capacity.scenarios import with_scenarios as with_scenarios
    from capacity.solving import solve as solve
    from capacity.studies.alternatives import alternatives as alternatives
    from capacity.studies.backtest import backtest as backtest
    from capacity.studies.closures import closures as closures
    from capacity.studies.compare import compare as compare
    from capacity.studies.compare import freeze as freeze
    from capacity.studies.flexible import flexible_beds as flexible_beds
    from capacity.studies.information import information as information
    from capacity.studies.ladder import ladder as ladder
    from capacity.studies.pareto import pareto as pareto
    from capacity.studies.pareto import price_of_nearness as price_of_nearness
    from capacity.studies.pooling import pooling as pooling
    from capacity.studies.robustness import robustness as robustness
    from capacity.studies.simulation import stress as stress
    from capacity.studies.sweep import grid2 as grid2
    from capacity.studies.sweep import sweep as sweep
    from capacity.studies.sweep import tornado as tornado
    from capacity.studies.switch import switch_points as switch_points
    from capacity.travel import TravelMatrix as TravelMatrix

_HOMES = {
    "CapacityError": "errors",
    "Care": "care",
    "DataError": "errors",
    "Finance": "finance",
    "Finding": "errors",
    "InfeasibleError": "errors",
    "InterruptedSolveError": "errors",
    "NamedScenario": "scenarios",
    "Network": "network",
    "NoPlanError": "errors",
    "Plan": "plan",
    "Policy": "policy",
    "Problem": "problem",
    "Progress": "clock",
    "Promise": "beds",
    "RULES": "rules",
    "Scenarios": "demand",
    "Sizes": "care",
    "SolverError": "errors",
    "Stop": "clock",
    "TravelMatrix": "travel",
    "Uncertainty": "sampling",
    "denmark": "read",
    "explain": "explaining",
    "read_case": "read",
    "solve": "solving",
    "alternatives": "studies.alternatives",
    "pareto": "studies.pareto",
    "price_of_nearness": "studies.pareto",
    "sweep": "studies.sweep",
    "tornado": "studies.sweep",
    "grid2": "studies.sweep",
    "ladder": "studies.ladder",
    "switch_points": "studies.switch",
    "compare": "studies.compare",
    "freeze": "studies.compare",
    "pooling": "studies.pooling",
    "stress": "studies.simulation",
    "difference_map": "report.map",
    "read_plan": "report.plan_file",
    "small_multiples": "report.map",
    "plot_ladder": "report.plots",
    "plot_pareto": "report.plots",
    "plot_regret": "report.plots",
    "plot_tornado": "report.plots",
    "robustness": "studies.robustness",
    "backtest": "studies.backtest",
    "closures": "studies.closures",
    "flexible_beds": "studies.flexible",
    "information": "studies.information",
    "observed_counts": "reading.observed",
    "named_scenarios": "reading.scenarios",
    "sample_scenarios": "scenarios",
    "scenario_table": "scenarios",
    "under": "scenarios",
    "with_scenarios": "scenarios",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    """Load a public name from its home the first time it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'capacity' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"capacity.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
