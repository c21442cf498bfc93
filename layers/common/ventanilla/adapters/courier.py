"""Carries events to institutions' own addresses: signed (RFC 9421), and to the public internet alone.

An address is somebody else's text: each time it is resolved, everything that it leads to is checked, and the connection
goes to what was checked, so that a name which changes its mind in between reaches nothing of ours.
"""

from __future__ import annotations

import secrets
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from types import SimpleNamespace
from urllib.parse import SplitResult, urlsplit

from ventanilla.domain.webhooks import PATIENCE
from ventanilla.usecases.ports import Signer

TAG = "ventanilla-webhook"
COVERED = ("@method", "@authority", "@path", "@query", "content-type")
"""What the signature covers, besides the body by its `content-digest`."""
LIFE = timedelta(seconds=300)
_LOOPBACK = "127.0.0.1"
_UNICAST = IPv6Network("2000::/3")
_LONGEST_ANSWER = 1024
_MOST_ADDRESSES = 8
"""Of a name that are tried; all that it has are checked."""
Resolve = Callable[[str], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


class _Failed(Exception):
    """It was not taken; the text says why, in a word."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet's: none that leads inwards, in whatever disguise."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and (ip not in _UNICAST or ip.sixtofour is not None or ip.teredo is not None):
        return False  # 6to4, Teredo; and outside of 2000::/3 all that carries an IPv4 address (mapped, NAT64)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class HttpCourier:
    """Posts to one address at a time, without following it elsewhere.

    Args:
        signer: the platform's signature.
        loopback: whether http://127.0.0.1 may be posted to, on a developer's machine.
        resolve: returns the IP addresses of a name.
        connect: connects to an address and port within some seconds.
    """

    def __init__(
        self, signer: Signer, *, loopback: bool = False, resolve: Resolve | None = None, connect: Connect | None = None
    ) -> None:
        self._signer = signer
        self._loopback = loopback
        self._resolve = resolve or _resolve
        self._connect = connect or _connect

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Certificates are checked against the machine's authorities, and must be of the name."""
        return ssl.create_default_context()

    def deliver(self, url: str, body: bytes, now: datetime) -> str | None:
        """Post a signed body; return in a word why it was not taken, None where it was."""
        return self._send(url, body, lambda: self._signed(url, body, now))

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Post a body that vouches for itself; return in a word why it was not taken, None where it was."""
        return self._send(url, body, lambda: {"User-Agent": "Ventanilla", "Accept": "*/*", **headers})

    def _send(self, url: str, body: bytes, headers: Callable[[], dict[str, str]]) -> str | None:
        parts, ends_at = urlsplit(url), monotonic() + PATIENCE.total_seconds()
        try:
            sock = self._reach(parts, ends_at)
        except _Failed as failure:
            return str(failure)
        fired: list[bool] = []

        def end() -> None:
            fired.append(True)
            with suppress(OSError):  # it has just ended by itself
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # whatever is being waited for, ends

        watch = Timer(max(0.0, ends_at - monotonic()), end)
        watch.daemon = True
        watch.start()
        try:
            status = self._post(sock, parts, headers(), body)
        except (OSError, HTTPException, ValueError) as error:
            return "timeout" if fired else _reason(error)
        finally:
            watch.cancel()
            sock.close()
        return None if 200 <= status < 300 else f"status-{status}"

    def _reach(self, parts: SplitResult, ends_at: float) -> socket.socket:
        """Return a connection to the first address of a name that answers; all of them must be public."""
        host, is_local = parts.hostname or "", parts.scheme == "http"
        if is_local and not (self._loopback and host == _LOOPBACK):
            raise _Failed("address")
        try:
            addresses = [_LOOPBACK] if is_local else self._resolve(host)
        except OSError:
            raise _Failed("dns") from None
        if not is_local and (not addresses or not all(map(is_public, addresses))):
            raise _Failed("address")
        port = (parts.port or 80) if is_local else 443
        reason = "connection"
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                sock = self._connect(address, port, max(0.1, ends_at - monotonic()))
                if is_local:
                    return sock
                return self._context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            except OSError as error:  # also of who hangs up before there is anything to wrap
                reason = _reason(error)
        raise _Failed(reason)

    def _signed(self, url: str, body: bytes, now: datetime) -> dict[str, str]:
        """Return the headers of a call, signed by the platform."""
        from http_message_signatures import HTTPMessageSigner, algorithms

        headers = {"Content-Type": "application/json", "User-Agent": "Ventanilla", "Accept": "*/*"}
        message = SimpleNamespace(method="POST", url=url, headers=headers)
        signer = HTTPMessageSigner(signature_algorithm=algorithms.ECDSA_P256_SHA256)
        prepared = signer.prepare(
            message,
            key_id=self._signer.kid,
            created=now,
            expires=now + LIFE,
            nonce=secrets.token_urlsafe(16),
            label="ventanilla",
            tag=TAG,
            covered_component_ids=COVERED,
            body=body,
        )
        signer.apply(message, prepared, self._signer.sign(prepared.signature_base))
        return headers

    def _post(self, sock: socket.socket, parts: SplitResult, headers: dict[str, str], body: bytes) -> int:
        host, target = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()
            connection: HTTPConnection = HTTPSConnection(host, context=self._context)
        else:
            connection = HTTPConnection(host, parts.port)
        connection.sock = sock  # it never connects by itself
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        response.read(_LONGEST_ANSWER)
        return response.status


def _resolve(host: str) -> list[str]:
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=seconds)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return "tls" if isinstance(error, ssl.SSLError) else "connection"
