"""The branches of a registration that do not go straight: wrong passwords, dead links, taken numbers."""

from tests.flows.town import DAY, HOUR, codes, expect, new_password, problem


class TestPasswordTypedAgain:
    def test_a_wrong_one_is_refused_and_the_right_one_still_opens_the_account(self, town):
        person = town.person()
        person.register()
        problem(person.verify(password=new_password()), 401, "invalid-credentials")
        problem(person.sign_in(), 401, "invalid-credentials")
        person.confirm()
        person.enter()

    def test_to_look_behind_the_link_uses_nothing_up(self, town):
        person = town.person()
        person.register()
        for _ in range(6):
            assert expect(person.verify(), 200) == {"status": "pending", "next": "password", "portal": "demo"}
        person.confirm()

    def test_five_wrong_ones_kill_the_link_and_a_reset_mails_a_new_one(self, town):
        person = town.person()
        person.register()
        dead = person.token("verify")
        for _ in range(5):
            problem(person.verify(dead, password=new_password()), 401, "invalid-credentials")
        problem(person.verify(dead, password=person.password), 410, "token-gone")
        problem(person.verify(dead), 410, "token-gone")
        expect(person.ask_for_reset(), 202)
        assert person.token("verify") != dead
        person.confirm()
        person.enter()


class TestLinkThatExpired:
    def test_a_reset_mails_the_confirmation_anew(self, town):
        person = town.person()
        person.register()
        old = person.token("verify")
        town.local.advance(DAY + 60)
        problem(person.verify(old, password=person.password), 410, "token-gone")
        expect(person.ask_for_reset(), 202)
        assert len(person.tokens("verify")) == 2
        problem(person.verify(old, password=person.password), 410, "token-gone")
        person.confirm()
        person.enter()

    def test_while_it_lives_a_reset_mails_the_same_link(self, town):
        person = town.person()
        person.register()
        expect(person.ask_for_reset(), 202)
        assert len(set(person.tokens("verify"))) == 1
        assert len(person.tokens("verify")) == 2

    def test_it_serves_for_a_day_and_the_mail_says_so(self, town):
        person = town.person("ipsot")
        person.register()
        assert "24 horas" in person.mails()[0]["text"]
        town.local.advance(24 * HOUR - 60)
        person.confirm()

    def test_an_application_that_waited_for_thirty_days_is_no_more(self, town):
        person = town.person()
        person.register()
        town.local.advance(30 * DAY + 60)
        before = len(person.mails())
        expect(person.ask_for_reset(), 202)
        assert len(person.mails()) == before

    def test_a_link_mailed_anew_does_not_outlive_its_application(self, town):
        person = town.person()
        person.register()
        town.local.advance(30 * DAY - HOUR)
        expect(person.ask_for_reset(), 202)
        token = person.token("verify")
        town.local.advance(2 * HOUR)
        problem(person.verify(token, password=person.password), 410, "token-gone")


class TestNumberThatIsTaken:
    def test_the_answer_is_the_same_and_the_owner_is_told(self, town):
        owner = town.citizen()
        stranger = town.person(number=owner.number)
        free = town.person()
        assert stranger.register().json() == free.register().json()
        assert owner.subjects()[0].startswith("Usted ya tiene una cuenta")
        assert stranger.mails() == []
        problem(stranger.sign_in(), 401, "invalid-credentials")
        owner.enter()

    def test_the_same_number_is_free_at_another_portal(self, town):
        citizen = town.citizen()
        official = town.citizen("ipsot", number=citizen.number, email=citizen.email)
        assert official.get("/v1/me")["portal"] == "ipsot"
        assert citizen.get("/v1/me")["portal"] == "demo"


class TestTwoApplicationsForOneNumber:
    def test_both_are_mailed_and_the_first_to_confirm_has_the_account(self, town):
        first, second = town.person(), town.person()
        second.number = first.number
        first.register()
        second.register()
        late = first.token("verify")
        second.confirm()
        problem(first.verify(late, password=first.password), 410, "token-gone")
        second.enter()
        assert second.get("/v1/me")["email"] == second.email

    def test_a_reset_mails_each_to_its_own_address(self, town):
        first, second = town.person(), town.person()
        second.number = first.number
        first.register()
        second.register()
        expect(first.ask_for_reset(), 202)
        assert (len(first.tokens("verify")), len(second.tokens("verify"))) == (2, 2)
        assert first.token("verify") != second.token("verify")
        problem(first.verify(second.token("verify"), password=first.password), 401, "invalid-credentials")

    def test_once_there_is_an_account_a_reset_goes_to_its_owner_alone(self, town):
        first, second = town.person(), town.person()
        second.number = first.number
        first.register()
        second.register()
        first.confirm()
        before = len(second.mails())
        expect(second.ask_for_reset(), 202)
        assert first.token("reset")
        assert len(second.mails()) == before


class TestForm:
    def test_names_numbers_and_addresses_are_taken_as_people_type_them(self, town):
        person = town.person()
        typed = f" {person.number[:9]}-{person.number[9]} "
        expect(
            person.register(
                identifier={"kind": "cedula", "number": typed},
                given_names="  María   José ",
                surnames="D'Ángelo-Ñáñez",
                email=f"  {person.email} ",
            ),
            202,
        )
        person.confirm()
        person.enter()
        assert person.get("/v1/me")["profile"] == {"given_names": "María José", "surnames": "D'Ángelo-Ñáñez"}

    def test_everything_that_is_wrong_is_said_at_once(self, town):
        person = town.person("ipsot")
        wrong = {"organization": "999999", "email": "nobody", "mobile_phone": "12", "password": "corta", "unit": "Otra"}
        body = problem(person.register(**wrong), 422, "validation", *wrong)
        assert codes(body) == {
            "organization": "organization",
            "email": "email",
            "mobile_phone": "phone",
            "password": "password_short",
            "unit": "choice",
        }
        assert person.mails() == []

    def test_what_is_left_out_is_named(self, town):
        person = town.person()
        answer = person.anonymous("/v1/portals/demo/registrations", {})
        body = problem(answer, 422, "validation", "identifier", "given_names", "surnames", "email", "password")
        assert set(codes(body).values()) == {"missing"}

    def test_a_channel_that_the_portal_has_not_is_refused(self, town):
        problem(town.person().register(channel="in_person"), 422, "validation", "channel")


class TestLanguage:
    def test_whoever_registers_in_english_is_written_to_in_english(self, town):
        person = town.person(locale="en")
        person.register()
        assert person.subjects() == ["Confirm your registration in Portal de demostración"]
        person.confirm()
        person.enter()
        town.notify(person, reference="LANG-1")
        assert any("LANG-1" in subject and "You have a notification" in subject for subject in person.subjects())

    def test_problems_are_told_in_the_language_asked_for(self, town):
        said = {}
        for locale in ("es", "en", "fr, en;q=0.5", ""):
            person = town.person(locale=locale)
            said[locale] = problem(person.register(email="nobody"), 422, "validation", "email")
        assert said["es"]["title"] == said[""]["title"] == "Revise los datos"
        assert said["en"]["title"] == said["fr, en;q=0.5"]["title"] == "Check the details"
        assert said["es"]["errors"][0]["message"].startswith("Escriba una dirección")
        assert said["en"]["errors"][0]["message"].startswith("Write a full mail address")
