"""Erlang's formulas against published points, and money against sums done by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from capacity import DataError, Finance, Promise
from capacity.beds import (
    erlang_b,
    erlang_c,
    greatest_load,
    greatest_stays,
    late,
    offered_load,
    smallest_beds,
    stays_by_beds,
    turned_away,
    use_of_unit,
    wait_exceeds,
    waiting,
)
from capacity.finance import ceiling

LOSS = Promise(kind="loss", turned_away=0.05)
DOUBT = Promise(kind="loss", turned_away=0.05, demand_cv=0.25)
WAIT = Promise(kind="wait", wait_days=14, wait_probability=0.1)
RULE = Promise(kind="occupancy", occupancy=0.85)

PUBLISHED = {1: 4, 2: 5, 3: 7, 4: 8, 5: 9, 8: 13, 10: 15, 15: 20, 20: 26}
"""Beds that carry an offered load at 5 % loss (problem.md)."""


@pytest.mark.parametrize(("load", "beds"), PUBLISHED.items())
def test_beds_at_five_per_cent_loss_are_the_published_ones(load: int, beds: int) -> None:
    assert erlang_b(beds, load) <= 0.05 < erlang_b(beds - 1, load)
    stays = load * 365 / 180
    assert smallest_beds(LOSS, stays, 180, 60) == beds


@pytest.mark.parametrize(("beds", "percent"), [(4, 36), (8, 54), (20, 72)])
def test_highest_occupancy_at_five_per_cent_loss_is_the_published_one(beds: int, percent: int) -> None:
    use = use_of_unit(LOSS, beds, float(greatest_stays(LOSS, beds, 180)), 180)
    assert 100 * use.occupancy == pytest.approx(percent, abs=0.5)
    assert use.turned_away == pytest.approx(0.05)


def test_uncertain_demand_turns_away_more_than_the_mean_says() -> None:
    assert erlang_b(8, 4) == pytest.approx(0.030, abs=0.0005)
    assert turned_away(DOUBT, 8, 4) == pytest.approx(0.047, abs=0.0005)
    assert turned_away(LOSS, 8, 4) == erlang_b(8, 4)
    # At the mean 8 beds keep 5 %, and at 4 % doubt they would not; one more bed keeps both.
    strict = Promise(turned_away=0.04, demand_cv=0.25)
    assert smallest_beds(Promise(turned_away=0.04), 4 * 365 / 180, 180, 60) == 8
    assert smallest_beds(strict, 4 * 365 / 180, 180, 60) == 9


@pytest.mark.parametrize("cv", [0.001, 0.05, 0.25, 0.6, 1.0])
@pytest.mark.parametrize(("beds", "load"), [(1, 0.4), (8, 4.0), (8, 7.9), (26, 20.0)])
def test_shares_in_doubt_are_integrals_over_a_gamma_load(beds: int, load: float, cv: float) -> None:
    """Women turned away (waiting, late) over women, by SciPy's quadrature, in parts that meet where the beds are full."""
    lost, late_share = Promise(demand_cv=cv), Promise(kind="wait", wait_days=14, demand_cv=cv)
    law = stats.gamma(1 / cv**2, scale=load * cv**2)
    ends = (max(0.0, float(law.ppf(1e-13))), float(law.isf(1e-13)))

    def mean(share: Callable[[float], float]) -> float:
        parts = [(ends[0], min(beds, ends[1])), (min(beds, ends[1]), ends[1])] if ends[0] < beds else [ends]
        close: Any = {"limit": 200, "epsabs": 1e-11, "epsrel": 1e-11}
        return sum(integrate.quad(lambda a: law.pdf(a) * a * share(a), *part, **close)[0] for part in parts) / load

    assert float(turned_away(lost, beds, load)) == pytest.approx(mean(lambda a: float(erlang_b(beds, a))), abs=2e-7)
    exact = mean(lambda a: float(wait_exceeds(beds, a, 14, 180)) if a < beds else 1.0)
    assert float(late(late_share, beds, load, 180)) == pytest.approx(exact, abs=2e-9)
    exact = mean(lambda a: float(erlang_c(beds, a)) if a < beds else 1.0)
    assert float(waiting(late_share, beds, load)) == pytest.approx(exact, abs=2e-9)


