"""The best chain of years, or the first year that cannot be, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.arrays import Ints
from capacity.engines.evaluate import given_plan
from capacity.engines.question import space_of, why_not
from capacity.errors import InfeasibleError
from capacity.problem.problem import Problem
from capacity.studies.chain_years import Year, year_of
from capacity.studies.chains import Chain, Chains, Stuck
from capacity.studies.explain import Explanation, explain
from capacity.studies.explain.worlds import weighed_rules
from capacity.studies.explain.worlds import without as rules_off

MOST_SETS_AGAIN = 50_000
"""Sets of a year that are valued once more without a rule, to name those that are in the way."""


@dataclass(frozen=True, kw_only=True)
class NoYear:
    """The first year that cannot be, and why.

    Attributes
    ----------
    year : int
    text : str
    rules : tuple of str
        Those that cannot hold, or that take every step to the year away; ``budget`` for money to build with.
    way_out : str
    why : Explanation or None
        Where the year has no plan even by itself: what clashes in it, and the changes that would do.
    """

    year: int
    text: str
    rules: tuple[str, ...]
    way_out: str = ""
    why: Explanation | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.year}: {self.text}", self.way_out) if part)

    def to_json(self) -> dict[str, Any]:
        """The year, the sentence, and what the explanation says."""
        said = {} if self.why is None else self.why.to_json()
        return {"year": self.year, "text": self.text, "way_out": self.way_out, **said}


def best_chain(chains: Chains, start: tuple[str, ...]) -> Chain:
    """The best chain from the first year's units, or from any.

    Raises
    ------
    InfeasibleError
        Where there is none.
    """
    first: Ints | None = None
    if start:
        year = chains.years[0]
        wanted = np.isin(np.array(year.problem.network.site_ids), start)
        first = np.flatnonzero((year.open == wanted).all(axis=1))
        if not len(first):
            raise without(year.problem, not_that_set(year, start))
    chain = chains.best(first)
    if chain is None:
        stuck = chains.stuck(first)
        raise without(chains.years[stuck.at].problem, no_step(chains, stuck, first))
    return chain


def without(problem: Problem, said: NoYear) -> InfeasibleError:
    """What to raise where a year cannot be."""
    error = InfeasibleError(problem, said.rules or problem.policy.on, said)
    error.add_note(str(said))
    return error


def no_set(year: int, problem: Problem) -> NoYear:
    """No set keeps a year's rules: what clashes in it."""
    why = explain(problem)
    rules = tuple(dict.fromkeys(rule for conflict in why.conflicts for rule in conflict.rules))
    return NoYear(year=year, text=f"no set of sites keeps this year's rules. {why}", rules=rules, why=why)


def not_that_set(year: Year, start: tuple[str, ...]) -> NoYear:
    """The given first units break rules of the first year, or are sets no firm rule leaves to be opened."""
    plan = given_plan(year.problem, start, year.goal)
    rules = tuple(dict.fromkeys(one.rule for one in plan.broken))
    text = f"the units given to start with ({', '.join(sorted(start))}) break {', '.join(rules)}."
    return NoYear(year=year.year, text=text, rules=rules, way_out="Start with others, or loosen these rules that year.")


def no_step(chains: Chains, stuck: Stuck, first: Ints | None) -> NoYear:
    """No step leads to a year: units stay, money is short, or the beds that are there break a rule."""
    year = chains.years[stuck.at]
    if not stuck.steps:
        text = "no set that keeps this year's rules holds the units of the year before."
        return loosened(year.year, text, tuple(_rules_in_the_way(chains, stuck.at, first)), closing=chains.never_close)
    said = [f"{count:,} break {name} with the beds they have" for name, count in stuck.broken.items()]
    if stuck.unfilled:
        said.insert(0, f"{stuck.unfilled:,} have units too small while they fill, even at their largest size")
    if stuck.dear:
        said.insert(0, f"{stuck.dear:,} cost more to build than {year.budget / 1e6:,.1f} M DKK")
    text = f"of {stuck.steps:,} steps to sets that keep the rules, {'; '.join(said)}."
    way = "Loosen these rules in this year."
    if math.isfinite(stuck.least_dkk):
        way = f"{stuck.least_dkk / 1e6:,.2f} M DKK in this year would do for a step."
    rules = (*(("budget",) if stuck.dear else ()), *(("filling",) if stuck.unfilled else ()), *stuck.broken)
    return NoYear(year=year.year, text=text, rules=rules, way_out=way)


def _rules_in_the_way(chains: Chains, at: int, first: Ints | None) -> Iterator[str]:
    """Rules of a year without any one of which a chain would lead to it."""
    year = chains.years[at]
    for rule in weighed_rules(year.problem):
        loose = rules_off(year.problem, rule.name)
        if why_not(loose) is not None or space_of(loose).sets > MOST_SETS_AGAIN:
            continue
        key = (at, rule.name)
        if key not in chains.loosened:
            chains.loosened[key] = year_of(
                year.year, loose, year.goal, year.weight, year.budget, chains.clock, chains.filling
            )
        years = (*chains.years[:at], chains.loosened[key])
        if Chains(years, chains.never_close, chains.clock, chains.filling).best(first) is not None:
            yield rule.name


def loosened(year: int, text: str, rules: tuple[str, ...], *, closing: bool) -> NoYear:
    """What to say of a year to which one rule the less would lead."""
    close = (
        ", start with other units, or let units close (never_close=False)."
        if closing
        else " or start with other units."
    )
    if not rules:
        way = f"Loosen this year's rules{close}"
        return NoYear(year=year, text=text, rules=(), way_out=way)
    text = f"{text.removesuffix('.')}; without {' or without '.join(rules)} one would."
    way = f"Loosen {' or '.join(rules)} in this year{close}"
    return NoYear(year=year, text=text, rules=rules, way_out=way)
