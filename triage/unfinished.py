"""Interviews that were broken off: kept on this machine only, for a while, so that no answer is lost."""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from triage.answer_state import AnswerState, Missing
from triage.examples import given_states
from triage.interview import Interview
from triage.problems import DataFault, Place, Problem
from triage.safe_writing import written_whole

if TYPE_CHECKING:
    from triage.protocol import Protocol
    from triage.questionnaire import Question

__all__ = ["DAYS_KEPT", "Restored", "UnfinishedInterviews", "default_folder"]

DAYS_KEPT = 30


def default_folder() -> Path:
    """Return the folder of this user for unfinished interviews, as the operating system wants it."""
    from platformdirs import user_state_path

    return user_state_path("triage-interviews", appauthor=False)


@dataclass(frozen=True)
class Restored:
    """An interview that was taken up again."""

    interview: Interview
    asked_again: tuple[Question, ...]
    """Questions that have changed since, or whose saved answer is none any more."""
    older_version: str | None
    """Version of the rules it was begun under, if they have changed since."""


class UnfinishedInterviews:
    """The unfinished interviews of one protocol in one folder, a file each."""

    def __init__(self, protocol: Protocol, folder: Path) -> None:
        self._protocol = protocol
        self._folder = folder

    def paths(self) -> list[Path]:
        """Return the files, the newest first; those older than 30 days are deleted."""
        found = []
        oldest = datetime.datetime.now().timestamp() - DAYS_KEPT * 24 * 3600
        for part in self._half_written():
            if part.stat().st_mtime < oldest:
                part.unlink(missing_ok=True)
        for path in self._folder.glob(f"{self._protocol.name}-*.json"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
            else:
                found.append(path)
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def new_path(self) -> Path:
        """Return where a new interview will be kept."""
        return self._folder / f"{self._protocol.name}-{secrets.token_hex(8)}.json"

    def save(self, path: Path, interview: Interview) -> None:
        """Keep the answers given so far, replacing the file as a whole.

        Raises:
            DataFault: the file or its folder cannot be written.

        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            text = f"This folder cannot be written: {error.strerror or error}."
            raise DataFault([Problem(Place(str(self._folder)), text)]) from None
        questions = self._protocol.questionnaire.by_id
        kept = {
            "version": self._protocol.version,
            "digest": self._protocol.digest,
            "history": list(interview.history),
            "answers": {name: _written(state) for name, state in interview.given.items()},
            "questions": {name: _fingerprint(questions[name]) for name in interview.given},
        }
        with written_whole(path) as file:
            json.dump(kept, file)

    def restore(self, path: Path) -> Restored | None:
        """Take up an interview again; None if its file cannot be read any more."""
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            written, history, prints = kept["answers"], kept["history"], kept["questions"]
            states = given_states(
                {name: value if isinstance(value, str) else tuple(value) for name, value in written.items()}
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            return None
        questions = self._protocol.questionnaire.by_id
        good = {
            name: state
            for name, state in states.items()
            if name in questions
            and prints.get(name) == _fingerprint(questions[name])
            and (isinstance(state, Missing) or state <= questions[name].by_code.keys())
        }
        interview = Interview(self._protocol, good, tuple(name for name in history if name in good))
        changed = tuple(questions[name] for name in history if name in questions and name not in good)
        same = kept.get("digest") == self._protocol.digest
        return Restored(interview, changed, None if same else str(kept.get("version")))

    def forget(self) -> int:
        """Delete all unfinished interviews and return how many there were."""
        paths = list(self._folder.glob(f"{self._protocol.name}-*.json"))
        for path in (*paths, *self._half_written()):
            path.unlink(missing_ok=True)
        return len(paths)

    def _half_written(self) -> list[Path]:
        """Return what is left of files that were being written when the program was killed."""
        return list(self._folder.glob(f".{self._protocol.name}-*.json.*.part"))


def _written(state: AnswerState) -> str | list[str]:
    return state.value if isinstance(state, Missing) else sorted(state)


def _fingerprint(question: Question) -> str:
    """Return what changes when the meaning of a saved answer may have changed."""
    choices = [(choice.code, choice.label, choice.description) for choice in question.choices]
    meaning = json.dumps([question.text, question.type, choices])
    return hashlib.sha256(meaning.encode()).hexdigest()[:16]
