"""Python's manifests. Names are in lower case with hyphens, as package URLs have them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/ and
https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (the .dist-info directory).
"""

from __future__ import annotations

import json
import re
import tomllib

from patchkeep.domain.packages import Package
from patchkeep.domain.wording import counted
from patchkeep.services._manifests.parsed import Parsed

ECOSYSTEM = "pypi"
_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)\s*(?:;.*)?")
_INDEX = re.compile(r"-(?:-(?:index-url|extra-index-url|trusted-host|find-links|no-binary|only-binary|prefer-binary|pre|no-index)|i|f)\b")
_LONGEST = 1000  # characters of a line that may be a pinned one: long blanks would take the pattern long
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"?|'[^']*'?""")
_MOST_DOTS = 50  # outside quotes, in a line of TOML: tomllib takes time by the square of a dotted key's parts
_ROOTS = ("editable", "virtual", "directory")  # of uv.lock: the project itself


def _package(name: str, version: str) -> Package:
    return Package(name.lower().replace("_", "-"), version, ecosystem=ECOSYSTEM)


def requirements(content: bytes) -> Parsed:
    """Lines pinned with ==. It need not name what those packages need themselves."""
    text = content.decode("utf-8-sig").replace("\\\r\n", " ").replace("\\\n", " ")
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines()]
    bare = [re.sub(r"\s--hash[=\s]\S+", "", line).strip() for line in lines if line and not _INDEX.match(line)]
    pinned = [found for line in bare if len(line) <= _LONGEST and (found := _PINNED.fullmatch(line))]
    loose = len(bare) - len(pinned)
    said = [f"{counted(loose, 'line')} not pinned"] if loose else []
    return Parsed(tuple(_package(found[1], found[2]) for found in pinned), (*said, "it need not name what its packages need themselves"))


def pipfile_lock(content: bytes) -> Parsed:
    entries = json.loads(content)["default"]
    pinned = {name: entry["version"].removeprefix("==") for name, entry in entries.items() if entry.get("version", "").startswith("==")}
    loose = len(entries) - len(pinned)
    return Parsed(
        tuple(_package(name, version) for name, version in pinned.items()),
        (f"{counted(loose, 'package')} without a version",) if loose else (),
    )


def locked(content: bytes) -> Parsed:
    """poetry.lock and uv.lock: `[[package]]` with a name and a version."""
    text = content.decode()
    if any(_QUOTED.sub("", line).count(".") > _MOST_DOTS for line in text.split("\n") if line.count(".") > _MOST_DOTS):
        raise ValueError("no lock file has such keys")
    rows = tomllib.loads(text)["package"]
    bought = [row for row in rows if "version" in row and not any(root in row.get("source", {}) for root in _ROOTS)]
    return Parsed(tuple(_package(row["name"], row["version"]) for row in bought))


def dist_info(path: str) -> Package | None:
    """Of what was installed into the bundle itself: "vendor/urllib3-1.26.5.dist-info/METADATA"."""
    folder, _, file = path.rpartition("/")
    name, _, version = folder.rpartition("/")[2].removesuffix(".dist-info").partition("-")
    return _package(name, version) if file == "METADATA" and folder.endswith(".dist-info") and version else None
