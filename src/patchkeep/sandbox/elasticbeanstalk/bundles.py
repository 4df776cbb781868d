"""Source bundles of application versions, made in memory: zip archives in Beanstalk's own bucket of the region.

"Create an Elastic Beanstalk application source bundle" in the AWS Elastic Beanstalk Developer Guide.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from patchkeep.sandbox.elasticbeanstalk.state import Environment
from patchkeep.sandbox.objects import Stored, put_object
from patchkeep.sandbox.world import Site

REFUSED, NOT_A_ZIP, ELSEWHERE = "refused", "not-a-zip", "elsewhere"
WORDS = (REFUSED, NOT_A_ZIP, ELSEWHERE)
CODE = "# what an application does is nobody's business but its owner's\n" * 400
_FIRST = (2026, 1, 1, 0, 0, 0)  # the date of every file: equal bundles are equal bytes


def put_bundle(site: Site, one: Environment, asked: Mapping[str, str] | str) -> None:
    """`asked`: the text of each manifest by its path, or how the bundle cannot be read. Raises ValueError for another word."""
    if isinstance(asked, str) and asked not in WORDS:
        raise ValueError(f"has no bundle {asked!r}; write one of {', '.join(WORDS)}, or its files with their text")
    if asked == ELSEWHERE:
        one.bucket = f"builds-{site.account}"
    content = b"FROM python:3.11\n" * 20 if asked == NOT_A_ZIP else zipped({} if isinstance(asked, str) else asked)
    put_object(site, one.bucket, one.key, Stored(content, site.account, denied=asked == REFUSED))


def zipped(files: Mapping[str, Any]) -> bytes:
    """An archive with these files, and some code between them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"application.py": CODE, **files}.items():
            archive.writestr(zipfile.ZipInfo(name, _FIRST), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()
