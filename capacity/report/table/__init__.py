"""The planner's table: a plan's data, and what works it out in a browser."""
