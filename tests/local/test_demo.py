"""Demo data."""

from stdnum.ec import ci

from local.demo import make_cedula


def test_cedulas_are_valid():
    assert all(ci.is_valid(make_cedula(province)) for province in ("01", "17", "24") for _ in range(100))
