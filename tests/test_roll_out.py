"""A roll-out over years, against every chain of sets there is, and against plans of one year."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import capacity as cap
from capacity.cli.main import run as command
from capacity.report.phrases import phrases
from capacity.studies.roll_out import read_filling, read_years
from capacity.tolerances import TIE
from tests.random_problems import random_problem
from tests.small import towns

PILOT = {"rules.region_access": False, "rules.volume": False, "rules.income": False}
GROWING = {2027: {"demand.women_per_year": 8}, 2028: {"demand.women_per_year": 14}, 2029: {}}


def three_towns(**policy: Any) -> cap.Problem:
    return towns({"nearest": True, **policy})


# --- against every chain -----------------------------------------------------------------------------


def random_years(seed: int, base: cap.Problem) -> tuple[dict[int, dict[str, Any]], dict[int, float] | None]:
    """Two or three years in which demand, prices, the promise and rules change, and budgets that often bind."""
    rng = np.random.default_rng([seed, 22])
    women = base.scenarios.women_per_year
    years: dict[int, dict[str, Any]] = {}
    for year in range(2027, 2027 + int(rng.integers(2, 4))):
        years[year] = {"demand.women_per_year": float(women * rng.choice([0.1, 0.2, 0.4, 0.7]))}
        if rng.random() < 0.3:
            years[year]["finance.building_dkk_per_bed"] = float(rng.choice([0.5e6, 2e6]))
        if rng.random() < 0.3:
            years[year]["promise.kind"] = str(rng.choice(["loss", "occupancy"]))
        if rng.random() < 0.2:
            years[year]["rules.run_budget"] = float(rng.choice([6e6, 10e6]))
        if rng.random() < 0.5:
            years[year]["rules.units"] = [1, year - 2026]
    budget = {y: float(rng.choice([4e6, 8e6, 12e6, 30e6])) for y in years} if rng.random() < 0.6 else None
    return years, budget


STRICT = ("region_access", "own_region", "volume", "income", "reach", "build_budget", "units", "near_ambulatory")
"""Rules that leave no plan in most random problems."""

Chain = tuple[tuple[float, int, int, float, tuple[tuple[str, ...], ...]], list[dict[str, int]]]


def by_year(problem: cap.Problem, years: Mapping[int, Mapping[str, Any]]) -> list[cap.Problem]:
    """Each year's problem."""
    problems = []
    for settings in years.values():
        one = problem
        for key, value in settings.items():
            one = one.set(key, value)
        problems.append(one)
    return problems


