"""Answers too large to be held whole: page by page, few at a time, and nobody waits long for another's."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

from patchkeep.domain.call import Call, Dialogue
from patchkeep.doors.aws.room import Room
from tests.doors.script import HERE, Reply, Script, door, told

INVENTORY = Call.of("ssm", "get_inventory", MaxResults=50)


def two_pages() -> Dialogue[list[Any]]:
    first = yield INVENTORY.page("")
    (second,) = yield (INVENTORY.page(first["NextToken"]),)
    return [first["Entities"], second["Entities"], second.get("NextToken")]


def test_a_call_that_names_its_page_is_answered_with_that_page_alone() -> None:
    script = Script([Reply({"Entities": [{"Id": "i-1"}], "NextToken": "more"}), Reply({"Entities": [{"Id": "i-2"}]})])
    with told(script) as endpoint:
        aws = door(endpoint)
        assert aws.read(HERE, "nodes", two_pages()) == [[{"Id": "i-1"}], [{"Id": "i-2"}], None]
    assert [asked for _, asked in script.heard] == [{"MaxResults": 50}, {"MaxResults": 50, "NextToken": "more"}]
    (read,) = aws.reads()
    assert read.calls == 2


def test_whoever_finds_no_room_waits_until_there_is() -> None:
    room, entered = Room(1, 60), Event()

    def enter() -> None:
        with room:
            entered.set()

    other = Thread(target=enter)
    with room:
        other.start()
        assert not entered.wait(0.02)
    assert entered.wait(10)
    other.join()


def test_whoever_finds_none_for_too_long_goes_on_without_and_takes_nobody_elses_place() -> None:
    room, went_on = Room(1, 0.01), Event()

    def enter() -> None:
        with room:
            went_on.set()

    with room:
        other = Thread(target=enter)
        other.start()
        assert went_on.wait(10)
        other.join()
    with room:
        assert not room._places.acquire(blocking=False), "one place, taken once"
