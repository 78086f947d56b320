"""From a problem to the best plan, and how it is known: `solve` asks, `choose` chooses, the others work."""
