"""A stranger learns nothing, guesses little and floods nobody (security.md, 9, 15 to 18)."""

from dataclasses import replace
from unittest.mock import patch

import httpx
import pytest

from tests.flows.town import DAY, HOUR, expect, new_number, new_password, problem
from tests.security.doors import asked, call, sign_in_from

PERSONS = ("known", "unknown", "unverified", "locked", "closed", "of no portal")


@pytest.fixture(scope="module")
def persons(town):
    """Somebody of each kind; all of whom the platform knows, but one."""
    from ventanilla.wiring import services

    known, locked, closed = town.settler(), town.settler(), town.settler()
    unverified = town.person()
    expect(unverified.register(), 202)
    with town.local.lock:
        account = services().accounts.get("demo", locked.number)
        services().accounts.change(account, replace(account, status="locked", epoch=account.epoch + 1))
    expect(closed.call("POST", "/v1/me/close", {"current_password": closed.password}), 204)
    town.local.settle()
    unknown, elsewhere = town.person(), town.person("nowhere")
    return dict(zip(PERSONS, (known, unknown, unverified, locked, closed, elsewhere), strict=True))


@pytest.fixture(autouse=True)
def forgiven(town):
    """What one test gets wrong is not counted in the next."""
    yield
    town.local.advance(DAY + 1)


def told(answer: httpx.Response) -> tuple:
    """Everything that an answer tells, but for the hour and the number of the request."""
    body = {name: value for name, value in (answer.json() or {}).items() if name != "request_id"}
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "apigw-requestid")}
    return answer.status_code, body, headers


class TestSameAnswer:
    """Line 15."""

    def test_at_sign_in_whoever_it_is(self, persons):
        answers = [told(person.sign_in(new_password())) for person in persons.values()]
        assert answers[0][0] == 401
        assert all(answer == answers[0] for answer in answers)

    def test_at_sign_in_even_with_the_password_that_was_right(self, persons):
        wrong = told(persons["known"].sign_in(new_password()))
        for who in PERSONS[1:]:
            assert told(persons[who].sign_in()) == wrong

    def test_at_sign_in_whatever_is_typed_as_number(self, town, persons):
        wrong = told(persons["known"].sign_in(new_password()))
        for typed in ("1", "abc", "' OR 1=1 --", "<b>", "#", "account#demo#1", "ñ", "\u0000", "a" * 64, " . - "):
            assert told(persons["known"].sign_in(identifier=typed)) == wrong

    def test_at_registration_whoever_has_the_number(self, persons):
        answers = [told(persons[who].register()) for who in PERSONS[:-1]]
        assert answers[0][0] == 202
        assert all(answer == answers[0] for answer in answers)

    def test_at_a_reset_whoever_it_is(self, town, persons):
        answers = [told(persons[who].ask_for_reset()) for who in PERSONS[:-1]]
        answers.append(told(town.http.post("/v1/resets", json={"portal": "demo", "identifier": "' OR 1=1 --"})))
        assert answers[0][0] == 202
        assert all(answer == answers[0] for answer in answers)

    def test_after_many_failures_whoever_it_is(self, persons):
        locked_out = []
        for who in ("known", "unknown", "unverified", "locked"):
            for _ in range(5):
                persons[who].sign_in(new_password())
            answer = persons[who].sign_in()
            problem(answer, 429, "too-many-attempts")
            locked_out.append((answer.status_code, answer.json()["title"], set(answer.headers)))
        assert all(answer == locked_out[0] for answer in locked_out)

    def test_a_mailed_link_says_of_its_account_no_more_than_that_it_is_dead(self, town, persons):
        forged = f"reset.k1.{'a' * 26}.{'b' * 26}.{'c' * 43}"
        problem(town.http.post("/v1/resets/open", json={"token": forged}), 410, "token-gone")

    def test_only_the_owners_mail_tells_the_difference(self, town):
        owner = town.settler()
        stranger = town.person(number=owner.number)
        stranger.register()
        stranger.ask_for_reset()
        assert stranger.mails() == []
        assert len(owner.mails()) == 2


