"""Whether regions can agree on a service of them all: what each coalition costs, and how the cost may be divided."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capacity.arrays import Floats
from capacity.engines.clock import Clock, Tell
from capacity.engines.solve import solve_or_stop
from capacity.errors import DataError, Finding, InfeasibleError, SolverError, some
from capacity.plan.aftercare import aftercare_table
from capacity.plan.courses import course_table
from capacity.plan.plan import Plan
from capacity.problem.calls import told
from capacity.problem.parts import weights
from capacity.problem.problem import Problem
from capacity.rules import Variables
from capacity.rules.objectives import COST, TRAVEL, Linear, Objective
from capacity.studies.coalitions import coalition_costs, why_one_by_one
from capacity.studies.games import cover, least_core, members, nucleolus, shapley, worst
from capacity.studies.result import StudyResult
from capacity.studies.telling import whole_or_nothing
from capacity.tolerances import AGREE

if TYPE_CHECKING:
    import pandas as pd

CALLED = {
    "use": "use (one rate for every day)",
    "use_by_unit": "use of each unit",
    "equal_saving": "equal saving",
    "shapley": "Shapley's value",
    "nucleolus": "the nucleolus",
}
"""Divisions in words; another is by a column of its name."""

MOST_PLAYERS = 10
"""Players of whom every coalition is planned by itself: 1,023."""

MOST_VALUED = 18
"""Players of whom every coalition is valued, where sets of sites can be valued for all of them together: 262,143."""

MOST_NAMED = 100
"""Coalitions that cannot keep the rules, of which no more are named; those of fewest players first."""


@dataclass(frozen=True, kw_only=True)
class Division:
    """One way to divide the cost.

    Attributes
    ----------
    name : str
        ``use`` (one rate for every day), ``use_by_unit`` (each unit's cost by the stays it has), ``equal_saving``,
        ``shapley``, ``nucleolus``, or the column it is by.
    pays : mapping of player to float
        DKK a year.
    worst_excess : float
        What the coalition that objects most pays beyond its own cost, DKK a year; below nothing: each saves as much.
    who_leaves : tuple of str
        That coalition, where it pays too much.
    """

    name: str
    pays: Mapping[str, float]
    worst_excess: float
    who_leaves: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sharing(StudyResult):
    """What `sharing` found.

    Attributes
    ----------
    players : tuple of str
    names : mapping of player to name
    alone : mapping of player to float
        DKK a year; infinite where a player cannot keep the rules alone.
    together : float
        Of all, in the services that cost least.
    partition : tuple of tuple of str
        Those services.
    costs : mapping of coalition to float
        Of each coalition as one service; infinite where no plan keeps the rules.
    core_empty : bool
        Whether under every division some coalition pays too much.
    least_excess : float or None
        The least by which the most objecting coalition pays too much, whatever the division.
    divisions : tuple of Division
    left_out : tuple of str
        Divisions that are not there, and why.
    hour_dkk : float
        Price of an hour of family travel that is part of every cost.
    """

    study: ClassVar[str] = "sharing"

    players: tuple[str, ...]
    names: Mapping[str, str]
    alone: Mapping[str, float]
    together: float
    partition: tuple[tuple[str, ...], ...]
    costs: Mapping[tuple[str, ...], float]
    core_empty: bool
    least_excess: float | None
    divisions: tuple[Division, ...]
    left_out: tuple[str, ...]
    hour_dkk: float

    def __getitem__(self, name: str) -> Division:
        return next(division for division in self.divisions if division.name == name)

    @property
    def table(self) -> pd.DataFrame:
        """A row a division and player: division, player, name, pays_dkk, alone_dkk, saves_dkk, worst_excess."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "division": division.name,
                    "player": player,
                    "name": self.names[player],
                    "pays_dkk": pays,
                    "alone_dkk": self.alone[player],
                    "saves_dkk": self.alone[player] - pays,
                    "worst_excess": division.worst_excess,
                }
                for division in self.divisions
                for player, pays in division.pays.items()
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Players, what each and all cost, the best services, the core, and the divisions; null is infinite."""

        def finite(value: float | None) -> float | None:
            return value if value is not None and math.isfinite(value) else None

        return {
            "players": list(self.players),
            "alone": {player: finite(cost) for player, cost in self.alone.items()},
            "together": self.together,
            "partition": [list(part) for part in self.partition],
            "core_empty": self.core_empty,
            "least_excess": finite(self.least_excess),
            "divisions": [
                {
                    "name": division.name,
                    "pays": dict(division.pays),
                    "worst_excess": finite(division.worst_excess),
                    "who_leaves": list(division.who_leaves),
                }
                for division in self.divisions
            ],
            "left_out": list(self.left_out),
            "cannot": [list(coalition) for coalition in self.cannot[:MOST_NAMED]],
            "cannot_count": len(self.cannot),
            "hour_dkk": self.hour_dkk,
        }

    @cached_property
    def cannot(self) -> tuple[tuple[str, ...], ...]:
        """Coalitions that cannot keep the rules as one service, those of fewest players first."""
        return tuple(sorted((one for one, cost in self.costs.items() if math.isinf(cost)), key=len))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says, in words: the best services, the saving, whether all can agree, and who would leave."""
        parts = [self._said(part) for part in self.partition]
        services = "one service of all" if len(parts) == 1 else f"{len(parts)} services: {'; '.join(parts)}"
        hours = f", family travel at {self.hour_dkk:,.0f} DKK an hour included" if self.hour_dkk else ""
        said = [f"The least cost is that of {services}, {self.together / 1e6:,.2f} M DKK a year{hours}."]
        if all(map(math.isfinite, self.alone.values())):
            saved = math.fsum(self.alone.values()) - self.together
            said.append(f"Each alone they would cost {saved / 1e6:,.2f} M more.")
        if self.cannot:
            first = "; ".join(self._said(coalition) for coalition in self.cannot[:3])
            count = f"{len(self.cannot):,} of {len(self.costs):,} coalitions cannot keep the rules"
            said.append(f"{count}: {first}{' and others' if len(self.cannot) > 3 else ''}.")
        if self.core_empty:
            least = (self.least_excess or 0.0) / 1e6
            said.append(f"Under every division some would save by leaving, by {least:,.2f} M or more.")
        else:
            said.append("There are divisions under which nobody saves by leaving.")
        for division in self.divisions:
            if division.who_leaves:
                said.append(
                    f"Divided by {_called(division.name)}, {self._said(division.who_leaves)} would leave: "
                    f"{'they pay' if len(division.who_leaves) > 1 else 'it pays'} "
                    f"{division.worst_excess / 1e6:,.2f} M DKK a year more than a service of "
                    f"{'their' if len(division.who_leaves) > 1 else 'its'} own."
                )
            else:
                said.append(f"Divided by {_called(division.name)}, nobody would leave.")
        return (*said, *self.left_out)

    def _said(self, coalition: Sequence[str]) -> str:
        named = [self.names[player] for player in coalition]
        return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _called(name: str) -> str:
    return CALLED.get(name, name)


