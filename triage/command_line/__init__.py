"""The command ``triage``: a thin skin over the package, each verb in a file of its own.

What a verb says goes through ``saying``; nothing is decided here, and nothing imports it. Imports every room below,
each only in the verb that needs it, so that ``triage --version`` stays quick.
"""

from __future__ import annotations

import errno
import gc
import importlib
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage import __version__
from triage.command_line.closed_streams import replace_closed_streams
from triage.terminal.ending import end_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["main", "triage"]

_VERBS = {
    "ask": "The guided interview: questions one by one, then the result with its reasons.",
    "convert": "Answers in any form, also to an earlier questionnaire, written in our own form.",
    "demo": "Worked cases: the list, or one played answer by answer.",
    "diff": "What a change of the rules changes, over every answer set.",
    "explain": "One saved case: the result, its reasons, and what is not known.",
    "export": "The rule book, a sign-off sheet, the safety statements, or the schema of a result.",
    "map": "What the columns of a file of your own mean: a draft to mend.",
    "questions": "What may be answered: all questions, or one with its choices.",
    "quiz": "Judge worked cases yourself, then compare with the rules.",
    "rules": "The rules, or one of them with its why, sources and examples.",
    "score": "Saved answers, from one to many millions: a line or a row of results a case.",
    "template": "An empty answer file to fill in.",
    "verify": "Check questions, rules and examples, and prove the safety statements.",
}
_OWN_OPTIONS = ("-h", "--help", "--version", "--")
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO, errno.ENXIO)
"""What is said of something that is written, and not of something that is looked for."""
_ALLOCATIONS = 200_000  # so many things are made before garbage is looked for


class _Verbs(click.Group):
    """Verbs that are imported only when they are used, so that starting stays quick."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the interview where no verb is named, with whatever options follow."""
        if not ctx.resilient_parsing and (not args or (args[0].startswith("-") and args[0] not in _OWN_OPTIONS)):
            args = ["ask", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command: click.Command = importlib.import_module(f"triage.command_line.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        given = list(ctx.args)
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not (verb := next((one for one in given if one in _VERBS and f"({one}" in error.message), None)):
                raise
            message = f"{error.message}. The verb comes first: `triage {verb}`, then its options."
            raise click.UsageError(message, error.ctx) from None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from triage.documents.problems import did_you_mean

            hint = did_you_mean(args[0], _VERBS)
            raise click.UsageError(f"{error.message} {hint or ''}".strip(), ctx) from None


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="triage")
def triage() -> None:
    """Triage by questionnaire: likely benign, or see a doctor, how soon, and why.

    Education and triage support. Not a medical device, never a diagnosis. In an emergency call your local emergency
    number first. Without a command the guided interview starts, with the options of `triage ask`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0 done, 1 bad data, 2 wrong use, 130 interrupted, 143 ended."""
    alone = arguments is None  # else the process that called goes on to something else
    if alone:
        # A command makes hardly any garbage, and all it holds goes when it ends: looking for it would take a tenth of
        # a short command.
        gc.set_threshold(_ALLOCATIONS)
        # Nothing that is installed beside this package shall look at answers; and looking for it takes time, too.
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        sys.meta_path.insert(0, _WithoutPandas())
        end_in_order()
    replace_closed_streams()
    _use_utf8()
    code = _run(arguments)
    if alone:
        gc.freeze()
    sys.exit(code)


class _WithoutPandas:
    """Lets pandas not be found: Arrow would import it with the first text it makes, in each process of a long run."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError("The commands do without pandas.", name=fullname)


def _use_utf8() -> None:
    if hasattr(sys.stdin, "reconfigure"):
        encoding = sys.stdin.encoding if _reads_lines(sys.stdin.encoding) else "utf-8"
        sys.stdin.reconfigure(encoding=encoding, errors="replace")  # what is no text is no answer, and is asked again
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _reads_lines(encoding: str) -> bool:
    """Return whether plain lines are read in an encoding as they are written, whatever stands among them."""
    try:
        return b"1\n\xff".decode(encoding, "replace").startswith("1\n")
    except (UnicodeError, LookupError):
        return False


def _run(arguments: Sequence[str] | None) -> int:
    from triage.command_line.saying import say_fault, say_usage, warn
    from triage.documents.problems import DataFault
    from triage.engines.verdicts import EngineFault

    try:
        code: Any = triage.main(args=arguments, prog_name="triage", standalone_mode=False)
        sys.stdout.flush()
    except DataFault as fault:
        say_fault(fault)
        return 1
    except EngineFault as fault:
        warn(f"The engine has no verdict: {fault}. Use --engine plain.")
        return 1
    except (click.Abort, KeyboardInterrupt):
        return 130
    except click.ClickException as error:
        say_usage(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output left; nothing more can be said.
        _silence_output()
        return 1
    except OSError as error:
        with suppress(OSError):  # standard error may be gone, too
            warn(_what_the_machine_says(error))
        _silence_output()
        return 1
    return code if isinstance(code, int) else 0


def _what_the_machine_says(error: OSError) -> str:
    """Return what went wrong that no verb foresaw, and no more than is known of it."""
    reason = error.strerror or error
    if error.filename:
        return f"{error.filename}  {reason}."
    if error.errno in _NO_ROOM:
        return f"Standard output cannot be written: {reason}."
    try:
        Path.cwd()
    except OSError:
        return "The folder you are in does not exist any more, or may not be read. Go to another one and try again."
    return f"The system refused something: {reason}."


def _silence_output() -> None:
    """Let what is still to be written vanish, or Python would complain about it while it closes the stream."""
    with suppress(io.UnsupportedOperation):  # a closed stream has no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
