"""The pages that everybody sees first."""

from __future__ import annotations

from tests.browser.browsing import Visitor


def test_a_visit_begins_with_the_choice_of_portal(visitor: Visitor) -> None:
    page = visitor.open("/")
    visitor.look("choose")
    page.get_by_role("link", name="Plataforma IPSOT").click()
    page.wait_for_url("**/ipsot/")
    visitor.look("home-ipsot")
