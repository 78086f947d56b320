"""What a rule declares of itself, tried as laws: each trait, each closed form."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.errors import DataError
from capacity.problem.problem import Problem
from capacity.rules import NearestPlans, Rule, Shares, SplitPlan, UnitPlans, Variables, allowed_pairs, allowed_sites
from capacity.rules.families import Nearest
from capacity.rules.plans import smallest_sizes
from capacity.rules.rule import Change
from capacity.studies.explain.merging import merge
from capacity.testing import studied
from capacity.testing.brute import breaks, some_plan
from capacity.testing.scenarios import at_a_price, stagewise
from capacity.tolerances import LEAST_NUMBER, TRAIT

PLANS = 8
"""Plans made of each problem."""

GROWTH = (0.6, 1.3, 2.5)
"""What demand is multiplied by."""


def alone(problem: Problem, name: str) -> Problem:
    """The problem with the rule, and what says what a plan is."""
    off = [rule.name for rule in problem.policy.values() if not rule.frame and rule.name != name]
    return problem.replace(policy=dict.fromkeys(off, False) | {"prices": {}})


def true(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Every trait the rule declares."""
    p = alone(problem, name)
    rule = p.policy[name]
    for tried in (
        _beds,
        _women,
        _units,
        _at_nearest,
        _bound,
        _kept_says,
        _columns,
        stagewise,
        _few,
        _mean,
        _named,
        _cut,
    ):
        if fault := tried(p, rule, rng):
            return fault
    return ""


def _plans(p: Problem, rng: np.random.Generator, *, whole: bool | None = None) -> Iterator[SplitPlan]:
    for k in range(PLANS):
        blocks = len(p.scenarios.ids) if k % 3 == 2 else 1
        plan = some_plan(p, rng, blocks=blocks, whole=bool(k % 2) if whole is None else whole)
        if k % 2 == 0:
            plan = SplitPlan(p, plan.open[0], smallest_sizes(p, plan.stays, plan.open)[0], plan.shares(0))
        yield plan


def _against(change: Change, before: bool, after: bool) -> bool:
    """Whether a change did what it is said not to do."""
    return (change in ("same", "looser") and after and not before) or (
        change in ("same", "tighter") and before and not after
    )


def _said(before: bool) -> str:
    return "broken" if before else "kept"


