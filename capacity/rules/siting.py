"""Where units may and must be, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from msgspec import Meta

from capacity.arrays import Bools, Ints, ints
from capacity.rules.levers import Lever, once, steps
from capacity.rules.naming import named_region, named_site
from capacity.rules.rows import Key, Rows, RowWriter
from capacity.rules.rule import Excess, Kind, Rule
from capacity.rules.values import Ids, Unfit

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


def _sites(p: Problem) -> tuple[tuple[str, ...], ...]:
    return tuple((j,) for j in p.network.site_ids)


def _named(p: Problem, ids: Sequence[str]) -> Bools:
    return np.array([j in ids for j in p.network.site_ids])


def exactly(units: int) -> dict[str, list[int]]:
    """Changes of a policy that decide how many units there are."""
    return {Units.name: [units, units]}


def decided(p: Problem, site_ids: Sequence[str]) -> dict[str, list[str]]:
    """Changes of a policy that decide the units: these stay, all other sites are excluded."""
    return {Keep.name: list(site_ids), Forbid.name: [j for j in p.network.site_ids if j not in set(site_ids)]}


class Units(Rule):
    """The number of units lies between the given bounds."""

    fewest: Annotated[int, Meta(ge=0)]
    most: Annotated[int, Meta(ge=1)]

    name = "units"
    unit = "units too few or too many"
    about = "whole"
    when_cut = "units"
    measured = {"": "units"}
    whole_number = True
    with_more_beds = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> tuple[int, int]:
        """Fewest and most."""
        return self.fewest, self.most

    @classmethod
    def spread(cls, value: object) -> Mapping[str, object]:
        """A number, or a pair [fewest, most]."""
        if isinstance(value, cls):
            return super().spread(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = (value, value)
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise Unfit("the value is a pair of whole numbers [fewest, most]")
        if any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in value):
            raise Unfit("a number of units is a number")
        fewest, most = value
        if fewest != fewest // 1 or most != most // 1 or not 0 <= fewest <= most or most < 1:
            raise Unfit("the value is a pair of whole numbers [fewest, most], most at least 1")
        return {"fewest": int(fewest), "most": int(most)}

    def plain(self) -> Any:
        """The pair."""
        return [self.fewest, self.most]

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def unit_range(self, p: Problem) -> tuple[int, int]:
        """Fewest and most."""
        return self.value

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        fewest = int(rng.integers(0, 3))
        return cls(fewest=fewest, most=int(rng.integers(max(1, fewest), len(p.network.site_ids) + 1)))

    def levers(self, p: Problem) -> Iterator[Lever]:
        """More units at most, or fewer at least."""
        key, mine, most = f"rules.{self.name}", (self.name,), len(p.network.site_ids)
        yield steps(key, self.most, 1, 1, most, mine, lambda x: [self.fewest, int(x)])
        if self.fewest > 1:
            yield steps(key, self.fewest, 1, -1, 1, mine, lambda x: [int(x), self.most])

    def rows(self, p: Problem, v: Variables) -> Rows:
        """The open sites, counted."""
        out = RowWriter()
        out.add(out.instance("fewest"), [(v.open[v.sites], 1.0)], lower=self.fewest)
        out.add(out.instance("most"), [(v.open[v.sites], 1.0)], upper=self.most)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Units too few, and too many."""
        count = plans.open.sum(axis=1).astype(float)
        return Excess(keys=(("fewest",), ("most",)), amount=np.stack([self.fewest - count, count - self.most], axis=1))

    def asked(self) -> str:
        """How many."""
        if self.fewest == self.most:
            return "1 unit" if self.most == 1 else f"{self.most} units"
        return f"{self.fewest} to {self.most} units"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How many there are."""
        return f"it would take {int(plans.open[0].sum())} units"


class RegionUnit(Rule):
    """Every region has at least one unit of its own."""

    name = "region_unit"
    unit = "units missing"
    about = "region"
    when_cut = "ways"
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    needs_units = True
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}

    @property
    def value(self) -> Literal[True]:
        """On."""
        return True

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def rows(self, p: Problem, v: Variables) -> Rows:
        """The open sites of each region, counted."""
        out = RowWriter()
        for r, region in enumerate(p.network.regions):
            here = v.sites[p.network.site_region_index[v.sites] == r]
            out.add(out.instance(region), [(v.open[here], 1.0)], lower=1)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """One less the units of each region."""
        here = p.network.site_region_index[:, None] == np.arange(len(p.network.regions))
        count = plans.open.astype(float) @ here
        return Excess(keys=tuple((r,) for r in p.network.regions), amount=1 - count)

    def spare(self, p: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float]:
        """Open sites of a region, above one."""
        here = p.network.site_region_index == p.network.regions.index(key[0])
        return lambda opened: float((here & opened).sum() - 1)

    def asked(self) -> str:
        """In words."""
        return "a unit in every region"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The region without a unit."""
        return f"{named_region(p, key[0])} would have no unit"


