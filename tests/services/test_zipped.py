"""Archives read by parts: as little as can be is fetched, and nothing that is too large, broken or encrypted is taken for empty."""

from __future__ import annotations

import json
import random
import struct
import zipfile
from collections.abc import Generator
from io import BytesIO
from typing import Any

import pytest

from patchkeep.domain.asset import Contents
from patchkeep.services._zipped import MOST_DIRECTORY, MOST_MANIFESTS, Piece, Span, contents
from tests.services.zipped import zipped

LOCK = json.dumps({"packages": {"node_modules/lodash": {"version": "4.17.15"}}})
CODE = random.Random(4).randbytes(100_000)


def told(archive: bytes) -> tuple[Contents | str, list[Span]]:
    """What comes of an archive, and which bytes of it were fetched."""
    fetched: list[Span] = []

    def ask(span: Span) -> Generator[Any, Any, Piece]:
        start, end = (max(len(archive) + span[0], 0), len(archive)) if span[0] < 0 else span
        fetched.append((start, end))
        yield "a call"
        return Piece(start, archive[start:end], len(archive))

    reading = contents(ask)
    try:
        while True:
            next(reading)
    except StopIteration as ended:
        return ended.value, fetched


def why(archive: bytes) -> str:
    said, _ = told(archive)
    assert isinstance(said, str)
    return said


def names(archive: bytes) -> list[str]:
    found, _ = told(archive)
    assert isinstance(found, Contents), found
    return [f"{package.name} {package.version}" for package in found.packages]


def test_the_end_the_directory_and_the_manifest_are_fetched_and_no_code() -> None:
    archive = zipped({"first.js": CODE, "package-lock.json": LOCK, "last.js": CODE})
    found, fetched = told(archive)
    assert isinstance(found, Contents)
    assert (found.manifests.files, found.manifests.open) == (("package-lock.json",), ())
    assert len(fetched) == 3
    assert sum(end - start for start, end in fetched) < 700


def test_the_comment_that_git_archive_writes_costs_nothing_more_and_a_long_one_is_found() -> None:
    archive: dict[str, str | bytes] = {"package-lock.json": LOCK, "code.js": CODE}
    assert len(told(zipped(archive, b"265cfa0cf6af46153527f55d6503ec030551f57a"))[1]) == 3
    assert names(zipped(archive, b"x" * 5000)) == ["lodash 4.17.15"]


def test_of_what_is_no_archive_little_is_fetched() -> None:
    said, fetched = told(b"FROM python:3.11\n" * 10_000)
    assert said == "what was deployed is no zip archive that can be read"
    assert sum(end - start for start, end in fetched) < 200


@pytest.mark.parametrize("archive", [b"", b"PK", b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" + b"a" * 500])
def test_what_is_broken_is_said_to_be(archive: bytes) -> None:
    assert "no zip archive that can be read" in why(archive)


def test_any_single_byte_may_be_another_one() -> None:
    """Something is told, or the reason why not; nothing else is raised."""
    whole = zipped({"package-lock.json": LOCK, "pom.xml": "x"})
    for place in range(0, len(whole), 3):
        found, _ = told(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        assert isinstance(found, str) or found.packages


def test_without_any_manifest_nothing_is_known_and_that_is_no_empty_list() -> None:
    assert why(zipped({"app.py": "x"})) == "nothing in what was deployed names dependencies in exact versions"
    loose = why(zipped({"pom.xml": "x", "requirements.txt": "flask>=1\n"}))
    assert "requirements.txt: 1 line not pinned" in loose
    assert "pom.xml leaves versions to its build" in loose


def test_archives_inside_are_named_and_not_opened() -> None:
    found, _ = told(zipped({"WEB-INF/lib/log4j-core-2.14.1.jar": zipped({"package-lock.json": LOCK}), "WEB-INF/lib/own.jar": b""}))
    assert isinstance(found, Contents)
    assert [package.name for package in found.packages] == ["log4j-core"]
    assert found.manifests.open == ("2 archives inside are not opened",)


def test_a_manifest_that_would_unpack_to_far_more_is_not_fetched() -> None:
    found, fetched = told(zipped({"requirements.txt": "a" * (2 << 20), "package-lock.json": LOCK}))
    assert isinstance(found, Contents)
    assert found.manifests.open == ("requirements.txt: would unpack to more than 200 times its size",)
    assert sum(end - start for start, end in fetched) < 700


def test_one_that_lies_about_its_size_is_not_unpacked_further_than_it_says() -> None:
    archive = bytearray(zipped({"requirements.txt": "a" * (4 << 20)}))
    for sign, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        archive[archive.index(sign) + offset : archive.index(sign) + offset + 4] = struct.pack("<I", 1000)
    assert "requirements.txt cannot be read" in why(bytes(archive))


@pytest.mark.parametrize(("bit", "said"), [(0x1, "encrypted"), (0x0, "packed in a way")])
def test_encrypted_or_oddly_packed_manifests_are_said_to_be_so(bit: int, said: str) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if bit else zipfile.ZIP_LZMA) as archive:
        archive.writestr("package-lock.json", LOCK)
    content = bytearray(made.getvalue())
    content[content.index(b"PK\x01\x02") + 8] |= bit
    assert said in why(bytes(content))


def test_there_are_bounds_for_the_directory_and_the_number_of_manifests() -> None:
    assert f"more than the {MOST_MANIFESTS} that are read" in why(zipped({f"{n}/go.mod": "" for n in range(MOST_MANIFESTS + 1)}))
    large = {f"{n}/go.mod": random.Random(n).randbytes(3 << 20) for n in range(6)}
    assert "have more than the 16 MiB" in why(zipped(large))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, MOST_DIRECTORY + 1, 0, 0)
    assert "would have to be fetched at once" in why(bytes(MOST_DIRECTORY + 1) + end)


def test_one_manifest_that_cannot_be_read_leaves_the_others() -> None:
    found, _ = told(zipped({"package-lock.json": LOCK, "web/yarn.lock": "<html>"}))
    assert isinstance(found, Contents)
    assert found.manifests.open == ("web/yarn.lock cannot be read (ValueError)",)
