"""The reboot document: where it is wanted, how it is changed, and that its script never restarts a machine twice."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from patchkeep.domain.asset import Existing
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.setting import Action
from patchkeep.services._reboot import REBOOT_DOCUMENT
from patchkeep.services.documents import discover, settings
from tests.services.estates import estate, node, operations
from tests.services.samples import OLD_CONTENT, OWNERSHIP, READS, RUNNING
from tests.services.talk import HERE, carry

MARK, ANOTHER = "pk-0123456789abcdef", "pk-fedcba9876543210"


def document(default: str, latest: str, owner: str = OWNERSHIP) -> Existing:
    fields = Frozen(DocumentType="Command", Sha256=default, DefaultVersion="1", LatestSha256=latest, LatestVersion="2")
    return Existing("documents", "document", HERE, REBOOT_DOCUMENT.name, REBOOT_DOCUMENT.name, owner, fields)


def test_the_hash_is_that_of_the_content_whatever_version_is_the_default() -> None:
    found, _ = carry(discover(HERE), READS)
    (existing,) = found.objects
    assert existing.fields["Sha256"] == hashlib.sha256(OLD_CONTENT.encode()).hexdigest()
    assert (existing.owner, existing.fields["DefaultVersion"], existing.fields["LatestVersion"]) == (OWNERSHIP, "1", "2")


def test_it_is_made_where_patchkeep_installs_and_nowhere_else() -> None:
    there = replace(HERE, region="us-east-1")
    (setting,) = settings(estate(prod=(node(RUNNING),), legacy=(node(RUNNING, there),)))
    assert (setting.action, setting.target, operations(setting)) == (Action.CREATE, HERE, ["create_document"])
    assert setting.calls[0].params["Content"] == REBOOT_DOCUMENT.content


def test_another_content_becomes_a_new_version_and_the_default() -> None:
    (setting,) = settings(estate(document("old", "old"), prod=(node(RUNNING),)))
    assert operations(setting) == ["update_document", "update_document_default_version"]
    assert setting.becomes == {"Sha256": REBOOT_DOCUMENT.sha256}


def test_after_a_crash_between_the_two_calls_only_the_default_is_moved() -> None:
    (setting,) = settings(estate(document("old", REBOOT_DOCUMENT.sha256), prod=(node(RUNNING),)))
    assert operations(setting) == ["update_document_default_version"]
    assert setting.calls[0].params["DocumentVersion"] == "2"


def test_the_right_content_needs_nothing_and_an_unwanted_document_goes() -> None:
    right = document(REBOOT_DOCUMENT.sha256, REBOOT_DOCUMENT.sha256)
    assert settings(estate(right, prod=(node(RUNNING),))) == ()
    (setting,) = settings(estate(right))
    assert setting.action is Action.DELETE


def test_somebody_else_s_document_under_its_name_is_left_alone() -> None:
    (setting,) = settings(estate(document("x", "x", owner=""), prod=(node(RUNNING),)))
    assert (setting.action, setting.calls) == (Action.BLOCKED, ())


def test_the_content_names_its_platforms_and_takes_marks_only_that_a_shell_cannot_misread() -> None:
    content = json.loads(REBOOT_DOCUMENT.content)
    assert content["schemaVersion"] == "2.2"
    assert [step["precondition"]["StringEquals"][1] for step in content["mainSteps"]] == ["Linux", "Windows"]
    assert content["parameters"]["Mark"]["allowedPattern"] == "^pk-[0-9a-f]{16}$"
    linux, windows = ("\n".join(step["inputs"]["runCommand"]) for step in content["mainSteps"])
    assert "exit 194" in linux
    assert "exit 3010" in windows


class Machine:
    """Runs the Linux script as the agent would, in a folder of its own, on a boot that the test chooses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.boot_id = folder / "boot_id"

    def run(self, mark: str, boot: str) -> int:
        self.boot_id.write_text(f"{boot}\n" if boot else "")
        step = json.loads(REBOOT_DOCUMENT.content)["mainSteps"][0]
        script = "\n".join(step["inputs"]["runCommand"]).replace("{{ Mark }}", mark)
        script = script.replace("/proc/sys/kernel/random/boot_id", str(self.boot_id)).replace("/var/lib/patchkeep", f"{self.folder}/kept")
        return subprocess.run(["sh", "-c", script], check=False, capture_output=True).returncode


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_script_asks_for_a_restart_and_ends_well_after_it(machine: Machine) -> None:
    assert machine.run(MARK, "boot-1") == 194
    assert machine.run(MARK, "boot-2") == 0


def test_the_same_mark_never_restarts_a_machine_twice(machine: Machine) -> None:
    assert machine.run(MARK, "boot-1") == 194
    assert machine.run(MARK, "boot-1") == 1, "the restart did not come: failed, not asked for again"
    assert machine.run(MARK, "boot-2") == 0
    assert machine.run(MARK, "boot-3") == 0, "delivered once more, long after"


def test_a_new_mark_restarts_whatever_an_older_one_left_behind(machine: Machine) -> None:
    assert machine.run(ANOTHER, "boot-1") == 194
    assert machine.run(MARK, "boot-2") == 194, "the machine was restarted by hand before the older mark was seen through"
    assert machine.run(MARK, "boot-3") == 0


def test_where_no_mark_can_be_kept_there_is_no_restart(machine: Machine) -> None:
    (machine.folder / "kept").write_text("a file where the folder should be")
    assert machine.run(MARK, "boot-1") == 1


def test_where_the_boot_is_unknown_there_is_no_restart(machine: Machine) -> None:
    assert machine.run(MARK, "") == 1
