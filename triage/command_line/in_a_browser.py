"""``triage ask --browser``: the interview on a page in the browser of this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from triage.command_line.saying import say, warn
from triage.documents.safe_writing import written_whole

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

__all__ = ["ask_in_a_browser"]


def ask_in_a_browser(protocol: Protocol) -> int:
    """Write the page to a temporary file and open it; 1 where no browser can be opened."""
    import webbrowser

    from triage.answers.case_reading import read_cases
    from triage.export.page import interview_page, stories_to_play

    # It holds no answers, and the browser may read it late, so it is left for the system to tidy away.
    path = Path(tempfile.mkdtemp(prefix="triage-")) / f"{protocol.name}.html"
    with written_whole(path) as file:
        file.write(interview_page(protocol, stories_to_play(read_cases(protocol))))
    if webbrowser.open(path.as_uri()):
        say(f"The questions are in your browser: {path}")
        say("Your answers stay there, and are gone once you close the page.")
        return 0
    warn(f"No browser could be opened. Open this file in one: {path}")
    return 1
