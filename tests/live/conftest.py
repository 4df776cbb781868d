"""Real Debian root file systems for these tests: one debootstrap for all, a copy for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patchkeep.sandbox.live.chroot import Root
from patchkeep.sandbox.live.rootfs import copied, nest, prepared
from patchkeep.sandbox.live.unavailable import LiveUnavailable
from tests.live.repository import clear

SUITE = "bookworm"


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    try:
        prepared(SUITE)
    except LiveUnavailable as lacking:
        pytest.skip(str(lacking))
    with nest() as directory:
        yield directory


@pytest.fixture
def root(place: Path, request: pytest.FixtureRequest) -> Root:
    return copied(SUITE, place / request.node.name)


@pytest.fixture(scope="session")
def shared(place: Path) -> Root:
    return copied(SUITE, place / "shared")


@pytest.fixture
def bench(shared: Root) -> Iterator[Root]:
    """One root for all tests that bring their own packages: those go again."""
    yield shared
    clear(shared)


@pytest.fixture
def say() -> Callable[[str], None]:
    """A line of the account that `make live` shows."""
    return lambda line: print(f"  {line}")  # noqa: T201 - pytest keeps it unless asked with -s
