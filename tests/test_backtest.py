"""Observed counts beside the scenarios, against closed forms."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

import capacity as cap
from capacity.cli.main import run
from capacity.read import builtin_folder
from capacity.reading.observed import Observed, observed_counts
from capacity.studies.backtest import backtest, tails, unevenness
from tests.cases import copy_of_denmark
from tests.small import towns


def poisson(mean: float, count: int) -> float:
    return math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))


def test_the_counts_of_midtjylland_are_those_of_the_document() -> None:
    found = {o.what: o for o in observed_counts(builtin_folder())}
    assert found["residential"].counts == (4, 0, 3) and found["residential"].years == (2017, 2018, 2019)
    assert found["any treatment"].counts == (11, 9, 19)
    assert found["any treatment"].document == "Midt-2020" and found["any treatment"].total == 39


def test_tails_are_sums_of_the_law() -> None:
    low, high = tails(7, 4.3)
    assert low == pytest.approx(sum(poisson(4.3, k) for k in range(8)))
    assert high == pytest.approx(1 - sum(poisson(4.3, k) for k in range(7)))
    # In doubt: a Poisson count whose mean is gamma-distributed; its chance of none is (1 + m cv^2)^(-1/cv^2).
    assert tails(0, 4.3, cv=0.5)[0] == pytest.approx((1 + 4.3 * 0.25) ** -4)
    assert tails(0, 4.3, cv=1e-4)[0] == pytest.approx(math.exp(-4.3), rel=1e-6)


def test_the_region_gets_its_part_of_each_figure() -> None:
    problem = cap.denmark()
    rows = {(r["what"], r["scenario"]): r for r in backtest(problem, observed_counts(builtin_folder()))}
    referred = rows["residential", "referred-2017"]
    share = problem.women[0][problem.network.point_region_index == problem.network.regions.index("1082")].sum() / 90
    assert referred["expected"] == pytest.approx(3 * 6 * share)
    assert referred["at_most"] == pytest.approx(sum(poisson(3 * 6 * share, k) for k in range(8)))
    assert referred["plausible"] and not rows["residential", "agency-2024"]["plausible"]
    assert rows["any treatment", "treated-2019"]["plausible"]
    # The regions of 2027 keep Midtjylland, so that scenario is tried as well.
    assert ("residential", "regions-2027") in rows


def test_own_small_counts_are_not_shown() -> None:
    own = Observed(region="W", what="residential", years=(2020, 2021), counts=(1, 2))
    (row,) = backtest(towns(), [own])
    assert row["scenario"] == "expected" and row["expected"] == 32
    assert row["counts"] is row["total"] is row["at_most"] is row["probability"] is None
    (shown,) = backtest(towns(), [Observed(region="W", what="residential", years=(2020,), counts=(16,))], cv=0.3)
    assert shown["probability"] == pytest.approx(1, abs=0.1) and shown["plausible"]
    with pytest.raises(cap.DataError, match="region"):
        backtest(towns(), [Observed(region="X", what="residential", years=(2020,), counts=(16,))])


@pytest.mark.parametrize("counts", [(4, 0, 3), (3, 1), (0, 0, 0), (5, 5, 5), (9, 0, 0)])
def test_unevenness_is_counted_over_every_way_the_women_may_fall(counts: tuple[int, ...]) -> None:
    years, total = len(counts), sum(counts)

    def spread(x: tuple[int, ...]) -> float:
        return sum((c - total / years) ** 2 for c in x)

    if total > 9:
        found = unevenness(Observed(region="W", what="", years=tuple(range(years)), counts=counts))
        assert found == pytest.approx(1)  # no years could be more even
        return
    ways = itertools.product(range(years), repeat=total)
    far = sum(spread(tuple(way.count(y) for y in range(years))) >= spread(counts) - 1e-9 for way in ways)
    found = unevenness(Observed(region="W", what="", years=tuple(range(years)), counts=counts))
    assert found == pytest.approx(far / years**total)


def test_unevenness_of_many_women_is_close_to_its_limit() -> None:
    exact, limit = (
        unevenness(Observed(region="W", what="", years=(1, 2, 3), counts=counts))
        for counts in ((14, 26, 20), (15, 26, 20))
    )
    assert exact == pytest.approx(limit, rel=0.35)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("region,what,year,count\n1082,all,2017,-1\n", "not negative"),
        ("region,what,year,count\n1082,all,2017,1.5\n", "whole number"),
        ("region,what,year,count\n1082,all,2017,1\n1082,all,2017,2\n", "stands once"),
        ("region,what,year\n1082,all,2017\n", "count"),
    ],
)
def test_observed_counts_are_checked(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "observed.csv").write_text(text, encoding="utf-8")
    with pytest.raises(cap.DataError, match=said):
        observed_counts(tmp_path)


def test_a_case_without_counts_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = copy_of_denmark(tmp_path)
    (case / "observed.csv").unlink()
    assert observed_counts(case) == ()
    assert run(["robust", str(case), "--scenario", "agency-2024"]) == 0
    assert "plausible" not in capsys.readouterr().out


@pytest.mark.parametrize(("total", "mean"), [(0, 0.3), (7, 4.3), (0, 90.0), (120, 90.0), (400, 350.0), (500, 0.01)])
def test_tails_that_are_added_up_are_those_of_the_distribution(total: int, mean: float) -> None:
    from scipy.special import pdtr, pdtrc

    low, high = tails(total, mean)
    assert low == pytest.approx(pdtr(total, mean), rel=1e-11)
    assert high == pytest.approx(pdtrc(total - 1, mean) if total else 1.0, rel=1e-11)


def test_nobody_expected_and_many_more_than_can_be_added_up() -> None:
    assert tails(0, 0.0) == (1.0, 1.0) and tails(3, 0.0) == (1.0, 0.0)
    assert tails(600, 600.0)[0] == pytest.approx(0.5108, abs=1e-3)
