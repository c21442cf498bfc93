"""`ventanilla notify --attach` declares and uploads files, and sends them along."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.platform_fake import Platform, problem
from tests.cli.test_notify import LETTER, sent

CONTENT = b"%PDF-1.7"
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf", "c.unknown"):
        (tmp_path / name).write_bytes(CONTENT)


def test_each_file_is_declared_uploaded_as_the_answer_says_and_named_in_the_letter(
    signed: Command, platform: Platform
) -> None:
    result = signed("notify", *LETTER, "--attach", "a.pdf", "--attach", "b.pdf")
    assert (result.exit_code, result.stdout) == (0, "id-R-1  available\n")
    assert json.loads(platform.received[0].body) == {
        "file_name": "a.pdf",
        "media_type": "application/pdf",
        "size": len(CONTENT),
        "sha256": SHA,
    }
    assert platform.files == {"/bucket/a.pdf": (CONTENT, SHA), "/bucket/b.pdf": (CONTENT, SHA)}
    assert sent(platform)["attachments"] == ["id-a.pdf", "id-b.pdf"]


def test_what_the_platform_does_not_take_is_said_and_nothing_is_posted(signed: Command, platform: Platform) -> None:
    platform.plays["c.unknown"].append(problem(422, "validation", "Files of this type are not taken"))
    result = signed("notify", *LETTER, "--attach", "c.unknown")
    assert result.exit_code == 1
    assert "Files of this type are not taken" in result.stderr
    assert json.loads(platform.received[0].body)["media_type"] == "application/octet-stream"
    assert (platform.references, platform.files) == ([], {})


def test_nor_is_it_where_the_store_refuses(signed: Command, platform: Platform) -> None:
    platform.full = True
    result = signed("notify", *LETTER, "--attach", "a.pdf")
    assert result.exit_code == 1
    assert "a.pdf: the store answered 503" in result.stderr
    assert platform.references == []


def test_a_file_that_is_not_there_is_said(signed: Command, platform: Platform) -> None:
    result = signed("notify", *LETTER, "--attach", "nothing.pdf")
    assert result.exit_code == 1
    assert "nothing.pdf: No such file" in result.stderr
    assert platform.received == []


def test_files_go_with_one_letter_only(signed: Command, platform: Platform) -> None:
    assert signed("notify", "--file", "many.jsonl", "--attach", "a.pdf").exit_code == 2
