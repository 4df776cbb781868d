"""What is inside a zip archive that lies somewhere else, with as little of it fetched as can be: its end, its directory, its manifests.

The standard library's zipfile reads from `_Known`, a file of which only some ranges are at hand; where it wants another one, that is
what is asked for next. The code itself is never asked for. All that is fetched is somebody else's: every size is bounded before it is
fetched or unpacked. The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from patchkeep.domain.asset import Contents, Manifests
from patchkeep.domain.packages import Packages
from patchkeep.domain.wording import stated
from patchkeep.services import _manifests
from patchkeep.services._manifests import Parsed

T = TypeVar("T")
Span: TypeAlias = tuple[int, int]  # start and end, as slices have them; a negative start is told from the end

END = 128  # bytes: an archive's end, what may stand before it in large ones, and a comment as long as that of `git archive`, a commit
MOST_DIRECTORY = 8 << 20  # bytes of the directory: some sixty thousand files
MOST_MANIFESTS = 50
MOST_PACKED, MOST_UNPACKED = 4 << 20, 8 << 20  # bytes of one manifest
MOST_TOGETHER = 16 << 20  # bytes of all of them, packed
STEEPEST, HARMLESS = 200, 1 << 20  # how many times larger a manifest may become, where that is more than so many bytes
_LOCAL, _SLACK = 30, 64  # bytes of an entry's own header without its name, and by how much its extra part may be longer there
_END_SIGN, _BEGINNINGS = b"PK\x05\x06", (b"PK\x03\x04", b"PK\x05\x06")
_NO_ARCHIVE = "what was deployed is no zip archive that can be read"
_ENCRYPTED = 0x1
_MOST_SAID = 5  # files, and things left open, by name
# NotImplementedError and RuntimeError are what zipfile raises of a version, a method or a key that it does not have.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, OverflowError, RuntimeError)


class Missing(Exception):  # noqa: N818 - it says what is wanted
    """A range of the file that is not at hand."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__(start, end)
        self.start, self.end = start, end


class TooLarge(Exception):  # noqa: N818 - it says what is wrong
    """More than is fetched of anybody's archive; the sentence says of what."""


class _Known(io.RawIOBase):
    """A file of `size` bytes, of which some ranges are known; reading others raises `Missing`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self._at, self._parts = size, 0, dict[int, bytes]()

    def learn(self, start: int, content: bytes) -> None:
        self._parts[start] = content

    def forget(self) -> None:
        self._parts.clear()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise zipfile.BadZipFile("it points before its beginning")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        end = self.size if size is None or size < 0 else min(self._at + size, self.size)
        if end <= self._at:
            return b""
        for start, content in self._parts.items():
            if start <= self._at and end <= start + len(content):
                found = content[self._at - start : end - start]
                self._at = end
                return found
        raise Missing(self._at, end)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the archive, where they begin, and how large the whole is."""

    start: int
    content: bytes
    size: int


Ask: TypeAlias = Callable[[Span], Generator[Any, Any, Piece]]
"""Fetches one span of the archive; (-128, 0) is its last 128 bytes."""


def contents(ask: Ask) -> Generator[Any, Any, Contents | str]:
    """What the archive's manifests name, or why that cannot be told. Raises what `ask` does."""
    end = yield from ask((-END, 0))
    file = _Known(end.size)
    file.learn(end.start, end.content)
    try:
        if _END_SIGN not in end.content and (yield from _with(file, ask, 4, lambda: _at(file, 0, 4))) not in _BEGINNINGS:
            return _NO_ARCHIVE  # else its last 64 KiB would be searched, as for an archive with a long comment
        archive = yield from _with(file, ask, MOST_DIRECTORY, lambda: zipfile.ZipFile(file))
        entries = [one for one in archive.infolist() if not one.is_dir()]
        wanted = [one for one in entries if _manifests.is_manifest(one.filename)]
        if len(wanted) > MOST_MANIFESTS:
            return f"what was deployed has {len(wanted)} manifests, more than the {MOST_MANIFESTS} that are read"
        if sum(one.compress_size for one in wanted if not _why_not(one)) > MOST_TOGETHER:
            return f"the manifests in what was deployed have more than the {MOST_TOGETHER >> 20} MiB that are read"
        told = []
        for entry in wanted:
            told.append((yield from _manifest(archive, file, entry, ask)))  # noqa: PERF401 - a comprehension cannot yield
    except TooLarge as error:
        return str(error)
    except _BROKEN as error:
        return f"{_NO_ARCHIVE} ({type(error).__name__})"
    return _together(told, tuple(entry.filename for entry in entries))


