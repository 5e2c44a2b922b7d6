"""What a name means that a package gives to its submodule and to what that holds."""

from __future__ import annotations

import pytest

SHOP = "from flask import Flask\nshop = Flask(__name__)\n"
USE = "shop.run(debug=True)\n"


@pytest.mark.parametrize("init", ["from .shop import shop\n", "from web.shop import shop\n"])
@pytest.mark.parametrize(
    "use", ["from web import shop\n", "import web\nweb.", "from web.shop import shop\n"]
)
def test_object_of_the_submodules_name(project, init, use):
    """An object that the package imports by its submodule's name is what others get."""
    found = project({"web/__init__.py": init, "web/shop.py": SHOP, "start.py": use + USE})
    (module,) = [m for m in found.modules if m.path == "start.py"]
    ((call, scope),) = module.calls("run")

    assert found.names.type_of(call.func.value, scope) == "flask.Flask"


@pytest.mark.parametrize(
    "init", ["", "from . import shop\n", "from .shop import shop as app\n", "import web.shop\n"]
)
def test_submodule(project, init):
    """Otherwise the submodule itself is meant."""
    files = {
        "web/__init__.py": init,
        "web/shop.py": SHOP,
        "start.py": "from web import shop\nshop.shop.run()\n",
    }
    found = project(files)
    (module,) = [m for m in found.modules if m.path == "start.py"]
    ((call, scope),) = module.calls("run")

    assert found.names.type_of(call.func.value, scope) == "flask.Flask"


@pytest.mark.parametrize("folder", ["", "web/"])
def test_the_folders_own_init(project, folder):
    """A file started in a package's folder imports ``__init__`` by that name."""
    files = {
        f"{folder}__init__.py": SHOP,
        f"{folder}start.py": "from __init__ import shop\nshop.run()\n",
    }
    found = project(files)
    (module,) = [m for m in found.modules if m.path.endswith("start.py")]
    ((call, scope),) = module.calls("run")

    assert found.names.type_of(call.func.value, scope) == "flask.Flask"
