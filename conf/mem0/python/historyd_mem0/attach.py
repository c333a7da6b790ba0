"""Makes mem0's SQLiteManager build a HistoryStore where it is given a URL.

The class stays the one that mem0 made, wherever it was imported by name; it gets a `__new__` and nothing else. What
it builds for a URL is a HistoryStore and a SQLiteManager. A path builds what it always built.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import logging
import os
import re
import types
import typing

from historyd_mem0 import history_url

OLDEST, BELOW = (0, 1, 29), (3,)
SUPPORTED = "0.1.29 to 2.x"

_log = logging.getLogger("historyd_mem0")


def installed_version() -> str:
    try:
        return importlib.metadata.version("mem0ai")
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"


def is_supported(version: str) -> bool:
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return numbers is not None and OLDEST <= tuple(map(int, numbers.groups())) < BELOW


def default_path() -> str:
    home = os.environ.get("MEM0_DIR") or os.path.join(os.path.expanduser("~"), ".mem0")
    return os.path.join(home, "history.db")


def to(storage: types.ModuleType) -> None:
    version = installed_version()
    manager = getattr(storage, "SQLiteManager", None)
    if not is_supported(version) or manager is None:
        _log.warning("mem0 %s is not among the versions that historyd-mem0 knows, %s", version, SUPPORTED)
    if manager is None or "__new__" in vars(manager):
        return
    path_of = _path_parameter(manager)
    files = default_path()

    def new(cls: type, *arguments: typing.Any, **named: typing.Any) -> typing.Any:
        if history_url.of_path(path_of(arguments, named), files) is not None:
            cls = _store_class(cls, manager, version, files)
        return object.__new__(cls)

    manager.__new__ = staticmethod(new)


def _path_parameter(manager: type) -> typing.Callable[..., typing.Any]:
    """Its only parameter: db_path, in one old patch db_url."""
    parameter = list(inspect.signature(manager.__init__).parameters.values())[1]

    def path_of(arguments: tuple[typing.Any, ...], named: dict[str, typing.Any]) -> typing.Any:
        return arguments[0] if arguments else named.get(parameter.name, parameter.default)

    return path_of


_store_classes: dict[type, type] = {}


def _store_class(cls: type, manager: type, version: str, files: str) -> type:
    """`cls` is mem0's class, or an application's class derived from it: its methods come first then."""
    if cls not in _store_classes:
        from historyd_mem0.store import HistoryStore, HistoryStoreWithoutActors

        has_actors = "actor_id" in inspect.signature(manager.add_history).parameters
        known = HistoryStore if has_actors else HistoryStoreWithoutActors

        def __init__(self: typing.Any, db_path: typing.Any = None, db_url: typing.Any = None) -> None:
            path = files if db_path is None and db_url is None else db_path or db_url
            known.__init__(self, history_url.of_path(path, files))

        def __reduce__(self: typing.Any) -> tuple[typing.Any, ...]:
            return cls, (self.db_path,)

        body = {"__init__": __init__, "__reduce__": __reduce__, **_refusals(known, manager, version)}
        store = type(manager.__name__, (known, manager), body)
        _store_classes[cls] = store if cls is manager else type(cls.__name__, (cls, store), {})
    return _store_classes[cls]


def _refusals(known: type, manager: type, version: str) -> dict[str, typing.Callable[..., typing.Any]]:
    """Methods and parameters of a future mem0: said plainly, instead of carried out on a file by mistake."""
    from historyd_mem0 import __version__

    refused = {}
    for name, method in vars(manager).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        ours = getattr(known, name, None)
        what = f"SQLiteManager.{name} of mem0 {version}"
        why = f"is not known to historyd-mem0 {__version__}, made for mem0 {SUPPORTED}; is there a newer one?"
        if ours is None:
            refused[name] = _refusing(f"{what} {why}")
            continue
        fresh = inspect.signature(method).parameters.keys() - inspect.signature(ours).parameters.keys()
        if fresh:
            refused[name] = _refusing(f"The parameter {{}} of {what} {why}", ours, fresh)
    return refused


def _refusing(
    message: str, ours: typing.Callable[..., typing.Any] | None = None, fresh: typing.AbstractSet[str] = frozenset()
) -> typing.Callable[..., typing.Any]:
    def method(self: typing.Any, *arguments: typing.Any, **named: typing.Any) -> typing.Any:
        given = fresh & named.keys()
        if ours is None or given:
            raise NotImplementedError(message.format(", ".join(sorted(given))))
        return ours(self, *arguments, **named)

    return method
