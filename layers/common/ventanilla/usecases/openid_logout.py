"""Sign-out: a system asks for it, and those that somebody has entered are told when a session or account ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from ventanilla.domain.errors import ClientRefused, NotFound
from ventanilla.domain.ids import derived_id
from ventanilla.domain.openid import Family
from ventanilla.domain.openid_clients import Client
from ventanilla.domain.openid_names import subject_of
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession, Session
from ventanilla.usecases.openid import client_of
from ventanilla.usecases.openid_ports import OpenidKeys, Poster, Secret, SignOns
from ventanilla.usecases.ports import Clock, Outbox, Portals, Sessions

Outcome = Literal["done", "told", "split", "not_wanted", "failed", "given_up"]
EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LIFE = timedelta(minutes=2)
_PATIENCE = timedelta(days=1)
"""How long a system is told again that does not take it."""


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """What a system asks for, checked: where its user goes afterwards."""

    redirect_to: str | None


def read_logout(query: Mapping[str, str], portal: Portal, *, issuer: str, signing: OpenidKeys) -> LogoutRequest:
    """Return what a system asks for.

    Raises:
        ClientRefused: it is not known who asks, or where its user would go is none of its addresses.
    """
    hint, client_id, target = (query.get(name) for name in ("id_token_hint", "client_id", "post_logout_redirect_uri"))
    if hint:
        claims = signing.read(hint)
        if claims is None or claims.get("iss") != issuer or client_id not in (None, claims.get("aud")):
            raise ClientRefused
        client_id = str(claims.get("aud"))
    client = client_of(portal, client_id)
    if (client_id and client is None) or (target and (client is None or not client.leads_to_after_logout(target))):
        raise ClientRefused
    if not target:
        return LogoutRequest(None)
    state = query.get("state")
    return LogoutRequest(f"{target}{'&' if '?' in target else '?'}{urlencode({'state': state})}" if state else target)


def log_out(
    request: LogoutRequest, current: CurrentSession | None, *, portals: Portals, sessions: Sessions, clock: Clock
) -> str | None:
    """End the session of who presses; return where they go."""
    if current is not None:
        session, state = current.session, current.state
        sessions.end(session, owed_at_end(state.portal, state.ref, session, portals=portals, now=clock.now()))
    return request.redirect_to


def owed_at_end(
    portal_id: str, ref: str, session: Session | None, *, portals: Portals, now: datetime, epoch: int | None = None
) -> OutboxItem | None:
    """Return what is owed when a session ends, or all of an account of older epochs; None where nobody wants it."""
    try:
        portal = portals.get(portal_id)
    except NotFound:
        return None
    if not any(client.backchannel_logout_uri for client in portal.clients):
        return None
    about = {"portal": portal_id, "ref": ref}
    return OutboxItem(
        "signed_out", about | ({"session": session.secret_hash} if session else {"epoch": str(epoch)}), now
    )


def tell(
    item_id: str,
    issuer: str,
    *,
    outbox: Outbox,
    portals: Portals,
    sign_ons: SignOns,
    signing: OpenidKeys,
    secret: Secret,
    poster: Poster,
    clock: Clock,
) -> Outcome:
    """Tell one system that somebody has left, or find out which are to be told.

    An item that could not be delivered stays, and is queued again later each time. `issuer` begins all issuers.
    """
    item = outbox.get(item_id)
    if item is None:
        return "done"
    portal, now = portals.get(item.about["portal"]), clock.now()
    if item.kind == "signed_out":
        outbox.replace(item, _each(item, portal, sign_ons, now))
        return "split"
    client = client_of(portal, item.about["client"])
    if client is None or not client.backchannel_logout_uri:
        outbox.done(item)
        return "not_wanted"
    claims = {
        "iss": f"{issuer}{portal.id}",
        "sub": subject_of(secret.text(), portal.id, client, item.about["ref"]),
        "aud": client.id,
        "iat": int(now.timestamp()),
        "exp": int((now + _LIFE).timestamp()),
        "jti": item.id,
        "events": {EVENT: {}},
    }
    if sid := item.about.get("sid"):
        claims["sid"] = sid
    token = signing.sign(client.id_token_alg, claims, "logout+jwt")
    error = poster.send(
        client.backchannel_logout_uri,
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode({"logout_token": token}).encode(),
    )
    if error and now < item.created_at + _PATIENCE:
        return "failed"
    outbox.done(item)
    return "given_up" if error else "told"


def _each(item: OutboxItem, portal: Portal, sign_ons: SignOns, now: datetime) -> list[OutboxItem]:
    """Return what is owed to each system that was entered by what has ended."""
    session, epoch = item.about.get("session"), item.about.get("epoch")
    found = sign_ons.of_account(item.about["ref"])
    ended = [one for one in found if (one.session == session if session else str(one.epoch) != epoch)]
    owed: dict[str, OutboxItem] = {}
    for family in ended:
        client = client_of(portal, family.client)
        if client is not None and client.backchannel_logout_uri:
            one = _owed(item, family, client, now, of_session=session is not None)
            owed[one.id] = one
    return list(owed.values())


def _owed(item: OutboxItem, family: Family, client: Client, now: datetime, *, of_session: bool) -> OutboxItem:
    about = {"portal": family.portal, "ref": family.ref, "client": client.id}
    if of_session:
        about["sid"] = family.sid
    return OutboxItem("logout_token", about, now, id=derived_id("logout_token", item.id, client.id))