class Keep(Rule):
    """Existing or decided units stay."""

    sites_kept: Ids

    name = "keep"
    unit = "units closed that should stay"
    short = "sites_kept"
    about = "site"
    when_cut = "units"
    with_more_beds = "same"
    with_more_units = "looser"
    with_more_women = "same"
    needs_units = True
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}
    names = {"sites_kept": ("site", True)}

    @property
    def value(self) -> tuple[str, ...]:
        """The ids."""
        return self.sites_kept

    @classmethod
    def spread(cls, value: object) -> Mapping[str, object]:
        """A list of ids."""
        return super().spread(value) if isinstance(value, cls) else {"sites_kept": _listed(value, cls.name)}

    def plain(self) -> Any:
        """The ids."""
        return list(self.sites_kept)

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Sites that stay."""
        yield "site", self.sites_kept

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def must_open(self, p: Problem) -> Bools:
        """The sites that stay."""
        return _named(p, self.sites_kept)

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        return cls(sites_kept=(str(rng.choice(p.network.site_ids)),))

    def levers(self, p: Problem) -> Iterator[Lever]:
        """One site less."""
        for site in self.sites_kept:
            rest = [j for j in self.sites_kept if j != site]
            if rest:
                yield once(f"rules.{self.name}", rest, 0.5, self.name)

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Each of them is open; one that may not be cannot stay."""
        out = RowWriter()
        for j in np.flatnonzero(self.must_open(p)):
            opened = v.open[[j]] if v.open[j] >= 0 else v.open[:0]
            out.add(out.instance(p.network.site_ids[j]), [(opened, 1.0)], lower=1)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """One for each that is closed."""
        return Excess(keys=_sites(p), amount=np.where(self.must_open(p) & ~plans.open, 1.0, 0.0))

    def asked(self) -> str:
        """The ids."""
        return ", ".join(self.sites_kept)

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The unit that would close."""
        return f"{named_site(p, key[0])} would close"


def _listed(value: object, what: str) -> object:
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    raise Unfit(f"{what} is a list of ids")


class Forbid(Rule):
    """Excluded sites stay closed."""

    excluded: Ids

    name = "forbid"
    unit = "excluded sites opened"
    short = "excluded"
    about = "site"
    when_cut = "units"
    with_more_beds = "same"
    with_more_units = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = True
    moved_by = {}
    names = {"excluded": ("site", True)}

    @property
    def value(self) -> tuple[str, ...]:
        """The ids."""
        return self.excluded

    @classmethod
    def spread(cls, value: object) -> Mapping[str, object]:
        """A list of ids."""
        return super().spread(value) if isinstance(value, cls) else {"excluded": _listed(value, cls.name)}

    def plain(self) -> Any:
        """The ids."""
        return list(self.excluded)

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Sites that are excluded."""
        yield "site", self.excluded

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def sites(self, p: Problem) -> Bools:
        """All others."""
        return np.asarray(~_named(p, self.excluded))

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        return cls(excluded=(str(rng.choice(p.network.site_ids)),))

    def levers(self, p: Problem) -> Iterator[Lever]:
        """One site less."""
        for site in self.excluded:
            rest = [j for j in self.excluded if j != site]
            if rest:
                yield once(f"rules.{self.name}", rest, 0.5, self.name)

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Each of them is closed."""
        out = RowWriter()
        for j in v.sites[_named(p, self.excluded)[v.sites]]:
            out.add(out.instance(p.network.site_ids[j]), [(v.open[[j]], 1.0)], upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """One for each that is open."""
        barred = _named(p, self.excluded)
        return Excess(keys=_sites(p), amount=np.where(barred & plans.open, 1.0, 0.0))

    def asked(self) -> str:
        """The ids."""
        return ", ".join(self.excluded)

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The site that would open."""
        return f"{named_site(p, key[0])} would open"


class SizeFloor(Rule):
    """A unit has at least its existing beds."""

    beds: tuple[tuple[str, Annotated[int, Meta(ge=0)]], ...] = ()

    name = "size_floor"
    unit = "beds too few"
    about = "site"
    when_cut = "units"
    sets_beds = True
    with_more_beds = "looser"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = True
    moved_by = {}
    names = {"beds": ("site", True)}

    @classmethod
    def spread(cls, value: object) -> Mapping[str, object]:
        """True for the beds each site has today, or a table of site = beds."""
        if value is True or isinstance(value, cls):
            return super().spread(value)
        if isinstance(value, Mapping):
            value = tuple(sorted(value.items()))
        if not isinstance(value, tuple):
            raise Unfit("the value is true or a table of site id = beds")
        for _, beds in value:
            if isinstance(beds, bool) or not isinstance(beds, (int, float, np.integer)) or not np.isfinite(beds):
                raise Unfit("beds is a number")
            if beds < 0:
                raise Unfit("beds lies between 0 and inf")
        return {"beds": tuple((str(j), int(beds)) for j, beds in value)}

    def plain(self) -> Any:
        """The table, or true."""
        return dict(self.beds) or True

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Sites that have a floor."""
        yield "site", tuple(j for j, _ in self.beds)

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def least_beds(self, p: Problem) -> Ints:
        """Those of the table; without one those of today."""
        net = p.network
        if not self.beds:
            assert net.existing_beds is not None
            return net.existing_beds
        given = dict(self.beds)
        return ints([given.get(j, 0) for j in net.site_ids])

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        beds = int(rng.integers(1, p.sizes.largest + 1))
        return cls() if rng.random() < 0.5 else cls(beds=((p.network.site_ids[0], beds),))

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Beds of each unit less its floor."""
        out = RowWriter()
        floor = self.least_beds(p)
        for j in v.sites[floor[v.sites] > 0]:
            here = v.size_site == j
            out.add(
                out.instance(p.network.site_ids[j]),
                [(v.size[here], v.size_beds[here].astype(float)), (v.open[[j]], -float(floor[j]))],
                lower=0,
            )
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Beds of each unit below its floor."""
        short = np.where(plans.open, self.least_beds(p) - plans.beds, 0)
        return Excess(keys=_sites(p), amount=short.astype(float))

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """The beds that a unit lacks."""
        return f"{named_site(p, key[0])} would have {amount:.0f} beds too few"
