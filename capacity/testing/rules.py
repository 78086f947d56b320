"""What a rule must be for plans, explanations and proofs to rest on it: laws, tried on random problems.

The method is that of scikit-learn's ``check_estimator``: one call, every law, and where one is broken a
message that names it, the smallest problem it was broken on, and how to see it again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from capacity.errors import CapacityError, DataError
from capacity.problem.problem import Problem
from capacity.rules import Rule
from capacity.testing import answers, faces, traits, values
from capacity.testing.broken import BrokenLawError
from capacity.testing.problems import random_problem, stream

Law = Callable[[Problem, str, np.random.Generator], str | None]
"""Tries a law on a problem whose policy has the rule of this name: "" where it holds, None where the problem does
not try it, and otherwise what is broken."""

LAWS: Mapping[str, Law] = {
    "rows and excess agree": faces.agree,
    "it is silent when off": faces.silent,
    "its value round-trips Python, JSON, TOML and plan.json": values.round_trips,
    "the fingerprint moves with its parameters": values.fingerprint,
    "it has words in every language": values.words,
    "declared traits are true": traits.true,
    "closed forms are true": traits.closed_forms,
    "moved_by is true": traits.moved,
    "points it does not tell apart may be added up": traits.merging,
    "every engine agrees with brute force": answers.engines,
    "with an outpatient course engines agree with brute force": answers.courses,
    "where families are split no plan looked at is better": answers.split,
    "explain is minimal and its ways out are real": answers.explained,
    "ladder and switch points agree with solves": answers.ranges,
}
"""Every law by what it says."""

TRIES = 60
"""Smaller problems tried where a law is broken."""

ASKED = 8
"""Problems drawn for each that a law can be tried on, at most."""


def check_rule(
    rule: Rule | type[Rule],
    *,
    problems: Callable[[int], Problem] | None = None,
    seed: int = 0,
    count: int = 10,
    laws: Iterable[str] | None = None,
) -> None:
    """Try every law of a rule on random problems.

    Parameters
    ----------
    rule : Rule or class of one
        A class is tried with the numbers its ``example`` gives.
    problems : callable (seed) -> Problem, optional
        Problems the rule can speak of, small enough for every plan to be looked at: at most four points, three
        sites and sizes of four beds. Unless given, `random_problem`.
    seed, count : int
        The first seed, and how many problems each law is tried on.
    laws : iterable of str, optional
        Of `LAWS`; all of them unless given.

    Raises
    ------
    BrokenLawError
        At the first law that is broken.
    """
    kind = rule if isinstance(rule, type) else type(rule)
    make = problems or random_problem
    for law in LAWS if laws is None else laws:
        _try(kind, rule, law, LAWS[law], make, seed, count)
    if laws is None:
        _binds(kind, rule, make, seed, count)


def _try(
    kind: type[Rule],
    rule: Rule | type[Rule],
    name: str,
    law: Law,
    make: Callable[[int], Problem],
    seed: int,
    count: int,
) -> None:
    tried = 0
    for at in range(seed, seed + ASKED * count):
        problem = with_rule(make(at), kind, rule, at)
        if problem is None:
            continue
        found = broken(law, problem, kind.name, at)
        if found:
            small, what = shrunk(law, problem, kind.name, at, found)
            raise BrokenLawError(f"The rule {kind.name}", name, what, small, at, _again(name, at))
        tried += found is not None
        if tried >= count:
            return


def _binds(kind: type[Rule], rule: Rule | type[Rule], make: Callable[[int], Problem], seed: int, count: int) -> None:
    """Some plan breaks the rule and some keeps it: a law that is never tried proves nothing."""
    seen: set[bool] = set()
    for at in range(seed, seed + 10 * ASKED + ASKED * count):
        problem = with_rule(make(at), kind, rule, at)
        if problem is not None:
            seen |= faces.outcomes(problem, kind.name, stream(at, "binds"))
        if len(seen) == 2:
            return
    if kind.always:
        return
    what = "no plan broke it" if True not in seen else "every plan broke it"
    what += "; give numbers, or problems, on which it sometimes binds"
    raise BrokenLawError(f"The rule {kind.name}", "it binds", what, None, seed, _again("it binds", seed))


def with_rule(problem: Problem, kind: type[Rule], rule: Rule | type[Rule], seed: int) -> Problem | None:
    """The problem with the rule on; None where it has no numbers for it."""
    one = rule.example(stream(seed, kind.name), problem) if isinstance(rule, type) else rule
    if one is None:
        return None
    known = problem.policy
    extra = [] if kind.name in known.known else [kind]
    try:
        return problem.replace(policy={"extra": extra, kind.name: one})
    except DataError:
        return None


def broken(law: Law, problem: Problem, name: str, seed: int) -> str | None:
    """What a law finds broken; an exception of the rule's own is a finding, too."""
    try:
        return law(problem, name, stream(seed, "law"))
    except CapacityError as error:
        return f"{type(error).__name__}: {error}"


def shrunk(law: Law, problem: Problem, name: str, seed: int, fault: str) -> tuple[Problem, str]:
    """A smaller problem on which the law is still broken, and what it finds there."""
    left = TRIES
    again = True
    while again and left > 0:
        again = False
        for smaller in _smaller(problem, name):
            left -= 1
            what = broken(law, smaller, name, seed)
            if what:
                problem, fault, again = smaller, what, True
                break
            if left <= 0:
                break
    return problem, fault


def _smaller(problem: Problem, name: str) -> Iterable[Problem]:
    """Problems with one thing less: a rule, a price, a scenario, a point's women."""
    made: list[Callable[[], Problem]] = []
    for other in problem.policy.on:
        if other != name and not problem.policy[other].always:
            made.append(lambda other=other: problem.replace(policy={other: False}))  # type: ignore[misc]  # bound now
    if problem.policy.prices:
        made.append(lambda: problem.replace(policy={"prices": {}}))
    ids = problem.scenarios.ids
    if len(ids) > 1:
        for gone in ids:
            kept = [s for s in ids if s != gone]
            made.append(lambda kept=kept: problem.replace(scenarios=problem.scenarios.only(*kept)))  # type: ignore[misc]
    for i in np.flatnonzero(problem.active):
        women = problem.women.copy()
        women[:, i] = 0.0
        if women.sum(axis=1).min() > 0:
            scenarios = problem.scenarios.replace(point_ids=problem.network.point_ids, women=women)
            made.append(lambda scenarios=scenarios: problem.replace(scenarios=scenarios))  # type: ignore[misc]
    if not np.array_equal(problem.women, np.round(problem.women)) and np.round(problem.women).sum(axis=1).min() > 0:
        whole = problem.scenarios.replace(point_ids=problem.network.point_ids, women=np.round(problem.women))
        made.append(lambda: problem.replace(scenarios=whole))
    for make in made:
        try:
            yield make()
        except DataError:
            continue


def parameters(rule: Rule) -> tuple[str, ...]:
    """Names of a rule's parameters."""
    return tuple(f.name for f in dataclasses.fields(rule))  # type: ignore[arg-type]  # each subclass is one


def _again(law: str, seed: int) -> str:
    return f"check_rule(rule, seed={seed}, count=1, laws=[{law!r}])"
