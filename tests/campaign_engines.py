"""The engines against each other and against brute force: the comparisons of the tests, at as many seeds as are asked.

    python -m tests.campaign_engines --seeds 0:400

Prints each comparison that fails with its seed, and ends with 1 where one did.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from tests import test_decomposing, test_engines, test_engines_agree, test_ranking

COMPARISONS: Mapping[str, Callable[[int], object]] = {
    "every engine": partial(test_engines_agree.assert_same, stretched=False),
    "every engine, stretched": partial(test_engines_agree.assert_same, stretched=True),
    "brute force": test_engines.as_brute_force,
    "brute force, whole assignments": test_engines.as_brute_force_with_whole_assignments,
    "exact": test_engines.as_enumerated,
    "rank": test_ranking.as_the_model,
    **{f"decompose, {goal}": partial(test_decomposing.same_plan, objective=goal) for goal in test_decomposing.APART},
    **{
        f"decompose at prices, {goal}": partial(test_decomposing.same_at_prices, objective=goal)
        for goal in test_decomposing.PRICED
    },
    **{f"income at {price:g}": partial(test_ranking.priced_alike, price=price) for price in test_ranking.KRONER},
    **{
        f"decompose, {goal} under {risk}": partial(test_decomposing.same_at_risk, objective=goal, risk=risk)
        for goal, risk in test_decomposing.RISKY
    },
}
"""What is compared, by the seed of the problem; what is wrong is raised."""


def campaign(seeds: Iterable[int], names: Iterable[str] = tuple(COMPARISONS)) -> tuple[Counter[str], list[str]]:
    """How many comparisons held, and what was wrong."""
    held: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        for name in names:
            try:
                COMPARISONS[name](seed)
                held[name] += 1
            except Exception as error:  # whatever it is, the next seed is tried
                last = traceback.extract_tb(error.__traceback__)[-1]
                wrong.append(f"WRONG {name}, seed {seed}: {type(error).__name__} at {last.name}:{last.lineno} {error}")
    return held, wrong


def main(said: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_engines", description=__doc__)
    parser.add_argument("--seeds", default="0:400", help="first and last (without it)")
    parser.add_argument("--only", choices=list(COMPARISONS), action="append", help="a comparison (all)")
    asked = parser.parse_args(said)
    first, _, last = asked.seeds.partition(":")
    started = time.process_time()
    held, wrong = campaign(range(int(first), int(last or int(first) + 1)), asked.only or COMPARISONS)
    print(*(line.replace("\n", " ") for line in wrong), sep="\n")
    print(f"held {sum(held.values())}, wrong {len(wrong)}, seconds {time.process_time() - started:.0f}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
