"""Very many sets of units worked out by the planner's table and by the library's arrays, held against each other.

A page tells each set in a short form; the library works a block of sets out at once, as `capacity.evaluate` does for a
list. Held together are who goes where, beds, every number of units, regions, money and objectives, and every broken
rule with its place and amount.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import capacity as cap
from capacity.arrays import Bools, Floats
from capacity.engines.evaluate import as_rows, nearest_plans
from capacity.errors import DataError
from capacity.plan.broken import excess_of
from capacity.problem.promise import offered_load, turned_away
from capacity.report.table.data import table_data
from capacity.report.table.source import engine_knows
from capacity.rules import RULES, NearestPlans, firm_rules
from capacity.rules.aftercare import (
    aftercare_building,
    aftercare_per_stay,
    aftercare_running,
    aftercare_standing,
    aftercare_stays,
    beds_there,
)
from capacity.rules.objectives import objectives_of
from capacity.tolerances import SUMS
from tests.campaign_table import case_of, problem_with, settings_of, units_of

CLOSE = 1e-9
MILLION = 1e6
"""Size of what amounts in DKK are worked out from."""

UNIT = ("stays", "occupancy", "turned_away", "income_dkk", "cost_dkk", "building_dkk", "startup_loss_dkk")
MONEY = ("income_dkk", "cost_dkk", "building_dkk", "startup_loss_dkk")
FIGURES = ("mean_minutes", "longest_minutes", "women_per_year", "served_share", "beds")
REGION = ("women", "mean_minutes", "minutes_80", "longest_minutes", "units", "beds", "share_within")

IN_DKK = frozenset(rule.name for rule in RULES if "DKK" in rule.unit)

SHORT = (
    f"""
const [UNIT, MONEY, FIGURES, REGION] = {json.dumps([UNIT, MONEY, FIGURES, REGION])};
"""
    + """
