"""The two faces of a rule: what it says to a solver, and how it measures a plan."""

from __future__ import annotations

import numpy as np

from capacity.arrays import Floats
from capacity.problem.problem import Problem
from capacity.rules import Excess, Rows, Rule, SplitPlan, Variables, allowed_pairs, allowed_sites, one_assignment
from capacity.testing.brute import breaks, some_plan
from capacity.tolerances import CLOSE, HOLD

PLANS = 6
"""Plans made of each problem."""


def agree(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """The least by which a plan's columns break the rows is the excess of the plan."""
    rule = problem.policy[name]
    # Other rules only take plans away; at a price this one does not.
    off = [other.name for other in problem.policy.values() if not other.frame and other.name != name]
    free = problem.replace(policy=dict.fromkeys(off, False) | {"prices": {}})
    alone = free if rule.always else free.replace(policy={"prices": {name: 1.0}})
    # Some rules have rows as long as nothing is paid for them: then rows and excess agree on what is kept.
    measured = rule.in_rows(alone)
    if not measured:
        alone = free
        if not rule.in_rows(alone):
            return None
    v = Variables(alone, allowed_sites(alone), allowed_pairs(alone), shared=one_assignment(alone), whole=False)
    before = v.count
    rows = rule.rows(alone, v)
    for _ in range(PLANS):
        plan = some_plan(alone, rng, blocks=v.scenarios, whole=bool(rng.random() < 0.5))
        values = _columns(alone, plan, v, before)
        if values is None:
            continue
        excess = rule.excess(alone, plan)
        over = dict(zip(excess.keys, excess.amount[0].tolist(), strict=True))
        if (fault := _unlike(rule, excess, rows)) is not None:
            return fault
        least = _least(rows, values, v, before)
        total = sum(max(amount, 0.0) for amount in over.values())
        whole = np.isnan(least).any() or least.sum() > CLOSE * max(1.0, excess.scale)
        where = f"units {plan.open[0].astype(int).tolist()}, beds {plan.beds[0].tolist()}"
        if (rows.key < 0).all() or not measured:
            # Rows that hold whatever the price: they agree where they are kept.
            if len(rows.key) and whole != bool(excess.broken.any()):
                return f"rows say {'broken' if whole else 'kept'}, excess {total:.6g} ({where})"
            continue
        if np.isnan(least).any():
            return f"no values of its own columns keep the rows that hold whatever its price ({where})"
        if abs(float(least.sum()) - total) > CLOSE * max(1.0, excess.scale, total):
            return f"the rows are broken by {float(least.sum()):.6g} at the least, the excess is {total:.6g} ({where})"
        if v.count == before:
            for key, amount in zip(rows.keys, least.tolist(), strict=True):
                if abs(amount - max(over.get(key, 0.0), 0.0)) > CLOSE * max(1.0, excess.scale, amount):
                    return f"rows of {key} are broken by {amount:.6g}, the excess is {over.get(key, 0.0):.6g} ({where})"
    return ""


def _unlike(rule: Rule, excess: Excess, rows: Rows) -> str | None:
    """What is wrong with keys and columns."""
    if len(set(excess.keys)) != len(excess.keys):
        return "two instances of its excess have one key"
    unknown = [key for key in rows.keys if key not in set(excess.keys)]
    if unknown:
        return f"rows speak of {unknown[0]}, which the excess does not measure"
    return None


def _columns(problem: Problem, plan: SplitPlan, v: Variables, count: int) -> Floats | None:
    """A plan as values of the model's columns; None where a site or a size has none."""
    if (plan.open[0] & (v.open < 0)).any():
        return None
    values = np.zeros(count)
    values[v.open[v.sites]] = plan.open[0][v.sites]
    for j in np.flatnonzero(plan.open[0]):
        here = (v.size_site == j) & (v.size_beds == plan.beds[0][j])
        if not here.any():
            return None
        values[v.size[here]] = 1.0
    sent = plan.shares(0)
    for s in range(v.scenarios):
        values[v.share(s)] = sent.by_pair(sent.share * (sent.scenario == s))[v.pair_point, v.pair_site]
    return values


def _least(rows: Rows, values: Floats, v: Variables, before: int) -> Floats:
    """By how much each instance's rows must be broken, columns of the rule's own at their best, (K,).

    NaN where rows that hold whatever the price are broken.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    own, keys = v.count - before, len(rows.keys)
    if not len(rows.lower):
        return np.zeros(keys)
    given = rows.column < before
    row = rows.row
    activity = np.bincount(row[given], rows.coefficient[given] * values[rows.column[given]], minlength=len(rows.lower))
    low, high = rows.lower - activity, rows.upper - activity
    soft = rows.key >= 0
    if not own:
        short = np.maximum(np.maximum(low, -high), 0.0)
        least = np.zeros(keys)
        np.maximum.at(least, rows.key[soft], short[soft])
        return np.full(max(keys, 1), np.nan) if (short[~soft] > HOLD).any() else least
    mine = ~given
    table = csr_array(
        (
            np.concatenate([rows.coefficient[mine], np.where(np.isfinite(rows.lower), 1.0, -1.0)[soft]]),
            (
                np.concatenate([row[mine], np.flatnonzero(soft)]),
                np.concatenate([rows.column[mine] - before, own + rows.key[soft]]),
            ),
        ),
        shape=(len(rows.lower), own + keys),
    )
    solution = milp(
        np.concatenate([np.zeros(own), np.ones(keys)]),
        constraints=LinearConstraint(table, low, high),
        integrality=np.concatenate([v.integer[before:], np.zeros(keys)]).astype(int),
        bounds=Bounds(np.zeros(own + keys), np.concatenate([v.upper[before:], np.full(keys, np.inf)])),
    )
    return np.full(max(keys, 1), np.nan) if solution.x is None else np.asarray(solution.x[own:])


def silent(problem: Problem, name: str, rng: np.random.Generator) -> str | None:
    """Off, it is as if there were no such rule."""
    rule = problem.policy[name]
    if rule.always:
        return None
    off = problem.replace(policy={name: False})
    if name in off.policy.on or type(rule).is_on(off):
        return "it is still on when its setting is false"
    if problem.replace(policy={name: rule}).fingerprint != problem.fingerprint:
        return "off and on again the problem is another"
    if off.fingerprint == problem.fingerprint:
        return "the problem's fingerprint is the same whether it is on or off"
    return ""


def outcomes(problem: Problem, name: str, rng: np.random.Generator) -> set[bool]:
    """Whether random plans break the rule."""
    blocks = len(problem.scenarios.ids) if rng.random() < 0.5 else 1
    plans = [some_plan(problem, rng, blocks=blocks, whole=bool(k % 2)) for k in range(PLANS)]
    return {bool(breaks(problem.policy[name], problem, plan)[0]) for plan in plans}
