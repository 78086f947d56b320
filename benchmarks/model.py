"""From a problem of a million variables to the solver (T13): seconds of CPU and peak memory, step by step.

Run with ``python -m benchmarks.model [points sites scenarios]``. The named alternative in the same run is a model
of the same country, a twentieth of the size, written in PuLP; both are given for a million variables.
"""

from __future__ import annotations

import resource
import sys
import time

from capacity import Policy
from capacity.engines.linear.model import LinearModel, build
from capacity.engines.linear.solvers import in_highs, in_pulp
from capacity.rules.objectives import TRAVEL
from capacity.synthetic import country

RULES = Policy(units=[3, 8], region_access={"share": 0.5, "minutes": 120}, volume={"stays": 4, "when": "average"})


def built(points: int, sites: int, scenarios: int) -> LinearModel:
    """The model of a made-up country."""
    return build(country(points, sites).problem(scenarios=scenarios, policy=RULES), TRAVEL).linear


def main() -> None:
    """Print what each step takes."""
    points, sites, scenarios = (int(x) for x in sys.argv[1:4]) if len(sys.argv) > 3 else (500, 100, 20)
    problem = country(points, sites).problem(scenarios=scenarios, policy=RULES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    clock = time.process_time()
    linear = build(problem, TRAVEL).linear
    made = time.process_time() - clock
    engine = in_highs(linear)
    handed = time.process_time() - clock - made
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    million = len(linear.cost) / 1e6
    print(f"{len(linear.cost):,} columns, {len(linear.row_lower):,} rows, {len(linear.row):,} coefficients")
    print(f"model {made:.2f} s, handed to HiGHS {handed:.2f} s of CPU; peak {peak:.0f} MB ({before:.0f} before)")
    print(f"a million variables: {(made + handed) / million:.2f} s, {(peak - before) / million:.0f} MB")
    import pulp

    small = built(points, sites, max(1, scenarios // 20))
    clock = time.process_time()
    in_pulp(pulp, small, int(pulp.__version__.split(".")[0]) >= 4)
    written = (time.process_time() - clock) / len(small.cost) * 1e6
    print(f"the same in PuLP {pulp.__version__}: {written:.0f} s, {written / ((made + handed) / million):.0f} x")
    assert engine.getNumCol() == len(linear.cost)


if __name__ == "__main__":
    main()
