"""The exact reader: single rows just as ``triage.answers.reading`` reads them, each answer only once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.answers.conversion import VERSIONS, changes_meanings
from triage.answers.meanings import AnswerMeanings
from triage.answers.reading import ABOUT, may_be_misplaced
from triage.answers.row_faults import Fault, GoodRow, fault_of_row
from triage.documents.document import decode
from triage.documents.json_reading import read_json
from triage.documents.problems import DataFault, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.bit_layout import BitLayout
    from triage.answers.meanings import Wrong
    from triage.answers.row_faults import RowPlace

__all__ = ["ExactReader"]

_BESIDES = tuple(key for key in ABOUT if key not in ("id", "questionnaire"))


class ExactReader:
    """Reads single rows just as ``triage.answers.reading`` does: answer by answer, and each answer only once.

    What is wrong with an answer does not depend on the others, so what was said about it can be remembered. With one
    bad row in a hundred, spelling out the nearest word each time would take longer than all the good rows.
    """

    def __init__(self, layout: BitLayout, keep: Iterable[str] = ()) -> None:
        self._questionnaire = layout.questionnaire
        self._aside = frozenset((*ABOUT, *(name for name in keep if not self._questionnaire.is_question(name))))
        self._layout = layout
        self.is_question = layout.questionnaire.is_question
        self.meanings = AnswerMeanings(layout)
        """What single answers mean; whoever reads rows quickly asks here, too, so that each is asked about once."""

    def read_line(self, raw: bytes, place: RowPlace) -> GoodRow | list[Fault]:
        """Read a line of JSON."""
        try:
            data = read_json(decode(raw, place.file), place.file).data
        except DataFault as fault:
            return self._placed([fault_of_row(place, one.message, one.hint) for one in fault.problems], place)
        return self.read(data, place)

    def read(self, raw: Any, place: RowPlace) -> GoodRow | list[Fault]:
        """Read one row of plain data."""
        name, meanings = place.unnamed, self.meanings
        if not isinstance(raw, dict):
            return self._faults(meanings.wrong(raw, name), place, name)
        bare = "answers" not in raw
        answers = {key: value for key, value in raw.items() if key not in self._aside} if bare else raw["answers"]
        said = [(key, raw[key]) for key in VERSIONS if raw.get(key) is not None]
        if any(changes_meanings(self._questionnaire, key, str(value)) for key, value in said):
            return self._read_earlier(raw, place)
        wrong: list[Wrong] = []
        said_id = raw.get("id")
        named = said_id is not None and said_id != ""
        if named:
            if not (isinstance(said_id, str) and said_id.isascii()):
                wrong += meanings.wrong({"id": said_id, "answers": {}}, name)
            name = name if wrong else str(said_id)
        number = 0
        if isinstance(answers, dict) and (answers or not bare):
            for key, value in answers.items():
                meaning = meanings.of(key, value, bare=bare)
                if isinstance(meaning, int):
                    number |= meaning
                elif meaning is None:
                    return self._read_earlier(raw, place)
                else:
                    wrong += meaning
        else:
            wrong += meanings.wrong({} if bare else {"answers": answers}, name)
        beside = () if bare else (key for key in raw if key not in self._aside)
        looked_at = [key for key in beside if may_be_misplaced(key, self._questionnaire)]
        if raw.get("questionnaire") not in (None, "", self._questionnaire.questionnaire):
            looked_at.append("questionnaire")
        looked_at += [key for key in _BESIDES if key in raw and not _is_plain(raw[key])]
        for key in looked_at:
            wrong += meanings.wrong({key: raw[key], "answers": {}}, name)
        return self._faults(wrong, place, name) if wrong else GoodRow(name, named, number, raw)

    def _read_earlier(self, raw: dict[str, Any], place: RowPlace) -> GoodRow | list[Fault]:
        """Read a row of which answers may mean something else together than each by itself."""
        read = {key: value for key, value in raw.items() if key in ABOUT or key not in self._aside}
        try:
            case = self.meanings.read(read, place.unnamed)
        except DataFault:
            name = self._id_of(raw, place)
            return self._faults(self.meanings.wrong(read, place.unnamed, name), place, name)
        return GoodRow(case.id, case.named, self._layout.number_of(case.answers.given()), raw, case)

    def _id_of(self, raw: dict[str, Any], place: RowPlace) -> str:
        try:
            return self.meanings.read({"id": raw.get("id"), "answers": {}}, place.unnamed).id
        except DataFault:
            return place.unnamed

    def _faults(self, wrong: Iterable[Wrong], place: RowPlace, name: str) -> list[Fault]:
        return self._placed([one.at(place, name) for one in wrong], place)

    def _placed(self, faults: list[Fault], place: RowPlace) -> list[Fault]:
        """Return the faults of a row with their exact places, where these can be known."""
        if not faults or place.written is None:
            return faults
        places: dict[str, list[Place]] = {}
        for problem in place.written.problems(place.file, self._questionnaire, place.unnamed):
            places.setdefault(problem.message, []).append(problem.place)
        return [fault.standing_at(at.pop(0)) if (at := places.get(fault.message)) else fault for fault in faults]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()
