"""Nothing in the repository names the machine it was written on: neither its package registries nor its folders.

A registry or mirror named in a file would send every reader there; it belongs to each machine's own configuration.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.modules import ROOT

# Folders that are the same on every machine say nothing about this one.
COMMON_FOLDERS = frozenset(map(Path, "/ /etc /home /mnt /opt /root /srv /tmp /usr /usr/src /var /var/tmp".split()))


def test_the_checkouts_neighbours_count_as_this_machine(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "beside").mkdir()
    assert folders_of_this_machine(tmp_path / "checkout") == {str(tmp_path / "checkout"), str(tmp_path / "beside")}
    assert folders_of_this_machine(Path("/home/checkout")) == frozenset()
