"""Where values come from, inside a function and through the functions it calls."""

from __future__ import annotations

import ast

import pytest

from checks.project import flow

HEAD = "import getpass, hashlib, base64\nfrom flask import request\n" \
       "from wtforms import PasswordField\n" \
       "from flask_wtf import FlaskForm\nfrom werkzeug.security import generate_password_hash\n" \
       "from werkzeug.security import check_password_hash\n"  # fmt: skip


def kinds(project, body, head=""):
    """Return the kinds of what reaches ``sink(...)`` in a function with this body."""
    lines = "\n".join("    " + line for line in body.split("\n"))
    found = project({"app.py": f"{HEAD}{head}\ndef view(user):\n{lines}\n"})
    result = set()
    for module in found.modules:
        for scope in module.scopes:
            for call in scope.calls:
                if isinstance(call.func, ast.Name) and call.func.id == "sink":
                    result |= {origin.kind for origin in found.flow(scope).at(call.args[0])}
    return sorted(result)


PLAIN = ["password", "request"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("sink(request.form['password'])", PLAIN),
        ("sink(request.form.get('password', ''))", PLAIN),
        ("data = request.get_json()\nsink(data['password'])", PLAIN),
        ("data = request.json or {}\nsink(data.get('pwd'))", PLAIN),
        ("form = FlaskForm()\nsink(form.password.data)", PLAIN),
        ("p = request.form['password'].strip()\nsink(f'x{p}')", PLAIN),
        ("p, n = request.form['password'], 1\nsink((n, p[:8]))", PLAIN),
        ("user.secret = request.values['passwd']\nsink(user.secret)", PLAIN),
        ("p = request.form['password']\nif p:\n    p = generate_password_hash(p)\nsink(p)",
         ["password", "request", "slow-hash"]),
        ("try:\n    p = request.form['password']\nexcept KeyError:\n    p = ''\nsink(p)", PLAIN),
        ("for p in [request.form['password']]:\n    sink(p)", PLAIN),
        ("sink(request.form['name'])", ["request"]),
        ("sink(request.form['reset_password_token'])", ["request"]),
        ("sink(generate_password_hash(request.form['password']))", ["slow-hash"]),
        ("sink(hashlib.md5(request.form['password'].encode()).hexdigest())", ["fast-hash"]),
        ("h = hashlib.sha256()\nh.update(request.form['password'].encode())\nsink(h.digest())",
         ["fast-hash"]),
        ("sink(base64.b64encode(request.form['password'].encode()))", ["encoded"]),
        ("sink(my_hash(request.form['password']))", ["unknown-hash"]),
        ("sink(check_password_hash(user.h, request.form['password']))", []),
        ("sink(request.form['password'] == user.password)", []),
        ("sink(len(request.form['password']))", []),
        ("p = request.form['password']\np = None\nsink(p)", []),
        ("p = request.form['password']\nreturn 1\nsink(p)", []),
        ("sink(user.password)", []),
        ("d = {'do': 1, 'pw': request.form['password']}\nsink(d['pw'])", PLAIN),
        ("d = {'do': 1, 'auth': [request.form['password']]}\nsink(d['auth'])", PLAIN),
        ("d = {'do': 1, 'pw': request.form['password']}\nsink(d[user])", PLAIN),
        ("d = {'do': 1, 'pw': getpass.getpass()}\nsink(d['do'])", []),
        ("d = {'do': 1, 'pw': getpass.getpass()}\nsink(d.get('do', 2))", []),
        ("d = {'do': 1, 'pw': getpass.getpass()}\nsink(d.get('pw', 2))", ["password"]),
    ],
)  # fmt: skip
def test_inside_a_function(project, body, expected):
    """Passwords are followed through variables and branches until something hashes them."""
    assert kinds(project, body) == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("def same(x):\n    return x\n", "sink(same(request.form['password']))", PLAIN),
        ("def h(x):\n    return generate_password_hash(x)\n", "sink(h(request.form['password']))",
         ["slow-hash"]),
        ("def store(x):\n    sink(x)\n", "store(request.form['password'])", PLAIN),
        ("def store(a, *, word):\n    sink(word)\n",
         "store(1, word=request.form['password'])", PLAIN),
        ("class U:\n    def set(self, x):\n        sink(x)\n",
         "u = U()\nu.set(request.form['password'])", PLAIN),
        ("class U:\n    @property\n    def pw(self): ...\n    @pw.setter\n    def pw(self, x):\n"
         "        sink(generate_password_hash(x))\n", "user.pw = request.form['password']",
         ["slow-hash"]),
        ("class U:\n    def __init__(self, x):\n        sink(x)\n",
         "U(request.form['password'])", PLAIN),
        ("def f(password):\n    sink(password)\n", "pass", ["password"]),
        ("def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\n",
         "sink(f(request.form['password']))", []),
    ],
)  # fmt: skip
def test_through_calls(project, head, body, expected):
    """Helpers, methods, constructors and setters are followed; recursion ends."""
    found = project(
        {"app.py": HEAD + head + "\ndef view(user):\n    " + body.replace("\n", "\n    ") + "\n"}
    )
    (module,) = found.modules
    for function in module.functions():
        found.flow(function)  # callers first or last must not matter
    result = {
        origin.kind
        for scope in module.scopes
        for call in scope.calls
        if isinstance(call.func, ast.Name) and call.func.id == "sink"
        for origin in found.flow(scope).at(call.args[0])
    }

    assert sorted(result) == expected


def test_bounded(project):
    """A function that is nested or long beyond reason ends with what was seen."""
    deep = "x = " + "+".join(["request.form['password']"] * 900)
    wide = "\n".join(f"    if a{n}:\n        p = request.form['p{n}']" for n in range(1900))
    found = project({"app.py": f"{HEAD}def a():\n    {deep}\ndef b():\n{wide}\n    sink(p)\n"})

    for function in found.modules[0].functions():
        assert found.flow(function).scope is function


def test_what_is_too_long_is_told(outcome, monkeypatch):
    """Code that is not followed to its end is listed as not audited, with the reason."""
    monkeypatch.setattr(flow, "_MAX_STATEMENTS", 20)
    many = "\n".join(f"    steps = {n}" for n in range(30))
    text = (
        "from flask import Flask, request\nfrom werkzeug.security import check_password_hash\n"
        "app = Flask(__name__)\n@app.post('/login')\ndef login():\n"
        f"    password = request.form['password']\n{many}\n"
        "    print(password)\n    return 'ok'\n"
    )
    (gap,) = outcome({"app.py": text}).not_audited

    assert gap.path == "app.py"
    assert gap.reason == (
        "login is code of over 20 statements with its calls: where its values go is not decided"
    )
