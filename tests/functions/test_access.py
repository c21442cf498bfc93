"""Who may make which call, what every answer bears, and that every function has its sample events."""

import json

import pytest

from local.template import read_template
from tests.conftest import MAIL_FROM, ROOT
from tests.fakes import BASE_URL
from tests.functions.conftest import EVENTS, HTTP, PASSWORD, bearer, event_of
from tests.samples import IN_OAUTHS_WORDS, REFUSALS

TEMPLATE = read_template(ROOT / "template.yaml", {"BaseUrl": BASE_URL, "MailFrom": MAIL_FROM})
STEPS = {function.code.name: name for name, function in TEMPLATE.functions.items()}
APPS = sorted({name.partition(".")[0] for name in HTTP})
BY_SESSION = [name for name in HTTP if name.endswith("unauthenticated")]
AT_ENTRY = ("account.unauthenticated", "session.list-unauthenticated", "session.end-unauthenticated")
AFTERWARDS = [name for name in BY_SESSION if name not in (*AT_ENTRY, "account.password-unauthenticated")]
BY_INSTITUTION = [name for name in HTTP if name.endswith("unsigned")]
PROMISED = {**REFUSALS, "identity": 503}  # here no registry answers


class TestEvents:
    def test_every_function_of_the_template_has_one(self):
        assert {name.partition(".")[0] for name in EVENTS} == set(STEPS)

    def test_every_route_of_the_template_has_one_and_there_are_no_others(self):
        routes = {(route.key, route.function) for route in TEMPLATE.routes}
        assert {(event["routeKey"], STEPS[name.partition(".")[0]]) for name, event in HTTP.items()} == routes

    @pytest.mark.parametrize("name", HTTP)
    def test_it_says_the_same_in_all_its_places(self, name):
        event = HTTP[name]
        context = event["requestContext"]
        path = event["routeKey"].partition(" ")[2].format(**event.get("pathParameters", {})) or event["rawPath"]
        assert event["rawPath"] == context["http"]["path"] == path
        assert context["routeKey"] == event["routeKey"]
        assert event["routeKey"].partition(" ")[0] in (context["http"]["method"], "$default")

    @pytest.mark.parametrize("name", HTTP)
    def test_on_empty_stores_it_ends_as_its_name_promises(self, site, name):
        answer = site.call(name)
        _, _, case = name.partition(".")
        promised = [status for word, status in PROMISED.items() if case.endswith(word)]
        assert answer.status == promised[0] if promised else answer.status in (200, 201, 202, 204, 302)
        in_our_words = bool(promised) and not case.endswith(IN_OAUTHS_WORDS)
        assert in_our_words == (answer.headers.get("content-type") == "application/problem+json")


class TestEveryAnswer:
    @pytest.mark.parametrize("name", HTTP)
    def test_it_bears_the_headers_that_protect_its_reader(self, site, name):
        headers = site.call(name).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "'unsafe" not in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers

    @pytest.mark.parametrize("name", ["public", "reset.unknown-portal"])
    def test_over_plain_http_nobody_is_sent_to_https(self, site, name):
        site.over_http()
        assert "strict-transport-security" not in site.call(name).headers

    @pytest.mark.parametrize("name", HTTP)
    def test_it_is_logged_once_with_route_status_and_outcome(self, site, log, name):
        answer = site.call(name)
        line = log.lines[-1]
        assert [one["message"] for one in log.lines].count("request") == 1
        assert (line["message"], line["route"], line["status"]) == ("request", HTTP[name]["routeKey"], answer.status)
        refused = "refused" if name.endswith(IN_OAUTHS_WORDS) else answer.status >= 400 and answer.problem
        assert line["outcome"] == (refused or "done")
        assert line["request_id"] == "request-1"

    @pytest.mark.parametrize(
        ("language", "title"),
        [
            ("es", "No encontrado"),
            ("en-GB,en;q=0.9", "Not found"),
            ("qu,fr", "No encontrado"),
            ("fr, en", "Not found"),
            ("", "No encontrado"),
        ],
    )
    def test_a_problem_is_told_in_the_language_asked_for(self, site, language, title):
        assert site.call("public.unknown-path", headers={"accept-language": language}).json["title"] == title


class TestRoutes:
    @pytest.mark.parametrize("step", APPS)
    def test_a_route_that_a_function_does_not_have_is_not_found(self, site, step):
        name = next(one for one in HTTP if one.partition(".")[0] == step)
        event = event_of(name, routeKey="GET /v1/atlantis", rawPath="/v1/atlantis")
        answer = site.app(step)(event, type("Context", (), {"aws_request_id": "request-1"}))
        assert (answer["statusCode"], json.loads(answer["body"])["type"]) == (404, "urn:ventanilla:problem:not-found")

    @pytest.mark.parametrize("name", BY_SESSION + BY_INSTITUTION)
    def test_a_path_that_the_route_does_not_match_is_not_found_either(self, site, name):
        # whatever a gateway makes of an encoded slash: the route says who may call, the path what is called
        account = site.account()
        event = event_of(name, rawPath="/v1/other/path", headers=bearer(site.enter(account)))
        assert site.call(event).status in (401, 404)


