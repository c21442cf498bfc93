"""Notify: an institution posts, looks, cancels."""

import dataclasses
from datetime import date, timedelta

import pytest

from tests.makers import make_ruc
from tests.usecases.conftest import INSTITUTION, NUMBER, draft, make_account, post, refusals, sender
from ventanilla.domain.errors import (
    AlreadyOpened,
    Busy,
    InstitutionSuspended,
    NotFound,
    PortalNotAllowed,
    ReferenceTaken,
    Refused,
    SignatureRefused,
)
from ventanilla.domain.institutions import Institution
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import Recipient, notification_id
from ventanilla.domain.portal_texts import Category
from ventanilla.usecases import notify, sent

OTHER = Institution("otro-municipio", "Otro Municipio", {}, ("demo",))
ID = notification_id(INSTITUTION.id, "RES-1")


@pytest.fixture
def show(world):
    return lambda number=ID, by=None: sent.show(
        number, by or sender(), notifications=world.notifications, holidays=world.holidays
    )


@pytest.fixture
def cancel(world):
    return lambda number=ID, by=None, reason=None: sent.cancel(
        number, by or sender(), reason, notifications=world.notifications, holidays=world.holidays, clock=world.clock
    )


def happen(world, *events, number=ID):
    """Let something happen to a letter."""
    for event in events:
        thread = world.notifications.thread(number)
        moment = thread.next(event, at=world.clock.now(), by="somebody")
        before = ("waiting_for_account", "available", "alerted")
        assert world.notifications.advance(thread, moment, before=before)


class TestPosting:
    def test_into_an_open_mailbox_it_is_available_and_an_alert_is_owed(self, world):
        make_account(world)
        posted, replayed = post(world)
        assert (posted.id, posted.state, posted.recipient.registered, replayed) == (ID, "available", True, False)
        [entry], status = world.notifications.page("demo", NUMBER, before=None, unread=False, limit=9)
        assert (entry.notification, entry.state, status.unread) == (ID, "available", 1)
        assert (world.outbox.only.kind, world.outbox.only.about) == ("alert", {"notification": ID})

    def test_for_somebody_without_a_mailbox_it_waits_and_nobody_is_alerted(self, world):
        posted, _ = post(world)
        assert (posted.state, posted.recipient.registered) == ("waiting_for_account", False)
        assert world.outbox.items == {}
        assert world.notifications.mailbox("demo", NUMBER).unread == 0

    def test_what_was_posted_is_kept_whole(self, world):
        post(world, category="resolucion", locale="en", deadline={"date": "2027-03-31"})
        letter = world.notifications.letter(ID)
        assert (letter.institution, letter.institution_name) == (INSTITUTION.id, INSTITUTION.name)
        assert letter.institution_contact == INSTITUTION.contact
        assert (letter.reference, letter.subject, letter.body) == (
            "RES-1",
            "Resolución",
            "Su trámite fue **resuelto**.",
        )
        assert (letter.category, letter.locale, letter.deadline.date) == ("resolucion", "en", "2027-03-31")
        assert (letter.accepted_at, letter.accepted_by) == (world.clock.now(), f"{INSTITUTION.id}.k1")
        assert letter.recipient == Recipient("demo", "cedula", NUMBER)

    def test_the_recipient_is_meant_however_the_number_was_typed(self, world):
        make_account(world)
        posted, _ = post(world, recipient={"kind": "cedula", "number": f"{NUMBER[:9]}-{NUMBER[9]}"})
        assert posted.recipient.registered

    def test_letters_of_two_institutions_may_bear_the_same_reference(self, world):
        first, _ = post(world)
        second, replayed = post(world, by=sender("n2", OTHER))
        assert first.id != second.id
        assert not replayed

    def test_newer_letters_stand_before_older_ones(self, world):
        make_account(world)
        post(world, reference="RES-1")
        world.clock.advance(seconds=1)
        post(world, reference="RES-2")
        entries, _ = world.notifications.page("demo", NUMBER, before=None, unread=False, limit=9)
        assert [entry.reference for entry in entries] == ["RES-2", "RES-1"]


