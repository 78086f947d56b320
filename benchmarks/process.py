"""One job in a process of its own: CPU, wall time, peak memory, and what it says of its answer."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Used:
    """What a process took.

    Attributes
    ----------
    cpu, wall : float
        Seconds of the whole process, its imports and reading included.
    peak : float
        MB.
    said : dict
        The last line it printed, where that is a JSON object.
    finished : bool
        False where it was stopped at the limit.
    """

    cpu: float
    wall: float
    peak: float
    said: dict[str, Any] = field(default_factory=dict)
    finished: bool = True


def run(arguments: list[str], limit: float | None = None) -> Used:
    """Run Python with these arguments; stop it after `limit` seconds of wall time.

    Raises
    ------
    SystemExit
        Where the job fails by itself.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as trouble:
        start = time.perf_counter()
        child = subprocess.Popen([sys.executable, *arguments], stdout=out, stderr=trouble, start_new_session=True)
        stopped = False
        while True:
            pid, status, usage = os.wait4(child.pid, 0 if limit is None or stopped else os.WNOHANG)
            if pid:
                break
            if limit is not None and time.perf_counter() - start > limit:
                os.killpg(child.pid, signal.SIGKILL)
                stopped = True
            time.sleep(0.005)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode and not stopped:
            trouble.seek(0)
            raise SystemExit(f"{' '.join(arguments)} failed:\n{trouble.read()[-2000:]}")
        out.seek(0)
        lines = out.read().splitlines()
    used: resource.struct_rusage = usage
    return Used(
        cpu=used.ru_utime + used.ru_stime,
        wall=wall,
        peak=used.ru_maxrss / 1024,
        said=_object(lines[-1]) if lines else {},
        finished=not stopped,
    )


def _object(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
