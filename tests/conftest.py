"""What test rooms share: the shipped protocol, its worked cases, the engines that run here, and files to score."""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import sys
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import SNEEZING, plain_lines
from filled_forms import GivenOut
from page_driver import PageDriver
from people import as_written, random_people
from shipped import the_cases, the_protocol

import triage
from triage.answers import case_reading
from triage.engines import available_engines
from triage.export.page import interview_page, stories_to_play
from triage.given_forms.form import given_form
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from conversation import Story

    from triage.engines import Engine
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol


def pytest_configure(config: pytest.Config) -> None:
    """Let the programs that tests start notice Ctrl-C, also where a shell started the tests in the background.

    And let no interview that somebody keeps on this machine, or another run of tests left there, get into their way.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    kept = TemporaryDirectory(prefix="triage-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(kept.cleanup)
    os.environ["XDG_STATE_HOME"] = kept.name
    if sys.dont_write_bytecode:
        compile_once(config)
    if hasattr(config, "workerinput"):
        atexit.register(os._exit, 0)  # taking down one by one all that a run has made takes seconds


def pytest_collection_finish() -> None:
    """Leave in peace what lives until the end, the tests and what they import: looking for rubbish there takes long."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # or some libraries complain at the end of objects that are still there
    gc.set_threshold(20_000, 10, 20)


def pytest_sessionfinish() -> None:
    """Look once for what nobody closed: pytest looks five times, through everything that lives until the end."""
    gc.collect()
    gc.freeze()


def compile_once(config: pytest.Config) -> None:
    """Let the programs that tests start keep compiled modules in a folder of their own, where none may be kept beside.

    All workers share it; else some hundred processes would compile the whole package anew.
    """
    if not hasattr(config, "workerinput"):
        folder = TemporaryDirectory(prefix="triage-compiled-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        os.environ["TRIAGE_TESTS_COMPILED"] = folder.name
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = os.environ["TRIAGE_TESTS_COMPILED"]


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return the_protocol()


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    return the_cases()


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands that run in this process have the shipped protocol and its cases as they were read before."""
    protocol, cases = the_protocol(), the_cases()
    read, cases_of = triage.load_protocol, case_reading.read_cases
    monkeypatch.setattr(triage, "load_protocol", lambda folder=None: protocol if folder is None else read(folder))
    monkeypatch.setattr(case_reading, "read_cases", lambda one: cases if one is protocol else cases_of(one))


@pytest.fixture(scope="session")
def engines(protocol: Protocol) -> list[Engine]:
    """Return the plain engine first, and durable where it can be imported."""
    return available_engines(protocol)


@pytest.fixture(scope="session")
def stories(cases: list[Case]) -> Mapping[str, Story]:
    """Return the answers of each worked case by its id."""
    return {case.id: case.answers for case in cases}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open a real browser and close it again."""
    from real_browser import opened

    found = opened(tmp_path_factory.mktemp("profile"))
    yield found
    found.quit()


@pytest.fixture(scope="session")
def page_text(protocol: Protocol, cases: list[Case]) -> str:
    """Return the page for a browser."""
    return interview_page(protocol, stories_to_play(cases))


@pytest.fixture(scope="session")
def page_file(page_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page for a browser, as a file."""
    path = tmp_path_factory.mktemp("page") / "triage.html"
    path.write_text(page_text, encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Any, page_file: Path, protocol: Protocol) -> PageDriver:
    """Return the page in a real browser, on the screen of a phone."""
    driver = PageDriver(browser, page_file, protocol)
    driver.look(390)
    return driver


@pytest.fixture(scope="session")
def sneezing() -> Protocol:
    """Return a second protocol, small and made up."""
    return read_protocol(SNEEZING)


@pytest.fixture(scope="session", params=["myoclonus", "sneezing"])
def given_out(request: pytest.FixtureRequest, protocol: Protocol, sneezing: Protocol) -> GivenOut:
    """Return each protocol in turn, with its form."""
    one = protocol if request.param == "myoclonus" else sneezing
    return GivenOut(one, given_form(one), case_reading.read_cases(one))


# ---- files to score ----


@pytest.fixture(scope="session")
def few_people(protocol: Protocol, cases: list[Case]) -> list[dict[str, Any]]:
    return [as_written(one) for one in random_people(protocol, cases, 300, seed=17)]


@pytest.fixture(scope="session")
def expected_lines(
    protocol: Protocol, few_people: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Return the results of these people by the plain engine, as NDJSON."""
    path = tmp_path_factory.mktemp("expected") / "f.ndjson"
    cases = [{"id": f"p{number}", "answers": person} for number, person in enumerate(few_people)]
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in plain_lines(protocol, path))


@pytest.fixture(scope="session")
def many(protocol: Protocol, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of thirty thousand rows, one in a hundred of them bad."""
    rng = Random(41)
    people = [json.dumps(as_written(one)) for one in random_people(protocol, cases, 600, seed=42)]
    path = tmp_path_factory.mktemp("many") / "many.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(30_000):
            said = rng.choice(people) if number % 100 else '{"age": 7}'
            file.write(f'{{"id": "p{number}", "answers": {said}}}\n')
    return path
