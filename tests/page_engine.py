"""The page's own script in a JavaScript engine, without a browser: what it makes of a moment of an interview."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from triage.conditions.answer_state import Missing
from triage.export.page import SCRIPTS, page_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.interview.conversation import Conversation
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

py_mini_racer = pytest.importorskip("py_mini_racer", reason="mini-racer is not installed")

WITHOUT_A_SCREEN = SCRIPTS[: SCRIPTS.index("elements.js")]
"""The parts of the script that show nothing."""


class PageEngine:
    """Runs the script that a page holds."""

    def __init__(self, protocol: Protocol, cases: Iterable[Case] = ()) -> None:
        self.parts = page_parts(protocol, cases)
        self._engine = py_mini_racer.MiniRacer()
        self._engine.eval(self.parts.script(WITHOUT_A_SCREEN))
        self._engine.eval(f"const data = {self.parts.data};")
        self._engine.eval(f"const bytes = Uint8Array.from({list(self.parts.circuit)});")
        self._engine.eval("const circuit = openCircuit(bytes);")
        self._engine.eval(
            """
            const interview = interviewOf(data, circuit);
            const results = resultsOf(data, interview);
            const files = answerFilesOf(data, interview, results.labels);
            const told = (moment, wanted) => {
              const judged = wanted.result ? results.result(moment) : null;
              return {
                next: interview.next(moment),
                left: interview.left(moment),
                result: judged,
                letter: judged && results.letter(moment, judged, "LEAD"),
              };
            };
            """
        )

    def run(self, expression: str) -> Any:
        return json.loads(str(self._engine.eval(f"JSON.stringify({expression})")))

    def told(self, moments: Sequence[Conversation], *, result: bool = True) -> list[dict[str, Any]]:
        """Return what the page says of moments: what comes next, how many are left, the result and the letter."""
        written = json.dumps([moment_of(one) for one in moments])
        found: list[dict[str, Any]] = self.run(f"{written}.map((one) => told(one, {{result: {str(result).lower()}}}))")
        return found


def moment_of(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as the page keeps it."""
    said, interview = conversation.said, conversation.interview
    return {
        "given": {
            name: [state.value] if isinstance(state, Missing) else sorted(state)
            for name, state in interview.given.items()
        },
        "history": list(interview.history),
        "withdrawn": {},
        "said": {name: sorted(value) if isinstance(value, frozenset) else value for name, value in vars(said).items()},
    }
