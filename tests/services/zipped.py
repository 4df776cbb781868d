"""Archives made in memory, and S3 as it answers for a range of one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any


def zipped(files: Mapping[str, str | bytes], comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return made.getvalue()


def piece_of(content: bytes) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What GetObject answers of an object: the range that is asked for ("bytes=0-9", "bytes=-64")."""

    def answer(params: Mapping[str, Any]) -> dict[str, Any]:
        first, last = params["Range"].removeprefix("bytes=").split("-")
        start = int(first) if first else max(len(content) - int(last), 0)
        part = content[start : int(last) + 1 if first else len(content)]
        shown = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        return {"Body": part, "ContentRange": shown, "ContentLength": len(part), "ETag": '"5d41402abc4b2a76b9719d911017c592"'}

    return answer
