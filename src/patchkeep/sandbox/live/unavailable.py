"""What a machine needs to have live nodes, and the sentence that says what it lacks."""

from __future__ import annotations

import os
import shutil


class LiveUnavailable(Exception):  # noqa: N818 - it says what is wrong
    """Live nodes cannot be had on this machine; the sentence says why."""


def must_be_possible() -> None:
    """Raise `LiveUnavailable` when this process cannot make root file systems and work in them."""
    if os.geteuid() != 0:
        raise LiveUnavailable("making a root file system needs root")
    for program, package in (("debootstrap", "debootstrap"), ("chroot", "coreutils")):
        if not shutil.which(program):
            raise LiveUnavailable(f"{program} is not installed: apt-get install {package}")
