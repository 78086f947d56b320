"""Exact engines: arrays in, sites and a proof out."""

from __future__ import annotations

from capacity.exact.certificate import Certificate
from capacity.exact.facility import facility_location
from capacity.exact.p_median import p_median
from capacity.exact.stochastic import stochastic_facility_location

__all__ = ["Certificate", "facility_location", "p_median", "stochastic_facility_location"]
