"""Two engines that judge all rules for one person's answers, and the decision that follows from their verdicts.

The plain engine reads the condition tree; the other gives it to durable-rules. Imports `answers` and what is below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.engines.verdicts import Engine, EngineFault, Verdicts

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

__all__ = ["ENGINES", "Engine", "EngineFault", "EngineUnavailable", "Verdicts", "available_engines", "build_engine"]

ENGINES = ("plain", "durable")
"""The engines by name. ``plain`` runs everywhere; ``durable`` needs durable-rules, which Python 3.13 cannot import."""


class EngineUnavailable(Exception):
    """An engine that cannot run here, and why."""


def build_engine(name: str, protocol: Protocol) -> Engine:
    """Build an engine for a protocol.

    Raises:
        EngineUnavailable: its library cannot be imported here.
        ValueError: there is no engine of that name.

    """
    if name == "plain":
        from triage.engines.plain import PlainEngine

        return PlainEngine(protocol)
    if name == "durable":
        try:
            from triage.engines.durable import DurableEngine
        except ImportError as error:
            reason = f"durable-rules cannot be imported by this Python ({error})"
            raise EngineUnavailable(reason) from error
        return DurableEngine(protocol)
    raise ValueError(f"no engine is called {name!r}; known are {', '.join(ENGINES)}")


def available_engines(protocol: Protocol) -> list[Engine]:
    """Build every engine that can run here; ``plain`` is always among them and comes first."""
    engines = []
    for name in ENGINES:
        try:
            engines.append(build_engine(name, protocol))
        except EngineUnavailable:
            continue
    return engines
