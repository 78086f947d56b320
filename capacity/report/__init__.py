"""From plans and study tables to maps, files and pages."""