class TestCategories:
    def test_one_that_the_mailbox_lists_is_taken_and_another_refused_with_those_that_there_are(self, world):
        post(world, category="multa")
        with pytest.raises(Refused) as raised:
            post(world, reference="RES-2", category="multas")
        [error] = raised.value.errors
        assert (error.field, error.code) == ("category", "unknown_category")
        assert "multa, informacion" in str(error.params["categories"])
        assert world.notifications.letter(notification_id(INSTITUTION.id, "RES-2")) is None

    def test_none_need_be_named(self, world):
        post(world)
        assert world.notifications.letter(ID).category is None

    def test_where_the_mailbox_lists_none_any_is_taken(self, world):
        post(world, portal="office", category="La que sea")
        assert world.notifications.letter(ID).category == "La que sea"

    def test_a_retry_is_answered_also_after_its_category_is_gone(self, world):
        first, _ = post(world, category="multa")
        world.portals._portals["demo"] = dataclasses.replace(
            world.portals.get("demo"), categories=(Category("x", "X"),)
        )
        assert post(world, category="multa") == (first, True)


class TestIdempotency:
    def test_the_same_reference_with_the_same_content_gives_the_first_answer_again(self, world):
        first, _ = post(world)
        make_account(world)  # meanwhile, which changes nothing
        assert post(world) == (first, True)
        assert len(world.notifications.threads) == 1
        assert world.outbox.items == {}

    @pytest.mark.parametrize(
        "change",
        [
            {"subject": "Otro asunto"},
            {"body": "Otro texto"},
            {"category": "multa"},
            {"locale": "en"},
            {"deadline": {"working_days": 5}},
            {"portal": "office"},
            {"recipient": {"kind": "ruc", "number": make_ruc(17, 1_234_567)}},
        ],
    )
    def test_with_other_content_it_is_taken(self, world, change):
        post(world)
        with pytest.raises(ReferenceTaken) as raised:
            post(world, **change)
        assert raised.value.facts == {"id": ID}

    def test_a_replay_uses_its_nonce_up_too(self, world):
        post(world, by=sender("n1"))
        post(world, by=sender("n2"))
        with pytest.raises(SignatureRefused, match="nonce-seen"):
            post(world, by=sender("n2"))

    def test_so_does_one_that_is_taken(self, world):
        post(world, by=sender("n1"))
        with pytest.raises(ReferenceTaken):
            post(world, by=sender("n2"), subject="Otro asunto")
        assert Nonce("municipio-ejemplo.k1", "n2").name in world.slots.nonces

    def test_a_request_that_is_heard_twice_is_refused(self, world):
        post(world, by=sender("n1"), reference="RES-1")
        with pytest.raises(SignatureRefused, match="nonce-seen"):
            post(world, by=sender("n1"), reference="RES-2")
        assert len(world.notifications.threads) == 1

    def test_two_at_the_same_time_are_one_letter(self, world):
        world.notifications.before_writing = [lambda: post(world)]
        posted, replayed = post(world)
        assert (posted.id, replayed) == (ID, True)
        assert len(world.notifications.threads) == 1

    def test_a_retry_after_the_deadline_still_gets_the_first_answer(self, world):
        first, _ = post(world, deadline={"date": "2027-03-01"})
        world.clock.advance(days=2)
        assert post(world, deadline={"date": "2027-03-01"}) == (first, True)

    def test_without_a_signature_there_is_no_nonce_to_use(self, world):
        post(world, by=sender(None))
        assert post(world, by=sender(None))[1]
        assert world.slots.nonces == set()


