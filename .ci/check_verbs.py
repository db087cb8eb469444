"""As somebody who only uses it: every verb that needs no terminal answers, without the test extra."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import triage


def ask(*arguments: str) -> str:
    program = str(Path(sys.executable).with_name("triage"))
    done = subprocess.run([program, *arguments], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(
            f"triage {' '.join(arguments)} ends with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


if importlib.util.find_spec("pytest"):
    sys.exit("The test tools came along.")
for verb in (["--help"], ["questions"], ["rules"], ["verify"], ["template", "--format", "csv"]):
    ask(*verb)
for form in ("json", "yaml"):
    Path(f"empty.{form}").write_text(ask("template", "--format", form), "utf-8")
    ask("score", f"empty.{form}")
    ask("explain", f"empty.{form}")
result = triage.assess_answers(triage.load_protocol(), {"thinking": ["new_confusion_or_drowsiness"]})
sys.exit(0 if result.urgency == "emergency" else f"the urgency is {result.urgency}")
