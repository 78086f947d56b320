"""Every tolerance of the library, in one place."""

from __future__ import annotations

HOLD = 1e-7
"""A rule holds while its excess is at most this times the scale of the rule."""

TIE = 1e-9
"""Two objectives this close (relative) are equal; the next criterion decides."""

SHARE = 1e-9
"""A smaller share of a demand point's women counts as nobody."""

PAID = 2 * TIE
"""What a bound pays for a solver's own tolerance and for rounding (relative)."""

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
