"""Passwords: what is accepted, and how they are kept (argon2id).

Length. Without a second factor NIST SP 800-63B-4 and SECURITY.md T35 ask for 15 characters, and that is the default.
Fifteen is a burden on a phone, so the answer is not a lower bar for everybody but (a) any characters and spaces, so
that a sentence in pinyin does it, (b) password managers and pasting work, and (c) the setting
``security.min_password``, which an administrator may lower to 8 once a second factor guards the accounts.
There are no rules about kinds of characters and no forced changes: both make people choose worse ones.

Guessing. An exact look-up in a list of weak passwords finds nothing once 15 characters are asked for; people glue
several weak pieces together. So a password is cut into the cheapest pieces and its guessing cost is estimated.
"""

import math
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext as _n

from smallcrm.core import settings

DEFAULT_LENGTH = 15
LEAST_LENGTH = 8
MAX_LENGTH = 128
MIN_BITS = 38.0
LONGEST_PIECE = 24
LOOKALIKES = str.maketrans({"@": "a", "$": "s", "0": "o", "3": "e", "5": "s", "7": "t"})
# No 0/O, 1/l/I: an initial password is read aloud or typed from a note.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

# Each hash takes 64 MiB: at most four at a time, the others wait (SECURITY.md 5.4).
_memory = threading.BoundedSemaphore(4)


def min_length() -> int:
    """How many characters a password must have."""
    wanted = settings.get("security.min_password", DEFAULT_LENGTH)
    return max(LEAST_LENGTH, int(wanted))


def problem(password: str, context: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, as a sentence; None if it is fine.

    `context` are words an attacker knows: the person's name, e-mail and phone, the company.
    """
    password = normalise(password)
    least = min_length()
    if len(password) < least:
        return _n(
            "The password has %(num)s character; at least %(least)s are needed. Several words in a row do it.",
            "The password has %(num)s characters; at least %(least)s are needed. Several words in a row do it.",
            len(password),
            least=least,
        )
    if len(password) > MAX_LENGTH:
        return _("The password is too long; at most %(most)s characters are accepted.", most=MAX_LENGTH)
    if guessing_bits(password, _known_words(context)) < MIN_BITS:
        return _("This password is easy to guess: it is made of common words, names, dates or keys in a row.")
    return None


def guessing_bits(password: str, known: frozenset[str] = frozenset()) -> float:
    """A rough logarithm of how many guesses are needed, as the cheapest way to put the password together."""
    text = password.casefold()
    return min(_cheapest(text, known), _cheapest(text.translate(LOOKALIKES), known) + 2)


def _cheapest(text: str, known: frozenset[str]) -> float:
    pieces = weak_pieces()
    listed = math.log2(len(pieces))
    costs = [0.0]
    for end in range(1, len(text) + 1):
        character = text[end - 1]
        repeated = end > 1 and character in text[max(0, end - 3) : end - 1]
        best = costs[-1] + (1.0 if repeated else _character_bits(character))
        for start in range(max(0, end - LONGEST_PIECE), end - 1):
            piece = text[start:end]
            if piece in known or piece in text[:start]:
                best = min(best, costs[start] + 2)
            elif piece in pieces:
                best = min(best, costs[start] + listed)
        costs.append(best)
    return costs[-1]


def _character_bits(character: str) -> float:
    if not character.isascii():
        return 9.0
    return 3.3 if character.isdigit() else 4.7


def _known_words(context: Iterable[str]) -> frozenset[str]:
    words: set[str] = set()
    for text in context:
        folded = normalise(text).casefold()
        parts = "".join(c if c.isalnum() else " " for c in folded).split()
        words.update(word for word in (folded, *parts) if len(word) >= 2)
    return frozenset(words)


@cache
def weak_pieces() -> frozenset[str]:
    """The bundled list, written by packaging/password_blocklist.py."""
    text = (Path(__file__).parent / "weak_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def normalise(password: str) -> str:
    """NFKC, so that the same keys give the same password on every keyboard."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The argon2id hash. Slow on purpose: never call it inside write()."""
    with _memory:
        return _hasher().hash(normalise(password))


def verify(hashed: str | None, password: str) -> bool:
    """Whether `password` fits. Without a hash (unknown person) the same work is done for nothing."""
    password = normalise(password)
    fits = len(password) <= MAX_LENGTH and hashed is not None
    known = hashed if hashed is not None and fits else _nobody(_hasher())
    with _memory:
        try:
            return _hasher().verify(known, password[:MAX_LENGTH]) and fits
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher().check_needs_rehash(hashed)


def readable_secret() -> str:
    """A random password that can be read aloud: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _letter in range(4)) for _group in range(4))


def _hasher() -> PasswordHasher:
    return _made_with(*current_app.config["PASSWORD_COST"])


@cache
def _made_with(memory_cost: int, time_cost: int, parallelism: int) -> PasswordHasher:
    return PasswordHasher(memory_cost=memory_cost, time_cost=time_cost, parallelism=parallelism)


@cache
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_urlsafe(16))
