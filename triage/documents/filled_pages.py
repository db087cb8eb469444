"""Pages filled in from templates: what comes from data is shown as it is, and is neither HTML nor Markdown there."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from triage.documents.output_text import markdown, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Filter = Callable[..., Any]

__all__ = ["content_digest", "filled_page", "our_own"]


def content_digest(text: str) -> str:
    """Return what a content security policy calls a text by, so that nothing else may run or style the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def our_own(text: str) -> Any:
    """Return a text that is a part of a page as it stands: a style or a script of ours, with no data in it."""
    from markupsafe import Markup

    return Markup(text)


def filled_page(
    package: str, folder: str, template: str, values: Mapping[str, Any], filters: Mapping[str, Filter] | None = None
) -> str:
    """Return a page made from a template, ``.html`` or ``.md``.

    Args:
        package: the package that holds the templates.
        folder: the folder in it.
        template: the name of the template.
        values: what it is filled in with.
        filters: what it may put values through, besides ``code`` and ``address`` for Markdown.

    """
    page: str = _template(package, folder, template, frozenset((filters or {}).items())).render(values)
    return page


@lru_cache(maxsize=8)
def _template(package: str, folder: str, template: str, filters: frozenset[tuple[str, Filter]]) -> Any:
    """Return a template, read and compiled once: filling it in takes a tenth of that."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        finalize=_as_html if template.endswith(".html") else _as_markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"code": _code, "address": _address, **dict(filters)}
    return environment.get_template(template)


def _as_html(value: Any) -> Any:
    """Return a value for HTML, which is escaped later on; a part of the page stays as it is."""
    return visible(value) if type(value) is str else value


def _as_markdown(value: Any) -> Any:
    """Return a value for Markdown, and let nobody escape it once more; a part of the page stays as it is."""
    from jinja2 import Undefined
    from markupsafe import Markup

    return value if isinstance(value, Markup | Undefined) else Markup(markdown(value))


def _code(text: str) -> Any:
    """Return what stands between backticks in Markdown, where nothing can be escaped."""
    from markupsafe import Markup

    return Markup(one_line(text).replace("`", "'"))


def _address(text: str) -> Any:
    """Return an address that ends where it should in a link of Markdown."""
    from markupsafe import Markup

    return Markup(quote(text, safe=":/%#?=&,;@+~"))
