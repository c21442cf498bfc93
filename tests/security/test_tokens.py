"""Links: how strong they are, what uses them up, what kills them, where they travel (security.md, 6 to 10)."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import httpx
import pytest

from tests.flows.town import DAY, expect, new_number, new_password, problem

PURPOSES = ("verify", "reset")
_ONE_DAY = timedelta(days=1)


def dead(response: httpx.Response) -> dict:
    """What is told of a dead token, but for the number of the request."""
    body = problem(response, 410, "token-gone")
    return {name: value for name, value in body.items() if name != "request_id"}


@pytest.fixture
def citizen(town):
    return town.settler()


class TestStrength:
    """Line 6."""

    def test_it_carries_an_hmac_of_256_bits_and_names_nobody(self, town):
        citizen = town.citizen()
        citizen.ask_for_reset()
        for page in PURPOSES:
            token = citizen.token(page)
            *_, mac = token.split(".")
            assert len(mac) == 43
            assert citizen.number not in token

    def test_no_part_can_be_changed(self, town):
        person = town.person()
        person.register()
        token = person.token("verify")
        parts = token.split(".")
        for place in range(len(parts)):
            forged = [*parts]
            forged[place] = ("b" if parts[place][0] == "a" else "a") + parts[place][1:]
            dead(person.verify(".".join(forged), password=person.password))
        dead(person.verify(token[:-1], password=person.password))
        dead(person.verify(f"{token}a", password=person.password))
        person.confirm()

    def test_no_token_and_no_key_lies_in_a_table(self, town):
        person = town.person()
        person.register()
        token = person.token("verify")
        assert token not in str(town.stored())
        assert token.rpartition(".")[2] not in str(town.stored())

    @pytest.mark.parametrize("page", PURPOSES)
    def test_asking_again_mails_the_same_one_while_it_lives(self, town, page):
        person = town.person() if page == "verify" else town.settler()
        if page == "verify":
            person.register()
        person.ask_for_reset()
        person.ask_for_reset()
        assert len(person.tokens(page)) >= 2
        assert len(set(person.tokens(page))) == 1

    def test_asking_again_gives_no_new_tries(self, town):
        person = town.person()
        person.register()
        token = person.token("verify")
        for _ in range(4):
            problem(person.verify(token, password=new_password()), 401, "invalid-credentials")
        person.ask_for_reset()
        assert person.token("verify") == token
        problem(person.verify(token, password=new_password()), 401, "invalid-credentials")
        dead(person.verify(token, password=person.password))

    def test_who_registers_my_number_with_my_address_gets_nothing_when_i_follow_the_link(self, town):
        me = town.person()
        stranger = town.person(number=me.number, email=me.email)
        stranger.register()
        assert expect(me.verify(), 200) == {"status": "pending", "next": "password", "portal": "demo"}
        problem(me.verify(password=me.password), 401, "invalid-credentials")
        problem(stranger.sign_in(), 401, "invalid-credentials")
        me.register()
        me.confirm()
        me.enter()
        problem(stranger.sign_in(), 401, "invalid-credentials")

    def test_one_of_a_purpose_serves_no_other(self, town, citizen):
        other = town.person()
        other.register()
        citizen.ask_for_reset()
        confirm, reset = other.token("verify"), citizen.token("reset")
        dead(other.anonymous("/v1/resets/open", {"token": confirm}))
        dead(other.reset(confirm, new_password()))
        dead(citizen.verify(reset))
        dead(citizen.anonymous("/v1/verifications/password", {"token": reset, "password": new_password()}))
        other.confirm()
        expect(citizen.reset(reset, new_password()), 204)


class TestTheDead:
    """Line 7: unknown, used, expired, superseded, all the same."""

    def test_all_are_told_the_same_behind_a_confirmation(self, town):
        used, superseded, expired = town.person(), town.person(), town.person()
        for person in (used, superseded, expired):
            person.register()
        tokens = {"forged": f"confirm.k1.{'a' * 26}.{'B' * 26}-1.{'c' * 43}", "no token": "x"}
        tokens["used"] = used.token("verify")
        used.confirm()
        tokens["superseded"] = superseded.token("verify")
        for _ in range(5):
            superseded.verify(password=new_password())
        superseded.ask_for_reset()
        superseded.mails()
        tokens["expired"] = expired.token("verify")
        first = dead(used.verify(tokens["forged"]))
        town.local.advance(DAY + 1)
        for token in tokens.values():
            for body in ({}, {"password": used.password}):
                answer = used.verify(token, **body)
                assert dead(answer) == first
                assert answer.headers.keys() == used.verify("x").headers.keys()

    def test_all_are_told_the_same_behind_a_reset(self, town, citizen):
        tokens = [f"reset.k1.{'a' * 26}.{'b' * 26}.{'c' * 43}"]
        citizen.ask_for_reset()
        tokens.append(citizen.token("reset"))
        expect(citizen.reset(tokens[-1], new_password()), 204)
        late = town.settler()
        late.ask_for_reset()
        tokens.append(late.token("reset"))
        town.local.advance(DAY + 1)
        answers = [dead(citizen.reset(token, new_password())) for token in tokens]
        answers += [dead(citizen.anonymous("/v1/resets/open", {"token": token})) for token in tokens]
        assert all(answer == answers[0] for answer in answers)

    def test_a_password_that_would_be_refused_is_not_looked_at(self, citizen):
        dead(citizen.reset("reset.k1.a.b.c", "corta"))


class TestReading:
    """Line 8: GET and HEAD change nothing."""

    CALLS = ("/v1/verifications", "/v1/resets/open", "/v1/resets/confirm")
    PAGES = ("/verify", "/reset")

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_following_a_link_without_pressing_uses_nothing_up(self, town, citizen, method):
        newcomer = town.person()
        newcomer.register()
        citizen.ask_for_reset()
        before = (newcomer.token("verify"), citizen.token("reset"))
        for path in self.CALLS + self.PAGES:
            for token in before:
                answer = town.http.request(method, path, params={"token": token})
                assert answer.status_code in ((200,) if path in self.PAGES else (404, 405))
        newcomer.confirm()
        expect(citizen.reset(before[1], new_password()), 204)

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_nothing_is_opened_by_reading(self, town, citizen, method):
        notification = town.notify(citizen)["id"]
        for path in (f"/v1/inbox/{notification}", f"/v1/inbox/{notification}/opening", "/v1/inbox"):
            citizen.call(method, path)
        assert expect(town.sender.get(notification), 200)["state"] == "alerted"

    def test_tokens_stand_in_the_fragment_of_mailed_links_and_nowhere_else(self, town):
        person = town.settler()
        person.ask_for_reset()
        for mail in person.mails():
            for part in (mail["text"], mail["html"]):
                for token in re.findall(r"[^\s\"'<>]*token=[^\s\"'<>]*", part):
                    address, _, fragment = token.partition("#")
                    assert fragment.startswith("token=")
                    assert "?" not in address

    @pytest.mark.parametrize("path", ["/v1/verifications", "/v1/resets/open"])
    def test_a_token_in_the_query_is_not_taken(self, town, path):
        person = town.person()
        person.register()
        answer = town.http.post(path, params={"token": person.token("verify")}, json={})
        problem(answer, 422, "validation", "token")

    def test_every_answer_forbids_storing_framing_and_telling_where_one_came_from(self, town, citizen):
        answers = [
            town.http.get("/v1/health"),
            town.http.get("/v1/portals/demo"),
            town.http.get("/docs"),
            town.http.get("/openapi.json"),
            town.http.get("/v1/nothing"),
            citizen.call("GET", "/v1/me"),
            citizen.call("DELETE", "/v1/sessions/nothing"),
            citizen.sign_in(),
            citizen.sign_in(new_password()),
            citizen.verify("x"),
            town.http.post("/v1/resets", content=b"{", headers={"Content-Type": "application/json"}),
            town.http.post("/v1/notifications"),
            town.sender.list(),
        ]
        for answer in answers:
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "unsafe-inline" not in answer.headers["content-security-policy"]


class TestForgedHost:
    """Line 9; what it does to the limits: test_enumeration.py."""

    FORGED: ClassVar = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "444",
        "Forwarded": "host=evil.example;proto=https",
        "Origin": "https://evil.example",
    }

    def test_the_links_lead_to_the_platform_all_the_same(self, town):
        person = town.person()
        expect(town.http.post("/v1/portals/demo/registrations", json=person.form, headers=self.FORGED), 202)
        person.confirm()
        wish = {"portal": "demo", "identifier": person.number}
        expect(town.http.post("/v1/resets", json=wish, headers=self.FORGED), 202)
        mails = person.mails()
        assert len(mails) == 2
        for mail in mails:
            assert "evil.example" not in mail["text"] + mail["html"]
            assert f"{town.local.base_url}/" in mail["text"]

    def test_no_answer_repeats_it(self, town, citizen):
        for path in ("/v1/portals/demo", "/openapi.json", "/docs", "/nothing", "/v1/me"):
            answer = town.http.get(path, headers=self.FORGED)
            assert "evil.example" not in answer.text + str(answer.headers)


class TestWhatKillsTokens:
    """Line 10."""

    def pending(self, citizen):
        """A citizen's two kinds of tokens, and a second session."""
        citizen.ask_for_reset()
        new = f"nueva.{citizen.email}"
        expect(citizen.call("PATCH", "/v1/me", {"email": new, "current_password": citizen.password}), 200)
        address = citizen.town.person(email=new).token("verify")
        return citizen.token("reset"), address

    def assert_dead(self, citizen, *tokens):
        reset, address = tokens
        dead(citizen.reset(reset, new_password()))
        dead(citizen.anonymous("/v1/resets/open", {"token": reset}))
        dead(citizen.verify(address))

    def test_a_changed_password_kills_them_all(self, citizen):
        tokens = self.pending(citizen)
        change = {"current": citizen.password, "new": new_password()}
        expect(citizen.call("POST", "/v1/me/password", change), 200)
        self.assert_dead(citizen, *tokens)

    def test_a_reset_kills_the_others_and_all_sessions_and_enters_nobody(self, citizen):
        reset, address = self.pending(citizen)
        answer = citizen.reset(reset, new_password())
        expect(answer, 204)
        assert "set-cookie" not in answer.headers
        self.assert_dead(citizen, reset, address)
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")

    def test_a_changed_address_kills_the_others_and_all_sessions(self, citizen):
        reset, address = self.pending(citizen)
        expect(citizen.verify(address), 200)
        self.assert_dead(citizen, reset, address)
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")
        citizen.enter()

    def test_a_newer_address_supersedes_an_older_one(self, town, citizen):
        _, first = self.pending(citizen)
        newer = f"otra.{citizen.email}"
        expect(citizen.call("PATCH", "/v1/me", {"email": newer, "current_password": citizen.password}), 200)
        second = town.person(email=newer).token("verify")
        dead(citizen.verify(first))
        expect(citizen.verify(second), 200)

    def test_closing_kills_them_all_even_for_who_takes_the_number_next(self, town, citizen):
        tokens = self.pending(citizen)
        expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        self.assert_dead(citizen, *tokens)
        town.citizen(number=citizen.number)
        self.assert_dead(citizen, *tokens)

    def test_locking_kills_them_all(self, town, citizen):
        tokens = self.pending(citizen)
        _lock(town, citizen)
        self.assert_dead(citizen, *tokens)
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")
        problem(citizen.sign_in(), 401, "invalid-credentials")

    def test_entering_kills_none(self, citizen):
        reset, address = self.pending(citizen)
        other = citizen.session
        citizen.enter()
        citizen.session = other
        citizen.get("/v1/me")
        expect(citizen.anonymous("/v1/resets/open", {"token": reset}), 200)
        expect(citizen.verify(address), 200)

    def test_a_number_that_was_taken_meanwhile_is_lost_to_older_applications(self, town):
        number = new_number()
        first, second = town.person(number=number), town.person(number=number)
        first.register()
        second.register()
        late = second.token("verify")
        first.confirm()
        dead(second.verify(late, password=second.password))
        first.enter()
        expect(first.call("POST", "/v1/me/close", {"current_password": first.password}), 204)
        problem(second.sign_in(), 401, "invalid-credentials")


