"""Importing this first, `mem0.memory.storage` comes without the rest of mem0, which takes a second to import.

The module is mem0's own, and so is what happens when it is imported; `mem0` and `mem0.memory` are empty packages.
"""

from __future__ import annotations

import importlib.util
import sys
import types

for name in ("mem0", "mem0.memory"):
    spec = importlib.util.find_spec(name)
    package = types.ModuleType(name)
    package.__path__, package.__spec__ = list(spec.submodule_search_locations), spec
    sys.modules[name] = package
sys.modules["mem0"].memory = sys.modules["mem0.memory"]
