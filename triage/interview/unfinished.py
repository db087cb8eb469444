"""Interviews that were broken off: kept on this machine only, for a while, so that no answer is lost."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from triage.answers.examples import given_states
from triage.conditions.answer_state import AnswerState, Missing
from triage.conditions.condition import questions_in
from triage.conditions.reading import condition_data
from triage.documents.bounded_reading import read_bytes
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.safe_writing import make_private_folder, written_whole
from triage.interview.interview import Interview

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.protocol.former_answer import FormerAnswer
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

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
        for path in (*self._whole(), *self._half_written()):
            with suppress(OSError):  # what cannot be looked at or deleted must not stop anybody
                written = path.stat().st_mtime
                if written < oldest:
                    path.unlink(missing_ok=True)
                elif path.suffix == ".json":
                    found.append((written, path))
        return [path for _, path in sorted(found, reverse=True)]

    def new_path(self) -> Path:
        """Return where a new interview will be kept."""
        return self._folder / f"{self._protocol.name}-{secrets.token_hex(8)}.json"

    def save(self, path: Path, interview: Interview) -> None:
        """Keep the answers given so far, replacing the file as a whole.

        Raises:
            DataFault: the file or its folder cannot be written.

        """
        make_private_folder(self._folder)
        questions = self._protocol.questionnaire.by_id
        kept = {
            "version": self._protocol.version,
            "digest": self._protocol.digest,
            "history": list(interview.history),
            "answers": {name: _written(state) for name, state in interview.given.items()},
            "withdrawn": {name: _written(state) for name, state in interview.withdrawn.items()},
            "questions": {name: _fingerprint(questions[name]) for name in (*interview.given, *interview.withdrawn)},
        }
        with written_whole(path) as file:
            json.dump(kept, file)

    def restore(self, path: Path) -> Restored | None:
        """Take up an interview again; None if its file cannot be read any more."""
        try:
            kept = json.loads(read_bytes(path))
            prints = dict(kept["questions"])
            said, taken_back = _read(kept["answers"]), _read(kept.get("withdrawn", {}))
            given = self._still_good(said, prints)
            withdrawn = self._still_good(taken_back, prints)
            answered = [str(name) for name in list(kept["history"])]
        except (DataFault, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            return None
        questions = self._protocol.questionnaire.by_id
        history = tuple(dict.fromkeys(name for name in (*answered, *given) if name in given))
        changed = tuple(questions[name] for name in answered if name in questions and name not in given)
        same = kept.get("digest") == self._protocol.digest
        return Restored(
            Interview(self._protocol, given, history, withdrawn), changed, None if same else str(kept.get("version"))
        )

    def _still_good(self, states: Mapping[str, AnswerState], prints: Mapping[str, str]) -> dict[str, AnswerState]:
        """Return the answers whose question still means the same, and that are answers to it.

        Where all that was said to a question is called otherwise now, and means the same, that is taken over. What
        former answers leave open is asked again, and so is what they say of other questions.
        """
        questions = self._protocol.questionnaire.by_id
        former = [entry for entry in self._protocol.questionnaire.former_answers if _holds(states, entry)]
        open_again = {name for entry in former for name in (*entry.means, *entry.ask_again) if name != entry.question}
        open_again.update(entry.question for entry in former if entry.question in entry.ask_again)
        same = {
            name: state
            for name, state in states.items()
            if name in questions and prints.get(name) == _fingerprint(questions[name])
        }
        found = {**same, **self._renamed(states, former)}
        good = {
            name: found[name]
            for name in states
            if name in found and name not in open_again and _answers(found[name], questions[name])
        }
        return self._shown_as_then(good, states)

    def _shown_as_then(
        self, good: Mapping[str, AnswerState], states: Mapping[str, AnswerState]
    ) -> dict[str, AnswerState]:
        """Leave out the answers of which some choices were shown by an answer that is no longer good."""
        questions = self._protocol.questionnaire.by_id
        gone = states.keys() - good.keys()
        return {
            name: state
            for name, state in good.items()
            if all(
                gone.isdisjoint(questions_in(one)) for choice in questions[name].choices for one in choice.conditions
            )
        }

    def _renamed(self, states: Mapping[str, AnswerState], former: Iterable[FormerAnswer]) -> dict[str, frozenset[str]]:
        """Return the answers of which every code is called otherwise now and speaks of no other question."""
        meant = {(entry.question, entry.code): entry.means for entry in former if [*entry.means] == [entry.question]}
        return {
            name: frozenset(now for code in state for now in meant[name, code][name])
            for name, state in states.items()
            if not isinstance(state, Missing) and all((name, code) in meant for code in state)
        }

    def forget(self) -> int:
        """Delete all unfinished interviews of the protocol and return how many there were.

        Raises:
            DataFault: one of them cannot be deleted.

        """
        paths = self._whole()
        problems = []
        for path in (*paths, *self._half_written()):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                text = f"This file cannot be deleted: {error.strerror or error}."
                problems.append(Problem(Place(str(path)), text))
        if problems:
            raise DataFault(problems)
        return len(paths)

    def _whole(self) -> list[Path]:
        """Return the files of this protocol, and not those of another whose name begins alike."""
        name = re.compile(rf"{re.escape(self._protocol.name)}-[0-9a-f]+\.json")
        return [path for path in self._files() if name.fullmatch(path.name)]

    def _half_written(self) -> list[Path]:
        """Return what is left of files that were being written when the program was killed."""
        name = re.compile(rf"\.{re.escape(self._protocol.name)}-[0-9a-f]+\.json\..*\.part")
        return [path for path in self._files() if name.fullmatch(path.name)]

    def _files(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except OSError:  # there is none yet, or it cannot be looked into
            return []


def _holds(states: Mapping[str, AnswerState], entry: FormerAnswer) -> bool:
    """Return whether a former answer was given; a code that is still in use is told by its question's fingerprint."""
    state = states.get(entry.question, Missing.UNKNOWN)
    return entry.until is None and not isinstance(state, Missing) and entry.code in state


def _read(written: Mapping[str, str | list[str]]) -> dict[str, AnswerState]:
    return given_states({name: one if isinstance(one, str) else tuple(one) for name, one in written.items()})


def _answers(state: AnswerState, question: Question) -> bool:
    """Return whether a state is an answer that the screen could have given."""
    if isinstance(state, Missing):
        return question.unknown
    alone = len(state) == 1
    return state <= question.by_code.keys() and (alone or (question.multiple and not state & question.alone))


def _written(state: AnswerState) -> str | list[str]:
    return state.value if isinstance(state, Missing) else sorted(state)


def _fingerprint(question: Question) -> str:
    """Return what changes when the meaning of a saved answer may have changed."""
    choices = [
        (choice.code, choice.label, choice.description, *map(condition_data, choice.conditions))
        for choice in question.choices
    ]
    meaning = json.dumps([question.text, question.type, choices])
    return hashlib.sha256(meaning.encode()).hexdigest()[:16]
