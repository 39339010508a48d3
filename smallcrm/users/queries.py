"""Selects over people."""

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import joinedload

from .models import User, UserStatus


def people(q: str = "", department_ids: list[int] | None = None, role_id: int | None = None) -> Select[User]:
    """Colleagues by name, e-mail or phone, in a department or role; the disabled ones last."""
    query = select(User).options(joinedload(User.role), joinedload(User.department))
    if q:
        query = query.where(
            or_(
                User.name.icontains(q, autoescape=True),
                User.email.icontains(q, autoescape=True),
                User.phone.icontains(q, autoescape=True),
            )
        )
    if department_ids is not None:
        query = query.where(User.department_id.in_(department_ids))
    if role_id is not None:
        query = query.where(User.role_id == role_id)
    return query.order_by(case((User.status == UserStatus.disabled, 1), else_=0), User.name, User.id)


def colleagues() -> Select[User]:
    """Everybody who can be given work: active people and those invited."""
    return select(User).where(User.status != UserStatus.disabled).order_by(User.name, User.id)


def people_per_role() -> Select[int, int]:
    """(role id, number of people who are not disabled)."""
    return select(User.role_id, func.count()).where(User.status != UserStatus.disabled).group_by(User.role_id)
