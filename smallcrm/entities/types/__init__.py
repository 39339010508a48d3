"""The field types. A new one is a class in this package, listed here, and needs no other edit."""

from ..field import Field
from .choices import Choice, MultiChoice, Tags, YesNo
from .dates import Date, Moment
from .files import Attachments, Images
from .numbering import AutoNumber
from .numbers import DecimalNumber, Integer, Money, Percent
from .people import DepartmentRef, UserRef
from .places import Address
from .reference import RecordLink, Reference
from .texts import Email, LongText, Phone, Text, WebAddress

TYPES: dict[str, type[Field]] = {
    cls.type: cls
    for cls in (
        Text,
        LongText,
        Integer,
        DecimalNumber,
        Percent,
        Money,
        YesNo,
        Date,
        Moment,
        Choice,
        MultiChoice,
        Tags,
        Phone,
        Email,
        WebAddress,
        UserRef,
        DepartmentRef,
        Reference,
        RecordLink,
        Address,
        Images,
        Attachments,
        AutoNumber,
    )
}
