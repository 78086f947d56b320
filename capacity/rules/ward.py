"""How far a unit's aftercare may lie from a neonatal ward."""

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
"""Minutes beyond the limit where there is no way to a ward: a row holds no infinity."""


class Neonatal(Rule):
    """A unit lies within the given minutes of the neonatal ward its aftercare is near."""

    minutes: AtLeastZero
    exceptions: Ids = ()

    name = "neonatal"
    unit = "minutes from the ward beyond the limit"
    short = "minutes"
    newer = True
    about = "site"
    measure = {"": "minutes-of"}
    measured = {"": "minutes"}
    with_more_beds = "same"
    with_more_units = "same"
    with_more_women = "same"
    own_columns = "none"
    stagewise = few_scenarios = kept_by_mean = masks_say_all = True
    moved_by = {"minutes": "looser"}
    names = {"exceptions": ("site", False)}

    def ids(self, p: Problem) -> Iterable[tuple[Kind, Sequence[str]]]:
        """Sites that are exceptions."""
        yield "site", self.exceptions

    def faults(self, p: Problem) -> Iterable[Finding]:
        """Wards, and the minutes from the sites to them."""
        return p.ward_faults()

    def told(self, p: Problem) -> tuple[()]:
        """Nothing."""
        return ()

    def _spared(self, p: Problem) -> Bools:
        return np.array([j in self.exceptions for j in p.network.site_ids])

    def _beyond(self, p: Problem) -> Floats:
        """Minutes of each site over the limit, (m,)."""
        return np.asarray(np.where(self._spared(p), 0.0, np.minimum(p.ward_minutes - self.minutes, NO_WAY)))

    def sites(self, p: Problem) -> Bools:
        """Those within the limit, and the exceptions."""
        return np.asarray((p.ward_minutes <= self.minutes) | self._spared(p))

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> Self:
        """Numbers that sometimes bind."""
        ways = p.ward_minutes[np.isfinite(p.ward_minutes)]
        spared = tuple(str(j) for j in rng.choice(p.network.site_ids, int(rng.integers(0, 2))))
        return cls(minutes=float(max(0.0, rng.choice(ways) - rng.choice([0.0, 1.0]))), exceptions=spared)

    def levers(self, p: Problem) -> Iterator[Lever]:
        """A wider limit."""
        top = float(np.max(p.ward_minutes[np.isfinite(p.ward_minutes)], initial=0.0)) + 1
        yield steps(f"rules.{self.name}", self.minutes, 1, 1, top, (self.name,), self._with, to_off=True)

    def _with(self, minutes: float) -> Any:
        return {"minutes": minutes, "exceptions": list(self.exceptions)} if self.exceptions else minutes

    def rows(self, p: Problem, v: Variables) -> Rows:
        """Sites beyond the limit are not opened."""
        out = RowWriter()
        beyond = self._beyond(p)
        for j in v.sites[beyond[v.sites] > 0]:
            out.add(out.instance(p.network.site_ids[j]), [(v.open[[j]], float(beyond[j]))], upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Minutes of each unit beyond the limit."""
        keys = tuple((j,) for j in p.network.site_ids)
        return Excess(keys=keys, amount=np.where(plans.open, self._beyond(p), 0.0), scale=1e-3)

    def asked(self) -> str:
        """The limit."""
        return f"within {self.minutes:g} minutes of a neonatal ward"

    def missed(self, p: Problem, plans: Plans, key: Key, amount: float) -> str:
        """How far a unit lies away."""
        j = p.network.site_ids.index(key[0])
        if not p.ward_of[j]:
            return f"{named_site(p, key[0])} has no way to a neonatal ward"
        return f"{named_site(p, key[0])} lies {p.ward_minutes[j]:.0f} minutes from a neonatal ward"
