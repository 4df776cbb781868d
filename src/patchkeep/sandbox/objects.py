"""Objects that lie in S3 before anybody came, read by range: source bundles of applications.

Of their buckets GetObject alone is emulated; everything else that is asked of one is refused loudly. Other buckets are moto's
(`passthrough`). Codes and headers: Amazon S3 API Reference, GetObject.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.protocol import Arrival, Reply
from patchkeep.sandbox.world import Site

_RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")
_HEADERS = {"range": "Range", "if-match": "IfMatch", "x-amz-expected-bucket-owner": "ExpectedBucketOwner"}


@dataclass(frozen=True, slots=True)
class Stored:
    """One object. `denied`: the bucket's own policy keeps everybody from reading it."""

    content: bytes
    owner: str  # account of the bucket
    denied: bool = False

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


def put_object(site: Site, bucket: str, key: str, stored: Stored) -> None:
    _buckets(site).setdefault(bucket, {})[key] = stored


def _buckets(site: Site) -> dict[str, dict[str, Stored]]:
    return site.kept["s3.objects"]


def params_of(arrival: Arrival) -> dict[str, Any]:
    """Bucket, key and what a GetObject says in headers, of a path-style request."""
    bucket, _, key = unquote(arrival.raw_path.partition("?")[0] or arrival.path).lstrip("/").partition("/")
    named = {"Bucket": bucket, **({"Key": key} if key else {})}
    return named | {name: arrival.headers[header] for header, name in _HEADERS.items() if header in arrival.headers}


def lies_here(request: Request) -> bool:
    """Whether the bucket is one of those that are emulated here."""
    return _bucket(request) is not None


def _bucket(request: Request) -> Mapping[str, Stored] | None:
    wanted = request.params.get("Bucket", "")
    return next((there[wanted] for site in request.world.sites.values() if wanted in (there := _buckets(site))), None)


def answer_object(name: str, request: Request, arrival: Arrival) -> Reply:
    """S3's answer over HTTP; whatever is no plain GetObject is `EmulatorNotImplemented`."""
    if name != "GetObject" or {key for key, _ in parse_qsl(arrival.query)} - {"x-id"}:
        raise AwsError("EmulatorNotImplemented", f"Of bucket {request.params['Bucket']} the sandbox emulates GetObject alone, not {name}.")
    answer = get_object(request)
    body: bytes = answer["Body"]
    headers = {"ETag": answer["ETag"], "Accept-Ranges": "bytes", "Content-Type": "binary/octet-stream"}
    if part := answer.get("ContentRange"):
        return Reply(206, body, {**headers, "Content-Range": part})
    return Reply(200, body, headers)


@operation("s3", "GetObject")
def get_object(request: Request) -> Answer:
    params = request.params
    bucket = _bucket(request)
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
    stored = bucket.get(params["Key"])
    if stored is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
    owner = params.get("ExpectedBucketOwner", stored.owner)
    if stored.denied or owner != stored.owner:
        where = f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"
        why = "with an explicit deny in a resource-based policy"
        raise AwsError("AccessDenied", f"User: {request.caller} is not authorized to perform: s3:GetObject on resource: {where} {why}", 403)
    if params.get("IfMatch", stored.etag) != stored.etag:
        raise AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
    return {"ETag": stored.etag, **_cut(stored.content, params.get("Range", ""))}


def _cut(content: bytes, asked: str) -> dict[str, Any]:
    """The whole where no range is asked for, or one that cannot be read (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(asked)
    if found is None:
        return {"Body": content, "ContentLength": len(content)}
    size = len(content)
    first = max(size - int(found[3]), 0) if found[3] else int(found[1])
    last = min(int(found[2]) if found[2] else size - 1, size - 1)
    if first >= size:
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416)
    part = content[first : last + 1]
    return {"Body": part, "ContentLength": len(part), "ContentRange": f"bytes {first}-{last}/{size}"}
