"""Every mistake is told with its place, what is wrong and what to write instead; all of them at once."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.policy import PolicyErrors
from patchkeep.policy import load, notes
from tests.policy.reading import ENVIRONMENTS, EXAMPLE, NOW, mistake, mistakes, policy


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("freshnes: {scan: 36h}", "2:1: The key `freshnes` is not known here. Did you mean `freshness`?"),
        ("emergency: {}", "2:1: `emergency` arrives with emergency changes. Remove it."),
        ("frameworks: {cis: {}}", "2:1: `frameworks` arrives with compliance frameworks. Remove it."),
        ("owner: {tag: Owner, fallback: team}", "2:31: 'team' is not known here. Known: account-contact, none."),
        ("<<: {a: 1}", "2:1: Merging maps (<<) is no part of YAML 1.2. Write the keys out."),
        (
            "windows:\n  w: {at: daily 02:00, lasts: 1h, rings: x}",
            "3:35: The key `rings` is not known here. It stands at the top of the file",
        ),
        (
            "freshness:",
            "2:11: `freshness` is a map of keys and values, not nothing. Write `scan`, `inventory`, `scan_schedule` below it, indented.",
        ),
        ("rings: {name: a}", "2:8: `rings` is a list, not a map. Begin each entry with `- `."),
        ("rings: [x]", "2:9: Each entry of `rings` is a map of keys and values, not the text 'x'."),
        ("name: 1.10", '2:7: A text is expected here; 1.10 is read as the number 1.10. Put it in quotes: "1.10".'),
        ("name: a b", "2:7: 'a b' cannot be a name. Use letters, digits"),
        ("freshness: {scan: 36}", "2:19: 36 of what? Write a unit: `36m`, `36h` or `36d`."),
        ("freshness: {scan: 3 days}", "2:19: '3 days' is no duration. Write it as in `15m`, `36h`, `3d` or `1d12h`."),
        ("freshness: {scan: now}", "2:19: No time at all makes no sense here."),
        ("freshness: {scan: 99999999999999999999w}", "2:19: 99999999999999999999w is longer than ten years."),
    ],
)
def test_a_wrong_key_or_type_says_what_to_write(text: str, error: str) -> None:
    assert mistake(text).startswith(f"p.yaml:{error}")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "exclude: [{account: 012345678901, why: x}]",
            'The account id 012345678901 is read as a number. Put it in quotes: "012345678901".',
        ),
        ('exclude: [{account: "1234", why: x}]', "'1234' is no account id."),
        ('exclude: [{account: "111122223333"}]', "Each entry of `exclude` lacks `why`. Add `why`, for example `why: sandbox`."),
        ("external_id: hunter2", "A secret must not stand in the policy file. Write where it is kept: `env:NAME`"),
        ("external_id: 'env:'", "A secret must not stand in the policy file."),
        ("regions: eu-west-1", "'eu-west-1' is no list of regions. Write `all-enabled`, or a list: `[eu-west-1]`."),
        ("regions: [Frankfurt]", "'Frankfurt' is no region."),
        ("roles: {read: arn:aws:iam::111122223333:role/R}", "'arn:aws:iam::111122223333:role/R' is no role name."),
    ],
)
def test_the_way_into_accounts_is_checked(text: str, error: str) -> None:
    assert error in mistake(f"organization: {{{text}}}")


def test_a_literal_external_id_is_not_repeated_in_the_message() -> None:
    assert "hunter2" not in mistake("organization: {external_id: hunter2}")


@pytest.mark.parametrize("reference", ["env:EXTERNAL_ID", "ssm:/patchkeep/external-id", "secretsmanager:patchkeep/external-id"])
def test_references_to_secrets_are_taken(reference: str) -> None:
    found = load(f"organization: {{external_id: {reference}}}\nenvironments: {{a: {{match: all}}}}", "", NOW)
    assert found.organization.external_id == reference


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("e: {}", "1:16: `e` lacks `match`. Add `match`, for example `match: {ou: Workloads/Prod}`."),
        ("e: {match: {}}", "1:27: This matches nothing in particular. Name an `ou`"),
        ("e: {match: {ou: /Workloads/}}", "1:32: '/Workloads/' has slashes or spaces to spare. Write `Workloads`."),
        ("e: {match: {ou: ou-ab12-12345678}}", "1:32: ou-ab12-12345678 is an id; environments are matched by the path of names."),
        (
            'e: {match: {ou: "Work\\nloads"}}',
            "1:32: 'Work\\nloads' holds a character that nobody sees, '\\n'. Write it in one line, without that character.",
        ),
        ("e: {match: {account: 111122223333}}", "1:37: The account id 111122223333 is read as a number."),
        (
            "e: {match: {tags: {cde: true}}}",
            '1:40: A text is expected here; true is read as the truth value true. Put it in quotes: "true".',
        ),
        ("e: {match: {kind: function}}", "1:34: 'function' is not known here. Known: node."),
        ("e: {match: all, installer: amazon}", "1:43: 'amazon' is not known here. Known: patchkeep, aws."),
        ("e: {match: all, installer: aws}", "1:16: AWS installs in `e`, but nothing says when. Add `window` with the name of a window."),
        ("e: {match: all, installer: aws, window: x}", "1:56: There is no window `x`. Add it under `windows`."),
        ('"e f": {match: all}', "1:16: 'e f' cannot be a name."),
        ("no environment: {match: all}", "1:16: 'no environment' cannot be a name."),
    ],
)
def test_environments_are_checked(text: str, error: str) -> None:
    assert [each for each in mistakes(f"environments: {{{text}}}") if each.startswith(f"p.yaml:{error}")]


def test_a_window_of_an_environment_that_patchkeep_installs_is_an_error() -> None:
    text = "environments: {e: {match: all, window: w}}\nwindows: {w: {at: daily 02:00, lasts: 2h}}"
    assert mistakes(text) == [
        "p.yaml:1:40: A window here is for installer `aws`; Patchkeep installs in the windows of rings. Move it to the rings."
    ]


def test_the_map_of_installers_must_fit_the_environments() -> None:
    assert mistake("installer: {prd: aws}").startswith("p.yaml:2:18: There is no environment `prd`. Did you mean `prod`?")
    two = "environments: {e: {match: all, installer: patchkeep}}\ninstaller: {e: aws}"
    assert "p.yaml:2:16: `e` has two installers: aws here and patchkeep in line 1. Keep one of them." in mistakes(two)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("os: amazon-linux, approve: {security: 3d}", "Every Amazon Linux has patch baselines of its own."),
        (
            "os: ubuntu-22.04, approve: {security: now}",
            "AWS has one patch baseline for all of ubuntu, not one for ubuntu-22.04. Write `ubuntu`.",
        ),
        ("os: rhel, approve: {security: 3d}", "'rhel' is no operating system that Patchkeep knows. Write `redhat`."),
        ("os: debain, approve: {security: now}", "Did you mean `debian`?"),
        ("os: windows, approve: {secrity: 3d}", "'secrity' is no classification. Did you mean `security`?"),
        ("os: windows, approve: {enhancement: 3d}", "There is no classification enhancement on windows."),
        ("os: redhat, approve: {SecurityUpdates: 3d}", "There is no classification SecurityUpdates on redhat."),
        ("os: windows, approve: {security: {severity: Criticla}}", "'Criticla' is no severity of a patch. Did you mean `Critical`?"),
        ("os: windows, approve: {security: 36h}", "A patch baseline counts its approval delay in whole days. Write `2d`."),
        ("os: windows, approve: {security: 361d}", "A patch baseline delays approval by 360 days at most."),
        ("os: windows, approve: {security: 3d, Security: 4d}", "`security` and `Security` are the same classification."),
        (
            "os: [debian], approve: {security: 3d}",
            "AWS delays no approval on Ubuntu and Debian. Write `security: now`; later rings give the delay.",
        ),
        ("os: [redhat, ubuntu], approve: {security: {after: 3d}}", "Write `security: now` and give redhat a baseline of their own"),
        (
            "os: ubuntu, approve: {security: {severity: Critical}}",
            "Patch baselines know no severity on Ubuntu and Debian. Remove `severity`.",
        ),
        ("os: rhel8, approve: {security: 3d}", "'rhel8' is no operating system that Patchkeep knows. Write `redhat`."),
        ("os: rhel-8, approve: {security: 3d}", "Write `redhat`."),
        ("os: ubuntu22.04, approve: {security: now}", "one patch baseline for all of ubuntu, not one for ubuntu22.04. Write `ubuntu`."),
        ("os: windows", "The baseline `b` approves nothing. Add `approve`"),
        ("os: windows, approve: {security: 3d}, environments: [prd]", "There is no environment `prd`. Did you mean `prod`?"),
        ("os: redhat, approve: {security: 3d}, reject: [a, {name: b, as_dependency: true}]", "Give all of them the same `as_dependency`."),
        (f"os: redhat, approve: {{security: 3d}}, reject: {[f'p{i}' for i in range(51)]}", "takes 50 entries in `reject`; here are 51."),
        ("os: redhat, approve: {security: 3d}, sources: []", "`sources` arrives with custom repositories. Remove it."),
        ("os: [], approve: {security: 3d}", "An empty list says nothing."),
    ],
)
def test_baselines_are_checked_against_what_aws_can_do(text: str, error: str) -> None:
    found = mistake(f"baselines:\n  b: {{{text}}}")
    assert found.startswith("p.yaml:3:")
    assert error in found


def test_two_baselines_for_one_system_of_one_environment_are_an_error_that_names_both() -> None:
    text = """
    baselines:
      a: {os: [windows, redhat], approve: {security: 3d}, environments: dev}
      b: {os: redhat, approve: {security: 3d}}
      c: {os: windows, approve: {security: 3d}, environments: prod}
    """
    error = "p.yaml:5:11: The baseline `a` in line 4 already covers redhat in dev. Limit one of them by `environments`."
    assert mistake(text) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{name: a, share: 5, select: {env: dev}}", "2:26: A share is a percentage; 5 has no sign. Write `5%`."),
        ("{name: a, share: 0%}", "2:26: A share of 0% is nobody."),
        ("{name: a, share: 120%}", "2:26: '120%' is no share."),
        ("{name: a, count: 0}", "2:26: A whole number from 1 on is expected here, not the number 0."),
        ("{name: a, share: 5%, count: 1}", "2:9: A ring takes either `share` or `count`. Keep one of them."),
        ("{name: a, rest: false}", "2:9: `rest: false` says nothing about how many."),
        ("{name: a, rest: yes}", "2:25: `rest` is true or false, not the text 'yes'. Write `true` or `false`, without quotes."),
        ("{name: a, at_once: 0}", "2:28: Nobody at once means that the ring never begins."),
        ("{name: a, at_once: -1}", "2:28: An amount is expected here, not the number -1."),
        ("{name: a, may_fail: {shar: 1%}}", "2:29: An amount has no key `shar`. Did you mean `share`?"),
        ("{name: a, may_fail: {at_least: 1}}", "2:29: An amount needs either `share` or `count`."),
        (
            "{name: a, window: {at: 'Sat 02:00', lasts: 2h}}",
            "2:27: A text is expected here, not a map. Name a window of `windows`: write it there, and here its name.",
        ),
        ("{name: {a: 1}}", "2:16: A text is expected here, not a map. Write it as in `name: canary`."),
        ("{name: a, window: sat}", "2:27: There is no window `sat`."),
        ("{name: a, select: {env: [dev, prd]}}", "2:39: There is no environment `prd`. Did you mean `prod`?"),
        ("{name: a, select: {env: dev}, gates: []}", "2:39: `gates` arrives with gates on alarms and health. Remove it."),
        ("{select: {env: dev}}", "2:9: Each entry of `rings` lacks `name`. Add `name`, for example `name: canary`."),
        ("{name: a, select: {env: dev}, count: 1}, {name: a}", "2:57: A ring `a` stands already in line 2. Give this one another name."),
        ("{name: a}, {name: b, select: {env: dev}}", "2:27: The ring `a` before this one takes all that it could draw from."),
    ],
)
def test_rings_are_checked(text: str, error: str) -> None:
    assert mistake(f"rings: [{text}]").startswith(f"p.yaml:{error}")


def test_where_aws_installs_there_is_no_ring_and_no_approval() -> None:
    text = """\
    environments: {legacy: {match: all, installer: aws, window: w}}
    windows: {w: {at: daily 02:00, lasts: 2h}}
    rings: [{name: a, select: {env: legacy}}]
    approval: {legacy: {people: 1}}
    """
    assert mistakes(text) == [
        "p.yaml:3:33: AWS installs in `legacy`, so no ring can patch it. Take it out, or give `legacy` the installer `patchkeep`.",
        "p.yaml:4:12: AWS installs in `legacy` without asking anybody. Remove it, or let Patchkeep install there.",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("approval: {prd: {people: 1}}", "2:12: There is no environment `prd`. Did you mean `prod`?"),
        ("approval: {prod: {people: 0}}", "2:27: A whole number from 1 on is expected here"),
        (
            "approval: {prod: {from: [aws-sso:Ops, bob]}}",
            "2:39: Nobody can ever approve as 'bob': AWS knows no such caller. Write `aws-sso:",
        ),
        ("approval: {prod: {from: 'aws-sso:'}}", "2:25: Nobody can ever approve as 'aws-sso:': AWS knows no such caller."),
        ("approval: {prod: {from: arn:aws:s3:::bucket}}", "2:25: Nobody can ever approve as 'arn:aws:s3:::bucket'"),
        ("approval: {prod: {poeple: 1}}", "2:19: The key `poeple` is not known here. Did you mean `people`?"),
        ("sla: {important: {within: 30d}}", "2:7: Deadlines are not written for important. Write `high`"),
        ("sla: {criticl: {within: 30d}}", "2:7: 'criticl' is not known here. Did you mean `critical`?"),
        ("sla: {high: {within: 30d, from: published}}", "2:33: 'published' is not known here."),
        ("apart: [{at_once: 1}]", "2:9: Keeping apart needs either `same_tag` or `tags`."),
    ],
)
def test_approvals_deadlines_and_what_is_kept_apart_are_checked(text: str, error: str) -> None:
    assert mistake(text).startswith(f"p.yaml:{error}")


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = """\
    name: 5
    environments:
      dev: {match: {ou: 7}}
      dev: {match: {ou: Dev}}
    rings:
      - {name: a, select: {env: [dev, pord]}, at_once: 0}
      - {name: b, window: never}
    sla: {high: {within: soon}}
    gates: []
    """
    found = mistakes(text)
    assert [int(each.split(":")[1]) for each in found] == [1, 3, 4, 6, 7, 8, 9]


def test_an_unsound_environment_is_not_reported_again_where_it_is_named() -> None:
    text = "environments: {dev: {match: {ou: 7}}}\nrings: [{name: a, select: {env: dev}}]"
    assert len(mistakes(text)) == 1


def test_a_policy_without_environments_is_an_error() -> None:
    assert mistakes("name: a") == [
        "p.yaml:1:1: The policy names no environment, so it would patch nothing. Add `environments: {all: {match: all}}` to begin with."
    ]


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**13),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["now", "3d", "5%", "all", "dev", "Sat 02:00", "cron(0 2 ? * 7L *)", "cron(a b c d e f)", "UTC", "2026-12-18", "aws", "windows"]
    ),
    st.lists(st.sampled_from(["x", 1, None]), max_size=2),
    st.dictionaries(st.sampled_from(["name", "share", "env", "x", "account"]), st.sampled_from(["x", 1, None, []]), max_size=2),
)


def _paths(tree: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path for key, value in entries for path in [(*before, key), *_paths(value, (*before, key))]]


def _put(tree: Any, way: list[Any], last: Any, value: Any) -> None:
    """Change what stands at a path, unless an earlier change has taken it away."""
    for key in way:
        if not ((isinstance(tree, dict) and key in tree) or (isinstance(tree, list) and isinstance(key, int) and key < len(tree))):
            return
        tree = tree[key]
    if isinstance(tree, dict) or (isinstance(tree, list) and isinstance(last, int) and last < len(tree)):
        tree[last] = value


PATHS = _paths(yaml.safe_load(EXAMPLE))


@given(st.lists(st.tuples(st.sampled_from(PATHS), JUNK), min_size=1, max_size=3))
def test_whatever_stands_in_a_policy_is_read_or_told_in_our_own_words(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    tree = yaml.safe_load(EXAMPLE)
    for path, value in changes:
        *way, last = path
        _put(tree, way, last, value)
    text = yaml.safe_dump(tree, sort_keys=False)
    try:
        load(text, "f", NOW)
    except PolicyErrors as errors:
        for error in errors.errors:
            assert not any(word in error.what for word in ("Input should", "Value error", "validation", "Traceback"))
            assert error.what.endswith((".", "?"))
            assert 1 <= error.place.line <= text.count("\n") + 1


def test_only_machines_of_owners_that_leave_them_patchable_are_patched_in_place() -> None:
    (found,) = mistakes("environments: {web: {match: all, in_place: [auto-scaling, bottlerocket]}}")
    assert "'bottlerocket' is not known here" in found


def test_two_environments_cannot_rule_one_patch_group() -> None:
    text = """\
