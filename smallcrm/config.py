"""Settings: flag > environment SMALLCRM_* > smallcrm.toml in the data folder > default."""

import logging
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .core.console import CannotStart
from .core.console import text as _

log = logging.getLogger(__name__)

PACKAGE = Path(__file__).resolve().parent
SOURCE = PACKAGE.parent
FILE = "smallcrm.toml"
PREFIX = "SMALLCRM_"

MAX_BODY = 1024 * 1024
MAX_UPLOAD = 26 * 1024 * 1024
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Never read from the file or the environment: the folder is where the file lies, immediate jobs are for tests.
NOT_IN_FILE = {"data", "sources", "immediate_jobs"}


def default_data() -> Path:
    """smallcrm-data beside run.py when run from source, else in the home folder."""
    beside = SOURCE if (SOURCE / "run.py").is_file() else Path.home()
    return beside / "smallcrm-data"


@dataclass(frozen=True)
class Settings:
    """One data folder and how it is served. `sources` says where each value came from (name → flag, variable, file)."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8300
    lan: bool = False
    base_url: str = ""
    trusted_proxy: str = ""
    database_url: str = ""
    redis_url: str = ""
    log_level: str = "INFO"
    threads: int = 8
    workers: int = 2
    immediate_jobs: bool = False
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings of this start. `flags` are the command line's, None meaning not given.

        Raises CannotStart for a value that cannot be understood or a name in the file that does not exist.
        """
        environ = os.environ if environ is None else environ
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        data, source = _data_folder(given, environ)
        file = _read_file(data / FILE)
        values: dict[str, Any] = {"data": data, "immediate_jobs": bool(given.get("immediate_jobs", False))}
        sources = {"data": source}
        for name, default in _plain_fields().items():
            variable = PREFIX + name.upper()
            if name in given:
                found, where = given[name], "--" + name.replace("_", "-")
            elif variable in environ:
                found, where = environ[variable], variable
            elif name in file:
                found, where = file[name], str(data / FILE)
            else:
                continue
            values[name] = _understood(name, found, type(default), where)
            sources[name] = where
        return cls(**values, sources=sources)

    def source(self, name: str) -> str:
        """Where the value of `name` came from."""
        return self.sources.get(name, "default")

    @property
    def listen(self) -> str:
        """The address to bind: every interface with --lan, unless a host was given."""
        return "0.0.0.0" if self.lan and "host" not in self.sources else self.host  # noqa: S104 - asked for with --lan

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.data / 'crm.db'}"

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None when the database is a server."""
        return None if self.database_url else self.data / "crm.db"

    def shown(self) -> list[tuple[str, str, str]]:
        """(name, value, source) of every setting, passwords in URLs left out."""
        rows = [("data", str(self.data), self.source("data"))]
        for name in _plain_fields():
            rows.append((name, _without_password(str(getattr(self, name))), self.source(name)))
        return rows

    def flask_config(self) -> dict[str, Any]:
        """The configuration of the Flask application; makes the secret key at the first start."""
        https = self.base_url.startswith("https:")
        return {
            "DATA": self.data,
            "SECRET_KEY": secret_key(self.data),
            "SQLALCHEMY_DATABASE_URI": self.database,
            "REDIS_URL": self.redis_url,
            "HUEY_FILE": self.data / "huey.db",
            "JOBS_IMMEDIATE": self.immediate_jobs,
            "MIGRATIONS": str(migrations_folder()),
            "MAX_CONTENT_LENGTH": MAX_BODY,
            "MAX_FORM_MEMORY_SIZE": 500_000,
            "MAX_FORM_PARTS": 1000,
            "SESSION_COOKIE_NAME": "sid",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": https,
            "PREFERRED_URL_SCHEME": "https" if https else "http",
            "TRUSTED_HOSTS": self._trusted_hosts(),
            "BABEL_TRANSLATION_DIRECTORIES": str(PACKAGE / "translations"),
        }

    def _trusted_hosts(self) -> list[str] | None:
        # Without this a page that rebinds its name to 127.0.0.1 could talk to a server that only listens there.
        if self.base_url:
            return [urlsplit(self.base_url).hostname or "", *LOOPBACK_NAMES]
        if self.listen in ("127.0.0.1", "::1", "localhost"):
            return list(LOOPBACK_NAMES)
        return None


def migrations_folder() -> Path:
    """The Alembic folder: beside the package in the source tree, inside it when installed."""
    beside = SOURCE / "migrations"
    return beside if (beside / "env.py").is_file() else PACKAGE / "migrations"


def secret_key(data: Path) -> bytes:
    """The 32 random bytes that sign cookies and tokens, kept in `data`/secret.key readable by the owner alone."""
    path = data / "secret.key"
    try:
        return _read_key(path)
    except FileNotFoundError:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _read_key(path: Path) -> bytes:
    key = path.read_bytes()
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
        log.warning("secret.key could be read by others; its permissions were repaired")
    try:
        decoded = bytes.fromhex(key.decode("ascii"))
    except ValueError:
        decoded = b""
    if len(decoded) < 32 or len(set(decoded)) < 8:
        raise CannotStart(
            _(
                "The file %(path)s is damaged. Restore it from a backup, or delete it; everybody then signs in again.",
                path=path,
            )
        )
    return decoded


def _plain_fields() -> dict[str, Any]:
    return {each.name: each.default for each in fields(Settings) if each.name not in NOT_IN_FILE}


def _data_folder(given: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Path, str]:
    if "data" in given:
        return Path(given["data"]).expanduser().resolve(), "--data"
    if environ.get(PREFIX + "DATA"):
        return Path(environ[PREFIX + "DATA"]).expanduser().resolve(), PREFIX + "DATA"
    return default_data(), "default"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError:
        raise CannotStart(_("The file %(path)s cannot be read.", path=path))
    import tomllib

    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotStart(_("The file %(path)s cannot be understood: %(error)s", path=path, error=error))
    unknown = sorted(values.keys() - _plain_fields().keys())
    if unknown:
        raise CannotStart(_("There is no setting named %(name)s (in %(path)s).", name=", ".join(unknown), path=path))
    return values


def _understood(name: str, value: Any, kind: type, where: str) -> Any:
    if kind is bool:
        return _switch(value, where)
    if kind is int:
        return _number(name, value, where)
    value = str(value).strip()
    if name == "log_level" and value.upper() not in LOG_LEVELS:
        raise CannotStart(_("%(where)s must be one of %(choices)s.", where=where, choices=", ".join(LOG_LEVELS)))
    if name == "base_url":
        return _address(value, where)
    return value.upper() if name == "log_level" else value


def _switch(value: Any, where: str) -> bool:
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off", ""):
        return False
    raise CannotStart(_("%(where)s must be yes or no.", where=where))


def _number(name: str, value: Any, where: str) -> int:
    low, high = (0, 65535) if name == "port" else (1, 64)
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if not low <= number <= high:
        raise CannotStart(
            _("%(where)s must be a whole number from %(low)s to %(high)s.", where=where, low=low, high=high)
        )
    return number


def _address(value: str, where: str) -> str:
    value = value.rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path):
        raise CannotStart(_("%(where)s must look like https://crm.example.com.", where=where))
    return value


def _without_password(value: str) -> str:
    try:
        parts = urlsplit(value)
        password = parts.password
    except ValueError:
        return value
    return value.replace(f":{password}@", ":***@", 1) if password else value
