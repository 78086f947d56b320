"""A rule with whole columns of its own, in one file: a unit serves women of at most so many regions."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pytest
from msgspec import Meta

import capacity as cap
from capacity import DataError, Policy, Problem
from capacity.rules import Excess, Plans, Rows, Rule, Variables
from capacity.rules.rule import RowWriter
from capacity.testing import BrokenLawError, check_rule, random_problem
from tests.small import towns

NOBODY = 1e-6
"""A smaller share of a point's women is nobody."""


class FewRegions(Rule):
    """A unit serves women of at most the given number of regions."""

    most: Annotated[int, Meta(ge=1)]

    name = "few_regions"
    unit = "regions too many"
    short = "most"
    words = {"da": ("få regioner", "En enhed modtager kvinder fra højst det angivne antal regioner.")}
    about = "site"
    whole_number = True
    with_more_beds = "same"
    own_columns = "whole"
    moved_by = {"most": "looser"}

    def rows(self, p: Problem, v: Variables) -> Rows:
        """One column for each site and region: whether its women are served there."""
        out = RowWriter()
        regions = p.network.point_region_index
        serves = v.add(len(p.network.site_ids) * len(p.network.regions), upper=1, whole=True)
        serves = serves.reshape(len(p.network.site_ids), -1)
        for s in range(v.scenarios):
            here = np.ones(v.pairs, bool) if v.shared else p.women[s][v.pair_point] > 0
            pair = np.flatnonzero(here)
            if len(pair):
                theirs = serves[v.pair_site[pair], regions[v.pair_point[pair]]]
                out.add_each(-1, [(v.share(s, pair), 1.0), (theirs, -1.0)], upper=0)
        for j in v.sites:
            out.add(out.instance(p.network.site_ids[j]), [(serves[j], 1.0)], upper=self.most)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        """Regions of each unit beyond the number."""
        n, m = p.minutes.shape
        inside = p.network.point_region_index[:, None] == np.arange(len(p.network.regions))
        over = np.zeros((len(plans.open), m))
        for j in range(m):
            share = plans.mean(np.tile(np.arange(m) == j, (n, 1)).astype(float))
            needed = (p.women > 0)[None] if share.shape[1] > 1 else p.active[None, None]
            used = ((share > NOBODY) & needed).any(axis=1)
            over[:, j] = ((used[:, :, None] & inside).any(axis=1)).sum(axis=1) - self.most
        return Excess(keys=tuple((j,) for j in p.network.site_ids), amount=over)

    @classmethod
    def example(cls, rng: np.random.Generator, p: Problem) -> FewRegions:
        return cls(most=1)

    def asked(self) -> str:
        return f"at most {self.most} regions a unit"


class WithoutItsColumns(FewRegions):
    """A unit serves women of at most the given number of regions."""

    def rows(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        serves = v.add(len(p.network.site_ids), upper=len(p.network.regions), whole=True)
        for j in v.sites:
            out.add(out.instance(p.network.site_ids[j]), [(serves[[j]], 1.0)], upper=self.most)
        return out.rows()


class OfAnyUnits(FewRegions):
    """A unit serves women of at most the given number of regions."""

    with_more_units = "same"


class SaysNothing(FewRegions):
    """A unit serves women of at most the given number of regions."""

    linear = False


def small(seed: int) -> Problem:
    """Both regions have women, so that a unit may serve one or two."""
    return random_problem(seed, points=4, sites=3)


def test_it_is_a_rule_like_the_librarys() -> None:
    check_rule(FewRegions, problems=small, count=2)


@pytest.mark.parametrize(
    ("wrong", "law"), [(WithoutItsColumns, "rows and excess agree"), (OfAnyUnits, "declared traits are true")]
)
def test_a_wrong_one_is_caught_with_the_law_it_breaks(wrong: type[Rule], law: str) -> None:
    with pytest.raises(BrokenLawError, match=law) as caught:
        check_rule(wrong, problems=small, count=8)
    assert caught.value.law == law


def two_regions(**policy: object) -> Problem:
    return towns(dict(policy)).replace(policy={"extra": [FewRegions(most=1)]})


def test_a_unit_serves_one_region_only() -> None:
    """A and B lie in one region, C in the other: with two units each region has its own."""
    free = cap.solve(towns({"units": 1}))
    assert len(free.site_ids) == 1
    with pytest.raises(cap.CapacityError):
        cap.solve(two_regions(units=1))
    plan = cap.solve(two_regions(units=2))
    served = {
        site: {
            plan.problem.network.point_regions[plan.problem.network.point_ids.index(i)]
            for i, j in zip(plan.assignment_table["point_id"], plan.assignment_table["site_id"], strict=True)
            if j == site
        }
        for site in plan.site_ids
    }
    assert all(len(regions) == 1 for regions in served.values())
    assert not plan.check()
    with pytest.raises(DataError, match="taken apart"):
        cap.solve(two_regions(units=2), engine="decompose")


def test_without_rows_only_valuing_every_set_answers() -> None:
    policy = Policy(nearest=True, units=2, extra=[SaysNothing(most=1)])
    assert cap.solve(towns().replace(policy=policy)).site_ids
    with pytest.raises(DataError, match="a rule without linear rows"):
        cap.solve(towns().replace(policy=policy), engine="mip")
    with pytest.raises(DataError, match="a rule without linear rows"):
        cap.solve(towns().replace(policy=policy.replace(nearest=False)))
