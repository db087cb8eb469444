"""The program in a process of its own, with pipes instead of a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from conversation import Person, assert_plain

import triage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conversation import Respond

PROMPTS = ("Answer: ", "Number: ")
KEPT = "Your answers are kept. To go on: triage ask --resume. To delete them: triage ask --forget."


class Piped:
    """``triage`` with pipes instead of a terminal; ``text`` is what a terminal would show, typed lines too."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        home: Path,
        *,
        more: Mapping[str, str] | None = None,
        start: Sequence[str] = ("-m", "triage"),
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *start, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=surroundings(home, more),
            cwd=home,
        )
        self._watch = threading.Timer(60, self._process.kill)
        self._watch.daemon = True
        self._watch.start()
        self.text = ""
        self.written = b""
        """The very bytes that the program wrote."""

    def listen(self) -> str | None:
        """Read to the next place where something is to be typed and return what is new; None at the end."""
        assert self._process.stdout is not None
        new = b""
        while not new.endswith(tuple(prompt.encode() for prompt in PROMPTS)):
            part = os.read(self._process.stdout.fileno(), 65_536)
            if not part:
                break
            new += part
        self.written += new
        self.text += new.decode()
        return new.decode() if new.endswith(tuple(prompt.encode() for prompt in PROMPTS)) else None

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        self.text += f"{line}\n"

    def talk(self, person: Respond, until: str | None = None) -> str | None:
        """Let a person answer to the end, or until it is about to answer a question or an offer; return its words."""
        while (shown := self.listen()) is not None:
            line = person(shown)
            if until is not None and isinstance(person, Person) and person.asked[-1] == until:
                person.asked.pop()
                return shown
            assert line is not None
            self.say(line)
        return None

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()
        self.end(closing=False)

    def end(self, *, closing: bool = True) -> int:
        """Close the input, read what is still said, and return the exit code."""
        assert self._process.stdin is not None
        if closing:
            self._process.stdin.close()
        while self.listen() is not None:
            pass
        code = self._process.wait(60)
        self._watch.cancel()
        if not closing:
            self._process.stdin.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert "Traceback" not in self.text, self.text
        assert_plain(self.written.decode())
        return code


def surroundings(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    path = os.pathsep.join(filter(None, [str(Path(triage.__file__).parent.parent), os.environ.get("PYTHONPATH")]))
    own = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    return {**kept, **own, **(more or {})}


def kept(home: Path) -> list[Path]:
    return sorted(path for path in (home / "state").rglob("*") if path.is_file())


def run(arguments: Sequence[str | Path], home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", *map(str, arguments)]
    environment = surroundings(home)
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def last_number(shown: str) -> int:
    return int(re.findall(r"^Question (\d+)", shown, re.MULTILINE)[-1])
