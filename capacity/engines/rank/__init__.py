"""Sets of units in the order of their value, where families may be split between units.

With the units decided, what is left of the model is small. So every set of sites is bounded from
below by array arithmetic (`bounds`), the most promising is worked out exactly (`one_set`), and what
its dual values say of all the others sharpens their bounds, until no set that is left can be better
(`best_first`).
"""

from capacity.engines.rank.best_first import Found, Ranking, all_sets, why_no_ranking
from capacity.engines.rank.bounds import SetBounds
from capacity.engines.rank.one_set import CutShortError, OneSet
from capacity.engines.rank.parts import Parts

__all__ = ["CutShortError", "Found", "OneSet", "Parts", "Ranking", "SetBounds", "all_sets", "why_no_ranking"]
