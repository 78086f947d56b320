"""A rule that declares of itself what is not so is told which trait, or which closed form, is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from capacity import Problem
from capacity.arrays import Bools, Floats
from capacity.rules import Excess, Key, LeastStays, Plans, Rows, Rule, Variables, allowed_pairs
from capacity.rules.gap import RegionGap
from capacity.rules.rows import scenario_keys
from capacity.rules.rule import RowWriter
from capacity.rules.siting import RegionUnit
from capacity.rules.viability import Volume
from capacity.testing import BrokenLawError, check_rule, random_problem
from tests.test_rule_near_ward import NearWard
from tests.test_rule_near_ward import small as with_wards

TRAITS, FORMS = "declared traits are true", "closed forms are true"


class AlmostNearest(Rule):
    """Families go no more than ten minutes beyond the nearest unit."""

    name, unit = "almost_nearest", "share of a demand point sent farther"
    words = {"da": ("næsten nærmest", "Familier rejser højst ti minutter længere end til den nærmeste enhed.")}
    about = "demand point"
    with_more_beds = with_more_women = "same"
    binds_to_nearest = True

    def rows(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        way = p.minutes[v.pair_point, v.pair_site]
        for s in range(v.scenarios):
            for i in np.unique(v.pair_point):
                if not v.shared and p.women[s][i] <= 0:
                    continue
                mine = np.flatnonzero(v.pair_point == i)
                key = out.instance(*(p.network.point_ids[i], *([p.scenarios.ids[s]] if v.scenarios > 1 else [])))
                for k in mine:
                    farther = v.share(s)[mine[way[mine] > way[k] + 10]]
                    out.add(key, [(farther, 1.0), (v.open[v.pair_site[[k]]], 1.0)], upper=1)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        usable, amounts = allowed_pairs(p), []
        for b in range(len(plans.open)):
            nearest = np.where(usable & plans.open[b], p.minutes, np.inf).min(axis=1)
            sent = plans.shares(b)
            beyond = p.minutes[sent.point, sent.site] > nearest[sent.point] + 10
            amounts.append(sent.by_point(sent.share * beyond))
        amount = np.stack(amounts)
        needed = (p.women > 0) if amount.shape[1] > 1 else p.active[None, :]
        ids, blocks = p.network.point_ids, amount.shape[1]
        keys = tuple((i,) for i in ids) if blocks == 1 else tuple(scenario_keys(p, ids, range(blocks)))
        return Excess(keys=keys, amount=np.where(needed, amount, 0.0).reshape(len(amount), -1))


class Steady(Rule):
    """No unit has in any scenario more stays than in the first."""

    name, unit = "steady", "stays more than in the first scenario"
    words = {"da": ("jævn", "Ingen enhed har i noget scenarie flere ophold end i det første.")}
    about = "site"
    with_more_beds = "same"
    own_columns = "none"
    stagewise = True

    def rows(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        for s in range(1, len(p.scenarios.ids)):
            for j in v.sites:
                here = np.flatnonzero(v.pair_site == j)
                more = (p.women[s] - (p.women[0] if v.shared else 0.0))[v.pair_point[here]]
                terms = [(v.share(s, here), more)]
                if not v.shared:
                    terms.append((v.share(0, here), -p.women[0][v.pair_point[here]]))
                out.add(out.instance(p.network.site_ids[j], p.scenarios.ids[s]), terms, upper=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        keys = tuple(scenario_keys(p, p.network.site_ids, range(1, len(p.scenarios.ids))))
        more = plans.stays[:, 1:] - plans.stays[:, :1]
        return Excess(keys=keys, amount=more.reshape(len(more), -1))


class MeanOfYears(Rule):
    """A unit has three stays a year as a mean over the scenarios, each of which counts as much."""

    name, unit = "mean_of_years", "stays a year too few"
    words = {"da": ("gennemsnit", "En enhed har tre ophold om året som gennemsnit over scenarierne.")}
    about = "site"
    with_more_beds = "same"
    own_columns = "none"
    stagewise = True

    def rows(self, p: Problem, v: Variables) -> Rows:
        out = RowWriter()
        count = len(p.scenarios.ids)
        for j in v.sites:
            here = np.flatnonzero(v.pair_site == j)
            women = [w[v.pair_point[here]] / count for w in p.women]
            shares = [(v.share(s, here), w) for s, w in enumerate(women)]
            terms = [(v.share(0, here), np.sum(women, axis=0))] if v.shared else shares
            out.add(out.instance(p.network.site_ids[j]), [*terms, (v.open[[j]], -3.0)], lower=0)
        return out.rows()

    def excess(self, p: Problem, plans: Plans) -> Excess:
        short = np.where(plans.open, 3.0 - plans.stays.mean(axis=1), -1.0)
        return Excess(keys=tuple((j,) for j in p.network.site_ids), amount=short)


def variant(base: type[Rule], **parts: Any) -> type[Rule]:
    """A rule of the library, or of the tests, under another name and with something of it changed."""
    words = {"da": ("en prøve", "En prøve.")}
    mine = {"__doc__": base.__doc__, "name": f"tried_{base.name}", "words": words, "sentence": base.sentence, **parts}
    return type(f"Tried{base.__name__}", (base,), mine)


def half(self: Volume, p: Problem) -> list[LeastStays]:
    return [LeastStays(weight=x.weight, least=x.least / 2, average=x.average) for x in Volume.least_stays(self, p)]


def two_spare(self: RegionUnit, p: Problem, key: Key, pairs: Bools) -> Callable[[Bools], float]:
    plain = RegionUnit.spare(self, p, key, pairs)
    return lambda opened: plain(opened) - 1


def no_levels(self: Volume, p: Problem, share: Floats) -> list[Floats]:
    return []


def not_more(self: Volume, p: Problem, times: float, *, women: bool) -> Mapping[str, Any]:
    return {}


def twice_as_many(self: Volume, p: Problem) -> Mapping[str, object]:
    return {Volume.name: 2 * self.stays + 1}


WRONG: dict[str, tuple[type[Rule], str, str]] = {
    "almost the nearest": (AlmostNearest, TRAITS, "binds_to_nearest is declared, but a plan keeps it that sends women"),
    "one scenario against another": (Steady, TRAITS, "stagewise is declared, but row 0 is about 2 of 3 scenarios"),
    "a mean by other weights": (MeanOfYears, TRAITS, "stagewise is declared, but averages over the scenarios are"),
    "about another kind of place": (variant(NearWard, about="region"), TRAITS, "about is 'region', but"),
    "no whole number": (variant(NearWard, whole_number=True), TRAITS, "whole_number is declared, but"),
    "on by itself": (variant(NearWard, usual=True), TRAITS, "usual is declared, but a policy that does not name it"),
    "compares regions": (variant(RegionGap, when_cut="ways"), TRAITS, "when_cut is 'ways', but of"),
    "asks who goes where": (variant(RegionGap, when_cut="units"), TRAITS, "it looks at units alone"),
    "serves everybody": (variant(NearWard, serves_all=True), TRAITS, "serves_all is declared"),
    "splits nobody": (variant(NearWard, whole_shares=True), TRAITS, "whole_shares is declared"),
    "carries all stays": (variant(NearWard, carries_stays=True), TRAITS, "carries_stays is declared"),
    "kept anyway": (variant(Volume, kept_at_nearest=True), TRAITS, "kept_at_nearest is declared"),
    "says less by stays": (variant(Volume, least_stays=half), FORMS, "stays_by_rows is declared"),
    "spares too little": (variant(RegionUnit, spare=two_spare), FORMS, "`spare` says that"),
    "leaves out levels": (variant(Volume, thresholds=no_levels), FORMS, "`thresholds` leave out a level"),
    "is not rescaled": (variant(Volume, rescaled=not_more), FORMS, "`rescaled` does not make it what it was"),
    "is eased to more": (variant(Volume, eased_for_more=twice_as_many), FORMS, "not what `eased_for_more` says"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_not_so_is_told_by_its_name(kind: str) -> None:
    rule, law, said = WRONG[kind]
    problems = with_wards if issubclass(rule, NearWard) else random_problem
    with pytest.raises(BrokenLawError, match=said) as caught:
        check_rule(rule, problems=problems, count=12, laws=[law])
    assert caught.value.law == law and f"breaks the law: {law}" in str(caught.value)


@pytest.mark.parametrize("rule", [AlmostNearest, Steady, MeanOfYears], ids=lambda rule: rule.__name__)
def test_all_else_is_right_of_rules_that_engines_would_be_wrong_with(rule: type[Rule]) -> None:
    """Their two faces agree: nothing but the trait is wrong, and no other law says so first."""
    with pytest.raises(BrokenLawError) as caught:
        check_rule(rule, count=4)
    assert caught.value.law == TRAITS
