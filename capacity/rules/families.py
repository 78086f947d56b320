"""What families may be asked to travel, and where they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from msgspec import Meta

from capacity.arrays import Bools, Floats, Ints
from capacity.rules.levers import Lever, steps
from capacity.rules.naming import named_point, named_region
from capacity.rules.rows import Key, Rows, RowWriter, holding, scenario_keys
from capacity.rules.rule import Excess, Kind, Rule
from capacity.rules.values import AtLeastZero, Ids, Share
from capacity.tolerances import HOLD, SHARE

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


def _point_keys(p: Problem, blocks: int) -> tuple[Key, ...]:
    """Keys of the points: once where one assignment serves every scenario."""
    ids = p.network.point_ids
    if blocks == 1:
        return tuple((i,) for i in ids)
    return tuple(scenario_keys(p, ids, range(blocks)))


def _point_key(p: Problem, v: Variables, i: int, s: int) -> Key:
    ids = p.network.point_ids
    return (ids[i],) if v.scenarios == 1 else (ids[i], p.scenarios.ids[s])


def _points(p: Problem, v: Variables, s: int, pairs: Bools | slice = slice(None)) -> Ints:
    """Points with usable pairs (among `pairs`) where somebody needs a stay in block s."""
    points = np.unique(v.pair_point[pairs])
    return points if v.shared else points[p.women[s][points] > 0]


def _by_point(p: Problem, amount: Floats) -> Floats:
    """(B, S', n) as (B, S' n), nothing where nobody needs a stay."""
    needed = (p.women > 0) if amount.shape[1] > 1 else p.active[None, :]
    return np.asarray(np.where(needed, amount, 0.0)).reshape(len(amount), -1)


def _farthest(p: Problem) -> float:
    """Minutes that no family travels."""
    return float(np.max(p.minutes[np.isfinite(p.minutes)], initial=0.0)) + 1


class RegionAccess(Rule):
    """In every region at least the given share of women live within the given minutes of their unit."""

    share: Share
    minutes: AtLeastZero

    name = "region_access"
    unit = "women a year too far away"
    about = "region"
    when_cut = "ways"
    measured = {"minutes": "minutes"}
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = course_instead = True
    moved_by = {"minutes": "looser", "share": "tighter"}

    def told(self, p: Problem) -> tuple[Bools]:
        """Sites that are near."""
        return (p.minutes <= self.minutes,)

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        minutes = float(rng.choice(p.minutes[np.isfinite(p.minutes)]))
        return cls(share=float(rng.choice([0.4, 0.6, 0.8, 1.0])), minutes=minutes)

    def levers(self, p: Problem) -> Iterator[Lever]:
        """A smaller share, or more minutes."""
        key, mine = f"rules.{self.name}", (self.name,)
        yield steps(key, self.share, 0.01, -1, 0.0, mine, lambda x: {"share": x, "minutes": self.minutes}, to_off=True)
        yield steps(
            key, self.minutes, 1, 1, _farthest(p), mine, lambda x: {"share": self.share, "minutes": x}, to_off=True
        )

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Women of each region who are sent to a site that is near."""
        out = RowWriter()
        near = p.minutes[v.pair_point, v.pair_site] <= self.minutes
        offered = p.offered[v.pair_point, v.pair_site]
        region = p.network.point_region_index
        for s in holding(p):
            for r, name in enumerate(p.network.regions):
                women = p.women[s] * (region == r)
                if women.sum() > 0:
                    here = near & (women[v.pair_point] > 0)
                    (key,) = scenario_keys(p, [name], [s])
                    terms = [(v.share(s)[here], (women[v.pair_point] * offered)[here])]
                    out.add(out.instance(*key), terms, lower=self.share * women.sum())
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Women of each region who are near, fewer than asked."""
        hold = holding(p)
        # Who declines a place near her home has one all the same.
        reached = plans.mean(np.where(p.minutes <= self.minutes, p.offered, 0.0))
        inside = p.network.point_region_index[:, None] == np.arange(len(p.network.regions))
        women = p.women[hold]
        blocks = reached if reached.shape[1] == 1 else reached[:, hold]
        near = (blocks * women[None]) @ inside.astype(float)
        short = (self.share * (women @ inside))[None] - near
        return Excess(keys=tuple(scenario_keys(p, p.network.regions, hold)), amount=short.reshape(len(plans.open), -1))

    def spare(self, p: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float]:
        """Women of a region near a unit, everybody at the best of the open ones, above what is asked."""
        women = self._women(p, key)
        near = pairs & (p.minutes <= self.minutes)
        least = self.share * women.sum() - HOLD
        return lambda opened: float(women @ near[:, opened].any(axis=1) - least)

    def _women(self, p: Problem, key: Key) -> Floats:
        """Women of the region an instance is about, in its scenario, by point."""
        scenario = p.scenarios.ids.index(key[1]) if len(key) > 1 else 0
        return np.asarray(p.women[scenario] * (p.network.point_region_index == p.network.regions.index(key[0])))

    def asked(self) -> str:
        """The share and the minutes."""
        return f"{100 * self.share:g} % within {self.minutes:g} minutes"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The share that would be near."""
        inside = p.network.point_region_index == p.network.regions.index(key[0])
        scenario = p.scenarios.ids.index(key[1]) if len(key) > 1 else 0
        women = float(p.women[scenario][inside].sum())
        near = 100 * max(0.0, self.share - amount / women)
        # 98.7 of 99 per cent must not read 99.
        digits = next((d for d in range(3) if round(near, d) < 100 * self.share), 3)
        return f"in {named_region(p, key[0])} {near:.{digits}f} % would live within {self.minutes:g} minutes"


