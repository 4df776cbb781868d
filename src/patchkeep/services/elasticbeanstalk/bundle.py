"""What an application version brings along: read from its source bundle in S3, where the policy's rule has `read_code`.

- s3:GetObject with `Range`: the bundle's last bytes, its directory, and the manifests in it. Its code is never asked for.

Beanstalk keeps bundles in its own bucket of each region, elasticbeanstalk-REGION-ACCOUNT, beside logs and saved configurations
(developer guide, "Using Elastic Beanstalk with Amazon S3"). Names of the objects say nothing of what they are, so the read role is
granted that bucket's objects; a bundle elsewhere is asked for all the same, and is mostly refused.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from patchkeep.domain.asset import Asset, Contents
from patchkeep.domain.call import Call, Dialogue, Refused
from patchkeep.domain.policy import Policy
from patchkeep.services._grants import Grant
from patchkeep.services._zipped import Piece, Span, contents

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_EMPTY, _REPLACED = "InvalidRange", "PreconditionFailed"  # AWS's codes for a range of nothing, and for another upload than before


def wanted(policy: Policy) -> bool:
    """Whether a rule asks for it: else the roles are granted nothing of S3."""
    return any(rule.read_code for rule in policy.managed)


def grants(policy: Policy) -> tuple[Grant, ...]:
    """Objects of Beanstalk's own buckets."""
    bundles = ("arn:{partition}:s3:::elasticbeanstalk-*-{account}/*",)
    return (Grant("ReadBundles", "s3", ("get_object",), bundles),) if wanted(policy) else ()


def inside(asset: Asset) -> Dialogue[Contents | str]:
    """The dependencies of the version that an environment runs, or why they are not known. Raises `Refused`, with the cure."""
    bucket, key = asset.facts.get("bucket", ""), asset.facts.get("key", "")
    if not bucket:
        return "AWS does not tell where its bundle lies"
    try:
        return (yield from contents(_Object(asset, bucket, key).piece))
    except Refused as refused:
        if refused.gap.code == _EMPTY:
            return "its bundle is empty"
        raise Refused(_cured(refused, asset, bucket, key)) from refused


class _Object:
    """One object, asked for in pieces that are all of one upload of it."""

    def __init__(self, asset: Asset, bucket: str, key: str) -> None:
        self._named = {"Bucket": bucket, "Key": key}
        if _beanstalks(asset, bucket):
            self._named["ExpectedBucketOwner"] = asset.target.account  # nobody else's bucket of that name

    def piece(self, span: Span) -> Generator[Any, Any, Piece]:
        start, end = span
        asked = f"bytes={start}" if start < 0 else f"bytes={start}-{end - 1}"
        answer = yield Call.of("s3", "get_object", self._named, Range=asked)
        if etag := answer.get("ETag"):
            self._named["IfMatch"] = etag
        found = _RANGE.fullmatch(answer.get("ContentRange", ""))
        if found is None:  # S3 always says it: something else has answered
            raise LookupError("what came does not say which bytes of the bundle it is")
        return Piece(int(found[1]), answer["Body"], int(found[2]))


def _beanstalks(asset: Asset, bucket: str) -> bool:
    return bucket == f"elasticbeanstalk-{asset.target.region}-{asset.target.account}"


def _cured(refused: Refused, asset: Asset, bucket: str, key: str) -> Any:
    """The gap with what to do: roles are granted Beanstalk's own bucket alone."""
    if refused.gap.code == _REPLACED:
        return replace(refused.gap, reason="its bundle was replaced while it was read", fix="look again")
    if _beanstalks(asset, bucket) or refused.gap.code not in {"AccessDenied", "403"}:
        return refused.gap
    where = f"arn:{asset.target.partition}:s3:::{bucket}/{key}"
    return replace(refused.gap, fix=f"its bundle is not in Beanstalk's own bucket: allow s3:GetObject on {where} to the read role, too")
