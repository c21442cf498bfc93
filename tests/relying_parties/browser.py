"""A browser between the services and the portal: it follows addresses, and answers the portal's question as its page does."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.flows.town import Person, expect

_MAIN = re.compile(r"<main>(.*)</main>", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of an address, each of which stands there once."""
    parameters = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in parameters.values()), url
    return {name: value for name, [value] in parameters.items()}


class Browser:
    """Somebody's browser: cookies of the services are kept, the portal's is of the person's session."""

    def __init__(self, person: Person) -> None:
        self.person, self.town = person, person.town
        self.base_url = person.town.local.base_url
        self.issuer = f"{self.base_url}/v1/portals/{person.portal}"
        self.http = httpx.Client(timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    # ---- at the portal ----

    def at_portal(self, method: str, url: str, **given: Any) -> httpx.Response:
        """Send a request of the portal's own page."""
        headers = {"Origin": self.base_url}
        if self.person.session:
            headers["Cookie"] = f"session={self.person.session}"
        return self.town.http.request(method, url, headers=headers, **given)

    def authorize(self, url: str) -> str:
        """Follow a service's address to the portal; return the query that its page is called with."""
        answer = self.at_portal("GET", url)
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:500]}"
        page, _, query = answer.headers["location"].partition("?")
        assert page == f"{self.base_url}/{self.person.portal}/authorize", answer.headers["location"]
        return str(query)

    def asked(self, query: str) -> dict[str, Any]:
        """Return what the page shows."""
        return dict(expect(self.at_portal("GET", f"{self.issuer}/authorize/request?{query}"), 200))

    def answer(self, query: str, *, approve: bool = True) -> httpx.Response:
        """Press one of the page's two buttons."""
        return self.at_portal("POST", f"{self.issuer}/authorize", json={"query": query, "approve": approve})

    def agree(self, url: str, *, approve: bool = True) -> str:
        """Follow a service's address, answer, and return the address that leads back."""
        return str(expect(self.answer(self.authorize(url), approve=approve), 200)["redirect_to"])

    def leave(self, url: str) -> str | None:
        """Follow a service's address to sign out at the portal, press the button, return the address that leads back."""
        answer = self.at_portal("GET", url)
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:500]}"
        _, _, query = answer.headers["location"].partition("?")
        ended = self.at_portal("POST", f"{self.issuer}/logout", json={"query": query})
        return expect(ended, 200)["redirect_to"]

    # ---- at the sample service ----

    @property
    def sample(self) -> str:
        return self.town.local.sample_url

    def sign_in(self, *, approve: bool = True) -> str:
        """Sign in at the sample service; return what its page then says."""
        return self.back(self.agree(self.to_portal(), approve=approve))

    def to_portal(self) -> str:
        """Press «Entrar»; return where that leads."""
        answer = self.http.get(f"{self.sample}/login")
        assert answer.status_code == 302, answer.text[:500]
        return str(answer.headers["location"])

    def back(self, url: str) -> str:
        """Follow an address back to the sample service; return what its page says."""
        assert url.startswith(self.sample), url
        return words(self.http.get(url, follow_redirects=True))

    def home(self) -> str:
        """Return what the sample service's page says now."""
        return words(self.http.get(self.sample))

    def press(self, action: str) -> httpx.Response:
        """Press a button of that page."""
        return self.http.post(f"{self.sample}{action}", headers={"Origin": self.sample})


def words(page: httpx.Response) -> str:
    """Return the text of a page's main part."""
    found = _MAIN.search(page.text)
    assert found, f"{page.status_code}: {page.text[:500]}"
    return " ".join(unescape(_TAGS.sub(" ", found[1])).split())
