"""Running other people's tools: with the sandbox's endpoint and nothing of the caller's own in reach."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def why_not(tool: str) -> str:
    """Why a tool with an environment of its own ("c7n", "prowler") cannot be asked; "" where it can."""
    pinned = hashlib.sha256((ROOT / f"requirements/witness-{tool}.txt").read_bytes()).hexdigest()
    stamp = ROOT / f".venv-{tool}/.installed"
    if not stamp.exists():
        return f"{tool} is not installed: scripts/witness-install {tool}"
    if not stamp.read_text().startswith(pinned):
        return f"{tool} is installed as an older requirements/witness-{tool}.txt had it: scripts/witness-install {tool}"
    return ""


def program(tool: str, name: str) -> str:
    return str(ROOT / f".venv-{tool}/bin/{name}")


def environment(variables: Mapping[str, str], home: Path) -> dict[str, str]:
    """PATH, an empty home, and `variables`: which endpoint, whose keys."""
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **nothing, **variables}


def run(command: list[str], variables: Mapping[str, str], home: Path) -> str:
    """What it prints. Fails with what it said where its exit status isn't 0."""
    done = subprocess.run(command, env=environment(variables, home), cwd=home, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout
