"""Which passwords are taken, how they are kept, and what a change of one does (security.md, 1, 2, 4, 5)."""

import re
import string
import unicodedata

import pytest

from tests.flows.town import codes, draft, expect, new_password, problem
from tests.makers import make_noise

DECOMPOSED = unicodedata.normalize("NFD", "montaña jícama ñandú íntegro")


@pytest.fixture(scope="module")
def citizen(town):
    return town.settler()


def refusal(town, password: str) -> str:
    """The code that a password is refused with at registration, which says the reason too."""
    body = problem(town.person().register(password=password), 422, "validation", "password")
    return codes(body)["password"]


def noise(length: int) -> str:
    return make_noise(string.ascii_letters, length, length)


class TestLength:
    """Line 1."""

    def test_fifteen_to_128_characters_are_taken(self, town):
        assert refusal(town, noise(14)) == "password_short"
        expect(town.person().register(password=noise(15)), 202)
        expect(town.person().register(password=noise(128)), 202)
        assert refusal(town, noise(129)) == "password_long"

    @pytest.mark.parametrize("password", ["a b c d e f g h i j k l", "🌋🦙🌽🥑🐢🦜🌶🍫🦈🐚🌴🪷⛰🛶🪘", "qmzxtwvkrjphgnb"])
    def test_no_composition_is_demanded(self, town, password):
        expect(town.person().register(password=password), 202)

    def test_code_points_are_counted_after_composing(self, town):
        fourteen = "ñandú críticos"
        assert len(unicodedata.normalize("NFD", fourteen)) == 17
        assert refusal(town, unicodedata.normalize("NFD", fourteen)) == "password_short"

    def test_every_character_counts_beyond_the_64th_and_case_too(self, town):
        person = town.settler(password=noise(100))
        for wrong in (
            person.password[:-1],
            person.password[:72],
            person.password[:64] + "x" + person.password[65:],
            person.password.swapcase(),
            person.password + " ",
            " " + person.password,
        ):
            problem(person.sign_in(wrong), 401, "invalid-credentials")
            expect(person.sign_in(), 201)  # forgets the failure

    def test_the_same_characters_of_another_keyboard_enter(self, town):
        person = town.settler(password=DECOMPOSED)
        composed = unicodedata.normalize("NFC", DECOMPOSED)
        assert composed != DECOMPOSED
        expect(person.sign_in(composed), 201)

    @pytest.mark.parametrize("path", ["sign_in", "verify", "reset"])
    def test_one_that_is_too_long_for_any_policy_is_refused_before_it_is_hashed(self, town, path):
        person = town.person()
        answer = {
            "sign_in": lambda: person.sign_in("x" * 1001),
            "verify": lambda: person.verify("t", password="x" * 1001),
            "reset": lambda: person.reset("t", "x" * 1001),
        }[path]()
        assert codes(problem(answer, 422, "validation", "password")) == {"password": "too_long"}

    @pytest.mark.parametrize(
        "password", ["with\nline\nbreaks here", "with\0nothing in between", "with\x1bescape codes in"]
    )
    def test_what_no_keyboard_types_is_refused(self, town, password):
        assert refusal(town, password) == "password_control"

    def test_the_policy_is_told_to_the_pages(self, town):
        policy = town.http.get("/v1/portals/demo").json()["password_policy"]
        assert policy == {"min_length": 15, "max_length": 128, "require": []}


class TestWhatGuessersTryFirst:
    """Line 2."""

    @pytest.mark.parametrize(
        "password",
        [
            "password1234567",
            "contraseña12345",
            "aaaaaaaaaaaaaaaaaaaa",
            "123456789012345678",
            "qwertyuiopasdfghjkl",
            "abcabcabcabcabcabc",
            "Password!Password!",
            "administrador2025",
        ],
    )
    def test_a_common_one_is_refused(self, town, password):
        assert refusal(town, password) == "password_common"

    def test_one_made_of_ones_own_data_is_refused(self, town):
        person = town.person()
        for own in (
            person.number + person.number,
            f"{person.number}aaaaa1",
            "RosaElviraQuishpe",
            "quishpe andrade rosa",
            f"{person.email.partition('@')[0]}{person.number}",
        ):
            body = problem(person.register(password=own), 422, "validation", "password")
            assert codes(body)["password"] in ("password_personal", "password_common")

    def test_one_made_of_the_portals_words_is_refused(self, town):
        official = town.person("ipsot")
        body = problem(official.register(password="Superintendencia IPSOT Territorial"), 422, "validation", "password")
        assert codes(body) == {"password": "password_personal"}

    def test_the_reason_is_told(self, town):
        [error] = expect(town.person().register(password="password1234567"), 422)["errors"]
        assert "muy común" in error["message"]

    def test_a_change_and_a_reset_obey_the_same_rules(self, town, citizen):
        change = {"current": citizen.password, "new": "RosaElviraQuishpe"}
        body = problem(citizen.call("POST", "/v1/me/password", change), 422, "validation", "new")
        assert codes(body) == {"new": "password_personal"}
        citizen.ask_for_reset()
        token = citizen.token("reset")
        body = problem(citizen.reset(token, "RosaElviraQuishpe"), 422, "validation", "password")
        assert codes(body) == {"password": "password_personal"}
        expect(citizen.anonymous("/v1/resets/open", {"token": token}), 200)


class TestChange:
    """Line 4."""

    def test_it_needs_the_current_one(self, town):
        citizen = town.settler()
        fresh = new_password()
        problem(citizen.call("POST", "/v1/me/password", {"new": fresh}), 422, "validation", "current")
        wrong = {"current": new_password(), "new": fresh}
        problem(citizen.call("POST", "/v1/me/password", wrong), 401, "invalid-credentials")
        problem(citizen.sign_in(fresh), 401, "invalid-credentials")
        citizen.enter()

    def test_guesses_of_it_behind_a_session_make_wait_too(self, town):
        citizen = town.settler()
        wrong = {"current": new_password(), "new": new_password()}
        for _ in range(5):
            problem(citizen.call("POST", "/v1/me/password", wrong), 401, "invalid-credentials")
        right = {"current": citizen.password, "new": new_password()}
        answer = citizen.call("POST", "/v1/me/password", right)
        problem(answer, 429, "too-many-attempts")
        assert int(answer.headers["retry-after"]) > 0
        town.local.advance(int(answer.headers["retry-after"]))
        expect(citizen.call("POST", "/v1/me/password", right), 200)

    def test_they_are_counted_over_all_changes_that_ask_for_it(self, town):
        citizen = town.settler()
        guess = new_password()
        for number in range(5):
            path, method, body = [
                ("/v1/me/password", "POST", {"current": guess, "new": new_password()}),
                ("/v1/me", "PATCH", {"email": "other@example.ec", "current_password": guess}),
                ("/v1/me/close", "POST", {"current_password": guess}),
            ][number % 3]
            problem(citizen.call(method, path, body), 401, "invalid-credentials")
        problem(citizen.call("POST", "/v1/me/close", {"current_password": guess}), 429, "too-many-attempts")

    def test_the_right_one_forgives_what_went_before(self, town):
        citizen = town.settler()
        for _ in range(3):
            for _ in range(4):
                wrong = {"current": new_password(), "new": new_password()}
                problem(citizen.call("POST", "/v1/me/password", wrong), 401, "invalid-credentials")
            fresh = new_password()
            expect(citizen.call("POST", "/v1/me/password", {"current": citizen.password, "new": fresh}), 200)
            citizen.password = fresh


class TestStorage:
    """Line 5 (in)."""

    def test_they_are_hashed_with_argon2id_of_the_strength_agreed(self):
        from ventanilla.adapters.hasher import Argon2Hasher

        hashed = Argon2Hasher().hash("whatever it is")
        assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", hashed)
        assert hashed != Argon2Hasher().hash("whatever it is")

    def test_no_password_lies_in_a_table_in_clear(self, town):
        citizen = town.settler()
        town.notify(citizen)
        assert citizen.password not in str(town.stored())

    def test_entering_hashes_anew_when_the_strength_has_risen(self, town):
        from ventanilla.adapters.hasher import Argon2Hasher
        from ventanilla.wiring import services

        citizen = town.settler()

        def kept() -> str:
            with town.local.lock:
                account = services().accounts.get("demo", citizen.number)
            assert account
            return account.password_hash

        weak = kept()
        assert "m=64," in weak
        before = services().hasher
        services().__dict__["hasher"] = Argon2Hasher(memory_kib=128)
        try:
            citizen.enter()
            assert "m=128," in kept()
            strong = kept()
            citizen.enter()
            assert kept() == strong
            problem(citizen.sign_in(new_password()), 401, "invalid-credentials")
        finally:
            services().__dict__["hasher"] = before
        assert citizen.get("/v1/me")["email"] == citizen.email

    def test_it_is_never_told_back(self, town, citizen):
        answers = [citizen.get("/v1/me"), citizen.get("/v1/me/export"), citizen.get("/v1/sessions")]
        answers.append(expect(town.sender.post(draft(citizen)), 202))
        for answer in answers:
            assert "argon2" not in str(answer)
            assert citizen.password not in str(answer)