def test_the_promise_in_doubt_holds_at_the_greatest_load_and_breaks_above() -> None:
    wait = Promise(kind="wait", wait_days=14, wait_probability=0.1, demand_cv=0.25)
    for beds in (2, 7, 30):
        load = float(greatest_load(DOUBT, beds, 180))
        assert turned_away(DOUBT, beds, load) <= 0.05 < turned_away(DOUBT, beds, load * (1 + 1e-9))
        assert load < float(greatest_load(LOSS, beds, 180))
        load = float(greatest_load(wait, beds, 180))
        assert late(wait, beds, load, 180) <= 0.1 < late(wait, beds, load * (1 + 1e-9), 180)
    # Of the mean load an occupancy rule speaks alone.
    rule = Promise(kind="occupancy", demand_cv=0.25)
    assert greatest_load(rule, 8, 180) == greatest_load(RULE, 8, 180)


def test_erlang_is_stable_for_thousands_of_beds() -> None:
    assert 0 < float(erlang_b(5_000, 5_000)) < 0.02
    assert float(erlang_c(5_000, 4_990)) < 1


@given(st.integers(1, 60), st.floats(0.01, 80))
def test_erlang_b_is_its_definition(beds: int, load: float) -> None:
    terms = [k * math.log(load) - math.lgamma(k + 1) for k in range(beds + 1)]
    top = max(terms)
    assert float(erlang_b(beds, load)) == pytest.approx(
        math.exp(terms[-1] - top) / sum(math.exp(t - top) for t in terms), rel=1e-9
    )


@given(st.integers(1, 40), st.floats(0.01, 39))
def test_waiting_lies_between_its_limits(beds: int, load: float) -> None:
    must_wait = float(erlang_c(beds, load))
    assert float(erlang_b(beds, load)) <= must_wait <= 1
    if load >= beds:
        assert must_wait == 1
    # One bed: the chance of waiting is the load itself (M/M/1).
    if load < 1:
        assert float(erlang_c(1, load)) == pytest.approx(load)
    assert float(wait_exceeds(beds, load, 0, 180)) == pytest.approx(must_wait)
    assert float(wait_exceeds(beds, load, 30, 180)) <= must_wait


@pytest.mark.parametrize("promise", [LOSS, WAIT, RULE])
def test_more_beds_carry_more_stays_and_the_inverse_is_the_inverse(promise: Promise) -> None:
    table = stays_by_beds(promise, 40, 180)
    assert (np.diff(table) > 0).all()
    assert table[0] == 0
    for beds in range(1, 41):
        assert smallest_beds(promise, float(table[beds]), 180, 40) == beds
        assert smallest_beds(promise, float(table[beds]) * 1.0001, 180, 40) == (beds + 1 if beds < 40 else None)
    assert table[12] == pytest.approx(float(greatest_stays(promise, 12, 180)))


def test_the_promise_holds_at_the_greatest_load_and_breaks_above() -> None:
    for beds in (1, 7, 30):
        load = float(greatest_load(LOSS, beds, 180))
        assert float(erlang_b(beds, load)) <= 0.05 < float(erlang_b(beds, load * (1 + 1e-9)))
        load = float(greatest_load(WAIT, beds, 180))
        assert float(wait_exceeds(beds, load, 14, 180)) <= 0.1 < float(wait_exceeds(beds, load * (1 + 1e-9), 14, 180))


def test_the_occupancy_rule_hides_what_it_turns_away() -> None:
    use = use_of_unit(RULE, 4, 0.85 * 4 * 365 / 180, 180)
    assert use.occupancy == pytest.approx(0.85)
    assert use.turned_away > 0.2
    assert use_of_unit(LOSS, 0, 1, 180).occupancy == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "hope"},
        {"demand_cv": -0.1},
        {"demand_cv": 1.5},
        {"turned_away": 0},
        {"turned_away": 1},
        {"wait_days": -1},
        {"wait_probability": True},
        {"occupancy": 1.1},
        {"wait_days": math.nan},
    ],
)
def test_a_promise_is_checked(fields: dict[str, object]) -> None:
    with pytest.raises(DataError):
        Promise(**fields)  # type: ignore[arg-type]  # what is tested


MONEY = Finance(
    unit_dkk_per_year=6e6,
    bed_dkk_per_year=350_000,
    occupied_day_dkk=900,
    day_rate_dkk=4_800,
    grant_dkk_per_year=100_000,
    building_dkk_per_bed=1.98e6,
    interest=0.03,
    years=30,
)


