"""What one child process spent, by itself.

Linux counts into a process's peak memory what whoever started it had used up to then (`exec` hands the old image's peak on), so a child
of a large benchmark never shows less than that. Hence a launcher between the two: an interpreter without modules, of some 10 MB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LAUNCHER = """
import os, sys
child = os.fork()
if not child:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
with os.fdopen(int(sys.argv[1]), "w") as told:
    told.write("[%d, %r, %r]" % (os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """Exit status, seconds of CPU, and the peak of its memory in MB."""

    status: int
    cpu: float
    memory: float


def spent(
    command: Sequence[str], environment: Mapping[str, str], said: IO[str] | int = subprocess.DEVNULL, folder: Path | None = None
) -> Spent:
    """Run it to its end. `said`: where its output goes, errors too."""
    reading, writing = os.pipe()
    launched = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(writing), *command]
    with os.fdopen(reading) as told:
        try:
            streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said}
            subprocess.run(launched, cwd=folder, env=dict(environment), pass_fds=(writing,), check=True, **streams)
        finally:
            os.close(writing)
        return Spent(*json.loads(told.read()))
