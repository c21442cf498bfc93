"""An institution whose quota is zero posts nothing at all, and not one a day."""

import pytest

from tests.fakes import NOW
from ventanilla.domain.throttling import posts_a_day


@pytest.mark.parametrize("most", [0, 1, 99, 101])
def test_no_more_pass_than_the_quota_says(services, most):
    waits = [services.quotas.use(posts_a_day(most), "municipio", NOW) for _ in range(most + 3)]
    assert waits.count(0) == most
