from pathlib import Path

import pytest

from smallcrm.config import LOOPBACK_NAMES, Settings, secret_key
from smallcrm.core.console import CannotStart

from .conftest import command


def write(data: Path, text: str) -> None:
    data.mkdir()
    (data / "smallcrm.toml").write_text(text, encoding="utf-8")


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(data):
    write(data, "port = 1001\nthreads = 3\nworkers = 4\n")
    settings = Settings.load(
        {"data": str(data), "port": 1003, "host": None}, {"SMALLCRM_PORT": "1002", "SMALLCRM_THREADS": "5"}
    )
    assert (settings.port, settings.threads, settings.workers, settings.host) == (1003, 5, 4, "127.0.0.1")
    assert settings.source("port") == "--port"
    assert settings.source("threads") == "SMALLCRM_THREADS"
    assert settings.source("workers") == str(data / "smallcrm.toml")
    assert settings.source("host") == "default"


def test_the_command_shows_each_value_and_its_source_but_no_password(data):
    write(data, 'database_url = "postgresql+psycopg://crm:geheim@db/crm"\n')
    shown = command("config", "--data", data, SMALLCRM_PORT="9000")
    lines = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines()}
    assert lines["data"] == [str(data), "--data"]
    assert lines["port"] == ["9000", "SMALLCRM_PORT"]
    assert lines["database_url"] == ["postgresql+psycopg://crm:***@db/crm", str(data / "smallcrm.toml")]
    assert lines["host"] == ["127.0.0.1", "default"]
    assert "geheim" not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    "text",
    ["port = 'many'", "port = 70000", "lan = 'perhaps'", "prot = 8000", "port = ", "log_level = 'LOUD'",
     "base_url = 'crm.example.com'", "threads = 0"],
)  # fmt: skip
def test_a_setting_that_cannot_be_understood_is_refused_with_its_place(data, text):
    write(data, text + "\n")
    with pytest.raises(CannotStart, match=r"smallcrm\.toml"):
        Settings.load({"data": data}, {})


def test_a_bad_setting_is_one_line_without_a_traceback(data):
    done = command("config", "--data", data, SMALLCRM_PORT="abc")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["smallcrm: SMALLCRM_PORT must be a whole number from 0 to 65535."]


def test_lan_opens_every_interface_unless_a_host_was_chosen(data):
    assert Settings.load({"data": data}, {}).listen == "127.0.0.1"
    assert Settings.load({"data": data, "lan": True}, {}).listen == "0.0.0.0"
    assert Settings.load({"data": data, "lan": True, "host": "192.0.2.7"}, {}).listen == "192.0.2.7"


def test_cookies_are_secure_only_behind_https(data):
    assert not Settings(data=data).flask_config()["SESSION_COOKIE_SECURE"]
    assert Settings(data=data, base_url="https://crm.example.com").flask_config()["SESSION_COOKIE_SECURE"]


def test_a_server_on_loopback_answers_to_loopback_names_only(data):
    assert Settings(data=data).flask_config()["TRUSTED_HOSTS"] == list(LOOPBACK_NAMES)
    assert "crm.example.com" in Settings(data=data, base_url="https://crm.example.com").flask_config()["TRUSTED_HOSTS"]


def test_the_secret_key_is_made_once_for_the_owner_alone(data):
    key = secret_key(data)
    assert len(key) == 32
    assert secret_key(data) == key
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_key_others_can_read_is_repaired(data, caplog):
    key = secret_key(data)
    (data / "secret.key").chmod(0o644)
    assert secret_key(data) == key
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600
    assert "repaired" in caplog.text


@pytest.mark.parametrize(
    "content", ["", "dev", "00" * 32, "ab" * 16, "not hexadecimal at all, but long enough to be one"]
)
def test_a_short_or_guessable_secret_key_is_refused(data, content):
    data.mkdir()
    (data / "secret.key").write_text(content)
    with pytest.raises(CannotStart, match=r"secret\.key"):
        secret_key(data)
