"""An address on the user's own machine was compared as `urlsplit` spells it: with line breaks, or `#`, it was taken.

A line break went into `Location`, where it was a fault of ours (500); what stands behind `#` a browser keeps for itself.
"""

import pytest

from ventanilla.domain.openid_clients import Client

CLIENT = Client("nativo", "Nativo", ("http://127.0.0.1/callback",), public=True)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:1/call\r\nback",
        "http://127.0.0.1:1/callback\n",
        "http://127.0.0.1:1/callback\t",
        "ht\ntp://127.0.0.1:1/callback",
        " http://127.0.0.1:1/callback",
        "\x00http://127.0.0.1:1/callback",
        "http://127.0.0.1:1/callback#",
        "http://127.0.0.1:1/callback?",
        "http://127.0.0.1:٣/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:1\\@evil.example/callback",
    ],
)
def test_an_address_that_only_reads_like_the_registered_is_another(uri):
    assert not CLIENT.leads_to(uri)


@pytest.mark.parametrize("port", ["", ":1", ":49152", ":65535"])
def test_any_port_is_taken(port):
    assert CLIENT.leads_to(f"http://127.0.0.1{port}/callback")
