"""Every engine and the studies against the referee, and the same wish in two words: `make campaign-answers`.

Run as ``python -m tests.campaign_answers --seeds 0:4000 --jobs 2``; prints a table of what was compared (and in
how many of these there is no plan), what an engine refused and what was wrong, and how to repeat each wrong one. Ends
with 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from capacity import DataError, InfeasibleError, NoPlanError, Plan, solve
from capacity.rules.objectives import objective_named
from tests.in_other_words import SAME_WISH, Told
from tests.referee import SOME, NotAskedError, Ruling, UnsureError, front, rule
from tests.varied import FACTORS, Question, covering, question

ENGINES = ("auto", "enumerate", "exact", "tree", "cover", "rank", "mip", "decompose")

CLOSE = 2e-8
"""An answer is right when its value lies no further (relative) from the referee's."""

EVERY_STUDY = 5
"""Studies are asked of every so many seeds: they solve many problems each."""


EVERY_MEDIAN = 5
"""The problems of every so many seeds are asked once more as what the engine `exact` answers."""

MEDIANS = {
    "solve.objective": "travel",
    "solve.risk": "expected",
    "rules.units": "exact",
    "rules.nearest": "on",
    "rules.served": "on",
    "travel.ambulatory_trips_per_week": "0.0",
    "rules.reach": "off",
    "rules.own_region": "off",
    "rules.volume": "off",
    "rules.income": "off",
    "rules.build_budget": "off",
    "rules.run_budget": "off",
    "promise.kind": "occupancy",
    "promise.occupancy": "0.85",
    "sizes.largest": "12",
    "Network.site_largest": "none",
    **{name: "none" for name in FACTORS if name.startswith("prices.")},
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One comparison. `what` is compared, refused, wrong or unsure; `said` is why, or what was compared."""

    kind: str
    who: str
    what: str
    said: str = ""


def answer(q: Question, engine: str) -> Plan | str | None:
    """An engine's plan, None where it proves that there is none, or why it does not answer."""
    try:
        return solve(q.problem, q.objective, engine=engine, time_limit=60.0, **q.risks)
    except InfeasibleError:
        return None
    except DataError as error:
        return str(error)
    except NoPlanError as error:
        return f"gave up: {error}"


def fell_over() -> str:
    """The exception at hand, and where it came from."""
    error = sys.exc_info()[1]
    last = traceback.extract_tb(error.__traceback__)[-1] if error else None
    where = f" ({last.filename.rpartition('/')[2]} {last.lineno})" if last else ""
    return f"fell over: {type(error).__name__}: {error}{where}"


def minimised(plan: Plan, figure: str = "value") -> float:
    """A value or bound as it is minimised."""
    record = plan.record
    sign = 1 if record.get("risk") == "regret" else objective_named(plan.objective_name).sign
    own = {"value": plan.objective, "bound": plan.bound}[figure]
    return sign * float(record[f"risk_{figure}"] if "risk" in record else own)


def faults(plan: Plan | None, ruling: Ruling | None) -> str:
    """What is wrong with an answer; "" where nothing is."""
    if plan is None or ruling is None:
        if (plan is None) == (ruling is None):
            return ""
        if ruling is None:
            return f"{plan!r} where no plan keeps the rules"
        return f"no plan, where {dict(zip(('sites', 'value'), (ruling.sites, ruling.value), strict=True))} is one"
    value, bound = minimised(plan), minimised(plan, "bound")
    room = CLOSE * max(ruling.size, 1e-6)
    if plan.status != "optimal":
        return f"status {plan.status}"
    if abs(value - ruling.value) > room:
        return f"{value!r} with {plan.site_ids}, {plan.beds} beds; best {ruling.value!r} with {ruling.sites}, {ruling.beds}"
    if bound > ruling.value + room:
        return f"bound {bound!r} above the best, {ruling.value!r}"
    if ruling.clear and (plan.beds, plan.site_ids) != (ruling.beds, ruling.sites):
        return f"tie: {plan.site_ids} with {plan.beds} beds in place of {ruling.sites} with {ruling.beds}"
    return ""


def hair_of_a_stay(q: Question, plan: Plan | None, ruling: Ruling | None) -> bool:
    """Whether a tie hangs on a stay's hair: as many beds as the least stays need, or one fewer and a hair more stays.

    Of admitted stays each size needs a little more than the next; what sends so little more costs less than ties may
    differ by.
    """
    if plan is None or ruling is None or q.problem.finance.counts != "admitted":
        return False
    return plan.site_ids == ruling.sites and plan.beds == ruling.beds - 1 and plan.check() == ()


def honest_gap(q: Question, plan: Plan | None, ruling: Ruling | None) -> bool:
    """Whether a plan of admitted stays is left with a gap that is none too small: what bends is closed in on."""
    if plan is None or ruling is None or plan.status != "feasible" or not q.problem.counts_admitted:
        return False
    room = CLOSE * max(ruling.size, 1e-6)
    return minimised(plan, "bound") - room <= ruling.value <= minimised(plan) + room and plan.check() == ()


def by_engines(q: Question) -> Iterator[Outcome]:
    """Each engine's answer against the referee's."""
    found = {}
    for engine in ENGINES:
        try:
            found[engine] = answer(q, engine)
        except Exception:
            yield Outcome(kind="engines", who=engine, what="wrong", said=fell_over())
    answered = {engine: plan for engine, plan in found.items() if not isinstance(plan, str)}
    for engine in found.keys() - answered.keys():
        yield Outcome(kind="engines", who=engine, what="refused", said=str(found[engine]))
    if not answered:
        return
    try:
        ruling = rule(q.problem, q.objective, q.risk, q.level)
    except UnsureError as error:
        yield Outcome(kind="engines", who="referee", what="unsure", said=str(error))
        return
    except NotAskedError as error:
        # Where no plan keeps the rules, that may be said of any question.
        for engine, plan in answered.items():
            if plan is not None:
                yield Outcome(kind="engines", who=engine, what="wrong", said=f"answered what has no meaning: {error}")
        return
    for engine, plan in answered.items():
        said = faults(plan, ruling)
        what = "wrong" if said else "compared"
        if said.startswith("tie") and hair_of_a_stay(q, plan, ruling):
            what = "unsure"
        if said.startswith("status") and honest_gap(q, plan, ruling):
            what = "unsure"
        yield Outcome(kind="engines", who=engine, what=what, said=said or ("no plan" if plan is None else ""))


def by_studies(q: Question) -> Iterator[Outcome]:
    """Alternatives, fronts and ladders against the referee's sets."""
    for name, study in STUDIES.items():
        try:
            said = study(q)
        except (DataError, UnsureError, NotAskedError) as error:
            yield Outcome(kind="studies", who=name, what="refused", said=str(error))
            continue
        except Exception:
            said = fell_over()
        yield Outcome(kind="studies", who=name, what="wrong" if said else "compared", said=said or "")


def _alternatives(q: Question) -> str:
    from capacity import alternatives

    count = 4
    ruling = rule(q.problem, q.objective)
    try:
        found = alternatives(q.problem, count, objective=q.objective).alternatives
    except InfeasibleError:
        return "" if ruling is None else f"no set, where {ruling.sites} is one"
    if ruling is None:
        return f"{found[0].plan!r} where no plan keeps the rules"
    sets = sorted(ruling.sets, key=lambda one: one.value)
    values = {one.sites: one.value for one in sets}
    room = CLOSE * max(1.0, *(abs(one.value) for one in sets[:count]))
    if len(found) != min(count, len(sets)):
        return f"{len(found)} sets of {len(sets)}"
    for place, (one, best) in enumerate(zip(found, sets, strict=False), 1):
        value = minimised(one.plan)
        if abs(value - best.value) > room or abs(value - values.get(one.plan.site_ids, float("inf"))) > room:
            return f"place {place}: {one.plan.site_ids} at {value!r}; the referee has {best.sites} at {best.value!r}"
    if ruling.clear and (found[0].plan.beds, found[0].plan.site_ids) != (ruling.beds, ruling.sites):
        return f"tie: first {found[0].plan!r} in place of {ruling.sites} with {ruling.beds} beds"
    return ""


def _pareto(q: Question) -> str:
    from capacity import pareto

    if q.problem.policy.prices:
        raise NotAskedError("what is paid is no measure")
    points = front(q.problem, q.objective)
    try:
        found = pareto(q.problem, (q.objective, "beds")).values.tolist()
    except InfeasibleError:
        found = []
    if len(found) == len(points) and all(
        beds == other and abs(value - best) <= 1e-6 * max(1.0, abs(best))
        for (value, beds), (best, other) in zip(sorted(found), points, strict=True)
    ):
        return ""
    return f"front {sorted(found)}; the referee has {points}"


def _ladder(q: Question) -> str:
    from capacity import ladder

    if not q.problem.policy.nearest:
        raise NotAskedError("a ladder takes minutes where families may be split")
    base = q.problem.scenarios.women_per_year / q.problem.undetected
    for step in ladder(q.problem, low=0.7 * base, high=1.6 * base, objective=q.objective).steps:
        if step.high - step.low < 0.1:
            continue
        middle = (step.low + step.high) / 2
        ruling = rule(q.problem.set("demand.women_per_year", middle), q.objective)
        there = ruling.sites if ruling else ()
        if there != step.site_ids and (ruling is None or ruling.clear):
            return f"at {middle!r} women {step.site_ids}; the referee has {there}"
    return ""


STUDIES: Mapping[str, Callable[[Question], str]] = {"alternatives": _alternatives, "pareto": _pareto, "ladder": _ladder}


def by_words(q: Question, seed: int) -> Iterator[Outcome]:
    """The same wish in other words has the same answer."""
    engine = ("auto", "mip", "rank", "enumerate")[seed % 4]
    for name, say in SAME_WISH.items():
        told = say(q, seed)
        if told is None:
            continue
        for other in told.others:
            try:
                said = _same(told, other, engine)
            except Exception:
                said = fell_over()
            if said is not None:
                yield Outcome(kind="same wish", who=name, what="wrong" if said else "compared", said=said)


def _same(told: Told, other: Question, engine: str) -> str | None:
    """What differs; "" where nothing does, None where there is nothing to compare."""
    one, two = answer(told.one, engine), answer(other, engine)
    if isinstance(one, str) or isinstance(two, str):
        engine = "auto"
        one, two = answer(told.one, engine), answer(other, engine)
    if isinstance(one, str) or isinstance(two, str):
        return None
    if one is None or two is None:
        return "" if one is two else f"{engine}: {one!r} is {two!r} in other words"
    a, b = told.times * minimised(one), minimised(two)
    if told.slivers and min(least_use(one), least_use(two)) < 3 * SOME:
        return None
    if abs(a - b) > CLOSE * max(abs(a), abs(b), abs(two.objective), 1.0):
        return f"{engine}: {a!r} with {one.site_ids} is {b!r} with {two.site_ids} in other words"
    if (one.beds, tuple(sorted(told.called.get(j, j) for j in one.site_ids))) != (two.beds, two.site_ids):
        return f"{engine}: {one!r} is {two!r} in other words, at the same value"
    return ""


def least_use(plan: Plan) -> float:
    """Points' worth of women, of all scenarios, at the unit that is used least."""
    use = dict.fromkeys(plan.site_ids, 0.0)
    for site, share in zip(plan.assignment_table["site_id"], plan.assignment_table["share"], strict=True):
        use[site] += share
    return min(use.values(), default=1.0)


def outcomes(seed: int, forced: Mapping[str, str], kinds: Iterable[str]) -> list[Outcome]:
    """Everything that is compared for one seed."""
    q = question(seed, forced)
    found: list[Outcome] = []
    if "engines" in kinds:
        found += by_engines(q)
    if "studies" in kinds and seed % EVERY_STUDY == 0:
        found += by_studies(q)
    if "same-wish" in kinds:
        found += by_words(q, seed)
    return found


KINDS = ("engines", "studies", "same-wish")


def _job(work: tuple[int, dict[str, str], tuple[str, ...]]) -> tuple[int, dict[str, str], list[Outcome], float]:
    started = time.process_time()
    seed, forced, kinds = work
    found = outcomes(seed, forced, kinds)
    return seed, forced, found, time.process_time() - started


def campaign(rows: Iterable[tuple[int, dict[str, str]]], kinds: tuple[str, ...], jobs: int) -> int:
    """Compare, print the table and how to repeat what is wrong; how many are wrong."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    wrong = 0
    work = [(seed, forced, kinds) for seed, forced in rows]
    if jobs == 1:
        results: Iterator[Any] = map(_job, work)
    else:
        results = ProcessPoolExecutor(jobs).map(_job, work, chunksize=4)
    seconds = 0.0
    for seed, forced, found, took in results:
        seconds += took
        for one in found:
            counts[one.kind, one.who][one.what] += 1
            counts[one.kind, one.who]["no plan"] += one.said == "no plan"
            if one.what == "wrong":
                wrong += 1
                again = f" --forced '{json.dumps(forced)}'" if forced else ""
                print(f"WRONG {one.kind}, {one.who}: {one.said}", flush=True)
                print(
                    f"    python -m tests.campaign_answers --seeds {seed}:{seed + 1} --only {one.kind.replace(' ', '-')}{again}"
                )
    heads = ("compared", "no plan", "refused", "unsure", "wrong")
    print(f"\n{'':38}" + "".join(f"{head:>10}" for head in heads))
    total: Counter[str] = Counter()
    for (kind, who), count in sorted(counts.items()):
        total += count
        print(f"{kind + ', ' + who:38}" + "".join(f"{count[head]:>10,}" for head in heads))
    print(f"{'all':38}" + "".join(f"{total[head]:>10,}" for head in heads))
    print(f"{len(work):,} problems, {seconds:,.0f} s of CPU")
    return wrong


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_answers", description=__doc__)
    parser.add_argument("--seeds", default="0:4000", help="first seed and the one after the last")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=KINDS, action="append", help="a kind of comparison (all)")
    parser.add_argument("--times", type=int, default=0, help="further problems until every pair of values met so often")
    parser.add_argument("--forced", type=json.loads, default={}, help="levels of factors, as printed")
    asked = parser.parse_args(said)
    first, end = map(int, asked.seeds.split(":"))
    seeds = range(first, end)
    rows = covering(seeds, asked.times) if asked.times else [(seed, asked.forced) for seed in seeds]
    if not asked.forced:
        rows += [(seed, MEDIANS) for seed in seeds if seed % EVERY_MEDIAN == 0]
    return int(campaign(rows, tuple(asked.only or KINDS), asked.jobs) > 0)


if __name__ == "__main__":
    sys.exit(main())
