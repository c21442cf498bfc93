"""A key that was revoked does not come back into force under another name."""

import pytest

from tests.fakes import Clock
from tests.flows.town import expect
from ventanilla.domain.errors import KeyRefused


def test_a_revoked_key_is_not_registered_anew(town):
    from ventanilla.usecases.institutions import add_key, revoke_key
    from ventanilla.wiring import services

    thief, institutions, clock = town.institution("robbed"), services().institutions, Clock()
    expect(thief.list(), 200)
    with town.local.lock:
        [stolen] = institutions.keys_of("robbed")
        again = add_key("robbed", "longer", stolen.public_key, institutions=institutions, clock=clock)
        for key in (stolen, again):
            revoke_key("robbed", key.name, institutions=institutions, clock=clock)
        with pytest.raises(KeyRefused) as refused:
            add_key("robbed", "k9", stolen.public_key, institutions=institutions, clock=clock)
    assert [(error.field, error.code) for error in refused.value.errors] == [("public_key", "key_revoked")]
    expect(thief.list(), 401)
