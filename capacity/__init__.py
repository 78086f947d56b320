"""Where to place residential treatment, how many beds at each unit, and how sure."""
