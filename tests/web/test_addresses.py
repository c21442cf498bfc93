"""Where a request comes from: tries are counted by it, so nobody may make it up."""

import pytest

from ventanilla.web.request import EDGE_HEADER, Request

KEY, VISITOR, EDGE = "known-to-the-edge-alone", "190.15.128.7", "130.176.1.1"


def request(seen: str, **headers: str) -> Request:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request({"requestContext": {"http": {"sourceIp": seen}}, "headers": sent})


@pytest.mark.parametrize("shown", [{}, {EDGE_HEADER: "guessed"}, {EDGE_HEADER: ""}])
def test_what_a_stranger_says_of_forwarding_counts_for_nothing(shown):
    assert request(VISITOR, x_forwarded_for="1.2.3.4", **shown).source_ip(KEY) == VISITOR


def test_the_edge_tells_whom_it_saw_whatever_the_visitor_put_before():
    through = request(EDGE, x_forwarded_for=f"1.2.3.4, {VISITOR}, {EDGE}", **{EDGE_HEADER: KEY})
    assert through.source_ip(KEY) == VISITOR


def test_where_no_edge_is_known_an_empty_header_proves_nothing():
    assert request(VISITOR, x_forwarded_for="1.2.3.4", **{EDGE_HEADER: ""}).source_ip(None) == VISITOR
