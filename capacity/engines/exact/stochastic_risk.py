"""What of the scenarios is minimised, as weights on their recourse.

``expected`` weighs scenario s by p_s. ``cvar`` (Rockafellar and Uryasev 2000) minimises ``eta + sum_s p_s /
(1 - level) (Q_s - eta)+``: any subset of scenarios, weighed by ``min(1, p_s / (1 - level))``, bounds that sum
from below. ``worst_case`` and ``regret`` take one scenario of each group at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from capacity.arrays import Floats, Ints
from capacity.engines.exact.tolerances import SUMS

Risk = Literal["expected", "worst_case", "regret", "cvar"]
RISKS: tuple[str, ...] = get_args(Risk)


@dataclass(frozen=True, kw_only=True, eq=False)
class Measure:
    """A risk measure over scenarios.

    Attributes
    ----------
    risk : {"expected", "worst_case", "regret", "cvar"}
    level : float
        Of ``cvar``.
    """

    risk: Risk
    level: float = 0.0

    @property
    def adds_up(self) -> bool:
        """Whether the weights are the probabilities, whatever the values."""
        return self.risk == "expected"

    @property
    def takes_worst(self) -> bool:
        """Whether single scenarios decide."""
        return self.risk in ("worst_case", "regret")

    def of(self, value: Floats, probability: Floats) -> float:
        """The measure of the scenarios' values; those without probability do not count."""
        possible = probability > 0
        if self.risk == "expected":
            return float(probability @ value)
        if self.takes_worst:
            return float(value[possible].max())
        eta = self.value_at_risk(value, probability)
        over = np.maximum(value - eta, 0.0)
        return float(eta + probability @ over / (1.0 - self.level))

    def value_at_risk(self, value: Floats, probability: Floats) -> float:
        """Least eta that no more than ``1 - level`` of the probability exceeds."""
        order = np.argsort(-value, kind="stable")
        above = np.cumsum(probability[order])
        at = int(np.searchsorted(above, (1.0 - self.level) * (1.0 + SUMS), side="right"))
        return float(value[order[min(at, len(order) - 1)]])

    def weights(self, value: Floats, probability: Floats, group: Ints, groups: int, eta: float) -> list[Floats]:
        """Weights whose sums over each group bound the measure, the most binding first.

        Parameters
        ----------
        value : ndarray (S,)
            What is known of each scenario's value at the point to be cut off.
        eta : float
            Value at risk of that point (``cvar``).
        """
        if self.risk == "expected":
            return [probability]
        if self.takes_worst:
            known = np.where(probability > 0, value, -np.inf)
            order = np.lexsort((-known, group))
            first = order[np.unique(group[order], return_index=True)[1]]
            weight: Floats = np.zeros(len(value))
            weight[first[np.isfinite(known[first])]] = 1.0
            return [weight]
        # More than one of a scenario is never in the tail, and numbers stay small when the tail is thin.
        share = np.minimum(probability / (1.0 - self.level), 1.0)
        own = self.value_at_risk(value, probability)
        tails = [value > eta, value > own, value >= own]
        return [np.where(tail, share, 0.0) for tail in tails if tail.any()]
