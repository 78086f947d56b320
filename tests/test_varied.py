"""The random problems vary everything the documentation names, and every pair of it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.varied import FACTORS, TELLS_NOTHING, documented, every_pair, levels_of, pairs_of, question, told

WHERE = "give them values in tests/varied.py (RULES or FACTORS), or say in TELLS_NOTHING why no plan depends on them"

COLUMNS_OF_FILES = {
    "code": "Network.point_ids",
    "point_id": "Network.point_ids",
    "site_id": "Network.site_ids",
    "municipality_code": "Network.site_points",
    "smallest": "Network.site_smallest",
    "largest": "Network.site_largest",
    "women_per_year": "demand.women_per_year",
    "id": "Scenarios.ids",
}
"""Columns of files that have another name in the library."""


def test_every_documented_name_has_values() -> None:
    missing = documented() - FACTORS.keys() - TELLS_NOTHING.keys()
    assert not missing, f"never varied: {sorted(missing)}; {WHERE}"
    gone = (
        TELLS_NOTHING.keys() | {name for name in FACTORS if not name.startswith(("solve.", "Problem."))}
    ) - documented()
    assert not gone, f"the library has no such setting or column any more: {sorted(gone)}"


def test_every_column_of_the_guide_to_the_tables_has_values() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "guides" / "own-data.md").read_text(encoding="utf-8")
    rows = [line for line in guide.splitlines() if line.startswith(("| `sites", "| `scenarios", "| `municipalities"))]
    columns = {name for row in rows for name in re.findall(r"[`*](\w+)[`*]", row.split("|")[3])}
    assert {"smallest", "existing_beds", "must_hold", "probability"} <= columns
    # What says who, where and why, and nothing of a plan.
    columns -= {"name", "kind", "lon", "lat", "label", "low", "high", "what", "document"}
    known = {name.rpartition(".")[2]: name for name in FACTORS}
    missing = {c for c in columns if COLUMNS_OF_FILES.get(c, known.get(c)) not in FACTORS}
    assert not missing, f"never varied: {sorted(missing)}; {WHERE}"


def test_every_documented_name_and_every_option_of_a_rule_is_seen_with_several_values() -> None:
    """Seen in the problems themselves: a level that is drawn and lost on the way would not count."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for seed in range(150):
        for name, value in told(question(seed).problem).items():
            seen[name].add(value)
    alone = {name for name, values in seen.items() if len(values) < 2} - TELLS_NOTHING.keys()
    assert not alone, f"never varied: {sorted(alone)}; {WHERE}"
    assert "rules.volume.probability" in seen and "rules.reach.exceptions" in seen


def test_a_seed_gives_the_same_problem_and_a_new_factor_changes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before = levels_of(7)
    assert question(7).problem.fingerprint == question(7).problem.fingerprint
    monkeypatch.setitem(
        FACTORS, "rules.a_new_one", {"off": (1.0, lambda rng, shape: False), "on": (1.0, lambda rng, shape: True)}
    )  # type: ignore[arg-type]
    after = levels_of(7)
    assert {name: after[name] for name in before} == before and set(after) - set(before) == {"rules.a_new_one"}


def test_what_is_forced_is_there_and_the_rest_stays() -> None:
    as_drawn, forced = question(11), question(11, {"rules.volume": "poisson_year", "stay.mean_days": "90.0"})
    assert forced.problem.policy.volume.when == "poisson_year"
    assert forced.problem.care.mean_days == 90
    assert forced.problem.minutes.tolist() == as_drawn.problem.minutes.tolist()


def test_pairs_count_every_two_factors() -> None:
    names = len(FACTORS)
    assert len(list(pairs_of(levels_of(0)))) == names * (names - 1) // 2
    assert len(every_pair()) == len(set(every_pair()))
