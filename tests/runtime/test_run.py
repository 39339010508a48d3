"""run.py, the file a person starts: what it says on machines where it cannot work, and how it is entered later."""

import ast
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from .conftest import PATIENCE, ROOT, environment, free_port

OLD = "import sys, runpy; sys.version_info = (3, 9, 1, 'final', 0); runpy.run_path('run.py', run_name='__main__')"
BARE = """
import importlib.util, runpy
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == 'ensurepip' else find(name, *rest)
runpy.run_path('run.py', run_name='__main__')
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with run.py and a lock that no index can satisfy."""
    shutil.copy(ROOT / "run.py", tmp_path)
    (tmp_path / "requirements.lock").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    return tmp_path


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = environment(**more)
    del environ["PYTHONPATH"]
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=PATIENCE * 2
    )


def test_old_pythons_can_read_it():
    source = (ROOT / "run.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))


def test_an_old_python_is_one_line(clone):
    done = run(clone, "-c", OLD)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "smallcrm: Python 3.11 or newer is needed; this is 3.9. Install a newer one and start it with run.py."
    ]


def test_a_python_without_ensurepip_names_the_package_to_install(clone):
    done = run(clone, "-c", BARE)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith("sudo apt install python{}.{}-venv".format(*sys.version_info))


def test_a_first_start_without_network_is_one_line_after_the_progress(clone):
    done = run(
        clone, "run.py", PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="", PIP_EXTRA_INDEX_URL="",
        PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple",
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "needs the internet" in done.stderr.splitlines()[-1]
    assert not list((clone / ".venv").glob("installed-*"))


def test_a_later_start_enters_the_environment_without_installing(clone):
    venv.create(clone / ".venv", with_pip=False)
    python = clone / ".venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    home = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True)
    Path(home.stdout.decode().strip(), "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (clone / "smallcrm").symlink_to(ROOT / "smallcrm")
    namespace = {"__name__": "run", "__file__": str(clone / "run.py")}
    exec((clone / "run.py").read_text(encoding="utf-8"), namespace)
    stamp = "{} {}.{}\n".format(namespace["lock_digest"]("requirements.lock"), *sys.version_info)
    Path(namespace["stamp_path"]("requirements.lock")).write_text(stamp)
    done = run(clone, "run.py", "config", "--port", "8123")
    assert done.stderr == ""
    assert "8123" in done.stdout


def test_a_changed_lock_is_installed_again(clone):
    namespace = {"__name__": "run", "__file__": str(clone / "run.py")}
    exec((clone / "run.py").read_text(encoding="utf-8"), namespace)
    venv.create(clone / ".venv", with_pip=False)
    Path(namespace["stamp_path"]("requirements.lock")).write_text(
        "{} {}.{}\n".format(namespace["lock_digest"]("requirements.lock"), *sys.version_info)
    )
    assert namespace["is_installed"]("requirements.lock")
    (clone / "requirements.lock").write_text("other==2 --hash=sha256:" + "1" * 64 + "\n")
    assert not namespace["is_installed"]("requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_the_locks_have_hashes_and_no_addresses(name):
    content = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in content and "index-url" not in content
    packages = [line for line in content.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    assert packages
    assert all("--hash=sha256:" in line for line in packages)
