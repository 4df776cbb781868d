"""Which differences between verdicts have a reason, and that each of them is written down."""

from __future__ import annotations

import pytest

from tests.witness.differences import SILENT, Why, why, why_of_managed, why_of_prowler
from tests.witness.prowler import MANAGED, PATCHED, findings
from tests.witness.tools import ROOT

STALE = ("last scan is 49 h old, more than 36 h",)
NEVER = ("is stopped", "never scanned")
BOTH = (("Patch", "NON_COMPLIANT"), ("Association", "COMPLIANT"))


def test_a_doubt_explains_that_others_call_it_compliant() -> None:
    assert why("UNKNOWN", STALE, "COMPLIANT") == (Why.STALE,)


def test_silence_is_explained_by_a_machine_that_was_never_scanned_alone() -> None:
    assert why("UNKNOWN", NEVER, SILENT) == (Why.NEVER_SCANNED,)
    assert why("UNKNOWN", STALE, SILENT) == ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("COMPLIANT", "NON_COMPLIANT"), ("UNKNOWN", "NON_COMPLIANT"), ("NON_COMPLIANT", "COMPLIANT"), ("COMPLIANT", SILENT)],
)
def test_nothing_explains_that_patchkeep_is_milder_or_sees_what_was_not_scanned(ours: str, theirs: str) -> None:
    assert why(ours, STALE, theirs) == ()


def test_prowler_may_differ_where_the_last_summary_is_not_about_patches() -> None:
    assert why_of_prowler("NON_COMPLIANT", (), "COMPLIANT", BOTH) == (Why.LAST_SUMMARY,)
    assert why_of_prowler("NON_COMPLIANT", (), "COMPLIANT", BOTH[::-1]) == ()
    assert why_of_prowler("UNKNOWN", STALE, "COMPLIANT", (("Patch", "COMPLIANT"), ("Association", "COMPLIANT"))) == (Why.STALE,)


def test_prowler_passes_stopped_and_lost_machines_and_nothing_else_without_a_reason() -> None:
    assert why_of_managed(("stopped",), "PASS") == (Why.STOPPED_PASSES,)
    assert why_of_managed(("two scanners", "offline"), "PASS") == (Why.LOST_PASSES,)
    assert why_of_managed(("unmanaged",), "PASS") == ()
    assert why_of_managed(("offline",), "FAIL") == ()


def test_findings_are_told_apart_by_their_check() -> None:
    rows = [
        {"metadata": {"event_code": check}, "resources": [{"name": "i-1", "uid": "arn"}], "status_code": status}
        for check, status in ((PATCHED, "FAIL"), (MANAGED, "PASS"))
    ]
    found = findings(rows)
    assert (found.patched, found.managed) == ({"i-1": "FAIL"}, {"i-1": "PASS"})


def test_every_reason_is_a_row_of_the_page_and_every_row_a_reason() -> None:
    page = (ROOT / "docs/explanation/witnesses.md").read_text()
    table = page.partition("## Where verdicts differ")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    assert sorted(rows[1:]) == sorted(Why)
