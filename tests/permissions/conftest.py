"""A store in a file of its own, kept for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchkeep.doors.store import Store, open_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('permissions')}/patchkeep.db") as opened:
        yield opened
