"""SQLAlchemy 1.4 and 2.x, on psycopg2 and, where 2.x has it, psycopg 3; and 2.x on asyncpg."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest
import wire

SCRIPT = pathlib.Path(__file__).with_name("sqlalchemy_scenarios.py")
NAMES = [
    "create_and_drop", "reflection", "crud", "queries", "bulk", "upsert",
    "savepoints", "errors", "rollback", "pre_ping", "isolation", "threads",
]  # fmt: skip


@functools.cache
def results(version: str, driver: str, target: wire.Target, packages: str) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": packages, "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    command = [sys.executable, str(SCRIPT), target.url(f"postgresql+{driver}")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["version"].startswith(version), found["version"]
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("version", "driver"), [("1.4", "psycopg2"), ("2.", "psycopg2"), ("2.", "psycopg")])
def test_scenario(version: str, driver: str, name: str, target: wire.Target, root: pathlib.Path) -> None:
    if importlib.util.find_spec(driver) is None:
        pytest.skip(f"{driver} could not be installed")
    packages = str(root / "build/python/sqlalchemy14") if version == "1.4" else ""
    outcome = results(version, driver, target, packages).get(name, "did not run")
    assert outcome == "ok", outcome


def test_asyncpg_engine(target: wire.Target) -> None:
    pytest.importorskip("asyncpg", reason="asyncpg could not be installed")
    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    from sqlalchemy.orm import declarative_base

    base = declarative_base()

    class Note(base):
        __tablename__ = "sa_note"
        id = sa.Column(sa.Integer, primary_key=True)
        text = sa.Column(sa.Text, nullable=False)

    async def body() -> None:
        engine = create_async_engine(target.url("postgresql+asyncpg"))
        async with engine.begin() as c:
            await c.run_sync(base.metadata.drop_all)
            await c.run_sync(base.metadata.create_all)
        async with AsyncSession(engine) as s:
            s.add_all([Note(text=f"n{n}") for n in range(20)])
            await s.commit()
            found = (await s.execute(sa.select(Note).where(Note.text == "n7"))).scalar_one()
            found.text = "changed"
            await s.commit()
            assert (await s.execute(sa.select(sa.func.count()).select_from(Note))).scalar() == 20
        async with engine.begin() as c:
            await c.run_sync(base.metadata.drop_all)
        await engine.dispose()

    asyncio.run(body())