def every_chain(
    problem: cap.Problem,
    years: Mapping[int, Mapping[str, Any]],
    budget: Mapping[int, float] | None,
    *,
    objective: str,
    discount: float,
    never_close: bool,
    filling: tuple[float, ...] = (),
) -> list[Chain]:
    """All chains that keep every rule and budget: value, beds, units before the last year, running cost, ids; beds."""
    problems = by_year(problem, years)
    sites = sorted(problem.network.site_ids)
    sets = [s for k in range(1, len(sites) + 1) for s in itertools.combinations(sites, k)]
    need = []
    for one in problems:
        rows = cap.evaluate(one, [list(s) for s in sets])
        need.append(
            {s: dict(zip(row["site_ids"], row["sizes"], strict=True)) for s, row in zip(sets, rows, strict=True)}
        )
    known: dict[tuple[int, tuple[tuple[str, int], ...]], tuple[bool, float, float]] = {}

    def valued(t: int, beds: Mapping[str, int]) -> tuple[bool, float, float]:
        key = (t, tuple(sorted(beds.items())))
        if key not in known:
            plan = cap.evaluate(problems[t], beds, objective)
            assert isinstance(plan, cap.Plan)
            known[key] = (not plan.broken, plan.loss, sum(plan.unit_table["cost_dkk"]))
        return known[key]

    fewest: dict[tuple[int, tuple[str, ...], str, int], int] = {}
    found: list[Chain] = []

    def filled(t: int, s: tuple[str, ...], j: str, since: int) -> float:
        """Fewest beds of a unit that carry its women in a year since it opened; inf where its sizes end."""
        problem, share = problems[t], filling[since] if since < len(filling) else 1.0
        whole = need[t][s][j]
        if share == 1.0:
            return whole
        table = cap.evaluate(problem, list(s)).assignment_table
        women = dict.fromkeys(problem.scenarios.ids, 0.0)
        for k, site in enumerate(table["site_id"]):
            women[table["scenario"][k]] += table["women"][k] if site == j else 0.0
        must = dict(zip(problem.scenarios.ids, problem.must_hold.tolist(), strict=True))
        stays = max((x for i, x in women.items() if must[i]), default=0.0)
        largest = int(problem.size_limits[1][problem.network.site_ids.index(j)])
        for beds in range(whole, largest + 1):
            if float(cap.beds.greatest_stays(problem.promise, beds, problem.care.mean_days)) * share >= stays * (
                1 - 1e-9
            ):
                return beds
        return np.inf

    def enough(t: int, beds: dict[str, int]) -> dict[str, int]:
        """Of each unit the fewest beds, at least these, with which it has its stays and lives on them, where any do."""
        problem, found = problems[t], dict(beds)
        for j in beds if problem.counts_admitted else ():
            key = (t, tuple(beds), j, beds[j])
            if key not in fewest:
                largest = int(problem.size_limits[1][problem.network.site_ids.index(j)])
                fewest[key] = beds[j]
                for more in range(beds[j], largest + 1):
                    broken = cap.evaluate(problem, beds | {j: more}).broken
                    if not any(one.rule in ("volume", "income") and one.key[0] == j for one in broken):
                        fewest[key] = more
                        break
            found[j] = fewest[key]
        return found

    def since(chain: list[dict[str, int]], j: str) -> int:
        return next((k for k, beds in enumerate(chain[::-1]) if j not in beds), len(chain))

    def on(t: int, chain: list[dict[str, int]], value: float, cost: float) -> None:
        if t == len(problems):
            sizes = sum(sum(beds.values()) for beds in chain)
            early = sum(len(beds) for beds in chain[:-1])
            ids = tuple(tuple(sorted(beds)) for beds in chain)
            found.append(((value, sizes, early, cost, ids), chain))
            return
        had = chain[-1] if chain else {}
        for s in sets:
            if never_close and not set(had) <= set(s):
                continue
            beds = {j: max(filled(t, s, j, since(chain, j)) if filling else need[t][s][j], had.get(j, 0)) for j in s}
            if any(np.isinf(count) for count in beds.values()):
                continue
            beds = enough(t, beds)
            price = problems[t].finance.building_dkk_per_bed
            if budget is not None and price * sum(beds[j] - had.get(j, 0) for j in s) > budget[list(years)[t]] + 0.5:
                continue
            keeps, worth, running = valued(t, beds)
            if keeps:
                weight = (1 + discount) ** -t
                on(t + 1, [*chain, beds], value + weight * worth, cost + weight * running)

    on(0, [], 0.0, 0.0)
    return found


def first_of(chains: list[Chain]) -> Chain:
    """The first in the order of chains, values within `TIE` being equal."""

    def equal(one: float, other: float) -> bool:
        return abs(one - other) <= TIE * max(abs(one), abs(other))

    least = min(c[0][0] for c in chains)
    left = [c for c in chains if equal(c[0][0], least)]
    for k in (1, 2):
        fewest = min(c[0][k] for c in left)
        left = [c for c in left if c[0][k] == fewest]
    cheapest = min(c[0][3] for c in left)
    return min((c for c in left if equal(c[0][3], cheapest)), key=lambda c: c[0][4])


def compare_with_every_chain(
    seed: int, engine: str = "chains", *, outside: bool = False, admitted: bool = False
) -> str:
    """What came of one random problem; falls over where the roll-out is not the best chain.

    With `outside` women whose unit is far away take an outpatient course, as today. With `admitted` units live on
    those they admit.
    """
    rng = np.random.default_rng([seed, 23])
    off: dict[str, Any] = {rule: None for rule in STRICT if rng.random() < 0.8}
    if admitted:
        off |= {"income": True, "volume": 0.8 if seed % 2 else None, "region_access": None, "near_ambulatory": None}
    problem = random_problem(seed, sites=int(rng.integers(3, 5)), counts="all", nearest=True, **off)
    if admitted:
        cheap = {"unit_dkk_per_year": 0.0, "bed_dkk_per_year": 1e5, "day_rate_dkk": 2_200.0, "grant_dkk_per_year": 0.0}
        problem = problem.replace(finance={"counts": "admitted", **cheap})
        problem = problem.replace(promise={"kind": "loss", "turned_away": 0.15, "demand_cv": 0.0})
    elif problem.policy.volume is not None and rng.random() < 0.5:
        problem = problem.set("prices.volume", 300.0)
    if outside:
        far = float(np.quantile(problem.minutes[np.isfinite(problem.minutes)], 0.5))
        problem = problem.set("outpatient.beyond_minutes", far).set("outpatient.dkk_per_course", 60e3)
    years, budget = random_years(seed, problem)
    objective = str(rng.choice(["travel", "cost"]))
    how: dict[str, Any] = {"objective": objective, "discount": 0.04, "never_close": bool(rng.random() < 0.8)}
    if rng.random() < 0.4:
        how["filling"] = [(0.5,), (0.4, 0.8)][int(rng.integers(2))]
    if engine == "model" and objective == "cost" and any(one.counts_admitted for one in by_year(problem, years)):
        # No model says what those who are admitted cost.
        with pytest.raises(cap.DataError, match="Choose engine chains"):
            cap.roll_out(problem, years, budget, engine="model", **how)
        return "refused"
    chains = every_chain(problem, years, budget, **how)
    if not chains:
        with pytest.raises(cap.InfeasibleError) as error:
            cap.roll_out(problem, years, budget, engine=engine, **how)
        assert error.value.conflict.year in years
        return "none"
    found = cap.roll_out(problem, years, budget, engine=engine, **how)
    (value, *_), beds = first_of(chains)
    assert found.objective == pytest.approx(value, rel=1e-9) and found.gap == 0
    told = [dict(zip(p.unit_table["site_id"], p.unit_table["beds"], strict=True)) for p in found.plans.values()]
    assert told == beds
    assert all(not p.broken and not p.check() for p in found.plans.values())
    if outside and any(year["outside_women"] > 0 for year in found.to_json()["years"]):
        return "outside"
    return "grown" if any(len(a) < len(b) for a, b in itertools.pairwise(beds)) else "same"


