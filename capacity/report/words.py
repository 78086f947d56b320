"""A plan in sentences: what it is, what it leans on, what it cannot know."""

from __future__ import annotations

import math

from capacity.errors import some
from capacity.plan.aftercare import aftercare_table
from capacity.plan.courses import course_table
from capacity.plan.plan import Plan
from capacity.problem.changes import transit_source, without_car
from capacity.problem.problem import DAYS_PER_WEEK, MINUTES_PER_HOUR, Problem
from capacity.rules.families import RegionAccess
from capacity.rules.viability import Volume
from capacity.studies.assumptions import is_assumption as is_assumption
from capacity.tolerances import SAME_MINUTES, WHOLE_NUMBER, WOMEN_TOLD

NO_SOURCE = "no source given: treat it as an assumption"


def source_of(problem: Problem, key: str) -> str:
    """Where a setting comes from, or that nobody said."""
    return problem.sources.get(key, NO_SOURCE)


def percent(share: float, decimals: int = 0) -> str:
    """A share as per cent."""
    return f"{100 * share:.{decimals}f} %"


def rounded_up(share: float) -> tuple[float, int]:
    """A share, no less in per cent, and the decimals to tell it by: one, or as many as it takes to be more than 0."""
    decimals = 1 if share >= 0.0005 or share <= 0 else min(12, math.ceil(-math.log10(100 * share)))
    return math.ceil(100 * share * 10**decimals - WHOLE_NUMBER) / 10 ** (decimals + 2), decimals


def answer(plan: Plan) -> str:
    """The plan itself, in two sentences."""
    table = plan.unit_table
    units = [f"{name} ({beds} beds)" for name, beds in zip(table["name"], table["beds"], strict=True)]
    count = len(units)
    opening = f"Open {count} {'unit' if count == 1 else 'units'} with {plan.beds} beds in all: {'; '.join(units)}."
    opening = opening if units else "Open no unit."
    if plan.status == "optimal":
        return f"{opening} Best of all plans that keep the rules: {_first_lower(plan.certificate)}"
    if plan.status == "given":
        if not plan.broken:
            return f"{opening} They were given, not searched for, and keep the rules."
        names = dict.fromkeys(one.rule for one in plan.broken)
        return f"{opening} They were given, not searched for, and break {', '.join(names)}."
    known = math.isfinite(plan.gap)
    better = f"at most {percent(*rounded_up(plan.gap))} better" if known else "better by an unknown amount"
    return f"{opening} The best plan found, not proven best: another could be {better}."


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text.startswith(("All ", "Only ")) else text


def travel(plan: Plan) -> str:
    """What families travel."""
    problem = plan.problem
    if math.isnan(plan.mean_minutes):
        return "Nobody travels to a unit."
    modelled = "modelled" if problem.travel.modelled else "as given"
    worst = _longest(plan)
    visits, trips = hours_of(plan)
    said = (
        f"Families travel {plan.mean_minutes:.0f} minutes one way on average, {plan.longest_minutes:.0f} at most"
        f"{worst}; {plan.family_hours_per_year:,.0f} hours a year in all, {visits:,.0f} of visits between home and "
        f"unit and {trips:,.0f} of trips between unit and ambulatory (travel times {modelled}: "
        f"{problem.travel.source})."
    )
    by_each = [plan.figures.get(f"mean_minutes_by_{way}", math.nan) for way in ("car", "transit")]
    if not any(map(math.isnan, by_each)):
        said += (
            f" Families with a car travel {by_each[0]:.0f} minutes on average; the "
            f"{plan.figures['women_by_transit']:.1f} women a year without one {by_each[1]:.0f} by public transport "
            f"({transit_source(problem)})."
        )
    passed = plan.figures["women_past_nearer"]
    policy = problem.policy
    if policy.nearest is None and (policy.volume is not None or policy.income is not None) and passed > WOMEN_TOLD:
        farther = f"{plan.figures['minutes_past_nearer']:.0f}"
        said += (
            f" {passed:.1f} women a year are sent past a nearer open unit, "
            f"{farther} minute{'' if farther == '1' else 's'} farther on average."
        )
    return said


def hours_of(plan: Plan) -> tuple[float, float]:
    """Hours of travel a year: families' visits between home and unit, and trips between unit and ambulatory."""
    table, care = plan.assignment_table, plan.problem.care
    chance = dict(zip(plan.problem.scenarios.ids, plan.problem.probability.tolist(), strict=True))
    minutes = math.fsum(
        chance[s] * women * minutes
        for s, women, minutes in zip(table["scenario"], table["women"], table["minutes"], strict=True)
    )
    stays = care.mean_days / DAYS_PER_WEEK / MINUTES_PER_HOUR
    visits = 2 * care.visits_per_week * minutes * stays
    courses = hours_of_courses(plan) if plan.problem.outpatient.on else 0.0
    return visits, max(0.0, plan.family_hours_per_year - visits - courses)


