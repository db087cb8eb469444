"""Work shared among processes: nothing is lost, nothing changes its place, and nobody stays behind."""

from __future__ import annotations

import errno
import json
import multiprocessing.process
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import triage
from triage.batch.job.options import Job
from triage.batch.job.processes import WorkEndedEarly, Workers
from triage.batch.job.run import run
from triage.batch.job.scoring import TaskScorer
from triage.batch.reading.blocks import FaultBlock
from triage.batch.reading.files import InputFile
from triage.batch.reading.text import text_parts_of
from triage.documents.long_writing import TextFile
from triage.documents.problems import DataFault
from triage.documents.safe_writing import cannot_write
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
WELL = {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"], "brought_on_by": ["pepper"]}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are of another kind here")


@pytest.fixture(params=["copies", "new ones"])
def started_as(request: pytest.FixtureRequest) -> Iterator[str]:
    """Start processes as copies, or anew as happens where other threads run."""
    if request.param == "copies":
        yield request.param
        return
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    yield request.param
    over.set()
    thread.join()


def square(number: int) -> int:
    time.sleep(0.02 if number % 5 == 0 else 0)
    return number * number


@pytest.mark.parametrize("room", [0, 1, 2, 4])
def test_where_there_is_room_for_no_more_processes_fewer_do_the_work(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    start = multiprocessing.process.BaseProcess.start

    def no_more(process: Any) -> None:
        if len(made) >= room:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        made.append(1)
        start(process)

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", no_more)
    workers = Workers(square, lambda: square, 3)
    assert list(workers.results(range(20))) == [number * number for number in range(20)]
    workers.close()
    assert multiprocessing.active_children() == []


def squares() -> Callable[[int], int]:
    return square


def results(work: Callable[[Any], Any], prepare: Callable[[], Callable[[Any], Any]], tasks: Any, number: int) -> Any:
    workers: Workers[Any, Any] = Workers(work, prepare, number)
    try:
        return list(workers.results(tasks))
    finally:
        workers.close()


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("tasks", [0, 1, 3, 40])
def test_results_come_in_the_order_of_the_tasks(number: int, tasks: int) -> None:
    assert results(square, squares, range(tasks), number) == [one * one for one in range(tasks)]


def test_results_come_in_order_from_processes_of_any_kind(started_as: str) -> None:
    assert results(square, squares, iter(range(12)), 2) == [one * one for one in range(12)], started_as


def long_text(_: int) -> bytes:
    return bytes(1_000_000)


@pytest.mark.skipif(sys.platform != "linux", reason="what is changed here is known to copies of this process only")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nobody_waits_for_the_other_half_of_a_result(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the machine has no memory left while a result is sent."""
    here, whole = os.getpid(), Connection._send

    def half(connection: Any, text: Any, **how: Any) -> None:
        if os.getpid() != here and len(text) >= 1_000_000:
            os.write(connection.fileno(), bytes(text[:1000]))
            os.kill(os.getpid(), number)
        whole(connection, text, **how)

    monkeypatch.setattr(Connection, "_send", half)
    workers: Workers[Any, Any] = Workers(long_text, partial(_same, long_text), 2)
    with pytest.raises(WorkEndedEarly):
        list(workers.results(range(9)))
    workers.close()


def test_the_same_processes_do_more_than_one_job() -> None:
    workers: Workers[int, int] = Workers(square, squares, 2)
    for _ in range(3):
        assert list(workers.results(range(9))) == [one * one for one in range(9)]
    workers.close()
    assert list(workers.results([3])) == [9]


def texts(sizes: list[int]) -> list[bytes]:
    return [bytes([size % 251]) * size for size in sizes]


def test_results_of_any_size_arrive_whole(started_as: str) -> None:
    """There may be several, or an empty one."""
    tasks = [
        [10, 20],
        [],
        [0],
        [4_096],
        [4_097],
        [64, 64, 64],
        [1_000_000, 3],
        *([size] for size in range(4_000, 4_200)),
    ]
    workers: Workers[Any, Any] = Workers(texts, partial(_same, texts), 3)
    found = list(workers.results(tasks))
    workers.close()
    assert found == [[bytes([size % 251]) * size for size in sizes] for sizes in tasks], started_as


def _same(work: Any) -> Any:
    return work


def reciprocal(number: int) -> float:
    return 1 / (number - 7)


def test_what_goes_wrong_in_a_process_is_raised_here(started_as: str) -> None:
    with pytest.raises(ZeroDivisionError):
        results(reciprocal, partial(_same, reciprocal), range(20), 2)
    assert started_as


class Unsendable(Exception):
    def __init__(self, here: int, there: int) -> None:
        super().__init__(f"{here} is not {there}")


def unsendable(number: int) -> int:
    raise Unsendable(number, 2)


def test_an_error_that_cannot_be_sent_is_said_all_the_same() -> None:
    with pytest.raises(RuntimeError, match="is not 2"):
        results(unsendable, partial(_same, unsendable), range(20), 2)


def fatal(number: int) -> int:
    if number == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_process_that_was_killed_is_noticed(started_as: str) -> None:
    with pytest.raises(WorkEndedEarly):
        results(fatal, partial(_same, fatal), range(30), 2)
    assert started_as


# ---- a job ----


class Silent:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def expect(self, size: int) -> None: ...

    def advance(self, size: int, rows: int) -> None: ...


def rows(number: int) -> Iterator[str]:
    """Yield lines of all kinds: good ones, bad ones, some without an id, some with one that was there already."""
    for at in range(number):
        case: dict[str, Any] = {"id": f"case-{at % (number - 5)}", "answers": WELL}
        if at % 7 == 0:
            del case["id"]
        if at % 11 == 0:
            case["answers"] = WELL | {"age": "adlt"}
        yield json.dumps(case) + "\n"


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_a_file_scored_by_processes_gives_the_same_results(
    form: str, started_as: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Line numbers, too, which the processes are told since they read only a stretch of the file."""
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 5_000)
    protocol = read_protocol(SNEEZING)
    path = tmp_path / "answers.ndjson"
    path.write_text("".join(rows(700)), encoding="utf-8")
    found = []
    for processes in (1, 2):
        output, said = tmp_path / f"out{processes}.{form}", Silent()
        summary = run(Job([path], output=output, threads=processes), protocol, said)
        errors = output.with_name(f"{output.stem}.errors.ndjson").read_bytes()
        said_alike = [line.replace(f"out{processes}.", "out.") for line in said.said]
        results = parquet.read_table(output).to_pylist() if form == "parquet" else output.read_bytes()
        found.append((results, errors, said_alike, summary))
    assert found[0] == found[1], started_as
    assert found[0][3].repeated_ids > 0


def test_parquet_is_read_by_several_processes_as_by_one(tmp_path: Path) -> None:
    protocol = read_protocol(SNEEZING)
    table = {"id": [f"case-{at}" for at in range(50)], "age": ["adult", "baby", "adlt", None, "adult"] * 10}
    parquet.write_table(pa.table(table), tmp_path / "answers.parquet", row_group_size=4)
    found = []
    for processes in (1, 3):
        output = tmp_path / f"{processes}.ndjson"
        run(Job([tmp_path / "answers.parquet"], output=output, threads=processes), protocol, Silent())
        found.append((output.read_bytes(), (tmp_path / f"{processes}.errors.ndjson").read_bytes()))
    assert found[0] == found[1]


def test_a_job_whose_process_was_killed_leaves_the_old_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = TaskScorer.__call__
    here = os.getpid()

    def killed(scorer: TaskScorer, task: Any) -> Any:
        if os.getpid() != here and task.blocks.first > 100:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(scorer, task)

    monkeypatch.setattr(TaskScorer, "__call__", killed)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 5_000)
    path, output = tmp_path / "answers.ndjson", tmp_path / "out.ndjson"
    path.write_text("".join(rows(700)), encoding="utf-8")
    output.write_text("old", encoding="utf-8")
    with pytest.raises(DataFault, match="ended from outside"):
        run(Job([path], output=output, threads=2), read_protocol(SNEEZING), Silent())
    assert output.read_text("utf-8") == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["answers.ndjson", "out.ndjson"]


