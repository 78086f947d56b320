"""What every test stands on: no width of a terminal but the one it sets itself (workers of xdist are given one of 80)."""

from __future__ import annotations

import os


def pytest_configure() -> None:
    """Forget what the process was started with."""
    os.environ.pop("COLUMNS", None)