class TestWithoutASession:
    @pytest.mark.parametrize("name", BY_SESSION)
    @pytest.mark.parametrize(
        "header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "Bearer a.b", "Bearer ñ.ñ"]
    )
    def test_nobody_is_let_in(self, site, name, header):
        answer = site.call(name, headers={"authorization": header})
        assert (answer.status, answer.problem) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("name", [name for name in BY_SESSION if "body" in HTTP[name]])
    def test_it_is_asked_for_before_the_body_is_looked_at(self, site, name):
        assert site.call(name, body={"unknown": 1}).status == 401

    def test_a_session_that_has_ended_lets_nobody_in(self, site):
        token = site.enter(site.account())
        assert site.call("account.unauthenticated", headers=bearer(token)).status == 200
        assert site.call("session.end-unauthenticated", headers=bearer(token)).status == 204
        assert site.call("account.unauthenticated", headers=bearer(token)).status == 401

    def test_one_that_was_idle_for_too_long_does_not_either(self, site):
        token = site.enter(site.account())
        site.clock.advance(minutes=30)
        assert site.call("account.unauthenticated", headers=bearer(token)).status == 401


class TestStepsPending:
    FIRST = {  # the steps in their order, and the call that completes each
        "change_password": "account.password-unauthenticated",
        "check_data": "account.change-unauthenticated",
        "accept_terms": "account.terms-unauthenticated",
    }

    @pytest.fixture
    def token(self, site):
        return site.enter(site.account(portal="office", assurance="proven", todo=("change_password", "check_data")))

    @pytest.mark.parametrize("name", AFTERWARDS)
    def test_nothing_else_is_reached(self, site, token, name):
        answer = site.call(name, headers=bearer(token))
        assert (answer.status, answer.problem) == (403, "steps-pending")
        assert answer.json["pending"] == ["change_password", "check_data", "accept_terms"]

    @pytest.mark.parametrize("name", AT_ENTRY)
    def test_but_oneself_and_the_way_out(self, site, token, name):
        assert site.call(name, headers=bearer(token)).status in (200, 204)

    def test_the_steps_are_completed_in_their_order(self, site, token):
        bodies = [None, {}, {"accept": ["use", "privacy"]}]
        for at, (name, body) in enumerate(zip(self.FIRST.values(), bodies, strict=True)):
            for later in list(self.FIRST.values())[at + 1 :]:
                assert site.call(later, headers=bearer(token)).status == 403
            answer = site.call(name, headers=bearer(token), **({"body": body} if body is not None else {}))
            assert answer.status == 200
            assert answer.json["pending"] == list(self.FIRST)[at + 1 :]
        assert site.call("inbox.unauthenticated", headers=bearer(token)).status == 200


class TestCookies:
    """A change that is borne by a cookie comes from a page of ours, and says so."""

    CHANGE = "session.end-unauthenticated"

    @pytest.fixture
    def cookie(self, site):
        return f"__Host-session={site.enter(site.account())}"

    def call(self, site, name, cookie, **headers):
        sent = {"authorization": None, **{key.replace("_", "-"): value for key, value in headers.items()}}
        return site.call(name, cookies=["theme=dark", cookie], headers=sent)

    def test_the_cookie_lets_in_as_the_bearer_does(self, site, cookie):
        assert self.call(site, "account.unauthenticated", cookie).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": BASE_URL},
            {"sec_fetch_site": "same-origin"},
            {"origin": BASE_URL, "sec_fetch_site": "same-origin"},
        ],
    )
    def test_a_page_of_ours_may_change_something(self, site, cookie, headers):
        assert self.call(site, self.CHANGE, cookie, **headers).status == 204

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": BASE_URL.replace("https", "http")},
            {"origin": f"{BASE_URL}.evil.example"},
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"sec_fetch_site": "none"},
            {"origin": BASE_URL, "sec_fetch_site": "cross-site"},
            {"origin": "https://evil.example", "sec_fetch_site": "same-origin"},
        ],
    )
    def test_another_may_not(self, site, cookie, headers):
        answer = self.call(site, self.CHANGE, cookie, **headers)
        assert (answer.status, answer.problem) == (403, "cross-origin")
        assert self.call(site, "account.unauthenticated", cookie).status == 200

    def test_what_only_looks_may_come_from_anywhere(self, site, cookie):
        assert self.call(site, "account.unauthenticated", cookie, origin="https://evil.example").status == 200

    def test_the_name_without_its_prefix_is_nothing_over_https(self, site, cookie):
        assert self.call(site, "account.unauthenticated", cookie.removeprefix("__Host-")).status == 401

    def test_a_bearer_counts_more_than_a_cookie(self, site, cookie):
        token = site.enter(site.account(portal="ipsot"))
        answer = site.call("account.unauthenticated", cookies=[cookie], headers=bearer(token))
        assert answer.json["portal"] == "ipsot"


