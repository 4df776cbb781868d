"""What became of a command's members: only a whole record of this very run counts, whatever the clocks say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services.commands import check
from tests.services.samples import COMMAND, HYBRID, NOW, RUNNING, patch, patch_state
from tests.services.talk import HERE, carry

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BEGAN = NOW - timedelta(hours=3, minutes=1)  # by the node's clock; its scan ended three hours before NOW


def ran(name: str, began: datetime | None = BEGAN) -> dict[str, Any]:
    plugin = {"Name": "PatchLinux", "Status": "Success", "ResponseFinishDateTime": NOW, "Output": ""}
    started = {"ResponseStartDateTime": began} if began else {}
    return {"CommandId": COMMAND, "InstanceId": name, "Status": "Success", "CommandPlugins": [plugin | started]}


def checked(
    *rows: Mapping[str, Any],
    intended: datetime = BEGAN,
    now: datetime = NOW,
    patches: tuple[Any, ...] = (),
    state: Mapping[str, Any] | None = None,
    **counts: int,
) -> dict[str, Result]:
    batch = Batch("pk-1", "canary", "verify", HERE, (RUNNING, HYBRID), intended, COMMAND)
    answers = {
        "list_command_invocations": {"CommandInvocations": list(rows)},
        "describe_instance_patch_states": {"InstancePatchStates": [state or patch_state(RUNNING, **counts)]},
        "describe_instance_patches": {"Patches": list(patches)},
    }
    return dict(carry(check(batch, now), answers)[0])


def test_counted_patches_that_are_not_named_do_not_pass_for_none() -> None:
    assert checked(ran(RUNNING), MissingCount=2)[RUNNING].phase is Phase.RUNNING
    assert checked(ran(RUNNING), MissingCount=2, patches=(patch("a-1"),))[RUNNING].phase is Phase.RUNNING
    whole = checked(ran(RUNNING), MissingCount=2, patches=(patch("a-1"), patch("b-2")))[RUNNING]
    assert (whole.phase, whole.open) == (Phase.DONE, ("openssl.x86_64|a-1", "openssl.x86_64|b-2"))


def test_a_count_that_a_record_leaves_out_is_asked_for_by_name() -> None:
    state = {key: value for key, value in patch_state(RUNNING).items() if key != "InstalledPendingRebootCount"}
    waiting = patch(state="InstalledPendingReboot")
    left = checked(ran(RUNNING), patches=(waiting,), state=state)[RUNNING]
    assert (left.phase, left.pending_reboot, len(left.open)) == (Phase.DONE, 1, 1)


def test_a_record_that_never_becomes_whole_fails_its_member() -> None:
    late = checked(ran(RUNNING), now=NOW + timedelta(minutes=16), MissingCount=2)[RUNNING]
    assert (late.phase, late.message) == (Phase.FAILED, "the command succeeded, but no new, whole patch state appeared within 15 minutes")


@pytest.mark.parametrize("ours", [-10 * MINUTE, -2 * MINUTE, 2 * MINUTE, 10 * MINUTE], ids=str)
def test_a_clock_of_ours_that_is_wrong_changes_nothing(ours: timedelta) -> None:
    assert checked(ran(RUNNING), intended=BEGAN + ours)[RUNNING].phase is Phase.DONE
    older = ran(RUNNING, NOW - timedelta(hours=3) + SECOND)
    assert checked(older, intended=BEGAN + ours)[RUNNING].phase is Phase.RUNNING, "the record is of a scan before ours"


def test_a_scan_that_ended_in_the_second_in_which_it_began_counts() -> None:
    assert checked(ran(RUNNING, NOW - timedelta(hours=3) + timedelta(milliseconds=400)))[RUNNING].phase is Phase.DONE


def test_without_a_beginning_the_intent_s_time_counts() -> None:
    assert checked(ran(RUNNING, None))[RUNNING].phase is Phase.DONE
    assert checked(ran(RUNNING, None), intended=NOW)[RUNNING].phase is Phase.RUNNING


def test_a_member_that_the_command_left_out_has_failed_once_the_others_are_listed() -> None:
    assert checked(ran(RUNNING), intended=NOW - 14 * MINUTE)[HYBRID].phase is Phase.RUNNING
    assert checked(ran(RUNNING), intended=NOW - 16 * MINUTE)[HYBRID].phase is Phase.FAILED
    assert checked(intended=NOW - 16 * MINUTE)[HYBRID].phase is Phase.RUNNING, "nothing of the command is listed"
