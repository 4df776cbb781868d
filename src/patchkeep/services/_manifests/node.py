"""Node's manifests; what is for development alone is left out: it is not installed where the application runs.

https://docs.npmjs.com/cli/configuring-npm/package-lock-json and https://classic.yarnpkg.com/lang/en/docs/yarn-lock/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from patchkeep.domain.packages import Package
from patchkeep.services._manifests.parsed import Parsed

ECOSYSTEM = "npm"
_FOLDER = "node_modules/"
_YARN_NAME = re.compile(r'"?(@?[^@"\s]+)@(?:npm:)?[^\n]*:')
_YARN_VERSION = re.compile(r'  version:?\s+"?([^"\s]+)"?')


def package_lock(content: bytes) -> Parsed:
    """Version 1 of the format nests `dependencies`; 2 and 3 have one row for each folder in `packages`."""
    lock = json.loads(content)
    if "packages" in lock:
        return Parsed(tuple(_folders(lock["packages"])))
    return Parsed(tuple(_nested(lock["dependencies"])) if "dependencies" in lock else ())


def _folders(rows: Mapping[str, Any]) -> Iterator[Package]:
    for folder, row in rows.items():
        if _FOLDER in folder and not row.get("dev") and not row.get("link") and "version" in row:
            yield Package(row.get("name") or folder.rpartition(_FOLDER)[2], row["version"], ecosystem=ECOSYSTEM)


def _nested(rows: Mapping[str, Any]) -> Iterator[Package]:
    for name, row in rows.items():
        if not row.get("dev"):
            yield Package(name, row["version"], ecosystem=ECOSYSTEM)
            yield from _nested(row.get("dependencies") or {})


def yarn_lock(content: bytes) -> Parsed:
    """Both Yarn 1's own format and the YAML of later ones: a line of names, and under it the version.

    It does not tell what is for development alone.
    """
    packages, name = [], ""
    for line in content.decode().splitlines():
        if named := _YARN_NAME.fullmatch(line):
            name = named[1]
        elif name and (found := _YARN_VERSION.fullmatch(line)):
            if not found[1].startswith("0.0.0-use.local"):
                packages.append(Package(name, found[1], ecosystem=ECOSYSTEM))
            name = ""
    if not packages and b"yarn lockfile" not in content and b"__metadata" not in content:
        raise ValueError("it is no lock file of Yarn's")
    return Parsed(tuple(packages))
