"""How a plan stands in each named scenario: regret, no-regret sites, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capacity.errors import InfeasibleError
from capacity.plan import Plan
from capacity.problem import Problem
from capacity.reading.scenarios import NamedScenario
from capacity.solving import solve
from capacity.studies.compare import freeze

if TYPE_CHECKING:
    import pandas as pd

NEARLY = 0.02
"""A plan within this of the best of a scenario is as good as right there."""


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """Plans under scenarios.

    Attributes
    ----------
    rows : tuple of dict
        One a plan and scenario: plan (site ids), scenario, women_per_year, probability, status,
        objective, regret (objective less the scenario's best), behind (as a share), beds.
    best : mapping of scenario id to site ids
        Best units in each scenario; () where no plan keeps the rules.
    no_regret, optional, never : tuple of str
        Sites in all, in some, in none of the scenarios' best plans (of those that have one).
    verdict : tuple of str
        In words.
    """

    rows: tuple[dict[str, Any], ...]
    best: Mapping[str, tuple[str, ...]]
    no_regret: tuple[str, ...]
    optional: tuple[str, ...]
    never: tuple[str, ...]
    verdict: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a plan and scenario."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def to_json(self) -> dict[str, Any]:
        """The study as a JSON object."""
        return {
            "rows": list(self.rows), "best": {k: list(v) for k, v in self.best.items()},
            "no_regret": list(self.no_regret), "optional": list(self.optional), "never": list(self.never),
            "verdict": list(self.verdict),
        }  # fmt: skip


def robustness(
    problem: Problem,
    scenarios: Sequence[NamedScenario],
    plans: Sequence[Plan] | None = None,
    *,
    objective: str = "travel",
) -> Robustness:
    """Value plans in each named scenario, the units as they are and beds as the scenario needs them.

    Parameters
    ----------
    problem : Problem
    scenarios : sequence of NamedScenario
        See `capacity.reading.scenarios.named_scenarios`.
    plans : sequence of Plan, optional
        By default the problem's own best plan and the best plan of each scenario.
    """
    by_scenario = {s.id: _solved(problem.set("demand.women_per_year", s.women_per_year), objective) for s in scenarios}
    if plans is None:
        own = [_solved(problem, objective), *by_scenario.values()]
        plans = list({p.site_ids: p for p in own if p is not None}.values())
    rows = []
    for plan in plans:
        frozen = freeze(plan)
        for s in scenarios:
            best = by_scenario[s.id]
            here = None if best is None else _solved(frozen.set("demand.women_per_year", s.women_per_year), objective)
            rows.append(_row(plan, s, best, here))
    found = {s: () if p is None else p.site_ids for s, p in by_scenario.items()}
    sets = [set(sites) for sites in found.values() if sites]
    ids = problem.network.site_ids
    everywhere = set.intersection(*sets) if sets else set()
    somewhere = set.union(*sets) if sets else set()
    return Robustness(
        rows=tuple(rows),
        best=found,
        no_regret=tuple(sorted(everywhere)),
        optional=tuple(sorted(somewhere - everywhere)),
        never=tuple(j for j in sorted(ids) if j not in somewhere),
        verdict=_verdict(plans, rows, scenarios, found, everywhere),
    )


def _solved(problem: Problem, objective: str) -> Plan | None:
    try:
        return solve(problem, objective)
    except InfeasibleError:
        return None


def _row(plan: Plan, s: NamedScenario, best: Plan | None, here: Plan | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "plan": list(plan.site_ids), "scenario": s.id, "women_per_year": s.women_per_year,
        "probability": s.probability, "must_hold": s.must_hold,
    }  # fmt: skip
    if best is None or here is None:
        status = "no plan keeps the rules" if best is None else "these units break a rule"
        return row | {"status": status, "objective": None, "regret": None, "behind": None, "beds": None}
    regret = max(0.0, here.objective - best.objective)
    behind = regret / best.objective if best.objective else 0.0
    return row | {
        "status": "best" if behind <= 1e-9 else "nearly" if behind <= NEARLY else "behind",
        "objective": here.objective, "regret": regret, "behind": behind, "beds": here.beds,
    }  # fmt: skip


def _verdict(
    plans: Sequence[Plan],
    rows: Sequence[Mapping[str, Any]],
    scenarios: Sequence[NamedScenario],
    best: Mapping[str, tuple[str, ...]],
    no_regret: set[str],
) -> tuple[str, ...]:
    solvable = [s for s in scenarios if best[s.id]]
    said = []
    if plans:
        first = list(plans[0].site_ids)
        right = [r for r in rows if r["plan"] == first and r["status"] in ("best", "nearly")]
        said.append(
            f"{', '.join(first)}: best or within {100 * NEARLY:g} % in {len(right)} of {len(scenarios)} scenarios."
        )
    if len(solvable) < len(scenarios):
        few = [s for s in scenarios if not best[s.id]]
        most = max(s.women_per_year for s in few)
        said.append(
            f"In {len(few)} of {len(scenarios)} scenarios (up to {most:g} women a year) no plan keeps the rules; "
            "`capacity explain` says why."
        )
    if no_regret:
        said.append(f"In every scenario that has a plan: {', '.join(sorted(no_regret))}.")
    changes = sorted({(len(best[s.id]), s.women_per_year) for s in solvable})
    sizes = sorted({count for count, _ in changes})
    for count in sizes[1:]:
        least = min(w for c, w in changes if c == count)
        said.append(
            f"{count} units only in scenarios from {least:g} women a year; `capacity ladder` has the exact levels."
        )
    if any(s.equal for s in scenarios):
        said.append("The scenarios count equally: nobody has said how likely each is.")
    return tuple(said)
