"""The picture of the page in the README: a question, an emergency and a result on the screen of a phone.

``python tests/page_picture.py`` draws it anew, with the extra ``browser``. Look at it before it is committed.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from page_driver import SAY, PageDriver  # noqa: E402
from real_browser import opened  # noqa: E402

import triage  # noqa: E402
from triage.answers.case_reading import read_cases  # noqa: E402
from triage.export.page import interview_page  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = ROOT / "docs" / "page.png"
WIDTH, HEIGHT, GAP = 360, 720, 16
LONGEST = 200_000


def screens(page: PageDriver) -> Iterator[str]:
    """Yield one screen after the other, as a picture in base64."""
    stories = {case.id: case.answers for case in read_cases(page.protocol)}
    page.look(WIDTH, height=HEIGHT)
    page.begin()
    page.answer(["none"])
    yield captured(page)
    page.tell(stories["V103"], most=2)
    yield captured(page)
    page.begin()
    page.tell(stories["V109"], going_on=False)
    yield captured(page)


def captured(page: PageDriver, **more: Any) -> str:
    return str(page.browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", **more})["data"])


def drawn() -> bytes:
    """Return the picture."""
    protocol = triage.load_protocol()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.html"
        file.write_text(interview_page(protocol, []), encoding="utf-8")
        browser = opened(Path(folder) / "profile")
        try:
            page = PageDriver(browser, file, protocol)
            shown = list(screens(page))
            assert page.title == SAY("result.routine")
            images = "".join(f'<img src="data:image/png;base64,{one}">' for one in shown)
            style = f"body{{margin:{GAP}px;display:flex;gap:{GAP}px;background:#8a949d}}"
            sheet = Path(folder) / "sheet.html"
            sheet.write_text(f"<!doctype html><style>{style}</style>{images}", encoding="utf-8")
            page.look(len(shown) * (WIDTH + GAP) + GAP, height=HEIGHT + 2 * GAP)
            browser.get(sheet.as_uri())
            return base64.b64decode(captured(page))
        finally:
            browser.quit()


if __name__ == "__main__":
    picture = drawn()
    assert len(picture) < LONGEST, len(picture)
    PICTURE.write_bytes(picture)
