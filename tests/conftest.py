"""What holds for every test: nobody's AWS credentials are in reach, and what a machine lacks is a skip with its reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

CI = os.environ.get("CI") == "true"
FOLDER = Path(__file__).parent
# They take longest by the test, the demo first of all: begun last, one of them would keep one core busy while the others stand idle.
LONG_FIRST = ("docs", "live", "witness", "managed", "e2e", "crash", "chaos", "permissions")

hypothesis.settings.register_profile("patchkeep", deadline=None)  # two busy cores make a deadline a coin toss
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if CI else "patchkeep")


def pytest_configure() -> None:
    """Take the caller's AWS configuration out of reach, here and in every process a test starts."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(autouse=True)
def _environment_as_it_was() -> Iterator[None]:
    """What a test sets in the environment goes with it: tests of one process share it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_when)
    lacking = {"live": _why_not_live(config.getoption("markexpr")), "browser": _why_no_browser()}
    for item in items:
        for marker, reason in lacking.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _when(item: pytest.Item) -> int:
    """Its place in the order of folders; pytest's own order stays within one."""
    folder = item.path.relative_to(FOLDER).parts[0]
    return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)


def _why_not_live(asked_for: str) -> str:
    if os.geteuid() != 0:
        return "patching a real root file system needs root"
    if not shutil.which("debootstrap"):
        return "debootstrap is not installed: apt-get install debootstrap"
    if not _debian_mirror_is_configured():
        return "this machine's apt knows no Debian mirror"
    if not CI and "live" not in asked_for:
        return "takes minutes: run `make live`, or set CI=true"
    return ""


def _debian_mirror_is_configured() -> bool:
    apt_get = shutil.which("apt-get")
    if apt_get is None:
        return False
    listed = subprocess.run([apt_get, "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def _why_no_browser() -> str:
    return "" if shutil.which("chromium") else "Chromium is not installed: apt-get install chromium"
