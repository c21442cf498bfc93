"""The README's walk-through and its portal work as they are printed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app as ventanilla
from local.site import ROOT
from tests.flows.bureau import PASSWORD, Member, bureau
from tests.flows.town import Town
from tests.makers import make_cedula

_SECTION = re.compile(r"<!-- walk-through.*?(?=^## )", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_walk_through_of_the_readme_works_as_printed(town: Town, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = _SECTION.search(readme)
    assert section, "the README marks its walk-through"
    script = "set -eu\n" + "\n".join(_BLOCK.findall(section[0])).replace("http://127.0.0.1:8000", town.local.base_url)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "demo.json").write_text(json.dumps(town.local.demo))
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout
    assert said.count('"status":"active"') == 2, "both registrations are confirmed"
    assert '"code":"1001"' in said, "the GAD is found"
    assert "Tiene una notificación de: Institución de demostración (OFICIO-2026-001)" in _decoded(said)
    assert '"body":"Su trámite fue **aprobado**."' in _decoded(said), "the letter is read"
    assert re.search(r"alerted\n(.*(sent|delivered)\n)*.*opened", said), "the institution sees it opened"
    assert said.rstrip().splitlines()[-1].startswith('{"session"'), "the new password enters"


def test_the_portal_of_the_readme_is_whole_as_printed(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [definition] = re.findall(r"^```toml\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    path = tmp_path / "biblioteca.toml"
    path.write_text(definition, encoding="utf-8")
    checked = CliRunner().invoke(ventanilla, ["portal", "check", str(path)])
    assert (checked.exit_code, checked.stdout) == (0, f"{path}: no mistakes\n")
    with bureau(tmp_path / "site", biblioteca=definition) as site:
        number = make_cedula(10, 4711)
        form = {
            "identifier": {"kind": "cedula", "number": number},
            "given_names": "Ana",
            "surnames": "Pérez",
            "email": "ana@example.ec",
        }
        site.expect(202, "POST", "/v1/portals/biblioteca/registrations", form)
        choice = {"token": site.mailed_token("ana@example.ec"), "password": PASSWORD}
        site.expect(200, "POST", "/v1/verifications/password", choice)
        member = Member(site, "biblioteca", number, "ana@example.ec")
        assert member.enter()["pending"] == []
        assert member.call(200, "GET", "/v1/inbox")["items"] == []


def _decoded(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
