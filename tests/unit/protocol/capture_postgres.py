#!/usr/bin/env python3
"""Writes postgres_bytes.hpp: what a PostgreSQL 15 server sends, for the message tests to compare with.

usage: capture_postgres.py PORT > postgres_bytes.hpp
Needs a server on 127.0.0.1 that trusts the user postgres. The fields F, L and R of errors, which name
PostgreSQL's source files, are taken out; process ids, cancel key and table OIDs are replaced by fixed
ones.
"""

import socket
import struct
import sys


def packet(body, kind=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def cstr(text):
    return text.encode() + b"\0"


def startup(version=196608, **parameters):
    body = struct.pack("!i", version)
    for name, text in parameters.items():
        body += cstr(name) + cstr(text)
    return packet(body + b"\0")


def without_source_fields(body):
    kept = b""
    for field in body.rstrip(b"\0").split(b"\0"):
        if field[:1] not in b"FLR":
            kept += field + b"\0"
    return kept + b"\0"


def with_fixed_table(body):
    out, rest = body[:2], body[2:]
    while rest:
        name, rest = rest.split(b"\0", 1)
        table = struct.unpack("!I", rest[:4])[0]
        out += name + b"\0" + struct.pack("!I", 16400 if table else 0) + rest[4:18]
        rest = rest[18:]
    return out


class client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def messages(self, until):
        """Whole messages as they came, up to and including the first of a type in `until`."""
        out = []
        while True:
            try:
                kind = self.exactly(1)
            except EOFError:
                return out
            body = self.exactly(struct.unpack("!i", self.exactly(4))[0] - 4)
            if kind in (b"E", b"N"):
                body = without_source_fields(body)
            if kind == b"K":
                body = struct.pack("!i", 4711) + b"\x01\x02\x03\x04"
            if kind == b"A":
                body = struct.pack("!i", 4711) + body[4:]
            if kind == b"T":
                body = with_fixed_table(body)
            out.append(packet(body, kind))
            if kind in until:
                return out


def session(port):
    c = client(port)
    c.send(startup(user="postgres", database="postgres"))
    return c, c.messages(b"Z")


def query(text):
    return packet(cstr(text), b"Q")


def parse(name, text, types=()):
    oids = b"".join(struct.pack("!i", t) for t in types)
    return packet(cstr(name) + cstr(text) + struct.pack("!h", len(types)) + oids, b"P")


def bind(portal, name, values=()):
    body = cstr(portal) + cstr(name) + struct.pack("!hh", 0, len(values))
    for v in values:
        body += struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v
    return packet(body + struct.pack("!h", 0), b"B")


def describe(kind, name):
    return packet(kind + cstr(name), b"D")


def execute(portal, limit=0):
    return packet(cstr(portal) + struct.pack("!i", limit), b"E")


SYNC = packet(b"", b"S")


def main():
    port = int(sys.argv[1])
    captured = {}

    c, greeting = session(port)
    captured["greeting"] = b"".join(m for m in greeting if m[:1] in b"RKZ")
    captured["parameter_status"] = next(m for m in greeting if b"server_encoding" in m)

    def run(name, sent, until=b"Z"):
        c.send(sent)
        captured[name] = b"".join(c.messages(until))

    run("empty_query", query(";"))
    run("select", query("SELECT 1::int4 AS a, 'x'::varchar(7) AS b, NULL::text AS c"))
    run("create_table", query("CREATE TEMP TABLE wire(id int PRIMARY KEY, v text NOT NULL)"))
    run("insert", query("INSERT INTO wire VALUES (1, 'a'), (2, 'b')"))
    run("syntax_error", query("SELECT 1 FROM FROM"))
    c.send(query("DROP TABLE IF EXISTS public.wired; CREATE TABLE public.wired(id int CONSTRAINT "
                 "wired_key PRIMARY KEY, v text NOT NULL); INSERT INTO public.wired VALUES (1, 'a')"))
    c.messages(b"Z")
    run("unique_violation", query("INSERT INTO public.wired VALUES (1, 'b')"))
    run("not_null_violation", query("INSERT INTO public.wired VALUES (2, NULL)"))
    run("hint", query("SELECT nosuch(1)"))
    run("warning", query("COMMIT"))
    run("notice", query("DROP TABLE IF EXISTS nosuch"))
    run("extended", parse("s", "SELECT id, v FROM wire WHERE id = $1 OR v = $2 ORDER BY id")
        + describe(b"S", "s") + bind("", "s", [b"1", b"b"]) + describe(b"P", "") + execute("", 1)
        + execute("", 5) + packet(b"Ss\0", b"C") + SYNC)
    run("no_data", parse("", "SET work_mem TO 64") + describe(b"S", "") + SYNC)
    run("where", query("DO $$BEGIN PERFORM 1/0; END$$"))
    run("copy_out", query("COPY wire TO STDOUT"))
    run("copy_in", query("COPY wire FROM STDIN"), until=b"G")
    run("copy_fail", packet(b"enough\0", b"f"))
    run("notification", query("LISTEN news; NOTIFY news, 'all well'"))
    run("failed_block", query("BEGIN; SELECT 1/0"))
    run("unread_parse", packet(b"s\0no terminator", b"P") + SYNC)
    run("long_sync", packet(b"x", b"S"))
    run("describe_kind", packet(b"Xa\0", b"D") + SYNC)
    run("unknown_type", packet(b"", b"y"), until=b"E")

    def refused(name, sent):
        other = client(port)
        other.send(sent)
        captured[name] = b"".join(other.messages(b"Z"))

    refused("protocol_4", startup(262144, user="postgres"))
    refused("no_user", startup(database="postgres"))
    refused("bad_layout", packet(struct.pack("!i", 196608) + b"user\0postgres\0"))
    refused("bad_option", startup(user="postgres", options="-c work_mem"))
    refused("bad_long_option", startup(user="postgres", options="--work-mem"))
    other = client(port)
    other.send(startup(196608 + 9, user="postgres", **{"_pq_.one": "1", "_pq_.two": "2"}))
    captured["negotiation"] = other.messages(b"v")[0]
    other = client(port)
    other.send(packet(struct.pack("!i", 80877103)))
    captured["ssl_answer"] = other.exactly(1)

    print("#pragma once\n\n#include <string_view>\n")
    print("// Written by capture_postgres.py from a PostgreSQL 15 server; bytes in hexadecimal.\n")
    print("namespace historyd::postgres_bytes {\n")
    for name, data in captured.items():
        text = data.hex()
        lines = [text[i:i + 90] for i in range(0, len(text), 90)]
        print(f"inline constexpr std::string_view {name} =")
        print("\n".join(f'    "{line}"' for line in lines) + ";\n")
    print("}  // namespace historyd::postgres_bytes")


main()
