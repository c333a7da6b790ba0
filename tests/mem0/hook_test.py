"""How the store gets into mem0: without a change to mem0, unnoticed where it is not wanted, gone when uninstalled."""

from __future__ import annotations

import hashlib
import pathlib
import subprocess
import sys
import textwrap

import pytest

DIFFERENTIAL = pathlib.Path(__file__).with_name("differential_client.py")


def content_of(folder: pathlib.Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def test_at_start_there_is_only_the_hook(mem0) -> None:
    loaded = mem0.python_code("import sys; print(*sorted(sys.modules))").split()
    assert [m for m in loaded if m.startswith("historyd")] == ["historyd_mem0", "historyd_mem0.import_hook"]
    assert {"typing", "logging", "re", "importlib.metadata", "psycopg", "mem0"}.isdisjoint(loaded)


def test_a_path_is_mem0s_own_affair(mem0, tmp_path: pathlib.Path) -> None:
    code = """
        import sys
        from mem0.memory import storage
        from mem0.memory.storage import SQLiteManager
        for path in (sys.argv[1], ":memory:"):
            db = SQLiteManager(path)
            assert type(db) is SQLiteManager, type(db)
            db.add_history("m", None, "x", "ADD", created_at="2024-01-01T00:00:00-08:00")
            assert db.get_history("m")[0]["created_at"] == "2024-01-01T00:00:00-08:00"
        assert type(SQLiteManager()) is type(SQLiteManager(db_path=sys.argv[1])) is SQLiteManager
        assert SQLiteManager.__module__ == "mem0.memory.storage" and SQLiteManager.__mro__ == (SQLiteManager, object)
        assert type(storage.__loader__).__module__ == type(storage.__spec__.loader).__module__
        assert "frozen importlib" in type(storage.__loader__).__module__ or "importlib" in repr(storage.__loader__)
        assert not any(m.startswith(("psycopg", "historyd_mem0.store")) for m in sys.modules)
    """
    mem0.storage_code(code, tmp_path / "stock.db", MEM0_HISTORY_URL="postgresql://nowhere/mem0")
    assert (tmp_path / "stock.db").read_bytes().startswith(b"SQLite format 3")


def test_the_environment_stands_in_for_the_default_path(mem0, daemon, tmp_path: pathlib.Path) -> None:
    code = """
        import sys
        from mem0.configs.base import MemoryConfig
        from mem0.memory.storage import SQLiteManager
        db = SQLiteManager(MemoryConfig().history_db_path)
        db.add_history("m", None, "x", "ADD")
        assert len(db.get_history("m")) == 1
        print(type(db).__mro__[1].__name__, type(SQLiteManager(sys.argv[1])).__mro__[1].__name__)
    """
    said = mem0.python_code(code, tmp_path / "chosen.db", MEM0_HISTORY_URL=daemon.target.url())
    assert said.startswith("HistoryStore") and said.endswith(" object")
    assert not (mem0.home / "history.db").exists()
    assert mem0.python_code(code, tmp_path / "chosen.db") == "object object"
    with pytest.raises(AssertionError, match="MEM0_HISTORY_URL begins with postgresql://"):
        mem0.python_code(code, tmp_path / "chosen.db", MEM0_HISTORY_URL="mysql://localhost/mem0")


@pytest.mark.parametrize("url", ["postgres", "postgresql", "postgresql+psycopg2", "socket"])
def test_every_form_of_url(latest, daemon, url) -> None:
    where = f"{url}://mem0@127.0.0.1:{daemon.target.port}/mem0?sslmode=prefer&connect_timeout=7"
    if url == "socket":
        where = f"postgresql:///mem0?host={daemon.socket_dir}&port={daemon.target.port}&user=ann"
    code = """
        import sys
        from mem0.memory.storage import SQLiteManager
        db = SQLiteManager(sys.argv[1])
        db.add_history("m", None, "x", "ADD")
        print(len(db.get_history("m")))
    """
    assert latest.storage_code(code, where) == "1"


def test_an_applications_own_subclass(mem0, daemon, tmp_path: pathlib.Path) -> None:
    code = """
        import sys
        import historyd_mem0
        from mem0.memory.storage import SQLiteManager
        class Loud(SQLiteManager):
            def __init__(self, path):
                super().__init__(path)
                self.calls = 0
            def get_history(self, memory_id):
                self.calls += 1
                return super().get_history(memory_id)
        for path in sys.argv[1:]:
            db = Loud(path)
            db.add_history("m", None, "x", "ADD")
            assert len(db.get_history("m")) == 1 and db.calls == 1
            assert isinstance(db, Loud) and isinstance(db, SQLiteManager)
            print(isinstance(db, historyd_mem0.HistoryStore))
    """
    said = mem0.storage_code(code, daemon.target.url(), tmp_path / "stock.db")
    assert said.split() == ["True", "False"]


def test_a_forked_child_leaves_its_parents_connection(latest, daemon) -> None:
    code = """
        import os, sys
        from mem0.memory.storage import SQLiteManager
        db = SQLiteManager(sys.argv[1])
        for round in range(3):
            db.add_history("m", None, "parent", "ADD")
            child = os.fork()
            if child == 0:
                db.add_history("m", None, "child", "ADD")
                db.close()
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
        print(sorted(r["new_memory"] for r in db.get_history("m")), db._pool._idle != [])
    """
    said = latest.storage_code(code, daemon.target.url())
    assert said == f"{['child'] * 3 + ['parent'] * 3} True"


def future_mem0(latest, folder: pathlib.Path, version: str) -> pathlib.Path:
    """The installed mem0's storage with one method and one parameter more."""
    memory = folder / "mem0/memory"
    memory.mkdir(parents=True)
    (folder / "mem0/__init__.py").touch()
    (memory / "__init__.py").touch()
    storage = (latest.packages / "mem0/memory/storage.py").read_text()
    assert "limit: int = 10)" in storage
    more = "\n    def count_history(self) -> int:\n        return 0\n"
    (memory / "storage.py").write_text(storage.replace("limit: int = 10)", "limit: int = 10, order='asc')") + more)
    info = folder / f"mem0ai-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mem0ai\nVersion: {version}\n")
    return folder


