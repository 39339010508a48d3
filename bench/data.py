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
# So many customers are told one by one; a multiple of them is copied.
TOLD = 100_000


def folder(data: Path | None, customers: int) -> Path:
    """The folder to measure, made first where it does not exist. Raises Failed for one that is something else."""
    if data is None:
        data = Path(tempfile.gettempdir()) / _name(customers)
    if (data / MARK).exists():
        return data
    if data.exists() and any(data.iterdir()):
        raise Failed(f"{data} is not empty and was not finished by bench.generate; delete it or name another folder")
    print(f"making {customers:,} customers in {data} …", file=sys.stderr)
    if customers > TOLD and customers % TOLD == 0:
        # Beside it and with the same schema in its name.
        told = folder(data.with_name(data.name.replace(str(customers), str(TOLD), 1)), TOLD)
        if told == data:
            raise Failed(f"name the folder with its size, {customers}, in it")
        _run("bench.multiply", "--source", told, "--data", data, "--times", customers // TOLD)
    else:
        _run("bench.generate", "--data", data, "--customers", customers, "--follow-ups", customers * FOLLOW_UPS_EACH)
    return data


def in_cache(cache: Path, customers: int) -> Path:
    """The folder of so many customers in a folder of several, made first where it does not exist. Raises Failed."""
    cache.mkdir(parents=True, exist_ok=True)
    return folder(cache / _name(customers), customers)


def _name(customers: int) -> str:
    # A database of an older schema is left alone: it would be upgraded, and not made as it is now.
    return f"smallcrm-bench-{customers}-{'-'.join(sorted(migrations.heads()))}"


def _run(module: str, *arguments: object) -> None:
    # A process of its own: what it keeps in memory is no business of the measurement.
    command = [sys.executable, "-m", module, *map(str, arguments)]
    made = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)  # noqa: S603 - our own modules, no shell
    if made.returncode:
        raise Failed("the data could not be made")


def password(data: Path) -> str:
    """The password of everybody in a generated folder."""
    return str(json.loads((data / MARK).read_text()).get("password", PASSWORD))
