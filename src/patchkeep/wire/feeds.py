"""Where a lifecycle feed's documents come from: an address, a file, or a folder of product files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from patchkeep.feeds import FeedError

DOCUMENTS = (".json", ".md")


def documents(source: str) -> Iterator[tuple[str, bytes]]:
    """Each document with its address. Raises FeedError where a file cannot be read, NotFetched where an address cannot."""
    if "://" in source:
        from patchkeep.doors.net import fetch

        yield source, fetch(source)
        return
    path = Path(source)
    try:
        if not path.is_dir():
            yield source, path.read_bytes()
            return
        found = sorted(file for file in path.iterdir() if file.suffix in DOCUMENTS and file.is_file())
        if not found:
            raise FeedError(f"{source} has no documents of a lifecycle feed in it: files that end in {' or '.join(DOCUMENTS)}")
        for file in found:
            yield str(file), file.read_bytes()
    except OSError as error:
        raise FeedError(f"{error.filename or source} cannot be read: {error.strerror}") from error
