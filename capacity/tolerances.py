"""Every tolerance and rounding margin of the library, in one place, each with its reason.

What the exact engines alone use stands in `capacity.engines.exact.tolerances`.
"""

from __future__ import annotations

# --- what counts as equal, held or nobody ----------------------------------------------------

HOLD = 1e-7
"""A rule holds while its excess is at most this times the scale of the rule."""

TIE = 1e-9
"""Two objectives this close (relative) are equal; the next criterion decides."""

SHARE = 1e-9
"""A smaller share of a demand point's women counts as nobody."""

PAID = 2 * TIE
"""What a bound pays for a solver's own tolerance and for rounding (relative)."""

PAID_ROUNDED = 1e-3
"""A gap is still what a bound pays when it is larger by this part: the difference of two close numbers is rounded."""

NOBODY = 1e-7
"""A share in a solver's values that rounding left."""

USED = 0.01
"""A unit is in use when at least this much of one demand point's women are sent there."""

AGREE = 1e-6
"""Two engines, or a plan and its check, agree when numbers differ by no more (relative)."""

ROUNDING = 1e-6
"""Bounds may not take a plan away that rounding keeps: the rules themselves allow a millionth."""

RELATIVE_GAP = 1e-6
"""Proof asked of p-medians whose data are not integers, as a part of the objective."""

CLEAR = 4 * RELATIVE_GAP
"""The last set listed must be worse than the best by more than this: then none as good is missing."""

SLACK = 4 * TIE
"""Room left to the next criterion, so that rounding does not cut off what it should compare."""

EQUAL_MEASURES = 1e-6
"""Plans this close (relative) in a measure count as equal in it: a solver's value is no surer."""

SAME_MINUTES = 1e-9
"""Two ways are equally long when their minutes differ by no more: minutes are added up and averaged."""

SAME_INPUT = 1e-9
"""Two inputs are the same when they differ by no more: they were read from text, or worked out from others."""

WITHIN = 1e-9
"""Added to a limit on a solver's objective, so that plans that lie on the limit are within it."""

WITHIN_VALUED = 1e-12
"""Added to a limit on values that were worked out, not solved for: they differ by rounding alone."""

LEAST_VALUE = 1e-12
"""A difference is told beside the value, or beside this where the value is smaller: nothing is divided by nothing."""

# --- numbers as computers hold them ----------------------------------------------------------

SUMS = 1e-12
"""What sums in double precision may be off by, beside what is added up."""

ANTIPODE = 1e-10
"""One plus the cosine of an angle below which two places lie on opposite sides of the Earth."""

NEAR_ROOT = (1e-13, 1e-9)
"""How closely a load is known, as a share of it, before it is closed in on to the last bit; then more roughly."""

LEAST_NUMBER = 1e-300
"""In the place of nothing where it divides, or has its logarithm taken: no number of a problem is so small."""

WHOLE_NUMBER = 1e-9
"""This near a whole number a count is that number: four stays that were worked out are four, not a hair more."""

BISECTED = 1e-12
"""A root is halved down to this (relative): what double precision can tell."""

MAXIMISED = 1e-6
"""The greatest likelihood is searched to this (in logarithms of what is looked for): it is flat there."""

RANGE_ENDS = 1e-9
"""Two ends this near are one, a range no wider is none, and this far inside its ends a range is looked at."""

CARRIED = 1e-9
"""Beds carry stays that exceed what they carry by no more (relative): both were worked out."""

SHORTEST_LINK = 1e-12
"""Minutes of a road link of no length: a sparse table of links reads a zero as no link."""

# --- what may be asked for -------------------------------------------------------------------

SUM_OF_CHANCES = 1e-9
"""Probabilities sum to one within this."""

SUM_OF_WRITTEN_CHANCES = 1e-6
"""The same where people write them, in decimals: three thirds."""

FULL_OCCUPANCY = 1e-9
"""An occupancy of one may be asked for: shares are below one and this."""

CERTAIN = 1e-9
"""A probability nearer one is certainty, which no number of stays gives."""

SOMEBODY = 1e-9
"""Women a year who are somebody where a figure must be above nothing."""

ABOVE_ZERO = 1e-6
"""A limit below this is said as "above zero"."""

LEAST_LOAD = 1e-9
"""Part of the mean load at which the integral over a load in doubt starts at least: nothing has no logarithm."""

# --- in words and drawings -------------------------------------------------------------------

MOVED = 5e-4
"""Share of the objective below which nothing has moved: percentages are told to a tenth."""

NO_CHANGE = 1e-9
"""Per cent of change that rounding left; it is drawn as none."""

WOMEN_TOLD = 1e-6
"""Women a year of whom is told; fewer were left by a solver."""