const short = (data, result) => {
  const at = new Map(data.sites.ids.map((id, j) => [id, j]));
  const of = (row, names) => names.map((name) => (row[name] === undefined ? null : row[name]));
  return [
    result.municipalities.map((one) => (one.site_id === null ? -1 : at.get(one.site_id))),
    result.units.map((unit) => [at.get(unit.site_id), unit.beds]),
    result.broken.map((one) => [one.rule, ...one.key]),
    result.broken.map((one) => one.amount),
    [...Object.keys(result.objectives).sort().map((name) => result.objectives[name]), ...of(result, FIGURES),
      ...of(result.money, MONEY), result.money.full_cost_dkk, ...result.units.flatMap((unit) => of(unit, UNIT)),
      ...result.regions.flatMap((region) => of(region, REGION))],
  ];
};
const manyOf = ({ data, settings, sets }) => {
  const engine = capacityEngine.createEngine(data);
  try {
    return sets.map((units) => short(data, engine.evaluate(units, settings, "travel", false)));
  } catch (error) {
    return { error: error.name, said: error.message };
  }
};
window.many = (asked) => asked.map(manyOf);
"""
)
"""Sets in their short form, in a page."""


@dataclass(frozen=True, kw_only=True)
class Many:
    """Sets of one case with some settings."""

    problem: cap.Problem
    data: dict[str, Any]
    settings: dict[str, Any]
    sets: list[dict[str, int]]

    def wrong(self, page: Any) -> tuple[list[str], Counter[str]]:
        """What differs, and how often each rule was broken, the sets counted under ""."""
        try:
            problem = problem_with(self.problem, self.settings)
        except DataError as error:
            return (
                [] if isinstance(page, dict) else [f"the library refuses and the page does not: {error}"]
            ), Counter()
        if isinstance(page, dict):
            return [f"the page refused: {page['said']}"], Counter()
        found, wrong = Counter[str](), []
        for units, mine, theirs in zip(self.sets, page, library(problem, self.sets), strict=True):
            found[""] += 1
            found += Counter({name for name, *_ in theirs[0][2]})
            if said := apart(mine, theirs, problem.active):
                wrong.append(f"{units}: {said}")
        return wrong, found


def many(seeds: range, cases: int, sets: int) -> Iterator[Many]:
    """Settings of each seed on one of some cases, every fourth the Danish one, with so many sets of units."""
    of_case = {seed: (case, table_data(case)) for seed, case in ((k, case_of(k)) for k in range(cases))}
    for seed in seeds:
        problem, data = of_case[seed % cases]
        units = units_of(seed, problem, sets)
        yield Many(problem=problem, data=data, settings=settings_of(seed, problem), sets=units)


def shortly(tab: Any, asked: Sequence[Many]) -> list[Any]:
    """What a page makes of them."""
    given = json.dumps([{"data": one.data, "settings": one.settings, "sets": one.sets} for one in asked])
    found: list[Any] = json.loads(tab.evaluate("given => JSON.stringify(window.many(JSON.parse(given)))", given))
    return found


Told = tuple[list[int], list[list[int]], list[list[str]], list[float], list[float | None]]
"""A set in its short form: sites of points, sites and beds, broken rules, their amounts, numbers."""


def library(problem: cap.Problem, sets: Sequence[Mapping[str, int]]) -> Iterator[tuple[Told, Floats]]:
    """What the library makes of each set, with the size of each number."""
    opened, beds = as_rows(problem, [{j: k or None for j, k in units.items()} for units in sets])
    plans = nearest_plans(problem, opened, beds)
    columns, sizes = _wholes(problem, plans)
    units, regions = _units(problem, plans), _regions(problem, plans)
    broken = _broken(problem, plans)
    of_unit = [MILLION if name in MONEY else 1.0 for name in UNIT]
    for b in range(len(sets)):
        sites = [j for j in problem.site_order.tolist() if opened[b, j]]
        numbers = np.concatenate([columns[b], units[b, sites].ravel(), regions[b].ravel()])
        scale = np.concatenate([sizes, of_unit * len(sites), np.ones(regions[b].size)])
        told = plans.site[b].tolist(), [[j, int(plans.beds[b, j])] for j in sites], *broken[b], numbers.tolist()
        yield told, scale


def _wholes(problem: cap.Problem, plans: NearestPlans) -> tuple[Floats, Floats]:
    """Objectives, figures and money of each plan, and how large each is, (B, k) and (k,)."""
    known = engine_knows().objectives
    goals = sorted((one for one in objectives_of(problem) if one.name in known), key=lambda one: one.name)
    values = [one.sign * one.expected(problem, plans) for one in goals]
    women, ways = problem.women[0], plans.mean(np.where(np.isfinite(problem.minutes), problem.minutes, 0.0))[:, 0]
    served = plans.served[:, 0] @ women
    beds = np.where(plans.open, plans.beds, 0).sum(axis=1).astype(float)
    total = np.full(len(beds), women.sum())
    mean = ways @ women / np.where(served > 0, served, np.nan)
    values += [mean, np.where(women > 0, ways, 0.0).max(axis=1), total, served / total, beds]
    units = _units(problem, plans)
    of_money = {name: np.where(plans.open, units[..., UNIT.index(name)], 0.0).sum(axis=1) for name in MONEY}
    annuity = np.where(plans.open, problem.finance.building_annuity(plans.beds), 0.0).sum(axis=1)
    if problem.aftercare.on:
        for name, later in _aftercare(problem, plans).items():
            of_money[name] = of_money[name] + later
        annuity = annuity + aftercare_building(problem, plans) * problem.finance.annuity
    values += [*of_money.values(), of_money["cost_dkk"] + annuity]
    sizes = [MILLION if one.name == "cost" else 1.0 for one in goals] + [1.0] * len(FIGURES) + [MILLION] * 5
    return np.stack(values, axis=1), np.array(sizes)


def _aftercare(problem: cap.Problem, plans: NearestPlans) -> dict[str, Floats]:
    """Money of the second stage of each plan's stays by the names of `MONEY`, (B,) each; what fills, place by place."""
    care, stays = problem.aftercare, plans.stays[:, 0]
    counted = np.where(plans.open, problem.counted(np.where(plans.open, plans.beds, 1), stays), 0.0)
    paid = aftercare_stays(problem, counted[:, None])[:, 0]
    per_stay = float(care.days) * care.day_rate_dkk - aftercare_per_stay(problem)
    standing = aftercare_standing(problem, beds_there(problem, plans), building=False)
    return {
        "income_dkk": float(care.days) * care.day_rate_dkk * paid.sum(axis=1),
        "cost_dkk": aftercare_running(problem, plans),
        "building_dkk": aftercare_building(problem, plans),
        "startup_loss_dkk": problem.finance.lost_while_filling(standing, per_stay * paid).sum(axis=1),
    }


