"""What ``travel.json`` says of a table made from roads: whose data it is, and whether it is still that table."""

from __future__ import annotations

import json
from typing import Any

from capacity.reading.tables import Reading

RECORD = "travel.json"

SHOWN = 12
"""Digits of a hash that are printed: enough to tell two tables apart."""


def made_from(reading: Reading, source: str) -> tuple[str, ...]:
    """Whom to name wherever the table is shown; () where nothing is known of it, or it was changed since (a notice)."""
    if not reading.has(RECORD):
        return ()
    known = dict(reading.files)
    text = reading.text_of(RECORD)
    # It is no table that the plan is worked out from: its hash is not part of the record.
    reading.files.clear()
    reading.files.update(known)
    try:
        said: Any = json.loads(text or "")
    except (ValueError, RecursionError):
        reading.notices.append(f"{RECORD} cannot be read: what {source} was made from is not known.")
        return ()
    tables = said.get("tables") if isinstance(said, dict) else None
    if not isinstance(tables, dict) or source not in tables:
        return ()
    hashed = reading.files.get(source)
    if tables[source] == hashed:
        reading.notices.append(f"{source} is as travel.json has it: SHA-256 {tables[source][:SHOWN]}.")
    else:
        reading.notices.append(
            f"{source} is no longer the table that {RECORD} speaks of: it was changed since it was made."
        )
    whose = said.get("attribution")
    return (whose,) if isinstance(whose, str) and 0 < len(whose) <= 200 else ()
