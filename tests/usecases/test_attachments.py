"""Attachments: declared, uploaded, checked at their first use, sent along, downloaded by both sides."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from tests.usecases.conftest import INSTITUTION, NUMBER, draft, enter, make_account, post, refusals, sender
from ventanilla.domain.attachments import LARGEST, MOST
from ventanilla.domain.errors import (
    Cancelled,
    InstitutionSuspended,
    NotFound,
    NotOpened,
    ReferenceTaken,
    Refused,
)
from ventanilla.domain.ids import random_id
from ventanilla.domain.institutions import Institution
from ventanilla.domain.notifications import notification_id
from ventanilla.schemas.attachments import AttachmentIn
from ventanilla.schemas.base import field_errors
from ventanilla.usecases import attachments, inbox, sent

OTHER = Institution("otro-municipio", "Otro Municipio", {}, ("demo",))
ID = notification_id(INSTITUTION.id, "RES-1")
WISH = {"file_name": "resolución.pdf", "media_type": "application/pdf", "size": 9, "sha256": "ab" * 32}


def declare(world, by=None, **changes):
    """Declare a file; its id."""
    answer = attachments.declare(
        AttachmentIn.model_validate({**WISH, **changes}),
        by or sender(None),
        types=("application/pdf", "image/png"),
        cupboard=world.cupboard,
        clock=world.clock,
    )
    return answer.attachment_id


def uploaded(world, changes=None, **wish):
    """Declare a file and upload it, or another; its id."""
    attachment = declare(world, **wish)
    world.attachment_files.take(world.attachments.declared[INSTITUTION.id, attachment], **(changes or {}))
    return attachment


class TestDeclaring:
    def test_it_is_put_down_and_the_way_to_upload_it_told(self, world):
        answer = attachments.declare(
            AttachmentIn.model_validate(WISH),
            sender(None),
            types=("application/pdf",),
            cupboard=world.cupboard,
            clock=world.clock,
        )
        [declaration] = world.attachments.declared.values()
        assert (declaration.institution, declaration.declared_at) == (INSTITUTION.id, world.clock.now())
        assert (declaration.file.id, declaration.file.content) == (answer.attachment_id, WISH)
        assert answer.upload.url == f"https://bucket.example.ec/{declaration.path}?put"
        assert (answer.upload.method, answer.upload.headers) == ("PUT", {"content-type": "application/pdf"})
        assert answer.upload.expires_at == world.clock.wall() + timedelta(minutes=15)
        assert answer.expires_at == world.clock.now() + timedelta(hours=24)

    def test_a_type_that_is_not_taken_here_is_refused(self, world):
        with pytest.raises(Refused) as refused:
            declare(world, media_type="text/html", file_name="a.html")
        assert refusals(refused.value) == [("media_type", "media_type")]
        assert world.attachments.declared == {}

    def test_a_suspended_institution_declares_nothing(self, world):
        with pytest.raises(InstitutionSuspended):
            declare(world, by=sender(None, replace(INSTITUTION, status="suspended")))

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"size": 0}, "number_small"),
            ({"size": LARGEST + 1}, "number_large"),
            ({"size": "9"}, "number_expected"),
            ({"sha256": "ab" * 31}, "form"),
            ({"sha256": "zz" * 32}, "form"),
            ({"file_name": "a.exe"}, "file_extension"),
            ({"file_name": "../a.pdf"}, "file_name"),
            ({"file_name": "a" * 120 + ".pdf"}, "too_long"),
            ({"file_name": " "}, "too_short"),
            ({"extra": 1}, "unknown_field"),
        ],
    )
    def test_each_field_has_its_reason(self, change, code):
        with pytest.raises(ValidationError) as refused:
            AttachmentIn.model_validate({**WISH, **change})
        assert [(one.field, one.code) for one in field_errors(refused.value.errors())] == [(next(iter(change)), code)]

    def test_a_checksum_and_a_type_may_be_in_capitals(self):
        wish = AttachmentIn.model_validate({**WISH, "sha256": "AB" * 32, "media_type": "Application/PDF"})
        assert (wish.sha256, wish.media_type) == ("ab" * 32, "application/pdf")


class TestSending:
    def test_files_go_with_the_letter_in_their_order(self, world):
        make_account(world)
        ids = [uploaded(world), uploaded(world, file_name="b.pdf", sha256="cd" * 32)]
        post(world, attachments=ids)
        letter = world.notifications.letter(ID)
        assert [file.id for file in letter.attachments] == ids
        assert [file.file_name for file in letter.attachments] == ["resolución.pdf", "b.pdf"]
        [entry], _ = world.notifications.page("demo", NUMBER, before=None, unread=False, limit=9)
        assert entry.attachment_count == 2

    def test_a_letter_without_any_asks_for_none(self, world):
        post(world)
        assert world.notifications.letter(ID).attachments == ()
        assert world.attachment_files.asked == []

    def test_a_file_is_checked_once_and_kept_from_then_on(self, world):
        attachment = uploaded(world)
        post(world, attachments=[attachment])
        declaration = world.attachments.declared[INSTITUTION.id, attachment]
        assert world.attachment_files.kept == {declaration.path}
        assert declaration.kept_at == world.clock.now()
        world.clock.advance(days=400)
        post(world, reference="RES-2", attachments=[attachment])
        assert world.attachment_files.asked == [declaration.path]

    def test_what_is_unknown_is_refused_with_its_place(self, world):
        with pytest.raises(Refused) as refused:
            post(world, attachments=[uploaded(world), random_id(), "x#y"])
        assert refusals(refused.value) == [
            ("attachments.1", "attachment_unknown"),
            ("attachments.2", "attachment_unknown"),
        ]
        assert world.notifications.threads == {}

    def test_what_another_institution_has_declared_is_unknown(self, world):
        attachment = uploaded(world)
        with pytest.raises(Refused) as refused:
            post(world, by=sender("n", OTHER), attachments=[attachment])
        assert refusals(refused.value) == [("attachments.0", "attachment_unknown")]

    def test_what_waited_for_too_long_is_unknown(self, world):
        attachment = uploaded(world)
        world.clock.advance(hours=24)
        with pytest.raises(Refused) as refused:
            post(world, attachments=[attachment])
        assert refusals(refused.value) == [("attachments.0", "attachment_unknown")]

    def test_what_was_not_uploaded_is_missing_and_nothing_is_kept(self, world):
        ids = [uploaded(world), declare(world)]
        with pytest.raises(Refused) as refused:
            post(world, attachments=ids)
        assert refusals(refused.value) == [("attachments.1", "attachment_missing")]
        assert (world.notifications.threads, world.attachment_files.kept) == ({}, set())
        world.attachment_files.take(world.attachments.declared[INSTITUTION.id, ids[1]])
        assert post(world, attachments=ids)[0].id == ID

    @pytest.mark.parametrize("change", [{"size": 8}, {"sha256": "cd" * 32}, {"sha256": None}, {"media_type": "a/b"}])
    def test_another_file_than_was_declared_is_refused(self, world, change):
        with pytest.raises(Refused) as refused:
            post(world, attachments=[uploaded(world, change)])
        assert refusals(refused.value) == [("attachments.0", "attachment_different")]
        assert world.notifications.threads == {}

    @pytest.mark.parametrize("vanishing", ["file", "declaration"])
    def test_what_vanishes_while_it_is_checked_is_missing(self, world, vanishing, monkeypatch):
        attachment = uploaded(world)
        place = world.attachment_files if vanishing == "file" else world.attachments
        monkeypatch.setattr(place, "keep", lambda *_: False)
        with pytest.raises(Refused) as refused:
            post(world, attachments=[attachment])
        assert refusals(refused.value) == [("attachments.0", "attachment_missing")]

    def test_a_letter_that_is_refused_for_its_deadline_keeps_no_file(self, world):
        with pytest.raises(Refused):
            post(world, attachments=[uploaded(world)], deadline={"date": "2020-01-01"})
        assert world.attachment_files.kept == set()

    @pytest.mark.parametrize(
        ("ids", "code"), [(["a", "a"], "attachment_twice"), ([str(n) for n in range(MOST + 1)], "list_long")]
    )
    def test_so_many_at_most_and_each_once(self, ids, code):
        with pytest.raises(ValidationError) as refused:
            draft(attachments=ids)
        assert [(one.field, one.code) for one in field_errors(refused.value.errors())] == [("attachments", code)]


class TestIdempotence:
    def test_the_same_files_are_the_same_content_even_if_uploaded_anew(self, world):
        first, _ = post(world, attachments=[uploaded(world)])
        again, replayed = post(world, attachments=[uploaded(world)])
        assert (again, replayed) == (first, True)

    @pytest.mark.parametrize("change", [{"sha256": "cd" * 32}, {"file_name": "b.pdf"}, {"size": 10}])
    def test_another_file_is_other_content(self, world, change):
        post(world, attachments=[uploaded(world)])
        with pytest.raises(ReferenceTaken):
            post(world, attachments=[uploaded(world, **change)])

    def test_so_are_none_and_another_order(self, world):
        ids = [uploaded(world), uploaded(world, sha256="cd" * 32)]
        post(world, attachments=ids)
        for other in ([], ids[:1], ids[::-1]):
            with pytest.raises(ReferenceTaken):
                post(world, attachments=other)

    def test_a_letter_without_files_has_the_digest_that_it_had_before_there_were_any(self, world):
        post(world, reference="RES-1")
        post(world, reference="RES-2", attachments=[])
        digests = {thread.letter.digest for thread in world.notifications.threads.values()}
        assert len(digests) == 1


class TestReadingAhead:
    def test_a_body_that_has_not_been_checked_names_what_may_be_ids(self):
        one, other = random_id(), random_id()
        assert attachments.named_by({"attachments": [one, 7, "x", other]}) == [one, other]

    @pytest.mark.parametrize("body", [{}, {"attachments": "x"}, {"attachments": {"a": 1}}, {"attachments": None}])
    def test_one_of_another_form_names_none(self, body):
        assert attachments.named_by(body) == []

    def test_one_with_too_many_names_none(self):
        assert attachments.named_by({"attachments": [random_id() for _ in range(MOST + 1)]}) == []


class TestDownloading:
    @pytest.fixture
    def account(self, world):
        return make_account(world)

    @pytest.fixture
    def attachment(self, world, account):
        attachment = uploaded(world)
        post(world, attachments=[attachment])
        return attachment

    @pytest.fixture
    def link(self, world, account):
        def link(attachment, number=ID, by=account):
            return inbox.link_to_attachment(
                number,
                attachment,
                enter(world, by),
                portals=world.portals,
                notifications=world.notifications,
                files=world.attachment_files,
            )

        return link

    @pytest.fixture
    def opened(self, world, account, attachment):
        return inbox.open_notification(
            ID,
            enter(world, account),
            portals=world.portals,
            notifications=world.notifications,
            holidays=world.holidays,
            clock=world.clock,
        )

    def test_the_opened_letter_tells_of_its_files(self, attachment, opened):
        [shown] = opened.attachments
        assert shown.model_dump() == {"id": attachment, **WISH}
        assert opened.attachment_count == 1

    def test_the_list_counts_them(self, world, account, attachment):
        page = inbox.look(
            enter(world, account),
            cursor=None,
            unread=False,
            institution=None,
            portals=world.portals,
            notifications=world.notifications,
        )
        assert [line.attachment_count for line in page.items] == [1]

    def test_once_it_is_opened_a_file_has_a_link(self, attachment, opened, link):
        assert link(attachment) == f"https://bucket.example.ec/{INSTITUTION.id}/{attachment}?get=resolución.pdf"

    def test_before_there_is_none(self, attachment, link):
        with pytest.raises(NotOpened):
            link(attachment)

    def test_another_person_finds_nothing(self, world, attachment, opened, link):
        with pytest.raises(NotFound):
            link(attachment, by=make_account(world, number="0912345678"))

    def test_a_file_of_another_letter_is_not_this_ones(self, world, opened, link):
        other = uploaded(world)
        post(world, reference="RES-2", attachments=[other])
        with pytest.raises(NotFound):
            link(other)

    def test_of_a_cancelled_letter_there_is_none(self, world, attachment, link):
        sent.cancel(ID, sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)
        with pytest.raises(Cancelled):
            link(attachment)

    def test_the_institution_sees_and_downloads_its_own_at_any_time(self, world, attachment):
        shown = sent.show(ID, sender(), notifications=world.notifications, holidays=world.holidays)
        assert [file.id for file in shown.attachments] == [attachment]
        found = sent.link_to_attachment(
            ID, attachment, sender(), notifications=world.notifications, files=world.attachment_files
        )
        assert attachment in found

    @pytest.mark.parametrize(("number", "by"), [(ID, OTHER), ("a" * 26, INSTITUTION)])
    def test_and_no_other_does(self, world, attachment, number, by):
        with pytest.raises(NotFound):
            sent.link_to_attachment(
                number,
                attachment,
                sender("n", by),
                notifications=world.notifications,
                files=world.attachment_files,
            )
