"""psycopg 3, or psycopg2 where only that is installed: connecting, and one transaction in one round trip."""

from __future__ import annotations

import typing

Statement = typing.Tuple[str, typing.Tuple[typing.Any, ...]]
Rows = typing.List[typing.Tuple[typing.Any, ...]]

# What a URL leaves open. A server that is gone without a word is noticed within half a minute.
_DEFAULTS = {
    "application_name": "historyd-mem0",
    "client_encoding": "utf8",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}


class Psycopg:
    name = "psycopg"

    def __init__(self) -> None:
        import psycopg

        self._connect = psycopg.connect
        self._settings_of = psycopg.conninfo.conninfo_to_dict
        self._idle = psycopg.pq.TransactionStatus.IDLE
        self.Error = psycopg.Error
        self.broken = (psycopg.OperationalError, psycopg.InterfaceError)

    def connect(self, url: str) -> typing.Any:
        settings = {**_DEFAULTS, **{k: v for k, v in self._settings_of(url).items() if v is not None}}
        # Preparing would be a round trip of its own; historyd keeps plans by their text.
        return self._connect(**settings, autocommit=True, prepare_threshold=None)

    def run(self, connection: typing.Any, statements: list[Statement]) -> Rows:
        """One transaction: all or nothing of what is sent before a pipeline's end. Returns: the last one's rows."""
        if len(statements) == 1:
            cursor = connection.execute(*statements[0])
        else:
            with connection.pipeline():
                for statement in statements:
                    cursor = connection.execute(*statement)
        return cursor.fetchall() if cursor.description else []

    def usable(self, connection: typing.Any) -> bool:
        return connection.pgconn.transaction_status == self._idle


class Psycopg2:
    name = "psycopg2"

    def __init__(self) -> None:
        import psycopg2
        import psycopg2.extensions

        self._connect = psycopg2.connect
        self._settings_of = psycopg2.extensions.parse_dsn
        self._idle = psycopg2.extensions.TRANSACTION_STATUS_IDLE
        self.Error = psycopg2.Error
        self.broken = (psycopg2.OperationalError, psycopg2.InterfaceError)

    def connect(self, url: str) -> typing.Any:
        connection = self._connect(**{**_DEFAULTS, **self._settings_of(url)})
        connection.autocommit = True
        return connection

    def run(self, connection: typing.Any, statements: list[Statement]) -> Rows:
        """It has no pipeline: one string of statements is one round trip and one transaction as well."""
        with connection.cursor() as cursor:
            cursor.execute(b";".join(cursor.mogrify(*statement) for statement in statements))
            return cursor.fetchall() if cursor.description else []

    def usable(self, connection: typing.Any) -> bool:
        return not connection.closed and connection.get_transaction_status() == self._idle


Driver = typing.Union[Psycopg, Psycopg2]


def installed() -> Driver:
    """Raises ImportError, with both reasons, where there is neither."""
    reasons = []
    for driver in (Psycopg, Psycopg2):
        try:
            return driver()
        except ImportError as reason:
            reasons.append(f"{driver.name}: {reason}")
    raise ImportError(
        f"historyd-mem0 needs psycopg or psycopg2 ({'; '.join(reasons)}). Try: pip install 'psycopg[binary]'"
    )