class TestAMailboxThatChangesMeanwhile:
    def test_one_that_opens_gets_the_letter_at_once(self, world):
        world.notifications.before_writing = [lambda: make_account(world)]
        posted, _ = post(world)
        assert (posted.state, posted.recipient.registered) == ("available", True)
        assert world.outbox.kinds == ["alert"]

    def test_one_that_shuts_lets_it_wait(self, world):
        make_account(world)

        def shut():
            world.notifications.mailboxes["demo", NUMBER].open = False

        world.notifications.before_writing = [shut]
        assert post(world)[0].state == "waiting_for_account"
        assert world.outbox.items == {}

    def test_one_that_never_rests_may_be_tried_again(self, world):
        box = world.notifications._box("demo", NUMBER)

        def flap():
            box.open = not box.open

        world.notifications.before_writing = [flap] * 6
        with pytest.raises(Busy):
            post(world)
        assert world.notifications.threads == {}


class TestWhoMay:
    def test_a_suspended_institution_may_not(self, world):
        suspended = dataclasses.replace(INSTITUTION, status="suspended")
        with pytest.raises(InstitutionSuspended):
            post(world, by=sender("n1", suspended))

    def test_an_institution_posts_only_to_mailboxes_that_it_was_given(self, world):
        with pytest.raises(PortalNotAllowed) as raised:
            post(world, by=sender("n1", OTHER), portal="office")
        assert raised.value.facts == {"portal": "office"}

    @pytest.mark.parametrize("portal", ["ipsot", "atlantis"])
    def test_a_portal_without_a_mailbox_is_refused(self, world, portal):
        able = dataclasses.replace(INSTITUTION, portals=(portal,))
        with pytest.raises(Refused) as raised:
            post(world, by=sender("n1", able), portal=portal)
        assert refusals(raised.value) == [("portal", "no_mailbox")]

    def test_nothing_that_was_refused_is_kept(self, world):
        with pytest.raises(PortalNotAllowed):
            post(world, by=sender("n1", OTHER), portal="office")
        assert world.notifications.threads == {}


class TestDeadlines:
    def due_of(self, world):
        [entry], _ = world.notifications.page("demo", NUMBER, before=None, unread=False, limit=9)
        return entry.deadline

    def test_working_days_count_from_the_day_after_it_became_available(self, world):
        make_account(world)
        world.holidays.days = frozenset({date(2027, 3, 3)})
        post(world, deadline={"working_days": 3})  # on a Monday
        assert (self.due_of(world).date, self.due_of(world).working_days) == ("2027-03-05", 3)

    def test_they_do_not_count_before_there_is_a_mailbox(self, world):
        post(world, deadline={"working_days": 3})
        assert (self.due_of(world).date, self.due_of(world).working_days) == (None, 3)

    def test_the_day_is_that_of_ecuador(self, world):
        make_account(world)
        world.clock.at = world.clock.at.replace(day=2, hour=4)  # still Monday night in Quito
        post(world, deadline={"working_days": 1})
        assert self.due_of(world).date == "2027-03-02"

    @pytest.mark.parametrize(("day", "hour"), [("2027-03-01", 15), ("2027-03-01", 28), ("2027-12-31", 15)])
    def test_a_date_may_be_today_or_later(self, world, day, hour):
        world.clock.at = world.clock.at.replace(hour=0) + timedelta(hours=hour)  # at 28 it is 23:00 in Quito
        assert not post(world, deadline={"date": day})[1]

    def test_a_date_of_the_past_is_refused(self, world):
        with pytest.raises(Refused) as raised:
            post(world, deadline={"date": "2027-02-28"})
        assert refusals(raised.value) == [("deadline.date", "deadline_past")]


