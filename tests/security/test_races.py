"""What many do at the same time, each function in processes of its own (security.md, 6, 17, 18, 21)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.flows.town import draft, expect, new_number, new_password
from tests.security.signing import Signing

pytestmark = pytest.mark.slow

AT_ONCE = 20


@pytest.fixture(scope="module")
def runtime():
    return "ric"


def race(town, *acts: Callable[[httpx.Client], httpx.Response]) -> Counter[int]:
    """Let all happen at once, over connections of their own; return how often each status came."""

    def act(one: Callable[[httpx.Client], httpx.Response]) -> int:
        with httpx.Client(base_url=town.local.base_url, timeout=120) as http:
            return one(http).status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(act, acts))


class TestLinks:
    def test_a_link_works_once_for_twenty_at_once(self, town):
        person = town.person()
        person.register()
        body = {"token": person.token("verify"), "password": person.password}
        came = race(town, *[lambda http: http.post("/v1/verifications", json=body)] * AT_ONCE)
        # Five tries are the most that a link bears: the others find it dead.
        assert came[200] == 1
        assert set(came) <= {200, 410, 429}

    def test_a_reset_works_once_for_twenty_at_once(self, town):
        person = town.citizen()
        person.ask_for_reset()
        token = person.token("reset")
        passwords = [new_password() for _ in range(AT_ONCE)]
        acts = [
            lambda http, one=one: http.post("/v1/resets/confirm", json={"token": token, "password": one})
            for one in passwords
        ]
        came = race(town, *acts)
        assert came[204] == 1
        assert set(came) <= {204, 410, 429}
        told = [subject for subject in person.subjects() if subject.startswith("Se cambió su contraseña")]
        assert len(told) == 1, "one password was set, and the owner told of it once"

    def test_fifty_guesses_behind_a_link_evaluate_five(self, town):
        person = town.person()
        person.register()
        token = person.token("verify")
        guess = {"token": token, "password": "no es esta la contraseña"}
        came = race(town, *[lambda http: http.post("/v1/verifications", json=guess)] * 50)
        assert came[401] == 5
        assert set(came) <= {401, 410}
        assert person.verify(token, password=person.password).status_code == 410, "the link has died"


class TestAccounts:
    def test_two_applications_for_a_number_make_one_account(self, town):
        one = town.person()
        one.register()
        two = town.person(number=one.number)
        two.register()
        bodies = [{"token": each.token("verify"), "password": each.password} for each in (one, two)]
        came = race(town, *[lambda http, body=body: http.post("/v1/verifications", json=body) for body in bodies])
        assert came == {200: 1, 410: 1}

    def test_twenty_registrations_make_at_most_three_mails(self, town):
        person = town.person()
        path = f"/v1/portals/{person.portal}/registrations"
        came = race(town, *[lambda http: http.post(path, json=person.form)] * AT_ONCE)
        assert came == {202: AT_ONCE}
        assert 1 <= len(person.mails()) <= 3

    def test_parallel_guesses_at_a_password_make_wait(self, town):
        person = town.citizen()
        guess = {"portal": person.portal, "identifier": person.number, "password": "no es esta la contraseña"}
        came = race(town, *[lambda http: http.post("/v1/sessions", json=guess)] * AT_ONCE)
        assert came[401] <= 6
        assert set(came) <= {401, 429}
        assert person.sign_in().status_code == 429, "the right password waits too"


class TestNotifications:
    def test_a_nonce_passes_once_for_twenty_at_once(self, town):
        demo = town.local.demo["institution"]
        signing = Signing(town.local.base_url, demo["key_id"], demo["private_key"], draft(new_number()))
        headers = signing.headers()
        post = lambda http: http.post(signing.target, content=signing.body, headers=headers)  # noqa: E731
        came = race(town, *[post] * AT_ONCE)
        assert came[202] == 1
        assert set(came) <= {202, 401, 429}

    def test_a_reference_is_taken_once_for_twenty_at_once(self, town):
        demo = town.local.demo["institution"]
        person = town.citizen()
        content = draft(person)
        signings = [Signing(town.local.base_url, demo["key_id"], demo["private_key"], content) for _ in range(AT_ONCE)]
        came = race(town, *[one.send for one in signings])
        assert set(came) <= {202, 429}
        town.local.settle()
        inbox = person.get("/v1/inbox")
        assert (len(inbox["items"]), inbox["unread_count"]) == (1, 1)

    def test_an_opening_is_recorded_once_for_twenty_at_once(self, town):
        person = town.citizen()
        posted = town.notify(person)
        bearer = {"authorization": f"Bearer {person.session}"}
        path = f"/v1/inbox/{posted['id']}/opening"
        came = race(town, *[lambda http: http.post(path, headers=bearer)] * AT_ONCE)
        assert came[200] >= 1
        assert set(came) <= {200, 429}
        timeline = expect(town.sender.get(posted["id"]), 200)["timeline"]
        assert [moment["state"] for moment in timeline].count("opened") == 1
        assert person.get("/v1/inbox")["unread_count"] == 0

    def test_posts_and_openings_at_once_keep_the_unread_count_exact(self, town):
        person = town.citizen()
        old = [town.notify(person) for _ in range(6)]
        bearer = {"authorization": f"Bearer {person.session}"}
        demo = town.local.demo["institution"]
        posts = [
            Signing(town.local.base_url, demo["key_id"], demo["private_key"], draft(person)).send for _ in range(6)
        ]
        opens = [lambda http, one=one: http.post(f"/v1/inbox/{one['id']}/opening", headers=bearer) for one in old[:4]]
        race(town, *posts, *opens)
        town.local.settle()
        inbox = person.get("/v1/inbox")
        assert inbox["unread_count"] == sum(item["opened_at"] is None for item in inbox["items"])
        assert inbox["unread_count"] == len(person.get("/v1/inbox?unread=true")["items"])
