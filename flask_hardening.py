"""The target of every entry point: loads `hardening` and `checks` from beside this file.

Both packages have names that a project may also use for a module of its own
(``checks.py``, ``hardening.py``). With ``PYTHONPATH=.`` such a module would shadow ours, so
the console script, the Flask CLI group and the bandit plugins come through here: the
packages are loaded by file location, never by a search of ``sys.path``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_HERE = Path(__file__).resolve().parent


def load(name: str) -> ModuleType:
    """Return our package `name` (``"hardening"`` or ``"checks"``), whatever shadows it.

    Args:
        name: the package's name.

    Raises:
        ImportError: the package is not beside this file, so the installation is broken.
    """
    init = _HERE / name / "__init__.py"
    loaded = sys.modules.get(name)
    if loaded is not None and _is_file(loaded, init):
        return loaded
    spec = importlib.util.spec_from_file_location(
        name, init, submodule_search_locations=[str(init.parent)]
    )
    if spec is None or spec.loader is None or not init.is_file():
        raise ImportError(f"flask-hardening is not installed completely: {name} is missing")
    module = importlib.util.module_from_spec(spec)
    # A project's own module of that name must not lend us its submodules either.
    for known in [key for key in sys.modules if key.startswith(f"{name}.")]:
        del sys.modules[known]
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _is_file(module: ModuleType, init: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve() == init


def main(argv: list[str] | None = None) -> int:
    """Run the ``flask-hardening`` command; the exit codes are those of `checks.cli.main`."""
    load("checks")
    from checks.cli import main as run

    return run(argv)


def call(module: str, function: str, *arguments: Any, **named: Any) -> Any:
    """Return what a function of ``checks`` returns; what processes of the audit start with.

    Args:
        module: its dotted name, such as ``checks.bandit_worker``.
        function: the function's name in it.
        arguments: what it is called with.
        named: the same by name.
    """
    load("checks")
    return getattr(importlib.import_module(module), function)(*arguments, **named)


_FACTS = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("flask_hardening", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["flask_hardening"] = module
spec.loader.exec_module(module)
module.facts(int(sys.argv[2]))
"""


def facts_command(out: int) -> list[str]:
    """Return the command of the process that `facts` runs in, by the Python that runs this one.

    Args:
        out: the number of an open file that the process inherits.
    """
    # Without -P the current folder would come first where the app expects its own paths; -B
    # leaves no compiled files in the project.
    return [sys.executable, "-B", "-P", "-c", _FACTS, str(_HERE / "flask_hardening.py"), str(out)]


def facts(out: int) -> None:
    """Load the app that the job on standard input names, write facts about it, and end.

    Args:
        out: the number of an open file, which gets one JSON document.
    """
    import json
    import os

    job = json.loads(sys.stdin.buffer.read())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    keys = "flask_hardening_keys"
    spec = importlib.util.spec_from_file_location(keys, _HERE / f"{keys}.py")
    if spec is not None and spec.loader is not None:
        sys.modules[keys] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[keys])
    load("hardening")
    from hardening.live.child import run

    run(job, out)
    # Threads of the app, and what it would do at its end, are of no interest any more.
    os._exit(0)


def __getattr__(name: str) -> object:
    # Each of our rules that bandit may run is an entry point `flask_hardening:B8nn`.
    if len(name) == 4 and name.startswith("B8") and name[1:].isdecimal():
        load("checks")
        from checks.bandit_plugins import plugin

        return plugin(name)
    # Flask looks its command groups up by entry point on every `flask` run, in every project
    # of the environment: the group is built only when it is asked for.
    if name == "flask_commands":
        load("hardening")
        from hardening.cli import group

        return group
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    sys.exit(main())
