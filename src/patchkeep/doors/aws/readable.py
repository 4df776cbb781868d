"""Whether what came back is an answer at all. Not read is not clean: a page that isn't AWS's must not pass for an empty list.

botocore takes a body that is no JSON for an answer without content (parsers.BaseJSONParser), and XML of another service for one
whose every list is empty: what a proxy or a sign-in page says with status 200 would read as "nothing there". Nor does it
compare what came with what was promised (httpsession: enforce_content_length=False), so half a list could pass for the whole.
"""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import IncompleteReadError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

REFUSED_FROM = 300  # the status from which on botocore reads a refusal, and says so where it cannot
_EDGE = 200  # bytes at either end that are looked at
_ROOT = re.compile(rb"<\w+Response[\s>/]")


def refuse_unreadable(operation_model: OperationModel, response_dict: dict[str, Any]) -> None:
    """Raise ResponseParserError where a success has not the shape of its protocol, IncompleteReadError where part of it never came."""
    shape = operation_model.output_shape
    if response_dict["status_code"] >= REFUSED_FROM or shape is None or operation_model.has_streaming_output:
        return
    body: bytes = response_dict["body"]
    promised = response_dict["headers"].get("content-length") or ""
    if promised.isdigit() and int(promised) != len(body):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(promised))
    match operation_model.service_model.resolved_protocol:
        case "json" | "rest-json":
            readable = (body[:_EDGE].lstrip()[:1], body[-_EDGE:].rstrip()[-1:]) == (b"{", b"}") or not (shape.members or body)
        case "query" | "ec2":
            readable = bool(_ROOT.search(body[:_EDGE]))
        case _:
            readable = True
    if not readable:
        came = response_dict["headers"].get("content-type") or "no content type"
        what = f"status {response_dict['status_code']} with {len(body)} bytes of {came}"
        raise ResponseParserError(f"This is no answer of {operation_model.service_model.service_name} ({what}): is there a proxy between?")


def _listening(**told: Any) -> None:
    refuse_unreadable(told["operation_model"], told["response_dict"])


UNREADABLE = ("before-parse.*.*", _listening)  # the event and its listener, which a session registers
