from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from edge.wire import CleanText, Timestamp, Wire, utc, utc_or_none


class Note(Wire):
    text: CleanText = ""
    at: Timestamp | None = None
    count: int = 0


def test_nothing_is_coerced_and_nothing_unknown_is_taken() -> None:
    for wrong in ({"x": 1}, {"count": "1"}, {"count": 1.0}, {"count": True}, {"text": 1}):
        with pytest.raises(ValidationError):
            Note.model_validate(wrong)


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "\x7f", "a\ud800"])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Note(text=text)


def test_the_document_shows_what_text_is_refused() -> None:
    [pattern] = [field["pattern"] for field in Note.model_json_schema()["properties"].values() if "pattern" in field]
    assert re.search(pattern, "a\0b") is None and re.search(pattern, "line\nline") is not None


def test_ordinary_text_is_taken_as_it_is() -> None:
    for text in ("Привет, мир", "line\nline\ttab\r\n", "🙂", " "):
        assert Note(text=text).text == text


def test_a_time_is_a_string_with_an_offset() -> None:
    assert Note.model_validate({"at": "2026-01-31T12:05:00+03:00"}).at == datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
    for wrong in (0, 1.5, "2026-01-31T12:05:00", "1769850300", "today", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(ValidationError):
            Note.model_validate({"at": wrong})


def test_times_are_written_in_utc_with_microseconds() -> None:
    moscow = timezone(timedelta(hours=3))
    assert utc(datetime(2026, 1, 31, 12, 5, tzinfo=moscow)) == "2026-01-31T09:05:00.000000Z"
    assert utc_or_none(None) is None
