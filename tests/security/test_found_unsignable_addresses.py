"""An address that can't be signed is refused: its calls failed as a fault of ours each time, and it was never paused."""

from datetime import UTC, datetime

import pytest

from tests.receipt_key import Signer
from ventanilla.adapters.courier import HttpCourier
from ventanilla.domain.errors import Invalid
from ventanilla.domain.webhooks import read_url

WHOLE = "https://a.ec/a-b/%20;c=(d)/@~!$&'*+,:/?e=/?%C3%B1&_.=1"


@pytest.mark.parametrize("url", ["https://a.ec/%", "https://a.ec/%zz", "https://a.ec/?q=%2", "https://a.ec/a[1]"])
def test_what_is_no_address_as_rfc_3986_spells_it_is_refused(url):
    with pytest.raises(Invalid, match="webhook_url"):
        read_url(url, loopback=False)


@pytest.mark.parametrize("url", [WHOLE, "https://a.ec:/", "https://a.ec?", "https://a.ec//?", "HTTPS://xn--a.EC"])
def test_all_that_is_taken_can_be_signed(url):
    assert read_url(url, loopback=False) == url
    assert "Signature" in HttpCourier(Signer())._signed(url, b"{}", datetime.now(UTC))
