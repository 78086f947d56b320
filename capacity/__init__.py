"""Where to place residential treatment, how many beds at each unit, and how sure.

>>> import capacity as cap
>>> problem = cap.denmark()
>>> plan = cap.solve(problem)
>>> plan.status
'optimal'
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from capacity.engines.clock import Progress as Progress
    from capacity.engines.clock import Stop as Stop
    from capacity.engines.solve import solve as solve
    from capacity.errors import CapacityError as CapacityError
    from capacity.errors import DataError as DataError
    from capacity.errors import Finding as Finding
    from capacity.errors import InfeasibleError as InfeasibleError
    from capacity.errors import InterruptedSolveError as InterruptedSolveError
    from capacity.errors import NoPlanError as NoPlanError
    from capacity.errors import SolverError as SolverError
    from capacity.plan.file import read_plan as read_plan
    from capacity.plan.plan import Plan as Plan
    from capacity.preparing.adding import add_site as add_site
    from capacity.preparing.travel import travel_from_roads as travel_from_roads
    from capacity.problem.aftercare import Aftercare as Aftercare
    from capacity.problem.care import Care as Care
    from capacity.problem.care import Sizes as Sizes
    from capacity.problem.demand import Scenarios as Scenarios
    from capacity.problem.finance import Finance as Finance
    from capacity.problem.named import NamedScenario as NamedScenario
    from capacity.problem.named import sample_scenarios as sample_scenarios
    from capacity.problem.named import scenario_table as scenario_table
    from capacity.problem.named import under as under
    from capacity.problem.named import with_scenarios as with_scenarios
    from capacity.problem.network import Network as Network
    from capacity.problem.outpatient import Outpatient as Outpatient
    from capacity.problem.outpatient import Pathways as Pathways
    from capacity.problem.payment import Payment as Payment
    from capacity.problem.policy import Policy as Policy
    from capacity.problem.problem import Problem as Problem
    from capacity.problem.promise import Promise as Promise
    from capacity.problem.sampling import Uncertainty as Uncertainty
    from capacity.problem.travel import TravelMatrix as TravelMatrix
    from capacity.reading.case import denmark as denmark
    from capacity.reading.case import read_case as read_case
    from capacity.reading.observed import observed_counts as observed_counts
    from capacity.reading.scenarios import named_scenarios as named_scenarios
    from capacity.report.map import difference_map as difference_map
    from capacity.report.map import small_multiples as small_multiples
    from capacity.report.plots import plot_ladder as plot_ladder
    from capacity.report.plots import plot_pareto as plot_pareto
    from capacity.report.plots import plot_regret as plot_regret
    from capacity.report.plots import plot_tornado as plot_tornado
    from capacity.report.table.state import read_table as read_table
    from capacity.rules import RULES as RULES
    from capacity.rules.objective import Objective as Objective
    from capacity.rules.rule import Rule as Rule
    from capacity.studies.adapting.adaptive import adapt as adapt
    from capacity.studies.alternatives import alternatives as alternatives
    from capacity.studies.backtest import backtest as backtest
    from capacity.studies.break_even import break_even as break_even
    from capacity.studies.closures import closures as closures
    from capacity.studies.compare import compare as compare
    from capacity.studies.compare import freeze as freeze
    from capacity.studies.equity import equity as equity
    from capacity.studies.evaluate import evaluate as evaluate
    from capacity.studies.explain import explain as explain
    from capacity.studies.flexible import flexible_beds as flexible_beds
    from capacity.studies.influence import influence as influence
    from capacity.studies.information import information as information
    from capacity.studies.ladder import ladder as ladder
    from capacity.studies.pareto import pareto as pareto
    from capacity.studies.pareto import price_of_nearness as price_of_nearness
    from capacity.studies.pooling import pooling as pooling
    from capacity.studies.robustness import robustness as robustness
    from capacity.studies.roll_out import roll_out as roll_out
    from capacity.studies.sharing import sharing as sharing
    from capacity.studies.simulation import stress as stress
    from capacity.studies.sweep import grid2 as grid2
    from capacity.studies.sweep import sweep as sweep
    from capacity.studies.switch import switch_points as switch_points
    from capacity.studies.tornado import tornado as tornado
    from capacity.studies.who_pays import who_pays as who_pays
    from capacity.studies.why_not import why_not as why_not

_HOMES = {
    "CapacityError": "errors",
    "Care": "problem.care",
    "DataError": "errors",
    "Finance": "problem.finance",
    "Finding": "errors",
    "InfeasibleError": "errors",
    "InterruptedSolveError": "errors",
    "NamedScenario": "problem.named",
    "Network": "problem.network",
    "NoPlanError": "errors",
    "Outpatient": "problem.outpatient",
    "Aftercare": "problem.aftercare",
    "Pathways": "problem.outpatient",
    "Payment": "problem.payment",
    "Plan": "plan.plan",
    "Policy": "problem.policy",
    "Problem": "problem.problem",
    "Progress": "engines.clock",
    "Promise": "problem.promise",
    "Objective": "rules.objective",
    "RULES": "rules",
    "Rule": "rules.rule",
    "Scenarios": "problem.demand",
    "Sizes": "problem.care",
    "SolverError": "errors",
    "Stop": "engines.clock",
    "TravelMatrix": "problem.travel",
    "Uncertainty": "problem.sampling",
    "denmark": "reading.case",
    "evaluate": "studies.evaluate",
    "explain": "studies.explain",
    "read_case": "reading.case",
    "solve": "engines.solve",
    "add_site": "preparing.adding",
    "adapt": "studies.adapting.adaptive",
    "alternatives": "studies.alternatives",
    "pareto": "studies.pareto",
    "price_of_nearness": "studies.pareto",
    "sweep": "studies.sweep",
    "tornado": "studies.tornado",
    "grid2": "studies.sweep",
    "influence": "studies.influence",
    "ladder": "studies.ladder",
    "switch_points": "studies.switch",
    "travel_from_roads": "preparing.travel",
    "who_pays": "studies.who_pays",
    "why_not": "studies.why_not",
    "compare": "studies.compare",
    "freeze": "studies.compare",
    "pooling": "studies.pooling",
    "sharing": "studies.sharing",
    "break_even": "studies.break_even",
    "equity": "studies.equity",
    "stress": "studies.simulation",
    "difference_map": "report.map",
    "read_plan": "plan.file",
    "read_table": "report.table.state",
    "small_multiples": "report.map",
    "plot_ladder": "report.plots",
    "plot_pareto": "report.plots",
    "plot_regret": "report.plots",
    "plot_tornado": "report.plots",
    "robustness": "studies.robustness",
    "roll_out": "studies.roll_out",
    "backtest": "studies.backtest",
    "closures": "studies.closures",
    "flexible_beds": "studies.flexible",
    "information": "studies.information",
    "observed_counts": "reading.observed",
    "named_scenarios": "reading.scenarios",
    "sample_scenarios": "problem.named",
    "scenario_table": "problem.named",
    "under": "problem.named",
    "with_scenarios": "problem.named",
}

_ALSO = {
    "beds": "problem.promise",
    "exact": "engines.exact",
    "finance": "problem.finance",
    "read": "reading.case",
    "synthetic": "reading.synthetic",
}
"""Public names of modules that stand in a room: ``import capacity.beds`` is ``capacity.problem.promise``."""


class _Also:
    """Finds a module by its public name: the very module, in `sys.modules` under both names."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """What the import system asks of whatever finds modules (``sys.meta_path``)."""
        top, _, rest = name.partition(".")
        public, _, below = rest.partition(".")
        if top != "capacity" or public not in _ALSO:
            return None
        return ModuleSpec(name, _Also(), origin=".".join(filter(None, ("capacity", _ALSO[public], below))))  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Nothing of its own: `exec_module` puts the module in its place."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Put the module in the room under its public name, with the modules below it that are loaded."""
        name, home = module.__name__, str(module.__spec__ and module.__spec__.origin)
        importlib.import_module(home)
        # What is below goes along: imported again, it would take the place of functions of the same name.
        for loaded in [m for m in sys.modules if m == home or m.startswith(f"{home}.")]:
            sys.modules[name + loaded.removeprefix(home)] = sys.modules[loaded]


# Before the finder of files, which would load what is below `capacity.exact` a second time.
sys.meta_path.insert(0, _Also)

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    """Load a public name from its home the first time it is asked for."""
    if name in _ALSO:
        return importlib.import_module(f"capacity.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'capacity' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"capacity.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ALSO})
