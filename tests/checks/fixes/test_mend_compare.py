"""What `--fix` does about `password-compare-timing`, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "password-compare-timing"
TOP = '"""Hooks."""\n\nfrom __future__ import annotations\n\n'
IMPORTS = "import os\n\nfrom flask import Flask, abort, request\n\n"
HEAD = IMPORTS + "app = Flask(__name__)\nAPI_TOKEN = os.environ['API_TOKEN']\n\n\n"
VIEW = "@app.post('/hook')\ndef hook():\n    if {}:\n        abort(403)\n    return ''\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "request.form['token'] != API_TOKEN",
            "not hmac.compare_digest(request.form['token'].encode(), API_TOKEN.encode())",
        ),
        (
            "request.headers.get('X-Token', '') == API_TOKEN",
            "hmac.compare_digest(request.headers.get('X-Token', '').encode(), API_TOKEN.encode())",
        ),
        (
            "request.headers.get('X-Token') != API_TOKEN",
            "request.headers.get('X-Token') is None or not hmac.compare_digest("
            "request.headers.get('X-Token').encode(), API_TOKEN.encode())",
        ),
        (
            "API_TOKEN == request.args.get('token')",
            "request.args.get('token') is not None and hmac.compare_digest("
            "API_TOKEN.encode(), request.args.get('token').encode())",
        ),
        (
            "request.method == 'POST' and request.args.get('token') != API_TOKEN",
            "request.method == 'POST' and (request.args.get('token') is None or not "
            "hmac.compare_digest(request.args.get('token').encode(), API_TOKEN.encode()))",
        ),
        (
            "request.headers['Authorization'] != f'Bearer {API_TOKEN}'",
            "not hmac.compare_digest(request.headers['Authorization'].encode(), "
            "f'Bearer {API_TOKEN}'.encode())",
        ),
        (
            "(request.form['token'] == API_TOKEN) is False",
            "(hmac.compare_digest(request.form['token'].encode(), API_TOKEN.encode())) is False",
        ),
        (
            "not request.args.get('token') == API_TOKEN",
            "not (request.args.get('token') is not None and hmac.compare_digest("
            "request.args.get('token').encode(), API_TOKEN.encode()))",
        ),
        (
            "request.headers['Authorization'] != 'Bearer ' + API_TOKEN",
            "not hmac.compare_digest(request.headers['Authorization'].encode(), "
            "('Bearer ' + API_TOKEN).encode())",
        ),
    ],
)
def test_texts_are_compared_in_constant_time(holds, before, after):
    """Both sides are encoded; what may be missing is asked for, as ``==`` does."""
    text = HEAD + VIEW.format(before)
    wanted = HEAD.replace("import os", "import hmac\nimport os") + VIEW.format(after)

    holds(RULE, text, wanted)


@pytest.mark.parametrize("top", ["", TOP, "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n"])
def test_the_import_has_its_place(holds, top):
    """It stands behind what a file must begin with, and in alphabetical order."""
    text = top + HEAD + VIEW.format("request.form['token'] != API_TOKEN")
    after = text.replace("import os", "import hmac\nimport os").replace(
        "request.form['token'] != API_TOKEN",
        "not hmac.compare_digest(request.form['token'].encode(), API_TOKEN.encode())",
    )

    holds(RULE, text, after)


def test_digests_need_no_encoding(holds):
    """Two texts of ASCII alone are compared as they are; the module is imported already."""
    text = (
        "import hashlib, hmac\nfrom flask import Flask, abort, request\n\n"
        "app = Flask(__name__)\n\n\n"
        "@app.post('/hook')\ndef hook():\n"
        "    made = hmac.new(app.secret_key, request.data, hashlib.sha256).hexdigest()\n"
        "    signature = request.headers.get('X-Signature', '')\n"
        "    if made != signature:\n        abort(403)\n    return ''\n"
    )
    after = text.replace(
        "made != signature", "not hmac.compare_digest(made.encode(), signature.encode())"
    )

    holds(RULE, text, after)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + VIEW.format("request.json['token'] != API_TOKEN"),
        "from __future__ import unicode_literals\n" + HEAD
        + VIEW.format("request.form['token'] != API_TOKEN"),
        HEAD + VIEW.format("request.args.get('token', type=int) != API_TOKEN"),
        HEAD.replace("os.environ['API_TOKEN']", "os.environ.get('API_TOKEN')")
        + VIEW.format("request.headers.get('X-Token') != API_TOKEN"),
        HEAD + VIEW.format("request.headers['X-Token'] != app.config['API_TOKEN']"),
        HEAD.replace("import os", "import os\nimport hmacs as hmac")
        + VIEW.format("request.form['token'] != API_TOKEN"),
        HEAD + "def put(value):\n    global API_TOKEN\n    API_TOKEN = value\n\n\n"
        + VIEW.format("request.form['token'] != API_TOKEN"),
        HEAD + VIEW.format("(\n        request.form['token']  # sent\n        != API_TOKEN\n    )"),
    ],
)  # fmt: skip
def test_other_types_are_left(holds, text):
    """What may be no text would be an error; what may be missing on both sides is equal."""
    holds(RULE, text, None)


def test_behaviour_is_kept(holds, mended):
    """The mended view answers as before: with the token, another one, none, and no ASCII."""
    text = HEAD + VIEW.format("request.headers.get('X-Token') != API_TOKEN")
    after = mended(RULE, text)["app.py"]
    answers = []
    for source in (text, after):
        space: dict[str, object] = {"__name__": "app"}
        exec(source.replace("os.environ['API_TOKEN']", "'s3cret'"), space)
        client = space["app"].test_client()
        answers.append(
            [
                client.post("/hook", headers=headers).status_code
                for headers in ({}, {"X-Token": "s3cret"}, {"X-Token": "x"}, {"X-Token": "\xe9"})
            ]
        )

    assert text != after
    assert [[403, 200, 403, 403]] * 2 == answers
