"""Institutions: their administrators' routes, composing by session, and keys whose time comes and goes."""

from datetime import timedelta

import httpx
import pytest

from cli.client import InstitutionClient
from tests.fakes import BASE_URL
from tests.functions.conftest import EVENTS, INSTITUTION, KEY, NOTIFICATION, bearer, event_of
from ventanilla.domain.grants import Grant
from ventanilla.domain.institutions import Institution
from ventanilla.usecases.institutions import add_institution

RUC = EVENTS["institutions.unauthenticated"]["pathParameters"]["id"]
ANA = "0912345678"


@pytest.fixture
def municipality(site):
    institution = Institution(RUC, "Municipio de Ejemplo", {"email": "m@example.ec"}, ("demo",), ruc=RUC)
    add_institution(institution, institutions=site.services.institutions)
    return institution


@pytest.fixture
def enter(site):
    def enter(*scopes, portal="staff", role="institution_admin"):
        grants = tuple(Grant(role, scope) for scope in scopes)
        return site.enter(site.account(portal=portal, number=ANA, grants=grants))

    return enter


@pytest.fixture
def token(municipality, enter):
    return enter(RUC)


class TestRoutes:
    def test_the_institution_is_shown_and_its_contact_changed(self, site, token):
        shown = site.call("institutions.unauthenticated", headers=bearer(token))
        assert (shown.status, shown.json["contact"]) == (200, {"email": "m@example.ec"})
        changed = site.call("institutions.contact-unauthenticated", headers=bearer(token))
        assert changed.status == 200
        assert changed.json["contact"] == {"email": "notificaciones@municipio.example.ec", "phone": "+59322345678"}
        assert [line["act"] for line in changed.json["audit"]] == ["contact_changed"]

    def test_a_key_is_registered_listed_and_revoked(self, site, token):
        added = site.call("institutions.add-key-unauthenticated", headers=bearer(token))
        assert (added.status, added.json["key_id"]) == (201, f"{RUC}.k2")
        [key] = site.call("institutions.keys-unauthenticated", headers=bearer(token)).json["items"]
        assert (key["state"], key["algorithm"]) == ("active", "ed25519")
        assert "last_used_at" not in key
        revoke = event_of("institutions.revoke-key-unauthenticated", headers=bearer(token))
        revoke["pathParameters"]["key_id"] = "k2"
        revoke["rawPath"] = revoke["rawPath"].replace("/k1", "/k2")
        assert [site.call(revoke).status for _ in range(2)] == [204, 404]
        [key] = site.call("institutions.keys-unauthenticated", headers=bearer(token)).json["items"]
        assert key["state"] == "revoked"

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({}, ("public_key", "missing")),
            ({"public_key": 7}, ("public_key", "key_unreadable")),
            ({"public_key": "x" * 20_000}, ("public_key", "key_unreadable")),
            ({"public_key": {"kty": "oct"}}, ("public_key", "key_kind")),
            ({"public_key": {"kty": "OKP", "crv": "Ed25519", "x": "A", "d": "A"}}, ("public_key", "key_private")),
            ({"name": "K 1", "public_key": "x"}, ("name", "key_name")),
            ({"name": "x" * 41, "public_key": "x"}, ("name", "too_long")),
            ({"public_key": "x", "not_after": "2027-03-09"}, ("not_after", "instant_form")),
            ({"public_key": "x", "not_after": "2027-03-09T10:00:00"}, ("not_after", "instant_form")),
            ({"public_key": "x", "not_after": "0001-01-01T00:00:00+14:00"}, ("not_after", "instant_form")),
        ],
    )
    def test_what_does_not_fit_is_refused_by_its_field(self, site, token, body, fault):
        answer = site.call("institutions.add-key-unauthenticated", headers=bearer(token), body=body)
        assert answer.status == 422
        assert fault in answer.faults

    def test_the_same_name_again_is_refused(self, site, token):
        assert site.call("institutions.add-key-unauthenticated", headers=bearer(token)).status == 201
        answer = site.call("institutions.add-key-unauthenticated", headers=bearer(token))
        assert (answer.status, answer.problem) == (409, "institution-exists")

    def test_suspended_by_the_platform_it_posts_no_more(self, site, municipality, enter):
        mintel = enter("platform", role="platform_admin")
        answer = site.call("institutions.suspend-unauthenticated", headers=bearer(mintel))
        assert (answer.status, answer.json["status"]) == (200, "suspended")
        assert site.services.institutions.get(RUC).status == "suspended"
        answer = site.call("institutions.resume-unauthenticated", headers=bearer(mintel))
        assert (answer.status, answer.json["status"]) == (200, "active")


