"""The Debian mirror that this machine's own apt uses, so that no mirror is named anywhere in Patchkeep.

Sources are read in both of apt's formats, see sources.list(5); what else of its settings a root file system needs to reach the
mirror (proxies, certificates, checks that are off) comes from `apt-config dump`.
"""

from __future__ import annotations

import platform
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from patchkeep.sandbox.live.unavailable import LiveUnavailable

_OPTION_FIELDS = {"arch": "Architectures", "lang": "Languages", "target": "Targets"}  # spelt otherwise in deb822
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
_SETTING = re.compile(r'^Acquire::(?!IndexTargets|Changelogs|CompressionTypes|cdrom|.*Proxy-Auto-Detect)\S+ "(?P<value>.+)";$')


@dataclass(frozen=True, slots=True)
class Stanza:
    """One source as deb822 fields, lower-case names."""

    fields: Mapping[str, str]

    def words(self, name: str) -> list[str]:
        return self.fields.get(name, "").split()

    @property
    def on(self) -> bool:
        return "deb" in self.words("types") and self.fields.get("enabled", "yes").lower() not in {"no", "false", "0"}

    def text(self) -> str:
        return "".join(f"{name}: {value}\n" for name, value in self.fields.items())


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where packages of one Debian suite come from. `base`: the suite itself; `rest`: its security (and point-release) updates."""

    base: Stanza
    rest: tuple[Stanza, ...]
    settings: tuple[str, ...]  # lines of apt.conf

    @property
    def files(self) -> tuple[str, ...]:
        """Keys and certificates of this machine that apt is pointed to."""
        named = [word for stanza in (self.base, *self.rest) for word in stanza.fields.get("signed-by", "").split(",")]
        named += [match["value"] for line in self.settings if (match := _SETTING.match(line))]
        return tuple(dict.fromkeys(name.strip() for name in named if name.strip().startswith("/") and Path(name.strip()).is_file()))


def machines_mirror(suite: str) -> Mirror:
    """What this machine's apt has for its own release, asked for `suite`. Raises `LiveUnavailable` where that is not Debian's."""
    own = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    known = [stanza for stanza in _sources() if stanza.on]
    base = [found for stanza in known for found in _narrowed(stanza, {own: suite})]
    rest = [
        found for stanza in known for found in _narrowed(stanza, {f"{own}-{what}": f"{suite}-{what}" for what in ("security", "updates")})
    ]
    if platform.freedesktop_os_release().get("ID") != "debian" or not base:
        raise LiveUnavailable(f"this machine's apt knows no Debian mirror for {suite}")
    if not any(f"{suite}-security" in stanza.words("suites") for stanza in rest):
        raise LiveUnavailable(f"this machine's apt has no {suite}-security, so nothing would be pending")
    return Mirror(base[0], tuple(rest), tuple(line for line in _apt_config("dump").splitlines() if _SETTING.match(line)))


def _narrowed(stanza: Stanza, suites: Mapping[str, str]) -> Iterator[Stanza]:
    """The same source with only those of its suites, under their new names."""
    wanted = [suites[name] for name in stanza.words("suites") if name in suites]
    if wanted:
        yield Stanza({**stanza.fields, "types": "deb", "suites": " ".join(wanted)})


def _sources() -> Iterator[Stanza]:
    paths = dict(
        line.split("=", 1)
        for line in _apt_config("shell", "L", "Dir::Etc::sourcelist/f", "P", "Dir::Etc::sourceparts/d").split("\n")
        if line
    )
    single, parts = Path(shlex.split(paths["L"])[0]), Path(shlex.split(paths["P"])[0])
    for file in (single, *sorted(parts.glob("*"))):
        if file.suffix == ".list" and file.is_file():
            yield from one_line_style(file.read_text(encoding="utf-8").splitlines())
        elif file.suffix == ".sources":
            yield from deb822_style(file.read_text(encoding="utf-8"))


def one_line_style(lines: Iterable[str]) -> Iterator[Stanza]:
    """Sources as `deb [options] uri suite component ...`."""
    for line in lines:
        match = _ONE_LINE.match(line.partition("#")[0].strip())
        if match:
            options = dict(option.split("=", 1) for option in (match["options"] or "").split() if "=" in option)
            given = {_OPTION_FIELDS.get(name, name).lower(): value.replace(",", " ") for name, value in options.items()}
            yield Stanza({"types": "deb", "uris": match["uri"], "suites": match["suite"], "components": match["components"], **given})


def deb822_style(text: str) -> Iterator[Stanza]:
    """Sources as paragraphs of fields; a value may go on in lines that begin with a blank (a key in Signed-By)."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", lines):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.splitlines():
            if line[:1] in {" ", "\t"} and name:
                fields[name] += f"\n{line}"
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields:
            yield Stanza(fields)


def apt_proxies() -> dict[str, str]:
    """The proxies that apt is told to use, as the environment variables by which debootstrap's downloader knows them."""
    asked = _apt_config("shell", "http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy")
    found = dict(line.split("=", 1) for line in asked.splitlines())
    return {name: shlex.split(value)[0] for name, value in found.items() if shlex.split(value)}


def _apt_config(*arguments: str) -> str:
    try:
        return subprocess.run(["apt-config", *arguments], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError as error:
        raise LiveUnavailable("this machine has no apt") from error
