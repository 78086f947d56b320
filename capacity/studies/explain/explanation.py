"""Why there is no plan, and the cheapest ways to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.engines.question import refuse_no_problem
from capacity.problem.calls import told
from capacity.problem.problem import Problem
from capacity.problem.settings import plainest
from capacity.rules import rules_on
from capacity.studies.explain.conflicts import find_clashes
from capacity.studies.explain.feasibility import Effort, at_nearest
from capacity.studies.explain.ways_out import WayOut, find_ways_out
from capacity.studies.explain.witness import tell
from capacity.studies.explain.worlds import Worlds, make_worlds, weighed_rules
from capacity.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

SEEDS = 20_000
"""Sets valued to begin with where families may be split."""

EFFORT_SECONDS = 2.3
"""What the mixed-integer model may take to settle what the worlds leave open."""

CLASHES, WAYS = 0.4, 0.8
"""What finding the clashes may take of the effort, and the ways out of what is left; telling clashes has the rest."""


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Rules of which one must give way.

    Attributes
    ----------
    rules : tuple of str
    text : str
        In the planner's words, with numbers.
    witness : mapping of rule to what the nearest plan that keeps the others misses it by
    """

    rules: tuple[str, ...]
    text: str
    witness: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Explanation(StudyResult):
    """All minimal conflicts, and the smallest changes that help.

    Attributes
    ----------
    conflicts : tuple of Conflict
    ways_out : tuple of WayOut
        Smallest change first; each was verified by a solve.
    complete : bool
        Whether it is proven that there are no further conflicts.
    unsettled : tuple of str
        Settings that may help as well: it could not be settled with the effort there was.
    """

    study: ClassVar[str] = "explain"

    conflicts: tuple[Conflict, ...]
    ways_out: tuple[WayOut, ...]
    complete: bool = True
    unsettled: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a way out: key, value, was, text, size, exact, and its plan's site_ids, beds and mean_minutes."""
        import pandas as pd

        columns = ["key", "value", "was", "text", "size", "exact", "site_ids", "beds", "mean_minutes"]
        rows = [
            [w.key, plainest(w.value), plainest(w.was), w.text, w.size, w.exact]
            + [w.plan[name] for name in columns[6:]]
            for w in self.ways_out
        ]
        return pd.DataFrame(rows, columns=columns)

    def to_json(self) -> dict[str, Any]:
        """The explanation as a JSON object."""
        return {
            "conflicts": [
                {"rules": list(c.rules), "text": c.text, "witness": plainest(c.witness)} for c in self.conflicts
            ],
            "ways_out": [w.to_json() for w in self.ways_out],
            "complete": self.complete,
            "unsettled": list(self.unsettled),
        }

    def _repr_html_(self) -> str:
        """The explanation in words: what clashes, and what would help."""
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"

    def __str__(self) -> str:
        lines = ["Why there is no plan:"]
        lines += [f"  {k}. {c.text}" for k, c in enumerate(self.conflicts, 1)]
        if not self.complete:
            lines.append("  There may be further conflicts: not all could be settled in the time given.")
        if self.ways_out:
            lines.append("What would help, smallest change first (each was tried):")
            lines += [f"  {w.text}" for w in self.ways_out]
        elif self.conflicts:
            lines.append("No single change that was tried helps, and no pair.")
        if self.unsettled:
            lines.append(f"May help as well, not settled in the time given: {', '.join(self.unsettled)}.")
        return "\n".join(lines)


@told
def explain(problem: Problem, *, effort: float = EFFORT_SECONDS) -> Explanation:
    """Say why a problem has no plan, and what the smallest changes are that give it one.

    Parameters
    ----------
    problem : Problem
    effort : float
        Seconds the mixed-integer model may take where counting sets of sites does not decide.

    Returns
    -------
    Explanation
        Without conflicts where there is a plan.

    Notes
    -----
    ``served``, ``open_only``, ``one_size`` and ``promise`` say what a plan is and are kept; the other
    firm rules are weighed, by name. A rule with a price can be broken and clashes with nothing.
    """
    refuse_no_problem(problem, "explain")
    names = frozenset(rule.name for rule in weighed_rules(problem))
    worlds = make_worlds(problem)
    # Plans with families at their nearest unit are plans as well where they may be split.
    seeds = make_worlds(at_nearest(problem), SEEDS) if worlds is None else worlds
    if seeds is not None and seeds.keeping().any():
        return Explanation(conflicts=(), ways_out=())
    whole = Effort(effort)
    clashes = find_clashes(problem, names, worlds, seeds, whole.part(CLASHES))
    if not clashes.sets:
        return Explanation(conflicts=(), ways_out=(), complete=clashes.complete)
    ways, unsettled = find_ways_out(problem, worlds, seeds, clashes, whole.part(WAYS))
    order = problem.policy.known.index
    conflicts = tuple(
        _conflict(problem, tuple(sorted(s, key=order)), worlds, seeds, whole.part(1 / (len(clashes.sets) - k)))
        for k, s in enumerate(clashes.sets)
    )
    return Explanation(conflicts=conflicts, ways_out=ways, complete=clashes.complete, unsettled=unsettled)


def _conflict(
    problem: Problem, rules: tuple[str, ...], worlds: Worlds | None, seeds: Worlds | None, effort: Effort
) -> Conflict:
    if not rules:
        return Conflict(
            rules=tuple(r.name for r in rules_on(problem) if r.frame and not r.always and not r.binds_to_nearest),
            text="No set of sites can offer every woman a bed as promised, whatever the other rules: "
            f"the largest unit may have {problem.sizes.largest} beds.",
        )
    text, witness = tell(problem, rules, worlds, seeds, effort)
    return Conflict(rules=rules, text=text, witness=witness)
