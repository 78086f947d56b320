"""Solves that are cut off: by a limit, by `Stop`, by Ctrl+C. ``python -m tests.campaign_cut_off --seeds 0:200``.

Each seed draws a problem, an objective, an engine and a way to end it early, at a moment from its first stage to
near its end. Ended means within a second of the moment, or a tenth of the time there was, building the model and
working out sizes included: seconds of the processor, so that a busy machine is not taken for a slow end, and never
more than ten of the clock. What comes back is held against the same question answered without a cut: an optimal plan is
no worse than that answer, a bound lies on the right side of it, no plan is said to be impossible where there is one,
and the plan keeps its rules. Some problems are so large that no answer is known: there the bound is held against the
plan alone. Ends with 1 where anything was wrong or late.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity import DataError, InfeasibleError, NoPlanError, Plan, Policy, Problem, Stop, solve
from capacity.engines.clock import Progress
from capacity.reading.synthetic import country
from capacity.rules.objectives import objective_named
from tests.random_problems import odd_question, random_problem

ENGINES = ("auto", "enumerate", "exact", "tree", "cover", "rank", "mip", "decompose")
WAYS = ("limit", "stop", "ctrl-c")
LATE_SECONDS, LATE_SHARE, LATE_BY_CLOCK = 1.0, 0.1, 10.0
CLOSE = 2e-8
"""Values are equal when they lie no further apart, relative to their size."""

LONGEST = 20.0
"""Seconds that the answer without a cut may take; beyond, it is not known."""

ATTEMPTS = 8
"""Draws of a seed, until one has a plan and its engine does not refuse it."""

HUGE = 6
"""Of every so many seeds one is too large to be answered in time."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A question, who is asked, and how and when it is cut off."""

    problem: Problem
    objective: Any
    risks: dict[str, Any]
    engine: Any
    way: str
    share: float
    huge: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one seed: optimal, feasible, no plan yet, impossible, refused; wrong or late; seconds late (CPU)."""

    kind: str
    said: str = ""
    late: float = 0.0


def drawn(seed: int, attempt: int = 0) -> Cut:
    """The question of a seed."""
    rng = np.random.default_rng([seed, attempt])
    huge = seed % HUGE == HUGE - 1
    if huge:
        problem, objective, risks = _huge(rng), "travel", {"risk": "expected", "level": 0.9}
    elif seed % 2:
        problem, objective, risks = odd_question(seed + 10_000 * attempt)
    else:
        count, n, m = (int(rng.integers(low, high)) for low, high in ((1, 4), (15, 50), (7, 13)))
        problem = random_problem(seed + 10_000 * attempt, points=n, sites=m, scenarios=count)
        objective, risks = str(rng.choice(["travel", "cost", "worst"])), {"risk": "expected", "level": 0.9}
    # Those too large are counted by themselves, or they would all be cut off in one way.
    number = seed // HUGE if huge else seed
    return Cut(
        problem=problem,
        objective=objective,
        risks=risks,
        engine=ENGINES[number // len(WAYS) % len(ENGINES)],
        way=WAYS[number % len(WAYS)],
        share=float(rng.choice([0.1, 0.3, 0.6, 0.9, 1.5])),
        huge=huge,
    )


def _huge(rng: np.random.Generator) -> Problem:
    """Where building alone takes long: many ways, many scenarios, or sizes without an end."""
    kind, nearest = int(rng.integers(0, 3)), bool(rng.random() < 0.5)
    if kind == 0:
        return country(60, 12).problem(policy=Policy(units=(3, 6), nearest=nearest)).replace(sizes={"largest": 10**7})
    if kind == 1:
        return country(800, 80).problem(policy=Policy(units=(8, 12), nearest=nearest))
    return country(150, 25).problem(scenarios=60, policy=Policy(units=(3, 6), nearest=nearest))


def without_cut(cut: Cut) -> float | None:
    """The value as it is minimised; infinity where no plan keeps the rules, None where it is not known in time."""
    try:
        plan = solve(cut.problem, cut.objective, time_limit=LONGEST, **cut.risks)
    except InfeasibleError:
        return np.inf
    except NoPlanError:
        return None
    return _figures(plan)[0] if plan.status == "optimal" else None


def _figures(plan: Plan) -> tuple[float, float]:
    """Value and bound as they are minimised."""
    sign = 1 if plan.record.get("risk") == "regret" else objective_named(plan.objective_name).sign
    if "risk_value" in plan.record:
        return sign * float(plan.record["risk_value"]), sign * float(plan.record["risk_bound"])
    return sign * plan.objective, sign * plan.bound


def cut_off(cut: Cut, seconds: float) -> tuple[Plan | str, float, float]:
    """What a question that is cut off after some seconds ends in, and how late it ended: by the processor, the clock."""
    # A copy has worked out nothing yet: building and sizing are part of the time.
    fresh = cut.problem.replace(name=f"{cut.problem.name} ")
    started = time.monotonic()
    asked = started + seconds

    def tell(_: Progress) -> object:
        return Stop if cut.way == "stop" and time.monotonic() >= asked else None

    used: list[float] = []
    watch = threading.Timer(seconds, lambda: used.append(time.process_time()))
    watch.daemon = True
    watch.start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    if cut.way == "ctrl-c":
        signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
    ended: Plan | str
    try:
        ended = solve(
            fresh,
            cut.objective,
            engine=cut.engine,
            time_limit=max(seconds, 1e-3) if cut.way == "limit" else None,
            tell=tell,
            **cut.risks,
        )
    except InfeasibleError:
        ended = "impossible"
    except (NoPlanError, KeyboardInterrupt):
        ended = "no plan yet"
    except DataError:
        ended = "refused"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, before)
        watch.cancel()
    return ended, time.process_time() - used[0] if used else 0.0, max(0.0, time.monotonic() - asked)


def outcome(seed: int) -> Outcome:
    """One seed, from the question to the judgement: of the first draw that has a plan and is not refused."""
    one = Outcome(kind="refused")
    for attempt in range(ATTEMPTS):
        one = judged(drawn(seed, attempt))
        if one.kind not in ("refused", "impossible"):
            break
    return one


def judged(cut: Cut) -> Outcome:
    """One question, cut off."""
    started = time.monotonic()
    truth = None if cut.huge else without_cut(cut)
    took = 3.0 if cut.huge else time.monotonic() - started
    ended, late, by_clock = cut_off(cut, cut.share * took)
    who = f"{cut.engine}, {cut.way} at {cut.share:.0%} of {took:.2f} s"
    if wrong := _wrong(ended, truth):
        return Outcome(kind="wrong", said=f"{who}: {wrong}")
    kind = ended if isinstance(ended, str) else ended.status
    if late > max(LATE_SECONDS, LATE_SHARE * cut.share * took) or by_clock > LATE_BY_CLOCK:
        return Outcome(kind="late", said=f"{who}: {late:.1f} s late ({by_clock:.1f} by the clock), {kind}", late=late)
    return Outcome(kind=kind, late=late)


def _wrong(ended: Plan | str, truth: float | None) -> str:
    if isinstance(ended, str):
        return f"said to be impossible, best {truth!r}" if ended == "impossible" and truth not in (None, np.inf) else ""
    value, bound = _figures(ended)
    if faults := ended.check():
        return f"the plan breaks {faults[0]}"
    room = CLOSE * max(abs(value), abs(truth or 0.0), 1e-6)
    if bound > value + room:
        return f"bound {bound!r} above the plan's own {value!r}"
    if truth is None:
        return ""
    if truth == np.inf:
        return "a plan, where none keeps the rules"
    if value < truth - room:
        return f"{value!r} is better than the best, {truth!r}"
    if bound > truth + room:
        return f"bound {bound!r} above the best, {truth!r}"
    if ended.status == "optimal" and value > truth + room:
        return f"{value!r} called optimal; best {truth!r}"
    return ""


def campaign(seeds: Iterable[int]) -> tuple[Counter[str], float, list[str]]:
    """Kinds counted, the latest end in seconds, and what was wrong or late, with how to repeat it."""
    counts: Counter[str] = Counter()
    latest, told = 0.0, []
    for seed in seeds:
        try:
            one = outcome(seed)
        except Exception as error:
            one = Outcome(kind="wrong", said=f"fell over: {type(error).__name__}: {error}")
        counts[one.kind] += 1
        latest = max(latest, one.late)
        if one.kind in ("wrong", "late"):
            told.append(
                f"{one.kind.upper()} {one.said}\n    python -m tests.campaign_cut_off --seeds {seed}:{seed + 1}"
            )
    return counts, latest, told


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_cut_off", description=__doc__)
    parser.add_argument("--seeds", default="0:200", help="first seed and the one after the last")
    first, end = map(int, parser.parse_args(said).seeds.split(":"))
    counts: Counter[str] = Counter()
    latest, wrong = 0.0, False
    for seed in range(first, end):
        found, late, told = campaign((seed,))
        counts += found
        latest, wrong = max(latest, late), wrong or bool(told)
        for one in told:
            print(one, flush=True)
    kinds = ("optimal", "feasible", "no plan yet", "impossible", "refused", "late", "wrong")
    print(", ".join(f"{kind} {counts[kind]}" for kind in kinds) + f"; ended at most {latest:.2f} s of CPU late")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
