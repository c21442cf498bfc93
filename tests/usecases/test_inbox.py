"""Inbox: the citizen looks, opens, reads."""

import dataclasses
from datetime import date

import pytest

from tests.usecases.conftest import INSTITUTION, NUMBER, enter, make_account, post, refusals, sender
from ventanilla.domain.errors import AssuranceTooLow, Busy, Cancelled, NotFound, NotOpened, Refused
from ventanilla.domain.institutions import Institution
from ventanilla.domain.notifications import Deadline, notification_id
from ventanilla.usecases import inbox, sent

OTHER = Institution("otro-municipio", "Otro Municipio", {"phone": "+59322000000"}, ("demo",))
ID = notification_id(INSTITUTION.id, "RES-1")


@pytest.fixture
def current(world):
    return enter(world, make_account(world))


@pytest.fixture
def look(world):
    def look(current, *, cursor=None, unread=False, institution=None, **more):
        return inbox.look(
            current,
            cursor=cursor,
            unread=unread,
            institution=institution,
            **more,
            portals=world.portals,
            notifications=world.notifications,
        )

    return look


@pytest.fixture
def open_(world):
    return lambda current, number=ID: inbox.open_notification(
        number,
        current,
        portals=world.portals,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


@pytest.fixture
def read(world):
    return lambda current, number=ID: inbox.read(
        number, current, portals=world.portals, notifications=world.notifications, holidays=world.holidays
    )


@pytest.fixture
def cancel(world):
    return lambda number=ID: sent.cancel(
        number, sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock
    )


def fill(world, count, **changes):
    for number in range(count):
        post(world, reference=f"RES-{number:03}", **changes)
        world.clock.advance(seconds=1)


class TestLooking:
    def test_an_empty_mailbox_has_an_empty_page(self, current, look):
        page = look(current)
        assert (page.items, page.next_cursor, page.unread_count) == ([], None, 0)

    def test_the_list_shows_what_stands_on_the_envelope_and_not_the_letter(self, world, current, look):
        post(world, category="resolucion", deadline={"date": "2027-03-31"})
        [line] = look(current).items
        assert (line.id, line.reference, line.subject, line.category) == (ID, "RES-1", "Resolución", "resolucion")
        assert (line.institution.name, line.institution.contact) == (INSTITUTION.name, INSTITUTION.contact)
        assert (line.received_at, line.opened_at, line.deadline.date) == (world.clock.now(), None, "2027-03-31")
        assert "resuelto" not in line.model_dump_json()

    def test_pages_of_ten_follow_each_other_without_gap_or_overlap(self, world, current, look):
        fill(world, 25)
        seen, cursor = [], None
        for size in (10, 10, 5):
            page = look(current, cursor=cursor)
            assert (len(page.items), page.unread_count) == (size, 25)
            seen += [line.reference for line in page.items]
            cursor = page.next_cursor
        assert cursor is None
        assert seen == [f"RES-{number:03}" for number in reversed(range(25))]

    @pytest.mark.parametrize(("count", "more"), [(10, False), (11, True)])
    def test_a_full_page_is_followed_by_another_only_if_there_is_more(self, world, current, look, count, more):
        fill(world, count)
        assert (look(current).next_cursor is not None) is more

    def test_what_was_taken_back_or_waits_is_not_listed(self, world, current, look, cancel):
        post(world)
        cancel()
        world.notifications.mailboxes["demo", NUMBER].open = False
        post(world, reference="RES-2")
        world.notifications.mailboxes["demo", NUMBER].open = True
        assert look(current).items == []

    def test_what_is_hidden_shortens_no_page(self, world, current, look, cancel):
        fill(world, 60)
        for number in range(20, 60):
            if number % 4:
                cancel(notification_id(INSTITUTION.id, f"RES-{number:03}"))
        sizes: list[int] = []
        cursor = None
        while not sizes or cursor:
            page = look(current, cursor=cursor)
            sizes, cursor = [*sizes, len(page.items)], page.next_cursor
        assert sizes == [10, 10, 10]

    def test_where_nearly_all_is_hidden_a_cursor_leads_on(self, world, current, look):
        fill(world, 630)
        oldest, *_ = sorted(world.notifications.mailboxes["demo", NUMBER].entries.values(), key=lambda entry: entry.key)
        for entry in world.notifications.mailboxes["demo", NUMBER].entries.values():
            hidden = dataclasses.replace(entry, institution="other" if entry is not oldest else INSTITUTION.id)
            world.notifications.mailboxes["demo", NUMBER].entries[entry.key] = hidden
        first = look(current, institution=INSTITUTION.id)
        assert (first.items, first.next_cursor is not None) == ([], True)
        second = look(current, institution=INSTITUTION.id, cursor=first.next_cursor)
        assert [line.reference for line in second.items] == ["RES-000"]
        assert second.next_cursor is None

    def test_the_list_can_be_narrowed_to_what_is_unread(self, world, current, look, open_):
        post(world)
        post(world, reference="RES-2")
        open_(current)
        page = look(current, unread=True)
        assert ([line.reference for line in page.items], page.unread_count) == (["RES-2"], 1)

    def test_the_list_can_be_narrowed_to_a_category(self, world, current, look):
        post(world, category="multa")
        post(world, reference="RES-2", category="citacion")
        post(world, reference="RES-3")
        assert [line.reference for line in look(current, category="multa").items] == ["RES-1"]
        assert look(current, category="resolucion").items == []

    @pytest.mark.parametrize("every", [1, 2, 9, 10, 11, 12, 49, 50, 51, 97, 420, 1000])
    @pytest.mark.parametrize(
        "wish",
        [{"unread": True}, {"institution": "other"}, {"with_deadline": True}, {"category": "multa"}],
        ids=lambda wish: next(iter(wish)),
    )
    def test_where_few_of_many_fit_the_pages_show_each_of_them_once(self, world, current, look, wish, every):
        fill(world, 50)
        box = world.notifications.mailboxes["demo", NUMBER].entries
        sample, opened = next(iter(box.values())), world.clock.now()
        fits = {
            "unread": ({"state": "opened", "opened_at": opened}, {}),
            "institution": ({}, {"institution": "other"}),
            "with_deadline": ({}, {"deadline": Deadline("2027-03-31")}),
            "category": ({}, {"category": "multa"}),
        }
        otherwise, fitting = fits[next(iter(wish))]
        box.clear()
        for number in range(900):
            changes = fitting if number % every == 0 else otherwise
            key = f"01KJ{number:022}"
            box[key] = dataclasses.replace(sample, key=key, reference=str(number), **changes)
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            page = look(current, cursor=cursor, **wish)
            assert len(page.items) <= 10
            seen += [int(line.reference) for line in page.items]
            cursor, pages = page.next_cursor, pages + 1
        assert seen == [number for number in reversed(range(900)) if number % every == 0]
        assert pages <= len(seen) // 10 + 4

    def test_the_list_can_be_narrowed_to_an_institution(self, world, current, look):
        post(world)
        post(world, by=sender("other", OTHER), reference="OTR-1")
        page = look(current, institution=OTHER.id)
        assert [line.reference for line in page.items] == ["OTR-1"]
        assert page.unread_count == 2

    def test_an_opened_letter_shows_when_it_was_opened(self, world, current, look, open_):
        post(world)
        open_(current)
        assert look(current).items[0].opened_at == world.clock.now()
        assert look(current).unread_count == 0

    @pytest.mark.parametrize("cursor", ["", "x", "0" * 25, "0" * 27, "~" * 26, "ñ" * 26, "0" * 25 + "#"])
    def test_a_cursor_that_is_none_of_ours_is_refused(self, current, look, cursor):
        with pytest.raises(Refused) as raised:
            look(current, cursor=cursor)
        assert refusals(raised.value) == [("cursor", "cursor")]


class TestWhoMay:
    def test_an_account_that_proves_too_little_sees_nothing(self, world, look, open_, read):
        post(world, portal="office")
        current = enter(world, make_account(world, portal="office", assurance="self_asserted"))
        for act in (look, open_, read):
            with pytest.raises(AssuranceTooLow):
                act(current)

    def test_one_that_proves_enough_does(self, world, look):
        post(world, portal="office")
        current = enter(world, make_account(world, portal="office", assurance="proven"))
        assert look(current).items == []  # it waits to be released
        assert look(current).unread_count == 0

    def test_a_portal_without_a_mailbox_has_none(self, world, look, open_, read):
        current = enter(world, make_account(world, portal="ipsot"))
        for act in (look, open_, read):
            with pytest.raises(NotFound):
                act(current)

    @pytest.mark.parametrize("number", ["x", "", ID[::-1], "x" * 3000])
    def test_what_is_not_there_is_not_found(self, world, current, open_, read, number):
        post(world)
        for act in (open_, read):
            with pytest.raises(NotFound):
                act(current, number)

    def test_another_persons_letter_is_not_found(self, world, open_, read):
        post(world)
        stranger = enter(world, make_account(world, number="0912345678"))
        for act in (open_, read):
            with pytest.raises(NotFound):
                act(stranger)
        assert world.notifications.thread(ID).moments == ()

    def test_a_letter_to_the_same_number_at_another_portal_is_not_found(self, world, open_):
        post(world)
        here = enter(world, make_account(world, portal="office", assurance="proven"))
        with pytest.raises(NotFound):
            open_(here)


class TestOpening:
    def test_the_whole_letter_is_shown_and_the_opening_recorded(self, world, current, open_):
        post(world)
        world.clock.advance(hours=1)
        opened = open_(current)
        thread = world.notifications.thread(ID)
        assert opened.body == "Su trámite fue **resuelto**."
        assert (opened.opened_at, opened.digest) == (world.clock.now(), thread.letter.digest)
        assert [moment.state for moment in opened.timeline] == ["accepted", "available", "opened"]
        assert (thread.state, thread.moments[-1].by, thread.is_whole()) == ("opened", current.state.ref, True)
        assert world.notifications.mailbox("demo", NUMBER).unread == 0

    def test_it_is_recorded_once(self, world, current, open_):
        post(world)
        first = open_(current)
        world.clock.advance(hours=1)
        assert open_(current) == first
        assert len(world.notifications.thread(ID).moments) == 1
        assert world.notifications.mailbox("demo", NUMBER).unread == 0

    def test_two_at_the_same_time_open_it_once(self, world, current, open_):
        post(world)
        world.notifications.before_writing = [lambda: open_(current)]
        assert open_(current).opened_at == world.clock.now()
        assert [moment.event for moment in world.notifications.thread(ID).moments] == ["opened"]

    def test_an_alert_that_goes_out_meanwhile_does_not_matter(self, world, current, open_):
        post(world)

        def alert():
            thread = world.notifications.thread(ID)
            world.notifications.advance(
                thread, thread.next("alerted", at=world.clock.now(), by="mail"), before=("available",)
            )

        world.notifications.before_writing = [alert]
        opened = open_(current)
        assert [moment.state for moment in opened.timeline] == ["accepted", "available", "alerted", "opened"]

    def test_what_was_taken_back_can_no_longer_be_opened(self, world, current, open_, cancel):
        post(world)
        cancel()
        with pytest.raises(Cancelled):
            open_(current)

    def test_what_is_taken_back_at_the_same_moment_is_not_shown(self, world, current, open_, cancel):
        post(world)
        world.notifications.before_writing = [cancel]
        with pytest.raises(Cancelled):
            open_(current)

    def test_a_term_in_working_days_has_its_end(self, world, current, open_):
        world.holidays.days = frozenset({date(2027, 3, 2)})
        post(world, deadline={"working_days": 1})
        world.clock.advance(days=10)  # whenever it is opened
        assert (open_(current).deadline.date, open_(current).deadline.working_days) == ("2027-03-03", 1)

    def test_who_is_overtaken_each_time_may_try_again(self, world, current, open_, monkeypatch):
        post(world)
        monkeypatch.setattr(world.notifications, "advance", lambda *_, **__: False)
        with pytest.raises(Busy):
            open_(current)


class TestReading:
    def test_what_was_opened_can_be_read_again(self, world, current, open_, read):
        post(world)
        assert open_(current) == read(current)

    def test_nothing_is_read_by_accident(self, world, current, read):
        post(world)
        with pytest.raises(NotOpened):
            read(current)
        assert world.notifications.thread(ID).moments == ()
