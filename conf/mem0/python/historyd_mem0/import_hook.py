"""Notices when mem0's storage module is imported, and hands it to `attach`.

Loaded at every start of the interpreter by historyd_mem0.pth, so it imports nothing that is not there already. No
import of anything else is changed, mem0's module keeps its own loader, and without the .pth file nothing of this
is left.
"""

from __future__ import annotations

import sys

STORAGE = "mem0.memory.storage"


def _attach(module) -> None:
    try:
        from historyd_mem0 import attach

        attach.to(module)
    except Exception:
        # mem0 with files must work whatever goes wrong here; with a URL it says that it cannot open it.
        import logging

        logging.getLogger("historyd_mem0").exception("mem0's history cannot be pointed at historyd")


class _AttachingLoader:
    """mem0's own loader, with one more step after the module is there."""

    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module) -> None:
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _attach(module)

    def __getattr__(self, name):
        return getattr(self._loader, name)


class StorageFinder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != STORAGE:
            return None
        for finder in sys.meta_path:
            if finder is cls or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _AttachingLoader(spec.loader)
                return spec
        return None


sys.meta_path.insert(0, StorageFinder)
if STORAGE in sys.modules:
    _attach(sys.modules[STORAGE])
