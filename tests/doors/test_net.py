"""The public network is asked by https alone, at the host that was named; what is too large or leads elsewhere is refused."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from patchkeep.doors.net import NotFetched, fetch

BODY = b"x" * 200_000


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        elsewhere = {"/moved": "/feed", "/away": "https://elsewhere.example/feed", "/down": f"http://{self.headers['Host']}/feed"}
        if self.path in elsewhere:
            self.send_response(302)
            self.send_header("Location", elsewhere[self.path])
            self.end_headers()
        elif self.path == "/feed":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(BODY)
        else:
            self.send_error(503)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said on standard error."""


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1's own, with its key, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "site.pem"
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ssl.SSLContext]]:
    """Its address, and who trusts it."""
    pem = certificate(tmp_path_factory.mktemp("site"))
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.socket = own.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_address[1]}", ssl.create_default_context(cafile=str(pem))
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("no_proxy", "localhost")


@pytest.mark.parametrize("page", ["/feed", "/moved"])
def test_a_document_is_fetched_whole_also_after_a_redirect_within_its_host(site: tuple[str, ssl.SSLContext], page: str) -> None:
    assert fetch(f"{site[0]}{page}", trust=site[1]) == BODY


@pytest.mark.parametrize(
    ("page", "says"),
    [("/away", "leads elsewhere, to https://elsewhere.example/feed"), ("/down", "leads elsewhere, to http://"), ("/none", "answers 503")],
)
def test_what_leads_elsewhere_or_answers_no_is_refused(site: tuple[str, ssl.SSLContext], page: str, says: str) -> None:
    with pytest.raises(NotFetched, match=says):
        fetch(f"{site[0]}{page}", trust=site[1])


def test_what_is_larger_than_it_may_be_is_not_read(site: tuple[str, ssl.SSLContext]) -> None:
    with pytest.raises(NotFetched, match="has more than"):
        fetch(f"{site[0]}/feed", trust=site[1], most=len(BODY) - 1)


def test_a_site_that_nobody_vouches_for_is_not_read(site: tuple[str, ssl.SSLContext]) -> None:
    with pytest.raises(NotFetched, match="certificate verify failed"):
        fetch(f"{site[0]}/feed")


@pytest.mark.parametrize("address", ["http://localhost/feed", "file:///etc/passwd", "https:///feed", "ftp://localhost/feed"])
def test_nothing_but_https_is_asked(address: str) -> None:
    with pytest.raises(NotFetched, match="only https addresses are"):
        fetch(address)
