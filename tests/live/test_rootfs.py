"""Root file systems themselves: copies don't share anything, and what is left behind by anyone goes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from patchkeep.sandbox.live.chroot import Root, RootError, remove
from patchkeep.sandbox.live.rootfs import copied, nest, prepared
from tests.live.conftest import SUITE

pytestmark = pytest.mark.live


def test_a_copy_is_a_nodes_own(root: Root, place: Path) -> None:
    other = copied(SUITE, place / "other")
    root.write("/etc/mine", "mine")
    assert not (other.path / "etc/mine").exists()
    assert not (prepared(SUITE) / "etc/mine").exists()


def test_services_are_not_started_in_a_root(root: Root) -> None:
    assert root.run("/usr/sbin/policy-rc.d", "ssh", "start").status == 101


def test_a_command_that_must_work_and_does_not_is_told_in_its_own_words(root: Root) -> None:
    with pytest.raises(RootError, match="Unable to locate package no-such-thing"):
        root.read("apt-get", "install", "--simulate", "no-such-thing")


def test_what_a_killed_run_left_is_swept_away_and_what_is_in_use_is_not(place: Path) -> None:
    left = place.parent / "patchkeep-live-left-by-a-test"
    (left / "i-1").mkdir(parents=True)
    with nest() as mine:
        assert not left.exists()
        assert place.exists()
        assert mine.exists()
    assert not mine.exists()


def test_nothing_is_deleted_through_a_mount(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    inside = tmp_path / "root/srv"
    kept.mkdir()
    inside.mkdir(parents=True)
    (kept / "file").touch()
    subprocess.run(["mount", "--bind", str(kept), str(inside)], check=True)
    remove(tmp_path / "root")
    assert not (tmp_path / "root").exists()
    assert (kept / "file").exists()
