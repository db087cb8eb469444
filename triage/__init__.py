"""Rule-based triage by questionnaire: likely benign, or see a doctor, how soon, and why.

Education and triage support, never a diagnosis or a treatment. The public names stand here; everything else may move.

>>> import triage
>>> protocol = triage.load_protocol()
>>> result = triage.assess_answers(protocol, {"thinking": ["new_confusion_or_drowsiness"]})
>>> result.outcome.value, result.urgency.value
('suggests_disease', 'emergency')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from triage.assessment.assessment import Assessment
    from triage.batch.relations import ScoredRelation
    from triage.documents.problems import DataFault
    from triage.protocol.protocol import Protocol

__all__ = ["DataFault", "__version__", "assess_answers", "load_protocol", "score_relation"]


def __getattr__(name: str) -> Any:
    """Return ``DataFault`` when it is asked for first, so that importing this package stays quick."""
    if name == "DataFault":
        from triage.documents.problems import DataFault

        return DataFault
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_protocol(folder: str | Path | None = None) -> Protocol:
    """Read a protocol from its folder; the one that comes with the package if none is named.

    Raises:
        DataFault: a file is missing or broken, or the name is empty; every problem is in its ``problems``.
        TypeError: the folder is no path.

    """
    import os
    from pathlib import Path

    from triage.documents.data_folders import shipped_protocol
    from triage.documents.problems import DataFault, Place, Problem
    from triage.protocol.reading import read_protocol

    if folder is None:
        return read_protocol(shipped_protocol())
    if folder == "":
        hint = "Leave the folder out for the protocol that comes with the package."
        raise DataFault([Problem(Place("protocol"), "The name of the folder is empty.", hint)])
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"the folder of a protocol is a path, not {folder!r}")
    return read_protocol(Path(folder))


def assess_answers(
    protocol: Protocol,
    answers: Mapping[str, Any],
    *,
    engine: str | None = None,
    case_id: str = "case",
) -> Assessment:
    """Judge one person's answers, codes by question id; what is left out is unknown, never "no".

    Args:
        protocol: the rules, from ``load_protocol``.
        answers: a code, or a list, tuple or set of codes, by question id.
        engine: ``plain`` or ``durable``; every engine that can run here if none is named.
        case_id: a name for the result.

    Raises:
        DataFault: an unknown question or choice, contradictory choices, or a whole case in place of its answers.
        TypeError: ``protocol`` is none, ``answers`` are no mapping, or ``case_id`` is no text.

    Warns:
        UserWarning: some answers are those of an earlier questionnaire; it says which were taken over, and what to ask
            again.

    """
    import warnings
    from collections.abc import Mapping

    from triage.answers.former_report import FormerReport
    from triage.answers.reading import read_case
    from triage.assessment.as_asked import as_asked
    from triage.assessment.assessment import assess
    from triage.documents.document import Document
    from triage.documents.problems import DataFault, Place, Problem
    from triage.engines import available_engines, build_engine
    from triage.protocol.protocol import Protocol

    if not isinstance(protocol, Protocol):
        raise TypeError(f"the protocol is what load_protocol gives, not {protocol!r}")
    if not isinstance(answers, Mapping):
        raise TypeError(f"answers are a mapping of question ids to codes, not {answers!r}")
    if not isinstance(case_id, str):
        raise TypeError(f"the name of a result is a text, not {case_id!r}")
    if isinstance(answers.get("answers"), Mapping):
        hint = "Pass what stands under its key 'answers', and its id as case_id."
        raise DataFault([Problem(Place("answers"), "This is a whole case, not its answers.", hint)])
    given = {
        question: sorted(codes, key=str) if isinstance(codes, tuple | set | frozenset) else codes
        for question, codes in answers.items()
    }
    document = Document("answers", {"id": case_id, "answers": given}, lambda: None)
    case = read_case(document, (), protocol.questionnaire, unnamed=case_id)
    if said := "\n".join(FormerReport.of(case).lines(protocol.questionnaire)):
        warnings.warn(said, stacklevel=2)
    engines = [build_engine(engine, protocol)] if engine else available_engines(protocol)
    return assess(protocol, as_asked(protocol, case.answers), engines, case_id=case_id)


def score_relation(
    relation: Any, protocol: Protocol, *, fields: Sequence[str] | None = None, keep: Sequence[str] = ()
) -> ScoredRelation:
    """Score a table in memory: a row a person, a column a question.

    Spark, Ray and Dask take ``triage.batch.relations.ArrowScorer``.

    Args:
        relation: a pandas or polars frame, an Arrow table, batch or reader, or a DuckDB relation.
        protocol: the rules, from ``load_protocol``.
        fields: the fields wanted, of those of ``triage score``; all if none are named.
        keep: other columns to carry along.

    Returns:
        ``results``, a row for each good row, of the same kind as the relation (an Arrow table for DuckDB), and
        ``faults``, what is wrong with the other rows.

    Raises:
        TypeError: the relation is none of these.

    Warns:
        UserWarning: some rows answer an earlier questionnaire; it says what was taken over, and what to ask again.

    """
    from triage.assessment.score_line import FIELDS
    from triage.batch.relations import score_relation as score

    return score(relation, protocol, fields=FIELDS if fields is None else fields, keep=keep)
