"""SEPS over HTTP: somebody asks for a role in an organisation, signs, is reviewed, and comes to a key (portals.md, 2)."""

from collections.abc import Iterator
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest

from tests.flows.bureau import NEW_PASSWORD, PASSWORD, Member
from tests.flows.paperwork import PDF, Cooperative, Desk, Request, Someone, paperwork, scanned
from tests.signing import Authority, sign, with_page_replaced
from ventanilla.adapters.reviews import Reviews

HOUR, DAY = 3600, 86_400
QUEUE = "/v1/review/applications?portal=seps"
DOCUMENTS = ["solicitud", "acuerdo", "consentimiento"]
ROSA, OTHER = Someone("Rosa Elvira Quishpe"), Cooperative()
PERSON = {"person_type": "natural", "is_employee": True, "position": "Contadora"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site")) as desk:
        yield desk


@pytest.fixture(scope="module")
def vera(desk: Desk) -> Member:
    """Who reviews SEPS's applications."""
    return desk.reviewer("reviewer", "seps")


@pytest.fixture
def coop() -> Cooperative:
    return Cooperative()


@pytest.fixture
def ana() -> Someone:
    """Who wants a role."""
    return Someone("Ana María Núñez Pérez")


def request_of(*roles: tuple[str, str]) -> dict[str, Any]:
    return {"sector": "no_financiero", "roles": [{"role": role, "action": action} for role, action in roles]}


def wish(
    user: Someone | None, coop: Cooperative, *roles: tuple[str, str], former: Someone | None = None, **said: Any
) -> dict[str, Any]:
    """Return the form, in the order of its sections; without a user where roles are only given up."""
    form: dict[str, Any] = {"request": request_of(*roles or [("acopio", "access")])}
    if former:
        form["former_user"] = {"identifier": former.identifier, "full_name": former.name}
    if user:
        form |= {**PERSON, "identifier": user.identifier, "full_name": user.name, "email": user.email}
    return {**form, "organization": coop.form, **said}


def signed_in(desk: Desk, user: Someone, coop: Cooperative, *roles: tuple[str, str], **said: Any) -> Request:
    """Return an application that waits for its review."""
    return desk.apply("seps", wish(user, coop, *roles, **said)).send_in()


def holding(desk: Desk, vera: Member, user: Someone, coop: Cooperative, *roles: tuple[str, str]) -> Member:
    """Return somebody who holds roles in an organisation, and has entered."""
    signed_in(desk, user, coop, *roles).approve(vera)
    token = desk.mailed_token(user.email)
    desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
    member = desk.member(user, "seps")
    member.enter()
    return member


def grants(member: Member) -> list[tuple[str, str]]:
    return [(grant["role"], grant["scope"]) for grant in member.call(200, "GET", "/v1/me")["grants"]]


def queued(vera: Member, state: str = "review") -> dict[str, Any]:
    """Return the whole queue, page by page, by id."""
    lines: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = vera.call(200, "GET", f"{QUEUE}&state={state}" + (f"&cursor={cursor}" if cursor else ""))
        lines += page["items"]
        cursor = page["next_cursor"]
    assert [line["created_at"] for line in lines] == sorted(line["created_at"] for line in lines), "oldest first"
    return {line["id"]: line for line in lines}


class TestForm:
    def test_its_sections_come_in_the_order_of_the_institutions_own(self, desk):
        shown = desk.expect(200, "GET", "/v1/portals/seps")
        named = [section["id"] for section in shown["sections"]]
        assert named == ["request", "former_user", "applicant", "organization", "third_party"]
        assert [role["id"] for role in shown["roles"]] == [
            "representante_legal",
            "acopio",
            "auditor_externo",
            "liquidador",
        ]
        assert [document["id"] for document in shown["documents"]] == DOCUMENTS
        assert "register" in shown["captcha"]

    def test_a_captcha_is_demanded_and_works_once(self, desk, coop, ana):
        path, form = "/v1/portals/seps/registrations", wish(ana, coop)
        problem = desk.refused("validation", 422, "POST", path, form)
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [("captcha", "captcha_missing")]
        once = {**form, "captcha": desk.solved("register", "seps")}
        desk.expect(202, "POST", path, once)
        problem = desk.refused("validation", 422, "POST", path, once)
        assert [error["code"] for error in problem["errors"]] == ["captcha_used"]

    def test_what_is_wrong_is_said_at_once_each_with_its_place(self, desk, coop, ana):
        form = wish(ana, coop) | {"is_employee": "sí", "position": ""}
        form["organization"] |= {"ruc": "1790012345", "representative_identifier": {"kind": "cedula", "number": "17"}}
        assert desk.faults("seps", form) == {
            "is_employee": "yes_no",
            "position": "too_short",
            "organization.ruc": "ruc_length",
            "organization.representative_identifier.number": "cedula_length",
        }

    def test_no_role_is_no_request(self, desk, coop, ana):
        form = wish(ana, coop)
        faults = desk.faults("seps", {**form, "request": {"sector": "no_financiero", "roles": []}})
        assert faults["request.roles"] == "list_short"

    def test_the_qualifying_resolution_is_demanded_of_auditors_only(self, desk, coop, ana):
        auditor = wish(ana, coop, ("auditor_externo", "access"))
        assert desk.faults("seps", auditor) == {"resolution": "missing"}
        desk.apply("seps", {**auditor, "resolution": "SEPS-IGT-2026-0042"})
        assert desk.faults("seps", wish(ana, coop, resolution="SEPS-IGT-2026-0042")) == {"resolution": "unknown_field"}

    def test_who_only_takes_an_auditors_role_away_is_none(self, desk, coop, ana):
        roles = ("acopio", "access"), ("auditor_externo", "deactivation")
        desk.apply("seps", wish(ana, coop, *roles, former=Someone("Luis Ortiz")))

    def test_a_role_is_taken_away_from_somebody(self, desk, coop):
        assert desk.faults("seps", wish(None, coop, ("acopio", "deactivation"))) == {"former_user": "missing"}

    def test_who_gives_up_roles_names_no_new_user(self, desk, coop, ana):
        form = wish(ana, coop, ("acopio", "deactivation"), former=Someone("Luis Ortiz"))
        assert set(desk.faults("seps", form).values()) == {"unknown_field"}


class TestProcedure:
    """The seed's steps; those of other tests sign by hand, which takes less time."""

    def test_from_the_form_to_the_queue(self, desk, coop, ana):
        request = desk.apply("seps", wish(ana, coop))
        shown = request.shown()
        assert (shown["state"], shown["missing"]) == ("documents", DOCUMENTS)
        signers = [document["signer"] for document in shown["documents"]]
        assert signers == ["organization.representative", "applicant", "applicant"]
        papers = {kind: request.document(kind) for kind in DOCUMENTS}
        assert len(set(papers.values())) == 3
        assert papers == {kind: request.document(kind) for kind in DOCUMENTS}, "the same whenever it is asked for"
        assert all(b"pdfuaid" in paper for paper in papers.values()), "PDF/UA"

        # The first is for the representative, the others for who will use the key: by certificate or by hand
        by_certificate = {"solicitud": (coop.representative, "subject"), "acuerdo": (ana, "alternative_name")}
        for kind, (signer, layout) in by_certificate.items():
            taken = request.deliver(kind, request.signed(kind, signer, layout=layout))
            assert taken == {"kind": kind, "signature": "electronic", "signer": signer.name.upper()}
        problem = desk.refused("documents-missing", 409, "POST", f"{request.path}/submit", token=request.token)
        assert "consentimiento" in problem["detail"]
        scan = scanned(papers["consentimiento"])
        taken = request.deliver("consentimiento", scan)
        assert taken == {"kind": "consentimiento", "signature": "scan", "signer": None}

        assert request.submit()["state"] == "review"
        desk.refused("not-waiting", 409, "POST", f"{request.path}/submit", token=request.token)
        assert request.send("consentimiento", scan).json()["type"] == "urn:ventanilla:problem:not-waiting"
        history = request.shown()["history"]
        assert [line["state"] for line in history] == ["documents", "review"]
        assert all(line["at"].endswith("Z") for line in history)
        assert desk.mails(ana.email) == []

    def test_from_the_queue_to_the_key(self, desk, vera, coop, ana):
        third = Someone("Mario Vega")
        said = {"identifier": third.identifier, "full_name": third.name}
        request = desk.apply("seps", wish(ana, coop, third_party=said))
        sent = {kind: scanned(request.document(kind)) for kind in DOCUMENTS}
        sent["acuerdo"] = request.signed("acuerdo", ana)
        for kind, pdf in sent.items():
            request.deliver(kind, pdf)
        request.submit()

        # The authority sees the data beside the documents, and how each was signed
        line = queued(vera)[request.id]
        assert (line["name"], line["scope"], line["state"]) == (ana.name, coop.ruc, "review")
        seen = vera.call(200, "GET", request.reviewed)
        assert seen["identifier"]["number"] == ana.number
        assert seen["sections"]["third_party"]["full_name"] == third.name
        assert seen["sections"]["organization"]["representative_identifier"]["number"] == coop.representative.number
        assert [(one["kind"], one["signature"], one["signed_by"]) for one in seen["documents"]] == [
            ("solicitud", "scan", None),
            ("acuerdo", "electronic", ana.name.upper()),
            ("consentimiento", "scan", None),
        ]
        for kind, pdf in sent.items():
            assert desk.call("GET", f"{request.reviewed}/documents/{kind}", token=vera.token).content == pdf
        assert request.approve(vera)["state"] == "confirm"

        # The user is told, checks the data and sets a password
        [mail] = desk.mails(ana.email)
        assert mail["subject"].startswith("Se aprobó su solicitud")
        assert "Rol de Acopio de Información" in mail["text"]
        assert "72 horas" in mail["text"]
        token = desk.mailed_token(ana.email)
        opened = desk.expect(200, "POST", "/v1/verifications", {"token": token})
        assert (opened["status"], opened["next"]) == ("pending", "set_password")
        assert opened["data"] == {**PERSON, "full_name": ana.name}
        checked = {"token": token, "password": PASSWORD, "data": {"position": "Contadora general"}}
        assert desk.expect(200, "POST", "/v1/verifications/password", checked)["status"] == "active"
        desk.refused("token-gone", 410, "POST", "/v1/verifications", {"token": token})

        # The user exists, with the role
        user = desk.member(ana, "seps")
        assert user.enter()["pending"] == []
        me = user.call(200, "GET", "/v1/me")
        assert me["grants"] == [{"role": "acopio", "scope": coop.ruc}]
        assert me["profile"]["position"] == "Contadora general"

    def test_a_forgotten_password(self, desk, vera, coop, ana):
        user = holding(desk, vera, ana, coop)
        desk.expect(202, "POST", "/v1/resets", {"portal": "seps", "identifier": ana.number})
        token = desk.mailed_token(ana.email)
        opened = desk.expect(200, "POST", "/v1/resets/open", {"token": token})
        assert opened["data"] == {**PERSON, "full_name": ana.name}
        anew = {"token": token, "password": NEW_PASSWORD, "data": {"position": "Gerente"}}
        desk.expect(204, "POST", "/v1/resets/confirm", anew)
        user.refused("unauthenticated", 401, "GET", "/v1/me")
        assert user.sign_in().status_code == 401
        user.token = user.sign_in(NEW_PASSWORD).json()["token"]
        assert user.call(200, "GET", "/v1/me")["profile"]["position"] == "Gerente"
        assert grants(user) == [("acopio", coop.ruc)]


@pytest.fixture(scope="module")
def request_in(desk: Desk) -> Request:
    """One application, whose documents are refused in every way."""
    request = desk.apply("seps", wish(ROSA, OTHER))
    for kind in DOCUMENTS:
        request.document(kind)
    return request


@pytest.fixture(scope="module")
def refused(request_in: Request) -> Any:
    """Send something in as the agreement, which must be refused; return why."""
    told: dict[str, str] = {}

    def refused(slug: str, pdf: bytes, status: int = 422, **sent: Any) -> str:
        answer = request_in.send("acuerdo", pdf, **sent)
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (status, f"urn:ventanilla:problem:{slug}"), problem
        assert problem["request_id"]
        assert told.setdefault(problem["detail"], slug) == slug, "each refusal has a reason of its own"
        assert request_in.shown()["missing"] == DOCUMENTS
        return str(problem["detail"])

    return refused


class TestDocuments:
    def test_unsigned(self, request_in, refused):
        assert "no tiene la firma" in refused("document-unsigned", request_in.document("acuerdo"))

    def test_modified_after_it_was_signed(self, request_in, refused):
        modified = with_page_replaced(request_in.signed("acuerdo", ROSA))
        assert "cambió después" in refused("document-modified", modified)

    def test_something_appended(self, request_in, refused):
        appended = request_in.signed("acuerdo", ROSA) + b"\n% more\nstartxref\n0\n%%EOF\n"
        answer = request_in.send("acuerdo", appended)
        assert answer.status_code == 422
        assert answer.json()["type"].rpartition(":")[2] in ("document-not-whole", "document-unreadable")

    def test_an_authority_that_nobody_knows(self, request_in, refused):
        strange = sign(request_in.document("acuerdo"), Authority("AJENA").citizen(ROSA.number))
        assert "entidad de certificación acreditada" in refused("document-untrusted", strange)

    def test_a_certificate_that_has_expired(self, request_in, refused):
        expired = sign(request_in.document("acuerdo"), request_in.holder(ROSA, expired=True))
        assert "venció" in refused("document-expired", expired)

    def test_somebody_elses_certificate(self, request_in, refused):
        detail = refused("document-another-signer", request_in.signed("acuerdo", OTHER.representative))
        assert ROSA.number not in detail
        assert ROSA.number[-3:] in detail

    def test_the_users_certificate_where_the_representative_signs(self, desk, request_in):
        answer = request_in.send("solicitud", request_in.signed("solicitud", ROSA))
        assert answer.json()["type"] == "urn:ventanilla:problem:document-another-signer"

    def test_another_document_of_the_same_application(self, request_in, refused):
        refused("document-wrong-document", request_in.signed("consentimiento", ROSA))

    def test_the_document_of_another_application(self, desk, refused):
        other = desk.apply("seps", wish(ROSA, OTHER))
        assert "no es el que se descargó" in refused("document-wrong-document", other.signed("acuerdo", ROSA))

    def test_too_big(self, refused):
        refused("document-too-large", b"%PDF-1.7\n" + b"0" * (4 * 1024 * 1024), 413)

    def test_no_pdf(self, refused):
        refused("document-not-a-pdf", b"PK\x03\x04 not a document")
        refused("document-not-a-pdf", b"")

    def test_another_content_type(self, request_in, refused):
        signed = request_in.signed("acuerdo", ROSA)
        for media_type in ("image/png", "application/json", "multipart/form-data; boundary=x"):
            assert PDF in refused("unsupported-media-type", signed, 415, media_type=media_type)

    def test_without_the_applications_own_token(self, desk, request_in, refused):
        signed, other = request_in.signed("acuerdo", ROSA), desk.apply("seps", wish(ROSA, OTHER))
        for token in ("", "nonsense", other.token):
            refused("not-found", signed, 404, token=token)
            desk.refused("not-found", 404, "GET", request_in.path, token=token)
            desk.refused("not-found", 404, "GET", f"{request_in.path}/documents/acuerdo", token=token)
            desk.refused("not-found", 404, "POST", f"{request_in.path}/submit", token=token)

    def test_a_kind_that_is_not_asked_for(self, request_in):
        assert request_in.send("delegation", request_in.signed("acuerdo", ROSA)).status_code == 404

    def test_what_was_refused_may_be_sent_in_well(self, request_in):
        assert request_in.deliver("acuerdo", request_in.signed("acuerdo", ROSA))["signature"] == "electronic"


class TestReview:
    def test_a_rejection_says_why_to_all_whom_it_concerns(self, desk, vera, coop, ana):
        request = signed_in(desk, ana, coop)
        decision = {"decision": "reject"}
        problem = vera.refused("validation", 422, "POST", f"{request.reviewed}/decision", decision)
        assert [error["field"] for error in problem["errors"]] == ["reason"]
        reason = "El representante legal no consta como registrado."
        assert request.reject(vera, reason)["state"] == "rejected"
        for address in (ana.email, coop.email, coop.representative.email):
            [mail] = desk.mails(address)
            assert "no fue aprobada" in mail["subject"]
            assert reason in mail["text"]
        shown = request.shown()
        assert (shown["state"], shown["history"][-1]["reason"]) == ("rejected", reason)
        vera.refused("not-waiting", 409, "POST", f"{request.reviewed}/decision", {"decision": "approve"})
        assert request.id not in queued(vera)
        assert request.id in queued(vera, "rejected")

    def test_after_a_rejection_a_new_request_may_succeed(self, desk, vera, coop, ana):
        signed_in(desk, ana, coop).reject(vera, "Falta la firma.")
        assert grants(holding(desk, vera, ana, coop)) == [("acopio", coop.ruc)]

    def test_nobody_decides_on_their_own(self, desk, coop):
        member = desk.reviewer("reviewer", "seps")
        own = signed_in(desk, Someone("Eva Paz", member.number, "eva@example.ec"), coop)
        for decision in ({"decision": "approve"}, {"decision": "reject", "reason": "nada"}):
            member.refused("own-application", 403, "POST", f"{own.reviewed}/decision", decision)
        assert own.shown()["state"] == "review"

    def test_nobody_decides_on_what_they_signed_as_representative(self, desk, ana):
        member = desk.reviewer("reviewer", "seps")
        coop = Cooperative(Someone("Eva Paz", member.number))
        request = signed_in(desk, ana, coop)
        member.refused("own-application", 403, "POST", f"{request.reviewed}/decision", {"decision": "approve"})

    def test_who_is_no_reviewer_finds_nothing(self, desk, vera, coop, ana):
        request = signed_in(desk, ana, coop)
        paths = [QUEUE, request.reviewed, f"{request.reviewed}/documents/solicitud"]
        others = [
            desk.reviewer("reviewer", "demo"),
            desk.reviewer("portal_admin", "seps"),
            desk.citizen("demo"),
            holding(desk, vera, Someone("Luis Ortiz"), Cooperative()),
        ]
        others[2].enter()
        for path in paths:
            desk.refused("unauthenticated", 401, "GET", path)
            desk.refused("unauthenticated", 401, "GET", path, token=request.token)
            for other in others:
                other.refused("not-found", 404, "GET", path)
        for other in others:
            other.refused("not-found", 404, "POST", f"{request.reviewed}/decision", {"decision": "approve"})

    def test_the_password_alone_of_a_reviewer_is_not_enough(self, desk, vera, coop, ana):
        request = signed_in(desk, ana, coop)
        half = desk.member(Someone("Vera", vera.number), "staff")
        half.enter()
        for path in (QUEUE, request.reviewed):
            half.refused("steps-pending", 403, "GET", path)

    def test_of_two_decisions_at_once_one_wins(self, desk, vera, coop, ana):
        other, request = desk.reviewer("reviewer", "seps"), signed_in(desk, ana, coop)
        said: list[int] = []

        def decide(member: Member, decision: dict[str, str]) -> None:
            said.append(desk.call("POST", f"{request.reviewed}/decision", decision, member.token).status_code)

        threads = [
            Thread(target=decide, args=(vera, {"decision": "approve"})),
            Thread(target=decide, args=(other, {"decision": "reject", "reason": "No consta."})),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) == [200, 409]
        assert len(desk.mails(ana.email)) == 1

    def test_a_decision_between_reading_and_writing_wins(self, desk, vera, coop, ana):
        request, rule = signed_in(desk, ana, coop), Reviews.rule

        def after_another(reviews: Reviews, ruling: Any) -> bool:
            assert rule(reviews, ruling)
            return rule(reviews, ruling)

        with patch.object(Reviews, "rule", after_another):
            vera.refused("not-waiting", 409, "POST", f"{request.reviewed}/decision", {"decision": "approve"})
        assert len(desk.mails(ana.email)) == 1

    @pytest.mark.parametrize("tail", ["", "/documents/solicitud"])
    @pytest.mark.parametrize("reference", ["x", "x.y", "." * 30, "x" * 3000])
    def test_what_is_not_there(self, vera, reference, tail):
        vera.refused("not-found", 404, "GET", f"/v1/review/applications/{reference}{tail}")

    def test_a_queue_that_is_not_there(self, vera):
        vera.refused("not-found", 404, "GET", "/v1/review/applications?portal=demo")
        vera.refused("not-found", 404, "GET", "/v1/review/applications?portal=nowhere")
        problem = vera.refused("validation", 422, "GET", f"{QUEUE}&state=lost")
        assert [error["field"] for error in problem["errors"]] == ["state"]


class TestPlaces:
    def test_a_role_that_is_taken_names_the_way_out(self, desk, vera, coop, ana):
        holder = holding(desk, vera, Someone("Luis Ortiz"), coop)
        for former in (None, Someone("Nadie Más")):  # who does not hold it frees nothing
            request = signed_in(desk, ana, coop, former=former)
            path = f"{request.reviewed}/decision"
            problem = vera.refused("quota-used", 409, "POST", path, {"decision": "approve"})
            assert "desactivación de un usuario anterior" in problem["detail"]
            assert request.shown()["state"] == "review"
        assert grants(holder) == [("acopio", coop.ruc)]

    def test_a_place_is_kept_for_who_has_not_confirmed_yet(self, desk, vera, coop, ana):
        signed_in(desk, Someone("Luis Ortiz"), coop).approve(vera)
        request = signed_in(desk, ana, coop)
        vera.refused("quota-used", 409, "POST", f"{request.reviewed}/decision", {"decision": "approve"})

    def test_the_former_user_is_replaced_and_stays_somebody(self, desk, vera, coop, ana):
        luis = Someone("Luis Ortiz")
        former = holding(desk, vera, luis, coop, ("acopio", "access"), ("liquidador", "access"))
        roles = ("acopio", "deactivation"), ("acopio", "access"), ("representante_legal", "access")
        request = signed_in(desk, ana, coop, *roles, former=luis)
        assert grants(former) == [("acopio", coop.ruc), ("liquidador", coop.ruc)]
        request.approve(vera)
        assert grants(former) == [("liquidador", coop.ruc)], "the session goes on, without the role"
        told = desk.mails(luis.email)[0]
        assert told["subject"].startswith("Se retiró un rol de su cuenta")
        assert "Rol: Rol de Acopio de Información" in told["text"], "the one that ended, and no other"
        assert ana.name not in told["text"]
        token = desk.mailed_token(ana.email)
        desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
        user = desk.member(ana, "seps")
        user.enter()
        assert grants(user) == [("acopio", coop.ruc), ("representante_legal", coop.ruc)]

    def test_who_has_an_account_gains_the_role_at_once(self, desk, vera, coop, ana):
        user, other = holding(desk, vera, ana, coop), Cooperative()
        assert signed_in(desk, ana, other).approve(vera)["state"] == "done"
        assert grants(user) == [("acopio", coop.ruc), ("acopio", other.ruc)]
        assert desk.subjects(ana.email)[0].startswith("Su cuenta en")

    def test_who_changes_roles_gives_up_their_own(self, desk, vera, coop, ana):
        user = holding(desk, vera, ana, coop, ("liquidador", "access"))
        roles = ("acopio", "access"), ("liquidador", "deactivation")
        assert signed_in(desk, ana, coop, *roles, former=ana).approve(vera)["state"] == "done"
        assert grants(user) == [("acopio", coop.ruc)]
        told = {mail["subject"].split()[0]: mail["text"] for mail in desk.mails(ana.email)[:2]}
        assert "Rol: Rol de Liquidador" in told["Se"]
        assert "Rol: Rol de Acopio" in told["Su"]

    def test_a_role_that_is_named_twice_is_one(self, desk, vera, coop, ana):
        twice = ("acopio", "access"), ("acopio", "access")
        assert grants(holding(desk, vera, ana, coop, *twice)) == [("acopio", coop.ruc)]

    def test_two_requests_of_one_person_are_both_confirmed(self, desk, vera, coop, ana):
        other = Cooperative()
        first, second = signed_in(desk, ana, coop), signed_in(desk, ana, other)
        first.approve(vera)
        link = desk.mailed_token(ana.email)
        second.approve(vera)
        for token in (link, desk.mailed_token(ana.email)):
            body = {"token": token, "password": PASSWORD}
            assert desk.expect(200, "POST", "/v1/verifications/password", body)["status"] == "active"
        user = desk.member(ana, "seps")
        user.enter()
        assert grants(user) == [("acopio", coop.ruc), ("acopio", other.ruc)]

    def test_a_second_link_at_another_address_gives_the_role_and_leaves_the_password(self, desk, vera, coop, ana):
        other, elsewhere = Cooperative(), Someone(ana.name, ana.number, f"otra.{ana.email}")
        requests = signed_in(desk, ana, coop), signed_in(desk, elsewhere, other)
        for request in requests:
            request.approve(vera)
        for address, password in ((ana.email, PASSWORD), (elsewhere.email, NEW_PASSWORD)):
            body = {"token": desk.mailed_token(address), "password": password}
            desk.expect(200, "POST", "/v1/verifications/password", body)
        user = desk.member(ana, "seps")
        assert user.sign_in(NEW_PASSWORD).status_code == 401
        user.enter()
        assert user.call(200, "GET", "/v1/me")["email"] == ana.email
        assert grants(user) == [("acopio", coop.ruc), ("acopio", other.ruc)]


class TestDeactivationAlone:
    def test_no_new_user_and_one_document(self, desk, vera, coop, ana):
        luis = Someone("Luis Ortiz")
        former = holding(desk, vera, luis, coop)
        request = desk.apply("seps", wish(None, coop, ("acopio", "deactivation"), former=luis))
        assert request.shown()["missing"] == ["solicitud"]
        request.send_in()
        line = queued(vera)[request.id]
        assert (line["name"], line["scope"]) == (coop.legal_name, coop.ruc)
        assert request.approve(vera)["state"] == "done"
        assert grants(former) == []
        assert desk.subjects(luis.email)[0].startswith("Se retiró un rol")
        for address in (coop.email, coop.representative.email):
            assert desk.subjects(address)[0].startswith("Se hizo la desactivación")
        former.enter()
        assert grants(former) == [], "the account stays"
        assert grants(holding(desk, vera, ana, coop)) == [("acopio", coop.ruc)], "the place is free for the next"

    def test_of_somebody_who_does_not_hold_the_role(self, desk, vera, coop):
        request = desk.apply("seps", wish(None, coop, ("acopio", "deactivation"), former=Someone("Luis Ortiz")))
        request.send_in()
        path = f"{request.reviewed}/decision"
        [error] = vera.refused("validation", 422, "POST", path, {"decision": "approve"})["errors"]
        assert (error["field"], error["code"]) == ("former_user.identifier", "former_user")
        assert "no tiene el rol" in error["message"]
        request.reject(vera, error["message"])
        assert desk.subjects(coop.representative.email)[0].endswith("no fue aprobada")


class TestTime:
    """Last: the clock of the whole site moves on, and sessions end."""

    def test_a_link_that_came_too_late_is_mailed_anew_by_a_reset(self, desk, coop, ana):
        vera = desk.reviewer("reviewer", "seps")
        signed_in(desk, ana, coop).approve(vera)
        late = desk.mailed_token(ana.email)
        desk.local.advance(73 * HOUR)
        desk.refused("token-gone", 410, "POST", "/v1/verifications", {"token": late})
        desk.expect(202, "POST", "/v1/resets", {"portal": "seps", "identifier": ana.number})
        anew = desk.mailed_token(ana.email)
        assert anew != late
        opened = desk.expect(200, "POST", "/v1/verifications", {"token": anew})
        assert (opened["next"], opened["data"]["full_name"]) == ("set_password", ana.name)
        desk.refused("token-gone", 410, "POST", "/v1/verifications/password", {"token": late, "password": PASSWORD})
        desk.expect(200, "POST", "/v1/verifications/password", {"token": anew, "password": PASSWORD})
        assert desk.member(ana, "seps").enter()["pending"] == []

    def test_a_second_link_that_came_too_late_too(self, desk, coop, ana):
        vera, other = desk.reviewer("reviewer", "seps"), Cooperative()
        requests = signed_in(desk, ana, coop), signed_in(desk, ana, other)
        requests[0].approve(vera)
        first = desk.mailed_token(ana.email)
        requests[1].approve(vera)
        desk.expect(200, "POST", "/v1/verifications/password", {"token": first, "password": PASSWORD})
        desk.local.advance(73 * HOUR)
        desk.expect(202, "POST", "/v1/resets", {"portal": "seps", "identifier": ana.number})
        [anew] = [mail for mail in desk.mails(ana.email)[:2] if mail["subject"].startswith("Se aprobó")]
        token = anew["text"].partition("#token=")[2].split()[0]
        desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
        user = desk.member(ana, "seps")
        user.enter()
        assert grants(user) == [("acopio", coop.ruc), ("acopio", other.ruc)]

    def test_each_step_may_take_as_long_as_the_definition_says(self, desk, coop, ana):
        request = desk.apply("seps", wish(ana, coop))
        desk.local.advance(29 * DAY)
        request.send_in()
        desk.local.advance(29 * DAY)
        vera = desk.reviewer("reviewer", "seps")
        request.approve(vera)
        desk.local.advance(71 * HOUR)
        token = desk.mailed_token(ana.email)
        desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})

    def test_what_nobody_looked_after_expires(self, desk, coop, ana):
        request = desk.apply("seps", wish(ana, coop))
        desk.local.advance(31 * DAY)
        desk.refused("not-found", 404, "GET", request.path, token=request.token)
