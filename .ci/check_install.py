"""The installed program comes from the folder that is named, and scores the first worked cases as expected."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

import triage

here = Path(triage.__file__).resolve()
if not here.is_relative_to(Path(sys.argv[1]).resolve()):
    sys.exit(f"triage comes from elsewhere: {here}")
program = str(Path(sys.executable).with_name("triage"))
subprocess.run([program, "--version"], check=True)
subprocess.run([sys.executable, "-m", "triage", "--version"], check=True, stdout=subprocess.DEVNULL)
scored = subprocess.run([program, "score", "vignettes.yaml"], check=True, capture_output=True, encoding="utf-8")
lines = [json.loads(line) for line in scored.stdout.splitlines()]
cases = yaml.safe_load(Path("vignettes.yaml").read_text("utf-8"))
wrong = [
    f"{line['id']} is {line['outcome']}, {line['urgency']}"
    for case, line in zip(cases, lines, strict=True)
    if line["id"] != case["id"]
    or line["outcome"] != case["expected"]["outcome"]
    or line["urgency"] not in case["expected"]["acceptable_urgency"]
]
print(f"{len(lines)} vignettes scored outside the checkout, {len(wrong)} not as expected.")
sys.exit("\n".join(wrong) or int(len(lines) != 15))
