"""Django: what it prints here is what it prints on PostgreSQL."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

CLIENT = pathlib.Path(__file__).parent / "django_client.py"


def printed(url: str) -> str:
    pytest.importorskip("django")
    ran = subprocess.run([sys.executable, CLIENT, url], capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return ran.stdout


def test_migrations_and_orm(pair) -> None:
    assert printed(pair.historyd.url()) == printed(pair.postgres.url())