def _units(problem: cap.Problem, plans: NearestPlans) -> Floats:
    """Numbers of each site of each plan, (B, m, len(UNIT))."""
    money, days, stays = problem.finance, problem.care.mean_days, plans.stays[:, 0]
    beds = np.where(plans.open, plans.beds, 1)
    load, counted = offered_load(stays, days), problem.counted(beds, stays)
    lost = turned_away(problem.promise, beds, load)
    carried = load * (1 - lost) if problem.promise.kind == "loss" else load
    columns = (
        *(stays, carried / beds, lost, money.yearly_income(counted, days), money.yearly_cost(beds, counted, days)),
        *(money.building_cost(beds), money.startup_loss(beds, counted, days)),
    )
    return np.stack(columns, axis=2)


def _regions(problem: cap.Problem, plans: NearestPlans) -> Floats:
    """Numbers of each region of each plan, (B, R, len(REGION)); NaN where there are none."""
    net, access = problem.network, problem.policy.region_access
    ways = plans.mean(np.where(np.isfinite(problem.minutes), problem.minutes, 0.0))[:, 0]
    women = plans.served[:, 0] * problem.women[0]
    rows = []
    for r in range(len(net.regions)):
        here, units = net.point_region_index == r, plans.open & (net.site_region_index == r)
        way, weight = ways[:, here], women[:, here]
        total = weight.sum(axis=1)
        there = np.where(total > 0, total, np.nan)
        within = (weight * (way <= access.minutes)).sum(axis=1) / there if access is not None else there * np.nan
        longest = np.where(weight > 0, way, 0.0).max(axis=1, initial=0.0) + 0 * there
        beds = np.where(units, plans.beds, 0).sum(axis=1)
        of_case = np.full(len(total), problem.women[0][here].sum())
        mean = (weight * way).sum(axis=1) / there
        rows.append(np.stack([of_case, mean, _most(way, weight), longest, units.sum(axis=1), beds, within], axis=1))
    return np.stack(rows, axis=1)


def _most(way: Floats, weight: Floats) -> Floats:
    """The way that four of five women do not exceed, by plan, (B,)."""
    order = np.argsort(way, axis=1, kind="stable")
    way, weight = np.take_along_axis(way, order, 1), np.take_along_axis(weight, order, 1)
    total = weight.sum(axis=1, keepdims=True)
    reached: Bools = np.cumsum(weight, axis=1) >= (0.8 - SUMS) * total
    first = np.where(weight > 0, reached, False).argmax(axis=1)
    found = np.take_along_axis(way, first[:, None], 1)[:, 0] if way.shape[1] else np.zeros(len(way))
    return np.where(total[:, 0] > 0, found, np.nan)


def _broken(problem: cap.Problem, plans: NearestPlans) -> list[tuple[list[list[str]], list[float]]]:
    found: list[tuple[list[list[str]], list[float]]] = [([], []) for _ in plans.open]
    for rule in firm_rules(problem):
        excess = excess_of(rule, problem, plans)
        for b, k in zip(*np.nonzero(excess.broken), strict=True):
            found[b][0].append([rule.name, *excess.keys[k]])
            found[b][1].append(float(excess.amount[b, k]))
    return found


def apart(page: Sequence[Any], library: tuple[Told, Floats], active: Bools) -> str:
    """What of a set differs; "" where nothing does."""
    (went, beds, broken, amounts, numbers), scale = library
    sent = [j if used else -2 for j, used in zip(page[0], active, strict=True)]
    if sent != [j if used else -2 for j, used in zip(went, active, strict=True)]:
        return "who goes where"
    if page[1] != beds:
        return f"beds: page {page[1]}, library {beds}"
    if page[2] != broken:
        return f"broken: page {page[2]}, library {broken}"
    size = np.array([MILLION if name[0] in IN_DKK else 1.0 for name in broken] + scale.tolist())
    mine = np.array([*page[3], *page[4]], dtype=float)
    theirs = np.array([*amounts, *numbers], dtype=float)
    room = CLOSE * np.maximum(size, np.nan_to_num(np.maximum(abs(mine), abs(theirs))))
    # A number that there is none of is told by neither.
    wrong = (abs(mine - theirs) > room) | (np.isnan(mine) != np.isnan(theirs))
    if mine.shape != theirs.shape or not wrong.any():
        return "" if mine.shape == theirs.shape else "how many numbers there are"
    first = int(wrong.argmax())
    return f"number {first}: page {mine[first]!r}, library {theirs[first]!r}"
