"""The environment of the functions."""

import os
from pathlib import Path

import pytest

from local.cfn import TemplateError
from local.environment import in_place, union, write_json
from local.template import Function


def function(name, **environment):
    return Function(name, Path(), "app.handler", 10, 128, environment)


def test_the_functions_variables_are_joined():
    assert union([function("a", X="1"), function("b", X="1", Y="2")]) == {"X": "1", "Y": "2"}


def test_two_values_for_one_name_are_an_error():
    with pytest.raises(TemplateError, match="b sets X"):
        union([function("a", X="1"), function("b", X="2")])


def test_nothing_leads_to_a_real_account_and_all_is_put_back(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere")
    before = dict(os.environ)
    with in_place({"AWS_ACCESS_KEY_ID": "local", "X": "1"}):
        assert "AWS_PROFILE" not in os.environ
        assert "AWS_ENDPOINT_URL" not in os.environ
        assert os.environ["AWS_CONFIG_FILE"] == os.devnull
        assert os.environ["X"] == "1"
        os.environ["LEFT_BY_A_HANDLER"] = "1"
    assert dict(os.environ) == before


def test_files_with_keys_are_read_by_their_owner_only(tmp_path):
    write_json(tmp_path / "demo.json", {"a": "ñ"})
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
    assert "ñ" in (tmp_path / "demo.json").read_text(encoding="utf-8")