def hours_of_courses(plan: Plan) -> float:
    """Hours of families' travel a year to outpatient courses."""
    table, course = course_table(plan), plan.problem.outpatient
    chance = dict(zip(plan.problem.scenarios.ids, plan.problem.probability.tolist(), strict=True))
    each = zip(table["scenario"], table["women"], table["minutes"], strict=True)
    minutes = math.fsum(chance[s] * women * way for s, women, way in each)
    return 2 * course.trips * minutes / MINUTES_PER_HOUR


def care(plan: Plan) -> str:
    """Who is at a unit, on an outpatient course, or reached by neither; "" without a course."""
    if not plan.problem.outpatient.on:
        return ""
    return (
        f"{plan.residential_women:.1f} women a year are at a unit, {plan.outpatient_women:.1f} on an outpatient course "
        f"and {plan.unreached_women:.1f} reached by neither; the courses cost "
        f"{plan.figures['courses_dkk'] / 1e6:.1f} M DKK and {hours_of_courses(plan):,.0f} hours of travel a year. "
        "What a course does beside a stay nobody has measured."
    )


def aftercare(plan: Plan) -> str:
    """The second stage of the stays in one sentence; "" without one."""
    care = plan.problem.aftercare
    said = plan.figures
    if not care.on or not said["aftercare_women"]:
        return ""
    places = sum(1 for _ in dict.fromkeys(aftercare_table(plan)["site_id"]))
    here = "at the units" if care.where == "unit" else f"in {places} shared {'house' if places == 1 else 'houses'}"
    return (
        f"Aftercare of {care.days:g} days takes {said['aftercare_beds']:.0f} beds more {here}, for "
        f"{said['aftercare_women']:.1f} women a year and {said['aftercare_persons']:.1f} persons there on average; "
        f"{percent(said['aftercare_held_up'], 1)} find no bed free and keep the one at their unit. It costs "
        f"{said['aftercare_cost_dkk'] / 1e6:,.1f} M DKK a year beside the units, and "
        f"{said['aftercare_building_dkk'] / 1e6:,.1f} M to build.{_while_filling(plan)}"
    )


def _while_filling(plan: Plan) -> str:
    """What aftercare loses until its beds are filled; "" where nothing."""
    lost = plan.figures.get("aftercare_startup_dkk", 0.0) / 1e6
    return f" Until its beds are filled it loses {lost:,.1f} M DKK." if lost else ""


def reached(plan: Plan) -> str:
    """How many accept the place they are offered, in one sentence; "" without an uptake curve."""
    if plan.problem.uptake is None:
        return ""
    women, accept = plan.problem.scenarios.women_per_year, max(0.0, plan.objectives["reached"])
    return (
        f"If uptake falls with travel as stated, {accept:.1f} of {women:g} women a year accept "
        "the place they are offered."
    )


def _longest(plan: Plan) -> str:
    table, net = plan.assignment_table, plan.problem.network
    names = dict(zip(net.point_ids, net.point_names, strict=True))
    far = dict.fromkeys(
        names[i]
        for i, minutes in zip(table["point_id"], table["minutes"], strict=True)
        if minutes >= plan.longest_minutes - SAME_MINUTES
    )
    return f" (from {some(far)})"


def leans_on(problem: Problem) -> list[tuple[str, str, str]]:
    """The settings a plan leans on most: key, value in words, source."""
    asked = problem.promise
    promise_key, promise = {
        "loss": ("turned_away", f"at most {100 * asked.turned_away:g} % find every bed taken"),
        "wait": (
            "wait_probability",
            f"at most {100 * asked.wait_probability:g} % wait longer than {asked.wait_days:g} days",
        ),
        "occupancy": ("occupancy", f"a load of at most {100 * asked.occupancy:g} % of the beds"),
    }[asked.kind]
    lean = [
        ("demand.women_per_year", f"{round(problem.scenarios.women_per_year / problem.undetected, 2):g} women a year"),
        *_of_demand(problem),
        ("stay.mean_days", f"a mean stay of {problem.care.mean_days:g} days"),
        (f"promise.{promise_key}", promise),
    ]
    if transit_source(problem):
        share = without_car(problem)
        said = f"the column {share}" if isinstance(share, str) else percent(share)
        lean.append(("travel.without_car", f"families without a car: {said}"))
    if problem.uptake is not None:
        curve = ", ".join(f"{minutes:g}: {100 * share:g} %" for minutes, share in problem.uptake.points)
        lean.append(("travel.uptake", f"uptake by minutes of travel: {curve}"))
    if problem.policy.income is not None:
        lean.append(("finance.day_rate_dkk", f"a day rate of {problem.finance.day_rate_dkk:,.0f} DKK"))
        lean.append(("finance.unit_dkk_per_year", f"{problem.finance.unit_dkk_per_year / 1e6:g} M DKK a unit a year"))
    if problem.policy.volume is not None:
        lean.append((f"rules.{Volume.name}", f"at least {problem.policy.volume.stays:g} stays a year at a unit"))
    if problem.policy.region_access is not None:
        access = problem.policy.region_access
        lean.append(
            (
                f"rules.{RegionAccess.name}",
                f"{100 * access.share:g} % of each region's women within {access.minutes:g} minutes",
            )
        )
    told = [(key, said, source_of(problem, key)) for key, said in lean]
    # Nobody has measured how uptake falls with travel: a curve is an assumption, whoever gives it.
    return [
        (key, said, f"assumption: {source}" if key == "travel.uptake" and not is_assumption(source) else source)
        for key, said, source in told
    ]


