"""Named scenarios: a problem as it would be if one figure, or one change of the case, were true.

A named scenario says how many women need a stay, and may change any other setting of the case: the
mean stay, the day rate, the regions of 2027. `under` gives the problem of one of them;
`with_scenarios` one problem that holds several, for a plan made before it is known which is true.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity.arrays import Floats
from capacity.errors import DataError, Finding, some
from capacity.problem.calls import told
from capacity.problem.demand import Scenarios
from capacity.problem.sampling import Uncertainty, correlations, sample
from capacity.problem.settings import replaced, same

if TYPE_CHECKING:
    import pandas as pd

    from capacity.problem.problem import Problem

WOMEN = "demand.women_per_year"


@dataclass(frozen=True, kw_only=True)
class NamedScenario:
    """One figure for how many women need a stay, or one change of the case.

    Attributes
    ----------
    id, label, what, document : str
    women_per_year : float
    of_case : bool
        Whether that is the case's own figure, left as it is (and as it may be set).
    low, high : float or None
        The document's own range.
    probability : float
        The planner's; equal where none is given (then `equal` is true, and must be said).
    must_hold : bool
        Whether the service promise has to hold in it, where it is one of several.
    base : str
        Id of the scenario it starts from; "" where it starts from the case.
    settings : mapping of ``section.key`` to value
        What it changes beside the women a year, the settings of its base included.
    sources : mapping of ``section.key`` to text
        Where each of them comes from, or the word assumption.
    file : str
        Where it is written.
    lines : mapping of ``section.key`` to int
        The line of each setting in that file.
    """

    id: str
    label: str
    women_per_year: float
    low: float | None
    high: float | None
    what: str
    document: str
    probability: float
    equal: bool
    must_hold: bool
    of_case: bool = False
    base: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    file: str = "scenarios"
    lines: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def chosen(problem: Problem, ids: Sequence[str]) -> Problem:
        """The problem as it is in one of its named scenarios, or one that holds several (the setting ``scenario``)."""
        return under(problem, ids[0]) if len(ids) == 1 else with_scenarios(problem, ids=ids)

    @property
    def changes_only_demand(self) -> bool:
        """Whether it can stand beside others in one problem: nothing but demand differs."""
        return all(_of_demand(key) for key in self.settings)

    @property
    def women_source(self) -> str:
        """Where its women a year come from: its own document, or that of the scenario it has them from."""
        own = ": ".join(part for part in (self.document or "assumption", self.what) if part)
        return self.sources.get(WOMEN, own)

    @property
    def row(self) -> dict[str, Any]:
        """The scenario as one row of a table; `changes` says its settings in words."""
        said = {name: getattr(self, name) for name in _SHOWN}
        return said | {"changes": ", ".join(f"{key} = {_toml(value)}" for key, value in self.settings.items())}


_SHOWN = (
    "id",
    "label",
    "women_per_year",
    "of_case",
    "low",
    "high",
    "probability",
    "equal",
    "must_hold",
    "base",
    "what",
    "document",
)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@told
def scenario_table(named: Iterable[NamedScenario] | Problem) -> pd.DataFrame:
    """Named scenarios (or those of a problem's case) as a table, one row each.

    Columns: id, label, women_per_year, of_case (it is the case's own figure), low, high, probability,
    equal (nobody has said how likely each is), must_hold, base, what, document, changes.

    >>> import capacity as cap
    >>> cap.scenario_table(cap.denmark()).plot.barh("id", "women_per_year")  # doctest: +SKIP
    """
    import pandas as pd

    return pd.DataFrame([s.row for s in (named if isinstance(named, Iterable) else named.named)])


def _of_demand(key: str) -> bool:
    return key.startswith("demand.")


def scenario_named(problem: Problem, id: str) -> NamedScenario:
    """The problem's named scenario of that id.

    Raises
    ------
    DataError
        Where there is none, with the nearest id there is.
    """
    for scenario in problem.named:
        if scenario.id == id:
            return scenario
    raise DataError([unknown_scenario(id, [s.id for s in problem.named])])


def unknown_scenario(id: str, known: Sequence[str]) -> Finding:
    """The fault of a scenario id that is none, with the nearest there is."""
    import difflib

    near = difflib.get_close_matches(id, known, 1, 0.5)
    if near:
        remedy = f"Did you mean {near[0]!r}?"
    else:
        remedy = f"Choose from: {', '.join(known)}." if known else "The case has no scenarios.csv."
    return Finding(table="scenarios", column="id", value=id, rule="the scenario is one of the case's", remedy=remedy)


@told
def under(problem: Problem, scenario: NamedScenario | str) -> Problem:
    """Give the problem as it is in a named scenario: its women a year, and every setting it changes.

    Parameters
    ----------
    problem : Problem
    scenario : NamedScenario or str
        A scenario, or the id of one of `Problem.named`.

    Returns
    -------
    Problem
        With one demand scenario of that id, in which the promise holds, and its document's range of the
        women a year, where it states one. The national figure is split
        as the problem splits it, and multiplied by the undetected share. A problem that holds several
        demand scenarios keeps them, scaled so that their mean is the figure.

    Raises
    ------
    DataError
        With every setting that does not fit, at its line of the file.
    """
    said = scenario_named(problem, scenario) if isinstance(scenario, str) else scenario
    settings = dict(said.settings)
    if not said.of_case:
        settings[WOMEN] = said.women_per_year
    try:
        changed = replaced(problem, settings)
    except DataError as error:
        raise DataError([_located(finding, said) for finding in error.findings]) from None
    demand = changed.scenarios
    if len(demand.ids) == 1:
        demand = demand.replace(ids=(said.id,), labels=(said.label,), probability=None, must_hold=None)
    ranges = with_range(problem, range_of(problem, said))
    return changed.replace(scenarios=demand, sources={**changed.sources, **_sources(said)}, ranges=ranges)


def range_of(problem: Problem, said: NamedScenario) -> tuple[float, float] | None:
    """The stated range of a scenario's women a year: its document's; the case's where the figure is the case's."""
    if said.low is not None and said.high is not None and not said.of_case:
        return said.low, said.high
    return problem.ranges.get(WOMEN) if said.of_case or said.women_per_year == problem.get(WOMEN) else None


def with_range(problem: Problem, ends: tuple[float, float] | None) -> dict[str, tuple[float, float]]:
    """The problem's stated ranges, with another of the women a year, or none."""
    return {k: v for k, v in problem.ranges.items() if k != WOMEN} | ({} if ends is None else {WOMEN: ends})


def _located(finding: Finding, said: NamedScenario) -> Finding:
    """A fault of a setting, told at its line in the scenario's file."""
    key = f"{finding.table}.{finding.column}"
    return dataclasses.replace(finding, table=said.file, row=said.lines.get(key), column=f"{said.id}.{key}")


def _sources(said: NamedScenario) -> dict[str, str]:
    """Where the figures of a scenario come from, by setting."""
    sources = {key: said.sources.get(key) or f"assumption: scenario {said.id}" for key in said.settings}
    if not said.of_case:
        sources[WOMEN] = f"{said.women_source} (scenario {said.id})"
    return sources


@told
def with_scenarios(
    problem: Problem, named: Iterable[NamedScenario] | None = None, ids: Sequence[str] | None = None
) -> Problem:
    """One problem that holds several named scenarios, to be decided before it is known which is true.

    Parameters
    ----------
    problem : Problem
    named : iterable of NamedScenario, optional
        By default the problem's own, `Problem.named`.
    ids : sequence of str, optional
        Which of them. By default all that change demand alone; a notice names those left out.

    Returns
    -------
    Problem
        Its demand scenarios are the named ones, with their probabilities (scaled to sum to one) and
        `must_hold`. Where none of the chosen must hold, the promise has to hold in all of them, and
        a notice says so. Settings that all chosen scenarios change alike are changed. The range of the
        women a year is that of the mean: the means of the stated ends (a figure without a range stands).

    Raises
    ------
    DataError
        Where an id is unknown, or scenarios differ in more than demand: one problem has one mean
        stay, one set of regions and one day rate.
    """
    known = tuple(problem.named if named is None else named)
    left_out: list[str] = []
    if ids is None:
        chosen = [s for s in known if s.changes_only_demand]
        left_out = [s.id for s in known if not s.changes_only_demand]
    else:
        chosen = _chosen(known, ids)
    if not chosen:
        raise DataError(
            [
                Finding(
                    table="scenarios",
                    rule="some scenario changes demand alone",
                    remedy="Name the scenarios (ids), or give the case a scenarios.csv.",
                )
            ]
        )
    _one_setting_each(chosen)
    alike = {
        key: value
        for key, value in chosen[0].settings.items()
        if all(key in s.settings and same(s.settings[key], value) for s in chosen)
    }
    problems = [under(problem, s) for s in chosen]
    chance = np.array([s.probability for s in chosen])
    must_hold = [s.must_hold for s in chosen]
    notices = list(problem.notices)
    if left_out:
        notices.append(f"Left out, as more than demand changes in them: {some(left_out)}.")
    if not any(must_hold):
        must_hold = [True] * len(chosen)
        notices.append("None of the scenarios is marked must_hold: the promise has to hold in all of them.")
    equal = any(s.equal for s in chosen) or chance.sum() <= 0
    return replaced(problem, alike).replace(
        scenarios=Scenarios(
            ids=tuple(s.id for s in chosen),
            point_ids=problem.network.point_ids,
            women=np.array([p.expected_women for p in problems]),
            probability=None if equal else chance / chance.sum(),
            must_hold=np.array(must_hold),
            labels=tuple(s.label for s in chosen),
        ),
        sources={**problem.sources, **{k: problems[0].sources[k] for k in alike}, WOMEN: _mean_of(chosen, equal)},
        notices=tuple(notices),
        ranges=with_range(problem, _range_of_mean(problem, chosen, None if equal else chance / chance.sum())),
    )


def _range_of_mean(
    problem: Problem, chosen: Sequence[NamedScenario], chance: Floats | None
) -> tuple[float, float] | None:
    """Mean of the lows and of the highs that are stated; None where none is."""
    stated = [range_of(problem, s) for s in chosen]
    if not any(stated):
        return None
    ends = [ends or (s.women_per_year,) * 2 for s, ends in zip(chosen, stated, strict=True)]
    low, high = np.average(ends, axis=0, weights=chance)
    return float(low), float(high)


def _mean_of(chosen: Sequence[NamedScenario], equal: bool) -> str:
    names = some(s.id for s in chosen)
    if equal:
        return f"assumption: {len(chosen)} equally likely scenarios, as nobody has said how likely each is: {names}"
    return f"the planner's probabilities of {len(chosen)} scenarios: {names}"


def _chosen(known: Sequence[NamedScenario], ids: Sequence[str]) -> list[NamedScenario]:
    by_id = {s.id: s for s in known}
    unknown = [unknown_scenario(i, list(by_id)) for i in ids if i not in by_id]
    if unknown:
        raise DataError(unknown)
    return [by_id[i] for i in dict.fromkeys(ids)]


def _one_setting_each(chosen: Sequence[NamedScenario]) -> None:
    """Refuse scenarios that differ in what a problem has only one of."""
    faults = []
    for key in dict.fromkeys(k for s in chosen for k in s.settings if not _of_demand(k)):
        values = {s.id: s.settings.get(key, "as the case says") for s in chosen}
        first = next(iter(values.values()))
        if all(same(first, value) for value in values.values()):
            continue
        faults.append(
            Finding(
                table="scenarios",
                column=key,
                value=some(f"{s}: {value}" for s, value in values.items()),
                rule="scenarios that are planned for together differ in demand alone",
                remedy="Take these scenarios one at a time (`capacity robust` compares them).",
            )
        )
    if faults:
        raise DataError(faults)


@told
def sample_scenarios(
    problem: Problem, count: int, *, seed: int = 0, uncertainty: Uncertainty | None = None, hold: float = 0.9
) -> Problem:
    """Give the problem with demand drawn by chance around its own, to be decided before it is known.

    Parameters
    ----------
    problem : Problem
        Where it holds several scenarios, each draw starts from one of them by its probability.
    count : int
        Scenarios to draw, equally likely.
    seed : int
        Same seed, same scenarios.
    uncertainty : Uncertainty, optional
        What is uncertain; without it the national level alone, gamma with a cv of 25 %.
    hold : float
        The promise must hold in this share of the draws, those with fewest women.

    Returns
    -------
    Problem
        A notice says how the scenarios were drawn, and how the regions' numbers move together.
    """
    doubt = uncertainty or Uncertainty()
    drawn = sample(problem.scenarios, count, seed=seed, uncertainty=doubt, hold=hold)
    region_of = dict(zip(problem.network.point_ids, problem.network.point_regions, strict=True))
    _, related = correlations(drawn, [region_of[i] for i in drawn.point_ids])
    between = related[np.triu_indices(len(related), 1)]
    parts = [f"level cv {100 * doubt.level_cv:g} %"]
    parts.append(
        "split kept" if doubt.concentration is None else f"split Dirichlet, concentration {doubt.concentration:g}"
    )
    if doubt.poisson:
        parts.append("Poisson years")
    women = round(problem.scenarios.women_per_year, 2)
    about = f"{count:,} scenarios drawn around {women:g} women a year: {', '.join(parts)}"
    moves = ""
    if len(between) and np.isfinite(between).all():
        low, high = float(between.min()), float(between.max())
        moves = f" Correlation between regions: {low:.2f}" + (f" to {high:.2f}." if high - low > 0.005 else ".")
    how = {
        "count": count,
        "seed": seed,
        "hold": hold,
        "level_cv": doubt.level_cv,
        "concentration": doubt.concentration,
        "poisson": doubt.poisson,
    }
    return problem.replace(
        scenarios=drawn,
        sources={**problem.sources, WOMEN: f"assumption: {about}, seed {seed}; {problem.sources.get(WOMEN, '')}"},
        notices=(
            *problem.notices,
            f"{about} (assumptions; seed {seed}). The promise must hold in the {100 * hold:g} % of them with fewest "
            f"women.{moves}",
        ),
        origin={**problem.origin, "sampled": how},
    )
