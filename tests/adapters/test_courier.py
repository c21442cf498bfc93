"""The courier: signed so that anybody can verify, and never led anywhere but to the public address that was named."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver, algorithms

from tests.receipt_key import Signer
from ventanilla.adapters import courier as module
from ventanilla.adapters.courier import COVERED, TAG, HttpCourier, is_public

HOST = "eventos.ejemplo.gob.ec"
URL = f"https://{HOST}/v/events?token=a"
PUBLIC = "93.184.215.14"
BODY = '{"institution":"ñ"}'.encode()
SIGNER = Signer()


def issue(name: str) -> tuple[bytes, bytes]:
    """A certificate of a name, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), pem


class Receiver:
    """An institution's system: what it was sent, and what it answers."""

    def __init__(self):
        self.received = []
        self.status = 204
        self.headers = {}
        self.answer = b""
        self.port = 0


@contextmanager
def running(context=None):
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(SimpleNamespace(method="POST", path=self.path, headers=headers, body=body))
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_):
            pass

    class Server(HTTPServer):
        def handle_error(self, *_):
            pass  # who hangs up is no error here

        def get_request(self):
            sock, address = super().get_request()
            return (context.wrap_socket(sock, server_side=True), address) if context else (sock, address)

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()


@pytest.fixture
def trusted(tmp_path):
    """A receiver behind TLS, and a courier that trusts its authority and finds it at a public address."""
    certificate, key = issue(HOST)
    (tmp_path / "pair.pem").write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    with running(context) as receiver:
        reached = []

        def connect(address, port, seconds):
            reached.append((address, port))
            return socket.create_connection(("127.0.0.1", receiver.port), timeout=seconds)

        courier = HttpCourier(SIGNER, resolve=lambda host: [PUBLIC], connect=connect)
        courier.__dict__["_context"] = ssl.create_default_context(cadata=certificate.decode())
        yield SimpleNamespace(receiver=receiver, courier=courier, reached=reached)


def deliver(courier, url=URL):
    return courier.deliver(url, BODY, datetime.now(UTC))


def verify(received, url=URL, body=BODY):
    """Verify as an institution does, by the published key."""
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.ECDSA_P256_SHA256,
        key_resolver=MappingKeyResolver(public_keys={SIGNER.kid: SIGNER.private.public_key()}, private_keys={}),
    )
    (result,) = verifier.verify(
        SimpleNamespace(method=received.method, url=url, headers=received.headers),
        max_age=timedelta(minutes=5),
        require_components=(*COVERED, "content-digest"),
        expect_tag=TAG,
        body=body,
    )
    return result


class TestWhatIsSent:
    def test_it_goes_to_the_name_that_was_given_at_the_address_that_was_checked(self, trusted):
        assert deliver(trusted.courier) is None
        [received] = trusted.receiver.received
        assert trusted.reached == [(PUBLIC, 443)]
        assert (received.path, received.headers["host"]) == ("/v/events?token=a", HOST)
        assert received.headers["content-type"] == "application/json"
        assert received.body == BODY

    def test_it_is_signed_by_the_platform_and_verified_by_what_is_published(self, trusted):
        deliver(trusted.courier)
        [received] = trusted.receiver.received
        result = verify(received)
        assert result.parameters["keyid"] == SIGNER.kid
        assert result.parameters["alg"] == "ecdsa-p256-sha256"
        assert result.parameters["expires"] - result.parameters["created"] == 300
        assert len(result.nonce) >= 22

    def test_what_vouches_for_itself_goes_as_it_is(self, trusted):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert trusted.courier.send(URL, form, b"logout_token=a.b.c") is None
        [received] = trusted.receiver.received
        assert (received.body, received.headers["content-type"]) == (b"logout_token=a.b.c", form["Content-Type"])
        assert "signature" not in received.headers
        assert trusted.courier.send("http://127.0.0.1:1/", form, b"") == "address"

    @pytest.mark.parametrize(
        "changed", [{"body": b"{}"}, {"url": URL + "b"}, {"url": "https://otra.ec/v/events?token=a"}]
    )
    def test_it_fits_nothing_else(self, trusted, changed):
        deliver(trusted.courier)
        [received] = trusted.receiver.received
        with pytest.raises(InvalidSignature):
            verify(received, **changed)

    def test_no_nonce_is_used_twice(self, trusted):
        deliver(trusted.courier)
        deliver(trusted.courier)
        first, second = (verify(received).nonce for received in trusted.receiver.received)
        assert first != second

    def test_an_address_without_a_path_is_asked_for_its_root(self, trusted):
        assert deliver(trusted.courier, f"https://{HOST}") is None
        assert trusted.receiver.received[0].path == "/"
        verify(trusted.receiver.received[0], f"https://{HOST}/")


