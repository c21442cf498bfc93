"""Which route a request takes."""

import pytest

from local.routes import Router
from local.sources import Route

ROUTES = [
    Route("f", "ANY", "$default"),
    Route("f", "ANY", "/v1/{rest+}"),
    Route("f", "GET", "/v1/items/{id}"),
    Route("f", "ANY", "/v1/items/{id}"),
    Route("f", "GET", "/v1/items/own"),
    Route("f", "GET", "/v1/{kind}/own/parts"),
    Route("f", "POST", "/v1/items/{id}/parts/{part}"),
]


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/v1/items/own", "GET /v1/items/own", {}),
        ("GET", "/v1/items/7", "GET /v1/items/{id}", {"id": "7"}),
        ("PUT", "/v1/items/7", "ANY /v1/items/{id}", {"id": "7"}),
        ("DELETE", "/v1/items/own", "ANY /v1/items/{id}", {"id": "own"}),
        ("POST", "/v1/items/7/parts/a", "POST /v1/items/{id}/parts/{part}", {"id": "7", "part": "a"}),
        ("GET", "/v1/items/7/parts/a", "ANY /v1/{rest+}", {"rest": "items/7/parts/a"}),
        ("GET", "/v1/items/own/parts", "GET /v1/{kind}/own/parts", {"kind": "items"}),
        ("GET", "/v1/items/", "ANY /v1/{rest+}", {"rest": "items/"}),
        ("GET", "/v1/", "$default", {}),
        ("HEAD", "/", "$default", {}),
        ("OPTIONS", "/nowhere", "$default", {}),
    ],
)
def test_the_most_specific_route_wins(method, path, key, parameters):
    match = Router(ROUTES).match(method, path)
    assert match is not None
    assert (match.route.key, match.parameters) == (key, parameters)


def test_without_a_default_there_may_be_none():
    assert Router(ROUTES[2:]).match("HEAD", "/v1/other") is None


def test_the_order_of_the_template_does_not_matter():
    backwards = Router(reversed(ROUTES)).match("GET", "/v1/items/own")
    assert backwards is not None
    assert backwards.route.key == "GET /v1/items/own"