class TestCounts:
    EVENT = {"id": "a-0", "notification": "a", "state": "accepted", "at": "2027-02-10T15:00:00+00:00"}
    FEBRUARY = {"month": "2027-02"}

    @pytest.fixture
    def counted(self, site):
        site.services.feed.append(RUC, [self.EVENT])
        site.services.feed.append(
            INSTITUTION, [self.EVENT, {**self.EVENT, "id": "a-1", "state": "opened", "seconds": 3}]
        )

    def test_an_administrator_sees_the_institutions(self, site, token, counted):
        answer = site.call("institutions.counts-unauthenticated", headers=bearer(token), query=self.FEBRUARY)
        assert answer.status == 200
        nothing = {"alerted": 0, "delivered": 0, "bounced": 0, "complained": 0, "opened": 0, "cancelled": 0}
        expected = {"sent": 1, **nothing, "median_seconds_to_opening": None}
        assert answer.json == {"month": expected, "days": [{**expected, "date": "2027-02-10"}]}

    def test_its_system_sees_them_by_signature_and_a_nonce_is_good_once(self, site, signer, counted):
        sent = []

        def carry(request):
            headers, query = dict(request.headers), dict(request.url.params)
            event = event_of("institutions.counts-unauthenticated", headers={"authorization": None, **headers})
            event |= {"rawPath": request.url.path, "pathParameters": {"id": request.url.path.split("/")[3]}}
            event |= {"rawQueryString": request.url.query.decode(), "queryStringParameters": query}
            sent.append(event)
            answer = site.call(event)
            return httpx.Response(answer.status, text=answer.text)

        client = InstitutionClient(
            BASE_URL, f"{INSTITUTION}.k1", KEY, clock=site.clock.wall, transport=httpx.MockTransport(carry)
        )
        month = client.request("GET", f"/v1/institutions/{INSTITUTION}/counts?month=2027-02").json()["month"]
        assert (month["sent"], month["opened"], month["median_seconds_to_opening"]) == (1, 1, 3)
        assert client.request("GET", f"/v1/institutions/{RUC}/counts?month=2027-02").status_code == 404
        assert site.call(sent[0]).problem == "signature-nonce-seen"

    def test_the_platforms_see_all(self, site, enter, counted):
        mintel = enter("platform", role="platform_admin")
        answer = site.call("institutions.platform-counts-unauthenticated", headers=bearer(mintel), query=self.FEBRUARY)
        assert (answer.json["month"]["sent"], answer.json["month"]["opened"]) == (2, 1)

    def test_others_see_nothing(self, site, enter, municipality, counted):
        by = bearer(enter(INSTITUTION))
        for name in ("institutions.counts-unauthenticated", "institutions.platform-counts-unauthenticated"):
            assert site.call(name, headers=by).status == 404

    def test_what_is_no_month_is_refused_by_its_field(self, site, token):
        answer = site.call("institutions.counts-unauthenticated", headers=bearer(token), query={"month": "2027-13"})
        assert (answer.status, answer.faults) == (422, {("month", "month_form")})


