"""What OpenSearch Service's rows tell of a domain, and how its software and versions go on and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import Asset, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ManagedRule
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services.opensearch import DOING, SERVICE, course
from patchkeep.services.opensearch.discover import discover
from tests.services.asked import automated
from tests.services.managed.opensearch import FORCED, OFFERED, READS, domain, software
from tests.services.talk import HERE, carry

RULE = ManagedRule("all", updates=("maintenance", "minor", "major"))
IN_WINDOW = replace(RULE, apply=Apply.AWS_WINDOW)
NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)


def seen(version: str = "OpenSearch_2.11", **more: Any) -> Asset:
    row = domain("orders", version, **more)
    names = {"DomainNames": [{"DomainName": "orders"}]}
    told = {**READS, "list_domain_names": names, "describe_domains": {"DomainStatusList": [row]}}
    (asset,) = carry(discover(HERE), told)[0].assets
    return asset


def offered(version: str, **more: Any) -> list[tuple[str, str]]:
    return [(update.title, update.classification) for update in seen(version, **more).updates or ()]


def test_versions_are_sorted_by_number_and_elasticsearch_is_older_than_opensearch() -> None:
    assert offered("OpenSearch_2.11") == [("OpenSearch 2.19", "minor")]
    assert offered("OpenSearch_2.19") == [("OpenSearch 3.5", "major")]
    assert offered("Elasticsearch_7.10") == [("OpenSearch 1.3", "major")]


def test_a_version_that_does_not_parse_offers_nothing() -> None:
    assert offered("") == offered("Serverless") == []


def test_elasticsearch_has_no_lifecycle_feed_and_that_is_said() -> None:
    asset = seen("Elasticsearch_7.10")
    assert (asset.engine, asset.version, asset.product) == ("", "Elasticsearch 7.10", "")
    assert any("no lifecycle feed knows" in remark for remark in asset.remarks)


@pytest.mark.parametrize(
    ("status", "optional", "state", "forced"),
    [
        ("ELIGIBLE", False, UpdateState.MISSING, FORCED),
        ("ELIGIBLE", True, UpdateState.OPTIONAL, None),
        ("PENDING_UPDATE", False, UpdateState.SCHEDULED, FORCED),
        ("IN_PROGRESS", False, UpdateState.RUNNING, FORCED),
    ],
)
def test_service_software_is_forced_only_where_it_is_required(
    status: str, optional: bool, state: UpdateState, forced: datetime | None
) -> None:
    options = {**OFFERED, "UpdateStatus": status, "OptionalDeployment": optional}
    (update,) = (one for one in seen("OpenSearch_3.5", ServiceSoftwareOptions=options).updates or ())
    assert (update.state, update.forced_at) == (state, forced)


def test_software_without_a_date_of_its_own_is_not_forced_in_1970() -> None:
    options = {**OFFERED, "AutomatedUpdateDate": datetime(1970, 1, 1, tzinfo=UTC)}
    (update,) = seen("OpenSearch_3.5", ServiceSoftwareOptions=options).updates or ()
    assert update.forced_at is None


def test_nothing_on_offer_is_nothing_lacked() -> None:
    assert seen("OpenSearch_3.5").updates == ()


def test_what_aws_does_not_update_now_is_left_with_its_reason() -> None:
    options = {**OFFERED, "UpdateStatus": "NOT_ELIGIBLE", "Description": "The cluster is red."}
    asset = seen("OpenSearch_3.5", ServiceSoftwareOptions=options)
    assert course(asset, RULE, {}) == "AWS does not update its service software now: The cluster is red."


def test_only_what_a_version_is_no_part_of_can_go_back() -> None:
    software_only = course(seen("OpenSearch_3.5", ServiceSoftwareOptions=OFFERED), RULE, {})
    both = course(seen(ServiceSoftwareOptions=OFFERED), RULE, {})
    assert isinstance(software_only, Course)
    assert isinstance(both, Course)
    assert (software_only.irreversible, software_only.pins) == (False, "")
    assert (both.steps, both.irreversible) == (("maintain", "check", "upgrade", "verify"), True)
    assert both.pins == "EngineVersion OpenSearch_2.19"


def test_aws_s_window_is_for_service_software_and_must_be_on() -> None:
    assert course(seen(), IN_WINDOW, {}) == "AWS has no window for versions of OpenSearch: they go on at once (`apply: in-ring`)"
    off = seen(ServiceSoftwareOptions=OFFERED, OffPeakWindowOptions={"Enabled": False})
    assert course(off, IN_WINDOW, {}) == "its off-peak window is off: name a window in the rule's `settings`"
    on = course(seen(ServiceSoftwareOptions=OFFERED), IN_WINDOW, {})
    assert isinstance(on, Course)
    assert (on.steps, [update.id for update in on.updates]) == (("opt in",), ["service-software"])


def test_an_empty_account_costs_one_read() -> None:
    _, calls = carry(discover(HERE), {"list_domain_names": {"DomainNames": []}})
    assert len(calls) == 1


def test_other_partitions_are_named_as_they_are() -> None:
    there = Target("111122223333", "cn-north-1", "aws-cn")
    assert seen(ARN=there.arn("es", "domain/orders")).resource == "orders"


def test_the_off_peak_window_is_daily_and_the_plan_says_so() -> None:
    assert SERVICE.settings
    (setting,) = (one for one in SERVICE.settings(automated(SERVICE)) if one.name == "current")
    assert "every day for ten hours, also when night is shut" in setting.notes[0]
    (call,) = setting.calls
    assert call.params["OffPeakWindowOptions"]["Enabled"] is True


# --- steps ----------------------------------------------------------------------------------------------------------


def batch(step: str, way: str = "roll back") -> Batch:
    keys = Frozen({"engine": "engine|OpenSearch 2.19", "service-software": "service-software|new"})
    software = {"software": "OpenSearch_2_11_R20261101", "was": "OpenSearch_2_11_R20260801-P1"}
    asks = Frozen(**software, version="OpenSearch_2.19", keys=keys, way=way)
    return Batch("pk-1", "all", step, HERE, ("orders",), NOW, "taken", "opensearch", Frozen({"orders": asks}))


def told(*history: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "describe_domains": {"DomainStatusList": [domain("orders", **more)]},
        "get_upgrade_history": {"UpgradeHistories": list(history)},
    }


def attempt(status: str, *issues: str, at: datetime = NOW) -> dict[str, Any]:
    step = {"UpgradeStep": "PRE_UPGRADE_CHECK", "UpgradeStepStatus": status, "Issues": list(issues)}
    return {"UpgradeName": "", "StartTimestamp": at, "UpgradeStatus": status, "StepsList": [step]}


def result(step: str, answers: dict[str, Any], after: timedelta = timedelta(minutes=5), way: str = "roll back") -> Result:
    (found,) = carry(DOING.check(batch(step, way), NOW + after), answers)[0].values()
    return found


def test_a_check_before_ours_proves_nothing() -> None:
    assert result("check", told(attempt("SUCCEEDED", at=NOW - timedelta(days=1)))).phase is Phase.RUNNING


def test_what_a_check_finds_is_told() -> None:
    found = result("check", told(attempt("FAILED", "Index old-1 must be reindexed")))
    assert (found.phase, found.message) == (
        Phase.FAILED,
        "AWS's check for OpenSearch_2.19 failed: Index old-1 must be reindexed",
    )
    passed = result("check", told(attempt("SUCCEEDED_WITH_ISSUES", "Few free addresses")))
    assert (passed.phase, passed.message) == (Phase.DONE, "Few free addresses")


def test_elasticsearch_with_a_higher_number_is_not_taken_for_a_newer_opensearch() -> None:
    assert result("upgrade", told(attempt("IN_PROGRESS"), version="Elasticsearch_7.10")).phase is Phase.RUNNING
    assert result("upgrade", told(attempt("SUCCEEDED"), version="OpenSearch_2.19")).phase is Phase.DONE


def test_an_upgrade_whose_answer_was_lost_is_found_in_the_history() -> None:
    assert carry(DOING.adopt(batch("upgrade")), told(attempt("IN_PROGRESS")))[0] == "taken"
    assert carry(DOING.adopt(batch("upgrade")), told(attempt("SUCCEEDED", at=NOW - timedelta(hours=1))))[0] is None


def test_a_domain_that_is_being_changed_is_waited_for() -> None:
    started, _ = carry(DOING.prepare(batch("maintain")), told(DomainProcessingStatus="Modifying", ServiceSoftwareOptions=OFFERED))
    assert dict(started.busy) == {"orders": "is Modifying"}


def test_software_that_aws_did_not_put_on_has_failed_with_its_words() -> None:
    options = {**OFFERED, "Description": "The last attempt failed."}
    found = result("maintain", told(ServiceSoftwareOptions=options), timedelta(hours=2))
    assert found.message == "is still on OpenSearch_2_11_R20260801-P1: The last attempt failed."


def test_what_the_software_is_called_for_its_engine_does_not_count() -> None:
    options = software(CurrentVersion="OpenSearch_2_19_R20261101")
    assert result("maintain", told(ServiceSoftwareOptions=options)).phase is Phase.DONE


def test_what_has_begun_can_no_longer_be_called_off() -> None:
    options = {**OFFERED, "UpdateStatus": "IN_PROGRESS", "Cancellable": False}
    started, _ = carry(DOING.prepare(batch("undo", "cancel")), told(ServiceSoftwareOptions=options))
    assert dict(started.lost) == {"orders": "AWS has begun it: it can no longer be cancelled"}


def test_rolled_back_is_what_runs_the_software_of_before() -> None:
    assert result("undo", told(ServiceSoftwareOptions=OFFERED)).phase is Phase.DONE
    newer = software(CurrentVersion="OpenSearch_2_11_R20261101")
    assert result("undo", told(ServiceSoftwareOptions=newer), timedelta(hours=2)).phase is Phase.FAILED