class TestReadingAhead:
    def test_a_body_names_what_a_post_will_read(self):
        body = draft().model_dump(mode="json")
        assert notify.named_by(INSTITUTION.id, body) == (ID, Recipient("demo", "cedula", NUMBER))

    @pytest.mark.parametrize(
        "change",
        [
            {"reference": 7},
            {"reference": None},
            {"portal": ["demo"]},
            {"recipient": "cedula"},
            {"recipient": {}},
            {"recipient": {"kind": "cedula", "number": 1}},
            {"recipient": {"kind": None, "number": NUMBER}},
            {"portal": "x" * 2000},  # longer than a table's key
        ],
    )
    def test_a_body_that_has_not_been_checked_may_name_nothing(self, change):
        assert notify.named_by(INSTITUTION.id, {**draft().model_dump(mode="json"), **change}) is None

    def test_an_empty_body_names_nothing(self):
        assert notify.named_by(INSTITUTION.id, {}) is None


class TestLooking:
    def test_its_own_are_shown_with_their_timeline(self, world, show):
        make_account(world)
        post(world)
        world.clock.advance(minutes=1)
        happen(world, "alerted")
        shown = show()
        assert (shown.state, shown.reference, shown.recipient.number) == ("alerted", "RES-1", NUMBER)
        assert [moment.state for moment in shown.timeline] == ["accepted", "available", "alerted"]
        assert shown.timeline[-1].at == world.clock.now()
        assert shown.digest == world.notifications.letter(ID).digest

    def test_the_end_of_a_term_is_shown_once_it_runs(self, world, show):
        post(world, deadline={"working_days": 3})
        assert (show().deadline.date, show().deadline.working_days) == (None, 3)
        make_account(world)
        world.clock.advance(days=1)
        happen(world, "available")
        world.clock.advance(days=1)
        assert (show().deadline.date, show().deadline.working_days) == ("2027-03-05", 3)

    def test_the_text_is_the_citizens(self, world, show):
        post(world)
        assert "resuelto" not in show().model_dump_json()

    @pytest.mark.parametrize("number", ["x", "", ID[::-1], "x" * 3000])
    def test_what_is_not_there_is_not_found(self, world, show, number):
        post(world)
        with pytest.raises(NotFound):
            show(number)

    def test_another_institutions_is_not_found(self, world, show, cancel):
        post(world)
        for act in (show, cancel):
            with pytest.raises(NotFound):
                act(by=sender(institution=OTHER))


class TestCancelling:
    def test_the_reason_is_kept_and_told_to_the_institution(self, world, show, cancel):
        post(world)
        assert cancel(reason="Dirigida a otra persona").cancel_reason == "Dirigida a otra persona"
        assert show().cancel_reason == "Dirigida a otra persona"
        assert world.notifications.thread(ID).is_whole()
        assert cancel(reason="Otra").cancel_reason == "Dirigida a otra persona"

    def test_who_was_alerted_is_told_and_who_was_not_is_not(self, world, cancel):
        make_account(world)
        post(world)
        cancel()
        assert world.outbox.of("cancelled") == []
        other, _ = post(world, reference="RES-2")
        happen(world, "alerted", number=other.id)
        cancel(other.id)
        cancel(other.id)
        [owed] = world.outbox.of("cancelled")
        assert owed.about == {"notification": other.id}

    @pytest.mark.parametrize("state", ["waiting_for_account", "available", "alerted"])
    def test_before_it_was_opened_it_can_be_taken_back(self, world, cancel, state):
        if state != "waiting_for_account":
            make_account(world)
        post(world)
        if state == "alerted":
            happen(world, "alerted")
        shown = cancel()
        assert shown.state == "cancelled"
        assert world.notifications.thread(ID).moments[-1].by == "municipio-ejemplo.k1"
        assert world.notifications.mailbox("demo", NUMBER).unread == 0

    def test_to_do_so_again_changes_nothing(self, world, cancel):
        post(world)
        first = cancel()
        assert cancel() == first
        assert len(world.notifications.thread(ID).moments) == 1

    def test_what_the_citizen_knows_stays(self, world, cancel):
        make_account(world)
        post(world)
        happen(world, "opened")
        with pytest.raises(AlreadyOpened):
            cancel()

    def test_what_is_opened_at_the_same_moment_stays(self, world, cancel):
        make_account(world)
        post(world)
        world.notifications.before_writing = [lambda: happen(world, "opened")]
        with pytest.raises(AlreadyOpened):
            cancel()

    def test_an_alert_that_goes_out_meanwhile_does_not_keep_it(self, world, cancel):
        make_account(world)
        post(world)
        world.notifications.before_writing = [lambda: happen(world, "alerted")]
        assert cancel().state == "cancelled"
        assert [moment.event for moment in world.notifications.thread(ID).moments] == ["alerted", "cancelled"]

    def test_an_account_that_opens_meanwhile_does_not_keep_it(self, world, cancel):
        post(world)

        def release():
            make_account(world)
            happen(world, "available")

        world.notifications.before_writing = [release]
        assert cancel().state == "cancelled"
        assert world.notifications.mailbox("demo", NUMBER).unread == 0

    def test_who_is_overtaken_each_time_may_try_again(self, world, cancel, monkeypatch):
        post(world)
        monkeypatch.setattr(world.notifications, "advance", lambda *_, **__: False)
        with pytest.raises(Busy):
            cancel()