def test_a_future_version_is_named(latest, daemon, tmp_path: pathlib.Path) -> None:
    code = """
        import logging, sys
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        from mem0.memory.storage import SQLiteManager
        db = SQLiteManager(sys.argv[1])
        db.save_messages([{"role": "user", "content": "x"}], "s")
        assert len(db.get_last_messages("s")) == 1
        for call in (db.count_history, lambda: db.get_last_messages("s", order="desc")):
            try:
                call()
            except NotImplementedError as refused:
                print(refused)
        try:
            db.no_such_method
        except AttributeError:
            print("none")
    """
    folder = future_mem0(latest, tmp_path / "future", "3.1.0")
    said = latest.python_code(code, daemon.target.url(), PYTHONPATH=str(folder)).splitlines()
    assert said[0] == "mem0 3.1.0 is not among the versions that historyd-mem0 knows, 0.1.29 to 2.x"
    assert said[1].startswith("SQLiteManager.count_history of mem0 3.1.0 is not known to historyd-mem0 ")
    assert said[2].startswith("The parameter order of SQLiteManager.get_last_messages of mem0 3.1.0 is not known")
    assert said[3:] == ["none"]


def test_where_no_pth_file_is_read(latest, daemon, root: pathlib.Path) -> None:
    """A folder on PYTHONPATH, as AWS Lambda has it: by one import, or by a second folder on PYTHONPATH."""
    package = root / "conf/mem0/python"
    code = """
        import sys
        {first}
        from mem0.memory.storage import SQLiteManager
        {second}
        db = SQLiteManager(sys.argv[1])
        print(type(db).__mro__[1].__name__)
    """
    # -S: site-packages as a plain folder.
    for first, second, folders in (
        ("import historyd_mem0", "", [package]),
        ("", "import historyd_mem0", [package]),
        ("import site; import sitecustomize", "", [package, package / "historyd_mem0/startup"]),
    ):
        path = ":".join(map(str, [*folders, latest.packages]))
        program = textwrap.dedent(code).format(first=first, second=second)
        assert latest.run("-S", "-c", program, daemon.target.url(), PYTHONPATH=path) == "HistoryStore\n"


def test_a_sitecustomize_that_is_hidden_is_run(latest, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('the application\\'s own', __name__)")
    package = root / "conf/mem0/python"
    path = f"{package / 'historyd_mem0/startup'}:{package}:{tmp_path}"
    code = "import sys; print('historyd_mem0.import_hook' in sys.modules)"
    assert latest.run("-c", code, PYTHONPATH=path) == "the application's own sitecustomize\nTrue\n"


def test_psycopg2_gives_the_same_answers(latest, start, quick_folder: pathlib.Path) -> None:
    daemon = start(storage=quick_folder / "history.db")
    code = "import runpy, sys; sys.modules['psycopg'] = None; sys.argv[:] = sys.argv[1:]; "
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    files = (quick_folder / "stock.db", 7, 1000)
    said = latest.python_code(code, DIFFERENTIAL, daemon.target.url(), *files, PYTHONPATH=str(DIFFERENTIAL.parent))
    assert said.endswith("all=1000")


def test_uninstalling_leaves_mem0_as_it_was(latest, daemon, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    def pip(*arguments: object) -> None:
        command = [sys.executable, "-m", "pip", "-q", "--python", latest.python, *arguments]
        subprocess.run(list(map(str, command)), check=True, env=latest.environment())

    [wheel] = root.glob("build/mem0/wheel-*/*.whl")
    code = """
        import sys
        from mem0.memory.storage import SQLiteManager
        before = dict(vars(SQLiteManager))
        assert "__new__" not in before
        assert not any("historyd" in repr(finder) for finder in sys.meta_path)
    """
    while_installed = content_of(latest.packages)
    pip("uninstall", "-y", "historyd-mem0")
    try:
        left = content_of(latest.packages)
        assert not [name for name in left if "historyd" in name]
        assert left == {name: digest for name, digest in while_installed.items() if "historyd" not in name}
        latest.storage_code(code)
    finally:
        pip("install", "--no-deps", "--no-index", wheel)
    assert content_of(latest.packages).keys() == while_installed.keys()
    latest.python_code("import sys; assert 'historyd_mem0.import_hook' in sys.modules")
