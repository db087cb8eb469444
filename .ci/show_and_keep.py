"""Run a command with nothing to read; show what it says, and keep it in the file that is named first."""

import subprocess
import sys
from pathlib import Path

log, *command = sys.argv[1:]
with Path(log).open("w", encoding="utf-8") as kept:
    started = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert started.stdout is not None
    for line in started.stdout:
        print(line, end="", flush=True)
        kept.write(line)
sys.exit(started.wait())
