"""Definitions mean on the backend what they mean here, whatever the settings of their maker and of the backend's own sessions."""

from __future__ import annotations

import pytest
import writers

MAKER = (
    "SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET TIME ZONE 'Europe/Paris'",
    "CREATE SCHEMA apart",
    "CREATE TABLE apart.dated (id int PRIMARY KEY, d date DEFAULT '02/01/2024')",
    "INSERT INTO apart.dated VALUES (1)",
    "ALTER TABLE apart.dated ADD COLUMN t timestamptz DEFAULT '03/01/2024 10:20'",
    "ALTER TABLE apart.dated ADD COLUMN i interval DEFAULT '-1 2:03:04'",
    "ALTER TABLE apart.dated ADD CHECK (d < '03/04/2024')",
    "CREATE SEQUENCE apart.q START 100",
    "SET search_path = apart",
    "ALTER TABLE dated ADD COLUMN n int DEFAULT 7",
    "INSERT INTO dated VALUES (2)",
)
READER = "SELECT id, d, extract(epoch FROM t)::bigint, extract(epoch FROM i)::bigint, n FROM apart.dated ORDER BY id"


@pytest.mark.parametrize("style", ["ISO, MDY", "German", "SQL, YMD"])
def test_constants_are_read_as_their_maker_wrote_them(forwarding, cluster, style: str) -> None:
    cluster.run(
        f"ALTER DATABASE mem0 SET DateStyle = '{style}'",
        "ALTER DATABASE mem0 SET TimeZone = 'Asia/Tokyo'",
        "ALTER DATABASE mem0 SET IntervalStyle = 'iso_8601'",
    )
    daemon = forwarding(cluster.url())
    writers.execute(daemon, *MAKER)
    writers.wait_until_forwarded(daemon)
    here = writers.rows_of(daemon.target.url(), READER)
    assert [row[1].isoformat() for row in here] == ["2024-01-02", "2024-01-02"]
    writers.compare("what the rows hold", cluster.rows(READER), here)
    # What comes after the definitions is read as ever, and their defaults are the same.
    writers.execute(daemon, "INSERT INTO apart.dated (id, d, t, i) VALUES (3, '2024-03-20', '2024-03-20 01:02+00', '-1 h')")
    writers.wait_until_forwarded(daemon)
    cluster.run("INSERT INTO apart.dated (id) VALUES (4)")
    writers.execute(daemon, "INSERT INTO apart.dated (id) VALUES (5)")
    writers.wait_until_forwarded(daemon)
    there = cluster.rows(READER)
    writers.compare("rows of both", there[:3] + there[4:], writers.rows_of(daemon.target.url(), READER))
    assert there[3][1:] == there[4][1:]