class TestSameWork:
    """Line 16: the same round trips and the same hashing; the clock itself is looked at by `make bench`."""

    def work(self, town, function, route, body):
        from argon2 import PasswordHasher

        hashed: list[str] = []
        verify, make = PasswordHasher.verify, PasswordHasher.hash
        with (
            patch.object(PasswordHasher, "verify", lambda *a, **k: hashed.append("verify") or verify(*a, **k)),
            patch.object(PasswordHasher, "hash", lambda *a, **k: hashed.append("hash") or make(*a, **k)),
            asked() as operations,
        ):
            status, _ = call(town, function, route, body)
        return status, operations, hashed

    def test_at_sign_in(self, town, persons):
        done = [
            self.work(
                town,
                "SessionFunction",
                "POST /v1/sessions",
                {"portal": person.portal, "identifier": person.number, "password": "something else entirely"},
            )
            for person in persons.values()
        ]
        assert done[0] == (401, ["BatchGetItem", "TransactWriteItems"], ["verify"])
        assert all(work == done[0] for work in done)

    def test_nobodys_hash_takes_as_long_as_somebodys(self):
        from argon2 import extract_parameters

        from ventanilla.adapters.hasher import _NOBODY, Argon2Hasher

        hasher = Argon2Hasher()
        assert extract_parameters(hasher._nobody) == extract_parameters(hasher.hash("x"))
        assert extract_parameters(_NOBODY).memory_cost == 19_456

    def test_at_registration(self, town, persons):
        done = [
            self.work(town, "RegisterFunction", "POST /v1/portals/{portal}/registrations", persons[who].form)
            for who in PERSONS[:-1]
        ]
        assert done[0] == (202, ["TransactWriteItems"], ["hash"])
        assert all(work == done[0] for work in done)

    def test_at_a_reset(self, town, persons):
        done = [
            self.work(town, "ResetFunction", "POST /v1/resets", {"portal": "demo", "identifier": persons[who].number})
            for who in PERSONS[:-1]
        ]
        assert done[0] == (202, ["PutItem"], [])
        assert all(work == done[0] for work in done)


@pytest.mark.slow
class TestGuessing:
    """Line 17."""

    def test_after_five_the_wait_doubles_up_to_fifteen_minutes_and_the_right_password_waits_too(self, town):
        citizen = town.settler()
        for _ in range(5):
            problem(citizen.sign_in(new_password()), 401, "invalid-credentials")
        waits = []
        for _ in range(11):
            answer = citizen.sign_in()
            problem(answer, 429, "too-many-attempts")
            waits.append(int(answer.headers["retry-after"]))
            town.local.advance(waits[-1])
            problem(citizen.sign_in(new_password()), 401, "invalid-credentials")
        assert waits[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 512]
        assert waits[9:] == [900, 900]
        town.local.advance(900)
        citizen.enter()

    def test_entering_forgives_what_went_before(self, town):
        citizen = town.settler()
        for _ in range(3):
            for _ in range(4):
                problem(citizen.sign_in(new_password()), 401, "invalid-credentials")
            citizen.enter()

    def test_they_are_counted_however_the_number_is_typed(self, town):
        citizen = town.settler()
        digits = citizen.number
        full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
        ways = [digits, f" {digits}", f"{digits[:9]}-{digits[9]}", full_width, f"{digits[:2]}.{digits[2:]}\u200b"]
        for typed in ways:
            problem(citizen.sign_in(new_password(), identifier=typed), 401, "invalid-credentials")
        problem(citizen.sign_in(), 429, "too-many-attempts")

    def test_those_of_a_foreigner_are_counted_in_either_case(self, town):
        person = town.person()
        for typed in ("pe-ab1234567", "PE-AB1234567", "Pe ab1234567", "ＰＥ-AB1234567", "PEAB1234567"):
            problem(person.sign_in(identifier=typed), 401, "invalid-credentials")
        problem(person.sign_in(identifier="PE-AB1234567"), 429, "too-many-attempts")

    def test_a_flood_against_somebody_locks_out_neither_their_reset_nor_their_known_device(self, town):
        citizen = town.settler()
        cookies = {cookie.name: cookie.value for cookie in citizen.sign_in().cookies.jar}
        for number in range(8):
            sign_in_from(town, f"10.1.0.{number}", citizen.number, new_password())
        assert sign_in_from(town, "10.1.1.1", citizen.number, citizen.password) == 429
        attempt = {"portal": "demo", "identifier": citizen.number, "password": citizen.password}
        known = {"Cookie": f"device={cookies['device']}"}
        expect(town.http.post("/v1/sessions", json=attempt, headers=known), 201)
        expect(citizen.ask_for_reset(), 202)
        expect(citizen.reset(citizen.token("reset"), new_password()), 204)

    def test_a_known_device_has_its_own_five_guesses_and_no_more(self, town):
        citizen = town.settler()
        device = {cookie.name: cookie.value for cookie in citizen.sign_in().cookies.jar}["device"]
        known = {"Cookie": f"device={device}"}
        attempt = {"portal": "demo", "identifier": citizen.number, "password": new_password()}
        for _ in range(5):
            problem(town.http.post("/v1/sessions", json=attempt, headers=known), 401, "invalid-credentials")
        problem(town.http.post("/v1/sessions", json=attempt, headers=known), 429, "too-many-attempts")
        citizen.enter()

    def test_a_device_is_known_to_the_accounts_that_entered_on_it_alone(self, town):
        citizen, attacker = town.settler(), town.settler()
        device = {cookie.name: cookie.value for cookie in attacker.sign_in().cookies.jar}["device"]
        for number in range(5):
            sign_in_from(town, f"10.2.0.{number}", citizen.number, new_password())
        attempt = {"portal": "demo", "identifier": citizen.number, "password": citizen.password}
        for cookie in (device, device[:-1] + "A", "x", ""):
            answer = town.http.post("/v1/sessions", json=attempt, headers={"Cookie": f"device={cookie}"})
            problem(answer, 429, "too-many-attempts")

    def test_from_one_address_fifty_guesses_at_many_accounts_are_heard_whatever_it_claims_to_be(self, town):
        for number in range(50):
            forged = {
                "x-forwarded-for": f"192.0.2.{number}",
                "forwarded": f"for=192.0.2.{number}",
                "host": f"h{number}",
            }
            assert sign_in_from(town, "10.3.0.1", new_number(), "wrong wrong wrong", **forged) == 401
        citizen = town.settler()
        assert sign_in_from(town, "10.3.0.1", citizen.number, citizen.password, **{"x-forwarded-for": "8.8.8.8"}) == 429
        assert sign_in_from(town, "10.3.0.2", citizen.number, citizen.password) == 201

    def test_they_are_forgotten_after_a_day(self, town):
        citizen = town.settler()
        for _ in range(4):
            problem(citizen.sign_in(new_password()), 401, "invalid-credentials")
        town.local.advance(DAY + 1)
        for _ in range(4):
            problem(citizen.sign_in(new_password()), 401, "invalid-credentials")
        citizen.enter()