@pytest.mark.parametrize("seed", range(20))
def test_no_chain_is_better(seed: int) -> None:
    compare_with_every_chain(seed)


@pytest.mark.parametrize("seed", [7, 10, 12])
def test_no_chain_is_better_of_units_that_live_on_those_they_admit(seed: int) -> None:
    """A unit with beds from before takes more where it lives on more alone; there are none such."""
    assert compare_with_every_chain(seed, admitted=True) != "none"


@pytest.mark.parametrize(("seed", "said"), [(953319, "outside"), (953301, "refused")])
def test_the_model_leaves_rules_that_no_row_says_to_the_orders_it_values(seed: int, said: str) -> None:
    """Running costs of those who are admitted, which rows cannot say; as an objective chains alone value them."""
    assert compare_with_every_chain(seed, "model", outside=True, admitted=seed % 3 == 0) == said


@pytest.mark.parametrize("seed", [1, 5, 10, 11])
def test_the_model_finds_no_other(seed: int) -> None:
    """A linear model of all years, whose orders are valued exactly: the same sets and beds, ties too."""
    compare_with_every_chain(seed, "model")


@pytest.mark.parametrize("engine", ["chains", "model"])
def test_a_pilot_serves_its_catchment_where_the_others_keep_todays_offer(engine: str) -> None:
    said = [compare_with_every_chain(seed, engine, outside=True) for seed in (0, 1, 3, 5)]
    assert said.count("outside") >= 2


@pytest.mark.parametrize("seed", [1, 5, 10])
def test_what_a_first_chain_is_worth_leaves_out_no_better_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first chain through one state a year is poor, and all the same only a bound."""
    monkeypatch.setattr("capacity.studies.chains.FEW", 1)
    assert compare_with_every_chain(seed) != "none"


def test_how_units_fill_asks_for_more_beds() -> None:
    more = 0
    for seed in range(20):
        problem = random_problem(seed, sites=3, nearest=True, **dict.fromkeys(STRICT))
        try:
            whole = cap.roll_out(problem, {2027: {}, 2028: {}})
            filled = cap.roll_out(problem, {2027: {}, 2028: {}}, filling=[0.5])
        except cap.InfeasibleError:
            continue
        more += filled.plans[2028].beds > whole.plans[2028].beds
        assert filled.plans[2028].beds >= whole.plans[2028].beds or filled.order != whole.order
    assert more > 5


# --- by hand ---------------------------------------------------------------------------------------


def beds_of(found: Any) -> list[dict[str, int]]:
    return [dict(zip(p.unit_table["site_id"], p.unit_table["beds"], strict=True)) for p in found.plans.values()]


def test_units_open_as_the_money_allows_and_keep_the_beds_they_have() -> None:
    """Broby needs 7 beds for 6.2 women when it opens; when Colding takes some of them, the seventh stays."""
    found = cap.roll_out(three_towns(), GROWING, budget=16e6)
    assert beds_of(found) == [{"a": 8}, {"a": 8, "b": 7}, {"a": 9, "b": 7, "c": 4}]
    assert found.built == {2027: {"a": 8}, 2028: {"b": 7}, 2029: {"a": 1, "c": 4}}
    assert found.order == ("a", "b", "c") and found.opened == {"a": 2027, "b": 2028, "c": 2029}
    assert cap.evaluate(three_towns(), ["a", "b", "c"]).unit_table["beds"] == (9, 6, 4)
    said = found.to_json()
    assert [year["building_dkk"] for year in said["years"]] == [16e6, 14e6, 10e6]
    assert [year["outside_women"] for year in said["years"]] == [0, 0, 0]
    assert (said["status"], said["gap"], said["order"]) == ("optimal", 0, ["a", "b", "c"])


def test_a_unit_that_fills_takes_more_beds_in_its_first_year() -> None:
    """Half of Alby's beds carry 8 women in 2027: as many beds as 16 would need, and none is taken down later."""
    found = cap.roll_out(three_towns(), GROWING, filling=[0.5], start=("a",))
    alone = cap.roll_out(three_towns(), {2027: {"demand.women_per_year": 16}}, start=("a",))
    (first,) = beds_of(alone)
    assert beds_of(found)[0] == first and all(later["a"] >= first["a"] for later in beds_of(found))


