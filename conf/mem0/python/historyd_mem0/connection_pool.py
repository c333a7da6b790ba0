"""Connections of one process to one historyd, shared by its threads and by all stores on the same URL.

Nothing is shared across fork: a child that finds its parent's connections leaves them alone and opens its own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
import typing
import urllib.parse

from historyd_mem0 import drivers
from historyd_mem0.errors import HistoryError, is_passing, sqlstate_of

CONNECTIONS_MAX = 4
PAUSE_S_MAX = 1.0

_log = logging.getLogger("historyd_mem0")


class ConnectionPool:
    def __init__(self, url: str, driver: drivers.Driver):
        self.url = url
        self._driver = driver
        self._users = 0
        self._inherited: list[typing.Any] = []
        self._idle: list[typing.Any] = []
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        # Closing them would say goodbye on the parent's sockets. Drivers leave alone what another process opened.
        self._inherited += self._idle
        self._idle = []

    def started_here(self) -> None:
        if self._pid != os.getpid():
            self._start()

    def add_user(self) -> None:
        with self._lock:
            self._users += 1

    def remove_user(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._close_idle()

    def _close_idle(self) -> None:
        for connection in self._idle:
            with contextlib.suppress(Exception):
                connection.close()
        self._idle.clear()

    def _take(self) -> typing.Any:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._driver.connect(self.url)

    def _give_back(self, connection: typing.Any) -> None:
        with self._lock:
            if self._users and self._driver.usable(connection):
                self._idle.append(connection)
                return
            with contextlib.suppress(Exception):
                connection.close()
            # The others have most likely met the same end.
            self._close_idle()

    def run(self, statements: list[drivers.Statement], patience_s: float) -> drivers.Rows:
        """One transaction. Statements must bear repetition: they are sent again when the answer was lost.

        Returns: the rows of the last one. Raises HistoryError.
        """
        self.started_here()
        deadline, pause, failures = time.monotonic() + patience_s, 0.0, 0
        while True:
            try:
                with self._free:
                    connection = self._take()
                    try:
                        return self._driver.run(connection, statements)
                    finally:
                        self._give_back(connection)
            except self._driver.Error as error:
                if not self._worth_repeating(error):
                    raise HistoryError(str(error).strip(), sqlstate_of(error)) from error
                reason = error
            failures += 1
            if time.monotonic() + pause > deadline:
                raise HistoryError(
                    f"{self} has not answered for {patience_s:g} s: {str(reason).strip()}", sqlstate_of(reason)
                ) from reason
            # The first time at once: a connection that lay idle through a restart is the usual case.
            if failures == 2:
                _log.warning("%s: %s; trying again for %g s", self, str(reason).strip(), patience_s)
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(max(2 * pause, 0.02), PAUSE_S_MAX)

    def _worth_repeating(self, error: Exception) -> bool:
        state = sqlstate_of(error)
        if state is not None:
            return is_passing(state)
        text = str(error)
        if "FATAL:" in text:  # Refused while connecting, where libpq gives no SQLSTATE.
            return any(words in text for words in ("starting up", "shutting down", "too many", "connection slots"))
        if "certificate" in text or "does not support SSL" in text:
            return False  # nor will it next time
        # Without either, the connection broke or could not be made.
        return isinstance(error, self._driver.broken)

    def __str__(self) -> str:
        """Without user and password: it goes into logs and messages."""
        parts = urllib.parse.urlsplit(self.url)
        where = parts.netloc.rpartition("@")[2] or urllib.parse.parse_qs(parts.query).get("host", ["localhost"])[0]
        return f"historyd at {where}"


_pools: dict[str, ConnectionPool] = {}
_pools_lock = threading.Lock()


def pool_of(url: str) -> ConnectionPool:
    with _pools_lock:
        if url not in _pools:
            _pools[url] = ConnectionPool(url, drivers.installed())
        pool = _pools[url]
    pool.started_here()
    return pool


def _after_fork() -> None:
    global _pools_lock
    _pools_lock = threading.Lock()
    for pool in _pools.values():
        pool.started_here()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
