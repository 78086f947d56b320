"""A short part of the campaign of mutated inputs; the whole: ``python -m tests.campaign_inputs --seeds 0:5000``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaign_inputs import RIGHT, campaign

CASES = os.environ.get("CAPACITY_CASES", "")


def test_forty_mutated_inputs_are_refused_or_read_rightly() -> None:
    outcomes = list(campaign(range(40)))
    assert [(o.seed, o.mutation, o.kind, o.said) for o in outcomes if o.kind not in RIGHT] == []
    assert {o.kind for o in outcomes} == set(RIGHT)


@pytest.mark.skipif(not CASES, reason="CAPACITY_CASES names no folder of handed cases")
def test_no_handed_case_ends_in_a_traceback() -> None:
    left = ("41-", "42-", "43-")  # engines, not inputs
    for script in sorted(Path(CASES).glob("*/repro.py")):
        if script.parent.name.startswith(left):
            continue
        ran = subprocess.run(
            [sys.executable, str(script)], cwd=script.parent, capture_output=True, text=True, timeout=100
        )
        last = (ran.stderr.strip().splitlines() or [""])[-1]
        assert ran.returncode == 0 or last.startswith(("capacity.errors.DataError", "capacity.errors.InfeasibleError"))
