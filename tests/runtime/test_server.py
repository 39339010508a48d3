"""The real program: how it starts, refuses, answers and stops."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading

import pytest

from smallcrm import __version__
from smallcrm.core.db import sqlite_is_safe, sqlite_module

from .conftest import command, environment, free_port


def test_it_serves_and_prints_where_everything_is(start, data):
    program = start(data)
    assert program.get("/healthz") == (200, b'{"status":"ok"}\n')
    said = program.said()
    assert f"smallcrm {__version__}" in said
    assert f"Data folder: {data}" in said
    assert f"On this computer: http://127.0.0.1:{program.port}" in said
    assert "█" not in said


def test_with_lan_it_prints_an_address_and_a_code_for_phones_or_why_not(start, data):
    said = start(data, "--lan").said()
    assert "In the office network: http://" in said and "█" in said or "not in a network" in said


def test_the_data_folder_is_private(start, data):
    start(data).end()
    assert data.stat().st_mode & 0o777 == 0o700
    for path in data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_second_instance_is_refused_and_names_the_first(start, data):
    first = start(data)
    second = command("serve", "--data", data, "--port", free_port())
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"smallcrm: smallcrm is already using {data} (process {first.process.pid}, http://127.0.0.1:{first.port})."
    ]
    assert first.get("/healthz")[0] == 200


def test_a_taken_port_is_one_line(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("serve", "--data", data, "--port", port)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"smallcrm: Port {port} is used by another program. Choose another with --port."
    ]
    assert not (data / "crm.db").exists()


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = command("serve", "--data", tmp_path / "file" / "data")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr


def test_a_database_of_a_newer_program_is_refused_and_not_touched(data):
    data.mkdir()
    database = data / "crm.db"
    connection = sqlite3.connect(database)
    connection.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE alembic_version (version_num TEXT);"
        "INSERT INTO alembic_version VALUES ('from_the_future')"
    )
    connection.close()
    before = database.read_bytes(), database.stat().st_mtime_ns
    done = command("serve", "--data", data, "--port", free_port())
    assert done.returncode == 1
    assert "newer smallcrm (schema from_the_future)" in done.stderr
    assert "Traceback" not in done.stderr
    assert (database.read_bytes(), database.stat().st_mtime_ns) == before


def test_a_file_that_is_no_database_is_one_line(data):
    data.mkdir()
    (data / "crm.db").write_bytes(b"these bytes are not a database" * 100)
    done = command("serve", "--data", data, "--port", free_port())
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cannot be opened" in done.stderr


@pytest.mark.skipif(sqlite_is_safe(sqlite3.sqlite_version_info), reason="this Python's own SQLite is safe")
def test_a_sqlite_that_can_lose_commits_is_refused(data):
    code = "import sys; sys.modules['pysqlite3'] = None; from smallcrm.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "serve", "--data", data], env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "needs 3.51.3 or newer" in done.stderr
    assert not data.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_after_kill_9_it_starts_again_on_the_same_data(start, data):
    first = start(data)
    assert first.get("/healthz")[0] == 200
    first.end(signal.SIGKILL)
    second = start(data)
    assert second.get("/healthz")[0] == 200
    assert second.end() == 0
    with sqlite_module().connect(str(data / "crm.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_runs_when_the_signal_comes_is_answered(start, data, number):
    program = start(data)
    blocker = sqlite_module().connect(str(data / "crm.db"), isolation_level=None, timeout=30)
    # The health check writes a row, so it has to wait for this lock: a slow request without a hook in the program.
    blocker.execute("BEGIN IMMEDIATE")
    slow = socket.create_connection(("127.0.0.1", program.port))
    slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    # Connections are read in turn: once a later one is answered, the slow one has been taken in.
    assert program.get("/static/nothing")[0] == 404
    ended = threading.Thread(target=program.end, args=(number,))
    ended.start()
    with pytest.raises(OSError):
        while True:
            socket.create_connection(("127.0.0.1", program.port), timeout=5).close()
    blocker.execute("ROLLBACK")
    answer = b""
    while part := slow.recv(65536):
        answer += part
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'{"status":"ok"}' in answer
    ended.join()
    assert program.process.returncode == 0
    assert "cut off" not in program.said()


def test_stopping_leaves_one_whole_database_file(start, data):
    program = start(data)
    program.get("/healthz")
    assert program.end() == 0
    assert not (data / "crm.db-wal").exists()


def test_idle_connections_do_not_delay_the_end(start, data):
    program = start(data)
    with socket.create_connection(("127.0.0.1", program.port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200")
        assert program.end() == 0
        assert "cut off" not in program.said()


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(request)
        return sock.recv(65536)


def test_the_server_says_nothing_about_itself_and_limits_what_it_reads(start, data):
    port = start(data).port
    head = b"HTTP/1.1\r\nHost: localhost\r\n"
    assert b"\r\nServer:" not in raw(port, b"GET /healthz " + head + b"\r\n")
    assert raw(port, b"GET / " + head + b"X: " + b"x" * 20000 + b"\r\n\r\n").split()[1] == b"431"
    assert raw(port, b"POST / " + head + b"Content-Length: 2000000000\r\n\r\n").split()[1] == b"413"
    both = b"POST / " + head + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"
    assert raw(port, both).split()[1] == b"400"
    assert raw(port, b"GET /healthz HTTP/1.1\r\nHost: rebound.example.com\r\n\r\n").split()[1] == b"400"


def test_the_log_is_json_lines_without_query_strings(start, data):
    program = start(data)
    program.get("/nowhere?token=do-not-write-me")
    program.end()
    content = (data / "logs" / "smallcrm.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in content.splitlines()]
    (request,) = [line for line in lines if line.get("path") == "/nowhere"]
    assert (request["method"], request["level"], request["address"]) == ("GET", "INFO", "127.0.0.1")
    assert request["request"]
    assert "do-not-write-me" not in content + program.said()
