"""The peak of a process's memory since it became what it is: `ru_maxrss` also counts what whoever started it had used up to then."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mb() -> int:
    """Of this process, as Linux tells it."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise SystemExit("This system does not tell the peak of a process's memory.")
    return int(found[1]) // 1024
