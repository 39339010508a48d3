"""What the terminal says, in the language of the machine; and the error that is one line without a traceback.

Stands apart from flask_babel because these sentences are needed before there is an application.
"""

import gettext
import locale
import os
from functools import cache
from pathlib import Path
from typing import Any

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


class CannotStart(Exception):
    """The program cannot do what was asked for; the message is one sentence for the person at the terminal."""


def language() -> str:
    """zh_CN if the machine speaks Chinese, else en."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if chosen := os.environ.get(name):
            return "zh_CN" if chosen.lower().startswith("zh") else "en"
    known = locale.getlocale()[0] or ""
    return "zh_CN" if known.lower().startswith(("zh", "chinese")) else "en"


@cache
def _catalog(name: str) -> gettext.NullTranslations:
    return gettext.translation("messages", TRANSLATIONS, [name], fallback=True)


def text(message: str, **values: Any) -> str:
    """`message` in the language of the terminal, its %(name)s placeholders filled in."""
    translated = _catalog(language()).gettext(message)
    return translated % values if values else translated
