"""`ventanilla catalog check` compares a new list of local governments with the one in force."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
IN_FORCE = ROOT / "portals" / "ipsot" / "gads.csv"
ROWS = list(csv.DictReader(IN_FORCE.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a list as it is published."""
    monkeypatch.chdir(ROOT)

    def write(rows):
        path = tmp_path / "new.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["dpa_code", "gad_type", "territory_name"])
            writer.writerows((row["code"], row["level"], row["name"]) for row in rows)
        return path

    return write


def test_the_list_in_force_as_it_is_published_changes_nothing(ventanilla: Command, published):
    done = ventanilla("catalog", "check", published(ROWS))
    assert done.exit_code == 0
    assert "parroquial            825 → 825" in done.stdout
    for word in ("added", "removed", "changed", "without parent"):
        assert f"{word}:" not in done.stdout
    assert "Accounts were not counted" in done.stdout
    assert done.stdout.splitlines()[-1] == "It may be taken."


def test_what_comes_goes_and_changes_is_listed(ventanilla: Command, published):
    rows = [row | {"name": "Ibarra Nueva"} if row["code"] == "1001" else row for row in ROWS if row["code"] != "100157"]
    rows.append({"code": "019999", "level": "parroquial", "name": "Huérfana"})
    done = ventanilla("catalog", "check", published(rows))
    assert done.exit_code == 1
    said = done.stdout
    assert "removed: 1\n  100157" in said
    assert "1001 Ibarra → Ibarra Nueva" in said
    assert "without parent: 1\n  019999 Huérfana" in said
    assert said.splitlines()[-1] == "It may not be taken as it is."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n", "its first line must be code,level,name,province,canton, or dpa_code,gad_type,territory_name"),
        ("dpa_code,gad_type,territory_name\n01,provincial\n", "line 2 does not fill the columns"),
        ("dpa_code,gad_type,territory_name\n01,p,Azuay\n01,p,Azuay\n", "the code 01 stands twice"),
    ],
)
def test_what_is_no_catalogue_is_told_in_a_sentence(ventanilla: Command, tmp_path, monkeypatch, text, why):
    monkeypatch.chdir(ROOT)
    path = tmp_path / "new.csv"
    path.write_text(text, encoding="utf-8")
    done = ventanilla("catalog", "check", path)
    assert done.exit_code == 1
    assert why in done.output


def test_a_portal_without_a_catalogue_has_none_to_compare(ventanilla: Command, published):
    done = ventanilla("catalog", "check", published(ROWS), "--portal", "buzonec")
    assert done.exit_code == 1
    assert "the portal buzonec has no catalogue" in done.output


def test_removed_codes_that_accounts_belong_to_stand_in_the_way(ventanilla: Command, published, monkeypatch):
    monkeypatch.setattr("cli.catalog._in_use", lambda *_, **__: {"100157": 3, "1001": 9})
    done = ventanilla("catalog", "check", published([row for row in ROWS if row["code"] != "100157"]), "--local")
    assert done.exit_code == 1
    assert "removed, but in use: 1\n  100157: 3 accounts" in done.stdout
