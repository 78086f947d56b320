"""Watch and decide against every full history: ``python -m tests.campaign_adapt --seeds 0:200``.

Each seed is a problem of two or three years and two to four sites, with levels a factor of five to thirty apart. The
exact policy costs what the best over all histories does, the bracket of a coarse grid encloses it, and the fixed roll-out
is the best without counts. Ends with 1 where anything is wrong, or where learning has a value in less than half.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import capacity as cap
from capacity.tolerances import AGREE
from tests.adapt_by_histories import Histories, small, with_rules


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of one seed: histories looked at, the largest difference, whether learning has a value, what is wrong."""

    histories: int
    off: float
    learns: bool
    wrong: str = ""


def tried(seed: int, grid: int = 4) -> Tried:
    """Compare one small problem with every history."""
    asked = small(seed)
    by_hand = Histories(asked)
    best, fixed = by_hand.best(), by_hand.best(counts=False)
    found = cap.adapt(asked.problem, **asked.asked(), grid=None)
    low, high = cap.adapt(asked.problem, **asked.asked(), grid=grid).bracket
    again = by_hand.replanned()
    ways = ((found.value, best), (found.bracket[0], best), (found.fixed, fixed), (found.replanning, again))
    off = max(abs(ours / theirs - 1) for ours, theirs in ways)
    wrong = ""
    if off > AGREE:
        ours = f"{found.value}, {found.fixed} and {found.replanning}"
        wrong = f"{ours} where every history says {best}, {fixed} and {again}"
    elif low > best * (1 + AGREE) or high < best * (1 - AGREE):
        wrong = f"{best} is not between {low} and {high}"
    return Tried(histories=by_hand.histories, off=off, learns=fixed > best * (1 + AGREE), wrong=wrong)


def tried_with_rules(seed: int, grid: int = 3) -> Tried:
    """Compare one small problem whose rules are asked of the belief when a unit opens with every history."""
    asked = with_rules(seed)
    by_hand = Histories(asked)
    best, fixed, again = by_hand.best(), by_hand.best(counts=False), by_hand.replanned()
    found = cap.adapt(asked.problem, **asked.asked(), grid=None)
    free = cap.adapt(asked.problem, **{**asked.asked(), "rules": None}, grid=None)
    off = max(abs(found.value / best - 1), abs(found.fixed / fixed - 1), abs(found.replanning / again - 1))
    wrong = ""
    coarse = cap.adapt(asked.problem, **asked.asked(), grid=grid)
    # Counted exactly there is nothing between the bounds; on a grid they enclose the best, and the plan can be played.
    off = max(off, abs(found.bracket[0] / best - 1))
    if off > AGREE:
        wrong = f"{found.value}, {found.fixed}, {found.replanning} where every history says {best}, {fixed}, {again}"
    elif coarse.bracket[0] > best * (1 + AGREE) or coarse.value < best * (1 - AGREE):
        wrong = f"{best} is not between {coarse.bracket[0]} and {coarse.value}"
    return Tried(histories=by_hand.histories, off=off, learns=best > free.value * (1 + AGREE), wrong=wrong)


def campaign(seeds: Iterable[int]) -> tuple[list[Tried], list[str]]:
    """Every seed; and what is wrong, a line each."""
    found = {seed: tried(seed) for seed in seeds}
    return list(found.values()), [f"WRONG {seed}: {one.wrong}" for seed, one in found.items() if one.wrong]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:200")
    first, last = map(int, parser.parse_args(arguments).seeds.split(":"))
    found, wrong = campaign(range(first, last))
    ruled = {seed: tried_with_rules(seed) for seed in range(first, last)}
    wrong += [f"WRONG {seed} with rules: {one.wrong}" for seed, one in ruled.items() if one.wrong]
    print(f"compared {len(ruled)} with rules, which cost something in {sum(one.learns for one in ruled.values())}")
    for line in wrong:
        print(line)
    learns, histories = sum(one.learns for one in found), sum(one.histories for one in found)
    print(
        f"compared {len(found)}, learning has a value {learns}, histories {histories:,}, largest difference "
        f"{max(one.off for one in found):.1e}, wrong {len(wrong)}"
    )
    return int(bool(wrong) or 2 * learns < len(found) >= 20)


if __name__ == "__main__":
    sys.exit(main())