@told
def sharing(
    problem: Problem,
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    column: str = "",
    hour_dkk: float = 0.0,
    tell: Tell | None = None,
) -> Sharing:
    """What each coalition of regions would cost, planned exactly, and whether all can agree how to share.

    Where families use their nearest unit every set of sites is valued for all coalitions together, and there may be up
    to 18 players; otherwise each coalition is planned by itself, of up to 10.

    Parameters
    ----------
    problem : Problem
    groups : mapping of player to regions, optional
        Each region is a player unless given; groups hold every region once.
    column : str
        Column of the demand points by which one division is made; the one that splits need unless given.
    hour_dkk : float
        Price of an hour of family travel, part of every cost.
    tell : callable, optional
        See `capacity.Progress`.

    Raises
    ------
    DataError
        Where groups are none, there are too many players, or the points have no such column.
    InfeasibleError
        Where no division into services keeps the rules.
    """
    if not 0 <= hour_dkk < np.inf:
        raise _fault("hour_dkk", hour_dkk, "the price of an hour is finite, and not negative", "Write 200.")
    if hour_dkk and problem.travel.unit != "minutes":
        rule = f"hours of travel have a price where travel is in minutes, and it is in {problem.travel.unit}"
        raise _fault("hour_dkk", hour_dkk, rule, "Leave the price out, or plan with a table of minutes.")
    players = _players(problem, groups)
    goal = COST if hour_dkk == 0 else _with_hours(hour_dkk)
    ids = tuple(players)
    clock = Clock(None, tell)
    with whole_or_nothing("sharing"):
        cost, plans = _costs(problem, players, goal, hour_dkk, clock)
        least, parts = cover(cost)
        if not np.isfinite(least[-1]):
            raise InfeasibleError(problem, problem.policy.on)
        for part in parts:
            if part not in plans:
                plans[part] = _valued_plan(problem, _regions(players, part), goal, float(cost[part]))
    divisions, left_out = _divisions(problem, players, least, [plans[part] for part in parts], column, hour_dkk)
    excess = least_core(least)
    names = problem.network.region_names
    return Sharing(
        players=ids,
        # A group that has the id of a region is not that region.
        names={player: names.get(player, player) if players[player] == (player,) else player for player in ids},
        alone={player: float(least[1 << k]) for k, player in enumerate(ids)},
        together=float(least[-1]),
        partition=tuple(tuple(ids[k] for k in members(part)) for part in parts),
        costs={tuple(ids[k] for k in members(s)): value for s, value in enumerate(cost[1:].tolist(), start=1)},
        core_empty=excess is not None and excess > AGREE * float(least[-1]),
        least_excess=excess,
        divisions=tuple(divisions),
        left_out=tuple(left_out),
        hour_dkk=hour_dkk,
    )


