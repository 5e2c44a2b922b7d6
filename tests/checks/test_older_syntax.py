"""Files that are written for Python 2 are audited as well."""

from __future__ import annotations

import ast

import pytest

from checks.facts.older_syntax import parse_older
from checks.facts.source import Source
from checks.facts.walk import extract

OLD = {
    'print "hello %s" % name, 1': 'print("hello %s" % name, 1)',
    'print "a",': 'print("a",)',
    'print >>sys.stderr, "a", (1,\n    2)': 'print(sys.stderr, "a", (1,\n    2))',
    "print [x for x in y]": "print([x for x in y])",
    'print """two\nlines"""  # remark': 'print("""two\nlines""")',
    'if a: print "b"; print c': 'if a:\n    print("b")\n    print(c)',
    'exec "a = 1" in scope': 'exec("a = 1" in scope)',
    'raise ValueError, "a, b"': 'raise ValueError("a, b")',
    "try:\n    a()\nexcept (A, B), e:\n    pass\nexcept C, e:\n    print e":
        "try:\n    a()\nexcept (A, B) as e:\n    pass\nexcept C as e:\n    print(e)",
    "a = `b` <> 10L": "a = (b) != 10",
    "chmod(path, 0755)": "chmod(path, 755)",
    'a = ur"\\d"': 'a = r"\\d"',
    "sorted(d, key=lambda (k, v): v)": "sorted(d, key=lambda k, v: v)",
    "def f(a, (b, c)):\n    print a": "def f(a, b, c):\n    print(a)",
    "later.call(async=True)\nprint 1": "later.call(asyn_=True)\nprint(1)",
    "if a:\n\tb()\n        print c": "if a:\n    b()\n    print(c)",
    "a = {'b': 'print c', 'd': \"raise E, 'f'\"}\nprint a":
        "a = {'b': 'print c', 'd': \"raise E, 'f'\"}\nprint(a)",
    "# it's `quoted`\nprint 'a'  # don't, 'b'": "print('a')",
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), OLD.items(), ids=OLD)
def test_older_statement_parses(old: str, new: str) -> None:
    """What Python 3 refuses is put in its words; texts stay as they are."""
    tree = parse_older(old)

    assert tree is not None
    assert ast.dump(tree) == ast.dump(ast.parse(new))


def test_lines_stay() -> None:
    """A finding stands in the line and at the place where it is written."""
    tree = parse_older('a = 1\nif a:\n    print "b", c(a)\nd(a)\n')

    assert tree is not None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    places = {ast.unparse(call.func): (call.lineno, call.col_offset) for call in calls}
    assert places == {"print": (3, 4), "c": (3, 15), "d": (4, 0)}


@pytest.mark.parametrize(
    "text",
    [
        "a = = 1",
        "print 'a' 'b",
        "def f(:\n    print a",
        "{% if x %}\nprint a\n{% endif %}",
        "f(a b)",
    ],
)
def test_no_python_at_all(text: str) -> None:
    """What no Python parses stays a gap."""
    assert parse_older(text) is None


def test_file_is_audited(audit) -> None:
    """Rules see what a file for Python 2 does."""
    audit(
        "debug-enabled",
        "from flask import Flask\napp = Flask(__name__)\nprint 'starting'\n"
        "app.run(debug=True)\n              ^^^^\n",
    )


def test_gap_is_told() -> None:
    """A file that is broken in any Python says why."""
    with pytest.raises(SyntaxError):
        extract(Source("app.py", "print 'a'\nb = = 1\n"))


def test_file_is_listed(outcome) -> None:
    """Python 3 cannot run it, and newer words may not say quite the same."""
    found = outcome({"app.py": "from flask import Flask\nprint 'starting'\n"})

    (gap,) = found.not_audited
    assert gap.path == "app.py"
    assert gap.reason.startswith("it is written for Python 2")
