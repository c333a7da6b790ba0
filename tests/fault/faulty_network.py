"""A TCP relay that misbehaves on request, between historyd and its backend."""

from __future__ import annotations

import select
import socket
import struct
import threading

READY_AFTER_COMMIT = b"C\x00\x00\x00\x0bCOMMIT\x00"


class Relay:
    """Forwards connections to 127.0.0.1:`port`. Modes, each for all connections there are:

    pass     as if it were not there
    hold     nothing is forwarded either way, connections stay (half open)
    refuse   new connections are reset
    swallow  the reply to a COMMIT that the server has carried out is dropped, with its connection
    stall    the server gets the next transaction without its end, and never learns that the client has gone
    """

    def __init__(self, port: int):
        self.server_port = port
        self.mode = "pass"
        self.delay = 0.0
        self.swallowed = threading.Event()
        self.held = threading.Event()  # something waits to be forwarded
        self.stalled, self.closed = threading.Event(), threading.Event()
        self.changed = threading.Condition()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def set(self, mode: str) -> None:
        with self.changed:
            self.mode = mode
            self.swallowed.clear()
            self.held.clear()
            self.changed.notify_all()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.mode == "refuse":
                reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                reset(client)
                continue
            pair = (client, server)
            self.pairs.append(pair)
            for source, to in (pair, pair[::-1]):
                arguments = (source, to, pair, source is server)
                threading.Thread(target=self.pump, args=arguments, daemon=True).start()

    def pump(self, source, to, pair, from_server: bool) -> None:
        try:
            while data := source.recv(65536):
                with self.changed:
                    if self.mode == "hold":
                        self.held.set()
                        self.changed.wait_for(lambda: self.mode != "hold")
                    swallow = self.mode == "swallow" and from_server and READY_AFTER_COMMIT in data
                    stall = self.mode == "stall" and not from_server and b"COMMIT\x00" in data
                if stall:
                    self.set("pass")
                    to.sendall(data[:-20])  # COMMIT's Execute and Sync are 15
                    self.stalled.set()
                    self.closed.wait()
                    break
                if swallow:
                    self.set("pass")
                    self.swallowed.set()
                    break
                if self.delay:
                    select.select([], [], [], self.delay)
                to.sendall(data)
        except OSError:
            pass
        for s in pair:
            reset(s)

    def cut(self, how: str = "reset") -> None:
        """Ends every connection: "reset" with RST, "close" in order."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                if how == "reset":
                    reset(s)
                else:
                    try:
                        s.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass

    def close(self) -> None:
        self.set("refuse")
        self.closed.set()
        self.listener.close()
        self.cut()


def reset(s: socket.socket) -> None:
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    s.close()