def test_a_file_that_cannot_be_written_leaves_nothing_in_the_results_of_the_next_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the processes had begun for it must not be taken for results of another file."""
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 2_000)
    answers, output = tmp_path / "in", tmp_path / "out"
    answers.mkdir()
    for name, number in (("a", 900), ("b", 200), ("c", 200)):
        lines = (json.dumps({"id": f"{name}{at}", "answers": WELL}) + "\n" for at in range(number))
        (answers / f"{name}.ndjson").write_text("".join(lines), encoding="utf-8")
    whole = TextFile.write

    def full(file: TextFile, text: Any) -> None:
        whole(file, text)
        if file._size > 100_000:
            raise cannot_write(Path("disk"), OSError(28, "No space left on device"))

    monkeypatch.setattr(TextFile, "write", full)
    said = Silent()
    summary = run(Job([answers], output=output, new_folder=True, threads=2), read_protocol(SNEEZING), said)
    assert [line for line in said.said if "No space left" in line]
    assert (summary.scored, summary.bad_files, summary.urgency.total()) == (400, 1, 400)
    for name in "bc":
        lines = (output / f"{name}.ndjson.scores.ndjson").read_text("utf-8").splitlines()
        assert [json.loads(line)["id"] for line in lines] == [f"{name}{at}" for at in range(200)]
    assert not (output / "a.ndjson.scores.ndjson").exists()


def test_a_job_goes_on_with_the_next_file_after_a_process_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = TaskScorer.__call__
    here = os.getpid()

    def killed(scorer: TaskScorer, task: Any) -> Any:
        if os.getpid() != here and task.file.path.name == "a.ndjson":
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(scorer, task)

    monkeypatch.setattr(TaskScorer, "__call__", killed)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 2_000)
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / f"{name}.ndjson").write_text("".join(rows(100)), encoding="utf-8")
    said = Silent()
    job = Job([tmp_path / "in"], output=tmp_path / "out", new_folder=True, threads=2)
    summary = run(job, read_protocol(SNEEZING), said)
    assert any("ended from outside" in line for line in said.said)
    assert summary.bad_files == 1
    assert len((tmp_path / "out" / "b.ndjson.scores.ndjson").read_bytes().splitlines()) == summary.scored > 80


@pytest.mark.parametrize(("change", "said"), [("replaced", "was replaced"), ("cut", "became shorter")])
def test_a_file_that_changes_while_processes_read_it_is_a_fault(
    change: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 2_000)
    path, other = tmp_path / "answers.ndjson", tmp_path / "other.ndjson"
    for one in (path, other):
        one.write_text("".join(rows(300)), encoding="utf-8")
    found = list(text_parts_of(InputFile(path, "lines", Path(path.name)), 1_000, 2_000))
    assert found[0].size < found[1].size
    if change == "replaced":
        other.replace(path)
    else:
        path.write_bytes(path.read_bytes()[: found[-1].begin])
    blocks = list(found[-1])
    assert isinstance(blocks[-1], FaultBlock)
    assert said in blocks[-1].faults[0].message


SCORE = """
import sys
import triage.batch.reading.tasks
from triage.command_line import main
triage.batch.reading.tasks._TEXT_AT_ONCE = 100_000
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the list of processes is read from /proc")
@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_process_outlives_the_one_that_was_started(ended_by: int, tmp_path: Path) -> None:
    path = tmp_path / "answers.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for _ in range(300):
            file.writelines(rows(700))
    command = [sys.executable, "-c", SCORE, "score", str(path), "-o", str(tmp_path / "out.ndjson"), "--threads", "2"]
    environment = os.environ | {"PYTHONPATH": str(Path(triage.__file__).parents[1])}
    line = [*command, "--protocol", str(SNEEZING)]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, env=environment, start_new_session=True)
    children: list[str] = []
    while len(children) < 2:
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        time.sleep(0.01)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
    if ended_by == signal.SIGINT:
        os.killpg(process.pid, ended_by)  # as Ctrl-C does
    else:
        process.send_signal(ended_by)
    _, said = process.communicate(timeout=20)
    assert process.returncode != 0
    assert b"Traceback" not in said
    for _ in range(500):
        if not any(Path(f"/proc/{child}").exists() for child in children):
            break
        time.sleep(0.01)
    else:
        pytest.fail("a process was left behind")
    left = {one.name for one in tmp_path.iterdir()} - {"answers.ndjson"}
    assert not {name for name in left if not name.startswith(".")}
