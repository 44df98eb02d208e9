from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, CreatedAt, NumberedId


class ApiKeyRow(Base):
    """A key of the marketplace or administrator `name`, who owns what is done with any of his keys."""

    __tablename__ = "api_keys"

    id: Mapped[NumberedId]
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
