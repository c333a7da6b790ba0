"""What a server has, asked by a client."""

from __future__ import annotations

import psycopg2


def rows(url: str, sql: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as c:
            c.execute("SET TIME ZONE 'UTC'")
            c.execute(sql)
            return c.fetchall()
    finally:
        connection.close()
