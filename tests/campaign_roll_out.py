"""Roll-outs by chains and by the model against every chain of sets: ``python -m tests.campaign_roll_out --seeds 0:200``.

Each seed is a random problem of two or three years in which demand, prices, the promise and rules change; of every
other one women whose unit is far away take an outpatient course, and of every third one units live on those they admit.
Ends with 1 where an engine finds another order.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from tests.test_roll_out import compare_with_every_chain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:200")
    first, last = map(int, parser.parse_args(arguments).seeds.split(":"))
    found, wrong = Counter[str](), 0
    for seed in range(first, last):
        for engine in ("chains", "model"):
            try:
                found[compare_with_every_chain(seed, engine, outside=seed % 2 == 1, admitted=seed % 3 == 0)] += 1
            except Exception as error:
                wrong += 1
                print(f"WRONG {seed} {engine}: {type(error).__name__} {error}")
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(found.items()))
    print(f"compared {sum(found.values())}: {told}; wrong {wrong}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
