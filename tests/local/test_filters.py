"""Event filtering."""

import pytest

from local.cfn import TemplateError
from local.filters import check_pattern, passes

EVENT = {
    "eventName": "INSERT",
    "dynamodb": {"NewImage": {"pk": {"S": "n#abc"}, "n": {"N": "5"}}},
    "tags": ["a", "b"],
    "count": 5,
    "open": True,
    "nothing": None,
}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["insert"]}, False),
        ({"eventName": [{"equals-ignore-case": "insert"}]}, True),
        ({"dynamodb": {"NewImage": {"pk": {"S": [{"prefix": "n#"}]}}}}, True),
        ({"dynamodb": {"NewImage": {"pk": {"S": [{"prefix": "m#"}]}}}}, False),
        ({"dynamodb": {"OldImage": {"pk": {"S": [{"prefix": "n#"}]}}}}, False),
        ({"dynamodb": {"NewImage": {"pk": {"S": [{"suffix": "bc"}]}}}}, True),
        ({"eventName": ["INSERT"], "count": [6]}, False),
        ({"tags": ["b"]}, True),
        ({"tags": ["c"]}, False),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, True),
        ({"count": [{"numeric": ["<", 5]}]}, False),
        ({"open": [{"numeric": ["=", 1]}]}, False),
        ({"open": [True]}, True),
        ({"open": [1]}, False),
        ({"nothing": [None]}, True),
        ({"absent": [None]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"dynamodb": {"OldImage": {"pk": [{"exists": False}]}}}, True),
        ({"count": [{"exists": True}]}, True),
        ({"eventName": [{"anything-but": ["REMOVE", "MODIFY"]}]}, True),
        ({"eventName": [{"anything-but": "INSERT"}]}, False),
        ({"eventName": [{"anything-but": {"prefix": "INS"}}]}, False),
        ({"$or": [{"count": [6]}, {"open": [True]}]}, True),
        ({"$or": [{"count": [6]}, {"open": [False]}]}, False),
    ],
)
def test_a_pattern_lets_through_what_it_says(pattern, fits):
    check_pattern(pattern)
    assert passes([pattern], EVENT) is fits


def test_one_pattern_of_several_suffices():
    assert passes([{"count": [6]}, {"count": [5]}], EVENT)


def test_without_patterns_everything_passes():
    assert passes([], "anything")


@pytest.mark.parametrize("pattern", [{"a": [{"wildcard": "x*"}]}, {"a": "b"}, {"$or": [{"a": [{"cidr": "::"}]}]}])
def test_what_cannot_be_followed_is_refused(pattern):
    with pytest.raises(TemplateError):
        check_pattern(pattern)
