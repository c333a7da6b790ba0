"""HistoryStore: what mem0 calls SQLiteManager, on historyd."""

from __future__ import annotations

import datetime
import logging
import sqlite3
import typing
import uuid
import weakref

from historyd_mem0 import bind, connection_pool, history_url, schema, timestamps
from historyd_mem0.connection_pool import ConnectionPool
from historyd_mem0.drivers import Rows, Statement
from historyd_mem0.errors import HistoryError

_log = logging.getLogger("historyd_mem0")

# Ids are made once for a call: sent again, the row is there already.
_ADD = (
    "INSERT INTO history (id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted{more})"
    " VALUES (%s, %s, %s, %s, %s, %s::timestamptz, %s::timestamptz, %s::integer{values}) ON CONFLICT DO NOTHING"
)
_KEEP_AS_GIVEN = (
    "INSERT INTO history_as_given (id, created_at, updated_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)
# mem0 compares text, NULL first, and sees no more than the second of updated_at. Instants are in the order of their
# texts where these have one offset; where they do not, the instants are right. Equals stay as they were added.
_GET = (
    "SELECT h.id, h.memory_id, h.old_memory, h.new_memory, h.event, h.created_at::timestamptz,"
    " h.updated_at::timestamptz, g.created_at, g.updated_at{more}"
    " FROM history h LEFT JOIN history_as_given g ON g.id = h.id WHERE h.memory_id = %s ORDER BY {order}"
)
_ADD_MESSAGE = (
    "INSERT INTO messages (id, session_scope, role, content, name, created_at)"
    " VALUES (%s, %s, %s, %s, %s, %s::timestamptz) ON CONFLICT DO NOTHING"
)
_EVICT = (
    "DELETE FROM messages WHERE session_scope = %s AND id NOT IN"
    " (SELECT id FROM messages WHERE session_scope = %s ORDER BY created_at DESC LIMIT 10)"
)
_GET_MESSAGES = (
    "SELECT role, content, name, created_at::timestamptz FROM"
    " (SELECT role, content, name, created_at FROM messages WHERE session_scope = %s"
    " ORDER BY created_at DESC LIMIT %s::bigint) AS newest ORDER BY created_at"
)
_MISSING_TABLE, _MISSING_COLUMN = "42P01", "42703"


class HistoryStore:
    """mem0's history store on the historyd at `url`; safe to use from threads, and after a fork.

    A call is one transaction in one round trip. It is repeated for `patience_s` seconds while historyd restarts, and
    records are neither lost nor doubled by that. Other failures raise HistoryError, a sqlite3.OperationalError.
    """

    history_columns = schema.HISTORY
    _more = ("actor_id", "role")
    _order = (
        "h.created_at NULLS FIRST, g.created_at NULLS FIRST, date_trunc('second', h.updated_at) NULLS FIRST"
    )

    def __init__(self, url: str, patience_s: float = 30.0, connect_patience_s: float = 10.0):
        self.connection: Connection | None = None
        self.db_path, self._patience_s = url, patience_s
        self._pool: ConnectionPool = connection_pool.pool_of(history_url.normalised(url))
        more = "".join(f", {name}" for name in self._more)
        self._add = _ADD.format(more=more, values=", %s" * len(self._more))
        get_more = ", h.is_deleted" + "".join(f", h.{name}" for name in self._more) if self._more else ""
        self._get = _GET.format(more=get_more, order=self._order)
        self._pool.add_user()
        self.connection = Connection(self)
        try:
            self._make_tables(connect_patience_s)
        except BaseException:
            self.close()
            raise

    def _make_tables(self, patience_s: float) -> None:
        for attempt in range(3):
            found = self._pool.run([schema.WHAT_IS_THERE], patience_s)
            changes = schema.changes_to(found, self.history_columns)
            if not changes:
                return
            try:
                self._pool.run(changes, patience_s)
                return
            except HistoryError as error:
                # Another process makes the same tables at this moment.
                if attempt == 2 or error.sqlstate not in ("23505", "42P07", "42701", _MISSING_COLUMN):
                    raise

    def _run(self, doing: str, statements: list[Statement]) -> Rows:
        if self.connection is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed history store.")
        try:
            try:
                return self._pool.run(statements, self._patience_s)
            except HistoryError as error:
                if error.sqlstate != _MISSING_TABLE:
                    raise
                # mem0's own storage, or an old version's reset, has dropped them.
                self._make_tables(self._patience_s)
                return self._pool.run(statements, self._patience_s)
        except HistoryError as error:
            _log.error("Failed to %s: %s", doing, error)
            raise

    def _statements(self, memory_id: typing.Any, record: dict[str, typing.Any]) -> list[Statement]:
        row_id = str(uuid.uuid4())
        created_at, created_as_given = timestamps.split(bind.text(record.get("created_at")))
        updated_at, updated_as_given = timestamps.split(bind.text(record.get("updated_at")))
        texts = [bind.text(v) for v in (memory_id, record.get("old_memory"), record.get("new_memory"))]
        values = (row_id, *texts, bind.text(record.get("event")), created_at, updated_at)
        more = tuple(bind.text(record.get(name)) for name in self._more)
        statements = [(self._add, (*values, bind.number(record.get("is_deleted", 0)), *more))]
        if created_as_given is not None or updated_as_given is not None:
            statements.append((_KEEP_AS_GIVEN, (row_id, created_as_given, updated_as_given)))
        return statements

    def add_history(
        self,
        memory_id: str,
        old_memory: str | None,
        new_memory: str | None,
        event: str,
        *,
        created_at: str | None = None,
        updated_at: str | None = None,
        is_deleted: int = 0,
        actor_id: str | None = None,
        role: str | None = None,
    ) -> None:
        record = {"old_memory": old_memory, "new_memory": new_memory, "event": event, "created_at": created_at}
        record |= {"updated_at": updated_at, "is_deleted": is_deleted, "actor_id": actor_id, "role": role}
        self._run("add history record", self._statements(memory_id, record))

    def batch_add_history(self, records: list[dict[str, typing.Any]]) -> None:
        statements = [s for record in records for s in self._statements(record.get("memory_id"), record)]
        if statements:
            self._run("batch add history records", statements)

    def get_history(self, memory_id: str) -> list[dict[str, typing.Any]]:
        rows = self._run("get history", [(self._get, (bind.text(memory_id),))])
        return [self._record(row) for row in rows]

    def _record(self, row: tuple[typing.Any, ...]) -> dict[str, typing.Any]:
        created_at, updated_at, created_as_given, updated_as_given = row[5:9]
        record = dict(zip(("id", "memory_id", "old_memory", "new_memory", "event"), row))
        record["created_at"] = timestamps.join(created_at, created_as_given)
        record["updated_at"] = timestamps.join(updated_at, updated_as_given)
        if self._more:
            record["is_deleted"] = bool(row[9])
            record.update(zip(self._more, row[10:]))
        return record

    def save_messages(self, messages: list[dict[str, typing.Any]], session_scope: str) -> None:
        """Keeps the last ten of a scope, as mem0 counts them: messages saved together are equally old."""
        if not messages:
            return
        scope, now = bind.text(session_scope), datetime.datetime.now(datetime.timezone.utc).isoformat()
        statements: list[Statement] = []
        for message in messages:
            said = (bind.text(message.get(name)) for name in ("role", "content", "name"))
            statements.append((_ADD_MESSAGE, (str(uuid.uuid4()), scope, *said, now)))
        self._run("save messages", [*statements, (_EVICT, (scope, scope))])

    def get_last_messages(self, session_scope: str, limit: int = 10) -> list[dict[str, typing.Any]]:
        # SQLite takes a negative limit for none.
        count = None if limit < 0 else str(limit)
        rows = self._run("get last messages", [(_GET_MESSAGES, (bind.text(session_scope), count))])
        names = ("role", "content", "name", "created_at")
        return [dict(zip(names, (*row[:3], timestamps.join(row[3], None)))) for row in rows]

    def reset(self) -> None:
        """Empties the tables. They stay: other processes go on writing while this one resets."""
        if self.connection is None:
            raise RuntimeError("Cannot reset a closed SQLiteManager")
        tables = ("history", "history_as_given", "messages")
        self._run("reset tables", [(f"DELETE FROM {table}", ()) for table in tables])

    def close(self) -> None:
        if self.connection is not None:
            self.connection = None
            self._pool.remove_user()

    def __del__(self) -> None:
        if getattr(self, "connection", None) is not None:
            self.close()

    def __reduce__(self) -> tuple[typing.Any, ...]:
        return HistoryStore, (self.db_path, self._patience_s)


class HistoryStoreWithoutActors(HistoryStore):
    """As mem0 had it before 0.1.100: records without actor, role and is_deleted, ordered by updated_at."""

    history_columns = schema.HISTORY_WITHOUT_ACTORS
    _more = ()
    _order = "h.updated_at NULLS FIRST, g.updated_at NULLS FIRST"

    def add_history(  # type: ignore[override]
        self, memory_id, old_memory, new_memory, event, created_at=None, updated_at=None, is_deleted=0
    ) -> None:
        super().add_history(
            memory_id,
            old_memory,
            new_memory,
            event,
            created_at=created_at,
            updated_at=updated_at,
            is_deleted=is_deleted,
        )


class Connection:
    """What mem0 before 2.0.8 looks for when it resets: it drops the table itself, and makes a new store."""

    def __init__(self, store: HistoryStore):
        self._store = weakref.ref(store)

    def execute(self, statement: str) -> None:
        store = self._store()
        if store is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed history store.")
        if statement.split() not in (f"DROP TABLE IF EXISTS {table}".split() for table in ("history", "messages")):
            raise NotImplementedError(
                f"SQLite's statements are not carried out by historyd: {statement!r}. "
                "Use a PostgreSQL client on the same URL."
            )
        store.reset()

    def close(self) -> None:
        store = self._store()
        if store is not None:
            store.close()