Agreements = Annotated[tuple[tuple[str, str], ...], Meta(description="a list of pairs [from region, to region]")]
"""Regions whose women may be served in another."""


class OwnRegion(Rule):
    """Women are served in their own region (but for listed agreements between regions)."""

    agreements: Agreements = ()

    name = "own_region"
    unit = "share of a demand point served elsewhere"
    about = "demand point"
    when_cut = "ways"
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = True
    moved_by = {}
    names = {"agreements": ("region", False)}

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Regions that agree."""
        yield "region", tuple(r for pair in self.agreements for r in pair)

    def told(self, p: Problem) -> tuple[()]:
        """Nothing beyond the region."""
        return ()

    def pairs(self, p: Problem) -> Bools:
        """Sites of a point's own region, and of those it has an agreement with."""
        agreed = set(self.agreements)
        regions = p.network.regions
        allowed = np.array([[a == b or (a, b) in agreed for b in regions] for a in regions])
        return np.asarray(allowed[np.ix_(p.network.point_region_index, p.network.site_region_index)])

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        regions = p.network.regions
        agreed = ((regions[0], regions[-1]),) if rng.random() < 0.5 else ()
        return cls(agreements=agreed)

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Nobody of a point is sent elsewhere."""
        out = RowWriter()
        foreign = ~self.pairs(p)[v.pair_point, v.pair_site]
        for s in range(v.scenarios):
            for i in _points(p, v, s, foreign):
                here = foreign & (v.pair_point == i)
                out.add(out.instance(*_point_key(p, v, i, s)), [(v.share(s)[here], 1.0)], upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Share of each point that is served elsewhere."""
        own = p.network.site_region_index[None, :] == p.network.point_region_index[:, None]
        regions = p.network.regions
        for start, end in self.agreements:
            own |= (p.network.point_region_index[:, None] == regions.index(start)) & (
                p.network.site_region_index[None, :] == regions.index(end)
            )
        away = plans.mean(np.where(own, 0.0, 1.0))
        return Excess(keys=_point_keys(p, away.shape[1]), amount=_by_point(p, away))

    def asked(self) -> str:
        """In words."""
        return "women stay in their own region"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """Who would be served elsewhere."""
        return f"{100 * amount:.0f} % of {named_point(p, key[0])} would be served elsewhere"


