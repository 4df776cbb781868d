"""A PostgreSQL server of the tests' own, from Debian's package, on a free port of loopback; gone when they are done."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from itertools import count
from pathlib import Path

USER, PASSWORD = "patchkeep", "s3cret/p:w@rd"
QUOTED = "s3cret%2Fp%3Aw%40rd"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # nothing of it is to last
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


def programs() -> str:
    """The folder with initdb and pg_ctl; "" where PostgreSQL is not installed."""
    found = shutil.which("pg_ctl")
    folders = ([str(Path(found).resolve().parent)] if found else []) + sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)  # noqa: PTH207
    return next((folder for folder in folders if (Path(folder) / "initdb").exists()), "")


def why_not() -> str:
    """Why a server cannot be had here; "" where it can."""
    if not programs():
        return "PostgreSQL is not installed: apt-get install postgresql"
    if os.geteuid() == 0 and not (shutil.which("setpriv") and _has_user("postgres")):
        return "as root, PostgreSQL needs the user postgres and setpriv to run its server as"
    return ""


def _has_user(name: str) -> bool:
    return any(line.startswith(f"{name}:") for line in Path("/etc/passwd").read_text(encoding="utf-8").splitlines())


def _as_nobody_special(*command: str) -> list[str]:
    """PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


@dataclass(slots=True)
class Server:
    """A running server. Databases are copies of one that has the store's tables."""

    port: int
    folder: Path
    numbers: Iterator[int]

    def url(self, database: str, password: str = QUOTED) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> str:
        """As the server's owner, from outside; what it printed."""
        command = [f"{programs()}/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    def database(self, template: str = "template0") -> str:
        """A new database's name."""
        name = f"t{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self, mode: str = "immediate") -> None:
        _control(self.folder, "stop", "-m", mode)

    def start(self) -> None:
        _control(self.folder, "start", "-l", str(self.folder / "log"), "-o", f"-c port={self.port}")


@contextmanager
def server() -> Iterator[Server]:
    """A server that listens until the block ends."""
    with tempfile.TemporaryDirectory(prefix="patchkeep-pg-") as folder:
        place = Path(folder) / "cluster"
        place.mkdir(mode=0o700)
        secret = place.parent / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            place.parent.chmod(0o755)
            shutil.chown(place, "postgres", "postgres")
            shutil.chown(secret, "postgres", "postgres")
        options = ["-A", "scram-sha-256", "-U", USER, f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]
        _quietly(f"{programs()}/initdb", "-D", str(place), *options)
        with (place / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        running = Server(_free_port(), place, count())
        running.start()
        try:
            yield running
        finally:
            running.stop()


def _control(place: Path, *words: str) -> None:
    _quietly(f"{programs()}/pg_ctl", "-D", str(place), "-w", "-t", "60", *words)


def _quietly(*command: str) -> None:
    """The server inherits what pg_ctl writes to, so that is no pipe: a pipe would never end."""
    done = subprocess.run(
        _as_nobody_special(*command), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed with {done.returncode}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
