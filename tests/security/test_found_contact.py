"""The address of an institution's pages, which citizens are shown, holds nothing that can't be seen."""

import pytest
from pydantic import ValidationError

from ventanilla.schemas.institutions import ContactChange


@pytest.mark.parametrize("hidden", ["\0", "\x1b", "\u202e", "\u200b", "\U000e0001"])
def test_a_website_with_what_cannot_be_seen_is_refused(hidden):
    with pytest.raises(ValidationError) as refused:
        ContactChange(website=f"https://example.ec/{hidden}x")
    assert [error["type"] for error in refused.value.errors()] == ["ventanilla_form"]


def test_a_plain_website_is_taken():
    assert ContactChange(website="https://example.ec/año?a=1").website == "https://example.ec/año?a=1"