class Reach(Rule):
    """No family travels longer than the limit (but for named exceptions, such as islands)."""

    minutes: AtLeastZero
    exceptions: Ids = ()

    name = "reach"
    unit = "minutes beyond the limit, by the share of a demand point"
    short = "minutes"
    about = "demand point"
    when_cut = "ways"
    measure = {"": "minutes-of"}
    measured = {"": "minutes"}
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = pairs_by_nearness = True
    moved_by = {"minutes": "looser"}
    names = {"exceptions": ("demand point", False)}

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Demand points that are exceptions."""
        yield "demand point", self.exceptions

    def told(self, p: Problem) -> tuple[Bools, Bools]:
        """Sites within the limit, and points that are exceptions."""
        return p.minutes <= self.minutes, self.exempt(p)

    def merged(self, ids: Sequence[str]) -> Self:
        """The same with the exceptions that are left."""
        left = tuple(i for i in self.exceptions if i in ids)
        return self if left == self.exceptions else type(self)(minutes=self.minutes, exceptions=left)

    def exempt(self, p: Problem) -> Bools:
        """Demand points that are exceptions, with the parts of places that are, (n,)."""
        net = p.network
        return np.array([self._spares(i, home) for i, home in zip(net.point_ids, net.point_homes, strict=True)])

    def _spares(self, point: str, home: str) -> bool:
        """Whether a demand point is an exception, by its own id or by that of the place it is a part of."""
        return point in self.exceptions or home in self.exceptions

    def pairs(self, p: Problem) -> Bools:
        """Sites within the limit; for exceptions all."""
        return np.asarray((p.minutes <= self.minutes) | self.exempt(p)[:, None])

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        spared = tuple(str(i) for i in rng.choice(p.network.point_ids, int(rng.integers(0, 2))))
        return cls(minutes=float(rng.choice(p.minutes[np.isfinite(p.minutes)])), exceptions=spared)

    def levers(self, p: Problem) -> Iterator[Lever]:
        """A wider limit."""
        yield steps(f"rules.{self.name}", self.minutes, 1, 1, _farthest(p), (self.name,), self._with, to_off=True)

    def _with(self, minutes: float) -> Any:
        return {"minutes": minutes, "exceptions": list(self.exceptions)} if self.exceptions else minutes

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Minutes of each point beyond the limit."""
        out = RowWriter()
        beyond = p.minutes[v.pair_point, v.pair_site] - self.minutes
        far = (beyond > 0) & ~self.exempt(p)[v.pair_point]
        for s in range(v.scenarios):
            for i in _points(p, v, s, far):
                here = far & (v.pair_point == i)
                terms = [(v.share(s)[here], beyond[here])]
                out.add(out.instance(*_point_key(p, v, i, s)), terms, upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Minutes of each point beyond the limit, by the share that travels them."""
        beyond = np.maximum(p.minutes - self.minutes, 0.0)
        over = plans.mean(np.where(self.exempt(p)[:, None], 0.0, beyond))
        return Excess(keys=_point_keys(p, over.shape[1]), amount=_by_point(p, over), scale=1e-3)

    def spare(self, p: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float] | None:
        """Open sites within the limit of a demand point, above one; an exception needs none."""
        point = p.network.point_ids.index(key[0])
        if self._spares(key[0], p.network.point_homes[point]):
            return None
        within = pairs[point] & (p.minutes[point] <= self.minutes)
        return lambda opened: float((within & opened).sum() - 1)

    def asked(self) -> str:
        """The limit."""
        return f"nobody beyond {self.minutes:g} minutes"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How long a point's families would travel."""
        row = p.network.point_ids.index(key[0])
        sent = plans.shares(0)
        way = float(np.max(p.minutes[row][sent.site[sent.point == row]], initial=0.0))
        return f"families from {named_point(p, key[0])} would travel {way:.0f} minutes"


class Nearest(Rule):
    """Families use the nearest open unit they may use."""

    name = "nearest"
    unit = "share of a demand point sent past a nearer unit"
    frame = binds_to_nearest = kept_at_nearest = True
    about = "demand point"
    with_more_beds = "same"
    with_more_units = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def rows(self, p: Problem, v: Variables) -> Rows:
        """For each point and site: who is sent farther than j, plus y_j, is at most one."""
        out = RowWriter()
        rank = p.nearness[v.pair_point, v.pair_site]
        for s in range(v.scenarios):
            shares = v.share(s)
            for i in _points(p, v, s):
                mine = np.flatnonzero(v.pair_point == i)
                mine = mine[np.argsort(rank[mine])]
                key = out.instance(*_point_key(p, v, i, s))
                for k, pair in enumerate(mine):
                    farther = shares[mine[k + 1 :]]
                    terms = [(farther, 1.0), (v.open[v.pair_site[[pair]]], 1.0)]
                    out.add(key, terms, upper=1)
                    if p.accepting is not None and (stay := float(p.accepting[i, v.pair_site[pair]])) > 0:
                        # Where no nearer site is open, those who accept are there.
                        nearer = v.open[v.pair_site[mine[:k]]]
                        opened = v.open[v.pair_site[[pair]]]
                        out.add(key, [(shares[[pair]], 1.0), (opened, -stay), (nearer, stay)], lower=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Share of each point sent past a nearer unit."""
        from capacity.rules import allowed_pairs

        usable = allowed_pairs(p)
        passed = []
        for b in range(len(plans.open)):
            ranks = np.where(usable & plans.open[b], p.nearness, len(p.network.site_ids))
            farther = p.nearness > ranks.min(axis=1, keepdims=True)
            sent = plans.shares(b)
            passed.append(sent.by_point(sent.share * farther[sent.point, sent.site]))
        amount = np.stack(passed)
        return Excess(keys=_point_keys(p, amount.shape[1]), amount=_by_point(p, amount))

    def asked(self) -> str:
        """In words."""
        return "families use their nearest unit"


class OneAgreement(Rule):
    """A municipality has an agreement with one unit only."""

    name = "one_agreement"
    unit = "agreements too many"
    about = "demand point"
    whole_shares = kept_at_nearest = True
    own_columns = "whole"
    with_more_beds = "same"
    with_more_units = "same"
    with_more_women = "same"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Where shares are whole the rule holds by itself; at a price it needs agreements to count."""
        out = RowWriter()
        if v.whole:
            return out.rows()
        agreement = v.add(v.pairs, upper=1, whole=True)
        for s in range(v.scenarios):
            out.add_each(-1, [(v.share(s), 1.0), (agreement, -1.0)], upper=0)
        for i in np.unique(v.pair_point):
            out.add(out.instance(p.network.point_ids[i]), [(agreement[v.pair_point == i], 1.0)], upper=1)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Agreements of each point beyond one."""
        count = []
        for b in range(len(plans.open)):
            sent = plans.shares(b)
            needed = p.women[sent.scenario, sent.point] > 0 if sent.shape[0] > 1 else p.active[sent.point]
            agreed = sent.by_pair(((sent.share > max(SHARE, HOLD)) & needed).astype(float))
            count.append((agreed > 0).sum(axis=1))
        keys = tuple((i,) for i in p.network.point_ids)
        return Excess(keys=keys, amount=np.stack(count).astype(float) - 1)

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How many agreements a point would need."""
        return f"{named_point(p, key[0])} would need {amount + 1:.0f} agreements"
