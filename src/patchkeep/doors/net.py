"""The public network: one document at a time, and only when somebody asked for it (`patchkeep feeds update`).

By https alone, from the host that was named: a redirect elsewhere is refused, and so is an answer that is too large or too slow.
"""

from __future__ import annotations

import ssl
from http.client import HTTPException
from time import monotonic
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from patchkeep import __version__

MOST = 64 * 2**20  # bytes; endoflife.date's full list has about 5 MB
PATIENCE = 30.0  # seconds without a byte
LONGEST = 300.0  # seconds until the last one
_CHUNK = 2**16


class NotFetched(Exception):  # noqa: N818 - it says what is wrong
    """A document that could not be had; the sentence says why."""


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect only to where the document was asked for: nobody else was named."""

    def redirect_request(self, req: Request, *answer: Any) -> Request | None:
        """`answer`: its body, code, message and headers, and at last where it leads (urllib.request's documentation)."""
        leads = answer[-1]
        if _place(leads) != _place(req.full_url):
            raise NotFetched(f"{req.full_url} leads elsewhere, to {leads}: name that address if you trust it.")
        return super().redirect_request(req, *answer)


def fetch(address: str, *, trust: ssl.SSLContext | None = None, most: int = MOST) -> bytes:
    """The document at an https address. `trust`: whose certificates count, by default those that the machine trusts.

    Proxies as the environment names them. Raises `NotFetched`.
    """
    if urlsplit(address).scheme != "https" or not urlsplit(address).hostname:
        raise NotFetched(f"{address} is not fetched: only https addresses are.")
    opener = build_opener(_SameHost, HTTPSHandler(context=trust or ssl.create_default_context()))
    request = Request(address, headers={"User-Agent": f"patchkeep/{__version__}", "Accept": "application/json"})  # noqa: S310 - https
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return _whole(answer, address, most)
    except HTTPError as error:
        raise NotFetched(f"{address} could not be fetched: it answers {error.code} {error.reason}.") from error
    except URLError as error:
        raise NotFetched(f"{address} could not be fetched: {error.reason}.") from error
    except (OSError, HTTPException) as error:
        raise NotFetched(f"{address} could not be fetched: {error}.") from error


def _whole(answer: IO[bytes], address: str, most: int) -> bytes:
    until = monotonic() + LONGEST
    content = bytearray()
    while chunk := answer.read(_CHUNK):
        content += chunk
        if len(content) > most:
            raise NotFetched(f"{address} has more than {most / 2**20:,.0f} MB, and was not read.")
        if monotonic() > until:
            raise NotFetched(f"{address} took longer than {LONGEST:.0f} s, and was not read.")
    return bytes(content)


def _place(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
