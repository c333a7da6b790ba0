#!/usr/bin/env python3
"""Writes describe.tsv anew: what PostgreSQL 15 says of each statement in it.

usage: describe.py SOCKET DATABASE < describe.tsv > new

The database holds test_schema.sql and nothing else. Lines go in pairs: a statement, then
"OK<tab>parameter OIDs<tab>name|table|attnum|type|typmod;..." or
"ERROR<tab>SQLSTATE<tab>position<tab>message". Table OIDs are numbered from 16384 in order of creation.
"""
import socket
import struct
import sys


class Connection:
    """Protocol 3.0, just enough for Parse and Describe."""

    def __init__(self, path, database):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.buffer = b""
        body = struct.pack("!i", 196608) + b"user\0postgres\0database\0" + database.encode() + b"\0\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        while self.message()[0] != b"Z":
            pass

    def read(self, count):
        while len(self.buffer) < count:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def message(self):
        kind = self.read(1)
        return kind, self.read(struct.unpack("!i", self.read(4))[0] - 4)

    @staticmethod
    def frame(kind, body):
        return kind + struct.pack("!i", len(body) + 4) + body

    def query(self, sql):
        self.socket.sendall(self.frame(b"Q", sql.encode() + b"\0"))
        rows = []
        while True:
            kind, body = self.message()
            if kind == b"D":
                rows.append(body[6:].decode())
            elif kind == b"Z":
                return rows

    def describe(self, sql):
        self.socket.sendall(
            self.frame(b"P", b"\0" + sql.encode() + b"\0" + struct.pack("!h", 0))
            + self.frame(b"D", b"S\0") + self.frame(b"S", b""))
        parameters, columns, error = (), [], None
        while True:
            kind, body = self.message()
            if kind == b"t":
                count = struct.unpack("!h", body[:2])[0]
                parameters = struct.unpack(f"!{count}I", body[2:])
            elif kind == b"T":
                at = 2
                for _ in range(struct.unpack("!h", body[:2])[0]):
                    end = body.index(b"\0", at)
                    table, attnum, oid, _, typmod, _ = struct.unpack("!IhIhih", body[end + 1:end + 19])
                    columns.append((body[at:end].decode(), table, attnum, oid, typmod))
                    at = end + 19
            elif kind == b"E":
                error = {f[:1].decode(): f[1:].decode() for f in body.split(b"\0") if f}
            elif kind == b"Z":
                return parameters, columns, error


def main():
    connection = Connection(sys.argv[1], sys.argv[2])
    oids = connection.query("SELECT oid FROM pg_class WHERE relkind IN ('r', 'v') AND "
                            "relnamespace = 'public'::regnamespace ORDER BY oid")
    tables = {int(oid): 16384 + i for i, oid in enumerate(oids)}
    for sql in sys.stdin.read().splitlines()[::2]:
        parameters, columns, error = connection.describe(sql)
        print(sql)
        if error:
            print("ERROR", error["C"], error.get("P", "0"), error["M"], sep="\t")
            continue
        listed = "".join(f"{name}|{tables.get(table, table)}|{attnum}|{oid}|{typmod};"
                         for name, table, attnum, oid, typmod in columns)
        print("OK", " ".join(map(str, parameters)), listed, sep="\t")


if __name__ == "__main__":
    main()
