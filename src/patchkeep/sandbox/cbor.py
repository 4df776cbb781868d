"""CBOR as Smithy's rpc-v2-cbor protocol uses it, which CloudWatch's clients speak and moto doesn't: read a request, write an answer.

Source: RFC 8949, and Smithy's page on the protocol (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html): a time is
tag 1 with seconds since 1970, maps and lists have a known length.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.parsers import RpcV2CBORParser

CONTENT = "application/cbor"
UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG = range(7)
EPOCH = 1  # the tag of a time
FALSE, TRUE, NULL, DOUBLE = b"\xf4", b"\xf5", b"\xf6", b"\xfb"


def read(body: bytes) -> Any:
    """What a body says; {} for an empty one. Raises ValueError or botocore's ResponseParserError for what is no CBOR."""
    parser = RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}


def write(value: Any) -> bytes:
    """A value of strings, numbers, times, lists and maps; raises TypeError for any other."""
    match value:
        case None:
            return NULL
        case bool():
            return TRUE if value else FALSE
        case int():
            return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
        case float():
            return DOUBLE + struct.pack(">d", value)
        case str():
            return _head(TEXT, len(value.encode())) + value.encode()
        case bytes():
            return _head(BYTES, len(value)) + value
        case datetime():
            return _head(TAG, EPOCH) + write(value.timestamp())
        case Mapping():
            return _head(MAP, len(value)) + b"".join(write(key) + write(item) for key, item in value.items())
        case list() | tuple():
            return _head(LIST, len(value)) + b"".join(map(write, value))
        case _:
            raise TypeError(f"CBOR has nothing for a {type(value).__name__}")


def _head(major: int, number: int) -> bytes:
    """The first bytes of an item: its kind, and its length or value in as few bytes as hold it."""
    if number < 24:
        return bytes([major << 5 | number])
    for additional, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | additional]) + number.to_bytes(size, "big")
    return bytes([major << 5 | 27]) + number.to_bytes(8, "big")
