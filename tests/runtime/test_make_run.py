"""`make run`: comes up with its data, and ends without a word."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_site_comes_up_and_ends_by_ctrl_c(tmp_path):
    environment = {**os.environ, "PORT": "0", "LOCAL_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while lines[-1] and not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
        demo = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
        assert lines[0].split() == ["Ventanilla", demo["base_url"]]
        assert demo["citizen"]["identifier"] in "".join(lines)
        assert demo["institution"]["key_id"] in "".join(lines)
        assert lines[-1] == "Ctrl-C ends it.\n"
        with urllib.request.urlopen(f"{demo['base_url']}/_local/outbox?to=citizen@example.ec") as answer:
            assert len(json.load(answer)["items"]) == 1
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")