def test_a_unit_too_small_while_it_fills_is_told(tmp_path: Any) -> None:
    problem = three_towns().replace(sizes={"largest": 14})
    assert cap.roll_out(problem, {2027: {}}, start=("a",)).plans[2027].beds <= 14
    with pytest.raises(cap.InfeasibleError) as error:
        cap.roll_out(problem, {2027: {}}, start=("a",), filling=[0.5])
    assert "too small while they fill" in str(error.value.conflict) and "filling" in error.value.conflict.rules
    for wrong in ([0.8, 0.5], [0], 0.5, ["half"], "0.5"):
        with pytest.raises(cap.DataError, match="shares of a unit's beds"):
            cap.roll_out(problem, {2027: {}}, filling=wrong)
    file = tmp_path / "years.toml"
    file.write_text("filling = [0.6]\n[2027]\n", "utf-8")
    assert read_filling(file) == [0.6] and list(read_years(file)[0]) == [2027]
    assert command(["roll-out", "--years", str(file), "--filling", "half"]) == 2


def test_hours_are_summed_with_the_discount() -> None:
    found = cap.roll_out(three_towns(), GROWING, budget=16e6, discount=0.1)
    years = [plan.objective for plan in found.plans.values()]
    assert found.objective == pytest.approx(years[0] + years[1] / 1.1 + years[2] / 1.21, rel=1e-12)
    assert found.bound == found.objective


def test_beds_stay_where_need_falls() -> None:
    found = cap.roll_out(three_towns(), {2027: {}, 2028: {"demand.women_per_year": 8}})
    assert beds_of(found) == [{"a": 9, "b": 6, "c": 4}] * 2 and found.built[2028] == {}


def test_a_unit_that_may_close_loses_its_beds() -> None:
    years = {2027: {"rules.units": [3, 3]}, 2028: {"rules.units": [1, 1]}, 2029: {"rules.units": [3, 3]}}
    with pytest.raises(cap.InfeasibleError) as error:
        cap.roll_out(three_towns(), years)
    assert error.value.conflict.year == 2028 and "holds the units of the year before" in str(error.value.conflict)
    found = cap.roll_out(three_towns(), years, never_close=False)
    first, _, last = beds_of(found)
    assert len(found.plans[2028].site_ids) == 1
    (stays,) = found.plans[2028].site_ids
    assert {j: n for j, n in last.items() if j != stays} == {j: n for j, n in first.items() if j != stays}
    assert found.built[2029] == {j: n for j, n in first.items() if j != stays}


def test_what_is_left_to_pay_is_worth_what_the_annuities_to_come_are() -> None:
    problem = three_towns().replace(finance={"interest": 0.0, "years": 10.0})
    found = cap.roll_out(problem, GROWING, budget=16e6)
    assert found.left_dkk == pytest.approx(16e6 * 0.7 + 14e6 * 0.8 + 10e6 * 0.9)
    with_interest = cap.roll_out(problem.replace(finance={"interest": 0.05}), {2027: {}}, start=("a",))
    cost = 2e6 * with_interest.plans[2027].beds
    assert with_interest.left_dkk == pytest.approx(
        cost * 1.05 - cost * problem.replace(finance={"interest": 0.05}).finance.annuity
    )


@pytest.mark.parametrize("objective", ["travel", "cost"])
@pytest.mark.parametrize("seed", range(5))
def test_one_year_is_a_plan(seed: int, objective: Any) -> None:
    problem = random_problem(seed, nearest=True, region_unit=None, volume=None, income=None, keep=None, reach=None)
    problem = problem.set("demand.women_per_year", 4).set("rules.region_access", False)
    try:
        plan = cap.solve(problem, objective)
    except cap.InfeasibleError:
        with pytest.raises(cap.InfeasibleError):
            cap.roll_out(problem, {2027: {}}, objective=objective)
        return
    found = cap.roll_out(problem, {2027: {}}, objective=objective)
    assert beds_of(found) == [dict(zip(plan.unit_table["site_id"], plan.unit_table["beds"], strict=True))]
    assert found.objective == pytest.approx(plan.loss, rel=1e-9)


