"""Conformance suites: whether a rule of one's own is one that plans, explanations and proofs can rest on."""

from __future__ import annotations

from capacity.testing.problems import random_problem
from capacity.testing.rules import LAWS, BrokenLawError, check_rule

__all__ = ["LAWS", "BrokenLawError", "check_rule", "random_problem"]