class TestComposingBySession:
    def test_the_same_calls_do_as_by_signature(self, site, institution, enter):
        by = bearer(enter(INSTITUTION))
        site.account()
        posted = site.call("notify.unsigned", headers=by)
        assert (posted.status, posted.json["id"]) == (202, NOTIFICATION)
        assert site.call("notify.unsigned", headers=by).headers["idempotency-replayed"] == "true"
        assert site.call("notify.show-unsigned", headers=by).json["state"] == "available"
        assert site.call("notify.list-unsigned", headers=by).status == 200
        assert site.call("notify.cancel-unsigned", headers=by).status == 200
        thread = site.services.notifications.thread(NOTIFICATION)
        assert thread.letter.accepted_by == site.services.accounts.get("staff", ANA).ref

    def test_of_several_institutions_the_query_names_one(self, site, institution, municipality, enter):
        by = bearer(enter(INSTITUTION, RUC))
        unnamed = site.call("notify.list-unsigned", headers=by)
        assert (unnamed.status, unnamed.faults) == (422, {("institution", "institution_several")})
        assert f"{INSTITUTION}, {RUC}" in unnamed.json["errors"][0]["message"]
        assert site.call("notify.unsigned", headers=by, query={"institution": INSTITUTION}).status == 202
        assert site.call("notify.show-unsigned", headers=by, query={"institution": INSTITUTION}).status == 200
        assert site.call("notify.show-unsigned", headers=by, query={"institution": RUC}).status == 404
        assert site.call("notify.show-unsigned", headers=by, query={"institution": "other"}).status == 404

    def test_a_signature_goes_before_a_session(self, site, institution, enter):
        by = {**bearer(enter(INSTITUTION)), "signature": "x=:AAAA:", "signature-input": "x=()"}
        assert site.call("notify.list-unsigned", headers=by).problem.startswith("signature-")

    def test_who_administers_none_is_asked_for_a_signature(self, site, institution, enter):
        answer = site.call("notify.list-unsigned", headers=bearer(enter(portal="demo")))
        assert (answer.status, answer.problem) == (401, "signature-missing")

    def test_one_who_has_left_is_told_so(self, site, institution, enter):
        token = enter(INSTITUTION)
        site.clock.advance(hours=13)
        assert site.call("notify.list-unsigned", headers=bearer(token)).problem == "unauthenticated"

    def test_a_cookie_posts_from_our_own_pages_alone(self, site, institution, enter):
        cookies = [f"__Host-session={enter(INSTITUTION)}"]
        assert site.call("notify.unsigned", cookies=cookies).problem == "cross-origin"
        answer = site.call("notify.unsigned", cookies=cookies, headers={"origin": "https://elsewhere.example"})
        assert answer.problem == "cross-origin"
        answer = site.call("notify.unsigned", cookies=cookies, headers={"origin": BASE_URL})
        assert answer.status == 202

    def test_a_suspended_institution_composes_nothing(self, site, institution, enter):
        by = bearer(enter(INSTITUTION))
        item = site.services.institutions._institution.get(INSTITUTION, "-")
        item.status = "suspended"
        item.save()
        assert site.call("notify.unsigned", headers=by).problem == "institution-suspended"


class TestKeysInTime:
    @pytest.fixture
    def limit(self, site, institution):
        """Limit the time of the signer's key."""

        def limit(**times):
            item = site.services.institutions._key.get(INSTITUTION, "key#k1")
            for name, at in times.items():
                setattr(item, name, at)
            item.save()

        return limit

    def test_a_key_is_refused_before_and_after_its_time(self, site, signer, limit):
        now = site.clock.now()
        limit(not_before=now + timedelta(days=1), not_after=now + timedelta(days=2))
        found = []
        for _ in range(3):
            answer = signer.list()
            found.append(answer.problem if answer.status != 200 else "accepted")
            site.clock.advance(days=1)
        assert found == ["signature-key-early", "accepted", "signature-key-expired"]

    def test_only_the_keys_holder_learns_of_its_time(self, site, signer, limit):
        limit(not_after=site.clock.now() + timedelta(days=1))
        site.clock.advance(days=1)
        signer.change = lambda event: {**event, "rawPath": "/v1/notifications/another"}
        assert signer.list().problem == "signature-key"

    def test_its_use_is_written_down_once_in_an_hour(self, site, signer):
        used = []
        for _ in range(3):
            assert signer.list().status == 200
            used.append(site.services.institutions.with_key(INSTITUTION, "k1")[1].last_used_at)
            site.clock.advance(minutes=30)
        now = site.clock.now()
        assert used == [now - timedelta(minutes=90)] * 2 + [now - timedelta(minutes=30)]

    def test_what_was_asked_for_is_done_though_the_use_can_not_be_written_down(self, site, signer, monkeypatch, log):
        def fail(*_):
            raise ConnectionError

        monkeypatch.setattr(site.services.institutions, "note_use", fail)
        assert signer.post().status == 202
        assert [line["error"] for line in log.lines if line["message"] == "use-not-noted"] == ["ConnectionError"]
