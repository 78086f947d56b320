"""Ten thousand sets of units and a hundred best sets, in a browser: what the page works out is what the library does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from capacity.rules import RULES
from tests.campaign_table import trial
from tests.table_browser import answers
from tests.table_browser import tab as tab
from tests.table_many import many, shortly

AT_ONCE = 12
"""Cases asked of the page in one call."""


def test_ten_thousand_sets_come_to_the_same_in_every_number_and_every_place(tab: Any) -> None:
    """A random case, its settings, units and beds: who goes where, beds, every number, every broken rule."""
    asked, found = list(many(range(108), cases=20, sets=100)), Counter[str]()
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        for one, page in zip(part, shortly(tab, part), strict=True):
            wrong, counted = one.wrong(page)
            assert wrong == [], one.settings
            found += counted
    assert found[""] >= 10_000
    # No family bound to its nearest unit breaks these, and the random cases have a way between any two places.
    never = {"nearest", "one_agreement", "served"}
    assert {rule.name for rule in RULES} - {name for name, count in found.items() if count >= 20} <= never


def test_a_number_that_differs_is_told(tab: Any) -> None:
    (one,) = many(range(4, 5), cases=8, sets=3)
    ((first, *others),) = shortly(tab, [one])
    assert one.wrong([first, *others])[0] == []
    for place, told in enumerate(("who goes where", "beds", "broken", "number", "number")):
        changed = [part.copy() for part in first]
        changed[place] = altered(changed[place])
        (said,) = one.wrong([changed, *others])[0] or [""]
        assert told in said, (place, said)


def altered(part: list[Any]) -> list[Any]:
    """Some numbers or names, the first of them another."""
    value = part[0]
    other = [value[0], 99] if isinstance(value, list) else value + 1.0
    return [other, *part[1:]]


def test_a_hundred_best_sets_are_those_of_solve_ties_included(tab: Any) -> None:
    found = Counter[str]()
    trials = [trial(seed) for seed in range(200, 255)]
    pages = answers(tab, [(one.problem, one.best_calls) for one in trials])
    for one, page in zip(trials, pages, strict=True):
        one.compare_best(page)
        assert one.wrong == [], one.settings
        found += one.found
    assert found["best"] >= 100 and found["best"] - found["without a plan"] >= 40
