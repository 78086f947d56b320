"""A problem taken apart: units and sizes first, then each scenario by itself."""
