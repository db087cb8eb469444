r"""Text on its way out: to a terminal, into JSON, into a cell of a table, into Markdown. Nothing in it acts there.

Ids, file names and the texts of a protocol come from anywhere. What has no shape of its own (escape sequences, signs
that turn the direction of reading, halves of letters) is written as its number, such as ``\x1b``. The joiners that
some scripts need inside words stay.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["json_text", "markdown", "one_line", "printable_json", "shown", "table_cell", "visible"]

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]|\r(?!\n)"
)
_LINE_ENDS = re.compile(r"[\t\n\r]")
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""How a cell begins that a spreadsheet would take for a formula."""
_LONGEST_SHOWN = 60


def visible(text: str) -> str:
    r"""Return a text of which every sign can be seen; tabs and line ends stay.

    >>> visible("a\x1b[31mb\u202ec\nd")
    'a\\x1b[31mb\\u202ec\nd'
    """
    return _INVISIBLE.sub(_number, text)


def one_line(text: str) -> str:
    r"""Return a text of which every sign can be seen, line ends too.

    >>> one_line("a\nb")
    'a\\nb'
    """
    return _LINE_ENDS.sub(lambda found: repr(found[0])[1:-1], visible(text))


def _number(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


# ---- words of a file or a person, in a sentence ----


def shown(value: object, longest: int = _LONGEST_SHOWN) -> str:
    """Return a value from a file in one short line, in the words of the file: ``null`` and ``true``, not Python's.

    >>> print(shown("it's"), shown([True, None, {"a": 1.5}]), shown("a" * 80, 20))
    "it's" [true, null, {'a': 1.5}] 'aaaaaaaaaaaaaaa ...
    """
    text = ""
    for part in _parts(value, longest):
        text += part
        if len(text) > longest:
            return f"{text[: longest - 4]} ..."
    return text


def _parts(value: object, longest: int) -> Iterator[str]:
    """Yield how a value is written, part by part, for nobody reads a long one to its end."""
    match value:
        case None | True | False:
            yield {None: "null", True: "true", False: "false"}[value]
        case str():
            mark = '"' if "'" in value and '"' not in value else "'"
            yield f"{mark}{one_line(value[: longest + 1])}{mark}"
        case list() | tuple():
            yield "["
            for at, item in enumerate(value):
                yield ", " if at else ""
                yield from _parts(item, longest)
            yield "]"
        case dict():
            yield "{"
            for at, (key, item) in enumerate(value.items()):
                yield ", " if at else ""
                yield from _parts(key, longest)
                yield ": "
                yield from _parts(item, longest)
            yield "}"
        case int() | float():
            yield str(value)
        case bytes():
            yield from _parts(value.decode(errors="replace"), longest)
        case _:  # a date and the like, which only tables hold
            yield from _parts(str(value), longest)


# ---- forms that programs read ----


def json_text(data: Any, indent: int | None = None) -> str:
    r"""Return data as JSON that shows every sign.

    >>> print(json_text({"id": "a\u202eb"}))
    {"id": "a\u202eb"}
    """
    return printable_json(json.dumps(data, ensure_ascii=False, indent=indent))


def printable_json(text: str) -> str:
    """Return JSON of the same meaning that shows every sign; what cannot be seen stands inside texts only."""
    return text if text.isascii() and "\x7f" not in text else _INVISIBLE.sub(_json_number, text)


def _json_number(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"


def table_cell(value: Any, written: Callable[[Any], str] = json_text) -> str:
    """Return a value as a cell of a table; several codes are joined, and nothing in it can be run.

    >>> table_cell(["a", "b"]), table_cell("=1+1"), table_cell("a, b"), table_cell(None), table_cell(-1)
    ('a;b', "'=1+1", '"a, b"', '', '-1')

    Args:
        value: a text, a list of texts, or anything else.
        written: how what is no text is written.

    """
    if value is None:
        return ""
    if isinstance(value, list):
        value = ";".join(one if isinstance(one, str) else written(one) for one in value)
    if not isinstance(value, str):
        value = written(value)
    elif value.startswith(_RUN_BY_SPREADSHEETS):
        value = f"'{value}"
    if not value.isprintable():
        value = visible(value)
    if any(sign in value for sign in ',"\r\n'):
        value = '"' + value.replace('"', '""') + '"'
    return str(value)


def markdown(text: object) -> str:
    r"""Return words so that Markdown shows them as they are, in one line.

    >>> markdown("a_b | <c> [d]")
    'a\\_b \\| &lt;c&gt; \\[d\\]'
    """
    escaped = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", visible(" ".join(str(text).splitlines())))
    escaped = re.sub(r"&(?=#?\w+;)", "&amp;", escaped)
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