class TestWhatIsAnswered:
    @pytest.mark.parametrize("status", [200, 202, 204, 299])
    def test_two_hundreds_are_taken(self, trusted, status):
        trusted.receiver.status = status
        assert deliver(trusted.courier) is None

    @pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 410, 429, 500, 503])
    def test_nothing_else_is_and_no_redirect_is_followed(self, trusted, status):
        trusted.receiver.status, trusted.receiver.headers = status, {"Location": "https://127.0.0.1/"}
        assert deliver(trusted.courier) == f"status-{status}"
        assert len(trusted.reached) == 1

    def test_a_long_answer_is_not_read_to_its_end(self, trusted):
        trusted.receiver.status, trusted.receiver.answer = 200, b"x" * 5_000_000
        assert deliver(trusted.courier) is None

    def test_who_never_answers_is_left(self, monkeypatch):
        monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=0.3))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            courier = HttpCourier(SIGNER, loopback=True)
            assert deliver(courier, f"http://127.0.0.1:{silent.getsockname()[1]}/") == "timeout"

    def test_who_answers_a_byte_at_a_time_is_left_as_well(self, monkeypatch):
        monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=0.5))
        ended = threading.Event()

        def drip(server):
            sock, _ = server.accept()
            with sock:
                while not ended.wait(0.05):
                    try:
                        sock.sendall(b"HTTP/1.1 200 OK\r\nX: "[:1])
                    except OSError:
                        return

        with socket.create_server(("127.0.0.1", 0)) as slow:
            thread = threading.Thread(target=drip, args=(slow,), daemon=True)
            thread.start()
            courier = HttpCourier(SIGNER, loopback=True)
            assert deliver(courier, f"http://127.0.0.1:{slow.getsockname()[1]}/") == "timeout"
            ended.set()
            thread.join()

    def test_who_speaks_no_http_is_told_apart(self):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def babble():
                sock, _ = server.accept()
                with sock:
                    sock.recv(10)
                    sock.sendall(b"\x00\x01garbage\r\n\r\n")
                    sock.recv(65_536)

            threading.Thread(target=babble, daemon=True).start()
            courier = HttpCourier(SIGNER, loopback=True)
            assert deliver(courier, f"http://127.0.0.1:{server.getsockname()[1]}/") == "connection"

    def test_where_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        assert deliver(HttpCourier(SIGNER, loopback=True), f"http://127.0.0.1:{port}/") == "connection"


class TestCertificates:
    def test_one_of_an_unknown_authority_is_refused(self, trusted):
        trusted.courier.__dict__["_context"] = ssl.create_default_context()
        assert deliver(trusted.courier) == "tls"
        assert trusted.receiver.received == []

    def test_one_of_another_name_is_refused(self, trusted):
        assert deliver(trusted.courier, "https://otra.ejemplo.gob.ec/") == "tls"
        assert trusted.receiver.received == []


INWARDS = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104  # an address that is refused
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


class TestAddresses:
    @pytest.mark.parametrize("address", INWARDS)
    def test_none_that_leads_inwards_is_public(self, address):
        assert not is_public(address)

    @pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])
    def test_those_of_the_internet_are(self, address):
        assert is_public(address)
        assert ip_address(address).is_global

    def reached(self, *addresses):
        """Which of some addresses of a name are connected to."""
        tried = []

        def connect(address, port, seconds):
            tried.append(address)
            raise OSError

        answer = deliver(HttpCourier(SIGNER, resolve=lambda host: list(addresses), connect=connect))
        return answer, tried

    @pytest.mark.parametrize("address", INWARDS)
    def test_a_name_that_leads_inwards_is_not_followed(self, address):
        assert self.reached(address) == ("address", [])

    def test_one_of_several_addresses_suffices_to_refuse(self):
        assert self.reached(PUBLIC, "10.0.0.1") == ("address", [])
        assert self.reached("10.0.0.1", PUBLIC) == ("address", [])
        assert self.reached() == ("address", [])

    def test_all_public_addresses_are_tried_in_turn(self):
        assert self.reached(PUBLIC, "8.8.8.8") == ("connection", [PUBLIC, "8.8.8.8"])

    def test_the_name_is_resolved_at_each_call_and_once(self):
        answers = [[PUBLIC], ["127.0.0.1"]]
        tried = []

        def connect(address, port, seconds):
            tried.append(address)
            raise OSError

        courier = HttpCourier(SIGNER, resolve=lambda host: answers.pop(0), connect=connect)
        assert (deliver(courier), deliver(courier)) == ("connection", "address")
        assert tried == [PUBLIC]

    def test_a_name_that_there_is_not(self):
        def resolve(host):
            raise socket.gaierror

        assert deliver(HttpCourier(SIGNER, resolve=resolve)) == "dns"

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://a.ec/", f"http://{PUBLIC}/"])
    def test_plain_http_is_never_sent_but_to_a_developers_own_machine(self, url):
        assert deliver(HttpCourier(SIGNER), url) == "address"
        if "127" not in url:
            assert deliver(HttpCourier(SIGNER, loopback=True), url) == "address"

    def test_a_developers_own_machine_is_reached_where_that_is_said(self):
        with running() as receiver:
            url = f"http://127.0.0.1:{receiver.port}/v"
            assert deliver(HttpCourier(SIGNER, loopback=True), url) is None
            verify(receiver.received[0], url)
