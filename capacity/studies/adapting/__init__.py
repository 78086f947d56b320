"""Open one, watch, decide: plans that learn how many women ask."""
