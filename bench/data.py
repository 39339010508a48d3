"""The data folder that is measured: made once, found again by its name."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from smallcrm.core import migrations

from .client import Failed
from .generate import MARK, PASSWORD
from .programs import ROOT

FOLLOW_UPS_EACH = 3


def folder(data: Path | None, customers: int) -> Path:
    """The folder to measure, made first where it does not exist. Raises Failed for one that is something else."""
    if data is None:
        schema = "-".join(sorted(migrations.heads()))
        data = Path(tempfile.gettempdir()) / f"smallcrm-bench-{customers}-{schema}"
    if (data / MARK).exists():
        return data
    if data.exists() and any(data.iterdir()):
        raise Failed(f"{data} is not empty and was not finished by bench.generate; delete it or name another folder")
    size = ("--customers", str(customers), "--follow-ups", str(customers * FOLLOW_UPS_EACH))
    # A process of its own: what it keeps in memory is no business of the measurement.
    command = [sys.executable, "-m", "bench.generate", "--data", str(data), *size]
    print(f"making {customers:,} customers in {data} …", file=sys.stderr)
    made = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)  # noqa: S603 - our own module, no shell
    if made.returncode:
        raise Failed("the data could not be made")
    return data


def password(data: Path) -> str:
    """The password of everybody in a generated folder."""
    return str(json.loads((data / MARK).read_text()).get("password", PASSWORD))