def _fault(column: str, value: object, rule: str, remedy: str) -> DataError:
    return DataError([Finding(table="sharing", column=column, value=str(value), rule=rule, remedy=remedy)])


def _finding(value: str | None, rule: str, remedy: str) -> Finding:
    return Finding(table="sharing", column="groups", value=value, rule=rule, remedy=remedy)


def _group_faults(players: Mapping[str, Sequence[str]], regions: Sequence[str]) -> list[Finding]:
    """What keeps groups from holding every region once."""
    count = Counter(region for mine in players.values() for region in mine)
    unknown = [region for region in count if region not in regions]
    twice = [region for region, times in count.items() if times > 1 and region in regions]
    missing = [region for region in regions if region not in count]
    empty = [name for name, mine in players.items() if not (str(name).strip() and mine)]
    rule = "groups hold every region once"
    faults = []
    if unknown:
        faults.append(_finding(some(unknown), rule, f"The regions are {', '.join(regions)}."))
    if twice:
        faults.append(_finding(some(twice), rule, "Leave it in one group."))
    if missing:
        faults.append(_finding(None, rule, f"Put {', '.join(missing)} in a group, or in one of their own."))
    if empty:
        faults.append(_finding(some(empty), "each group has a name and some region", "Write NAME=REGION,REGION."))
    return faults


