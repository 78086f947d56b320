"""Measurements, each a ratio against a named alternative in the same run where there is one."""
