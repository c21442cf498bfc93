"""What must hold of a portal's clients: who they are, where they lead, and what they prove themselves by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ventanilla.domain.errors import Invalid
from ventanilla.domain.jose import JwsMalformed, from_base64url
from ventanilla.domain.openid_clients import Client, is_loopback
from ventanilla.domain.webhooks import read_url

_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_SPELLED = re.compile(r"[!-~]{1,500}")
_HOST = re.compile(r"[a-z0-9.-]{1,253}")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
Found = tuple[str, str]


def client_mistakes(client: Client, *, local_only: bool) -> Iterator[Found]:
    """Return what is wrong with a client: where, and in a sentence."""
    where = f"clients.{client.id}"
    if not _ID.fullmatch(client.id):
        yield where, "an id is 2 to 40 of a-z, 0-9 and hyphen"
    if client.public == (client.jwk is not None):
        yield f"{where}.jwk", "a client is public, or has a jwk that it proves itself by: one of the two"
    if client.jwk is not None and (wrong := _key(client.jwk)):
        yield f"{where}.jwk", wrong
    if "openid" not in client.scopes:
        yield f"{where}.scopes", "has openid among its scopes: it is a sign-in that it asks for"
    if not client.redirect_uris:
        yield f"{where}.redirect_uris", "names at least one address that users are sent back to"
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, name):
            if not _leads_somewhere(uri, loopback=local_only or client.public):
                yield f"{where}.{name}", f"{uri} is no exact https address without a fragment"
    if client.backchannel_logout_uri:
        try:
            read_url(client.backchannel_logout_uri, loopback=local_only)
        except Invalid:
            yield f"{where}.backchannel_logout_uri", "is a public https address on port 443, by a name"


def _leads_somewhere(uri: str, *, loopback: bool) -> bool:
    """Tell whether an address may be registered: https, or of a program on the user's own machine (RFC 8252)."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    plain = bool(_SPELLED.fullmatch(uri)) and not parts.fragment and "#" not in uri and parts.username is None
    if not plain or "*" in uri or not _HOST.fullmatch(parts.hostname or ""):
        return False
    return parts.scheme == "https" or (loopback and is_loopback(uri))


def _key(jwk: dict[str, str]) -> str | None:
    """Return what is wrong with a public key."""
    if _PRIVATE & jwk.keys():
        return "is a private key: it stays with the client; register the public part of another"
    try:
        match jwk.get("kty"), jwk.get("crv"):
            case "EC", "P-256" if all(len(from_base64url(jwk.get(name, ""))) == 32 for name in ("x", "y")):
                return None
            case "RSA", None if len(from_base64url(jwk.get("n", ""))) >= 256 and jwk.get("e"):
                return None
    except JwsMalformed:
        pass
    return "is the public part of a key on P-256, or of RSA of at least 2048 bits"
