"""mem0's history in historyd.

Installed beside mem0, nothing has to be imported: where `history_db_path` (or the environment variable
MEM0_HISTORY_URL) is a postgresql:// URL, mem0's history store is a HistoryStore; everywhere else it is mem0's own.
Where Python reads no .pth files (a folder on PYTHONPATH), `import historyd_mem0` does the same.
"""

from __future__ import annotations

from historyd_mem0 import import_hook as _import_hook  # noqa: F401  Importing it puts it in place.

TYPE_CHECKING = False  # typing's own is not worth its import at every start of Python.
if TYPE_CHECKING:
    from historyd_mem0.errors import HistoryError
    from historyd_mem0.store import HistoryStore

__version__ = "0.1.0"
__all__ = ["HistoryError", "HistoryStore"]


def __getattr__(name: str) -> type:
    # At interpreter start only the hook may be loaded: the store comes when it is asked for.
    if name == "HistoryStore":
        from historyd_mem0.store import HistoryStore

        return HistoryStore
    if name == "HistoryError":
        from historyd_mem0.errors import HistoryError

        return HistoryError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