def two_points(minutes: list[list[float]], site_ids: tuple[str, str]) -> cap.Problem:
    """Two points alike, two sites, and beds in proportion to stays: one unit of eight is two of four."""
    return cap.Problem(
        network=cap.Network(
            point_ids=("P", "Q"),
            point_names=("P", "Q"),
            point_regions=("N", "N"),
            site_ids=site_ids,
            site_names=site_ids,
            site_regions=("N", "N"),
        ),
        scenarios=cap.Scenarios(ids=("base",), point_ids=("P", "Q"), women=np.array([[8.0, 8.0]])),
        travel=cap.TravelMatrix(origin_ids=("P", "Q"), destination_ids=site_ids, values=np.array(minutes)),
        care=cap.Care(mean_days=182.5, visits_per_week=1, ambulatory_trips_per_week=0),
        promise=cap.Promise(kind="occupancy", occupancy=0.8),
        sizes=cap.Sizes(smallest=1, largest=30),
        policy=cap.Policy(nearest=True),
    )


def test_of_equals_the_later_opening_is_taken() -> None:
    """Q is as far from one site as from the other: the second saves nothing, and needs no bed more in either year."""
    problem = two_points([[10, 50], [10, 10]], ("s2", "s1")).set("demand.women_per_year", 12.8)
    first, both = {"demand.women_per_year": 6.4}, {"rules.units": [2, 2]}
    found = cap.roll_out(problem, {2027: first, 2028: both})
    assert beds_of(found) == [{"s2": 4}, {"s1": 4, "s2": 4}]
    at_once = cap.roll_out(problem, {2027: {**first, **both}, 2028: both})
    assert beds_of(at_once) == [{"s1": 2, "s2": 2}, {"s1": 4, "s2": 4}]
    assert at_once.objective == pytest.approx(found.objective)


def test_of_equals_the_lower_ids_come_first() -> None:
    problem = two_points([[10, 20], [20, 10]], ("s1", "s2"))
    found = cap.roll_out(problem, {2027: {"rules.units": [1, 1]}, 2028: {"rules.units": [2, 2]}})
    assert beds_of(found) == [{"s1": 10}, {"s1": 10, "s2": 5}] and found.order == ("s1", "s2")


def test_rows_json_and_a_line_say_the_same() -> None:
    found = cap.roll_out(three_towns(), GROWING, budget=16e6)
    assert repr(found) == "<RollOut optimal: a 2027, b 2028, c 2029; 20 beds in 2029>"
    table = found.table
    assert list(table["beds"]) == [8, 8, 7, 9, 7, 4] and list(table["opened"]) == [2027, 2027, 2028, 2027, 2028, 2029]
    years = found.to_json()["years"]
    assert list(table.groupby("year")["building_dkk"].sum()) == [year["building_dkk"] for year in years]
    assert list(table.groupby("year")["running_dkk"].sum()) == pytest.approx([y["running_dkk"] for y in years])


# --- the first year's units --------------------------------------------------------------------------


def test_the_first_units_are_those_that_are_given() -> None:
    found = cap.roll_out(three_towns(), GROWING, budget=22e6, start=("b",))
    assert (
        found.plans[2027].site_ids == ("b",) and found.objective > cap.roll_out(three_towns(), GROWING, 22e6).objective
    )


def test_a_pilot_gives_up_what_its_best_continuation_costs_more() -> None:
    found = cap.roll_out(three_towns(), GROWING, budget=22e6)
    rows = found.pilots(["a", "b", "c"]).set_index("site_id")
    for j in ("a", "b"):
        own = cap.roll_out(three_towns(), GROWING, budget=22e6, start=(j,))
        assert rows.loc[j, "objective"] == own.objective and rows.loc[j, "order"] == own.order
        assert rows.loc[j, "behind"] == pytest.approx(own.objective / found.objective - 1)
    assert list(found.pilots()["site_id"]) == ["a"]  # the ambulatories of the case


def test_a_pilot_that_cannot_be_says_why() -> None:
    found = cap.roll_out(three_towns(forbid=["c"]), GROWING)
    (reason,) = found.pilots(["c"])["reason"]
    assert reason.startswith("2027: the units given to start with (c) break forbid.")
    with pytest.raises(cap.InfeasibleError, match="forbid"):
        cap.roll_out(three_towns(forbid=["c"]), GROWING, start=("c",))


# --- a year that cannot be ---------------------------------------------------------------------------


