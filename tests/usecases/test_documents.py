"""Documents: given out once and the same ever after; what comes back is taken, or refused with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.papers import ANA, AT, JOSE, LUIS, of_buzonec, of_seps, portal
from ventanilla.domain.accounts import Application
from ventanilla.domain.documents import (
    LARGEST_PDF,
    DocumentRefused,
    DocumentTooLarge,
    Signature,
    original_name,
    signed_name,
)
from ventanilla.domain.errors import Busy, NotFound, NotWaiting
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import Keyring, OneTimeToken, SigningKey
from ventanilla.schemas.documents import DocumentTaken
from ventanilla.usecases.documents import show_document, take_document

RING = Keyring("k1", {"k1": SigningKey(b"a secret of the tests")})
SCAN = b"%PDF- a page that was signed by hand"


class Clock:
    def now(self) -> datetime:
        return AT + timedelta(hours=1)

    def wall(self) -> datetime:
        return self.now()


class Keys:
    def keyring(self, now: datetime, token: str | None = None) -> Keyring:
        return RING


class Portals:
    def __init__(self, *portals: Portal) -> None:
        self._portals = {one.id: one for one in portals}

    def get(self, portal_id: str) -> Portal:
        return self._portals[portal_id]

    def questions(self, name: str) -> Any:
        raise NotImplementedError


class Applications:
    """One application; `before_receiving` is what somebody else does at the same time."""

    def __init__(self, application: Application) -> None:
        self.stored: Application | None = application
        self.before_receiving: Callable[[], None] = lambda: None

    def get(self, slot: str, application_id: str) -> Application | None:
        found = self.stored
        return found if found and (slot, application_id) == (found.slot, found.id) else None

    def receive(self, before: Application, kind: str, record: dict[str, str]) -> Application | None:
        self.before_receiving()
        if self.stored is None or self.stored.state != "documents" or self.stored.documents != before.documents:
            return None
        self.stored = replace(before, documents={**before.documents, kind: record})
        return self.stored


class Files(dict[str, bytes]):
    def put(self, name: str, content: bytes) -> None:
        self[name] = content


@dataclass
class Maker:
    made: list[tuple[str, dict[str, Any], str, str, str]] = field(default_factory=list)

    def make(self, template: str, facts: Any, *, title: str, code: str, locale: str) -> bytes:
        self.made.append((template, dict(facts), title, code, locale))
        return f"%PDF- {template} {code}".encode()


class Reader:
    """Sees what a file says of itself: after "signed by", the numbers; after "refused", a reason."""

    def read(self, pdf: bytes, original: bytes) -> Signature | None:
        words = pdf.decode().removeprefix(original.decode()).split()
        if words[:1] == ["refused"]:
            raise DocumentRefused(words[1])  # type: ignore[arg-type]  # one of the reasons
        return Signature(tuple(words[2:]), "QUIEN FIRMA") if words[:2] == ["signed", "by"] else None


class Desk:
    """An application, and what its applicant does."""

    def __init__(self, application: Application, *portals: Portal) -> None:
        self.application = application
        self.applications, self.files, self.maker = Applications(application), Files(), Maker()
        self.portals = Portals(*(portals or [portal(application.portal)]))
        self.id = f"{application.slot}.{application.id}"
        self.token: str | None = RING.write(OneTimeToken("application", application.slot, application.id))

    def show(self, kind: str) -> bytes:
        shared: Any = {"keys": Keys(), "portals": self.portals, "applications": self.applications, "clock": Clock()}
        return show_document(self.id, kind, self.token, files=self.files, maker=self.maker, **shared)

    def take(self, kind: str, pdf: bytes) -> DocumentTaken:
        shared: Any = {"keys": Keys(), "portals": self.portals, "applications": self.applications, "clock": Clock()}
        return take_document(self.id, kind, self.token, pdf, files=self.files, reader=Reader(), **shared)

    def signed(self, kind: str, *numbers: str) -> bytes:
        return self.show(kind) + f" signed by {' '.join(numbers)}".encode()

    @property
    def records(self) -> dict[str, dict[str, str]]:
        assert self.applications.stored is not None
        return self.applications.stored.documents


@pytest.fixture
def seps() -> Desk:
    return Desk(of_seps())


@pytest.fixture
def buzonec() -> Desk:
    return Desk(of_buzonec())


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(DocumentRefused) as refused:
        call()
    return refused.value.reason


class TestShow:
    def test_a_document_is_made_of_its_template_once_and_kept(self, seps: Desk) -> None:
        first = seps.show("solicitud")
        assert first == seps.show("solicitud")
        [(template, facts, title, code, locale)] = seps.maker.made
        assert (template, title, locale) == ("seps/solicitud.typ", "Solicitud", "es")
        assert facts["said"]["organization"]["representative_name"] == "José Ignacio Cueva Ríos"
        assert code in first.decode()
        assert seps.files == {original_name(seps.application.slot, seps.application.id, "solicitud"): first}

    def test_each_document_has_a_code_of_its_own(self, seps: Desk) -> None:
        seps.show("solicitud"), seps.show("acuerdo"), seps.show("consentimiento")
        assert len({code for *_, code, _ in seps.maker.made}) == 3

    def test_what_the_application_does_not_need_is_not_there(self) -> None:
        leaving = Desk(of_seps(("acopio", "deactivation")))
        assert leaving.show("solicitud")
        for kind in ("acuerdo", "consentimiento", "activation", "../x", ""):
            with pytest.raises(NotFound):
                leaving.show(kind)

    def test_a_document_of_the_institutions_own_has_nothing_to_give_out(self) -> None:
        found = portal("buzonec")
        own = replace(found, documents=(replace(found.documents[0], template=None),))
        with pytest.raises(NotFound):
            Desk(of_buzonec(), own).show("activation")


class TestAccess:
    @pytest.mark.parametrize("what", ["none", "forged", "another's", "another purpose's"])
    def test_only_the_applications_own_token_opens_it(self, seps: Desk, what: str) -> None:
        slot, own = seps.application.slot, seps.application.id
        seps.token = {
            "none": None,
            "forged": f"application.k1.{slot}.{own}.AAAA",
            "another's": RING.write(OneTimeToken("application", slot, "01J0")),
            "another purpose's": RING.write(OneTimeToken("confirm", slot, own)),
        }[what]
        with pytest.raises(NotFound):
            seps.show("solicitud")
        with pytest.raises(NotFound):
            seps.take("solicitud", SCAN)

    def test_an_application_that_has_expired_is_gone(self, seps: Desk) -> None:
        seps.applications.stored = replace(seps.application, expires_at=AT)
        with pytest.raises(NotFound):
            seps.show("solicitud")


class TestTake:
    def test_a_signed_document_is_kept_and_written_down(self, seps: Desk) -> None:
        pdf = seps.signed("solicitud", JOSE)
        taken = seps.take("solicitud", pdf)
        assert taken == DocumentTaken(kind="solicitud", signature="electronic", signer="QUIEN FIRMA")
        digest = hashlib.sha256(pdf).hexdigest()
        at = (AT + timedelta(hours=1)).isoformat()
        assert seps.records == {
            "solicitud": {"signature": "electronic", "sha256": digest, "at": at, "signer": "QUIEN FIRMA"}
        }
        assert seps.files[signed_name(seps.application.slot, seps.application.id, "solicitud", digest)] == pdf

    def test_a_scan_is_marked_as_one_and_names_no_signer(self, seps: Desk) -> None:
        seps.show("acuerdo")
        assert seps.take("acuerdo", SCAN) == DocumentTaken(kind="acuerdo", signature="scan", signer=None)
        assert seps.records["acuerdo"]["signature"] == "scan"
        assert "signer" not in seps.records["acuerdo"]

    def test_documents_that_came_before_stay(self, seps: Desk) -> None:
        for kind, number in (("solicitud", JOSE), ("acuerdo", ANA), ("consentimiento", ANA)):
            seps.take(kind, seps.signed(kind, number))
        assert set(seps.records) == {"solicitud", "acuerdo", "consentimiento"}

    def test_a_document_may_be_sent_in_again(self, seps: Desk) -> None:
        seps.show("acuerdo")
        seps.take("acuerdo", SCAN)
        pdf = seps.signed("acuerdo", ANA)
        seps.take("acuerdo", pdf)
        assert seps.records["acuerdo"]["sha256"] == hashlib.sha256(pdf).hexdigest()

    def test_one_that_comes_at_the_same_time_is_not_lost(self, seps: Desk) -> None:
        pdf = seps.signed("solicitud", JOSE)

        def somebody_else() -> None:
            seps.applications.before_receiving = lambda: None
            assert seps.applications.stored is not None
            seps.applications.stored = replace(seps.applications.stored, documents={"acuerdo": {"signature": "scan"}})

        seps.applications.before_receiving = somebody_else
        seps.take("solicitud", pdf)
        assert set(seps.records) == {"solicitud", "acuerdo"}

    def test_one_that_comes_while_the_application_is_sent_in_is_too_late(self, seps: Desk) -> None:
        pdf = seps.signed("solicitud", JOSE)

        def sent_in() -> None:
            seps.applications.stored = replace(seps.application, state="review")

        seps.applications.before_receiving = sent_in
        with pytest.raises(NotWaiting):
            seps.take("solicitud", pdf)
        assert seps.records == {}

    def test_endless_contention_is_told_and_changes_nothing(self, seps: Desk) -> None:
        pdf = seps.signed("solicitud", JOSE)
        numbers = iter(range(100))

        def others() -> None:
            assert seps.applications.stored is not None
            said = {"acuerdo": {"at": str(next(numbers))}}
            seps.applications.stored = replace(seps.applications.stored, documents=said)

        seps.applications.before_receiving = others
        with pytest.raises(Busy):
            seps.take("solicitud", pdf)
        assert "solicitud" not in seps.records

    @pytest.mark.parametrize("state", ["identity_check", "review", "confirm", "rejected", "refused", "done"])
    def test_only_an_application_that_waits_for_documents_takes_them(self, seps: Desk, state: Any) -> None:
        pdf = seps.signed("solicitud", JOSE)
        seps.applications.stored = replace(seps.application, state=state)
        with pytest.raises(NotWaiting):
            seps.take("solicitud", pdf)


class TestRefuse:
    def test_what_has_more_than_four_megabytes(self, seps: Desk) -> None:
        seps.show("acuerdo")
        with pytest.raises(DocumentTooLarge):
            seps.take("acuerdo", SCAN + b" " * LARGEST_PDF)
        assert seps.take("acuerdo", SCAN.ljust(LARGEST_PDF)).signature == "scan"

    def test_what_is_unsigned_where_only_a_certificate_will_do(self, buzonec: Desk) -> None:
        buzonec.show("activation")
        assert refusal(lambda: buzonec.take("activation", SCAN)) == "unsigned"

    def test_the_document_itself_sent_back_as_it_was(self, seps: Desk) -> None:
        assert refusal(lambda: seps.take("solicitud", seps.show("solicitud"))) == "unsigned"

    def test_a_certificate_where_only_a_hand_will_do(self) -> None:
        found = portal("seps")
        by_hand = tuple(replace(document, accept=("scan",)) for document in found.documents)
        desk = Desk(of_seps(), replace(found, documents=by_hand))
        assert refusal(lambda: desk.take("acuerdo", desk.signed("acuerdo", ANA))) == "scan_wanted"

    @pytest.mark.parametrize("numbers", [(LUIS,), (ANA, f"{JOSE}001"), ()])
    def test_the_signature_of_another_than_the_definition_names(self, seps: Desk, numbers: tuple[str, ...]) -> None:
        pdf = seps.signed("solicitud", *numbers)
        with pytest.raises(DocumentRefused) as refused:
            seps.take("solicitud", pdf)
        assert refused.value.reason == "another_signer"
        assert refused.value.facts["signer"] == f"•••••••{JOSE[-3:]}"

    def test_the_applicants_where_the_representative_is_to_sign_and_the_other_way_round(self, seps: Desk) -> None:
        assert refusal(lambda: seps.take("solicitud", seps.signed("solicitud", ANA))) == "another_signer"
        assert refusal(lambda: seps.take("acuerdo", seps.signed("acuerdo", JOSE))) == "another_signer"

    def test_what_was_never_given_out(self, seps: Desk) -> None:
        assert refusal(lambda: seps.take("solicitud", SCAN)) == "wrong_document"

    @pytest.mark.parametrize("reason", ["not_a_pdf", "unreadable", "modified", "not_whole", "untrusted", "expired"])
    def test_what_the_reader_refuses_with_its_reason(self, seps: Desk, reason: str) -> None:
        pdf = seps.show("solicitud") + f" refused {reason}".encode()
        assert refusal(lambda: seps.take("solicitud", pdf)) == reason

    def test_nothing_of_what_is_refused_is_kept(self, seps: Desk) -> None:
        pdf = seps.signed("solicitud", LUIS)
        before = dict(seps.files)
        refusal(lambda: seps.take("solicitud", pdf))
        assert seps.files == before
        assert seps.records == {}