# --- solvers ---------------------------------------------------------------------------------

SOLVER = 1e-9
"""What HiGHS may be off by in a row, a bound or a reduced cost where the plan depends on it."""

SOLVER_FINEST = 1e-10
"""The finest HiGHS takes."""

SOLVER_WHOLE = 1e-8
"""How far HiGHS's whole numbers may be from one: its own millionth would count where coefficients are thousands."""

SOLVER_LOOSER = 1e-7
"""Tolerance to which there has to be no choice before there is said to be none."""

SOLVER_VALUE = 1e-7
"""What a solver's value of beds or minutes may be off by (of minutes: relative)."""

SOUND_ROW = 1e-5
"""A solver's values break a row by no more, or are garbage of a search that was stopped."""

SOUND_WHOLE = 1e-4
"""A solver's whole numbers are this near one, or are such garbage."""

WHOLE_POINT = 1e-5
"""Shares of a point that sum to one within this are made to: a solver's tolerance, over all its units."""

NO_COST = 1e-10
"""A reduced cost beside the largest cost that rounding left."""

LOST = 1e-8
"""A coefficient this small beside the largest of its row may be lost: HiGHS drops what is below 1e-9."""

LEFT_BY_ROUNDING = 1e-13
"""A coefficient this small beside the largest of its row is what rounding left, and may be lost."""

GIVES_WAY = 1e-9
"""Price of what may give way; nothing is minimised that it counts in."""

APART = 1e-7
"""Stays (beside one, or beside so many) by which two numbers of stays lie apart at which a curve is held."""

# --- sets in the order of their value --------------------------------------------------------

NEAR_NOTHING = 1e-13
"""Beside the largest cost, what values near nothing may differ by."""

LEAST_ROOM = 1e-21
"""Room where nothing costs anything."""

SITES_ROW = 1e-9
"""A row about sites alone is kept within this: its numbers are sums of coefficients as they are written."""

RAY = 1e-7
"""A dual ray whose largest multiplier is one proves a row broken by more than this: less, a solver may be off by."""

TAKEN = 1e-9
"""A size taken to less than this is not taken."""

# --- scenarios taken apart -------------------------------------------------------------------

SAME_SPLIT = 1e-12
"""Two splits are one where shares differ by no more."""

NO_WOMEN = 1e-10
"""Women a year who are nobody: rows are the same in every scenario, and the columns are closed."""

BRINGS_NOTHING = 1e-10
"""A scenario that brings no more than this to a coupling row, whose coefficients are about one, brings nothing."""

LEAST_CHANCE = 1e-12
"""Probability every scenario has at least, so that what happens in it has a cost, and rows about all scenarios show."""

SAME_ARRAY = 1e-12
"""Arrays that differ by no more than this (relative) are held once."""

NEWS = 1e-8
"""A row broken by less than this (relative) says nothing new."""

MASTER_BOUND = 1e-9
"""Taken off what HiGHS says is a bound of the master (relative): its own tolerance."""

CANNOT_BE_HELD = 1e-7
"""A scenario's rows broken by more than this in all cannot be held."""

RELAXED_ROOM = 1e-5
"""Room between the value and the bound of one choice at the relaxation (relative)."""

COUPLING = 1e-9
"""Rounding in a coupling row, whose coefficients are about one."""

COUPLING_BROKEN = 1e-8
"""Coupling rows broken by more than this in all cannot be held."""

UNFOLLOWED = 1e-12
"""Chance, at every level of need, below which a state of a plan that watches is not followed."""

BEYOND_A_FIGURE = 1e-5
"""Share of a figure's doubt that lies beyond the levels looked at, on each side."""

HARDLY_EVER = 1e-6
"""What happens less often is in no range of beds."""

SAID_BY_FEWER = 1e-10
"""Part of the largest cost that is lost where costs by level of need are said in fewer numbers."""

CANNOT_BE_BEST = 5e-3
"""Part by which a step must cost more than another to be left out; a grid of counts is out by less than a tenth."""

# --- the suites of `capacity.testing` --------------------------------------------------------

CLOSE = 1e-5
"""Relative to the scale of an excess: what the solver that weighs columns of the rule's own may be out by."""

ALIKE = 1e-5
"""Two objectives this close (relative) are equal where one is a solver's."""

TRAIT = 1e-6
"""What the plans a trait is tried on, which a solver made, may miss it by."""

NO_PRICE = 1e-9
"""A price of a row of a game this small is none (games are counted in their largest cost)."""

MOVES = 1e-9
"""What a coalition pays is decided by what others do where its row is theirs to this (of rows of 0 and 1)."""
