"""A line to the sandbox that can be cut and mended again: the network between this machine and AWS."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

HERE = "127.0.0.1"
AT_ONCE = 65536  # bytes


class Relay:
    """Passes on what comes to a port of its own. Cut, nobody is even refused by AWS: the port takes no connection."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ends: set[socket.socket] = set()
        self._open(0)

    @property
    def endpoint(self) -> str:
        return f"http://{HERE}:{self._port}"

    def cut(self) -> None:
        """Also what is being said at the moment."""
        for end in (self._listening, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self._open(self._port)

    def _open(self, port: int) -> None:
        self._listening = socket.create_server((HERE, port))
        self._port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection((HERE, self._to))
                self._ends |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(AT_ONCE):
                other.sendall(said)
        for end in (one, other):
            self._ends.discard(end)
            end.close()
