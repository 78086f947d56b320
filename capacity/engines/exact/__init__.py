"""Exact engines: arrays in, sites and a proof out."""

from __future__ import annotations

from capacity.engines.exact.certificate import Certificate
from capacity.engines.exact.facility import facility_location
from capacity.engines.exact.p_median import p_median
from capacity.engines.exact.stochastic import stochastic_facility_location

__all__ = ["Certificate", "facility_location", "p_median", "stochastic_facility_location"]
