"""A receipt, from the posting to its check on somebody's own machine, without the platform."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.site import ROOT
from tests.flows.town import Town, expect, problem


def verify(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, in a folder where it finds nothing of the site."""
    command = [sys.executable, "-c", "from cli.main import app; app()", "receipt", *map(str, arguments)]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'common'}", "PATH": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def kept(town: Town, tmp_path: Path) -> Path:
    """The platform's keys, kept at some earlier time."""
    path = tmp_path / "keys.json"
    path.write_text(town.http.get("/v1/keys").text, encoding="utf-8")
    return path


def test_both_sides_hold_a_receipt_that_needs_no_platform(town: Town, kept: Path, tmp_path: Path):
    citizen = town.citizen()
    number = town.notify(citizen)["id"]
    problem(citizen.call("GET", f"/v1/inbox/{number}/receipt"), 409, "not-opened")
    expect(citizen.open(number), 200)

    path = f"/v1/notifications/{number}/receipt"
    files = {
        "citizen.pdf": citizen.call("GET", f"/v1/inbox/{number}/receipt", Accept="application/pdf"),
        "citizen.json": citizen.call("GET", f"/v1/inbox/{number}/receipt?format=json"),
        "institution.pdf": town.sender.request("GET", path, params={"format": "pdf"}),
        "institution.json": town.sender.request("GET", path),
    }
    for name, answer in files.items():
        assert answer.status_code == 200, answer.text
        (tmp_path / name).write_bytes(answer.content)
        checked = verify("verify", name, "--keys", kept, folder=tmp_path)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert number in checked.stdout
        forged = bytearray(answer.content)
        forged[len(forged) // 3] ^= 1
        (tmp_path / name).write_bytes(forged)
        assert verify("verify", name, "--keys", kept, folder=tmp_path).returncode == 1

    told = json.loads(files["citizen.json"].content)["receipt"]
    states = [one["state"] for one in told["timeline"]]
    assert states[:2] == ["accepted", "available"]
    assert "opened" in states
    assert told["recipient"]["number"] == citizen.number
    assert town.sender.get(number).json()["digest"] == told["content"]


def test_nobody_else_gets_one(town: Town):
    citizen, other = town.settler(), town.settler()
    number = town.notify(citizen)["id"]
    expect(citizen.open(number), 200)
    problem(other.call("GET", f"/v1/inbox/{number}/receipt"), 404, "not-found")
    problem(town.http.get(f"/v1/inbox/{number}/receipt"), 401, "unauthenticated")
    problem(town.http.get(f"/v1/notifications/{number}/receipt"), 401, "signature-missing")
    with town.institution("otra-entidad") as stranger:
        problem(stranger.request("GET", f"/v1/notifications/{number}/receipt"), 404, "not-found")


def test_a_later_receipt_tells_the_same_beginning(town: Town):
    citizen = town.settler()
    number = town.notify(citizen)["id"]

    def digests() -> list[str]:
        answer = town.sender.request("GET", f"/v1/notifications/{number}/receipt")
        return [one["digest"] for one in answer.json()["receipt"]["timeline"]]

    before = digests()
    expect(citizen.open(number), 200)
    assert digests()[: len(before)] == before
