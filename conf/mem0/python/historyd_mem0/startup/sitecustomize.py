"""For folders on PYTHONPATH, where .pth files are not read: put this file's folder on PYTHONPATH as well.

Python imports the first `sitecustomize` it finds; the one that this hides is imported from here.
"""

import importlib.machinery
import importlib.util
import os
import sys

import historyd_mem0  # noqa: F401

_own = os.path.dirname(os.path.abspath(__file__))
_others = [entry for entry in sys.path if os.path.abspath(entry or ".") != _own]
_hidden = importlib.machinery.PathFinder.find_spec("sitecustomize", _others)
if _hidden is not None and _hidden.loader is not None:
    _module = importlib.util.module_from_spec(_hidden)
    sys.modules["sitecustomize"] = _module
    _hidden.loader.exec_module(_module)
