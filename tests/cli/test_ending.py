"""How commands end when somebody interrupts them, or stops reading: processes of their own, and real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from patchkeep.cli._interrupted import Interrupted, interruptible

pytestmark = pytest.mark.http


def test_ctrl_c_says_what_goes_on() -> None:
    with pytest.raises(Interrupted, match=r"^Interrupted\. Commands already sent go on\.$"), interruptible("Commands already sent go on."):
        raise KeyboardInterrupt


@pytest.fixture
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell has its background jobs ignore SIGINT, and so would what the tests start, where they run as one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c_is_heard")
def test_the_sandbox_of_an_interrupted_demo_ends_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "patchkeep", "demo", "--org", "small", "--dir", str(tmp_path / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as demo:
        assert demo.stdout is not None
        assert "weeks go by" in demo.stdout.readline() + demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate(timeout=20)
    # Interrupted while it makes a dataclass (`exec` of a string), CPython ends by the signal itself; a shell calls both 130.
    assert demo.returncode in {130, -signal.SIGINT}
    assert "its sandbox has ended" in said
    assert "Traceback" not in said
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(demo.pid):
        time.sleep(0.05)
    assert not _alive(demo.pid)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_reader_that_stops_reading_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "patchkeep", "policy", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as schema:
        assert schema.stdout is not None
        assert schema.stderr is not None
        schema.stdout.close()
        assert schema.stderr.read() == ""