def _with(file: _Known, ask: Ask, most: int, act: Callable[[], T]) -> Generator[Any, Any, T]:
    """The action's result, with every range fetched that it turns out to want."""
    while True:
        try:
            return act()
        except Missing as missing:
            if missing.end - missing.start > most:
                raise TooLarge(f"{missing.end - missing.start} bytes of it would have to be fetched at once, more than {most}") from None
            piece = yield from ask((missing.start, missing.end))
            if (piece.start, piece.size) != (missing.start, file.size) or len(piece.content) < missing.end - missing.start:
                raise zipfile.BadZipFile("less of it came than was asked for") from None
            file.learn(piece.start, piece.content)


def _manifest(archive: zipfile.ZipFile, file: _Known, entry: zipfile.ZipInfo, ask: Ask) -> Generator[Any, Any, Parsed]:
    """What one manifest names; one that cannot be read leaves that open."""
    if why := _why_not(entry):
        return Parsed((), (f"{_manifests.shown(entry.filename)}: {why}",))
    file.forget()
    own = _LOCAL + len(entry.filename.encode()) + len(entry.extra) + _SLACK
    until = min(entry.header_offset + own + entry.compress_size, file.size)
    yield from _with(file, ask, MOST_PACKED + own, lambda: _at(file, entry.header_offset, until))
    try:
        content = yield from _with(file, ask, MOST_PACKED, lambda: archive.read(entry))
    except _BROKEN as error:
        return _unread(entry, error)
    try:
        return _manifests.read(entry.filename, content)
    except _manifests.FAILURES as error:
        return _unread(entry, error)


def _unread(entry: zipfile.ZipInfo, error: Exception) -> Parsed:
    return Parsed((), (f"{_manifests.shown(entry.filename)} cannot be read ({type(error).__name__})",))


def _at(file: _Known, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def _why_not(entry: zipfile.ZipInfo) -> str:
    """Why a manifest is not even fetched."""
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "packed in a way that is not read"
    if entry.compress_size > MOST_PACKED or entry.file_size > MOST_UNPACKED:
        return f"larger than the {MOST_UNPACKED >> 20} MiB that are read"
    if entry.file_size > HARMLESS and entry.file_size > STEEPEST * max(entry.compress_size, 1):
        return f"would unpack to more than {STEEPEST} times its size"
    return ""


def _together(told: Iterable[Parsed], paths: tuple[str, ...]) -> Contents | str:
    """All that manifests and names tell; without any of them nothing is known, and an empty list would say that there is nothing."""
    told = tuple(told)
    named = tuple(package for path in paths if (package := _manifests.named_by_path(path)))
    packages = tuple(dict.fromkeys((*(package for one in told for package in one.packages), *named)))
    files = sorted({package.file for package in packages})
    left = [why for one in told for why in one.open]
    left += [f"{path} leaves versions to its build" for path in _manifests.leaves_open(paths)]
    if closed := sum(map(_manifests.is_archive, paths)):
        left.append(f"{stated(closed, 'archive', 'inside is', 'inside are')} not opened")
    if not packages:
        looked = f": {'; '.join(left[:_MOST_SAID])}" if left else ""
        return f"nothing in what was deployed names dependencies in exact versions{looked}"
    return Contents(Packages(packages), Manifests(_few(files), _few(left)))


def _few(sentences: list[str]) -> tuple[str, ...]:
    """The first of many, and how many more there are."""
    if len(sentences) <= _MOST_SAID:
        return tuple(sentences)
    return (*sentences[: _MOST_SAID - 1], f"and {len(sentences) - _MOST_SAID + 1} more")
