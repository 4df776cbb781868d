"""Answers whose body botocore hands over as a stream (S3's objects): read whole here, up to a bound, so that services get values."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import IncompleteReadError, ResponseStreamingError
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody

MOST = 16 << 20  # bytes; whoever wants a large object asks for ranges of it
_CHUNK = 1 << 20


def with_body(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with its body as bytes, where it has one.

    Raises IncompleteReadError where it broke off, ResponseParserError where it is larger than anybody has asked for.
    """
    body = answer.get("Body")
    if not isinstance(body, StreamingBody):
        return answer
    content = bytearray()
    try:
        for chunk in body.iter_chunks(_CHUNK):
            content += chunk
            if len(content) > MOST:
                raise ResponseParserError(f"more than {MOST} bytes came, which nobody asked for")
    except ResponseStreamingError as error:
        raise IncompleteReadError(actual_bytes=len(content), expected_bytes=int(answer.get("ContentLength") or 0)) from error
    finally:
        body.close()
    return {**answer, "Body": bytes(content)}
