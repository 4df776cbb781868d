"""Installed packages, kept packed: twenty thousand machines with hundreds each fit into memory, and those of one image share one list.

A list is its canonical text (JSON, sorted, each package once), compressed, and named by the SHA-256 of that text. It is taken
apart only when somebody looks inside, which is rare: verdicts and plans never do.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload
from weakref import WeakValueDictionary


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One installed package. `version` is the whole of it: epoch:version-release where the format has them.

    What an application brings along has an `ecosystem` (as package URLs spell it: "pypi", "npm", "maven") and the `file` that names it;
    both are "" of the operating system's own packages.
    """

    name: str
    version: str
    architecture: str = ""
    ecosystem: str = ""
    file: str = ""


def text_of(package: Package) -> str:
    """The package as it stands in a list's text."""
    fields = {"name": package.name, "version": package.version, "architecture": package.architecture}
    if package.ecosystem:
        fields |= {"ecosystem": package.ecosystem, "file": package.file}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def package_of(text: str) -> Package:
    return Package(**json.loads(text))


_BETWEEN = ",\n"  # inside JSON's strings no line ends


class Packages(Sequence[Package]):
    """A list of packages. Equal lists are mostly one object, and have equal digests always."""

    __slots__ = ("__weakref__", "_length", "digest", "packed")

    digest: bytes  # SHA-256 of the text
    packed: bytes  # the text in UTF-8, compressed (zlib)
    _length: int  # -1: not counted yet

    def __new__(cls, packages: Iterable[Package] = ()) -> Packages:  # noqa: PYI034 - there are no others
        return packages if isinstance(packages, Packages) else cls.of(map(text_of, packages))

    @classmethod
    def of(cls, texts: Iterable[str]) -> Packages:
        """From the packages' own texts, as `text_of` gives them: whoever reads millions of rows knows most of them already."""
        fragments = sorted(set(texts))
        text = f"[{_BETWEEN.join(fragments)}]".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).digest()
        return _known.get(digest) or cls._kept(digest, zlib.compress(text), len(fragments))

    @classmethod
    def stored(cls, digest: bytes, packed: bytes) -> Packages:
        """As it was kept somewhere: what `digest` and `packed` said."""
        return _known.get(digest) or cls._kept(digest, packed, -1)

    @classmethod
    def _kept(cls, digest: bytes, packed: bytes, length: int) -> Packages:
        made = super().__new__(cls)
        made.digest, made.packed, made._length = digest, packed, length
        return _known.setdefault(digest, made)

    def named(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of these names packages bear, to the letter; far quicker than looking at each package."""
        text = self.text
        return tuple(sorted(name for name in set(names) if f'{{"name":{json.dumps(name, ensure_ascii=False)},'.encode() in text))

    @property
    def text(self) -> bytes:
        """The packages as JSON."""
        return zlib.decompress(self.packed)

    def texts(self) -> list[str]:
        """The packages' own texts, in order: quicker than the packages, where only a few of them matter."""
        text = self.text.decode("utf-8", "surrogatepass")[1:-1]
        return text.split(_BETWEEN) if text else []

    def __iter__(self) -> Iterator[Package]:
        return (Package(**fields) for fields in json.loads(self.text))

    def __len__(self) -> int:
        if self._length < 0:
            self._length = len(json.loads(self.text))
        return self._length

    def __bool__(self) -> bool:
        return self.digest != NONE.digest

    @overload
    def __getitem__(self, index: int) -> Package: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Package]: ...
    def __getitem__(self, index: int | slice) -> Package | Sequence[Package]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Packages) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Packages({list(self)!r})"


_known: WeakValueDictionary[bytes, Packages] = WeakValueDictionary()  # equal values, one object
NONE = Packages()
