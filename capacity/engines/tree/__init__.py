"""Sets of sites searched by a tree: points' multipliers bound them, the rules themselves judge them."""
