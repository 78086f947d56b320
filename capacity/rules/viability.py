"""Whether a unit can live: enough stays, income that covers its cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.rules.levers import Lever, steps
from capacity.rules.naming import named_site
from capacity.rules.rows import Key, Rows, RowWriter, holding, scenario_keys
from capacity.rules.rule import Change, Excess, LeastStays, Rule
from capacity.rules.values import AtLeastZero, Chance
from capacity.tolerances import BISECTED, HOLD, ROUNDING, WHOLE_NUMBER

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


SUMMED_TO = 700.0
"""Mean up to which a Poisson tail is summed: beyond it the chance of nothing is no number any more."""


@lru_cache(maxsize=4096)
def poisson_mean(stays: float, probability: float) -> float:
    """Least mean at which a Poisson year has at least `stays` with the given probability.

    The tail is summed directly (a long one is an incomplete gamma function); the mean is found by bisection to
    1e-12 relative.
    """
    least = math.ceil(stays - WHOLE_NUMBER)
    if least <= 0:
        return 0.0

    def tail(mean: float) -> float:
        if mean > SUMMED_TO:
            from scipy.special import gammainc

            return float(gammainc(least, mean))
        term, below = math.exp(-mean), 0.0
        for count in range(least):
            below += term
            term *= mean / (count + 1)
        return 1 - below

    low, high = 0.0, 2.0 * least + 20
    while tail(high) < probability:
        high *= 2
    while high - low > BISECTED * high:
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) < probability else (low, middle)
    return high


def cases(p: Problem, every: bool) -> list[tuple[Floats, list[int]]]:
    """Weights over scenarios, each with the scenarios it names: the mean, or each that must hold."""
    if not every:
        return [(p.probability, [])]
    units = np.eye(len(p.scenarios.ids))
    return [(units[s], [s]) for s in holding(p)]


def key_of(p: Problem, j: int, named: list[int]) -> Key:
    """Site j, and the scenario it is about where there are several."""
    ids = p.network.site_ids
    return next(scenario_keys(p, [ids[j]], named)) if named else (ids[j],)


def stays_terms(
    p: Problem, v: Variables, j: int, weight: Floats, per_stay: float | Floats
) -> list[tuple[Ints, Floats | float]]:
    """`per_stay` (for all, or by point) times the stays at site j, averaged over scenarios by `weight`."""
    here = np.flatnonzero(v.pair_site == j)
    points = v.pair_point[here]
    each = per_stay[points] if isinstance(per_stay, np.ndarray) else per_stay
    if v.shared:
        return [(v.share(0, here), each * (weight @ p.women)[points])]
    return [(v.share(s, here), each * weight[s] * p.women[s][points]) for s in np.flatnonzero(weight > 0).tolist()]


class Volume(Rule):
    """A unit has at least the given number of stays a year: on average, in every scenario, or with a given
    probability in a Poisson year.
    """  # noqa: D205 (the first paragraph is the sentence planners read)

    stays: AtLeastZero
    when: Literal["average", "every_scenario", "poisson_year"] = "average"
    probability: Chance = 0.9

    name = "volume"
    unit = "stays a year too few"
    short = "stays"
    about = "site"
    when_cut = "units"
    measure = {"": "stays-per-year"}
    measured = {"": "stays a year"}
    stays_by_rows = True
    with_more_beds: ClassVar[Change | None] = "same"
    with_more_women = "looser"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {"stays": "tighter"}

    def plain(self) -> Any:
        """The stays alone where they are meant on average."""
        return self.stays if self.when == "average" else super().plain()

    @property
    def least(self) -> float:
        """Mean stays a year that a unit must have."""
        return poisson_mean(self.stays, self.probability) if self.when == "poisson_year" else float(self.stays)

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def least_stays(self, p: Problem) -> list[LeastStays]:
        """The number itself."""
        every = self.when != "average"
        least = np.full(len(p.network.site_ids), self.least - HOLD)
        return [LeastStays(weight=w, least=least, average=not every) for w, _ in cases(p, every)]

    def rescaled(self, p: Problem, times: float, *, women: bool) -> Mapping[str, Any] | None:
        """As many stays as `times` as many women bring."""
        when = "average" if self.when == "average" else "every_scenario"
        return {"policy": {self.name: {"stays": self.least * times, "when": when}}} if women else {}

    def thresholds(self, p: Problem, share: Floats) -> list[Floats] | None:
        """Where a unit has its stays."""
        units = _weighed(p, share)
        return [self.least / units]

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        when: Any = rng.choice(["average", "every_scenario", "poisson_year"])
        stays = float(rng.uniform(0.1, 0.7) * p.scenarios.women_per_year)
        likely = 0.6 if when == "poisson_year" else 0.9
        return cls(stays=round(stays, 1), when=str(when), probability=likely)  # type: ignore[arg-type]  # one of three

    def levers(self, p: Problem) -> Iterator[Lever]:
        """Fewer stays."""
        plain = self.plain()
        yield steps(
            f"rules.{self.name}",
            self.stays,
            0.1,
            -1,
            0.0,
            (self.name,),
            lambda x: {**plain, "stays": x} if isinstance(plain, dict) else x,
            to_off=True,
        )

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Stays of each unit, in each case."""
        out = RowWriter()
        for weight, named in cases(p, self.when != "average"):
            for j in v.sites:
                terms = [*stays_terms(p, v, j, weight, 1.0), (v.open[[j]], -self.least)]
                out.add(out.instance(*key_of(p, j, named)), terms, lower=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Stays of each unit below the number, in each case."""
        keys: list[Key] = []
        short = [np.zeros((len(plans.open), 0))]  # all there is where no scenario must hold
        for weight, named in cases(p, self.when != "average"):
            stays = np.einsum("s,bsj->bj", weight, plans.stays)
            short.append(np.where(plans.open, self.least - stays, 0.0))
            keys += [key_of(p, j, named) for j in range(len(p.network.site_ids))]
        return Excess(keys=tuple(keys), amount=np.concatenate(short, axis=1))

    def asked(self) -> str:
        """The number."""
        return f"{self.stays:g} stays a year"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The stays a unit would have."""
        return f"{named_site(p, key[0])} would have {self.least - amount:.1f} stays a year"


def _weighed(p: Problem, share: Floats) -> Floats:
    """Stays of units at one woman a year that are above nothing, in each scenario and on average."""
    every = np.concatenate([share, (p.probability @ share)[None]])
    return np.asarray(every[every > 0])


class Income(Rule):
    """A unit's income covers its yearly cost: in expectation, in every scenario that must hold, or with a given
    probability in a Poisson year.
    """  # noqa: D205 (the first paragraph is the sentence planners read)

    when: Literal["expected", "every_scenario", "poisson_year"] = "expected"
    probability: Chance = 0.9

    name = "income"
    unit = "DKK a year short"
    about = "site"
    when_cut = "units"
    with_more_beds: ClassVar[Change | None] = "tighter"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {
        "finance.day_rate_dkk": "looser",
        "finance.grant_dkk_per_year": "looser",
        "finance.unit_dkk_per_year": "tighter",
        "finance.bed_dkk_per_year": "tighter",
        "finance.occupied_day_dkk": "tighter",
    }

    def plain(self) -> Any:
        """The probability only where it counts."""
        if self.when == "poisson_year":
            return {"when": self.when, "probability": self.probability}
        return True if self.when == "expected" else {"when": self.when}

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def even_stays(self, p: Problem) -> Floats:
        """Mean stays a year at which the rule holds for a unit, by beds 0..largest.

        Infinite where no number of stays pays for the beds. In a Poisson year, with the given
        probability, the stays reach the number that covers the cost.
        """
        even = p.finance.break_even_stays(np.arange(p.sizes.largest + 1), p.care.mean_days)
        if self.when != "poisson_year":
            return even
        return np.array([poisson_mean(float(x), self.probability) if np.isfinite(x) else np.inf for x in even])

    def least_stays(self, p: Problem) -> list[LeastStays]:
        """Stays at which a unit of some size both keeps the promise and lives on its income."""
        every = self.when != "expected"
        money, days = p.finance, p.care.mean_days
        low, high = p.size_limits
        for rule in _firm(p):
            if (floor := rule.least_beds(p)) is not None:
                low = np.maximum(low, floor)
        sizes = np.arange(p.sizes.largest + 1)
        margin = margin_of(p)
        room = HOLD * max(1.0, money.unit_dkk_per_year, money.bed_dkk_per_year)
        short = money.yearly_cost(sizes, 0.0, days) - money.grant_dkk_per_year
        if margin > 0:
            even = np.maximum(self.even_stays(p) - room / margin, 0.0)
        else:
            even = np.where(short <= room, 0.0, np.inf)
        # What a unit must have it must carry, if the mean is never above every stay that must hold. More beds need
        # no fewer stays, so a site's least is that of the smallest of its own sizes that carries what it needs.
        if any(rule.carries_stays for rule in _firm(p)) and (every or bool(p.must_hold[p.probability > 0].all())):
            even = np.where(even <= p.stays_by_beds * (1 + ROUNDING) + HOLD, even, np.inf)
        within = (sizes >= low[:, None]) & (sizes <= high[:, None])
        least = np.where(within, even, np.inf).min(axis=1, initial=np.inf)
        return [LeastStays(weight=w, least=least, average=not every) for w, _ in cases(p, every)]

    def rescaled(self, p: Problem, times: float, *, women: bool) -> Mapping[str, Any] | None:
        """A stay leaves over `times` less; a Poisson year does not grow with its mean."""
        margin = p.finance.day_rate_dkk - p.finance.occupied_day_dkk
        if women and self.when == "poisson_year":
            return None
        return {"finance": {"day_rate_dkk": p.finance.occupied_day_dkk + margin / times}} if margin > 0 else {}

    def eased_for_more(self, p: Problem) -> Mapping[str, object] | None:
        """The fewest stays it takes: with a bed more than its stays pay for a unit may fall behind again."""
        volume = p.policy.volume
        if self.when != "expected" or (volume is not None and volume.when != "average"):
            return None
        (rule,) = self.least_stays(p)
        least = float(rule.least.min(initial=np.inf))
        if not np.isfinite(least):
            return None
        return {Volume.name: max(least, 0.0 if volume is None else volume.stays)}

    def thresholds(self, p: Problem, share: Floats) -> list[Floats] | None:
        """Where the stays of a unit pay for its beds, whatever their number."""
        even = self.even_stays(p)
        return [even[np.isfinite(even)] / unit for unit in _weighed(p, share)]

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        when: Any = rng.choice(["expected", "every_scenario", "poisson_year"])
        likely = 0.4 if when == "poisson_year" else 0.9
        return cls(when=str(when), probability=likely)  # type: ignore[arg-type]  # one of three

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Income of the stays, less what a unit of its size needs.

        Where a stay leaves nothing over, its mean decides.
        """
        out = RowWriter()
        margin = margin_of(p)
        needed = p.finance.yearly_cost(v.size_beds, 0.0, p.care.mean_days) - p.finance.grant_dkk_per_year
        if self.when == "poisson_year" and margin > 0:
            needed = margin * self.even_stays(p)[v.size_beds]
        for weight, named in cases(p, self.when != "expected"):
            for j in v.sites:
                sizes = v.size_site == j
                terms = [*stays_terms(p, v, j, weight, margin), (v.size[sizes], -needed[sizes])]
                out.add(out.instance(*key_of(p, j, named)), terms, lower=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """What each unit lacks a year, in each case."""
        money, days = p.finance, p.care.mean_days
        keys: list[Key] = []
        short = [np.zeros((len(plans.open), 0))]  # all there is where no scenario must hold
        for weight, named in cases(p, self.when != "expected"):
            stays = np.einsum("s,bsj->bj", weight, plans.stays)
            lacking = money.yearly_cost(plans.beds, stays, days) - money.yearly_income(stays, days)
            if self.when == "poisson_year" and margin_of(p) > 0:
                enough, where = np.unique(money.break_even_stays(plans.beds, days), return_inverse=True)
                means = np.array([poisson_mean(float(x), self.probability) for x in enough])
                lacking = (means[where].reshape(stays.shape) - stays) * margin_of(p)
            short.append(np.where(plans.open, lacking, 0.0))
            keys += [key_of(p, j, named) for j in range(len(p.network.site_ids))]
        scale = max(1.0, money.unit_dkk_per_year, money.bed_dkk_per_year)
        return Excess(keys=tuple(keys), amount=np.concatenate(short, axis=1), scale=scale)

    def asked(self) -> str:
        """In words."""
        return "income covers the running cost"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """What a unit would lack."""
        return f"{named_site(p, key[0])} would lack {amount / 1e6:,.2f} M DKK a year"


def _firm(p: Problem) -> list[Rule]:
    return [rule for rule in p.policy.values() if rule.price(p) is None]


def margin_of(p: Problem) -> float:
    """What a stay leaves over its own cost, DKK."""
    return (p.finance.day_rate_dkk - p.finance.occupied_day_dkk) * p.care.mean_days
