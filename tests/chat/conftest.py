"""Fixtures of the chat's tests."""

from __future__ import annotations

from tests.chat.talking import chats

__all__ = ["chats"]