class TestKeys:
    """Rotation: a key that was retired is taken for seven days, and a token of a key that nobody has is dead."""

    def test_a_link_outlives_the_key_it_was_made_with_for_seven_days(self, town):
        from ventanilla.wiring import services

        person = town.person()
        person.register()
        before = person.token("verify")
        keys, clock = services().keys, services().clock
        original = keys._read()
        try:
            _rotate(keys, original, clock.now())
            other = town.person()
            other.register()
            assert other.token("verify").split(".")[1] == "k2"
            other.confirm()
            assert expect(person.verify(before), 200)["next"] == "password"
            _rotate(keys, original, clock.now() - 7 * _ONE_DAY - _ONE_DAY / 24)
            dead(person.verify(before))
        finally:
            keys._keyring = original


def _lock(town, citizen) -> None:
    """Lock an account as staff will: there is no call for it yet."""
    from ventanilla.wiring import services

    with town.local.lock:
        account = services().accounts.get("demo", citizen.number)
        assert account
        services().accounts.change(account, replace(account, status="locked", epoch=account.epoch + 1))


def _rotate(keys, original, retired_at) -> None:
    from ventanilla.domain.tokens import Keyring, SigningKey

    retired = SigningKey(original.keys["k1"].secret, retired_at)
    keys._keyring = Keyring("k2", {"k1": retired, "k2": SigningKey(b"another secret, as long as one should be")})