def _beds(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    if rule.with_more_beds is None:
        return ""
    _, high = p.size_limits
    for plan in _plans(p, rng):
        room = np.where(plan.open[0], high - plan.beds[0], 0)
        more = plan.beds[0] + np.array([int(rng.integers(0, r + 1)) for r in np.maximum(room, 0)])
        before = bool(breaks(rule, p, plan)[0])
        after = bool(breaks(rule, p, SplitPlan(p, plan.open[0], more, plan.shares(0)))[0])
        if _against(rule.with_more_beds, before, after):
            return (
                f"with_more_beds is {rule.with_more_beds!r}, but with beds {plan.beds[0].tolist()} it is "
                f"{_said(before)}, with {more.tolist()} {_said(after)}"
            )
    return ""


def _women(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    if rule.with_more_women is None:
        return ""
    for plan in _plans(p, rng):
        for times in GROWTH:
            more = p.replace(scenarios=p.scenarios.replace(women=p.scenarios.women * times))
            one = SplitPlan(p, plan.open[0], smallest_sizes(p, plan.stays, plan.open)[0], plan.shares(0))
            two = SplitPlan(more, plan.open[0], plan.beds[0], plan.shares(0))
            two = SplitPlan(more, plan.open[0], smallest_sizes(more, two.stays, plan.open)[0], plan.shares(0))
            small, large = (one, two) if times > 1 else (two, one)
            before, after = (bool(breaks(rule, x.problem, x)[0]) for x in (small, large))
            if _against(rule.with_more_women, before, after):
                return (
                    f"with_more_women is {rule.with_more_women!r}, but it is {_said(before)} with "
                    f"{small.problem.women.sum():.3g} women and {_said(after)} with {large.problem.women.sum():.3g}"
                )
    return ""


def _units(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    if rule.with_more_units is None or not any(r.binds_to_nearest for r in (*p.policy.values(), rule)):
        return _units(at_nearest(p), rule, rng) if rule.with_more_units is not None else ""
    allowed, pairs = allowed_sites(p), allowed_pairs(p)
    for _ in range(PLANS):
        opened = allowed & (rng.random(len(allowed)) < 0.5)
        closed = np.flatnonzero(allowed & ~opened)
        if not opened.any() or not len(closed):
            continue
        wider = opened.copy()
        wider[rng.choice(closed)] = True
        plans = NearestPlans(p, np.stack([opened, wider]), pairs)
        if not rule.needs_units and not (plans.used > 0)[1][wider].all():
            continue
        before, after = breaks(rule, p, plans).tolist()
        if _against(rule.with_more_units, before, after):
            return (
                f"with_more_units is {rule.with_more_units!r}, but at {opened.astype(int).tolist()} it is "
                f"{_said(before)}, at {wider.astype(int).tolist()} {_said(after)}"
            )
    return ""


def at_nearest(p: Problem) -> Problem:
    """The problem with everybody at their nearest unit."""
    return p.replace(policy={Nearest.name: True})


def _at_nearest(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    p = at_nearest(p)
    plans = NearestPlans(p, _sets(p), allowed_pairs(p))
    if not len(plans.open):
        return ""
    served = (plans.served[:, 0] > 0) | ~p.active
    if rule.kept_at_nearest and (breaks(rule, p, plans) & served.all(axis=1)).any():
        return "kept_at_nearest is declared, but a plan with everybody at their nearest unit breaks it"
    if rule.sets_beds:
        _, high = p.size_limits
        largest = NearestPlans(p, plans.open, allowed_pairs(p), np.where(plans.open, high, 0))
        wrong = breaks(rule, p, plans) & ~breaks(rule, p, largest)
        if wrong.any():
            return "sets_beds is declared, but the smallest sizes break it where the largest keep it"
    return ""


def _bound(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    """Whether everybody at the nearest open unit keeps it, and one point's women sent to another break it."""
    if not rule.binds_to_nearest:
        return ""
    sets, pairs = _sets(p), allowed_pairs(p)
    for opened in sets[rng.permutation(len(sets))[:PLANS]]:
        nearest = NearestPlans(p, opened[None], pairs)
        others = [
            (i, j)
            for i in np.flatnonzero(p.active & (nearest.served[0, 0] > 0)).tolist()
            for j in np.flatnonzero(pairs[i] & opened).tolist()
            if j != nearest.shares(0).site[nearest.shares(0).point == i][0]
        ]
        if breaks(rule, p, nearest)[0]:
            return (
                f"binds_to_nearest is declared, but at {opened.astype(int).tolist()} everybody at the nearest breaks it"
            )
        if not others:
            continue
        i, j = others[int(rng.integers(len(others)))]
        moved, sent = float(rng.choice([0.4, 1.0])), nearest.shares(0)
        shares = sent.by_pair(sent.share)
        shares[i] *= 1 - moved
        shares[i, j] += moved
        if not breaks(rule, p, SplitPlan(p, opened, nearest.beds[0], shares[None]))[0]:
            return (
                f"binds_to_nearest is declared, but a plan keeps it that sends women of "
                f"{p.network.point_ids[i]} past a nearer unit, to {p.network.site_ids[j]}"
            )
    return ""


def _named(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    """What it says of its numbers and of the places it is about."""
    return studied.numbers(p, rule) or studied.about(p, rule, next(_plans(p, rng)))


def _sets(p: Problem) -> Bools:
    """Every set of allowed sites."""
    m = len(p.network.site_ids)
    sets = (np.arange(1, 2**m)[:, None] >> np.arange(m)) & 1 > 0
    return np.asarray(sets[~(sets & ~allowed_sites(p)).any(axis=1)])


def _kept_says(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    """What a plan is that keeps the rule."""
    for plan in _plans(p, rng):
        if breaks(rule, p, plan)[0]:
            continue
        sent = plan.shares(0)
        needed = p.women[sent.scenario, sent.point] > 0 if sent.shape[0] > 1 else p.active[sent.point]
        if rule.serves_all and ((plan.served < 1 - TRAIT) & _needed(p, sent)).any():
            return "serves_all is declared, but a plan keeps it that does not serve everybody"
        if rule.whole_shares and (sent.by_pair(needed.astype(float)) > 0).sum(axis=1).max() > 1:
            return "whole_shares is declared, but a plan keeps it that sends a point's women to two units"
        carried = p.stays_by_beds[plan.beds]
        if rule.carries_stays and (plan.stays[0][p.must_hold] > carried + TRAIT).any():
            return "carries_stays is declared, but a plan keeps it whose beds carry too little"
    return ""


def _needed(p: Problem, sent: Shares) -> Bools:
    return np.asarray((p.women > 0)[None] if sent.shape[0] > 1 else p.active[None, None])


def _columns(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    if not rule.linear or rule.own_columns == "any":
        return ""
    priced = at_a_price(p, rule)
    v = Variables(priced, allowed_sites(priced), allowed_pairs(priced), shared=False, whole=False)
    before = v.count
    rule.rows(priced, v)
    if rule.own_columns == "none" and v.count > before:
        return "own_columns is 'none', but its rows add columns"
    if rule.own_columns == "whole" and not v.integer[before:].all():
        return "own_columns is 'whole', but its rows add columns that take any value"
    return ""


def _few(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    if not rule.few_scenarios:
        return ""
    p = at_nearest(p)
    hold = np.flatnonzero(p.must_hold)
    rows = np.concatenate([p.expected_women[None], p.women.max(axis=0)[None], p.women[hold]])
    few = p.scenarios.replace(
        ids=("expected", "anybody", *(f"holding {k}" for k in range(len(hold)))),
        point_ids=p.network.point_ids,
        women=rows,
        probability=np.arange(len(rows)) == 0,
        must_hold=np.arange(len(rows)) > 1,
        labels=(),
    )
    other = p.replace(scenarios=few)
    sets, pairs = _sets(p), allowed_pairs(p)
    if not len(sets):
        return ""
    one, two = NearestPlans(p, sets, pairs), NearestPlans(other, sets, pairs)
    served = ((one.served[:, 0] > 0) | ~p.active).all(axis=1)
    if (breaks(rule, p, one) != breaks(rule, other, two))[served].any():
        return "few_scenarios is declared, but of the mean and single scenarios that must hold it says something else"
    return ""


def mean_problem(p: Problem) -> Problem | None:
    """The problem under the mean of its scenarios; None where one that counts need not hold."""
    if len(p.scenarios.ids) == 1 or not p.must_hold[p.probability > 0].all():
        return None
    one = p.scenarios.only(p.scenarios.ids[int(np.argmax(p.must_hold))])
    women = p.probability @ p.scenarios.women
    return p.replace(scenarios=one.replace(women=women[None], probability=np.ones(1)))


def _mean(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    mean = mean_problem(p) if rule.kept_by_mean and not rule.binds_to_nearest and not rule.whole_shares else None
    if mean is None:
        return ""
    for plan in _plans(p, rng):
        if breaks(rule, p, plan)[0]:
            continue
        sent = plan.shares(0).in_each(len(p.scenarios.ids))
        weight = p.probability[sent.scenario] * p.women[sent.scenario, sent.point]
        total = np.maximum(p.expected_women, LEAST_NUMBER)
        shares = sent.by_pair(sent.share * weight) / total[:, None]
        if breaks(rule, mean, SplitPlan(mean, plan.open[0], plan.beds[0], shares[None]))[0]:
            return "kept_by_mean is declared, but the mean of a plan's shares breaks it under the mean demand"
    return ""


def _cut(p: Problem, rule: Rule, rng: np.random.Generator) -> str:
    if not rule.when_cut:
        return ""
    p = at_nearest(p)
    for _ in range(PLANS):
        regions = [r for r in p.network.regions if rng.random() < 0.6]
        try:
            part = p.only(regions)
        except DataError:
            # No region, no site there, or nobody who needs a stay.
            continue
        cut, opened = part.policy.get(rule.name), rng.random(len(part.network.site_ids)) < 0.5
        if cut is None or not opened.any():
            continue
        alone = NearestPlans(part, opened[None], allowed_pairs(part))
        at = [p.network.site_ids.index(j) for j in part.network.site_ids]
        wide = np.zeros((1, len(p.network.site_ids)), dtype=bool)
        wide[:, at] = opened
        plans: NearestPlans | UnitPlans = NearestPlans(p, wide, allowed_pairs(p))
        if rule.when_cut == "units":
            stays, used = np.zeros((1, len(p.scenarios.ids), wide.shape[1])), np.zeros(wide.shape)
            stays[:, :, at], used[:, at] = alone.stays, alone.used
            plans = UnitPlans(p, wide, stays, used)
        try:
            one, all_of_it = cut.excess(part, alone), rule.excess(p, plans)
        except TypeError as said_why:
            return f"when_cut is {rule.when_cut!r}, but {said_why}"
        said = dict(zip(all_of_it.keys, all_of_it.amount[0].tolist(), strict=True))
        for key, amount in zip(one.keys, one.amount[0].tolist(), strict=True):
            if key not in said or abs(said[key] - amount) > TRAIT * max(1.0, all_of_it.scale):
                return (
                    f"when_cut is {rule.when_cut!r}, but of {key} a problem cut to {regions} says {amount:.6g}, the "
                    f"whole {said.get(key)}"
                )
    return ""


# --- closed forms --------------------------------------------------------------------------------


def closed_forms(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """A plan that keeps the rule, and what a plan is, is as each closed form says."""
    p = alone(problem, name)
    rule = p.policy[name]
    sites, pairs, plans = rule.sites(p), rule.pairs(p), list(_plans(p, rng))
    for plan in plans:
        kept = not breaks(rule, p, plan)[0]
        opened, sent = plan.open[0], plan.shares(0)
        # Where nobody needs a stay in a scenario, who would be sent where says nothing.
        needed = p.women[sent.scenario, sent.point] > 0 if sent.shape[0] > 1 else p.active[sent.point]
        used = sent.by_pair((needed & (sent.share > TRAIT)).astype(float)) > 0
        masked = (sites is not None and (opened & ~sites).any()) or (pairs is not None and (used & ~pairs).any())
        if kept and masked:
            return "a plan keeps it that opens a site, or uses a way, that `sites` or `pairs` excludes"
        if rule.masks_say_all and not kept and not masked:
            return "masks_say_all is declared, but a plan breaks it within `sites` and `pairs`"
        if fault := (_forms(p, rule, plan) if kept else studied.by_stays(p, rule, plan)):
            return fault
    if pairs is not None and rule.pairs_by_nearness:
        order = np.argsort(p.minutes, axis=1, kind="stable")
        inside = np.take_along_axis(pairs, order, axis=1)
        way = np.take_along_axis(p.minutes, order, axis=1)
        nearer = np.maximum.accumulate(~inside, axis=1) & inside & np.isfinite(way)
        if nearer.any():
            return "pairs_by_nearness is declared, but it excludes a site nearer than one it allows"
    near = at_nearest(p)
    return (
        studied.rescaled(p, rule, plans, rng)
        or studied.eased(p, rule, plans)
        or studied.thresholds(near, near.policy[name], _sets(near), rng)
    )


def _forms(p: Problem, rule: Rule, plan: SplitPlan) -> str:
    opened, stays = plan.open[0], plan.stays[0]
    must, between, floor = rule.must_open(p), rule.unit_range(p), rule.least_beds(p)
    if must is not None and (must & ~opened).any():
        return "a plan keeps it that leaves a site of `must_open` closed"
    if between is not None and not between[0] <= opened.sum() <= between[1]:
        return "a plan keeps it with fewer or more units than `unit_range` says"
    if floor is not None and (opened & (plan.beds[0] < floor)).any():
        return "a plan keeps it with fewer beds than `least_beds` says"
    if any(breaks(other, p, plan)[0] for other in p.policy.values()):
        return ""
    if fault := studied.spare(p, rule, plan):
        return fault
    for least in rule.least_stays(p):
        if (opened & (least.weight @ stays < least.least - TRAIT)).any():
            return "a plan keeps it in which a unit has fewer stays than `least_stays` says"
    units, beds = np.array([opened.sum()]), np.array([float(plan.beds[0].sum())])
    afforded = rule.affords(p, units, beds, float(p.probability @ stays.sum(axis=1)))
    if afforded is not None and not afforded[0]:
        return "a plan keeps it that `affords` says there is none of"
    return ""


# --- settings --------------------------------------------------------------------------------------

SETTINGS = (
    "finance.day_rate_dkk",
    "finance.grant_dkk_per_year",
    "finance.unit_dkk_per_year",
    "finance.bed_dkk_per_year",
    "finance.occupied_day_dkk",
    "finance.building_dkk_per_bed",
    "promise.turned_away",
    "travel.visits_per_week",
)
"""Settings that are numbers, and that a rule may or may not read."""


LARGER = (1.1, 1.8, 4.0)
"""What a setting's number is multiplied by."""


def moved(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Larger numbers do to it what `moved_by` says, and nothing where that names none."""
    p = alone(problem, name)
    rule = p.policy[name]
    if rule.moved_by is None:
        return ""
    plans = list(_plans(p, rng))
    keys = [f.name for f in dataclasses.fields(rule) if isinstance(getattr(rule, f.name), float)]  # type: ignore[arg-type]
    for key in (*(k for k in keys if k in rule.moved_by), *SETTINGS):
        change: Change = rule.moved_by.get(key, "same")
        for times in LARGER:
            larger = _larger(p, rule, key, times)
            if larger is None:
                continue
            for plan in plans:
                before = bool(breaks(rule, p, plan)[0])
                after = SplitPlan(larger, plan.open[0], plan.beds[0], plan.shares(0))
                if _against(change, before, bool(breaks(larger.policy[name], larger, after)[0])):
                    return f"a larger {key} is said to leave it {change}, and a plan was {_said(before)} before it"
    return ""


def _larger(p: Problem, rule: Rule, key: str, times: float) -> Problem | None:
    try:
        if "." not in key:
            table: dict[str, Any] = {
                f.name: getattr(rule, f.name)
                for f in dataclasses.fields(rule)  # type: ignore[arg-type]
            }
            return p.replace(policy={rule.name: table | {key: table[key] * times}})
        return p.set(key, p.get(key) * times)
    except DataError:
        return None


def merging(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """A plan kept for each point is kept for points added up, its shares their mean."""
    p = alone(problem, name)
    rule = p.policy[name]
    if rule.told(p) is None:
        return ""
    p = p.replace(policy={other.name: False for other in p.policy.values() if other.told(p) is None})
    merged = merge(p)
    one = merged.problem
    for plan in _plans(p, rng):
        if breaks(rule, p, plan)[0] or (plan.open[0] & ~allowed_sites(p)).any():
            continue
        sent = plan.shares(0)
        table: Floats = np.zeros((sent.shape[0], *one.minutes.shape))
        for s in range(sent.shape[0]):
            women = p.women[s] if sent.shape[0] > 1 else p.expected_women
            here = sent.scenario == s
            np.add.at(table[s], (merged.of[sent.point[here]], sent.site[here]), (sent.share * women[sent.point])[here])
            whole = np.bincount(merged.of, women, len(one.minutes))
            table[s] /= np.maximum(whole, LEAST_NUMBER)[:, None]
        if sent.shape[0] == 1 and len(p.women) > 1:
            continue
        if breaks(one.policy[name], one, SplitPlan(one, plan.open[0], plan.beds[0], table))[0]:
            return "a plan keeps it, but not with the points added up that `told` does not tell apart"
    return ""
