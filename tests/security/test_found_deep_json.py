"""JSON that is nested more deeply than Python recurses was a fault of ours (500), and held a batch for ever."""

import pytest

from ventanilla.web import read_line
from ventanilla.web.errors import MalformedBody

DEEPEST = 32


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return f'{{"a":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()


@pytest.mark.parametrize("depth", [DEEPEST + 1, 400, 502, 600, 900, 1_200, 30_000])
@pytest.mark.parametrize("marks", ["[]", ('{"a":', "}")])
def test_what_is_nested_too_deeply_is_malformed_at_any_depth(depth, marks):
    with pytest.raises(MalformedBody):
        read_line(nested(depth, *marks))


def test_as_deep_as_that_is_read():
    assert read_line(nested(DEEPEST))
