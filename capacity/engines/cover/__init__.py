"""Coverings: the shortest longest way by limits on the ways, and the least cost by sets that reach everybody."""