environments:
  web: {match: {ou: Web}, patch_group: prod}
  shop: {match: {ou: Shop}, patch_group: prod}
rings: [{name: all, select: {env: [web, shop]}, rest: true}]
"""
    assert [m for m in mistakes(text) if "patch group prod" in m and ":3:" in m]


@pytest.mark.parametrize(
    "who",
    [
        "aws-sso:PatchApprovers",
        "arn:aws:iam::111122223333:role/path/Ops",
        "arn:aws-cn:iam::111122223333:user/bob",
        "arn:aws:iam::111122223333:root",
    ],
)
def test_whom_aws_can_vouch_for_may_be_asked_to_approve(who: str) -> None:
    assert policy(f"approval: {{prod: {{from: ['{who}']}}}}").approvals[0].approvers == (who,)


DAYS = {"sat": "Sat", "alike": "Sat", "sun": "Sun"}


def test_a_deadline_that_cannot_be_measured_yet_is_said_beside_a_sound_policy() -> None:
    text = "sla: {high: {within: 30d}, low: {within: 90d, from: release}, known_exploited: {within: 1d}}"
    said = notes(policy(text))
    assert [note.split(",")[0] for note in said] == [
        "sla low: it counts from the release date",
        "sla known exploited: no feed tells yet which updates are exploited",
    ]
    assert all("UNKNOWN" in note for note in said)
    assert notes(policy("sla: {high: {within: 30d}}")) == ()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("all: {settings: {window: sat}}", "managed all: "),
        ("a: {env: dev, settings: {window: sat}}, b: {settings: {window: alike}}", "managed a and b: "),
        ("a: {env: dev, settings: {window: sun}}, b: {env: prod, settings: {window: sat}}", ""),
        ("a: {env: dev}, b: {env: prod, settings: {window: sat}}", ""),
        ("a: {env: dev, match: {kind: node}, settings: {window: sat}}, b: {env: prod, match: {kind: other}, settings: {window: sat}}", ""),
    ],
)
def test_environments_that_aws_would_maintain_in_the_same_hours_are_remarked(rules: str, said: str) -> None:
    windows = ", ".join(f'{name}: {{at: "{day} 02:00", lasts: 4h, timezone: UTC}}' for name, day in DAYS.items())
    rings = "[{name: first, select: {env: dev}}, {name: then, select: {env: prod}}]"
    text = f"{ENVIRONMENTS}windows: {{{windows}}}\nmanaged: {{{rules}}}\nrings: {rings}\n"
    found = notes(load(text, "p.yaml", NOW, kinds=lambda: ("node", "other")))
    assert [note.partition(": ")[0] + ": " for note in found] == ([said] if said else [])
    assert all("AWS acts on dev and prod in the same hours" in note for note in found)


@pytest.mark.parametrize("calendars", [{}, {"no.ics": None}])
def test_a_calendar_that_is_missing_is_a_mistake_beside_the_others(calendars: dict[str, str | None]) -> None:
    text = "freezes: [{calendar: no.ics}]\nrings: [{name: a, window: sat}]\nenvironments: {dev: {match: all}}"
    assert mistakes(text, calendars) == [
        "p.yaml:1:22: The calendar no.ics is not there. Put the file beside the policy, or correct its name.",
        "p.yaml:2:27: There is no window `sat`. Add it under `windows`.",
    ]


def test_orders_that_make_a_circle_are_told_at_the_one_that_closes_it() -> None:
    wrong = mistake("""\
        order:
          - {first: {tags: {Tier: store}}, then: {tags: {Tier: cache}}}
          - {first: {tags: {Tier: cache}}, then: {tags: {Tier: [broker, front]}}}
          - {first: {tags: {Tier: broker}}, then: {tags: {Tier: store}}}
    """)
    assert wrong == (
        "p.yaml:5:5: With line 3 and line 4 this makes a circle: each would have to wait for itself. Turn one of them round, or remove it."
    )


@pytest.mark.parametrize(
    "second",
    [
        "{first: {tags: {Tier: cache}}, then: {tags: {Tier: store}}, same_tag: App}",  # belong together in another way
        "{first: {tags: {Tier: cache}}, then: {tags: {Tier: broker}}}",
        "{first: {tags: {Tier: store, Role: main}}, then: {tags: {Tier: store}}}",  # within one side of the first
        "{first: {tags: {Role: late}}, then: {tags: {Role: early}}}",  # only where something bears both tags
    ],
)
def test_orders_that_no_estate_need_turn_into_a_circle_are_none(second: str) -> None:
    assert len(policy(f"order: [{{first: {{tags: {{Tier: store}}}}, then: {{tags: {{Tier: cache}}}}}}, {second}]\n").order) == 2
