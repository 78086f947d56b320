"""How far a unit may lie from what it works with: an ambulatory, a neonatal ward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from capacity.arrays import Bools, Floats
from capacity.errors import Finding
from capacity.rules.levers import Lever, steps
from capacity.rules.naming import named_site
from capacity.rules.rows import Key, Rows, RowWriter
from capacity.rules.rule import Excess, Kind, Rule
from capacity.rules.values import AtLeastZero, Ids

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.rules.plans import Plans
    from capacity.rules.variables import Variables


NO_WAY = 1e6
"""Minutes beyond the limit where there is no way: a row holds no infinity."""


class Near(Rule):
    """A unit lies within the given minutes of something: subclasses say of what, and are rules."""

    minutes: AtLeastZero
    exceptions: Ids = ()

    short = "minutes"
    about = "site"
    when_cut = "units"
    measure = {"": "minutes-of"}
    measured = {"": "minutes"}
    with_more_beds = "same"
    with_more_units = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = True
    moved_by = {"minutes": "looser"}
    names = {"exceptions": ("site", False)}

    def ways(self, p: Problem) -> Floats:
        """Minutes from each site to what it has to be near, (m,); inf where there is no way."""
        raise NotImplementedError

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Sites that are exceptions."""
        yield "site", self.exceptions

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def beyond(self, p: Problem) -> Floats:
        """Minutes of each site over the limit, none of an exception, (m,)."""
        spared = np.array([j in self.exceptions for j in p.network.site_ids])
        return np.asarray(np.where(spared, 0.0, np.minimum(self.ways(p) - self.minutes, NO_WAY)))

    def sites(self, p: Problem) -> Bools:
        """Those within the limit, and the exceptions."""
        return np.asarray(self.beyond(p) <= 0)

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind: one of the ways, or a little less."""
        spared = tuple(str(j) for j in rng.choice(p.network.site_ids, int(rng.integers(0, 2))))
        ways = cls(minutes=0.0).ways(p)
        minutes = max(0.0, rng.choice(ways[np.isfinite(ways)]) - rng.choice([0.0, 1.0]))
        return cls(minutes=float(minutes), exceptions=spared)

    def levers(self, p: Problem) -> Iterator[Lever]:
        """A wider limit."""
        ways = self.ways(p)
        top = float(np.max(ways[np.isfinite(ways)], initial=0.0)) + 1
        yield steps(f"rules.{self.name}", self.minutes, 1, 1, top, (self.name,), self._with, to_off=True)

    def _with(self, minutes: float) -> Any:
        return {"minutes": minutes, "exceptions": list(self.exceptions)} if self.exceptions else minutes

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Sites beyond the limit are not opened."""
        out = RowWriter()
        beyond = self.beyond(p)
        for j in v.sites[beyond[v.sites] > 0]:
            out.add(out.instance(p.network.site_ids[j]), [(v.open[[j]], float(beyond[j]))], upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Minutes of each unit beyond the limit."""
        keys = tuple((j,) for j in p.network.site_ids)
        return Excess(keys=keys, amount=np.where(plans.open, self.beyond(p), 0.0), scale=1e-3)


class NearAmbulatory(Near):
    """A unit lies within the given minutes of a family ambulatory."""

    name = "near_ambulatory"
    unit = "minutes beyond the limit"

    def ways(self, p: Problem) -> Floats:
        """Minutes from each site to its nearest ambulatory, (m,)."""
        return p.ambulatory_minutes

    def faults(self, p: Problem) -> Iterable[Finding]:
        """Ambulatories, and the minutes from the sites to them."""
        return p.ambulatory_faults()

    def asked(self) -> str:
        """The limit."""
        return f"within {self.minutes:g} minutes of an ambulatory"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How far a unit lies away."""
        minutes = float(p.ambulatory_minutes[p.network.site_ids.index(key[0])])
        return f"{named_site(p, key[0])} lies {minutes:.0f} minutes from its ambulatory"


class Neonatal(Near):
    """A unit lies within the given minutes of the neonatal ward its aftercare is near."""

    name = "neonatal"
    unit = "minutes from the ward beyond the limit"
    newer = True

    def ways(self, p: Problem) -> Floats:
        """Minutes from each site to its nearest neonatal ward, (m,); inf where there is no way."""
        return p.ward_minutes

    def faults(self, p: Problem) -> Iterable[Finding]:
        """Wards, and the minutes from the sites to them."""
        return p.ward_faults()

    def asked(self) -> str:
        """The limit."""
        return f"within {self.minutes:g} minutes of a neonatal ward"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How far a unit lies away."""
        j = p.network.site_ids.index(key[0])
        if not p.ward_of[j]:
            return f"{named_site(p, key[0])} has no way to a neonatal ward"
        return f"{named_site(p, key[0])} lies {p.ward_minutes[j]:.0f} minutes from a neonatal ward"
