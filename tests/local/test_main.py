"""`make run` says in one line why it does not start."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"STORE": "redis"}, "moto or dynoxide"),
        ({"RUNTIME": "docker"}, "inproc or ric"),
        ({"PORT": "x"}, "number"),
        ({"PORT": "65535"}, "below 65535"),  # the sample service has the next one
    ],
)
def test_a_variable_that_makes_no_sense_is_named(variables, words):
    ended = run(**variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_missing_dynoxide_is_explained(tmp_path, monkeypatch):
    from local import dynoxide

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dynoxide, "_TOOLS", tmp_path)
    with pytest.raises(dynoxide.DynoxideMissing, match="make dynoxide"):
        dynoxide.find_dynoxide()


def test_what_a_guard_runs_ends_with_its_parent():
    from local.dynoxide import _GUARD

    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", _GUARD, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert guard.stdin is not None
    assert guard.stdout is not None
    assert guard.stdout.readline() == "up\n"
    guard.stdin.close()
    assert guard.wait(timeout=10) == -signal.SIGTERM % 256
    guard.stdout.close()


@pytest.mark.parametrize("before", [0, 1], ids=["the site's", "the sample service's"])
def test_a_taken_port_is_one_line(before, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(PORT=str(taken.getsockname()[1] - before), LOCAL_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert "choose another with PORT=" in ended.stderr
    assert ended.stderr.count("\n") == 1
