"""Each mistake of a portal's clients is found, at its place, and said in a sentence."""

import dataclasses

import pytest

from tests.domain.test_portal_rules import portal
from ventanilla.domain.openid_clients import Client
from ventanilla.domain.portal_rules import mistakes
from ventanilla.domain.portal_texts import Service

X = "A" * 43
EC = {"kty": "EC", "crv": "P-256", "x": X, "y": X}
SOUND = Client(
    "servicio", "S", ("https://s.example.ec/cb",), backchannel_logout_uri="https://s.example.ec/logout", public=True
)


def found(**changes):
    local_only = changes.pop("local_only", False)
    clients = changes.pop("clients", None) or (dataclasses.replace(SOUND, **changes),)
    return [(one.where, one.message) for one in mistakes(portal(clients=clients, local_only=local_only))]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"public": False, "jwk": EC},
        {"public": False, "jwk": {"kty": "RSA", "n": "A" * 342, "e": "AQAB"}},
        {"redirect_uris": ("http://127.0.0.1/cb",)},  # a program on the user's own machine
        {"redirect_uris": ("https://s.example.ec:8443/cb?x=1",)},
        {"local_only": True, "backchannel_logout_uri": "http://127.0.0.1:8001/logout"},
    ],
)
def test_a_sound_client_has_none(changes):
    assert found(**changes) == []


@pytest.mark.parametrize(
    ("changes", "where", "word"),
    [
        ({"id": "Un Servicio"}, "clients.Un Servicio", "2 to 40"),
        ({"public": False}, "clients.servicio.jwk", "public, or has a jwk"),
        ({"jwk": EC}, "clients.servicio.jwk", "public, or has a jwk"),
        ({"public": False, "jwk": {**EC, "d": X}}, "clients.servicio.jwk", "private key"),
        ({"public": False, "jwk": {**EC, "x": "x"}}, "clients.servicio.jwk", "P-256"),
        ({"public": False, "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, "clients.servicio.jwk", "2048"),
        ({"public": False, "jwk": {"kty": "oct"}}, "clients.servicio.jwk", "P-256"),
        ({"scopes": ("profile",)}, "clients.servicio.scopes", "openid"),
        ({"redirect_uris": ()}, "clients.servicio.redirect_uris", "at least one"),
        ({"redirect_uris": ("http://s.example.ec/cb",)}, "clients.servicio.redirect_uris", "https"),
        ({"redirect_uris": ("https://s.example.ec/#x",)}, "clients.servicio.redirect_uris", "fragment"),
        ({"redirect_uris": ("https://*.example.ec/",)}, "clients.servicio.redirect_uris", "exact"),
        ({"redirect_uris": ("https://u@s.example.ec/",)}, "clients.servicio.redirect_uris", "exact"),
        ({"redirect_uris": ("https://s.example.ec:x/",)}, "clients.servicio.redirect_uris", "exact"),
        ({"redirect_uris": ("javascript:alert(1)",)}, "clients.servicio.redirect_uris", "exact"),
        (
            {"public": False, "jwk": EC, "redirect_uris": ("http://127.0.0.1/cb",)},
            "clients.servicio.redirect_uris",
            "https",
        ),
        ({"post_logout_redirect_uris": ("/bye",)}, "clients.servicio.post_logout_redirect_uris", "exact"),
        ({"backchannel_logout_uri": "http://127.0.0.1:1/x"}, "clients.servicio.backchannel_logout_uri", "443"),
        ({"backchannel_logout_uri": "https://10.0.0.1/x"}, "clients.servicio.backchannel_logout_uri", "name"),
        ({"clients": (SOUND, SOUND)}, "clients", "2 times"),
    ],
)
def test_a_mistake_is_said_at_its_place(changes, where, word):
    [(place, message)] = found(**changes)
    assert place == where
    assert word in message


def test_a_service_leads_to_a_client_that_there_is():
    services = (Service("S", client="servicio"), Service("T", client="otro"), Service("U"))
    [mistake] = mistakes(portal(clients=(SOUND,), services=services))
    assert (mistake.where, mistake.message) == ("services", "otro is none of the clients")
