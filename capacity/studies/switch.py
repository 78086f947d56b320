"""Switch points: the values of a setting at which the best set of units changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, overload

from capacity.engines.clock import Clock, Tell
from capacity.engines.question import refuse_no_problem
from capacity.errors import DataError
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.rules import RULES
from capacity.rules.objectives import Objective, ObjectiveName, objective_named
from capacity.studies.ladder import EXACT_TO, certificate_of_ranges, ladder, no_range
from capacity.studies.levels import DEMAND, has_closed_form
from capacity.studies.result import StudyResult
from capacity.studies.spans import Span, number_of, spans
from capacity.studies.telling import known_up_to, whole_or_nothing

if TYPE_CHECKING:
    import pandas as pd

IN_UNITS = {
    DEMAND: "women a year",
    "stay.mean_days": "days",
    "finance.day_rate_dkk": "DKK a day",
    "finance.occupied_day_dkk": "DKK a day",
    "finance.unit_dkk_per_year": "DKK a year",
    "finance.bed_dkk_per_year": "DKK a year",
    "finance.grant_dkk_per_year": "DKK a year",
    "sizes.largest": "beds at most",
    "sizes.smallest": "beds at least",
    **{f"rules.{rule.name}{part and '.'}{part}": unit for rule in RULES for part, unit in rule.measured.items()},
}
"""What a setting's number is counted in."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A range of a setting in which one set of units is best.

    Attributes
    ----------
    low, high : float
    site_ids : tuple of str
        Empty where there is no plan.
    status : {"optimal", "infeasible"}
    proven : bool
        Whether it is proven that no other set is better anywhere between the ends.
    key : str
    places : tuple of str
        Names of the sites, in the order of `site_ids`.
    """

    low: float
    high: float
    site_ids: tuple[str, ...]
    status: str
    proven: bool
    key: str
    places: tuple[str, ...] = ()

    def said(self, who: str = "") -> str:
        """The range in a sentence."""
        unit = IN_UNITS.get(self.key, "")
        where = f"from {_plain(self.low)} to {_plain(self.high)}" + (f" {unit}" if unit else f" of {self.key}")
        if not self.site_ids:
            return f"No plan keeps the rules {where}."
        if who:
            return f"{who} stays best {where}."
        stay = "stays" if len(self.site_ids) == 1 else "stay"
        return f"{', '.join(self.places or self.site_ids)} {stay} best {where}."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Switches(StudyResult, Sequence[Switch]):
    """The ranges of a setting, low to high; reads like a tuple of `Switch`.

    Attributes
    ----------
    key : str
    steps : tuple of Switch
    """

    study: ClassVar[str] = "switch_points"

    key: str
    steps: tuple[Switch, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a range: from, to, site_ids, status, proven, text."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """One mapping a range, as ``--json`` gives them."""
        return [
            {
                "from": s.low,
                "to": s.high,
                "site_ids": list(s.site_ids),
                "status": s.status,
                "proven": s.proven,
                "text": s.said(),
            }
            for s in self.steps
        ]

    def to_json(self) -> dict[str, Any]:
        """The ranges as a JSON object."""
        return {"key": self.key, "steps": self.rows()}

    @overload
    def __getitem__(self, at: int) -> Switch: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Switch, ...]: ...
    def __getitem__(self, at: int | slice) -> Switch | tuple[Switch, ...]:
        return self.steps[at]

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"<Switches of {self.key}: {len(self.steps)} ranges>"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{round(value, 2):g}"


@told
def switch_points(
    problem: Problem,
    key: str,
    low: float,
    high: float,
    *,
    pieces: int = 40,
    exact_to: float = EXACT_TO,
    objective: ObjectiveName | Objective = "travel",
    progress: Callable[[float], object] | None = None,
    tell: Tell | None = None,
) -> Switches:
    """Where the best set of units changes as one setting moves from `low` to `high`.

    Demand, mean stay, money, budgets, volume, minutes and shares are proven on every range, whatever
    the rules: the set that is best where every rule is tightest is not beaten where every rule is
    loosest. Such a range is halved until the argument closes; one as narrow as `exact_to` on which it
    does not (where families may be split, two sets as good within rounding) has `proven` false.
    Whole numbers are each solved. Any other setting is scanned in equal pieces, and every
    change between two solves is closed in on: then a set that is best only inside one piece, with the
    same set on both sides, is not seen, and `proven` is false.

    Parameters
    ----------
    problem : Problem
    key : str
        A setting that is a number, such as ``finance.day_rate_dkk``, ``rules.volume`` or
        ``rules.region_access.minutes``.
    pieces : int
        Of the scan.
    exact_to : float
        How close the changes are found; a set that is best on a narrower range is not seen.
    progress : callable (float), optional
        Called with the value up to which it is known.
    tell : callable (Progress), optional
        Told how far it is; where it returns `capacity.Stop`, it ends with `InterruptedSolveError`.

    Returns
    -------
    Switches

    Raises
    ------
    DataError
        Where the setting is unknown or takes no number, or the range is empty.
    """
    refuse_no_problem(problem, "switch_points")
    goal = objective_named(objective)
    if not low < high:
        raise DataError([no_range("switch points", key, low, high)])
    if key == DEMAND and has_closed_form(problem, goal, high):
        rungs = ladder(problem, key, low=low, high=high, objective=goal).steps
        ranges = [Span(low=s.low, high=s.high, site_ids=s.site_ids, proven=True) for s in rungs]
    else:
        told = known_up_to(Clock(None, tell), low, high, progress)
        with whole_or_nothing("switch_points"):
            ranges = spans(problem, key, low, high, exact_to=exact_to, objective=goal, pieces=pieces, progress=told)
    places = problem.network.site_places(sorted({j for s in ranges for j in s.site_ids}))
    steps = tuple(
        Switch(
            low=s.low,
            high=s.high,
            site_ids=s.site_ids,
            status="optimal" if s.site_ids else "infeasible",
            proven=s.proven,
            key=key,
            places=tuple(places[j] for j in s.site_ids),
        )
        for s in ranges
    )
    return Switches(key=key, steps=steps)


def certificate(
    problem: Problem,
    switches: Sequence[Switch],
    *,
    exact_to: float = EXACT_TO,
    objective: ObjectiveName | Objective = "travel",
) -> str:
    """How it is known what `switch_points` found, and what it cannot have seen."""
    goal, key, low, high = objective_named(objective), switches[0].key, switches[0].low, switches[-1].high
    if key == DEMAND and has_closed_form(problem, goal, high):
        return ladder(problem, key, low=low, high=high, objective=goal).certificate
    doubtful = [(s.low, s.high) for s in switches if not s.proven]
    return certificate_of_ranges(problem, key, goal, doubtful, exact_to)


def stays_best(problem: Problem, switches: Sequence[Switch]) -> str:
    """The range around today's value, as a sentence; "" where that value is not in the range looked at."""
    if not switches or (now := number_of(problem, switches[0].key)) is None:
        return ""
    here = next((s for s in switches if s.low <= now <= s.high), None)
    return "" if here is None else here.said("This plan" if here.site_ids else "")