def _of_demand(problem: Problem) -> list[tuple[str, str]]:
    """What is made of the national figure: the undetected, and the split."""
    said = [("demand.weight", f"split over the demand points by {problem.weight}")]
    if problem.undetected != 1:
        women = f"{round(problem.scenarios.women_per_year, 2):g} with the undetected"
        said.insert(0, ("demand.undetected", f"times {problem.undetected:g}: {women}"))
    if problem.relative_risk:
        said.append(("demand.relative_risk", f"times the relative risk {problem.relative_risk}"))
    if problem.split is not None:
        split = problem.split
        said.append(
            (
                "demand.counts",
                f"blended with {split.counted:g} women of your own counts, {percent(1 - split.mean_shrinkage)} of the "
                "split from these",
            )
        )
    return said


def leaning(problem: Problem) -> str:
    """What the plan leans on, in one sentence, assumptions called so."""
    parts = [f"{said} ({_document(source)})" for _, said, source in leans_on(problem)]
    return f"It leans on {'; '.join(parts)}."


def money(plan: Plan) -> str:
    """What the plan costs, in one sentence, each figure with its source; "" where no prices are given."""
    problem, table = plan.problem, plan.unit_table
    finance = problem.finance
    cost, income = sum(table["cost_dkk"]), sum(table["income_dkk"])
    building = sum(table["building_dkk"])
    if cost == income == building == 0:
        return ""
    running = documents_of(problem, "finance.unit_dkk_per_year", "finance.bed_dkk_per_year", "finance.occupied_day_dkk")
    rate = documents_of(problem, "finance.day_rate_dkk")
    said = f"Running the units costs {cost / 1e6:,.1f} M DKK a year ({running}) "
    said += f"and brings in {income / 1e6:,.1f} M ({rate})"
    said += ", counting the stays that are admitted" if problem.counts_admitted else ""
    if building:
        yearly = building * finance.annuity
        price = documents_of(problem, "finance.building_dkk_per_bed")
        annuity = documents_of(problem, "finance.interest", "finance.years")
        said += f"; building the beds costs {building / 1e6:,.0f} M once ({price})"
        said += f", {yearly / 1e6:,.1f} M a year ({annuity})"
    startup = sum(table["startup_loss_dkk"])
    if startup > 0:
        said += f"; until they are filled, over {finance.filling_years:g} years "
        said += f"({documents_of(problem, 'finance.filling_years')}), the units lose {startup / 1e6:,.0f} M"
    return f"{said}."


def documents_of(problem: Problem, *keys: str) -> str:
    """Documents of some settings, or the word assumption, each once."""
    return ", ".join(dict.fromkeys(_document(source_of(problem, key)) for key in keys))


def _document(source: str) -> str:
    return "assumption" if is_assumption(source) else source.split(":")[0]


def limits(problem: Problem) -> str:
    """What a plan cannot know."""
    mean = problem.scenarios.women_per_year
    low, high = max(0.0, mean - 1.96 * math.sqrt(mean)), mean + 1.96 * math.sqrt(mean)
    return (
        "It cannot know how many women go undetected or decline a place far from home, how long a stay "
        f"will last, or next year's number: were the mean exactly {round(mean, 2):g}, single years would still range "
        f"from about {low:.0f} to {high:.0f}."
    )


def paragraph(plan: Plan) -> str:
    """One honest paragraph: what the plan is, what it leans on, what it cannot know."""
    problem = plan.problem
    said = [answer(plan), travel(plan), reached(plan), care(plan), money(plan), aftercare(plan)]
    said += [leaning(problem), limits(problem)]
    return " ".join(part for part in said if part)