class TestListing:
    @pytest.fixture
    def listed(self, world):
        return lambda cursor=None, by=None: sent.list_sent(
            cursor, by or sender(), notifications=world.notifications, feed=world.feed
        )

    def tell(self, world, reference, institution=INSTITUTION.id, *states):
        """What the feed tells of a letter: that it was accepted, and what came after."""
        number = notification_id(institution, reference)
        letter = world.notifications.letter(number)
        place = {"portal": "demo", "number": NUMBER, "entry": letter.entry}
        events = [{"id": f"{number}-0", "notification": number, "state": "accepted", **place}]
        events += [
            {"id": f"{number}-{state}", "notification": number, "state": state} for state in ("available", *states)
        ]
        world.feed.append(institution, events)

    def make(self, world, count):
        for number in range(count):
            post(world, reference=f"RES-{number}")
            self.tell(world, f"RES-{number}")

    def test_its_own_are_listed_newest_first_with_their_state_of_now(self, world, listed):
        make_account(world)
        self.make(world, 3)
        happen(world, "opened", number=notification_id(INSTITUTION.id, "RES-1"))
        page = listed()
        assert [(one.reference, one.state) for one in page.items] == [
            ("RES-2", "available"),
            ("RES-1", "opened"),
            ("RES-0", "available"),
        ]
        assert page.next_cursor is None

    def test_a_page_has_fifty_and_the_next_goes_on_without_gap_or_overlap(self, world, listed):
        self.make(world, 120)
        references, cursor = [], None
        for size in (50, 50, 20):
            page = listed(cursor)
            assert len(page.items) == size
            references += [one.reference for one in page.items]
            cursor = page.next_cursor
        assert cursor is None
        assert references == [f"RES-{number}" for number in reversed(range(120))]

    def test_exactly_fifty_are_one_page(self, world, listed):
        self.make(world, 50)
        assert listed().next_cursor is None

    def test_what_the_feed_tells_twice_is_listed_once(self, world, listed):
        self.make(world, 2)
        self.tell(world, "RES-0")  # after a crash an event may repeat
        assert sorted(one.reference for one in listed().items) == ["RES-0", "RES-1"]

    def test_another_institution_sees_nothing_of_it(self, world, listed):
        self.make(world, 2)
        assert listed(by=sender(institution=OTHER)).items == []

    @pytest.mark.parametrize("cursor", ["x", "-1", "", "1" * 16, "1.5", "²"])
    def test_a_cursor_that_is_none_of_ours_is_refused(self, listed, cursor):
        with pytest.raises(Refused) as raised:
            listed(cursor)
        assert refusals(raised.value) == [("cursor", "cursor")]
