"""Programs whose tables are known: by which headings they are told, and which columns they add by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.foreign.choices import normal
from triage.foreign.own_columns import OwnColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PROGRAMS", "TABLE", "Program"]


@dataclass(frozen=True)
class Program:
    """A program that writes tables."""

    name: str
    title: str
    own: OwnColumns
    signs: tuple[re.Pattern[str], ...] = ()
    """Each is met by some heading, as it is compared, in every table of the program."""

    def wrote(self, headings: Sequence[str]) -> bool:
        """Whether a table with these headings is one of the program."""
        words = [normal(heading) for heading in headings]
        return bool(self.signs) and all(any(sign.fullmatch(word) for word in words) for sign in self.signs)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.DOTALL)


_REDCAP = Program(
    "redcap",
    "a REDCap export",
    OwnColumns(
        ids=("record_id", "record id", "study_id", "study id"),
        dates=("*_timestamp", "survey timestamp"),
        repeats=("redcap_repeat_instrument", "repeat instrument", "redcap_repeat_instance", "repeat instance"),
        events=("redcap_event_name", "event name"),
        aside=_any(
            r"redcap_\w+",
            r"\w+_complete",
            r"\w+_timestamp",
            "event name",
            "survey identifier",
            "survey timestamp",
            "data access group",
            r"complete\?",
        ),
    ),
    (
        _any("record_id", r"redcap_\w+", "record id", "study_id", "study id"),
        _any(r"\w+___\w+", r".* ?\(choice=.*\)", r"redcap_\w+", r"\w+_complete", r"complete\?"),
    ),
)
_KOBO = Program(
    "kobo",
    "a KoboToolbox export",
    OwnColumns(
        ids=("_id", "_uuid"),
        dates=("_submission_time", "end", "start"),
        aside=_any(
            r"_(?:id|uuid|index|notes|status|tags|attachments|geolocation|submitted_by|submission_time|xform_id_string"
            r"|validation_status|bamboo_dataset_id|parent_\w+|submission__\w+|version_?|_version__)",
            r"_validation_status/(?:uid|color|label|by_whom|timestamp)",
            r"__version__",
            r"formhub/uuid",
            r"meta/\w+",
            "start|end|today|username|deviceid|phonenumber|simserial|subscriberid|audit|background-audio",
        ),
        groups=True,
    ),
    (_any("_uuid"), _any("_id", "_submission_time", "_index")),
)
_ODK = Program(
    "odk",
    "an ODK Central export",
    OwnColumns(
        ids=("key", "meta-instanceid", "instanceid", "__id"),
        dates=("submissiondate", "__system/submissiondate", "end", "start"),
        aside=_any(
            r"(?:.*[-/])?meta[-/]\w+",
            "submitterid|submittername|attachmentspresent|attachmentsexpected|status|reviewstate|deviceid|edits",
            "formversion|submissiondate|key|instanceid|instancename",
            "start|end|today|username|phonenumber|simserial|subscriberid|audit",
            r"__\w+(?:/\w+)?|.*@odata\.navigationlink",
        ),
        groups=True,
    ),
    (_any("submissiondate", "__system/submissiondate"), _any("key", "__id")),
)
_LIMESURVEY = Program(
    "limesurvey",
    "a LimeSurvey export",
    OwnColumns(
        ids=("id", "response id", "token"),
        dates=("submitdate", "date submitted", "datestamp", "date last action"),
        aside=_any(
            "submitdate|lastpage|startlanguage|seed|startdate|datestamp|ipaddr|refurl|token|completed",
            "response id|date submitted|last page|start language|date started|date last action|ip address",
            "referrer url|total time|interviewtime",
            r"(?:group|question)time.*",
        ),
    ),
    (_any("lastpage", "last page"), _any("startlanguage", "start language", "seed", "submitdate", "date submitted")),
)
_MICROSOFT = Program(
    "microsoft-forms",
    "a Microsoft Forms export",
    OwnColumns(
        ids=("id",),
        dates=("completion time",),
        aside=_any(
            "id|start time|completion time|email|name|last modified time|language",
            "total points|quiz feedback|grade posted time|points - .*|feedback - .*",
        ),
    ),
    (_any("start time"), _any("completion time")),
)
_GOOGLE = Program(
    "google-forms",
    "a Google Forms export",
    OwnColumns(
        dates=("timestamp",),
        aside=_any("timestamp|email address|username|score|email"),
        unnamed=_any(r"column \d+"),
    ),
    (_any("timestamp"), _any(r".*[?.:]|.{20,}")),
)
_SURVEYJS = Program(
    "surveyjs",
    "SurveyJS results",
    OwnColumns(
        ids=("instanceid", "id"),
        dates=("happenedat", "createdat"),
        aside=_any("instanceid|happenedat|createdat|pageno|surveyid|postid|userid|ip|locale|timespent|hash"),
    ),
    (_any(r".*-comment", "instanceid", "happenedat", "pageno"),),
)

PROGRAMS = (_REDCAP, _KOBO, _ODK, _LIMESURVEY, _MICROSOFT, _GOOGLE, _SURVEYJS)
"""In the order in which they are tried."""

TABLE = Program("table", "a table", OwnColumns())
"""Any other table."""