def test_a_year_without_money_is_told_with_what_would_do() -> None:
    with pytest.raises(cap.InfeasibleError) as error:
        cap.roll_out(three_towns(), GROWING, budget={2027: 20e6, 2028: 4e6, 2029: 10e6})
    said = error.value.conflict
    assert said.year == 2028 and said.rules == ("budget",) and error.value.rules == ("budget",)
    assert said.way_out == "6.00 M DKK in this year would do for a step."
    assert cap.roll_out(three_towns(), GROWING, budget={2027: 20e6, 2028: 6e6, 2029: 10e6}).status == "optimal"


def test_a_year_without_a_plan_is_told_with_its_rules() -> None:
    with pytest.raises(cap.InfeasibleError) as error:
        cap.roll_out(three_towns(), {2027: {}, 2028: {"rules.volume": 19}})
    said = error.value.conflict
    assert said.year == 2028 and said.rules == error.value.rules == ("volume",)
    assert "rules.volume: 18 instead of 19" in str(said)
    assert said.to_json()["ways_out"][0]["key"] == "rules.volume"


def test_beds_that_are_there_may_break_a_later_rule() -> None:
    with pytest.raises(cap.InfeasibleError) as error:
        cap.roll_out(
            three_towns(units=[3, 3]), {2027: {}, 2028: {"demand.women_per_year": 8, "rules.build_budget": 26e6}}
        )
    said = error.value.conflict
    assert said.year == 2028 and said.rules == ("build_budget",) and "with the beds they have" in said.text
    assert said.way_out == "Loosen these rules in this year."


# --- what makes no sense -----------------------------------------------------------------------------


def faults(*given: Any, **named: Any) -> str:
    with pytest.raises(cap.DataError) as error:
        cap.roll_out(*given, **named)
    return str(error.value)


def test_every_fault_is_told_at_once() -> None:
    years = {2028: {"rules.volum": 3}, 2027: {"demand.women_per_year": "many"}, 2030: {"rules.nearest": False}, 2031: 5}
    said = faults(three_towns(), years, {2028: -1, 2027: 1, 2030: 1, 1999: 1}, ("z",), objective="worst", discount=3)
    for part in (
        "years stand in their order (got '2027 after 2028')",
        "Give 2028 too, with {} where nothing differs.",
        "Did you mean 'rules.volume'?",
        "2027: demand, women_per_year: the value is a number",
        "years, 2030: every set of sites can be valued, but families are not bound",
        "years, 2031: settings are a mapping",
        "each budget is of a year of the roll-out (got '1999')",
        "each year has a budget where one has (got '2031')",
        "a number not below 0 (got '2028: -1')",
        "each id is that of a site of the case (got 'z')",
        "objective: its values may be added up over years (got 'worst')",
        "discount: a share a year",
    ):
        assert part in said


def test_a_year_without_a_budget_is_told() -> None:
    assert "Give the budget of 2029; 0 builds nothing." in faults(three_towns(), GROWING, {2027: 1e6, 2028: 1e6})


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ({}, "years are a mapping of year to settings"),
        ({"2027": {}}, "a year is a whole number"),
        ({True: {}}, "a year is a whole number"),
    ],
)
def test_years_that_are_none_are_told(years: Any, said: str) -> None:
    assert said in faults(three_towns(), years)


def test_the_model_asks_for_no_number_of_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    by_chains = cap.roll_out(three_towns(), GROWING, budget=16e6)
    monkeypatch.setattr("capacity.studies.years_asked.MOST_SETS", 6)
    found = cap.roll_out(three_towns(), GROWING, budget=16e6, engine="model")
    assert beds_of(found) == beds_of(by_chains) and found.objective == pytest.approx(by_chains.objective, rel=1e-9)
    assert found.gap == 0 and found.certificate.startswith("HiGHS") and "no order is better" in found.certificate
    pilots = found.pilots(["a", "b", "c"])
    monkeypatch.undo()
    assert list(pilots["order"]) == list(by_chains.pilots(["a", "b", "c"])["order"])


CANNOT: list[tuple[dict[int, dict[str, Any]], dict[str, Any], tuple[str, ...]]] = [
    (GROWING, {"budget": {2027: 20e6, 2028: 4e6, 2029: 10e6}}, ("budget",)),
    ({2027: {}, 2028: {"rules.volume": 19}}, {}, ("volume",)),
    ({2027: {"rules.units": [3, 3]}, 2028: {"rules.units": [1, 2]}}, {}, ("units",)),
    ({2027: {}, 2028: {"rules.forbid": ["a"], "rules.units": [1, 2]}}, {"start": ("a",)}, ("forbid",)),
    ({2027: {"rules.forbid": ["c"]}, 2028: {}}, {"start": ("c",)}, ("forbid",)),
]
"""Years that cannot be: their settings, what else is asked, and the rules in the way."""


