"""The page of JSON shapes: what each command writes with `--format json`, its keys taken from the dataclasses behind it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from patchkeep.domain import asset, call, compliance, deferral, owners, packages, plan, policy, progress, report, setting, snapshot
from patchkeep.domain.calendar import values as entries
from patchkeep.domain.forecast import findings, lanes
from patchkeep.policy import explain
from patchkeep.work import doctor, offers

_HEAD = """# JSON output

`--format json` writes one JSON document to standard output; progress and errors go to standard error. Every document begins with
`"format"` (`patchkeep.discover`) and `"version"` (1). Keys may be added within a version; one that goes or changes its meaning makes
a new version, so a program should look at both and ignore keys that it doesn't know.

Times are ISO 8601 in UTC, with `Z` or `+00:00`. Amounts of time are ISO 8601 durations (`P1DT3600S`); a key that ends in `_seconds` or
`_hours` has a number instead, as in the report. Shares are 0 to 1. What is not known is `null` or `"UNKNOWN"`, never 0 and never an empty list.

| command | `format` | further keys |
|---|---|---|
| `discover` | `patchkeep.discover` | `snapshot`: [Snapshot](#snapshot) |
| `assess` | `patchkeep.assess` | `snapshot` (id), `at`, `sources` (service, fact, operation it comes from), `assets`: list of `asset`: [Asset](#asset), `environment` (name or null), `compliance`: [Compliance](#compliance); of one asset also `changes`: list of `at`, `status`, `reasons`, oldest first, where its status became another |
| `feeds update`, `feeds status` | `patchkeep.feeds` | `feeds`: list (empty: none was read) of `name`, `publisher`, `read_at`, `oldest`, `newest` (dates of what it is made of), `age_days` (of the oldest), `products`, `lines`, `hash` |
| `doctor` | `patchkeep.doctor` | `stop`: sentences on a stop that stands or could not be read; `every_account`: the likely reason where no account lets Patchkeep in, else ""; `rows`: list of [Row](#row); `groups`: list of `group`, `rows`, `assets`, `frees` (assets that nothing else hinders), `stops` |
| `who` | `patchkeep.who` | `question`, `answers`: list of `asset` (ARN), `name`, `has` (`yes`, `no`, `UNKNOWN`), `evidence`, `seen_at`, `deferred_until` (null: not deferred), `owner`, `owner_from`; `gaps`: places not looked at, list of [Gap](#gap) |
| `plan` | `patchkeep.plan` | `plan`: [Plan](#plan) |
| `apply` | `patchkeep.apply` | `plan` (id), `settings`: list of `setting`: [Setting](#setting), `outcome` (`applied`, `already as wanted`, `changed since the plan`, `failed`, `blocked`), `why` |
| `adopt` | `patchkeep.adopt` | `snapshot` (id), `taken_at`, `offers`: list of `object`: [Existing](#existing), `does`, `owner`, `refused`, `candidates`: list of [Candidate](#candidate) with `exact` and `differs` (names of fields); `adopted`: list of [Existing](#existing); `gaps`: list of [Gap](#gap) |
| `adopt OBJECT`, `rollout undo` | `patchkeep.plan` | `plan`: [Plan](#plan) |
| `defer ASSET`, `defer end`, `defer list` | `patchkeep.deferrals` | `deferrals`: list of [Deferral](#deferral); of `list` with `stands` (in force now) |
| `rollout start`, `rollout resume`, `rollout collect`, `rollout approve`, `rollout pause`, `rollout halt`, `rollout status ID` | `patchkeep.rollout` | `rollout`: [Rollout](#rollout); of `rollout status` also `stop`, as `doctor` has it |
| `rollout status` | `patchkeep.rollouts` | `stop`, as `doctor` has it; `rollouts`: list of [Rollout](#rollout) |
| `calendar` | `patchkeep.calendar` | `from`, `until` (the first moment after it), `made_at`, `conflicts` (how many), `entries`: list of [Entry](#entry), `notes` (what is not in it) |
| `verify` | `patchkeep.verify` | `plan` (id), `changes`: list of `asset` (ARN), `planned`, `proof` (`patched`, `partly patched`, `patched, restart pending`, `taken back`, `UNKNOWN`), `open`, `why` |
| `report` | `patchkeep.report` | the keys of [Report](#report), with `drift`, `overdue` and `clean` |
| `policy check` | `patchkeep.policy-check` | `errors`: list of [PolicyError](#policyerror); where there is none also `holds`, `until` (how far windows were looked at), `deadlines`: list of `ring`, `installer`, `severity`, `from`, `allowed_seconds`, `verdict` (`fits`, `breaches`, `can never`), `worst_seconds`, `begins`, `arrives` (null: not until then), `from_release_seconds`, `delay_seconds`, `baseline`, `why`, `way` (list of [Stop](#stop)); `findings`: list of [Finding](#finding); `notes`; `assets`: null without a snapshot, else `snapshot`, `taken_at`, `seen`, `outside` (list of [Skip](#skip)), `unread` and `left_out` (lists of [Gap](#gap)); `groups`: patch groups that machines bear, a list of `environment`, `wanted`, `machines`, `borne` (list of `group`, `machines`), `write` (the line to write into the policy, or null) |
| `policy explain` | `patchkeep.explain` | `asset` (ARN), `explanation`: [Explanation](#explanation), `compliance`: [Compliance](#compliance) |
| `iam` | `patchkeep.iam` | `policies`: list of `role`, `kind` (`permissions`, `trust` or `stop`), `about`, `characters`, `document` (the policy as IAM reads it) |
| `db migrate` | `patchkeep.db-migrate` | `place`, `before` (null: no tables yet), `after` |
| `db status` | `patchkeep.db-status` | `place`, `kind` (`sqlite`, `postgresql`), `revision`, `newest_revision`, `size` (bytes), `oldest`, `newest` (looks), `broken` (the ledger's first entry that doesn't hold, or null), `damage` ("": none found), `sound`, `rows` (by table) |
| `db backup` | `patchkeep.db-backup` | `path`, `size` (bytes), `checked` (how) |
| `db prune` | `patchkeep.db-prune` | `pruned` (false without `--yes`: only told), `looks`, `exposures`, `plans`, `kept_looks`, `kept_exposures`, `kept_plans`, `spared_looks` (old, but something rests on them) |
| `sandbox fault add`, `sandbox fault list` | `patchkeep.sandbox-faults` | `faults`: list of `id`, `kind`, `share`, what else it was confined to, `hits` (how often it struck), `last` (what it struck last) |

The file that `plan -o FILE` saves is the same document as `plan --format json`. Its `id` is the hash of its content.
"""  # noqa: E501 - a row of a table is one line

_SHAPES = (
    (snapshot, ("Snapshot", "AccountSeen")),
    (asset, ("Asset", "Scan", "Counts", "Update", "Inventory", "Manifests", "Obstacle", "Existing")),
    (packages, ("Package",)),
    (call, ("Target", "Gap", "Read", "Call")),
    (compliance, ("Compliance", "Doubt")),
    (doctor, ("Row",)),
    (plan, ("Plan", "Ring", "Change", "Skip")),
    (setting, ("Setting",)),
    (progress, ("Rollout", "RingState", "Member", "Batch", "Approved")),
    (policy, ("Approval", "Amount", "PolicyError", "Place")),
    (explain, ("Explanation",)),
    (findings, ("Finding",)),
    (lanes, ("Stop",)),
    (owners, ("OpenWork",)),
    (offers, ("Candidate",)),
    (deferral, ("Deferral",)),
    (entries, ("Entry",)),
    (
        report,
        (
            *("Report", "Remediation", "Exposures", "Spread", "SeverityRow", "AgeBucket", "OpenWindow", "CveRow"),
            *("SlaRow", "Coverage", "Reason", "AssetRow"),
        ),
    ),
)
_BY_HAND = {
    "Picture": "A picture of one look: `at`, `environments` (a list of environment rows) and `total` (one for all).",
    "Row": "An environment row: `name`, `compliant`, `non_compliant`, `waived`, `unknown`, `total`, `ratio` (compliant among all), "
    "`known` (all but UNKNOWN among all), `open_updates`, `open_on_unknown`, `overdue`.",
}
NO_JSON = {
    "demo": "it tells people a story; what it leaves in its folder can be asked by every other command",
    "init": "it writes a policy file, and asks",
    "policy init": "it writes a policy file",
    "policy schema": "it prints a JSON Schema, which is a document of its own format",
    "export cloudformation": "it prints a CloudFormation template, which is JSON of its own format",
    "export terraform": "it writes a module for Terraform",
    "export upgrade-rollout": "it prints Organizations policies, which are JSON of their own format",
    "sandbox serve": "it runs until it is interrupted; its first line is the address",
    "sandbox run": "it has the formats of the command that it runs",
    "sandbox advance": "it prints one line, the new time",
    "sandbox fault clear": "it prints one line, how many there were",
    "completion": "it prints a script for a shell",
}
_ROW = re.compile(r"^\| (?P<commands>`[^|]+) \| `(?P<kind>patchkeep\.[\w-]+)` \|")
_VERDICT = ("status", "reasons", "scan_age_hours", "blind_for_hours")  # formats/report_json puts them beside the asset's own keys
_FIELD = re.compile(r"^    (?P<key>\w+): (?P<type>[^=#]+?)(?: = .*?)?(?:  # (?P<said>.*))?$")


def kinds() -> dict[str, str]:
    """Each command that stands in the table, as it is typed, and the `format` of its document."""
    found: dict[str, str] = {}
    for line in _HEAD.splitlines():
        if row := _ROW.match(line):
            for typed in re.findall(r"`([^`]+)`", row["commands"]):
                name = " ".join(word for word in typed.split() if not word.isupper())
                found.setdefault("defer asset" if name == "defer" else name, row["kind"])
    return found


def _without() -> str:
    rows = "\n".join(f"| `{name}` | {why} |" for name, why in NO_JSON.items())
    return f"Commands that know no `--format`:\n\n| command | why |\n|---|---|\n{rows}\n"


def page() -> str:
    """The whole page."""
    return (
        "\n".join([_HEAD, _without(), *(line for module, names in _SHAPES for name in names for line in _shape(module, name))]).rstrip()
        + "\n"
    )


def _shape(module: Any, name: str) -> Iterator[str]:
    kind: type[Any] = vars(module)[name]
    if not is_dataclass(kind):
        raise TypeError(f"{name} is no dataclass")
    yield f"## {name}\n"
    said = " ".join((inspect.getdoc(kind) or "").split())
    if not said.startswith(f"{name}("):  # a dataclass without words of its own says its signature
        yield f"{said}\n"
    if name == "Report":
        yield from (f"{said}\n" for said in _BY_HAND.values())
    yield from ("| key | type | what |", "|---|---|---|")
    for line in inspect.getsource(kind).splitlines():
        if line.lstrip().startswith(("def ", "@property")):
            break
        if (found := _FIELD.match(line)) and found["key"] != "traceback":
            yield from _rows(found, in_report=module is report)
    yield ""


def _rows(found: re.Match[str], *, in_report: bool) -> Iterator[str]:
    """A field as its format writes it: the report says hours, and puts a verdict's keys beside the asset's."""
    key, kind, said = found["key"], found["type"].strip(), found["said"] or ""
    if in_report and key == "verdict":
        yield from (f"| `{each}` | of [Compliance](#compliance) | |" for each in _VERDICT)
        return
    if in_report and "timedelta" in kind:
        key, kind = f"{key}_hours", kind.replace("timedelta", "float")
    yield f"| `{key}` | {kind.replace('|', chr(92) + '|')} | {said} |"
