"""What many do at the same time to applications, places and second steps, in processes of their own (lines 6, 17, 24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.flows.bureau import Member
from tests.flows.paperwork import Cooperative, Desk, Request, Someone, paperwork, scanned
from tests.flows.test_ibarra import ANSWERS, PASSWORD, Neighbour, neighbour  # noqa: F401  # a fixture
from tests.flows.test_seps import signed_in, wish
from tests.security.test_applications import APPROVE, delegation, held
from ventanilla.domain.grants import Grant

pytestmark = pytest.mark.slow

AT_ONCE = 20
Act = Callable[[httpx.Client], httpx.Response]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site"), runtime="ric") as desk:
        yield desk


@pytest.fixture(scope="module")
def site(desk: Desk) -> Desk:
    return desk


def race(desk: Desk, acts: Sequence[Act]) -> Counter[int]:
    """Let all happen at once, over connections of their own; return how often each status came."""

    def act(one: Act) -> int:
        with httpx.Client(base_url=desk.local.base_url, timeout=120) as http:
            return one(http).status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(act, acts))


def post(path: str, body: Any = None, token: str = "") -> Act:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return lambda http: http.post(path, json=body, headers=headers)


def ready(desk: Desk) -> Request:
    """Return an application that waits for nothing but to be sent in."""
    request = desk.apply("seps", wish(Someone("Ana Núñez"), Cooperative()))
    for kind in request.shown()["missing"]:
        request.deliver(kind, scanned(request.document(kind)))
    return request


class TestApplications:
    def test_one_is_sent_in_once(self, desk):
        request = ready(desk)
        came = race(desk, [post(f"{request.path}/submit", token=request.token)] * AT_ONCE)
        assert came[200] == 1
        assert set(came) <= {200, 409, 429}
        assert [one["state"] for one in request.shown()["history"]] == ["documents", "review"]

    def test_one_is_decided_once(self, desk):
        vera, ana = desk.reviewer("reviewer", "seps"), Someone("Ana Núñez")
        request = signed_in(desk, ana, Cooperative())
        reject = {"decision": "reject", "reason": "No consta."}
        acts = [post(f"{request.reviewed}/decision", one, vera.token) for one in (APPROVE, reject) * (AT_ONCE // 2)]
        came = race(desk, acts)
        assert came[200] == 1
        assert set(came) <= {200, 409, 429}
        assert len(desk.mails(ana.email)) == 1

    def test_five_places_have_five_holders_whoever_approves_at_once(self, desk):
        """Line 24."""
        mintel, ruc = desk.reviewer("platform_admin", "platform"), Cooperative().ruc
        people = [Someone("Ana Núñez") for _ in range(12)]
        requests = [desk.apply("staff", delegation(person, ruc)).send_in() for person in people]
        left = requests
        for _ in range(6):  # of two who want one place at once both may be told to try again
            acts = [post(f"{request.reviewed}/decision", APPROVE, mintel.token) for request in left]
            came = race(desk, acts)
            assert set(came) <= {200, 409, 429}
            left = [request for request in left if request.shown()["state"] == "review"]
        assert len(requests) - len(left) == 5

    def test_a_link_to_a_role_works_once(self, desk):
        vera, ana, coop = desk.reviewer("reviewer", "seps"), Someone("Ana Núñez"), Cooperative()
        signed_in(desk, ana, coop).approve(vera)
        body = {"token": desk.mailed_token(ana.email), "password": PASSWORD + " y más"}
        came = race(desk, [post("/v1/verifications/password", body)] * AT_ONCE)
        assert came[200] == 1
        assert set(came) <= {200, 410, 429}
        assert held(desk, ana, "seps") == [Grant("acopio", coop.ruc)]


class TestSecondFactor:
    @pytest.fixture
    def member(self, desk: Desk) -> Member:
        member = desk.reviewer("reviewer", "seps")
        member.enter()
        return member

    @pytest.mark.parametrize("kind", ["code", "recovery"])
    def test_a_code_works_once(self, desk, member, kind):
        said = {"code": member.code() if kind == "code" else member.recovery_codes[3]}
        tokens = [member.enter()["token"] for _ in range(5)]
        acts = [post("/v1/sessions/current/second-factor", said, token) for token in tokens * 4]
        came = race(desk, acts)
        assert came[200] == 1
        assert set(came) <= {200, 401, 429}

    def test_guesses_make_wait(self, desk, member):
        acts = [post("/v1/sessions/current/second-factor", {"code": f"{n:06}"}, member.token) for n in range(AT_ONCE)]
        came = race(desk, acts)
        assert came[401] <= 6
        assert set(came) <= {401, 429}
        path = "/v1/sessions/current/second-factor"
        member.refused("too-many-attempts", 429, "POST", path, {"code": member.code()})


class TestGuesses:
    def test_at_a_reset_code_evaluate_five(self, desk, neighbour):  # noqa: F811
        mine = neighbour.settle_in().mailed_code()
        came = race(desk, [post("/v1/resets/open", {**mine, "code": "AAAAAAAA"})] * 50)
        assert came[401] == 5
        assert set(came) <= {401, 410}
        desk.refused("token-gone", 410, "POST", "/v1/resets/open", mine)

    def test_at_a_temporary_password_make_wait(self, desk, neighbour):  # noqa: F811
        neighbour.register()
        key = neighbour.read_key()
        body = {"portal": "ibarra", "identifier": neighbour.user}
        acts = [post("/v1/sessions", {**body, "password": f"{key[:-4]}222{n % 8 + 2}"}) for n in range(AT_ONCE)]
        came = race(desk, acts)
        assert came[401] <= 6
        assert set(came) <= {401, 429}
        assert neighbour.sign_in(key).status_code == 429

    def test_a_temporary_password_opens_one_account(self, desk, neighbour):  # noqa: F811
        neighbour.register()
        body = {"portal": "ibarra", "identifier": neighbour.user, "password": neighbour.read_key()}
        came = race(desk, [post("/v1/sessions", body)] * AT_ONCE)
        assert came[201] >= 1
        assert set(came) <= {201, 401, 429}
        neighbour.enter(neighbour.key)
        neighbour.call(200, "POST", "/v1/me/password", {"current": neighbour.key, "new": PASSWORD})

    def test_at_a_security_answer_make_wait(self, desk, neighbour):  # noqa: F811
        neighbour.settle_in()
        for _ in range(3):
            neighbour.sign_in("no es esta 1")
        asked = neighbour.enter(PASSWORD)["question"]
        path, body = "/v1/sessions/current/security-question", {"question": asked, "answer": "no es esta"}
        came = race(desk, [post(path, body, neighbour.token)] * AT_ONCE)
        assert came[401] <= 6
        assert set(came) <= {401, 429}
        right = next(one for one in ANSWERS if one["question"] == asked)
        desk.refused("too-many-attempts", 429, "POST", path, right, neighbour.token)
