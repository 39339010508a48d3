"""Declaring built-in fields on a model: each function is an ordinary mapped_column that carries its Field."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import MappedColumn

from .field import column
from .types import (
    Address,
    Attachments,
    AutoNumber,
    Choice,
    Date,
    DecimalNumber,
    Email,
    Images,
    Integer,
    LongText,
    Moment,
    Money,
    MultiChoice,
    Percent,
    Phone,
    RecordLink,
    Reference,
    Tags,
    Text,
    UserRef,
    WebAddress,
    YesNo,
)


def text(label: Any, **settings: Any) -> MappedColumn[Any]:
    """One line of text."""
    return column(Text(label, **settings))


def long_text(label: Any, **settings: Any) -> MappedColumn[Any]:
    """Several lines of text."""
    return column(LongText(label, **settings))


def integer(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A whole number."""
    return column(Integer(label, **settings))


def decimal(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A decimal number, to six places."""
    return column(DecimalNumber(label, **settings))


def percent(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A share in percent."""
    return column(Percent(label, **settings))


def money(label: Any, **settings: Any) -> MappedColumn[Any]:
    """An amount in yuan."""
    return column(Money(label, **settings))


def yes_no(label: Any, **settings: Any) -> MappedColumn[Any]:
    """Yes, no or unknown."""
    return column(YesNo(label, **settings))


def date(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A day, without time zone."""
    return column(Date(label, **settings))


def moment(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A date and time."""
    return column(Moment(label, **settings))


def choice(label: Any, options: Any, **settings: Any) -> MappedColumn[Any]:
    """One of `options`: tuples (value, label[, colour])."""
    return column(Choice(label, options=options, **settings))


def multi_choice(label: Any, options: Any, **settings: Any) -> MappedColumn[Any]:
    """Some of `options`."""
    return column(MultiChoice(label, options=options, **settings))


def tags(label: Any, **settings: Any) -> MappedColumn[Any]:
    """Free words."""
    return column(Tags(label, **settings))


def phone(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A phone number."""
    return column(Phone(label, searchable=True, **settings))


def email(label: Any, **settings: Any) -> MappedColumn[Any]:
    """An e-mail address."""
    return column(Email(label, searchable=True, **settings))


def url(label: Any, **settings: Any) -> MappedColumn[Any]:
    """A web address."""
    return column(WebAddress(label, **settings))


def user(label: Any, *, key: str, **settings: Any) -> MappedColumn[Any]:
    """A person of the company."""
    return column(UserRef(label, **settings), key=key, foreign_key=ForeignKey("users.id"))


def reference(
    label: Any, entity: str, *, key: str, table: str | None = None, parent: bool = False, **settings: Any
) -> MappedColumn[Any]:
    """A record of `entity`; with `table` a real foreign key. `parent`: the record this one belongs to."""
    foreign = ForeignKey(f"{table}.id") if table else None
    made = Reference(label, entity=entity, parent=parent, **settings)
    return column(made, key=key, foreign_key=foreign, index=True)


def record_link(label: Any, *, parent: bool = False, **settings: Any) -> MappedColumn[Any]:
    """A record of any entity. `parent`: the record this one belongs to."""
    return column(RecordLink(label, parent=parent, **settings), index=True)


def address(label: Any, **settings: Any) -> MappedColumn[Any]:
    """省/市/区 and detail."""
    return column(Address(label, **settings))


def images(label: Any, **settings: Any) -> MappedColumn[Any]:
    """Pictures."""
    return column(Images(label, **settings))


def attachments(label: Any, **settings: Any) -> MappedColumn[Any]:
    """Files."""
    return column(Attachments(label, **settings))


def auto_number(label: Any, pattern: str, **settings: Any) -> MappedColumn[Any]:
    """A number the system gives."""
    return column(AutoNumber(label, pattern=pattern, searchable=True, **settings))
