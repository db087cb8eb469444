"""What every test room shares: the shipped protocol, its worked cases and the engines that run here."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

import triage
from triage.engines import available_engines
from triage.protocol_reading import read_cases

if TYPE_CHECKING:
    from triage.catalogue import Case
    from triage.engines import Engine
    from triage.protocol import Protocol


def pytest_configure() -> None:
    """Let the programs that tests start notice Ctrl-C, also where a shell started the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return triage.load_protocol()


@pytest.fixture(scope="session")
def cases(protocol: Protocol) -> list[Case]:
    return read_cases(protocol)


@pytest.fixture(scope="session")
def engines(protocol: Protocol) -> list[Engine]:
    """Return the plain engine first, and durable where it can be imported."""
    return available_engines(protocol)
