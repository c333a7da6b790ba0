"""A small PostgreSQL wire client (protocol 3.0, standard library only).

The suites use it where a driver would hide what they are after: column descriptions, notices, every
field of an error, the exact messages. It authenticates by trust only.
"""

from __future__ import annotations

import dataclasses
import socket
import struct
import urllib.parse
from typing import NamedTuple

PROTOCOL_3_0 = 3 << 16
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104


class Message(NamedTuple):
    type: str
    body: bytes


class Column(NamedTuple):
    name: str
    table: int
    attnum: int
    type_oid: int
    typlen: int
    typmod: int
    format: int


@dataclasses.dataclass
class Result:
    """What one statement answered."""

    columns: list[Column] | None = None
    rows: list[tuple[bytes | None, ...]] = dataclasses.field(default_factory=list)
    tag: str | None = None


@dataclasses.dataclass
class Reply:
    """Everything up to ReadyForQuery."""

    results: list[Result] = dataclasses.field(default_factory=list)
    error: dict[str, str] | None = None
    notices: list[dict[str, str]] = dataclasses.field(default_factory=list)
    parameter_types: list[int] | None = None
    described: list[Column] | None = None
    settings: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    status: str = ""


class Target(NamedTuple):
    host: str
    port: int
    user: str
    database: str

    @classmethod
    def of_url(cls, url: str) -> Target:
        parts = urllib.parse.urlsplit(url)
        options = dict(urllib.parse.parse_qsl(parts.query))
        return cls(
            options.get("host", parts.hostname or "127.0.0.1"),
            int(options.get("port", parts.port or 5432)),
            parts.username or "mem0",
            parts.path.lstrip("/") or "mem0",
        )

    def url(self, scheme: str = "postgresql") -> str:
        return f"{scheme}://{self.user}@{self.host}:{self.port}/{self.database}"


class Disconnected(Exception):
    """The server closed the connection."""


# Frontend messages.


def cstring(text: str | bytes) -> bytes:
    return (text.encode() if isinstance(text, str) else text) + b"\0"


