"""The orders against the programs that define them, where they are installed."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from patchkeep.match.versions import Scheme, compare
from tests.match.strategies import EPOCHS, PIECES, readable

ASK_DPKG = """
while IFS='\t' read -r a b; do
  if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi
done
"""
ASK_RPM = r"""%{lua:
for line in io.open("PAIRS"):lines() do
  local a, b = line:match("^(.-)\t(.*)$")
  io.write(rpm.vercmp(a, b), "\n")
end}"""

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not installed")
needs_rpm = pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm is not installed")

Pairs = list[tuple[str, str]]


def sample(scheme: Scheme, size: int) -> Pairs:
    """The same pairs on every run; in every second pair the two differ by one piece only."""
    draw = random.Random(512)

    def relative(version: str) -> str:
        at = draw.randint(0, len(version))
        return version[:at] + draw.choice(PIECES[scheme]) + version[at:]

    def version() -> str:
        return draw.choice(EPOCHS[scheme]) + "".join(draw.choices(PIECES[scheme], k=draw.randint(1, 6)))

    drawn: Pairs = []
    while len(drawn) < size:
        a = version()
        b = relative(a) if len(drawn) % 2 else version()
        if all(map(readable(scheme), (a, b))):
            drawn.append((a, b))
    return drawn


def lines(asked: Pairs) -> str:
    return "".join(f"{a}\t{b}\n" for a, b in asked)


def dpkg_says(asked: Pairs) -> list[int]:
    answer = subprocess.run(["sh", "-c", ASK_DPKG], input=lines(asked), capture_output=True, text=True, check=True)
    return [int(word) for word in answer.stdout.split()]


def rpm_says(asked: Pairs, folder: Path) -> list[int]:
    file = folder / "pairs"
    file.write_text(lines(asked), "utf-8")
    answer = subprocess.run(["rpm", "--eval", ASK_RPM.replace("PAIRS", str(file))], capture_output=True, text=True, check=True)
    return [int(word) for word in answer.stdout.split()]


def differing(scheme: Scheme, asked: Pairs, answers: list[int]) -> list[tuple[str, str, int]]:
    told = zip(asked, answers, strict=True)
    return [(a, b, answer) for (a, b), answer in told if compare(scheme, a, b) != answer]


@needs_dpkg
def test_dpkg_itself_orders_a_sample_alike() -> None:
    asked = sample(Scheme.DPKG, 150)
    answers = dpkg_says(asked)
    assert set(answers) == {-1, 0, 1}
    assert differing(Scheme.DPKG, asked, answers) == []


@needs_dpkg
def test_dpkg_itself_orders_versions_of_security_updates_alike() -> None:
    asked = [
        ("3.0.11-1~deb12u2", "3.0.11-1"),
        ("1:9.2p1-2+deb12u3", "1:9.2p1-2+deb12u10"),
        ("5.15.0-91.101", "5.15.0-91.101~20.04.1"),
        ("2:8.39-13ubuntu0.22.04.1", "2:8.39-13"),
        ("1.", "1.0"),
        ("1.0+dfsg-1", "1.0-1"),
        ("1.2", "1.2-0"),
    ]
    assert differing(Scheme.DPKG, asked, dpkg_says(asked)) == []


@needs_rpm
def test_rpm_itself_orders_a_sample_alike(tmp_path: Path) -> None:
    asked = sample(Scheme.RPM, 5_000)
    answers = rpm_says(asked, tmp_path)
    assert set(answers) == {-1, 0, 1}
    assert differing(Scheme.RPM, asked, answers) == []
