"""The README's walk-through works as it is printed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from local.site import ROOT
from tests.flows.town import Town

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
    assert re.search(r"alerted\n.*opened", said), "the institution sees it opened"
    assert said.rstrip().splitlines()[-1].startswith('{"session"'), "the new password enters"


def _decoded(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
