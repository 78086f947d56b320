"""Tolerances and rounding margins of the exact engines, which stand by themselves, each with its reason."""

from __future__ import annotations

# --- all of them -----------------------------------------------------------------------------

TIE = 1e-9
"""Objectives that differ by no more than this part are a tie."""

SOLVER = 1e-9
"""What HiGHS may be off by in a row, a bound, a whole number or a reduced cost."""

SUMS = 1e-12
"""What sums in double precision may be off by, as a part: of the multipliers, of a demand, of a capacity."""

TIGHT = {"primal_feasibility_tolerance": SOLVER, "dual_feasibility_tolerance": SOLVER, "small_matrix_value": 1e-12}
"""What HiGHS may be off by, and below what it drops a coefficient."""

LEAST_VALUE = 1e-12
"""A gap is a part of the objective, or of this where the objective is smaller: nothing is divided by nothing."""

NO_DIRECTION = 1e-12
"""Multipliers that are to move by less (squared) have nowhere to go: the climb is done."""

SUM_OF_CHANCES = 1e-9
"""Probabilities sum to one within this."""

# --- p-median --------------------------------------------------------------------------------

PAIRWISE = 2.0**-53 * 32.0
"""What a sum in double precision, taken pairwise, may be off by, relative to the sum of the absolute values."""

WHOLE_NUMBER = 1e-6
"""This near a whole number a bound on integer data is that number: it was rounded on the way."""

INTEGER_STEP = 1.0 - 1e-6
"""Two different objectives of integer data differ by at least this, rounding allowed for."""

# --- facility location -----------------------------------------------------------------------

PROOF = 1e-7
"""Gap within which a solution counts as proven (what linear programming's rounding allows)."""

SERVED = 1e-9
"""Part of the demand that may go unserved through rounding."""

FIXED = 1e-9
"""A site is decided when the other choice is worse than the best by more than this part."""

AIM = 1e-6
"""Part of the target by which the climb aims above what it has, where it has reached the target."""

PRUNE = 1e-10
"""Part of the objective by which a better solution must be better to be looked for."""

FULL = 1.0 + 1e-12
"""A site is full at this part of its capacity (sums are rounded)."""

ROUNDED = 1e-9
"""What a sum may be off by when costs are limited."""

SERVICE_GAP = 1e-9
"""Part of the cost to which a service by whole points is proven: that of a tie."""

TINY = 1e-10
"""Smaller shares are rounding."""

NEGLIGIBLE = 1e-12
"""A site that holds a smaller part of a point is not offered to it: HiGHS could not tell that from nothing."""

DEAREST = 1e-10
"""Part of the dearest pair's cost that the unit of cost is at least, so that the dearest is a number HiGHS takes."""

# --- scenarios -------------------------------------------------------------------------------

LEAST_GAP = 1e-7
"""HiGHS proves no finer gap reliably."""

SUMS_OF_CUTS = 2.0**-48
"""What a sum in a cut may be off by, as a part of what is added up."""

SUMS_OF_PRICES = 2.0**-48
"""What prices times capacities may be off by, as a part."""

OPEN = 1e-9
"""A site that is open to a smaller part takes no part in a cut."""

HARDLY_OPEN = 1e-6
"""Part to which every site counts as open where prices are asked for: of a closed one nothing would be told."""

VIOLATED = 1e-6
"""A cut is added when it is broken by more than this part of its value."""

LOOSE = 1e-3
"""A cut that is slack by more than this part is dropped before those of all scenarios come."""

BOUND_ROUNDED = 1e-8
"""Taken off every bound that HiGHS reports, as a part of it."""

MISPRICED = 1e-9
"""By how much HiGHS may misprice a column; a site that it misprices by so much may be open or closed."""

PROVEN = 1e-9
"""A recourse value is proven when its prices reach it within this part."""

SMALLEST = 1e-3
"""Values below this (the whole objective being some thousands) are proven to a part of this."""

BROKEN = 1e-9
"""By how much HiGHS may break a row or a bound."""

NO_REGRET = 1e-3
"""Regret is proven to the gap of itself, or of this part of the cost where it is smaller."""

LEAST_COST = 1e-9
"""The cost a regret is held against, where scenarios cost less, or nothing."""
