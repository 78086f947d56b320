"""All minimal sets of rules that clash, by the duality of hitting sets.

A set of rules clashes when every plan breaks one of them. So the minimal clashes are the minimal
sets that hit what every known plan breaks; each is then confirmed, or refuted by a further plan,
which joins the known ones (Liffiton, Previti, Malik and Marques-Silva 2016, "Fast, flexible MUS
enumeration", MARCO, in its hitting-set form).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from capacity.plan.as_arrays import as_arrays as as_arrays
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Plans, Rule, allowed_pairs, allowed_sites, binding, firm_rules, rules_on
from capacity.studies.explain.feasibility import Effort, find_plan
from capacity.studies.explain.worlds import Worlds, only, subsets, without

WHOLE_SECONDS = 60.0
"""What the question whether there is a plan at all may take, however little effort is asked for."""

Names = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Clashes:
    """Minimal sets of clashing rules; `complete` when it is proven that there are no others.

    Attributes
    ----------
    nearest : frozenset of str
        Rules that bind families to their nearest unit.
    shaping : frozenset of str
        Rules that then change who goes where.
    """

    sets: tuple[Names, ...]
    complete: bool
    nearest: Names = frozenset()
    shaping: Names = frozenset()

    def settled_by(self, free: Iterable[str], on: Names) -> bool:
        """Whether, for all that is known, a plan may keep the rules that are on but for the `free` ones.

        Further rules take plans away, and so leave a clash what it is. But with families at their nearest unit
        some change who goes where: what clashes without them need not clash with them.
        """
        let_go = frozenset(free)
        shaping = self.shaping & (on - let_go)
        return not any(not clash & let_go and not (clash & self.nearest and shaping - clash) for clash in self.sets)


def minimal(sets: Iterable[Names]) -> list[Names]:
    """The sets that contain no other, small ones first, then by name."""
    kept: list[Names] = []
    for one in sorted(set(sets), key=lambda s: (len(s), sorted(s))):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


def hitting_sets(broken: Iterable[Names]) -> list[Names]:
    """Minimal sets that share a member with every given set (Berge's algorithm)."""
    found: list[Names] = [frozenset()]
    for edge in minimal(broken):
        found = minimal(wider for one in found for wider in ([one] if one & edge else [one | {name} for name in edge]))
    return found


def find_clashes(
    problem: Problem, names: Names, worlds: Worlds | None, seeds: Worlds | None, effort: Effort
) -> Clashes:
    """All minimal clashes among the named rules (and ``nearest``, where dropping it would help).

    Parameters
    ----------
    problem : Problem
        Has no plan.
    names : frozenset of str
        Rules being weighed.
    worlds : Worlds or None
        None where families may be split: then the model is asked each time.
    seeds : Worlds or None
        Plans that are known beforehand, where `worlds` is None.
    effort : Effort
        What is left for the model.

    Returns
    -------
    Clashes
        At least one, if only all the rules together where nothing smaller could be proven in time.
    """
    nearest = binding(problem)
    if not nearest:
        found = _by_asking(problem, names, _patterns(seeds), None, effort)
        return found if found.sets or found.complete else _all_that_matter(problem, names, effort)
    parts = _bound_to_nearest(problem, names, worlds, effort)
    if not parts[0].sets and (parts[0].complete or find_plan(problem, Effort(WHOLE_SECONDS))):
        return Clashes(sets=(), complete=True)
    near = [s | nearest for part in parts for s in part.sets]
    complete = all(part.complete for part in parts)
    loose = without(problem, *nearest)
    answer = find_plan(only(loose, names), effort)
    far = Clashes(sets=(), complete=answer is not None)
    if answer is False:
        far = _by_asking(loose, names, _patterns(worlds), None, effort)
    both = Clashes(
        sets=tuple(minimal([*far.sets, *near])),
        complete=complete and far.complete,
        nearest=nearest,
        shaping=changes_nearest(problem) & names,
    )
    return both if both.sets or both.complete else _all_that_matter(problem, names, effort)


def _bound_to_nearest(problem: Problem, names: Names, worlds: Worlds | None, effort: Effort) -> list[Clashes]:
    """Clashes of families at their nearest unit, with each choice of the rules that change who goes where.

    Under ``nearest`` such a rule does not only take plans away: it sends families elsewhere, and what clashed without
    it may hold. So the sets of rules with it are one question, those without it another.
    """
    own = names & changes_nearest(problem)
    found = []
    for off in subsets(own):
        always = own - frozenset(off)
        part = without(problem, *off)
        clashes = _by_asking(part, names - own, _patterns(worlds, always, own), worlds, effort, always)
        found.append(Clashes(sets=tuple(s | always for s in clashes.sets), complete=clashes.complete))
    return found


def _all_that_matter(problem: Problem, names: Names, effort: Effort) -> Clashes:
    """Where no clash is proven: all the rules together, less those that can be shown not to matter."""
    answer = find_plan(only(problem, names), Effort(WHOLE_SECONDS))
    if answer is not False:
        return Clashes(sets=(), complete=answer is not None)
    left = names
    for name in sorted(names):
        if find_plan(only(problem, left - {name}), effort) is False:
            left = left - {name}
    return Clashes(sets=(left | binding(problem),), complete=False)


def changes_nearest(problem: Problem) -> Names:
    """Rules under which another unit may be the nearest one of those a family may use.

    (Not those that keep families from far sites alone: whoever has a unit near enough has the nearest of all there.)
    """
    return frozenset(rule.name for rule in firm_rules(problem) if rule.shapes_nearest)


def monotone(problem: Problem, names: Iterable[str]) -> bool:
    """Whether another unit at an allowed site never breaks these rules, with families at their nearest unit."""
    return all(problem.policy[name].kept_by_units and not problem.policy[name].needs_units for name in names)


def _patterns(worlds: Worlds | None, always: Names | None = None, own: Names = frozenset()) -> set[Names]:
    """What the worlds break, each pattern once; of some rules that change who goes where, made with these on."""
    if worlds is None or not len(worlds.open):
        return set()
    rules = [rule.name for rule in worlds.rules]
    broken = worlds.broken if always is None else worlds.broken[worlds.shaped_by(always, own)]
    # Each pattern as one whole number: many times faster to tell apart than rows.
    codes = np.unique(broken @ (1 << np.arange(len(rules))))
    told = frozenset(rules) - own
    return {frozenset(name for k, name in enumerate(rules) if code >> k & 1) & told for code in codes.tolist()}


def _by_asking(
    problem: Problem,
    names: Names,
    broken: set[Names],
    worlds: Worlds | None,
    effort: Effort,
    always: Names = frozenset(),
) -> Clashes:
    """Clashes among the named rules, with those that are `always` on beside them."""
    confirmed: set[Names] = set()
    doubtful: set[Names] = set()
    broken = set(broken)
    while True:
        open_questions = [s for s in hitting_sets(broken) if s not in confirmed | doubtful]
        if not open_questions:
            break
        asked = open_questions[0]
        answer = _ask(problem, asked | always, names, worlds, effort)
        if answer is False:
            confirmed.add(asked)
        elif answer is None:
            doubtful.add(asked)
        else:
            broken.add(answer)
    final = [s for s in hitting_sets(broken) if s in confirmed]
    return Clashes(sets=tuple(final), complete=not doubtful)


def _ask(
    problem: Problem, asked: Names, names: Names, worlds: Worlds | None, effort: Effort
) -> Names | Literal[False] | None:
    """What a plan that keeps `asked` breaks; False where there is none, None where not known.

    Where there are worlds, only sets too large to be among them are left to be looked at.
    """
    part = only(problem, asked)
    if worlds is not None:
        if worlds.all_of(part):
            return False
        if all(rule.kept_by_units for rule in _rules(part, asked)):
            answer = _all_open(problem, part, asked, names)
            if answer is not None:
                return answer
    plan = find_plan(part, effort)
    if plan is None or plan is False:
        return plan
    # What was asked is kept, whatever the rounding of a solver makes of it.
    return _broken_by(problem, plan, names) - asked


def _all_open(problem: Problem, part: Problem, asked: Names, names: Names) -> Names | Literal[False] | None:
    """Under rules that further units never break, the set of all useful sites decides."""
    opened = allowed_sites(part)[None, :]
    allowed = allowed_pairs(part)
    plans = NearestPlans(part, opened, allowed)
    # A unit nobody uses is not opened; closing it moves nobody.
    plans = NearestPlans(part, opened & (plans.used > 0), allowed)
    # What every plan of this kind keeps need not be tested, nor what only says that an open unit is used.
    frame = [rule for rule in rules_on(part) if rule.frame and not rule.always and not rule.kept_at_nearest]
    tested = [rule for rule in (*_rules(problem, names), *frame) if rule.is_on(part)]
    broken = [rule for rule in tested if rule.excess(part, plans).broken.any()]
    if broken:
        # A closed unit may be of use in a smaller set, and one too small for its stays may be left out.
        return None if all(rule.needs_units or not rule.kept_by_units for rule in broken) else False
    return _broken_by(problem, plans, names) - asked


def _rules(problem: Problem, names: Names) -> list[Rule]:
    return [rule for rule in rules_on(problem) if rule.name in names]


def _broken_by(problem: Problem, plans: Plans, names: Names) -> Names:
    return frozenset(rule.name for rule in _rules(problem, names) if bool(rule.excess(problem, plans).broken.any()))