@pytest.mark.slow
class TestFlood:
    """Line 18."""

    def test_twenty_registrations_make_three_mails_at_most(self, town):
        person = town.person()
        answers = [person.register() for _ in range(20)]
        assert {answer.status_code for answer in answers} == {202}
        assert len(person.mails()) == 3
        person.confirm()

    def test_registrations_of_other_numbers_with_one_address_make_three_mails_at_most(self, town):
        victim = town.person()
        for _ in range(7):
            expect(town.person(email=victim.email).register(), 202)
        assert len(victim.mails()) == 3

    def test_registrations_of_a_taken_number_tell_its_owner_three_times_at_most(self, town):
        owner = town.settler()
        before = len(owner.mails())
        for _ in range(7):
            expect(town.person(number=owner.number).register(), 202)
        assert len(owner.mails()) - before == 3

    def test_twenty_resets_make_three_mails_at_most_and_the_link_stays_the_same(self, town):
        citizen = town.settler()
        before = len(citizen.mails())
        for _ in range(20):
            expect(citizen.ask_for_reset(), 202)
        assert len(citizen.mails()) - before == 3
        assert len(set(citizen.tokens("reset"))) == 1

    def test_the_case_of_an_address_makes_it_no_other(self, town):
        victim = town.person(email="Victima.De.Correos@example.ec")
        for email in ("victima.de.correos@example.ec", "VICTIMA.DE.CORREOS@EXAMPLE.EC", victim.email):
            for _ in range(2):
                expect(town.person(email=email).register(), 202)
        assert len(victim.mails()) == 3

    def test_a_flood_of_one_kind_leaves_room_for_the_others(self, town):
        citizen = town.settler()
        for _ in range(5):
            expect(town.person(number=citizen.number).register(), 202)
        expect(citizen.ask_for_reset(), 202)
        assert citizen.token("reset")

    def test_an_hour_later_there_is_room_again(self, town):
        citizen = town.settler()
        for _ in range(4):
            citizen.ask_for_reset()
        assert len(citizen.tokens("reset")) == 3
        town.local.advance(HOUR + 1)
        citizen.ask_for_reset()
        assert len(citizen.tokens("reset")) == 4

    def test_a_new_address_is_mailed_three_times_at_most_and_the_link_stays_the_same(self, town):
        citizen = town.settler()
        target = town.person()
        change = {"email": target.email, "current_password": citizen.password}
        for _ in range(6):
            expect(citizen.call("PATCH", "/v1/me", change), 200)
        assert len(target.tokens("verify")) == 3
        assert len(set(target.tokens("verify"))) == 1
        expect(target.verify(), 200)
