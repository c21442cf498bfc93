"""A portal with systems that sign their users in there, and somebody who has entered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.fakes import BASE_URL, World
from ventanilla.domain.openid import AuthorizationRequest
from ventanilla.domain.openid_clients import SCOPES, Client
from ventanilla.domain.portals import Portal
from ventanilla.usecases.openid_mint import Mint

ISSUERS = f"{BASE_URL}/v1/portals/"
SERVICE = Client(
    "servicio",
    {"es": "Servicio", "en": "Service"},
    ("https://s.example.ec/cb",),
    ("https://s.example.ec/bye",),
    "https://s.example.ec/logout",
    public=True,
    scopes=SCOPES,
)
OTHER = Client("otro", "Otro", ("https://o.example.ec/cb",), public=True, scopes=SCOPES, consent=False)
DEAF = replace(SERVICE, id="sordo", backchannel_logout_uri=None)
VERIFIER = "v" * 43


def with_clients(portal: Portal) -> Portal:
    return replace(portal, clients=(SERVICE, OTHER, DEAF))


def mint_of(world: World, portal: str = "demo") -> Mint:
    return Mint(
        portal=world.portals.get(portal),
        issuer=f"{ISSUERS}{portal}",
        sign_ons=world.sign_ons,
        keys=world.keys,
        signing=world.openid_keys,
        secret=world.openid_secret,
        clock=world.clock,
    )


def asks(world: World, **changes: Any) -> AuthorizationRequest:
    values: dict[str, Any] = {
        "client": SERVICE,
        "redirect_uri": "https://s.example.ec/cb",
        "scopes": ("openid", "profile", "grants", "offline_access"),
        "challenge": "c" * 43,
        "nonce": "n",
        "asked_at": world.clock.now(),
        **changes,
    }
    return AuthorizationRequest(**values)
