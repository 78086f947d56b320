"""The split of a national figure: by weight, by relative risk, by own counts of which no small one is known."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity as cap
from capacity import DataError
from capacity.problem.counts import Known, expected_counts, log_likelihood, nested, pools
from capacity.problem.splitting import (
    blend,
    counted,
    empirical_bayes_split,
    exact_parts,
    relative_risk,
    weight_split,
    with_weight,
)
from capacity.report.files import write_plan
from capacity.report.phrases import phrases
from tests.cases import edit_text, small_case


def test_sums_are_kept_exactly() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        parts = exact_parts(90.0, rng.random(98))
        assert math.fsum(parts) == 90.0


def test_a_split_by_weight_and_by_relative_risk() -> None:
    assert weight_split(["A", "B"], [1, 3]).share.tolist() == [0.25, 0.75]
    split = relative_risk(["A", "B"], [1, 3], [3, 1])
    assert split.women(12).tolist() == [6, 6]
    assert split.relative == pytest.approx([2, 2 / 3])
    assert split.scenarios(12, id="x").women.tolist() == [[6, 6]]
    with pytest.raises(DataError):
        split.scenarios(0)


def test_counts_are_shrunk_towards_the_weight() -> None:
    ids, counts, weight = ["A", "B", "C"], [8, 0, 4], [1.0, 1, 2]
    strong = empirical_bayes_split(ids, counts, weight, strength=1e9)
    assert strong.share == pytest.approx([0.25, 0.25, 0.5])
    weak = empirical_bayes_split(ids, counts, weight, strength=1e-9)
    assert weak.share == pytest.approx([8 / 12, 0, 4 / 12], abs=1e-6)
    # Strength 3: expected 3, 3, 6; (3 + 8) / (3 + 3), (3 + 0) / 6, (3 + 4) / 9.
    middle = empirical_bayes_split(ids, counts, weight, strength=3)
    assert middle.relative == pytest.approx([11 / 6, 0.5, 7 / 9])
    assert middle.shrinkage == pytest.approx([0.5, 0.5, 1 / 3])
    assert list(middle.table["count"]) == [8, 0, 4]


def test_the_likeliest_strength_is_large_where_counts_follow_the_weight() -> None:
    rng = np.random.default_rng(0)
    weight = rng.random(300) + 0.2
    ids = [str(k) for k in range(300)]
    alike = empirical_bayes_split(ids, rng.poisson(weight * 5), weight)
    rates = rng.gamma(2.0, 1 / 2.0, 300)
    uneven = empirical_bayes_split(ids, rng.poisson(weight * 5 * rates), weight)
    assert alike.strength > 20
    assert uneven.strength == pytest.approx(2.0, rel=0.35)


@pytest.mark.parametrize(
    ("counts", "weight", "strength", "said"),
    [
        ([1.5, 2], [1, 1], None, "whole numbers"),
        ([1, 2], [0, 1], None, "above zero where"),
        ([1, 2], [1, 1], -1.0, "strength"),
        ([-1, 2], [1, 1], None, "not negative"),
        ([0, 0], [1, 1], None, "above zero"),
        ([1], [1, 1], None, "one value"),
    ],
)
def test_a_split_is_checked(counts: Any, weight: Any, strength: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        empirical_bayes_split(["A", "B"], counts, weight, strength=strength)


def test_counts_come_in_the_form_of_the_questionnaire() -> None:
    table = pd.DataFrame(
        {
            "code": ["A", "B", "A", "B"],
            "year": [2018, 2018, 2017, 2017],
            "residential": [4, 0, 1, 2],
            "any_treatment": 9,
        }
    )
    assert counted(table, ["A", "B"]).tolist() == [[1, 4], [2, 0]]
    with pytest.raises(DataError, match="needed"):
        counted(table.drop(columns="year"), ["A", "B"])
    with pytest.raises(DataError, match="every id"):
        counted(table.iloc[:3], ["A", "B"])


# --- small counts are counted together -------------------------------------------------------


def groups(pool: Any) -> list[list[int]]:
    return sorted(np.flatnonzero(pool == k).tolist() for k in np.unique(pool))


@pytest.mark.parametrize(
    ("counts", "region", "expected"),
    [
        ([9, 7, 5], "WWE", [[0], [1], [2]]),  # no count is small
        ([9, 3, 2, 5], "WWWE", [[0, 1, 2, 3]]),  # E alone is too few points: it goes with W
        ([9, 7, 8, 5, 0, 4], "WWWEEE", [[0], [1], [2], [3, 4, 5]]),  # no single count of a region that has a small one
        ([9, 7, 8, 4, 0, 0], "WWWEEE", [[0, 1, 2, 3, 4, 5]]),  # E counts 4: W's sum beside that of all would tell it
        ([9, 0, 0, 5, 0, 0], "WWWEEE", [[0, 1, 2], [3, 4, 5]]),
        (
            [9, 0, 0, 5, 0, 0, 7, 7],
            "WWWEEEFF",
            [[0, 1, 2, 6, 7], [3, 4, 5]],
        ),  # F is too few points: it goes with the next by name
        (
            [9, 0, 0, 5, 0, 0, 7, 7],
            "FFFEEEWW",
            [[0, 1, 2, 6, 7], [3, 4, 5]],
        ),  # W is the last: it goes with the one before
    ],
)
def test_small_counts_are_put_together(counts: list[int], region: str, expected: list[list[int]]) -> None:
    levels = nested([region], len(counts))
    pool = pools([np.array(counts, dtype=float)], levels, 5)
    assert groups(pool) == expected
    assert groups(pools([np.array(counts, dtype=float)], levels, 0)) == [[k] for k in range(len(counts))]


def test_fewer_women_than_the_limit_in_all_are_no_counts() -> None:
    said = []
    for counts in ([0, 1, 3], [0, 0, 0]):
        with pytest.raises(DataError, match="somebody was counted: 5 women or more") as caught:
            empirical_bayes_split(["A", "B", "C"], counts, [1.0, 1, 2], smallest=5)
        said.append(str(caught.value))
    assert said[0] == said[1]


cells = st.lists(st.tuples(st.integers(0, 12), st.sampled_from("WEF")), min_size=2, max_size=14).filter(
    lambda c: sum(y for y, _ in c) >= 5
)


@settings(deadline=None)
@given(cells)
def test_no_pool_is_small(drawn: list[tuple[int, str]]) -> None:
    counts = np.array([y for y, _ in drawn], dtype=float)
    together = groups(pools([counts], nested([[r for _, r in drawn]], len(drawn)), 5))
    for members in together:
        assert counts[members].sum() >= 5
        assert len(members) in (1, len(counts)) or len(members) >= 3
    assert sorted(k for g in together for k in g) == list(range(len(counts)))


@settings(deadline=None, max_examples=40)
@given(cells, st.randoms(use_true_random=False))
def test_how_a_pool_is_made_up_changes_nothing(drawn: list[tuple[int, str]], chance: Any) -> None:
    # Women moved between the points of a pool, none of which ends large: the same split to the last bit.
    counts, region = np.array([y for y, _ in drawn], dtype=float), [r for _, r in drawn]
    ids, weight = [str(k) for k in range(len(counts))], np.arange(1.0, len(counts) + 1)
    pool = pools([counts], nested([region], len(counts)), 5)
    moved = counts.copy()
    for _ in range(20):
        one, other = chance.randrange(len(counts)), chance.randrange(len(counts))
        if (
            one != other
            and region[one] == region[other]
            and pool[one] == pool[other]
            and 0 < moved[one] < 5
            and moved[other] < 4
        ):
            moved[one] -= 1
            moved[other] += 1
    first, second = (empirical_bayes_split(ids, y, weight, smallest=5, region=region) for y in (counts, moved))
    for name in ("share", "count", "expected", "shrinkage", "relative"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
    assert first.counted == counts.sum()
    assert first.count.sum() == pytest.approx(counts.sum())


def negative_binomial(count: int, mean: float, strength: float) -> float:
    """P(count), theta ~ Gamma(strength, 1 / strength), written from its definition."""
    if mean == 0:
        return float(count == 0)
    size = math.lgamma(strength + count) - math.lgamma(strength) - math.lgamma(count + 1)
    return math.exp(size) * (strength / (strength + mean)) ** strength * (mean / (strength + mean)) ** count


@pytest.mark.parametrize("strength", [0.3, 2.0, 50.0])
def test_what_is_known_of_a_pool_against_every_way_it_may_be_made_up(strength: float) -> None:
    # 7, 6 and 8 of W stand alone; 1, 0, 5 and 3 of E are known by their sum.
    counts, region = np.array([7.0, 6, 8, 1, 0, 5, 3]), "WWWEEEE"
    known = Known.of(counts, nested([region], 7), 5)
    assert known is not None and groups(known.pool) == [[0], [1], [2], [3, 4, 5, 6]]
    expected = np.array([4.0, 5, 9, 1, 2, 3, 0.5])
    total, means = 0.0, np.zeros(4)
    for ways in itertools.product(range(10), repeat=4):
        if sum(ways) == 9:
            chance = math.prod(negative_binomial(y, m, strength) for y, m in zip(ways, expected[3:], strict=True))
            total += chance
            means += chance * np.array(ways)
    alone = sum(math.log(negative_binomial(int(y), m, strength)) for y, m in zip(counts[:3], expected, strict=False))
    assert log_likelihood(known, expected, strength) == pytest.approx(alone + math.log(total))
    assert expected_counts(known, expected, strength) == pytest.approx([7, 6, 8, *(means / total)])


@pytest.mark.parametrize(("strength", "off"), [(0.5, 0.25), (4.0, 0.05), (300.0, 0.01)])
def test_many_women_in_a_pool_are_told_by_mean_and_variance(
    strength: float, off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Known.of(np.array([0.0, 350, 450, 9, 9, 9]), nested(["WWWEEE"], 6), 5)
    assert known is not None and known.total.max() == 800
    expected = np.array([100.0, 300, 300, 9, 9, 9])
    exact = log_likelihood(known, expected, strength), expected_counts(known, expected, strength)
    monkeypatch.setattr("capacity.problem.counts.MOST_EXACT", 700)
    close = log_likelihood(known, expected, strength), expected_counts(known, expected, strength)
    assert close[0] == pytest.approx(exact[0], abs=0.2)
    assert close[1] == pytest.approx(exact[1], rel=off)
    assert close[1][:3].sum() == pytest.approx(800)


def test_small_counts_put_together_lie_between_the_weight_and_the_counts() -> None:
    rng = np.random.default_rng(3)
    weight, region, council = rng.random(98) + 0.2, [str(k % 5) for k in range(98)], [str(k % 20) for k in range(98)]
    ids, levels = tuple(str(k) for k in range(98)), nested([region, council], 98)
    off = np.zeros(3)
    for true in (1.5, 1.5, 1.5, 6.0, 6.0, 6.0):
        rates = rng.gamma(true, 1 / true, 98)
        counts = rng.poisson(weight / weight.sum() * 900 * rates).astype(float)
        whole, known = empirical_bayes_split(ids, counts, weight), Known.of(counts, levels, 5)
        assert known is not None
        pooled = blend(ids, known, weight)
        # Put together they do not look more uneven than they are.
        assert pooled.strength > 0.5 * whole.strength
        truth = weight * rates / (weight @ rates)
        off += [np.abs(s - truth).sum() for s in (whole.share, pooled.share, weight / weight.sum())]
    assert off[0] < off[1] < 0.95 * off[2]


def test_a_pool_by_hand() -> None:
    # A, B and C of W count 6 together and are equally expected, so 2 each; D, E and F count 6 each.
    ids, region = list("ABCDEF"), "WWWEEE"
    split = empirical_bayes_split(ids, [2, 4, 0, 6, 6, 6], [1.0, 1, 1, 3, 3, 3], strength=4, smallest=5, region=region)
    assert split.count == pytest.approx([2, 2, 2, 6, 6, 6])
    assert split.relative == pytest.approx([1] * 6)
    assert split.shrinkage == pytest.approx([2 / 3] * 3 + [0.4] * 3)
    assert (split.counted, split.mean_shrinkage) == (24, pytest.approx(2 / 3 * 0.25 + 0.4 * 0.75))
    assert list(split.table["pool"]) == ["A", "A", "A", "D", "E", "F"]
    assert list(split.table["pool_count"]) == [6, 6, 6, 6, 6, 6]
    assert "pool" not in weight_split(["A"], [1]).table
    assert math.isnan(weight_split(["A"], [1]).counted)


def test_a_sum_of_all_tells_nothing_of_one_point_beside_another() -> None:
    split = empirical_bayes_split(["A", "B", "C"], [2, 4, 6], [1.0, 1, 2], smallest=5)
    assert split.share.tolist() == [0.25, 0.25, 0.5]
    assert split.count.tolist() == [3, 3, 6] and split.counted == 12


def test_another_weight_is_blended_with_the_same_counts() -> None:
    ids, counts, region = list("ABCDEF"), [2, 4, 6, 9, 8, 7], "WWWEEE"
    first = empirical_bayes_split(ids, counts, [1.0, 1, 2, 2, 1, 1], smallest=5, region=region)
    again = with_weight(first, [2.0, 1, 1, 1, 1, 2])
    expected = empirical_bayes_split(ids, counts, [2.0, 1, 1, 1, 1, 2], smallest=5, region=region)
    assert again.share.tolist() == expected.share.tolist()
    assert with_weight(weight_split(ids, [1] * 6), [2.0, 1, 1, 0, 0, 0]).share[:3] == pytest.approx([0.5, 0.25, 0.25])
    # Whatever was counted in A: to accept a weight of zero there would tell that nobody was.
    for weight in ([0.0, 1, 1, 1, 1, 1], [1.0, 1, 1, 0, 1, 1]):
        with pytest.raises(DataError, match="above zero where"):
            with_weight(first, weight)
    alone = empirical_bayes_split(ids, [0, 4, 6, 9, 8, 7], [1.0] * 6)
    assert with_weight(alone, [0.0, 1, 1, 1, 1, 1]).share[0] == 0
    with pytest.raises(DataError, match="above zero where"):
        with_weight(alone, [1.0, 0, 1, 1, 1, 1])


# --- from case.toml --------------------------------------------------------------------------

FORM = """code,year,any_treatment,residential
A,2018,5,2
A,2019,4,1
B,2018,1,1
B,2019,0,0
C,2018,7,4
C,2019,9,5
"""


def counted_case(folder: Path, more: str = "", counts: str = FORM) -> Path:
    case = small_case(
        folder,
        counts__csv=counts,
        municipalities__csv="code,name,land,people,risk\nA,Alby,N,10,2\nB,Broby,N,20,1\nC,Colding,S,30,1\n",
    )
    edit_text(case / "case.toml", 'weight = "people"', f'weight = "people"\n{more}')
    return case


def test_a_case_is_split_by_its_own_counts(tmp_path: Path) -> None:
    case = counted_case(
        tmp_path / "case", 'counts = "counts.csv"  # questionnaire, theme 1.1\n[privacy]\nsmallest_count = 0'
    )
    problem = cap.read_case(case)
    expected = empirical_bayes_split(["A", "B", "C"], [3, 1, 9], [10, 20, 30]).women(30)
    assert problem.women[0].tolist() == expected.tolist()
    assert math.fsum(problem.women[0]) == 30
    assert problem.notices == ()
    assert problem.sources["demand.counts"] == "questionnaire, theme 1.1"
    treated = counted_case(tmp_path / "treated", 'counts = "counts.csv"\ncounted = "any_treatment"')
    assert cap.read_case(treated).split is not None
    assert cap.read_case(treated).split.counted == 26  # type: ignore[union-attr]
    chosen = cap.read_case(treated, {"demand.counted": "residential"})
    assert chosen.split is not None and chosen.split.counted == 13
    edit_text(treated / "case.toml", '"any_treatment"', '"any"')
    with pytest.raises(DataError, match="Found: code, year, any_treatment, residential"):
        cap.read_case(treated)


def test_small_counts_of_a_case_are_counted_together_and_it_is_said(tmp_path: Path) -> None:
    problem = cap.read_case(counted_case(tmp_path / "case", 'counts = "counts.csv"'))
    assert problem.split is not None
    # Fewer than six points are one group.
    assert problem.split.table["pool_count"].tolist() == [13, 13, 13]
    assert problem.split.share == pytest.approx([1 / 6, 1 / 3, 1 / 2])
    # How many counted few is not said: three of three who count 12 are 4 and 4 and 4.
    assert problem.notices[0].startswith("3 of 3 demand points are counted together")
    assert "kan røbe et antal under 5" in str(phrases("da").said(problem.notices[0]))
    with pytest.raises(DataError, match="where the case is read"):
        problem.set("privacy.smallest_count", 3)


def test_years_without_a_row_are_said_and_the_figure_may_come_from_the_counts(tmp_path: Path) -> None:
    lacking = FORM.replace("B,2019,0,0\n", "")
    bare = counted_case(tmp_path / "bare", 'counts = "counts.csv"\n[privacy]\nsmallest_count = 0', lacking)
    assert "1 demand points or years have no row" in cap.read_case(bare).notices[0]
    # With a limit it is said whether there are any or not: the rows left out may be those of nobody.
    case = counted_case(tmp_path / "case", 'counts = "counts.csv"', lacking)
    full = counted_case(tmp_path / "full", 'counts = "counts.csv"')
    assert "without a row in counts.csv is read as zero" in cap.read_case(case).notices[0]
    assert cap.read_case(case).notices == cap.read_case(full).notices
    edit_text(case / "case.toml", "women_per_year = 30     # assumption", "")
    assert cap.read_case(case).scenarios.women_per_year == 6.5


def test_counts_where_the_weight_is_zero_are_a_fault(tmp_path: Path) -> None:
    case = counted_case(tmp_path / "case", 'counts = "counts.csv"')
    edit_text(case / "municipalities.csv", "C,Colding,S,30", "C,Colding,S,0")
    with pytest.raises(DataError, match="above zero where somebody was counted") as caught:
        cap.read_case(case)
    assert caught.value.findings[0].table == "counts.csv"


def test_counts_need_a_weight_to_be_blended_with(tmp_path: Path) -> None:
    case = counted_case(tmp_path / "case", 'counts = "counts.csv"')
    edit_text(case / "case.toml", 'weight = "people"', "")
    with pytest.raises(DataError, match=r"demand\.weight"):
        cap.read_case(case)


def test_a_relative_risk_multiplies_the_weight(tmp_path: Path) -> None:
    case = counted_case(tmp_path / "case", 'relative_risk = "risk"')
    problem = cap.read_case(case)
    assert problem.women[0] == pytest.approx(np.array([20, 20, 30]) * 30 / 70)
    plain = problem.set("demand.relative_risk", False)
    assert plain.women[0] == pytest.approx([5, 10, 15])
    assert plain.set("demand.relative_risk", "risk").women[0].tolist() == problem.women[0].tolist()
    assert problem.set("demand.weight", "risk").women[0] == pytest.approx([20, 5, 5])
    odd = problem.replace(network=problem.network.replace(point_columns={"people": (1.0, 0, 0), "risk": (0.0, 1, 1)}))
    with pytest.raises(DataError, match="above zero"):
        odd.set("demand.relative_risk", "risk")
    bare = problem.replace(weight="unknown", relative_risk="")
    assert bare.set("demand.relative_risk", False) is bare
    with pytest.raises(DataError, match="weight first"):
        bare.set("demand.relative_risk", "risk")
    with pytest.raises(DataError, match="relative risk is a column"):
        problem.set("demand.relative_risk", "risks")
    edit_text(case / "case.toml", '"risk"', '"risks"')
    with pytest.raises(DataError, match="Did you mean 'risk'"):
        cap.read_case(case)


def test_a_weight_set_later_is_blended_with_the_counts_of_the_case(tmp_path: Path) -> None:
    problem = cap.read_case(counted_case(tmp_path / "case", 'counts = "counts.csv"\n[privacy]\nsmallest_count = 0'))
    with pytest.raises(DataError, match="above zero where somebody"):
        problem.replace(network=problem.network.replace(point_columns={"none": (0.0, 0, 1)})).set(
            "demand.weight", "none"
        )
    again = problem.set("demand.weight", "risk")
    expected = empirical_bayes_split(["A", "B", "C"], [3, 1, 9], [2, 1, 1]).women(30)
    assert again.women[0] == pytest.approx(expected)


def test_no_file_of_a_plan_can_tell_how_a_pool_is_made_up(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    # Two cases whose counts differ only inside a pool: every file but for the clock is the same.
    base = "code,year,residential\nA,2018,{a}\nB,2018,{b}\nC,2018,9\n"
    said = []
    for a, b in ((4, 1), (2, 3)):
        case = counted_case(tmp_path / "case", 'counts = "counts.csv"', base.format(a=a, b=b))
        plan = cap.solve(cap.read_case(case))
        folder = tmp_path / f"out-{a}"
        write_plan(plan, folder)
        whole = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        for key in ("started", "seconds", "cpu_seconds"):
            whole["record"].pop(key)
        csvs = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.csv")}
        assert "split.csv" in csvs
        again = cap.read_plan(folder)
        assert again.check() == ()
        assert again.problem.fingerprint == plan.problem.fingerprint
        sheet = openpyxl.load_workbook(plan.workbook(tmp_path / "plan.xlsx"))["split"]
        assert [c.value for c in next(sheet.iter_rows())][:4] == ["point_id", "pool", "pool_count", "count"]
        said.append((whole, csvs))
    assert said[0] == said[1]


def test_the_plan_says_what_the_counts_carry(tmp_path: Path) -> None:
    from capacity.report.words import leans_on

    case = counted_case(
        tmp_path / "case",
        'undetected = 2\nrelative_risk = "risk"\ncounts = "counts.csv"\n[privacy]\nsmallest_count = 0',
    )
    said = {key: words for key, words, _ in leans_on(cap.read_case(case))}
    assert said["demand.women_per_year"] == "30 women a year"
    assert said["demand.undetected"] == "times 2: 60 with the undetected"
    assert said["demand.relative_risk"] == "times the relative risk risk"
    assert said["demand.counts"].startswith("blended with 13 women of your own counts, ")
