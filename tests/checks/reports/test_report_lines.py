"""The source lines beside a finding: the span in view, and no secret in the clear."""

from __future__ import annotations

import pytest

from checks.finding import Finding, Outcome, Place
from checks.reports.shared.lines import Excerpts, Line
from checks.reports.shared.visible import columns, encodable, visible


def finding(rule: str = "secret-key-hardcoded", path: str = "app.py", **place: int) -> Finding:
    return Finding(
        rule=rule,
        severity="high",
        confidence="high",
        audience="default",
        message="",
        why="",
        fix="",
        cwe=798,
        asvs=(),
        path=path,
        **({"line": 1} | place),  # type: ignore[arg-type]  # only places
    )


def shown(source: str, found: Finding, lines: int = 1, width: int = 100) -> str:
    outcome = Outcome(root=".", findings=(found,), sources={found.path or "": source})
    excerpt = Excerpts(outcome).of(found, lines=lines, width=width)
    return "\n".join(line.before + line.marked + line.after for line in excerpt)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('app.secret_key = "s3cret"', 'app.secret_key = "…"'),
        ("app.secret_key = b's3cret'", "app.secret_key = b'…'"),
        ('KEY = """s3cret"""', 'KEY = """…"""'),
        ('KEY = f"s3{x}cret"', 'KEY = f"…"'),
        ('KEY = f"s3{x["s3cret"]}cret"', None),
        (r'KEY = "s3\"cret"', 'KEY = "…"'),
        ('KEY = "s3" "cret"', 'KEY = "…" "…"'),
        ('KEY = ""', 'KEY = ""'),
        ("x = 1  # was s3cret", "x = 1  #…"),
        ('config["SECRET_KEY"] = "s3cret"', 'config["SECRET_KEY"] = "…"'),
        ('getenv("SECRET_KEY", "s3cret")', 'getenv("SECRET_KEY", "…")'),
        ('check("password")', 'check("…")'),
        ('TOKENS["s3cret"]', 'TOKENS["…"]'),
        ('a = "s3cret', None),
        ('a = "s3cret"\n  b = (', None),
    ],
)
def test_literals_of_a_python_line_are_masked(source: str, expected: str | None):
    """Strings and comments, whole; names that are looked up stay, so that the line reads."""
    text = shown(source, finding())

    assert "s3" not in text
    assert "cret" not in text.replace("secret_key", "").replace("SECRET_KEY", "")
    assert expected is None or text == expected


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        (".env", "SECRET_KEY=s3cret", "SECRET_KEY=…"),
        ("Dockerfile", "ENV SECRET_KEY=s3cret", "ENV SECRET_KEY=…"),
        ("Dockerfile", "ENV SECRET_KEY s3cret", "ENV SECRET_KEY…"),
        ("compose.yaml", "  - SECRET_KEY=s3cret", "  - SECRET_KEY=…"),
        ("compose.yaml", "  SECRET_KEY: s3cret", "  SECRET_KEY: …"),
        ("config.json", '{"SECRET_KEY": "s3cret"}', '{"SECRET_KEY": …'),
        ("page.html", '<input value="s3cret">', '<input value="…">'),
        ("page.html", "<input value='s3cret", "<input value='…"),
        ("odd", "s3cret", "…"),
    ],
)
def test_values_in_other_files_are_masked(path: str, source: str, expected: str):
    """Settings and deployment files have no quotes to rely on: all behind the name goes."""
    assert shown(source, finding(path=path)) == expected


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_lines_of_a_long_string_are_masked(number: int):
    """A line inside of a triple-quoted string is a part of the literal."""
    source = 'KEY = """s3cret\ns3cret\ns3cret"""'

    assert "s3" not in shown(source, finding(line=number))


def test_a_value_that_goes_on_is_masked_in_settings_too():
    """A PEM block has lines that look like a name and a value."""
    source = "KEY=-----BEGIN\nQUJD=s3cret\nQUJD==\n"

    assert shown(source, finding(path=".env", end_line=3), lines=3) == "KEY=…\n…\n…"


@pytest.mark.parametrize(
    "source",
    [
        'app.config.update(DEBUG=True, SECRET_KEY="s3cret")',
        'DATABASE = "postgresql://shop:s3cret@db/shop"',
        'login({"password": "s3cret"}, debug=True)',
        'passwords["ann"] = "s3cret"',
    ],
)
def test_a_line_that_sets_a_secret_is_masked_for_every_rule(source: str):
    """The rule may be about something else on the line."""
    assert "s3cret" not in shown(source, finding("debug-enabled"))


