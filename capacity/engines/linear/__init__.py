"""A problem as a linear model, and what solves one."""
