"""Nothing in the repository names the machine it was written on: neither its package registries nor its folders.

A registry or mirror named in a file would send every reader there; it belongs to each machine's own configuration.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.modules import ROOT

# Every machine has these folders: what lies in them says nothing about this one.
COMMON_FOLDERS = frozenset({"", "etc", "home", "mnt", "opt", "root", "srv", "tmp", "usr", "usr/src", "var", "var/tmp"})


def answer(*command: str) -> str:
    """What a tool of this machine says about its configuration; nothing where the tool is not installed."""
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout


def configured_registries() -> Iterator[str]:
    own = "from pip._internal.models.index import PyPI as p; print(f'https://{p.netloc} https://{p.file_storage_domain}')"
    yield answer(sys.executable, "-c", own)
    yield answer(sys.executable, "-m", "pip", "config", "list")
    yield answer("npm", "config", "get", "registry")
    yield answer("apt-get", "indextargets", "--format", "$(REPO_URI)")


def hosts(texts: Iterable[str]) -> frozenset[str]:
    found = (urllib.parse.urlparse(url).hostname for text in texts for url in re.findall(r"https?://[^\s\"',]+", text))
    return frozenset(host for host in found if host and host != "localhost" and not host.startswith("127."))


def folders_of_this_machine(root: Path) -> frozenset[str]:
    """The checkout and what lies beside it, unless every machine has such a folder."""
    if str(root.parent).removeprefix("/") in COMMON_FOLDERS:
        return frozenset()
    return frozenset(map(str, (root, *root.parent.iterdir())))


def mentions(text: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in text and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text)]


def files() -> Iterator[tuple[str, str]]:
    """Every text file that git tracks or would: path and text."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of the repository's files")
    for path in filter(None, listed.stdout.split("\0")):
        content = (ROOT / path).read_bytes() if (ROOT / path).is_file() else b""
        if b"\0" not in content:
            yield path, content.decode("utf-8")


def test_no_file_names_a_package_registry_of_this_machine() -> None:
    names = hosts(configured_registries())
    assert [f"{path}: {name}" for path, text in files() for name in mentions(text, names)] == []


def test_no_file_names_a_folder_of_this_machine() -> None:
    names = folders_of_this_machine(ROOT)
    assert [f"{path}: {name}" for path, text in files() for name in mentions(text, names)] == []


def test_hosts_are_found_in_what_the_tools_answer() -> None:
    said = ["global.index-url='https://user@registry.example:8443/simple'", '"http://mirror.example/debian"', "file:///opt/wheels"]
    assert hosts([*said, "http://localhost:1", "http://127.0.0.1:1"]) == {"registry.example", "mirror.example"}


def test_a_host_or_folder_is_found_as_a_whole_word_only() -> None:
    assert mentions("see https://mirror.example/debian", ["mirror.example"])
    assert mentions('open("/there/checkout/x")', ["/there/checkout"])
    assert not mentions("see https://old-mirror.example", ["mirror.example"])
    assert not mentions("src/there/checkout", ["/there/checkout"])


def test_the_checkouts_neighbours_count_as_this_machine(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "beside").mkdir()
    assert folders_of_this_machine(tmp_path / "checkout") == {str(tmp_path / "checkout"), str(tmp_path / "beside")}
    assert folders_of_this_machine(Path("/home/checkout")) == frozenset()
