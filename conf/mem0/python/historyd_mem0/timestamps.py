"""Timestamps: the instant for the column, the text for the caller.

mem0 keeps ISO 8601 text and gives back what it was given. A timestamptz column holds the instant only, so text that
is not the instant's plain form (`datetime.isoformat()` in UTC, what mem0 writes since 1.0.8) is kept beside it, in
`history_as_given`: another offset, no offset (taken as UTC), fewer digits, or no timestamp at all.
"""

from __future__ import annotations

import datetime
import sys

_UTC = datetime.timezone.utc


def instant_of(text: str) -> datetime.datetime | None:
    """The instant that ISO 8601 text names, in UTC; None when it names none."""
    if sys.version_info < (3, 11) and text.endswith("Z"):
        text = text[:-1] + "+00:00"
    try:
        at = datetime.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=_UTC)).astimezone(_UTC)
    except (ValueError, OverflowError):
        return None


def plain(instant: datetime.datetime) -> str:
    """A value read from the server, as mem0 writes it. Old patches have columns without time zone: UTC."""
    return (instant if instant.tzinfo else instant.replace(tzinfo=_UTC)).astimezone(_UTC).isoformat()


def split(text: str | None) -> tuple[str | None, str | None]:
    """Returns: the instant in its plain form, and the text where that is not the same."""
    if text is None:
        return None, None
    instant = instant_of(text)
    if instant is None:
        return None, text
    stored = instant.isoformat()
    return stored, None if stored == text else text


def join(instant: datetime.datetime | None, as_given: str | None) -> str | None:
    """The inverse. Kept text counts only while it still names the column's instant."""
    stored = None if instant is None else plain(instant)
    if as_given is not None and split(as_given)[0] == stored:
        return as_given
    return stored
