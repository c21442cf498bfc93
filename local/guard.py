"""Runs a command for as long as standard input is open, so that nothing outlives a parent that was killed."""

import os
import subprocess
import sys
from threading import Thread


def main(command: list[str]) -> int:
    """Run the command; end it when standard input does."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # what our parent says

    def watch() -> None:
        while os.read(0, 1024):  # not through sys.stdin, whose lock would be missed at the end
            pass
        child.terminate()

    Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
