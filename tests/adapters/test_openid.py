"""Authorizations and consents in the table: used up by one write, and only while their session lives."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.conftest import at_once, make_application, make_session, open_account, owed
from tests.fakes import NOW
from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid import CONSENT_VERSION, Consent, Family
from ventanilla.domain.throttling import Failures


@pytest.fixture
def account(services):
    return open_account(services)


@pytest.fixture
def session(services, account):
    session = make_session(account)
    services.sessions.start(session, Failures("f", 0), NOW, rehashed=None)
    return session


@pytest.fixture
def family(account, session):
    return Family(
        id="f" * 26,
        ref=account.ref,
        portal=account.portal,
        number=account.number,
        client="servicio",
        scopes=("openid", "grants"),
        session=session.secret_hash,
        sid="sid",
        epoch=account.epoch,
        redirect_uri="https://s.example.ec/cb",
        challenge="c" * 43,
        created_at=NOW,
        expires_at=session.expires_at,
        auth_time=NOW,
        acr="self_asserted",
        amr=("pwd",),
        nonce="n",
    )


@pytest.fixture
def consent(account):
    return Consent(account.ref, "servicio", ("openid", "grants"), CONSENT_VERSION, NOW)


def test_what_was_written_is_read_again(services, account, family, consent):
    assert services.sign_ons.begin(family, consent)
    found, state = services.sign_ons.find(family.ref, family.id)
    assert (found, state.epoch) == (family, account.epoch)
    assert services.sign_ons.consent(account.ref, "servicio") == consent
    assert services.sign_ons.consents(account.ref) == [consent]
    assert services.sign_ons.of_account(account.ref) == [family]
    owner = services.sign_ons.owner(family)
    assert (owner[0].secret_hash, owner[1].ref) == (family.session, account.ref)


def test_what_is_not_there_is_none(services, account, family):
    assert services.sign_ons.find(account.ref, "x")[0] is None
    assert services.sign_ons.find("x", "x") == (None, None)
    assert services.sign_ons.consent(account.ref, "servicio") is None
    assert services.sign_ons.owner(replace(family, ref="another"))[1] is None


def test_sessions_are_listed_without_what_stands_behind_them(services, account, session, family, consent):
    services.sign_ons.begin(family, consent)
    assert services.sessions.all_of(account.ref) == [session]


def test_each_turn_is_used_once(services, family):
    services.sign_ons.begin(family, None)
    assert services.sign_ons.use(family, None, NOW) is None
    assert services.sign_ons.use(family, None, NOW) == "used"
    assert services.sign_ons.find(family.ref, family.id)[0].turn == 1
    assert services.sign_ons.use(replace(family, turn=1), None, NOW) is None


def test_of_many_at_once_one_uses_it(services, family):
    services.sign_ons.begin(family, None)
    results = at_once(8, lambda _: services.sign_ons.use(family, None, NOW))
    assert results.count(None) == 1


def test_once_ended_it_is_used_no_more(services, family):
    services.sign_ons.begin(family, None)
    services.sign_ons.end(family)
    assert services.sign_ons.use(family, None, NOW) == "used"
    assert services.sign_ons.find(family.ref, family.id)[0].ended


def test_a_clients_proof_is_used_once_by_the_same_write(services, family):
    proof = Nonce("openid.demo.servicio", "jti")
    services.sign_ons.begin(family, None)
    other = replace(family, id="g" * 26)
    services.sign_ons.begin(other, None)
    assert services.sign_ons.use(family, proof, NOW) is None
    assert services.sign_ons.use(other, proof, NOW) == "assertion"
    assert services.sign_ons.find(other.ref, other.id)[0].turn == 0


def test_without_its_session_nothing_begins_and_nothing_is_used(services, session, family):
    services.sign_ons.begin(family, None)
    services.sessions.end(session)
    assert services.sign_ons.use(family, None, NOW) == "session"
    assert not services.sign_ons.begin(replace(family, id="g" * 26), None)
    assert services.sign_ons.find(family.ref, "g" * 26)[0] is None


def test_a_session_that_goes_on_after_a_change_of_the_account_brings_only_what_is_new(
    services, account, session, family
):
    services.sign_ons.begin(family, None)
    services.accounts.change(account, replace(account, epoch=2), keep=session)
    assert services.sign_ons.use(family, None, NOW) == "session"
    assert not services.sign_ons.begin(replace(family, id="g" * 26), None)
    assert services.sign_ons.begin(replace(family, id="g" * 26, epoch=2), None)


def test_another_session_of_the_account_ends_with_its_epoch(services, account, family):
    services.sign_ons.begin(family, None)
    services.accounts.change(account, replace(account, epoch=2))
    assert services.sign_ons.use(family, None, NOW) == "session"


def test_a_consent_is_taken_back(services, account, family, consent):
    services.sign_ons.begin(family, consent)
    services.sign_ons.withdraw(account.ref, "servicio")
    assert services.sign_ons.consents(account.ref) == []


def test_what_follows_the_end_of_a_session_is_owed_by_the_same_write_and_once(services, session):
    services.sessions.end(session, owed("signed_out"))
    services.sessions.end(session, owed("signed_out"))
    assert [item.kind for item in services.outbox._row.scan()] == ["signed_out"]


def test_when_all_sessions_of_an_account_end_those_who_want_to_hear_of_it_are_owed_that(services, account):
    services.accounts.change(account, replace(account, email="x@example.ec"))
    assert list(services.outbox._row.scan()) == []
    services.accounts.change(replace(account, email="x@example.ec"), replace(account, epoch=2))
    [item] = services.outbox._row.scan()
    assert (item.kind, item.about) == ("signed_out", {"portal": "demo", "ref": account.ref, "epoch": "2"})
    assert timedelta(0) < item.ttl - NOW


def test_also_when_another_account_takes_its_place(services, account):
    application = make_application(id="01KJM5Q7G0ABCDEFGHJKMNP002")
    services.applications.submit(application, None)
    after = replace(account, epoch=2)
    services.accounts.open(after, application, before=account, opens_mailbox=True, owed=())
    assert [item.about["epoch"] for item in services.outbox._row.scan()] == ["2"]


def test_a_consent_that_is_relied_on_must_be_there_still(services, account, family, consent):
    services.sign_ons.begin(family, consent)
    assert services.sign_ons.begin(replace(family, id="g" * 26), None, consent)
    services.sign_ons.withdraw(account.ref, "servicio")
    assert not services.sign_ons.begin(replace(family, id="h" * 26), None, consent)
    assert services.sign_ons.find(account.ref, "h" * 26)[0] is None
