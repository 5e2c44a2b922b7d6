"""What a value of Python is taken for, and when nobody knows."""

from __future__ import annotations

import pytest

from checks.fixes.texts import kind_of
from checks.fixes.tree import Tree, cst

HEAD = "import hashlib, hmac, os\nfrom flask import request\n"


def kind(source: str) -> str | None:
    """Return what the argument of ``use(...)`` is taken for."""
    tree = Tree(HEAD + source)
    calls = [call for call in tree.all(cst.Call) if tree.code(call.func) == "use"]
    return kind_of(calls[0].args[0].value, tree)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a'", "ascii"),
        ("'é'", "text"),
        ("b'a'", "bytes"),
        ("f'{x}'", "text"),
        ("'a' + f'{x}'", "text"),
        ("'a' + x", None),
        ("str(x)", "text"),
        ("str(x, 'utf-8')", None),
        ("request.form['a']", "text"),
        ("request.form[x]", None),
        ("request.args.get('a')", "maybe"),
        ("request.args.get('a', None)", "maybe"),
        ("request.args.get('a', '')", "text"),
        ("request.args.get('a', 0)", None),
        ("request.args.get('a', type=int)", None),
        ("request.args.get(x)", None),
        ("request.json['a']", None),
        ("flask.request.form['a']", None),
        ("os.environ['A']", "text"),
        ("os.getenv('A')", "maybe"),
        ("os.environ.get('A', 'b')", "text"),
        ("config.get('A', 'b')", None),
        ("hashlib.sha256(x).hexdigest()", "ascii"),
        ("hmac.new(k, x, 'sha256').digest()", "bytes"),
        ("x.hexdigest()", None),
        ("'a'.encode()", "bytes"),
        ("x.encode()", None),
        ("request.form['a'].strip().lower()", "text"),
        ("request.args.get('a').strip()", None),
        ("x or 'a'", None),
        ("1", None),
    ],
)
def test_expressions(expression, expected):
    """Texts and bytes are known by how they are made."""
    assert expected == kind(f"use({expression})\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("K = 'a'\ndef f():\n    use(K)\n", "ascii"),
        ("def f():\n    K = 'a'\n    use(K)\n", "ascii"),
        ("def f():\n    use(K)\n    K = 'a'\n", None),
        ("def f():\n    if x:\n        K = 'a'\n    use(K)\n", None),
        ("if x:\n    K = 'a'\ndef f():\n    use(K)\n", None),
        ("K = 'a'\nK = 1\ndef f():\n    use(K)\n", None),
        ("K = 'a'\nK += x\ndef f():\n    use(K)\n", None),
        ("K = 'a'\ndef f(K):\n    use(K)\n", None),
        ("K = 'a'\ndef f(*K):\n    use(K)\n", None),
        ("K = 'a'\ndef f():\n    for K in x:\n        use(K)\n", None),
        ("K = 'a'\ndef f():\n    for K, b in x:\n        use(K)\n", None),
        ("K = 'a'\ndef f():\n    with x as K:\n        use(K)\n", None),
        ("K = 'a'\ndef f():\n    try:\n        pass\n    except E as K:\n        use(K)\n", None),
        ("K = 'a'\ndef f():\n    return [use(K) for K in x]\n", None),
        ("K = 'a'\ndef f():\n    return lambda K: use(K)\n", None),
        ("K = 'a'\ndef f():\n    if (K := x):\n        use(K)\n", None),
        ("K = 'a'\ndef g():\n    global K\n    K = 1\ndef f():\n    use(K)\n", None),
        ("def g():\n    K = 1\n    def f():\n        use(K)\n", None),
        ("K = 'a'\ndef g():\n    K = 1\n    def f():\n        use(K)\n", None),
        ("K = 'a'\nclass C:\n    K = 1\n    def f(self):\n        use(K)\n", "ascii"),
        ("K = 'a'\ndef g():\n    K = 1\ndef f():\n    use(K)\n", "ascii"),
        ("K, L = 'a', 'b'\ndef f():\n    use(K)\n", None),
        ("from x import K\ndef f():\n    use(K)\n", None),
        ("K: str = x\ndef f():\n    use(K)\n", None),
        ("def K():\n    pass\ndef f():\n    use(K)\n", None),
        ("L = 'a'\nK = L\ndef f():\n    use(K)\n", "ascii"),
        ("def f(request):\n    use(request.form['a'])\n", None),
        ("os = x\ndef f():\n    use(os.environ['A'])\n", None),
        ("def f():\n    match x:\n        case {'a': K}:\n            use(K)\n", None),
        ("K = 'a'\ndef f():\n    match x:\n        case {'a': K}:\n            use(K)\n", None),
        ("K = 'a'\ndef f():\n    *K, b = x\n    use(K)\n", None),
        ("K = 'a'\ndef f():\n    with x as (K, b):\n        use(K)\n", None),
        ("K = 'a'\ndel K\ndef f():\n    use(K)\n", None),
        ("class C:\n    K = 'a'\n    use(K)\n", None),
        ("K = 'a'\nclass C:\n    K = 1\n    use(K)\n", None),
    ],
)
def test_names(source, expected):
    """A name is known by the one value that it ever has where it is used."""
    assert expected == kind(source)
