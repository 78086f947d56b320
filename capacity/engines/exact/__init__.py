"""Exact engines: arrays in, sites and a proof out."""

from __future__ import annotations

from capacity.engines.exact.capacitated import capacitated_p_median
from capacity.engines.exact.certificate import Certificate
from capacity.engines.exact.covering import backup_cover, max_cover, set_cover
from capacity.engines.exact.facility import facility_location
from capacity.engines.exact.p_center import p_center
from capacity.engines.exact.p_dispersion import p_dispersion
from capacity.engines.exact.p_median import p_median
from capacity.engines.exact.stochastic import stochastic_facility_location

__all__ = [
    "Certificate",
    "backup_cover",
    "capacitated_p_median",
    "facility_location",
    "max_cover",
    "p_center",
    "p_dispersion",
    "p_median",
    "set_cover",
    "stochastic_facility_location",
]