def frame(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


def untyped_frame(body: bytes) -> bytes:
    return struct.pack("!i", len(body) + 4) + body


def startup(protocol: int = PROTOCOL_3_0, **parameters: str) -> bytes:
    pairs = b"".join(cstring(k) + cstring(v) for k, v in parameters.items())
    return untyped_frame(struct.pack("!i", protocol) + pairs + b"\0")


def query(sql: str | bytes) -> bytes:
    return frame("Q", cstring(sql))


def parse(sql: str | bytes, name: str = "", types: tuple[int, ...] = ()) -> bytes:
    counted = struct.pack(f"!h{len(types)}I", len(types), *types)
    return frame("P", cstring(name) + cstring(sql) + counted)


def bind(
    values: tuple[bytes | None, ...] = (),
    portal: str = "",
    statement: str = "",
    formats: tuple[int, ...] = (),
    result_formats: tuple[int, ...] = (),
) -> bytes:
    body = cstring(portal) + cstring(statement)
    body += struct.pack(f"!h{len(formats)}h", len(formats), *formats)
    body += struct.pack("!h", len(values))
    for v in values:
        body += struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v
    return frame("B", body + struct.pack(f"!h{len(result_formats)}h", len(result_formats), *result_formats))


def describe(kind: str, name: str = "") -> bytes:
    return frame("D", kind.encode() + cstring(name))


def execute(portal: str = "", max_rows: int = 0) -> bytes:
    return frame("E", cstring(portal) + struct.pack("!i", max_rows))


def close(kind: str, name: str = "") -> bytes:
    return frame("C", kind.encode() + cstring(name))


def flush() -> bytes:
    return frame("H")


def sync() -> bytes:
    return frame("S")


def terminate() -> bytes:
    return frame("X")


# Backend messages.


def error_fields(body: bytes) -> dict[str, str]:
    return {f[:1].decode(): f[1:].decode(errors="replace") for f in body.split(b"\0") if f}


def columns_of(body: bytes) -> list[Column]:
    (count,), at, columns = struct.unpack_from("!h", body), 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        name, at = body[at:end].decode(), end + 1
        columns.append(Column(name, *struct.unpack_from("!IhIhih", body, at)))
        at += 18
    return columns


def row_of(body: bytes) -> tuple[bytes | None, ...]:
    (count,), at, row = struct.unpack_from("!h", body), 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        row.append(None if length < 0 else body[at : at + length])
        at += max(length, 0)
    return tuple(row)


class Connection:
    """One session. Connects and starts up on construction unless `start` is False."""

    def __init__(self, target: Target, timeout: float = 15, start: bool = True, **options: str):
        if target.host.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(f"{target.host}/.s.PGSQL.{target.port}")
        else:
            self.socket = socket.create_connection((target.host, target.port), timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target = target
        self.buffer = b""
        self.key = (0, b"")
        if start:
            self.send(startup(user=target.user, database=target.database, **options))
            self.startup_messages = self.read_until_ready()
            failed = [m for m in self.startup_messages if m.type == "E"]
            if failed:
                raise Disconnected(error_fields(failed[0].body).get("M", "refused"))
            for m in self.startup_messages:
                if m.type == "K":
                    self.key = (struct.unpack_from("!i", m.body)[0], m.body[4:])

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        try:
            self.socket.sendall(terminate())
        except OSError:
            pass
        self.socket.close()

    def send(self, *messages: bytes) -> None:
        try:
            self.socket.sendall(b"".join(messages))
        except OSError as failure:
            raise Disconnected(str(failure)) from failure

    def read_bytes(self, count: int) -> bytes:
        while len(self.buffer) < count:
            try:
                more = self.socket.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError as failure:
                raise Disconnected(str(failure)) from failure
            if not more:
                raise Disconnected("the server closed the connection")
            self.buffer += more
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def read_message(self) -> Message:
        header = self.read_bytes(5)
        length = struct.unpack_from("!i", header, 1)[0]
        return Message(chr(header[0]), self.read_bytes(length - 4))

    def read_until(self, kinds: str) -> list[Message]:
        """Returns the messages up to and including the first of one of these types."""
        messages = [self.read_message()]
        while messages[-1].type not in kinds:
            messages.append(self.read_message())
        return messages

    def read_until_ready(self) -> list[Message]:
        """Like read_until("Z"); ends early, with what came, when the server closes after an error."""
        messages: list[Message] = []
        while not messages or messages[-1].type != "Z":
            try:
                messages.append(self.read_message())
            except Disconnected:
                if any(m.type == "E" for m in messages):
                    break
                raise
        return messages

    def reply(self) -> Reply:
        """Collects what the server answers up to ReadyForQuery. COPY IN is refused with CopyFail."""
        r, current = Reply(), Result()
        while True:
            kind, body = self.read_message()
            if kind == "T":
                columns = columns_of(body)
                if r.parameter_types is not None and r.described is None:
                    r.described = columns
                current.columns = columns
            elif kind in "Dd":
                current.rows.append(row_of(body) if kind == "D" else (body,))
            elif kind in "CIs":
                current.tag = (
                    body[:-1].decode() if kind == "C" else {"I": "(empty)", "s": "(suspended)"}[kind]
                )
                r.results.append(current)
                current = Result()
            elif kind == "E":
                r.error = error_fields(body)
            elif kind == "N":
                r.notices.append(error_fields(body))
            elif kind == "S":
                name, value = body[:-1].decode().split("\0")
                r.settings.append((name, value))
            elif kind == "t":
                (count,) = struct.unpack_from("!h", body)
                r.parameter_types = list(struct.unpack_from(f"!{count}I", body, 2))
            elif kind == "G":
                self.send(frame("f", cstring("not supplied")))
            elif kind == "Z":
                r.status = body.decode()
                return r

    def simple(self, sql: str | bytes) -> Reply:
        self.send(query(sql))
        return self.reply()

    def extended(
        self,
        sql: str | bytes,
        values: tuple[bytes | None, ...] = (),
        types: tuple[int, ...] = (),
        binary: bool = True,
    ) -> Reply:
        """Parse, Describe (statement), Bind, Execute, Sync in one packet; parameters are text."""
        self.send(
            parse(sql, types=types),
            describe("S"),
            bind(values, result_formats=(1,) if binary else ()),
            execute(),
            sync(),
        )
        return self.reply()

    def rows(self, sql: str | bytes) -> list[tuple[str | None, ...]]:
        """The rows of a simple query as text; raises on an error."""
        r = self.simple(sql)
        if r.error:
            raise RuntimeError(f"{r.error.get('C')}: {r.error.get('M')}")
        return [tuple(None if v is None else v.decode() for v in row) for row in r.results[-1].rows]