def test_a_line_of_a_secret_finding_is_masked_for_the_others():
    """What one rule calls a secret no other rule's excerpt may show, nor a related place."""
    secret = finding(line=1, related=(Place("app.py", 2, "also"),))  # type: ignore[arg-type]
    others = [finding("debug-enabled", line=1), finding("debug-enabled", line=2)]
    outcome = Outcome(
        root=".", findings=(secret, *others), sources={"app.py": 'x("s3cret")\ny("s3cret")'}
    )
    excerpts = Excerpts(outcome)

    assert all(excerpts.masked(found) for found in outcome.findings)
    assert [excerpts.of(other, lines=1, width=80)[0].before for other in others] == ["", ""]
    assert [excerpts.of(other, lines=1, width=80)[0].marked for other in others] == [
        'x("…")',
        'y("…")',
    ]


def test_other_lines_are_shown_as_they_are():
    """A message to the user is no secret, and the reader needs it."""
    source = 'flash("Wrong password")  # tell'

    assert shown(source, finding("login-enumerates-users")) == source


def test_the_span_is_cut_out():
    """Columns count characters, from 1, and the end is the one after the last."""
    source = 'ü = "€"; run(debug=True)'
    found = finding("debug-enabled", column=14, end_line=1, end_column=24)
    excerpts = Excerpts(Outcome(root=".", findings=(found,), sources={"app.py": source}))

    assert excerpts.of(found, lines=1, width=80) == (Line(1, 'ü = "€"; run(', "debug=True", ")"),)


def test_a_place_without_a_width_marks_the_rest_of_its_line():
    """A reader sees where to look even if a rule knows only where it begins."""
    found = finding("debug-enabled", column=5, end_line=1, end_column=5)
    excerpts = Excerpts(Outcome(root=".", findings=(found,), sources={"app.py": "    run()"}))

    assert excerpts.of(found, lines=1, width=80) == (Line(1, "    ", "run()", ""),)


def test_a_span_of_many_lines_shows_the_first_of_them():
    """Each line is marked from its first character that is no space."""
    source = "def f():\n    a\n    b\n    c\n"
    found = finding("debug-enabled", column=1, end_line=4, end_column=6)
    excerpts = Excerpts(Outcome(root=".", findings=(found,), sources={"app.py": source}))

    assert excerpts.of(found, lines=3, width=80) == (
        Line(1, "", "def f():", ""),
        Line(2, "    ", "a", ""),
        Line(3, "    ", "b", ""),
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old macintosh"])
def test_lines_are_those_of_the_parser(newline: str):
    """Form feed and U+2028 end no line, as in Python's own parser."""
    source = f"a = 1\x0c\u2028{newline}b = 2"

    assert shown(source, finding("debug-enabled", line=2)) == "b = 2"


@pytest.mark.parametrize("at", [1, 300, 990])
def test_a_long_line_is_cut_around_the_span(at: int):
    """The span stays in view, and each cut is marked."""
    source = "x" * (at - 1) + "HERE" + "y" * (1000 - at)
    found = finding("debug-enabled", column=at, end_line=1, end_column=at + 4)
    excerpts = Excerpts(Outcome(root=".", findings=(found,), sources={"app.py": source}))
    (line,) = excerpts.of(found, lines=1, width=80)

    assert line.marked == "HERE"
    assert len(line.before + line.marked + line.after) <= 82
    assert line.before.startswith("…") is (at > 1)
    assert line.after.endswith("…") is (at < 990)


@pytest.mark.parametrize(
    "place",
    [
        {"line": 9},
        {"line": 1, "column": 99, "end_line": 1, "end_column": 3},
        {"line": 1, "column": 2, "end_line": 99, "end_column": 99},
        {"line": 2},
    ],
)
def test_a_wrong_place_breaks_nothing(place: dict[str, int]):
    """A rule's mistake costs its excerpt, not the report."""
    assert shown("a = 1\n", finding("debug-enabled", **place)) in ("", "a = 1")


def test_what_cannot_be_seen_is_written_out():
    """Control characters, marks of direction, lone surrogates; other alphabets stay."""
    assert visible("a\tb\n\x00\x9b\u202e\U000e0041\udce9") == (
        r"a\tb\n\x00\x9b\u202e\U000e0041\udce9"
    )
    assert visible("Grüße 世界 👩‍💻") == "Grüße 世界 👩‍💻"
    assert encodable("a\x00\udce9ü") == "a\x00\\udce9ü"


def test_wide_characters_take_two_columns():
    """The underline stands under what it marks in a terminal."""
    assert columns("世界e\u0301") == 5
