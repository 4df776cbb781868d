"""Discovery of search domains of Amazon OpenSearch Service.

- opensearch:ListDomainNames, opensearch:DescribeDomains (five a call): which there are, their service software, engine and off-peak window
- opensearch:GetCompatibleVersions: which version may become which
- opensearch:ListTags, for each domain

Developer Guide: "Service software updates", "Upgrading domains", "Off-peak maintenance windows"; shapes: botocore's model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Existing, Found, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services import _told
from patchkeep.services._answers import granted
from patchkeep.services._automation import present
from patchkeep.services._owners import tags_of
from patchkeep.services._versions import ENGINE, of_each_line, order

Row = Mapping[str, Any]

DOMAIN = "search domain"
SOFTWARE = "service-software"  # the id of an update
AT_ONCE = 5  # DescribeDomains, DomainNames: "The maximum number of domains is five"
PRODUCT = "amazon-opensearch"
EPOCH = datetime(1971, 1, 1, tzinfo=UTC)  # AWS answers 0 where it has no date
NAMES = Call.of("opensearch", "list_domain_names")
VERSIONS = Call.of("opensearch", "get_compatible_versions")
OFF_PEAK, AUTOMATIC = "OffPeakWindowStartTime", "AutoSoftwareUpdateEnabled"
OFF_PEAK_HOURS = 10  # OffPeakWindow: "The window length will always be 10 hours"
_STATES = {"PENDING_UPDATE": UpdateState.SCHEDULED, "IN_PROGRESS": UpdateState.RUNNING}


def discover(target: Target) -> Dialogue[Found]:
    """All domains of one account and region; refused reads of tags or versions leave those facts unread."""
    names = sorted(row["DomainName"] for row in (yield NAMES)["DomainNames"])
    if not names:
        return Found()
    chunks = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]
    described = granted((yield tuple(Call.of("opensearch", "describe_domains", DomainNames=chunk) for chunk in chunks)))
    rows = [row for answer in described for row in answer["DomainStatusList"] if not row.get("Deleted")]
    compatible, *tagged = yield (VERSIONS, *(Call.of("opensearch", "list_tags", ARN=row["ARN"]) for row in rows))
    targets = {row["SourceVersion"]: tuple(row.get("TargetVersions", ())) for row in _told.rows(compatible, "CompatibleVersions")}
    assets = []
    for row, tags in zip(rows, tagged, strict=True):
        unread = _told.unread(compatible_versions=compatible, tags=tags)
        assets.append(_domain(target, row, targets, tags_of(_told.rows(tags, "TagList")), unread))
    automation = (_automation(asset, row) for asset, row in zip(assets, rows, strict=True))
    return Found(tuple(assets), _told.gaps_about(assets, (compatible, *tagged)), tuple(automation))


def _domain(target: Target, row: Row, targets: Mapping[str, tuple[str, ...]], tags: Frozen, unread: tuple[str, ...]) -> Asset:
    software, running = row.get("ServiceSoftwareOptions", {}), row.get("EngineVersion", "")
    name, number = split(running)
    known = name == "OpenSearch"
    updates = [*_software(software), *_versions(row, targets)]
    return Asset(
        id=row["ARN"],
        kind=DOMAIN,
        target=target,
        name=row["DomainName"],
        os="",
        tags=tags,
        updates=tuple(sorted(updates, key=lambda update: update.key)),
        unread=unread,
        facts=Frozen(
            software=software.get("CurrentVersion", ""),
            off_peak=bool(off_peak_start(row)),
            barred=software.get("Description", "") if software.get("UpdateStatus") == "NOT_ELIGIBLE" else "",
        ),
        engine=name.lower() if known else "",
        version=number if known else running.replace("_", " "),
        product=PRODUCT if known else "",
        window=_window(off_peak_start(row)),
        remarks=tuple(_remarks(row, known=known)),
    )


def split(version: str) -> tuple[str, str]:
    """Engine and number of "OpenSearch_2.11"; no engine where it is spelt otherwise."""
    name, found, number = version.partition("_")
    return (name, number) if found else ("", version)


def rank(version: str) -> tuple[bool, tuple[int, ...]]:
    """Sorts versions: Elasticsearch 7.10 is older than OpenSearch 1.0, which came of it."""
    name, number = split(version)
    return name == "OpenSearch", order(number)


def _software(options: Row) -> Iterator[Update]:
    """Optional updates are never put on unasked: to lack one is no lack. They go blue/green, so that nobody is cut off."""
    state = _STATES.get(options.get("UpdateStatus", ""))
    if not options.get("UpdateAvailable") and state is None:
        return
    optional, version = bool(options.get("OptionalDeployment")), options.get("NewVersion", "")
    date = options.get("AutomatedUpdateDate")
    yield Update(
        SOFTWARE,
        f"service software {version}".rstrip(),
        state or (UpdateState.OPTIONAL if optional else UpdateState.MISSING),
        classification="maintenance",
        version=version,
        disruption=Disruption.NONE,
        forced_at=date if date and date > EPOCH and not optional else None,
        facts=Frozen(software=version),
    )


def _versions(row: Row, targets: Mapping[str, tuple[str, ...]]) -> Iterator[Update]:
    """The newest version of the same line, and the newest beyond it. New machines take over, but dashboards may be away meanwhile."""
    here = row.get("EngineVersion", "")
    newer = [version for version in targets.get(here, ()) if rank(version) > rank(here)]
    for line, version in of_each_line(newer, lambda one: _is_major(here, one), rank):
        state = UpdateState.OPTIONAL if line == "major" else UpdateState.MISSING
        if row.get("UpgradeProcessing") and _becomes(row) in {"", version}:
            state = UpdateState.RUNNING
        title = version.replace("_", " ")
        facts = Frozen(target=version)
        yield Update(ENGINE, title, state, classification=line, version=split(version)[1], disruption=Disruption.FAILOVER, facts=facts)


def _is_major(here: str, there: str) -> bool:
    return (split(here)[0], order(here)[:1]) != (split(there)[0], order(there)[:1])


def _becomes(row: Row) -> str:
    """The version that it is being upgraded to, as far as AWS says it."""
    pending = (one.get("PendingValue", "") for one in row.get("ModifyingProperties", ()) if one.get("Name") == "EngineVersion")
    return next(pending, "")


def off_peak_start(row: Row) -> str:
    """When the ten hours begin, "22:00" in UTC; "" where the window is off."""
    options = row.get("OffPeakWindowOptions", {})
    start = options.get("OffPeakWindow", {}).get("WindowStartTime")
    return f"{start.get('Hours', 0):02}:{start.get('Minutes', 0):02}" if options.get("Enabled") and start else ""


def _window(start: str) -> str:
    if not start:
        return ""
    hours, minutes = map(int, start.split(":"))
    return f"daily {start}-{(hours + OFF_PEAK_HOURS) % 24:02}:{minutes:02}"


def _remarks(row: Row, *, known: bool) -> Iterator[str]:
    if not row.get("SoftwareUpdateOptions", {}).get(AUTOMATIC):
        yield "automatic service software updates are off"
    if row.get("DomainProcessingStatus") == "Isolated":
        yield "AWS has isolated it: a required update was not put on in time"
    if not known:
        yield f"no lifecycle feed knows until when AWS supports {row.get('EngineVersion', 'it').replace('_', ' ')}: see its own page"


def _automation(asset: Asset, row: Row) -> Existing:
    fields = {OFF_PEAK: off_peak_start(row), AUTOMATIC: bool(row.get("SoftwareUpdateOptions", {}).get(AUTOMATIC))}
    return present("opensearch", asset, fields)