class TestWithoutASignature:
    @pytest.mark.parametrize("name", BY_INSTITUTION)
    def test_nobody_is_let_in_and_it_is_said_what_is_wanted(self, site, name):
        answer = site.call(name)
        assert (answer.status, answer.problem) == (401, "signature-missing")
        assert 'tag="ventanilla"' in answer.headers["accept-signature"]

    @pytest.mark.parametrize("name", BY_INSTITUTION)
    def test_a_citizens_session_does_not_suffice(self, site, name):
        token = site.enter(site.account())
        assert site.call(name, headers=bearer(token)).problem == "signature-missing"

    def test_it_is_asked_for_before_the_body_is_looked_at(self, site):
        assert site.call("notify.unsigned", body={"unknown": 1}).status == 401


class TestBodies:
    """What is no JSON object is refused before anything else."""

    WITH_BODY = [
        name
        for name, event in HTTP.items()
        if "body" in event
        and not name.endswith(("malformed", "unknown-portal"))
        and not event["routeKey"].startswith("PUT")
        and event["headers"]["content-type"] == "application/json"
    ]

    @pytest.mark.parametrize("name", WITH_BODY)
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "x",
            "[]",
            "null",
            "1",
            '"x"',
            '{"a": NaN}',
            '{"a": "\\ud800"}',
            "[" * 5000,
            '{"a":' * 40 + "1" + "}" * 40,
            '{"a": 1e999999}1',
        ],
        ids=lambda body: body[:12],
    )
    def test_what_is_no_object_is_malformed(self, site, name, body):
        answer = site.call(name, body=body)
        expected = {"": (400, 401, 422)}.get(body, (400,))
        assert answer.status in expected
        assert answer.status != 400 or answer.problem == "malformed-body"

    @pytest.mark.parametrize("name", WITH_BODY)
    @pytest.mark.parametrize(
        "media_type",
        [
            None,
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin-1",
            "application/problem+json",
        ],
    )
    def test_another_media_type_is_refused(self, site, name, media_type):
        if name == "oidc.logout" and media_type == "application/x-www-form-urlencoded":
            return  # it takes both
        answer = site.call(name, headers={"content-type": media_type})
        assert (answer.status, answer.problem) == (415, "unsupported-media-type")

    @pytest.mark.parametrize("name", WITH_BODY)
    def test_more_than_64_kilobytes_are_too_large(self, site, name):
        answer = site.call(name, body={"a": "x" * 64 * 1024})
        assert (answer.status, answer.problem) == (413, "too-large")

    @pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'])
    def test_the_charset_may_be_said(self, site, media_type):
        assert site.call("reset", headers={"content-type": media_type}).status == 202

    def test_a_body_may_come_in_base_64(self, site):
        from base64 import b64encode

        raw = b64encode(HTTP["reset"]["body"].encode()).decode()
        assert site.call("reset", body=raw, isBase64Encoded=True).status == 202

    @pytest.mark.parametrize("raw", ["%%%", "/w=="])
    def test_one_that_is_no_base_64_or_no_utf_8_is_malformed(self, site, raw):
        assert site.call("reset", body=raw, isBase64Encoded=True).problem == "malformed-body"


def test_what_nobody_foresaw_is_told_without_a_word_of_it(site, log, monkeypatch):
    monkeypatch.setattr(
        site.services.outbox, "put", lambda _: (_ for _ in ()).throw(RuntimeError(f"secret of {PASSWORD}"))
    )
    answer = site.call("reset")
    assert (answer.status, answer.problem) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.json["retryable"] is True
    unforeseen, request = log.lines
    assert (unforeseen["error"], request["outcome"]) == ("RuntimeError", "internal")
    assert any("reset" in place for place in unforeseen["trace"])


def test_after_a_failure_the_next_request_is_served_as_if_it_were_the_first(site, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(site.services.sessions, "read", lambda *_: (_ for _ in ()).throw(RuntimeError))
        assert site.call("account.unauthenticated").status == 500
    assert site.call("account.unauthenticated").status == 401
    assert site.call("account.unauthenticated", headers=bearer(site.enter(site.account()))).status == 200