@pytest.mark.parametrize(("years", "asked", "rules"), CANNOT)
def test_the_model_says_of_a_year_that_cannot_be_what_the_chains_say(
    years: dict[int, dict[str, Any]], asked: dict[str, Any], rules: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(engine: Literal["chains", "model"]) -> Any:
        with pytest.raises(cap.InfeasibleError) as error:
            cap.roll_out(three_towns(), years, engine=engine, **asked)
        return error.value.conflict

    by_chains = told("chains")
    assert str(told("model")) == str(by_chains) and by_chains.rules == rules
    # Where the sets are too many to value, the model is asked what stands in the way.
    monkeypatch.setattr("capacity.studies.orders_by_model.MOST_SETS_AGAIN", 0)
    by_model = told("model")
    assert (by_model.year, by_model.rules) == (by_chains.year, by_chains.rules)
    if rules == ("budget",):
        assert by_model.way_out == by_chains.way_out


def test_the_model_keeps_beds_that_nobody_needs_any_more() -> None:
    falling = {2027: {}, 2028: {"demand.women_per_year": 2}}
    by_chains, by_model = (cap.roll_out(three_towns(), falling, engine=e) for e in ("chains", "model"))
    assert beds_of(by_model) == beds_of(by_chains) and by_model.built[2028] == {}


def test_whom_no_unit_serves_is_told_by_year() -> None:
    problem = three_towns(units=[1, 1]).set("outpatient.beyond_minutes", 30)
    found = cap.roll_out(problem, GROWING)
    outside = [year["outside_women"] for year in found.to_json()["years"]]
    *told, proven = found.sentences
    assert outside[0] > 0 and told == [
        f"{year}: {women:.1f} women a year are at no unit." for year, women in zip(GROWING, outside, strict=True)
    ]
    assert proven == found.certificate
    assert all(phrases("da").said(text) is not None for text in found.sentences)


# --- two side by side --------------------------------------------------------------------------------


def test_two_roll_outs_are_compared_year_by_year() -> None:
    one = cap.roll_out(three_towns(), GROWING, budget=16e6)
    other = cap.roll_out(three_towns(), {2027: GROWING[2027], 2028: {}}, start=("b",))
    found = cap.compare(one, other)
    assert found.orders == (one.order, other.order) and found.objectives == ("travel", "travel")
    table = found.table.set_index(["year", "what", "site_id"])
    assert tuple(table.loc[(2027, "beds", "a")]) == (8, 0) and table.loc[(2029, "beds", "a"), "first"] == 9
    assert np.isnan(table.loc[(2029, "women", ""), "second"])
    assert found.figures["objective"] == (one.objective, other.objective)
    assert found.to_json()["orders"] == [list(one.order), list(other.order)]
    plan = cap.solve(three_towns())
    with pytest.raises(cap.DataError, match="two plans or two roll-outs are compared"):
        cap.compare(one, plan)
    with pytest.raises(cap.DataError, match="Give two of a kind"):
        cap.compare(plan, cap.sweep(three_towns(), {"rules.volume": [False]}))


def test_the_command_compares_two_roll_outs(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    one = cap.roll_out(three_towns(), GROWING, budget=16e6)
    for name, order in (("one", one), ("other", cap.roll_out(three_towns(), GROWING, start=("b",)))):
        (tmp_path / f"{name}.json").write_text(json.dumps(order.to_json()), "utf-8")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "study.json").write_text(json.dumps(one.to_json()), "utf-8")
    two = [str(tmp_path / "one.json"), str(tmp_path / "other.json")]
    assert command(["compare", *two, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["orders"][0] == ["a", "b", "c"] and {row["year"] for row in said["years"]} == {2027, 2028, 2029}
    assert command(["compare", str(tmp_path / "kept"), two[1]]) == 0
    out = capsys.readouterr().out
    assert "Two roll-outs" in out and "Order of opening: a, b, c; or b" in out and "women at no unit" in out
    (tmp_path / "part.json").write_text(json.dumps({"years": [{"year": 2027}], "order": []}), "utf-8")
    assert command(["compare", two[0], str(tmp_path / "part.json")]) != 0
    assert "as capacity roll-out --json writes it" in capsys.readouterr().err
    assert command(["compare", *two, "--set", "rules.volume=3"]) != 0


def test_too_much_is_refused_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacity.studies.years_asked.MOST_SETS", 6)
    assert "at most 6 sets of sites are to be valued; there are 7" in faults(three_towns(), GROWING)
    monkeypatch.undo()
    monkeypatch.setattr("capacity.studies.chain_years.MOST_TESTS", 48)
    with pytest.raises(cap.SolverError, match="too many to look at every pair"):
        cap.roll_out(three_towns(), GROWING)
    monkeypatch.undo()
    monkeypatch.setattr("capacity.studies.chains.MOST_STEPS", 5)
    with pytest.raises(cap.SolverError, match="too many to value every chain"):
        cap.roll_out(three_towns(), GROWING, start=("a",), objective="cost", budget=50e6)


def test_a_stop_ends_it() -> None:
    with pytest.raises(cap.InterruptedSolveError, match="The roll-out was stopped"):
        cap.roll_out(three_towns(), GROWING, tell=lambda progress: cap.Stop)


# --- the command -------------------------------------------------------------------------------------

FILE = """
[2027]
budget = 70_000_000
"rules.volume" = false
[2027.demand]
women_per_year = 30
[2027.rules]
income = false
region_access = false
[2028]
"""


def test_the_command_says_years_order_and_pilots(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        return command(["roll-out", *arguments]), capsys.readouterr().out

    file = tmp_path / "years.toml"
    file.write_text(FILE, encoding="utf-8")
    code, out = run("--years", str(file), "--budget", "200e6", "--json", "--pilots")
    said = json.loads(out)
    assert code == 0 and said["status"] == "optimal" and said["gap"] == 0
    assert [year["year"] for year in said["years"]] == [2027, 2028]
    assert said["years"][0]["women"] == pytest.approx(30) and said["years"][0]["building_dkk"] <= 70e6
    assert set(said["years"][0]) >= {"site_ids", "beds", "women", "outside_women", "building_dkk", "running_dkk"}
    assert said["order"][: len(said["years"][0]["site_ids"])] == said["years"][0]["site_ids"]
    pilots = {row["site_id"]: row for row in said["pilots"]}
    assert len(pilots) == 5 and pilots["FA_AARHUS"]["objective"] is None and pilots["FA_AARHUS"]["reason"]
    assert pilots["FA_HVIDOVRE"]["behind"] > 0
    code, out = run("--years", str(file), "--budget", "200e6", "--pilots", "--objective", "cost")
    assert code == 0 and "Units by year" in out and "First Aarhus alone: cannot be." in out and "not paid" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[2027", "years stand in a TOML file"),
        ("2027 = 2", "each table of the file is a year"),
        ("[first]", "each table of the file is a year"),
    ],
)
def test_a_file_of_years_that_is_none_is_told(tmp_path: Any, text: str, said: str) -> None:
    file = tmp_path / "years.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(cap.DataError, match=said):
        read_years(file)


def test_every_fault_of_a_file_is_told_at_its_line(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "years.toml"
    lines = (
        "filling = [0.8, nan]",
        "[2028]",
        "budget = nan",
        "[2028.demand]",
        "women_per_year = nan",
        "wommen = 3",
        "[2027]",
        '"rules.units" = "many"',
        "[2030.demand]",
        "women_per_year = -5",
    )
    file.write_text("\n".join(lines), encoding="utf-8")
    assert command(["roll-out", "--years", str(file), "--json", "--start", "NOWHERE"]) == 2
    found = json.loads(capsys.readouterr().out)["findings"]
    at = [(one["row"], one["column"]) for one in found if one["table"] == "years.toml"]
    assert sorted(at) == [
        (1, "filling"),
        (3, "2028.budget"),
        (5, "2028.demand.women_per_year"),
        (6, "2028.demand.wommen"),
        (7, "2027"),
        (7, "2027"),
        (8, "2027.rules.units"),
        (9, "2030.demand"),
        (9, "2030.demand"),
        (10, "2030.demand.women_per_year"),
    ]
    assert [one["value"] for one in found if one["table"] == "roll_out"] == ["NOWHERE"]
    assert all(one["rule"] and one["remedy"] for one in found)


def test_a_file_keeps_settings_budgets_and_their_order(tmp_path: Any) -> None:
    file = tmp_path / "years.toml"
    file.write_text(FILE, encoding="utf-8")
    years, budget = read_years(file)
    assert years[2027] == {
        "rules.volume": False,
        "demand.women_per_year": 30,
        "rules.income": False,
        "rules.region_access": False,
    }
    assert years[2028] == {} and budget == {2027: 70_000_000}
    file.write_text("[2027]\n", encoding="utf-8")
    assert read_years(file) == ({2027: {}}, None)


def test_two_roll_outs_in_the_same_order_are_said_to_be_and_make_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from capacity.cli.main import run

    orders = []
    for budget in (60e6, 80e6):
        found = cap.roll_out(cap.denmark(), {2027: {"demand.women_per_year": 60}, 2028: {}}, budget=2 * budget)
        orders.append(str(tmp_path / f"{budget:g}.json"))
        Path(orders[-1]).write_text(json.dumps(found.to_json()), encoding="utf-8")
    assert run(["compare", *orders]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Order of opening in both:" in said and "in all, discounted, hours of travel" in said
    assert run(["compare", *orders, "-o", str(tmp_path / "page.html")]) == 2
    assert "two roll-outs are compared in a table" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()
