#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""Start smallcrm from its source folder: python3 run.py [command ...]

Needs Python 3.11 or newer and nothing else. The first start makes the private environment .venv beside this file
from the pinned, hash-checked requirements.lock; later starts need no network. Without a command it serves.

    python3 run.py                  serve
    python3 run.py test [args]      install what the tests need and run them (args go to pytest)
    python3 run.py bench [args]     how fast it is, beside the barest page possible; --help lists the args
    python3 run.py COMMAND ...      any command of smallcrm; --help lists them

This file must be readable by old Pythons too, so that they can say that they are too old.
"""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
OLDEST = (3, 11)
PYTEST = ["-n", "2", "--dist", "loadfile"]
BROWSER = ["chromium", "fonts-noto-cjk"]


def in_chinese():
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name].lower().startswith("zh")
    import locale

    return (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese"))


def say(english, chinese):
    sys.stderr.write("smallcrm: %s\n" % (chinese if in_chinese() else english))
    sys.stderr.flush()


def fail(english, chinese):
    say(english, chinese)
    sys.exit(1)


def check_python():
    if sys.version_info < OLDEST:
        have = "%d.%d" % sys.version_info[:2]
        fail(
            "Python 3.11 or newer is needed; this is %s. Install a newer one and start it with run.py." % have,
            "需要 Python 3.11 或更新版本，当前是 %s。" % have,
        )


def venv_python():
    if os.name == "nt":
        return os.path.join(VENV, "Scripts", "python.exe")
    return os.path.join(VENV, "bin", "python")


def inside():
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV)


def lock_digest(name):
    import hashlib

    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def stamp_path(name):
    return os.path.join(VENV, "installed-" + name)


def is_installed(name):
    """Whether this lock, exactly, was installed for this Python."""
    try:
        with open(stamp_path(name)) as file:
            stamp = file.read().split()
    except OSError:
        return False
    return stamp == [lock_digest(name), "%d.%d" % sys.version_info[:2]] and os.path.exists(venv_python())


def make_venv():
    import importlib.util
    import subprocess

    python = venv_python()
    if works(python, "import pip"):
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        package = "python%d.%d-venv" % sys.version_info[:2]
        fail(
            "Python's venv module is not complete. Install it with: sudo apt install %s" % package,
            "缺少 Python 的 venv 模块，请先安装：sudo apt install %s" % package,
        )
    say("Making the private environment %s …" % VENV, "正在创建运行环境 %s …" % VENV)
    if works(python, "import sys; sys.exit(sys.version_info[:2] != %r)" % (sys.version_info[:2],)):
        command = [python, "-m", "ensurepip"]
    else:
        command = [sys.executable, "-m", "venv", "--clear", VENV]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        last = (made.stdout.decode(errors="replace").strip().splitlines() or ["?"])[-1]
        fail("The environment %s cannot be made: %s" % (VENV, last), "无法创建运行环境 %s：%s" % (VENV, last))


def works(python, code):
    import subprocess

    if not os.path.exists(python):
        return False
    return subprocess.run([python, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def install(name):
    """Install a lock into .venv, showing one line per package."""
    import subprocess

    make_venv()
    total = count_packages(name)
    say("Installing %d packages, once …" % total, "正在安装 %d 个依赖包（只需一次）…" % total)
    command = [venv_python(), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--retries", "2"]
    command += ["--timeout", "20", "-r", os.path.join(ROOT, name)]
    lines = []
    show_progress.seen = 0
    # PYTHONUNBUFFERED lets the progress appear as it happens.
    environment = dict(os.environ, PYTHONUNBUFFERED="1", PYTHONIOENCODING="utf-8")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as pip:
        for raw in pip.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            lines.append(line)
            show_progress(line, total)
    if pip.returncode:
        explain(lines)
    with open(stamp_path(name), "w") as file:
        file.write("%s %d.%d\n" % ((lock_digest(name),) + sys.version_info[:2]))


def count_packages(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return sum(1 for line in file if "==" in line and line[0].isalnum())


def show_progress(line, total):
    words = line.split()
    # Which word of pip's line names the package.
    place = {"Collecting": 1, "Processing": 1, "Ignoring": 1, "Requirement": 3}.get(words[0] if words else "")
    if place and len(words) > place:
        show_progress.seen += 1
        package = os.path.basename(words[place].rstrip(":"))
        sys.stderr.write("  [%d/%d] %s\n" % (min(show_progress.seen, total), total, package))
    elif line.startswith("Installing collected"):
        say("Unpacking …", "正在解压 …")
    sys.stderr.flush()


show_progress.seen = 0


def explain(lines):
    """Say in one line why pip failed."""
    text = "\n".join(lines)
    if "DO NOT MATCH THE HASHES" in text:
        fail(
            "A downloaded package is not the expected one (hash differs). Check the mirror and try again.",
            "下载的依赖包与预期不符（校验值不同），请检查镜像源后重试。",
        )
    if "connection broken by" in text or "Connection" in text or "timed out" in text or "Name or service" in text:
        fail(
            "The first start needs the internet to download packages. Connect and start again; "
            "where the package index is slow, set PIP_INDEX_URL to a mirror.",
            "首次启动需要联网下载依赖包。请联网后重新启动；下载慢时可用 PIP_INDEX_URL 指定镜像源。",
        )
    if "No space left" in text:
        fail("The disk is full. Make room and start again.", "磁盘已满，请清理后重新启动。")
    errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["?"]
    fail("The packages cannot be installed: %s" % errors[0], "依赖包安装失败：%s" % errors[0])


def enter(arguments):
    """Become `arguments` run by the Python of .venv."""
    command = [venv_python()] + arguments
    if os.name != "nt":
        os.execv(command[0], command)
    import signal
    import subprocess

    # Ctrl-C reaches the child by itself; the parent only waits for it to finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(command))


def test(arguments):
    for name in ("requirements.lock", "requirements-test.lock"):
        if not is_installed(name):
            install(name)
    need_browser()
    if not any(each == "-n" or each.startswith(("-n", "--numprocesses", "--pdb")) for each in arguments):
        arguments = PYTEST + arguments
    os.chdir(ROOT)
    enter(["-m", "pytest"] + arguments)


def need_browser():
    """Install Chromium and a Chinese font where that is possible, else say that its tests are skipped."""
    import shutil
    import subprocess

    if shutil.which("chromium") and (not shutil.which("dpkg") or works_command(["dpkg", "-s", BROWSER[1]])):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        if not shutil.which("chromium"):
            say(
                "Chromium is not installed, so the browser tests are skipped (Debian: apt-get install %s)."
                % " ".join(BROWSER),
                "没有安装 Chromium，将跳过浏览器测试（Debian：apt-get install %s）。" % " ".join(BROWSER),
            )
        return
    say("Installing Chromium for the browser tests …", "正在安装浏览器测试所需的 Chromium …")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install_them = ["apt-get", "install", "-y", "-q", "--no-install-recommends"] + BROWSER
    if not works_command(install_them, quiet):
        works_command(["apt-get", "update", "-q"], quiet)
        if subprocess.run(install_them, env=quiet, stdout=subprocess.DEVNULL).returncode:
            say("Chromium cannot be installed; its tests are skipped.", "无法安装 Chromium，将跳过浏览器测试。")


def works_command(command, environment=None):
    import subprocess

    quiet = subprocess.DEVNULL
    return subprocess.run(command, env=environment, stdout=quiet, stderr=quiet).returncode == 0


def bench(arguments):
    if not os.path.isdir(os.path.join(ROOT, "bench")):
        fail("There are no benchmarks in this version.", "这个版本没有性能测试。")
    os.chdir(ROOT)
    enter(["-m", "bench"] + arguments)


def main():
    check_python()
    arguments = sys.argv[1:]
    if arguments[:1] == ["test"]:
        test(arguments[1:])
    if inside():
        # The environment's own Python found smallcrm through the folder of this file.
        from smallcrm.cli import main as command_line

        command_line(arguments)
        return
    if not is_installed("requirements.lock"):
        install("requirements.lock")
    if arguments[:1] == ["bench"]:
        bench(arguments[1:])
    enter([os.path.join(ROOT, "run.py")] + arguments)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
