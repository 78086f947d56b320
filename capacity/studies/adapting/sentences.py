"""What `adapt` found in sentences: the first step, what it is worth, what it leans on, and which list must be kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from capacity.engines.question import why_not
from capacity.rules import firm_rules
from capacity.studies.adapting.asks import Asks, by_sites

if TYPE_CHECKING:
    from capacity.problem.problem import Problem
    from capacity.studies.adapting.result import Adaptive

OFTEN = 0.005
"""Ends with less chance are not told."""

PILOTS = 4
"""First units told."""


def sentences_of(found: Adaptive) -> tuple[str, ...]:
    """The answer, sentence by sentence, in the order a board asks."""
    return (*_answer(found), *_ends(found), *_pilots(found), *_leans(found))


def million(dkk: float, decimals: int = 1) -> str:
    """DKK as millions."""
    return f"{dkk / 1e6:,.{decimals}f}"


def _answer(found: Adaptive) -> Iterator[str]:
    if found.first.beds:
        yield f"First: open {found.told.named(found.first.beds)} beds."
    else:
        yield "First: open nothing yet. Nobody is counted where no unit is open, so that waiting teaches nothing."
    yield (
        f"Expected cost {million(found.value)} M DKK, of {len(found.years)} years and {found.asked.tail:g} years after "
        f"them: {million(found.fixed)} if nothing is learnt on the way, {million(found.once)} if all is opened at "
        "once, "
        f"{million(found.knowing)} if the level were known from the start, {million(found.nothing)} without any unit."
    )
    yield (
        f"Watching is worth {million(found.fixed - found.value)} M DKK; what then remains to be known is worth "
        f"{million(found.value - found.knowing)} M DKK."
    )
    if not math.isnan(found.replanning):
        yield f"Planned anew every year, but blind to what may still be learnt: {million(found.replanning)} M DKK."
    worst = max(found.regret, key=found.regret.__getitem__)
    yield (
        f"Whichever figure is right, the plan costs at most {million(found.worst_regret)} M DKK more than knowing it "
        f"from the start would (most: {worst})."
    )
    yield (
        f"No plan that watches and decides costs less than {million(found.bracket[0], 2)} M DKK: this one could be "
        f"bettered by at most {100 * found.gap:.2f} %."
    )
    if found.looked_at is not None:
        yield (
            f"There was no time or room for all plans: those of at most {found.looked_at:,} "
            f"{'unit' if found.looked_at == 1 else 'units'} were looked at. That bound holds for every plan; with more "
            "time a better one may be found."
        )
    if found.left_out:
        yield f"First steps that were left out: {found.left_out:,} sets of units; none of them can be better than that."
    if found.first.beds:
        yield (
            "One list has to be kept at every open unit from the first day: all women who ask, those who find no bed "
            "too. Who counts only the admitted cannot tell few from many."
        )


def _ends(found: Adaptive) -> Iterator[str]:
    for row in found.outcomes().to_dict("records"):
        if row["probability"] >= OFTEN:
            count, low, high = row["units"], row["beds_low"], row["beds_high"]
            units = "no unit" if count == 0 else f"{count} unit{'' if count == 1 else 's'}"
            beds = f"{low}" if low == high else f"{low} to {high}"
            yield f"In the end {units} with {beds} beds: {100 * row['probability']:.0f} in 100."


def _pilots(found: Adaptive) -> Iterator[str]:
    first, best = found.pilots.to_dict("records"), found.first.site_ids
    others = [row for row in first if row["site_id"] and (row["site_id"],) != best]
    for row in others[:PILOTS]:
        yield f"First {row['name']} alone, and the best that may follow: {million(row['behind'])} M DKK more."
    waits = next((row for row in first if not row["site_id"]), None)
    if waits is not None and best:
        yield f"Opening nothing in the first year: {million(waits['behind'])} M DKK more."


def _leans(found: Adaptive) -> Iterator[str]:
    asked, prior = found.asked, found.prior
    sources = len({f.source or f.id for f in prior.figures})
    yield (
        f"Believed before anybody has asked: {prior.mean:,.0f} women a year, {prior.quantile(0.05):,.0f} to "
        f"{prior.quantile(0.95):,.0f} in nine cases of ten, from {len(prior.figures)} figures of {sources} sources."
    )
    measured = "an assumption: nobody has measured it" if "price" in asked.assumed else "as asked"
    yield f"A woman without a place counts {million(asked.price, 2)} M DKK ({measured}); this decides the first step."
    curve = "; ".join(f"{minutes:g}: {100 * share:g} %" for minutes, share in asked.uptake.points)
    yield f"Who asks, by minutes to the nearest open unit: {curve} (an assumption: nobody has measured it)."
    filled = "an assumption" if "filling" in asked.assumed else "as asked"
    yield f"In the year a unit opens, {100 * asked.filling:g} % of a year's women ask ({filled})."
    yield (
        "Beds are paid by an annuity while the years last." if asked.annual else "Beds are paid when they are built."
    )
    yield from _second_stage_and_courses(found.problem)
    if found.problem.undetected != 1:
        yield (
            f"Who does not ask counts {found.problem.undetected:g} times in the money; what is learnt is the women who "
            "ask alone."
        )
    asks = found.policy.course.asks
    if asks is not None:
        yield from _asked(found, asks)
    rules = tuple(rule for rule in left_out(found.problem) if asks is None or rule not in asks.enough)
    if rules:
        yield f"Rules of the case that this plan was not asked to keep: {', '.join(rules)}."


def _second_stage_and_courses(problem: Problem) -> Iterator[str]:
    """What of a case's further stages is in the money, and what is not."""
    if problem.aftercare.on:
        yield (
            "Aftercare counts by the year, its building as an annuity, with beds for the women the units are made for; "
            "that who waits for it keeps a bed of the unit is not counted."
        )
    if problem.outpatient.on:
        yield "Outpatient courses are not counted: who has no place counts the price of a woman without one."
    if why_not(problem) is not None:
        yield "Everybody is taken to use the nearest open unit, which the case does not ask."


def _asked(found: Adaptive, asks: Asks) -> Iterator[str]:
    """What was asked of units when they opened, and how likely they fall short in the end."""
    rules = ", ".join(asks.enough)
    if asks.chance is None:
        yield f"Asked of the mean of what is believed when a unit opens: {rules}."
    else:
        chance = f"{100 * asks.chance:g}"
        yield f"Asked to hold in {chance} cases of 100 by what is believed when a unit opens: {rules}."
    if asks.pilot:
        yield "The first units are exempt: before anybody has asked, nothing is known of them."
    for row in found.shortfalls.to_dict("records"):
        if row["year"] > found.years[-1] and row["probability"] >= OFTEN:
            yield f"In the end a unit falls short of {row['rule']} in {100 * row['probability']:.0f} cases of 100."


def left_out(problem: Problem) -> tuple[str, ...]:
    """Rules of the case that no policy is asked to keep: those that no set of sites keeps by itself."""
    return tuple(
        rule.name
        for rule in firm_rules(problem)
        if not rule.usual and not (rule.serves_all or rule.binds_to_nearest or rule.sets_beds)
        if not by_sites(rule, problem)
    )