def test_money_is_what_the_sums_say() -> None:
    # Ten beds, 20 stays of 180 days: 3,600 occupied days.
    assert float(MONEY.yearly_cost(10, 20, 180)) == 6e6 + 3.5e6 + 900 * 3_600
    assert float(MONEY.yearly_income(20, 180)) == 4_800 * 3_600 + 100_000
    assert float(MONEY.building_cost(10)) == 19.8e6
    # The annuity of 3 % over 30 years from any table: 0.05102.
    assert MONEY.annuity == pytest.approx(0.0510193, abs=1e-7)
    assert float(MONEY.full_cost(10, 20, 180)) == pytest.approx(9.5e6 + 3.24e6 + 19.8e6 * MONEY.annuity)
    assert Finance(interest=0, years=20).annuity == 0.05


def test_break_even_is_where_income_meets_cost() -> None:
    stays = float(MONEY.break_even_stays(10, 180))
    assert float(MONEY.yearly_income(stays, 180)) == pytest.approx(float(MONEY.yearly_cost(10, stays, 180)))
    assert float(Finance(grant_dkk_per_year=1e9).break_even_stays(10, 180)) == 0
    assert math.isinf(float(Finance(unit_dkk_per_year=1, occupied_day_dkk=2, day_rate_dkk=1).break_even_stays(3, 180)))
    assert float(Finance().break_even_stays(3, 180)) == 0


def test_the_ceiling_says_which_sizes_can_both_keep_the_promise_and_pay() -> None:
    table = ceiling(LOSS, MONEY, range(4, 31), 180).set_index("beds")
    assert not table.loc[4, "viable"]
    assert table.loc[20, "viable"]
    assert table.loc[8, "highest_occupancy"] == pytest.approx(0.54, abs=0.005)
    least = int(table.index[table["viable"]].min())
    assert table.loc[least, "occupancy_needed"] <= table.loc[least, "highest_occupancy"]
    assert table.loc[least - 1, "occupancy_needed"] > table.loc[least - 1, "highest_occupancy"]
    dear = ceiling(RULE, Finance(unit_dkk_per_year=1, day_rate_dkk=1, occupied_day_dkk=2), [5], 180)
    assert math.isinf(dear["occupancy_needed"].iloc[0])


@pytest.mark.parametrize(
    "fields", [{"years": 0}, {"interest": 1}, {"day_rate_dkk": math.inf}, {"unit_dkk_per_year": -1}, {"counts": "most"}]
)
def test_prices_are_checked(fields: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        Finance(**fields)


def test_offered_load_is_beds_filled_on_average() -> None:
    assert float(offered_load(365 / 180, 180)) == 1


@pytest.mark.parametrize(
    ("stays", "day_rate", "grant"),
    [
        (20, 4_800, 0),
        (6, 4_800, 0),
        (20, 900, 0),
        (20, 500, 12e6),
        (20, 4_800, 12e6),
        (20, 4_800, 7.5e6),
        (0, 4_800, 0),
    ],
)
def test_the_loss_of_the_filling_years_is_the_area_of_the_losses(stays: float, day_rate: float, grant: float) -> None:
    money = Finance(
        unit_dkk_per_year=5e6,
        bed_dkk_per_year=0.3e6,
        occupied_day_dkk=900,
        day_rate_dkk=day_rate,
        grant_dkk_per_year=grant,
        filling_years=2.5,
    )

    def lost(year: float) -> float:
        now = stays * year / 2.5
        return max(0.0, float(money.yearly_cost(10, now, 180) - money.yearly_income(now, 180)))

    exact = integrate.quad(lost, 0, 2.5, limit=500)[0]
    assert float(money.startup_loss(10, stays, 180)) == pytest.approx(exact, rel=1e-6, abs=1)
    assert float(Finance(unit_dkk_per_year=5e6).startup_loss(10, stays, 180)) == 0


@pytest.mark.parametrize("cv", [0.0, 0.2])
@pytest.mark.parametrize("kind", ["loss", "wait"])
def test_the_greatest_load_is_that_of_plain_bisection(kind: Any, cv: float) -> None:
    promise, beds = Promise(kind=kind, turned_away=0.03, demand_cv=cv), np.arange(25.0)
    low, high = np.zeros(25), 2 * beds + 2
    for _ in range(60):
        middle = (low + high) / 2
        if kind == "loss":
            kept = turned_away(promise, beds, middle) <= promise.turned_away
        else:
            kept = (middle < beds) & (late(promise, beds, middle, 180) <= promise.wait_probability)
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    assert greatest_load(promise, beds, 180) == pytest.approx(low, rel=1e-12, abs=1e-12)
