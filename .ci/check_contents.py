"""What is in the wheel is what git knows of triage/, rules/ and questionnaires/, file by file, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

folder = Path(sys.argv[1])
[wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
parts = ("triage", "rules", "questionnaires")
asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *parts]
listed = subprocess.run(asked, capture_output=True, encoding="utf-8", check=True).stdout.split("\0")
known = [name for name in listed if name and Path(name).is_file()]
wanted = {name if name.startswith("triage/") else f"triage/{name}" for name in known}
in_wheel = zipfile.ZipFile(wheel).namelist()
held = {name for name in in_wheel if ".dist-info/" not in name}
with tarfile.open(sdist) as packed:
    source = {name.split("/", 1)[1] for name in packed.getnames() if "/" in name}
faults = [f"missing in the wheel: {name}" for name in sorted(wanted - held)]
faults += [f"should not be in the wheel: {name}" for name in sorted(held - wanted)]
faults += [f"missing in the sdist: {name}" for name in sorted(set(known) - source)]
for name in ("README.md", "LICENSE", "CHANGELOG.md", "constraints.txt", "pyproject.toml"):
    if name not in source:
        faults.append(f"missing in the sdist: {name}")
for part in ("triage/rules/", "triage/questionnaires/", "triage/py.typed"):
    if not any(name.startswith(part) for name in held):
        faults.append(f"nothing in the wheel under {part}")
if not any(name.startswith("tests/test_") for name in source):
    faults.append("no tests in the sdist")
if not any(name.endswith("/LICENSE") for name in in_wheel):
    faults.append("no licence in the wheel")
for name in sorted(held | source):
    if name.endswith((".pyc", ".part")) or (name in held and "tests/" in name):
        faults.append(f"should not be packed: {name}")
print(f"wheel: {len(held)} files, sdist: {len(source)} files")
sys.exit("\n".join(faults) or 0)
