"""Records: what one entry of a data file may hold, checked by pydantic and reported by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from triage.conditions.condition import Condition
from triage.conditions.reading import ConditionFault, Vocabulary, condition_data, read_condition
from triage.documents.output_text import shown
from triage.documents.problems import Problem, did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationInfo
    from pydantic_core import ErrorDetails

    from triage.documents.document import Document, Steps

__all__ = ["AnswerField", "Code", "ConditionField", "Record", "Text", "TrueOrFalse", "read_record"]


class Record(BaseModel):
    """An entry of a data file: unchangeable, with no fields but the declared ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _condition(raw: Any, info: ValidationInfo) -> Condition:
    if not isinstance(info.context, Vocabulary):
        return raw  # type: ignore[no-any-return]  # built by code, already a tree
    try:
        return read_condition(raw, info.context)
    except ConditionFault as fault:
        raise PydanticCustomError("condition", "condition", {"flaws": fault.flaws}) from None


ConditionField = Annotated[Any, PlainValidator(_condition), PlainSerializer(condition_data)]
"""A condition as data, read against the vocabulary that the validation was given."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
TrueOrFalse = Annotated[bool, Strict()]
"""``true`` or ``false``; a text such as ``"no"`` is neither, whatever it was meant to say."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]*$": "a code in small letters, digits, _ or -",
    r"^[A-Z][0-9]{2,3}[a-z]?$": "an id of one capital letter and two or three digits, such as X01 or X01a",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "words of lower-case letters and digits joined by hyphens",
    r"^S[0-9]+$": "an id such as S1",
    r"^https?://[^\s|#]*[^\s|#/]$": "an address such as https://example.org/fhir, without a slash at its end",
    r"^[0-9]{1,3} (days|weeks|months|years)$": "an age such as 7 months",
}
"""What each pattern of a field asks for."""


def _answer(raw: Any) -> str | tuple[str, ...]:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, list | tuple) and raw and all(isinstance(code, str) for code in raw):
        return tuple(raw)
    raise PydanticCustomError("answer", "answer")


AnswerField = Annotated[Any, PlainValidator(_answer)]
"""A code or a list of codes, as an example, a profile or a case gives it."""

RecordType = TypeVar("RecordType", bound=BaseModel)
_LONGEST_SHOWN = 100


def read_record(
    model: type[RecordType],
    document: Document,
    problems: list[Problem],
    *,
    steps: Steps = (),
    vocabulary: Vocabulary | None = None,
) -> RecordType | None:
    """Read the value at a path of a document as a record; add what is wrong with it to ``problems``."""
    value = document.data
    for step in steps:
        value = value[step]
    try:
        return model.model_validate(value, context=vocabulary)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            if detail["type"] == "too_short" and any(_below(other, detail) for other in details):
                continue  # it is only short because its items are wrong
            problems.extend(_problems(detail, model, document, steps, value))
        return None


def _below(other: ErrorDetails, detail: ErrorDetails) -> bool:
    return other is not detail and other["loc"][: len(detail["loc"])] == detail["loc"]


def _problems(
    detail: ErrorDetails, model: type[BaseModel], document: Document, steps: Steps, value: Any
) -> list[Problem]:
    location = (*steps, *detail["loc"])
    if detail["type"] == "condition":
        return [
            Problem(
                document.place((*location, *flaw.steps)),
                f"{_subject(document.data, (*location, *flaw.steps), value)} {flaw.message}.",
                flaw.hint,
            )
            for flaw in detail["ctx"]["flaws"]
        ]
    subject = _subject(document.data, location, value)
    message, hint = _plain(detail, model)
    return [Problem(document.place(location), f"{subject} {message}.", hint)]


def _subject(data: Any, location: Steps, value: Any) -> str:
    """Name the innermost entry with an id, code or key around a place."""
    name = "This file" if not isinstance(value, dict) else _name(value) or "This entry"
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            break
        name = _name(data) or name
    return name


def _name(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    return next((str(value[key]) for key in ("id", "code", "key") if isinstance(value.get(key), str)), None)


def _plain(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str | None]:
    """Say in plain words what pydantic found."""
    names = [step for step in detail["loc"] if isinstance(step, str)]
    if not detail["loc"] or detail["input"] is None:
        what = _whole(detail["input"])
        where = f" for {shown(names[-1])}" if names else ""
        return f"should hold {_wanted(detail)}{where}, not {what}", None
    last, said = shown(names[-1] if names else "entry"), shown(detail["input"], _LONGEST_SHOWN)
    match detail["type"]:
        case "missing":
            return f"needs {last}", None
        case "extra_forbidden":
            fields = _fields(model, detail["loc"][:-1])
            return f"has {last}, which is no field here", did_you_mean(names[-1], fields, listed=20)
        case "literal_error" | "enum":
            expected = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"says {said} for {last}", did_you_mean(str(detail["input"]), expected)
        case "string_pattern_mismatch":
            wanted = _PATTERNS.get(detail["ctx"]["pattern"], "a word of another form")
            return f"should have {wanted} for {last}, not {said}", None
        case "string_type" | "string_too_short":
            return f"should have text for {last}, not {said}", None
        case "too_short":
            least = detail["ctx"]["min_length"]
            return f"needs at least {least} in {last}, and has {detail['ctx']['actual_length']}", None
        case "answer":
            return f"answers {last} with {said}, which is neither a code nor a list of codes", None
        case "string_too_long":
            most = detail["ctx"]["max_length"]
            return f"has {last} longer than {most} characters: {said}", None
        case "value_error":
            return str(detail["ctx"]["error"]), None
        case "bool_type":
            return f"should have true or false for {last}, not {said}", "Write true or false, without quotes."
        case "tuple_type" | "list_type" | "dict_type" | "model_type":
            return f"should have {_wanted(detail)} for {last}, not {said}", None
        case kind if kind.startswith("date"):
            return f"should have a date such as 2026-01-31 for {last}, not {said}", None
        case _:
            return f"has something wrong at {last}: {detail['msg']}", None


def _whole(value: Any) -> str:
    """Say what stands in the place of a whole entry or file, which may be a text of any length."""
    if value is None:
        return "nothing"
    said = shown(value)
    return said if len(said) <= 40 else {"str": "text", "list": "a list"}.get(type(value).__name__, "a mapping")


def _wanted(detail: ErrorDetails) -> str:
    kinds = {"tup": "a list", "lis": "a list", "boo": "true or false", "str": "text", "ans": "a code or codes"}
    return kinds.get(detail["type"][:3], "a mapping")


def _fields(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the fields of the record at a path inside a model."""
    for step in location:
        if isinstance(step, int) or step not in model.model_fields:
            continue
        inner = _record_in(model.model_fields[step].annotation)
        if inner is not None:
            model = inner
    return list(model.model_fields)


def _record_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_record_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