def _players(problem: Problem, groups: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    """Players and their regions."""
    regions = problem.network.regions
    given: Mapping[str, Sequence[str]] = {r: (r,) for r in regions} if groups is None else groups
    players = {name: (mine,) if isinstance(mine, str) else tuple(mine) for name, mine in given.items()}
    if faults := _group_faults(players, regions):
        raise DataError(faults)
    if len(players) > MOST_VALUED:
        rule = f"at most {MOST_VALUED} players, of whom every coalition is valued"
        raise _fault("groups", len(players), rule, "Put regions together in groups.")
    if len(players) > MOST_PLAYERS and (reason := why_one_by_one(problem, players)) is not None:
        rule = f"at most {MOST_PLAYERS} players, of whom every coalition is planned by itself: {reason}"
        raise _fault("groups", len(players), rule, "Put regions together in groups, or turn rules.nearest on.")
    return players


def _regions(players: Mapping[str, Sequence[str]], coalition: int) -> list[str]:
    mine = list(players.values())
    return [region for k in members(coalition) for region in mine[k]]


def _costs(
    problem: Problem, players: Mapping[str, Sequence[str]], goal: Objective, hour_dkk: float, clock: Clock
) -> tuple[Floats, dict[int, Plan]]:
    """What each coalition costs as one service, (2^n,), and the plans of those that were planned by themselves."""
    if why_one_by_one(problem, players) is None:
        return coalition_costs(problem, players, hour_dkk, clock), {}
    cost: Floats = np.full(2 ** len(players), np.inf)
    cost[0] = 0.0
    plans: dict[int, Plan] = {}
    for coalition in range(1, len(cost)):
        plan = _planned(problem, _regions(players, coalition), goal)
        if plan is not None:
            plans[coalition], cost[coalition] = plan, plan.objective
        clock.tell("Coalitions are planned", done=coalition, count=len(cost) - 1)
        clock.check()
    return cost, plans


def _valued_plan(problem: Problem, regions: Sequence[str], goal: Objective, cost: float) -> Plan:
    """The plan of a coalition whose cost is known already; the two ways to it have to agree."""
    plan = _planned(problem, regions, goal)
    if plan is None or abs(plan.objective - cost) > AGREE * max(1.0, cost):
        said = "none" if plan is None else f"{plan.objective:,.2f}"
        raise SolverError(f"The service of {some(regions)} costs {cost:,.2f} by its sets of sites, by its plan {said}.")
    return plan


def _planned(problem: Problem, regions: Sequence[str], goal: Objective) -> Plan | None:
    """The plan of a coalition that costs least; None where none keeps the rules."""
    try:
        part = problem.only(regions)
        return solve_or_stop(part, goal)
    except InfeasibleError:
        return None
    except DataError:
        # Nobody needs a stay there, or there is no site: no service, unless the rules ask for one.
        net = problem.network
        inside = [k for k, r in enumerate(net.point_regions) if r in regions]
        if problem.women[:, inside].sum(axis=1).min() > 0 and any(r in regions for r in net.site_regions):
            raise
        return None


def _with_hours(hour_dkk: float) -> Objective:
    """Yearly cost, and hours of travel at a price."""

    def by_scenario(p: Problem, plans: Any) -> Floats:
        return np.asarray(COST.by_scenario(p, plans) + hour_dkk * TRAVEL.by_scenario(p, plans))

    def model(p: Problem, v: Variables) -> Linear:
        cost, travel = COST.model(p, v), TRAVEL.model(p, v)
        columns = np.concatenate([cost.columns, travel.columns])
        amounts = np.concatenate([cost.cost, hour_dkk * travel.cost])
        each, at = np.unique(columns, return_inverse=True)
        return Linear(columns=each, cost=np.asarray(np.bincount(at, weights=amounts), dtype=np.float64))

    def least(p: Problem) -> float:
        assert COST.least is not None and TRAVEL.least is not None
        return COST.least(p) + hour_dkk * TRAVEL.least(p)

    return Objective(
        name="cost_and_hours",
        unit="DKK a year",
        sentence="Yearly cost of all units, and hours of family travel at a price.",
        by_scenario=by_scenario,
        model=model,
        in_rows=True,
        smallest_is_best=True,
        least=least,
    )


def _divisions(
    problem: Problem,
    players: Mapping[str, Sequence[str]],
    cost: Floats,
    plans: Sequence[Plan],
    column: str,
    hour_dkk: float,
) -> tuple[list[Division], list[str]]:
    """Every division there is, and what is said of those there are not."""
    ids, whole = tuple(players), float(cost[-1])
    made = _by_use(players, plans, hour_dkk)
    name, share = _by_column(problem, players, column)
    made[name] = share * whole
    left_out = []
    alone = cost[[1 << k for k in range(len(ids))]]
    if np.isfinite(alone).all():
        made["equal_saving"] = alone - (alone.sum() - whole) / len(ids)
    else:
        left_out.append("Saving cannot be divided equally: some cannot keep the rules alone.")
    for called, pays in (("shapley", shapley(cost)), ("nucleolus", nucleolus(cost))):
        if pays is not None:
            made[called] = pays
        else:
            left_out.append(
                f"{_called(called)[0].upper()}{_called(called)[1:]} is open: too many coalitions cannot keep the rules."
            )
    divisions = []
    for called, pays in made.items():
        objection = worst(cost, pays)
        divisions.append(
            Division(
                name=called,
                pays=dict(zip(ids, pays.tolist(), strict=True)),
                worst_excess=objection.excess,
                who_leaves=tuple(ids[k] for k in members(objection.coalition)),
            )
        )
    return divisions, left_out


def _by_use(players: Mapping[str, Sequence[str]], plans: Sequence[Plan], hour_dkk: float) -> dict[str, Floats]:
    """All that units cost by all stays, or each unit's cost by its own stays; and what each player has of its own.

    Its own are its hours of travel, its courses, and the price of a rule that is broken at a place of its.
    """
    own, by_unit, every, needing = (np.zeros(len(players)) for _ in range(4))
    of = {region: k for k, regions in enumerate(players.values()) for region in regions}
    for plan in plans:
        problem, table = plan.problem, plan.assignment_table
        net = problem.network
        home = dict(zip(net.point_ids, net.point_regions, strict=True))
        at = {i: k for k, i in enumerate(net.point_ids)}
        to = {j: k for k, j in enumerate(net.site_ids)}
        chance = dict(zip(problem.scenarios.ids, problem.probability.tolist(), strict=True))
        stays = {j: np.zeros(len(players)) for j in plan.site_ids}
        needs = np.zeros(len(players))
        np.add.at(needs, [of[region] for region in net.point_regions], problem.expected_women)
        needing += needs
        for i, j, s, women in zip(table["point_id"], table["site_id"], table["scenario"], table["women"], strict=True):
            stays[j][of[home[i]]] += chance[s] * women
            own[of[home[i]]] += hour_dkk * chance[s] * women * problem.hours_per_woman[at[i], to[j]]
        # A course is paid by whose woman is on it.
        courses = course_table(plan)
        for i, s, women in zip(courses["point_id"], courses["scenario"], courses["women"], strict=True):
            each = problem.outpatient.price + hour_dkk * float(problem.course_hours[at[i]])
            own[of[home[i]]] += chance[s] * women * each
        units = plan.unit_table
        for j, beds, running in zip(units["site_id"], units["beds"], units["cost_dkk"], strict=True):
            by_unit += _part(stays[j], needs) * (running + float(problem.finance.building_annuity(beds)))
            every += stays[j]
        # A place of aftercare is paid for by the stays of its units.
        after = aftercare_table(plan)
        once = problem.finance.annuity
        for named, running, built in zip(after["units"], after["cost_dkk"], after["building_dkk"], strict=True):
            there = np.sum([stays[j] for j in named.split(", ")], axis=0)
            by_unit += _part(there, needs) * (running + once * built)
        for name, key, _, paid in plan.penalties:
            about, place = problem.policy[name].about, str(key[0]) if key else ""
            if about in ("region", "demand point"):
                own[of[place if about == "region" else home[place]]] += paid
            else:
                by_unit += _part(stays.get(place, sum(stays.values(), np.zeros(len(players)))), needs) * paid
    return {"use": _part(every, needing) * by_unit.sum() + own, "use_by_unit": by_unit + own}


def _part(stays: Floats, needs: Floats) -> Floats:
    """Each player's part of what is paid by stays, (n,); by the women in need where nobody stays."""
    by = stays if stays.sum() > 0 else needs
    return np.asarray(by / by.sum())


def _by_column(problem: Problem, players: Mapping[str, Sequence[str]], column: str) -> tuple[str, Floats]:
    """Name of a division by a column, and each player's share."""
    net = problem.network
    name = column or problem.weight
    if name in net.point_columns:
        try:
            weight = weights(net, net.point_columns[name])
        except ValueError:
            weight = np.array([np.nan])
        if not np.isfinite(weight).all() or (weight < 0).any() or weight.sum() <= 0:
            raise _fault("column", name, "the column holds numbers, not negative, some above zero", "Choose another.")
    elif column:
        remedy = f"Choose from: {some(net.point_columns)}."
        raise _fault("column", name, "the demand points have a column of that name", remedy)
    else:
        name, weight = "women", problem.expected_women
    lands = np.array(net.point_regions)
    each = np.array([weight[np.isin(lands, list(regions))].sum() for regions in players.values()])
    return name, each / each.sum()
