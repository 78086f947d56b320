"""Promises and prices against sums done by hand: every branch, and every edge of what is accepted."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

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
from capacity.problem.promise import _loads_between, admitted_stays, loads_in_doubt, stays_for_admitted
from capacity.tolerances import SUMS

LOSS = Promise(kind="loss", turned_away=0.05)
WAIT = Promise(kind="wait", wait_days=14, wait_probability=0.1)
RULE = Promise(kind="occupancy", occupancy=0.8)


# --- what is accepted ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["turned_away", "wait_probability", "occupancy"])
@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, True, "0.1", math.nan, math.inf, None])
def test_a_share_lies_between_nothing_and_all(name: str, share: Any) -> None:
    with pytest.raises(DataError) as caught:
        Promise(**{name: share})
    assert [f.column for f in caught.value.findings] == [name]


def test_edges_of_a_promise() -> None:
    assert Promise(occupancy=1.0).occupancy == 1
    for name in ("turned_away", "wait_probability"):
        with pytest.raises(DataError):
            Promise(**{name: 1.0})
        assert getattr(Promise(**{name: 0.999}), name) == 0.999
    assert Promise(wait_days=0).wait_days == 0
    assert Promise(demand_cv=0).demand_cv == 0 and Promise(demand_cv=1).demand_cv == 1
    for wrong in ({"demand_cv": 1.001}, {"demand_cv": -0.001}, {"demand_cv": True}, {"wait_days": -0.001}):
        with pytest.raises(DataError):
            Promise(**wrong)  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"interest": 0.999}, True),
        ({"interest": 1.0}, False),
        ({"years": 0.5}, True),
        ({"years": 0}, False),
        ({"years": 1}, True),
        ({"day_rate_dkk": 0}, True),
        ({"day_rate_dkk": -1e-9}, False),
        ({"day_rate_dkk": True}, False),
        ({"day_rate_dkk": "1"}, False),
        ({"day_rate_dkk": None}, False),
        ({"day_rate_dkk": math.nan}, False),
        ({"filling_years": 0}, True),
        ({"unit_dkk_per_year": 5}, True),
    ],
)
def test_edges_of_prices(fields: dict[str, Any], fits: bool) -> None:
    if fits:
        assert Finance(**fields)
        return
    with pytest.raises(DataError) as caught:
        Finance(**fields)
    assert [f.column for f in caught.value.findings] == list(fields)


# --- Erlang's formulas -----------------------------------------------------------------------------


def test_erlang_b_by_hand() -> None:
    assert erlang_b([0, 1, 2, 3], 2.0) == pytest.approx([1, 2 / 3, 2 / 5, 4 / 19])
    assert erlang_b(2, [0.0, 1.0]).tolist() == [0.0, 0.2]
    assert erlang_b(0, 0.0) == 1 and erlang_b([], []).shape == (0,)


def test_erlang_c_by_hand() -> None:
    # k B / (k - a (1 - B)): 2 beds and a load of 1 lose 1/5, and let a third wait.
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c([1, 1, 1], [0.5, 1.0, 3.0]) == pytest.approx([0.5, 1, 1])
    # C exp(-(k - a) T / L)
    assert wait_exceeds(2, 1.0, 90, 180) == pytest.approx(math.exp(-0.5) / 3)
    assert wait_exceeds(2, 2.5, 90, 180) == 1


def test_shares_of_women_where_the_load_is_known() -> None:
    assert turned_away(LOSS, 2, 1.0) == pytest.approx(0.2)
    assert waiting(WAIT, [2, 2, 2], [1.0, 2.0, 3.0]) == pytest.approx([1 / 3, 1, 1])
    assert late(WAIT, 2, 1.0, 180) == pytest.approx(math.exp(-14 / 180) / 3)
    assert late(WAIT, [2, 2], [2.0, 9.0], 180).tolist() == [1, 1]


def test_shares_of_women_where_the_load_is_in_doubt() -> None:
    doubt = Promise(kind="wait", wait_days=14, demand_cv=0.25)
    # Without beds everybody waits; without a load nobody does; where the load is far beyond the beds all do.
    assert waiting(doubt, [0, 3, 3], [1.0, 0.0, 30.0]) == pytest.approx([1, 0, 1])
    assert late(doubt, [0, 3, 3], [1.0, 0.0, 30.0], 180) == pytest.approx([1, 0, 1])
    assert waiting(doubt, 0, 0.0) == 1
    assert (waiting(doubt, [2, 4], [2.0, 2.0]) <= 1).all()
    # More doubt, more women who are turned away.
    lost = [float(turned_away(Promise(demand_cv=cv), 8, 4.0)) for cv in (0.0, 0.1, 0.25, 0.6, 1.0)]
    assert lost == sorted(lost) and lost[0] == pytest.approx(float(erlang_b(8, 4.0)))
    assert lost[1] == pytest.approx(lost[0], rel=0.15)


# --- how many stays a unit carries -----------------------------------------------------------------


def test_the_greatest_load_by_hand() -> None:
    # One bed loses a / (1 + a): 5 % at a load of 1/19.
    assert greatest_load(LOSS, 1, 180) == pytest.approx(1 / 19)
    assert greatest_load(LOSS, [0, 1], 180).tolist() == pytest.approx([0, 1 / 19])
    assert greatest_load(RULE, [0, 1, 10], 180).tolist() == pytest.approx([0, 0.8, 8])
    # One bed: a wait longer than T has the chance a exp(-(1 - a) T / L).
    a = float(greatest_load(WAIT, 1, 180))
    assert a * math.exp(-(1 - a) * 14 / 180) == pytest.approx(0.1) and a < 1
    generous = Promise(turned_away=0.9)
    # Half of all women, and more, may be turned away: a unit's load is beyond its beds.
    load = float(greatest_load(generous, 3, 180))
    assert load > 3 and erlang_b(3, load) == pytest.approx(0.9)
    assert greatest_stays(RULE, 10, 180) == pytest.approx(8 * 365 / 180)
    patient = Promise(kind="wait", wait_days=1000, wait_probability=0.99)
    assert 2.9 < greatest_load(patient, 3, 180) < 3


def test_stays_by_beds_by_hand() -> None:
    table = stays_by_beds(RULE, 4, 73)
    assert table.tolist() == pytest.approx([0, 4, 8, 12, 16])
    # Only waiting depends on how long a stay is, beyond its own length.
    assert stays_by_beds(LOSS, 9, 90) == pytest.approx(2 * stays_by_beds(LOSS, 9, 180))
    twice = 2 * stays_by_beds(WAIT, 9, 180)
    assert (stays_by_beds(WAIT, 9, 90)[2:] > twice[2:] * 1.001).all()
    many = stays_by_beds(RULE, 260, 365)
    assert len(many) == 261 and many == pytest.approx(0.8 * np.arange(261))
    # Enough for everybody: what more beds carry is not worked out.
    enough = stays_by_beds(RULE, 260, 365, 90.0)
    assert len(enough) == 261 and enough[:151] == pytest.approx(0.8 * np.arange(151))
    assert (enough[151:] == enough[150]).all() and enough[150] >= 90
    assert stays_by_beds(RULE, 260, 365, 1.0)[101:].tolist() == [enough[100]] * 160
    assert stays_by_beds(RULE, 100, 365).tolist() == many[:101].tolist()
    # At a hundred beds exactly 80: more are worked out for those who are more.
    assert stays_by_beds(RULE, 120, 365, 80.0)[101] == stays_by_beds(RULE, 120, 365, 80.0)[100]
    assert stays_by_beds(RULE, 120, 365, 80.1)[101] == pytest.approx(80.8)


def test_the_fewest_beds_by_hand() -> None:
    assert [smallest_beds(RULE, stays, 365, 10) for stays in (0.0, 0.8, 0.81, 8.0, 8.1)] == [0, 1, 2, 10, None]
    # What sums are off by is no further bed.
    assert smallest_beds(RULE, 0.8 * (1 + 1e-13), 365, 10) == 1 and smallest_beds(RULE, 0.8 * (1 + 1e-9), 365, 10) == 2


def test_the_use_of_a_unit_by_hand() -> None:
    # 4 stays of 182.5 days are a load of 2.
    use = use_of_unit(LOSS, 3, [4.0, 0.0], 182.5)
    lost = 4 / 19
    assert use.turned_away == pytest.approx([lost, 0])
    assert use.occupancy == pytest.approx([2 * (1 - lost) / 3, 0])
    assert use.waiting == pytest.approx([3 * lost / (3 - 2 * (1 - lost)), 0])
    assert use.late[0] == pytest.approx(use.waiting[0] * math.exp(-1 * 7 / 182.5))
    everybody_waits = use_of_unit(WAIT, 3, 4.0, 182.5)
    assert everybody_waits.occupancy == pytest.approx(2 / 3)
    assert use_of_unit(LOSS, 0, [4.0, 1.0], 182.5).occupancy.tolist() == [0, 0]
    assert use_of_unit(LOSS, 1, 2.0, 182.5).occupancy == pytest.approx(0.5)
    assert offered_load([0.0, 2.0], 182.5).tolist() == [0, 1]


# --- money -------------------------------------------------------------------------------------------


def test_an_annuity_pays_a_sum_off() -> None:
    money = Finance(interest=0.05, years=2, building_dkk_per_bed=1_000.0)
    left = 1_000.0
    for _ in range(2):
        left = left * 1.05 - 1_000 * money.annuity
    assert left == pytest.approx(0, abs=1e-9)
    assert Finance(interest=0, years=4).annuity == 0.25
    assert float(money.building_annuity(3)) == pytest.approx(3_000 * money.annuity)


def test_break_even_by_hand() -> None:
    # 10 a day over 100 days leave 1,000 a stay; a unit of 2 beds costs 3,000 and 2 x 500.
    money = Finance(unit_dkk_per_year=3_000, bed_dkk_per_year=500, occupied_day_dkk=5, day_rate_dkk=15)
    assert money.break_even_stays([0, 2], 100).tolist() == [3, 4]
    granted = Finance(
        unit_dkk_per_year=3_000, bed_dkk_per_year=500, occupied_day_dkk=5, day_rate_dkk=15, grant_dkk_per_year=3_500
    )
    assert granted.break_even_stays([0, 2], 100).tolist() == [0, 0.5]
    # A stay that leaves half a krone over leaves something over.
    barely = Finance(unit_dkk_per_year=3_000, occupied_day_dkk=5, day_rate_dkk=5.005)
    assert float(barely.break_even_stays(0, 100)) == pytest.approx(6_000)
    nothing = Finance(unit_dkk_per_year=3_000, occupied_day_dkk=5, day_rate_dkk=5, grant_dkk_per_year=3_000)
    assert nothing.break_even_stays([0], 100).tolist() == [0]
    less = Finance(
        unit_dkk_per_year=3_000, bed_dkk_per_year=1, occupied_day_dkk=5, day_rate_dkk=5, grant_dkk_per_year=3_000
    )
    assert less.break_even_stays([0, 1], 100).tolist() == [0, math.inf]


def test_the_loss_of_the_filling_years_by_hand() -> None:
    money = Finance(unit_dkk_per_year=3_000, occupied_day_dkk=5, day_rate_dkk=15, filling_years=2)
    # Two years from 3,000 a year missing to 1,000 missing; to 3,000 over; without a stay.
    assert money.startup_loss(0, [2, 6, 0], 100).tolist() == pytest.approx([4_000, 1_500, 6_000])
    even = Finance(unit_dkk_per_year=3_000, occupied_day_dkk=5, day_rate_dkk=5, filling_years=2)
    assert float(even.startup_loss(0, 6, 100)) == 6_000
    granted = Finance(occupied_day_dkk=15, day_rate_dkk=5, grant_dkk_per_year=1_000, filling_years=2)
    # Each stay costs 1,000: from 1,000 over to 1,000 missing.
    assert float(granted.startup_loss(0, 2, 100)) == pytest.approx(500)


@pytest.mark.parametrize("promise", [LOSS, WAIT, RULE])
def test_a_ceiling_says_how_full_a_size_can_be_and_must_be(promise: Promise) -> None:
    money = Finance(unit_dkk_per_year=1_000_000, bed_dkk_per_year=1, occupied_day_dkk=500, day_rate_dkk=1_500)
    every = ceiling(promise, dataclasses.replace(money, counts="all"), [3, 9], 182.5).set_index("beds")
    table = ceiling(promise, money, [3, 9], 182.5).set_index("beds")
    for beds in (3, 9):
        paid = (1_000_000 + beds) / 1_000 / 182.5
        assert every.loc[beds, "break_even_stays"] == pytest.approx(paid)
        needed = paid
        if promise.kind == "loss":
            # Whoever is turned away pays nobody: of so many stays just those that pay find a bed.
            needed = float(brentq(lambda x: x * (1 - erlang_b(beds, x / 2)) - paid, paid, 100 * paid, xtol=1e-12))  # noqa: B023
        load = float(greatest_load(promise, beds, 182.5))
        row = table.loc[beds]
        assert row["break_even_stays"] == pytest.approx(needed)
        assert row["greatest_stays"] == pytest.approx(load * 2)
        assert bool(row["viable"]) is bool(needed <= load * 2)
        for name, offered in (("occupancy_needed", needed / 2), ("highest_occupancy", load)):
            carried = offered * (1 - float(erlang_b(beds, offered))) if promise.kind == "loss" else offered
            assert row[name] == pytest.approx(carried / beds)
    poor = Finance(unit_dkk_per_year=1, occupied_day_dkk=500, day_rate_dkk=500)
    assert ceiling(promise, poor, 3, 182.5)["occupancy_needed"].tolist() == [math.inf]


# --- who is admitted -------------------------------------------------------------------------------


def test_one_bed_admits_by_hand() -> None:
    # Of x stays of half a year, one bed (a = x / 2) turns a / (1 + a) away.
    assert admitted_stays(LOSS, 1, [0, 2, 6], 182.5).tolist() == pytest.approx([0, 1, 1.5])
    assert admitted_stays(WAIT, 1, [2, 6], 182.5).tolist() == [2, 6]
    for promise in (WAIT, RULE):
        assert stays_for_admitted(promise, [1, 3], 5.0, 182.5).tolist() == [5, 5]
    wanted = np.array([0.0, 1.0, 1.5, 1.9, 1.999])
    assert stays_for_admitted(LOSS, 1, wanted, 182.5).tolist() == pytest.approx((wanted / (1 - wanted / 2)).tolist())
    # A bed holds no more than two such stays a year, whoever comes; two beds hold three.
    most = 2 * (1 - SUMS / 2)
    assert (
        stays_for_admitted(LOSS, [1, 1, 1, 2, 0], [2.0, 2.5, most, 3.0, 0.5], 182.5)[[0, 1, 2, 4]].tolist()
        == [math.inf] * 4
    )
    two = float(stays_for_admitted(LOSS, 2, 3.0, 182.5))
    assert float(admitted_stays(LOSS, 2, two, 182.5)) == pytest.approx(3.0, rel=1e-12)
    # The fewest to the last bit: so many are admitted of them, and not of a millionth of a millionth fewer.
    assert float(admitted_stays(LOSS, 2, two, 182.5)) >= 3.0 > float(admitted_stays(LOSS, 2, two * (1 - 1e-14), 182.5))
    far = float(stays_for_admitted(LOSS, 1, 2 * (1 - 1e-4), 182.5))
    assert far == pytest.approx((2 - 2e-4) * 1e4, rel=1e-7)


@pytest.mark.parametrize(("beds", "load", "cv"), [(8, 4.0, 0.25), (3, 2.0, 0.6), (20, 26.0, 0.05), (60, 40.0, 0.5)])
def test_those_turned_away_in_doubt_are_a_mean_over_the_gamma_law(beds: int, load: float, cv: float) -> None:
    from scipy import integrate, stats

    law = stats.gamma(cv**-2, scale=load * cv**2)
    ends = (float(law.ppf(1e-15)), float(law.isf(1e-15)))
    lost = integrate.quad(lambda a: law.pdf(a) * a * float(erlang_b(beds, a)), *ends, limit=400, epsabs=1e-13)[0]
    found = float(turned_away(Promise(demand_cv=cv), beds, load))
    assert found == pytest.approx(lost / load, abs=1e-10)


def test_what_is_remembered_cannot_be_changed() -> None:
    assert not any(part.flags.writeable for part in loads_in_doubt(0.25))
    assert not _loads_between(LOSS, 0, 5, 1.0).flags.writeable
    given = stays_by_beds(LOSS, 5, 180)
    given[:] = 0
    assert stays_by_beds(LOSS, 5, 180)[5] > 0
