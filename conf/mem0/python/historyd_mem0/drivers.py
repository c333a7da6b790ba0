"""psycopg 3, or psycopg2 where only that is installed: connecting, and one transaction in one round trip."""

from __future__ import annotations

import functools
import typing

Statement = typing.Tuple[str, typing.Tuple[typing.Optional[str], ...]]
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


@functools.lru_cache(maxsize=64)
def _numbered(text: str) -> bytes:
    """With $1, $2 and so on for each %s, as the protocol has it."""
    first, *others = text.split("%s")
    return (first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))).encode()


class Psycopg:
    name = "psycopg"

    def __init__(self) -> None:
        import psycopg
        from psycopg import generators

        self._connect = psycopg.connect
        self._settings_of = psycopg.conninfo.conninfo_to_dict
        self._answer = generators.execute
        self._transformer = psycopg.adapt.Transformer
        self._error_of = psycopg.errors.error_from_result
        self._idle = psycopg.pq.TransactionStatus.IDLE
        self._done, self._rows = psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK
        self.Error = psycopg.Error
        self.broken = (psycopg.OperationalError, psycopg.InterfaceError)

    def connect(self, url: str) -> typing.Any:
        settings = {**_DEFAULTS, **{k: v for k, v in self._settings_of(url).items() if v is not None}}
        # Preparing would be a round trip of its own; historyd keeps plans by their text.
        return self._connect(**settings, autocommit=True, prepare_threshold=None)

    def run(self, connection: typing.Any, statements: list[Statement]) -> Rows:
        """One transaction: all or nothing of what is sent before a pipeline's end. Returns: the last one's rows."""
        if len(statements) == 1:
            return self._run_one(connection, *statements[0])
        with connection.pipeline():
            for statement in statements:
                cursor = connection.execute(*statement)
        return cursor.fetchall() if cursor.description else []

    def _run_one(self, connection: typing.Any, text: str, values: tuple[str | None, ...]) -> Rows:
        """What a cursor does, without looking for each value's type: a third of a call of add_history."""
        encoded = [None if value is None else value.encode() for value in values]
        connection.pgconn.send_query_params(_numbered(text), encoded)
        result = connection.wait(self._answer(connection.pgconn))[-1]
        if result.status == self._done:
            return []
        if result.status != self._rows:
            raise self._error_of(result)
        transformer = self._transformer(connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

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
