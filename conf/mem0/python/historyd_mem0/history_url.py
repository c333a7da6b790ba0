"""Which history paths are historyd's."""

from __future__ import annotations

import os
import re
import typing

VARIABLE = "MEM0_HISTORY_URL"
# postgresql+psycopg2:// is what SQLAlchemy, and the patches before this package, want to see.
_SCHEME = re.compile(r"(?:postgresql|postgres)(?:\+\w+)?://")


def is_url(path: typing.Any) -> bool:
    return isinstance(path, str) and _SCHEME.match(path) is not None


def normalised(url: str) -> str:
    """As libpq reads it."""
    if not is_url(url):
        raise ValueError(f"historyd's URL begins with postgresql://, this one does not: {url!r}")
    return _SCHEME.sub("postgresql://", url, count=1)


def of_path(path: typing.Any, default_path: str) -> str | None:
    """The URL for a `history_db_path`; None when it is a file, mem0's own affair.

    MEM0_HISTORY_URL stands in for mem0's default path only: a path that the application chose is its choice.
    """
    if is_url(path):
        return path
    url = os.environ.get(VARIABLE)
    if not url or path != default_path:
        return None
    if not is_url(url):
        raise ValueError(f"{VARIABLE} begins with postgresql://, this does not: {url!r}")
    return url
