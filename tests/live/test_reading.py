"""What is read before a live node exists, as text: apt's sources and its words. And who cannot have one is told why."""

from __future__ import annotations

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.live.chroot import proxies
from patchkeep.sandbox.live.mirror import Stanza, deb822_style, one_line_style
from patchkeep.sandbox.live.offers import offered
from patchkeep.sandbox.live.stock import moved, read_policy

POLICY = """\
tzdata:
  Installed: 2026b-0+deb12u1
  Candidate: 2026f-0+deb12u1
  Version table:
     2026f-0+deb12u1 500
        500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
 *** 2026b-0+deb12u1 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
     2025b-0+deb12u1 500
        500 http://mirror.example/debian bookworm-updates/main amd64 Packages
        500 http://mirror.example/debian bookworm/main amd64 Packages
local:
  Installed: 1:1.0
  Candidate: 1:1.0
  Version table:
 *** 1:1.0 100
        100 /var/lib/dpkg/status
"""
ORG = """\
organization: {{name: T, seed: 1, starts: 2026-11-23T06:00:00Z, management: "100000000001"}}
accounts:
  - {{id: "100000000001", name: m, regions: [eu-central-1], fleets: [{{name: f, count: 1, os: {{{os}: 1}}, live: true{more}}}]}}
"""


def test_versions_are_read_oldest_first_with_every_suite_that_offers_them() -> None:
    found = dict(read_policy(POLICY))
    assert list(found["tzdata"].items()) == [
        ("2025b-0+deb12u1", ("bookworm-updates", "bookworm")),
        ("2026b-0+deb12u1", ("bookworm",)),
        ("2026f-0+deb12u1", ("bookworm-security",)),
    ]
    assert found["local"] == {"1:1.0": ()}


def test_a_simulation_is_read_without_what_is_only_configured() -> None:
    said = "Reading...\nInst apt [2.6.1] (2.6.2 Debian-Security:12 [amd64])\nConf apt (2.6.2)\nInst libc6:i386 (2.36 Debian:12 [i386])\n"
    assert moved(said) == ["apt", "libc6"]


def test_sources_of_both_styles_say_the_same() -> None:
    (single,) = one_line_style(
        ["# old", "", "deb [arch=amd64,arm64 signed-by=/k.gpg] http://m.example/d bookworm main contrib # ours", "deb-src x y z"]
    )
    (paragraph,) = deb822_style(
        "# ours\nTypes: deb\nURIs: http://m.example/d\n# not this\nSuites: bookworm\nComponents: main contrib\n"
        "Architectures: amd64 arm64\nSigned-By: /k.gpg\n"
    )
    assert paragraph.fields == {name.lower(): value for name, value in single.fields.items()}


def test_a_key_inside_a_source_is_kept_whole() -> None:
    text = "Types: deb\nURIs: http://m.example/d\nSuites: a\nSigned-By:\n -----BEGIN\n .\n mQ\n\nTypes: deb\nEnabled: no\nURIs: http://n.example\n"
    first, second = deb822_style(text)
    assert "signed-by: \n -----BEGIN\n .\n mQ\n" in first.text()
    assert (first.on, second.on) == (True, False)


def test_a_source_of_sources_only_is_not_on() -> None:
    assert not Stanza({"types": "deb-src"}).on


def test_only_proxies_of_the_environment_go_inside() -> None:
    assert proxies({"https_proxy": "http://p.example:3128", "http_proxy": "", "AWS_SECRET_ACCESS_KEY": "x"}) == {
        "https_proxy": "http://p.example:3128"
    }


@pytest.mark.parametrize(
    ("os", "more", "why"),
    [
        ("ubuntu-22.04", "", "ubuntu-22.04 can't be live, debian-12 can; or write live: false"),
        ("debian-12", ", share: {slow: 1}", "a live machine does not misbehave to order (slow)"),
    ],
)
def test_an_organization_file_that_wants_what_cannot_be_live_is_told_why(os: str, more: str, why: str) -> None:
    file = orgfile.parse(ORG.format(os=os, more=more))
    with offered(), pytest.raises(orgfile.OrgFileError) as refused:
        orgfile.build(file)
    assert why in str(refused.value)
    assert "live" not in orgfile.AGENTS
