"""The registry's reasons are kept as codes, and told in words."""

import pytest

from ventanilla.schemas.applications import ApplicationOut
from ventanilla.web.reasons import in_words


def application(state: str, reason: str | None) -> ApplicationOut:
    line = {"state": state, "at": "2027-03-01T15:00:00+00:00", "reason": reason}
    whole = {"id": "s.1", "portal": "buzonec", "channel": "certificate", "documents": [], "missing": []}
    return ApplicationOut.model_validate({**whole, "state": state, "history": [line]})


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("es", "El documento de identidad no está vigente. Renuévelo e inténtelo de nuevo. La persona no tiene aún"),
        ("en", "The identity document is not in force. Renew it and try again. The person has not yet reached"),
    ],
)
def test_each_reason_is_a_sentence(locale, told):
    [line] = in_words(application("refused", "identity_status, too_young"), locale).history
    assert line.reason is not None
    assert line.reason.startswith(told)


@pytest.mark.parametrize(("state", "reason"), [("rejected", "too_young"), ("review", None), ("refused", None)])
def test_what_a_reviewer_wrote_stays_as_it_is(state, reason):
    [line] = in_words(application(state, reason), "es").history
    assert line.reason == reason
