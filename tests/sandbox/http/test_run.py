"""The sandbox as a process of its own, as `patchkeep sandbox serve` runs it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from patchkeep.sandbox.client import SandboxClient
from tests.sandbox.http.conftest import client_for

pytestmark = pytest.mark.http
PROGRAM = "from patchkeep.sandbox.server import run; run('small', 0, announce=lambda line: print(line, flush=True))"


def test_an_org_file_is_served_until_interrupted() -> None:
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            endpoint = process.stdout.readline().strip()
            started = time.perf_counter() - began
            steering = SandboxClient(endpoint)
            known = steering.credentials()
            keys = known["keys"][known["management"]]
            given = {"AccessKeyId": keys["access_key"], "SecretAccessKey": keys["secret"]}
            accounts = client_for(endpoint, "organizations", "us-east-1", given).list_accounts()["Accounts"]
            assert known["management"] in {account["Id"] for account in accounts}
            assert steering.nodes()
            assert steering.unimplemented() == []
        finally:
            process.terminate()
    assert started < 20  # on a busy machine; a free one needs less than two seconds
