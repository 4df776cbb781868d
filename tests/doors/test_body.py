"""Bodies that come as a stream are handed over whole, within bounds."""

from __future__ import annotations

from io import BytesIO

import pytest
from botocore.exceptions import IncompleteReadError
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody

from patchkeep.doors.aws.body import MOST, with_body


def test_a_stream_becomes_bytes_and_any_other_answer_stays() -> None:
    answer = with_body({"Body": StreamingBody(BytesIO(b"abc"), 3), "ETag": "x"})
    assert answer == {"Body": b"abc", "ETag": "x"}
    assert with_body({"Parameters": []}) == {"Parameters": []}


def test_one_that_broke_off_is_no_answer() -> None:
    with pytest.raises(IncompleteReadError):
        with_body({"Body": StreamingBody(BytesIO(b"abc"), 5)})


def test_more_than_anybody_asks_for_is_not_read_to_its_end() -> None:
    endless = BytesIO(bytes(MOST + (3 << 20)))
    with pytest.raises(ResponseParserError, match="nobody asked for"):
        with_body({"Body": StreamingBody(endless, MOST * 2)})
    assert endless.closed
