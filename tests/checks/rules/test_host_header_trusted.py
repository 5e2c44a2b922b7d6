"""Where `host-header-trusted` fires, and where it must not."""

# ruff: noqa: E501  # the lines of carets stand under what they underline

from __future__ import annotations

import pytest

RULE = "host-header-trusted"
HEAD = """from flask import Flask, abort, render_template, request, url_for
from flask_mail import Mail, Message
app = Flask(__name__)
mail = Mail(app)
"""
SEND = '    mail.send(Message("Reset", recipients=[user.email], body=link))\n'


def _link(expression: str) -> str:
    marks = " " * 11 + "^" * len(expression)
    return f"{HEAD}def send_reset(user, token):\n    link = {expression}\n{marks}\n{SEND}"


def _plain(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.lstrip().startswith("^"))


EXTERNAL = 'url_for("reset", token=token, _external=True)'


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        (EXTERNAL, EXTERNAL),
        ('request.host_url + "reset/" + token', "request.host_url"),
        ('f"https://{request.host}/reset/{token}"', "request.host"),
        ('"{}reset/{}".format(request.url_root, token)', "request.url_root"),
        ("urljoin(request.host_url, token)", "request.host_url"),
        ('"https://%s/reset/%s" % (request.host, token)', "request.host"),
        ("f\"https://{request.headers['Host']}/reset/{token}\"", "request.headers['Host']"),
        ('"https://" + request.headers.get("host") + token', 'request.headers.get("host")'),
    ],
)
def test_found(audit, expression, part):
    """A link with a token that is mailed is found in every spelling."""
    marks = " " * (11 + expression.index(part)) + "^" * len(part)
    text = f"{HEAD}def send_reset(user, token):\n    link = {expression}\n{marks}\n{SEND}"
    assert audit(RULE, text)[0].audience == "default"


def test_mail_template(audit):
    """A link in a mail template is found."""
    audit(
        RULE,
        {
            "app.py": HEAD,
            "templates/email/reset.html": "{{ url_for('reset', token=token, _external=True) }}\n"
            "   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        },
    )


def test_text_template(audit):
    """A template of plain text is read too."""
    audit(
        RULE,
        {
            "app.py": HEAD,
            "templates/mail/reset.txt": "{{ url_for('reset', token=token, _external=True) }}\n"
            "   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        },
    )


def test_one_finding_for_the_app(audit):
    """Several links are one finding that names the others."""
    second = f'def send_confirm(user, token):\n    link = url_for("c", _external=True)\n{SEND}'
    found = audit(RULE, _link(EXTERNAL) + second)
    assert len(found[0].related) == 2


def test_page_is_strict(audit):
    """An absolute link of a page is for a careful shop only."""
    text = HEAD + (
        '@app.get("/feed")\ndef feed():\n    return url_for("x", _external=True)\n'
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    )
    assert audit(RULE, text)[0].audience == "strict"


@pytest.mark.parametrize(
    "more",
    [
        'app.config["SERVER_NAME"] = "www.example.com"\n',
        'app.config["TRUSTED_HOSTS"] = ["www.example.com"]\n',
        'import os\napp.config["SERVER_NAME"] = os.environ["SERVER_NAME"]\n',
        "from hardening import harden, Policy\n"
        'harden(app, policy=Policy(trusted_hosts=("www.example.com",)))\n',
        "class R(app.request_class):\n    trusted_hosts = ['www.example.com']\napp.request_class = R\n",
        "@app.before_request\ndef known():\n    if request.host not in HOSTS:\n        abort(400)\n",
    ],
)
def test_known_hosts(audit, more):
    """An app that knows its hosts is silent."""
    audit(RULE, _plain(_link(EXTERNAL)) + more)


def test_nginx_sends_its_own_name(audit):
    """A Host that nginx writes is no client's."""
    nginx = "server { location / { proxy_pass http://a; proxy_set_header Host $server_name; } }\n"
    audit(RULE, {"app.py": _plain(_link(EXTERNAL)), "nginx.conf": nginx})


@pytest.mark.parametrize(
    "text",
    [
        f'def send_reset(user, token):\n    link = BASE + url_for("reset", token=token)\n{SEND}',
        f'def send_reset(user, token):\n    link = url_for("x", token=token, _external=False)\n{SEND}',
        f'def send_reset(user, token):\n    link = app.config["BASE_URL"] + "/reset/" + token\n{SEND}',
        "def safe(target):\n    return urlparse(urljoin(request.host_url, target)).netloc == request.host\n",
        "def where():\n    return request.host == 'x'\n",
        "def page():\n    return url_for('x')\n",
    ],
)
def test_near_misses(audit, text):
    """Links from configuration, relative links and comparisons are silent."""
    audit(RULE, HEAD + text)


MAILS_A_LINK = (
    "from flask import url_for\nfrom flask_mail import Message\n"
    "def remind(user, token):\n"
    "    mail.send(Message('x', body=url_for('reset', token=token, _external=True)))\n"
)


@pytest.mark.parametrize("name", ["jobs.py", "shop/tasks.py", "worker.py"])
def test_job_of_a_worker(audit, name):
    """A worker has no request whose host could be forged: the link's host is the setting's."""
    audit(RULE, {"app.py": HEAD, name: MAILS_A_LINK})


@pytest.mark.parametrize("task", ["@celery.task", "@shared_task(bind=True)", "@dramatiq.actor"])
def test_task(audit, task):
    """Tasks are told by what they are decorated with."""
    audit(RULE, {"app.py": HEAD + MAILS_A_LINK.replace("def remind", f"{task}\ndef remind")})


def test_job_that_a_view_runs_itself(audit):
    """What a view calls at once is part of the request, whatever its file is called."""
    carets = " " * 32 + "^" * len("url_for('reset', token=token, _external=True)") + "\n"
    view = "from jobs import remind\n@app.post('/a')\ndef ask():\n    remind(user(), token())\n"
    audit(RULE, {"app.py": HEAD + view, "jobs.py": MAILS_A_LINK + carets})


def test_message_inside_the_app_is_no_mail(audit):
    """A link that goes back to who asks is one for careful shops, whatever it carries."""
    text = (
        "def ask(app_token):\n    plugins.send_plugin_message('a', {})\n"
        "    return jsonify(dialog=url_for('x', app_token=app_token, _external=True))\n"
        "                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    )
    (finding,) = audit(RULE, HEAD + text)

    assert finding.audience == "strict"


@pytest.mark.parametrize("value", ['""', "None", "[]"])
def test_empty_setting_does_not_count(audit, value):
    """A setting that says nothing protects nothing."""
    audit(RULE, _link(EXTERNAL) + f'app.config["SERVER_NAME"] = {value}\n')


def test_nothing_stands_in_for_nothing(audit):
    """None for an empty name leaves the host to the request."""
    audit(
        RULE,
        _link(EXTERNAL)
        + 'app.config.update(SERVER_NAME=None)\nif app.config["SERVER_NAME"] == "":\n'
        + '    app.config["SERVER_NAME"] = None\n',
    )


@pytest.mark.parametrize(
    "value", ["os.environ.get('HOST', None)", "os.getenv('HOST') or None", "env.str('HOST', None)"]
)
def test_name_from_the_environment(audit, value):
    """What the environment may say counts, also where its default is None."""
    setting = f'import os\nfrom environs import env\napp.config["SERVER_NAME"] = {value}\n'
    audit(RULE, _plain(_link(EXTERNAL)) + setting)


@pytest.mark.parametrize("header", ["['User-Agent']", ".get('X-Host')", "[name]"])
def test_other_headers(audit, header):
    """What else a header says makes no link."""
    link = f'"https://shop.example/" + token + request.headers{header}'

    audit(RULE, _plain(_link(link)))


@pytest.mark.parametrize(
    ("line", "found"),
    [("    SERVER_NAME: str", False), ("    SERVER_NAME: str | None = None", True)],
)
def test_name_that_settings_demand(audit, line, found):
    """A class of settings that declares the name without a value does not load without it."""
    settings = (
        f"from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n{line}\n"
    )
    text = _link(EXTERNAL)
    audit(RULE, {"app.py": text if found else _plain(text), "settings.py": settings})


OWN = """def own_url(endpoint, **kwargs):
    return url_for(endpoint, {given}**kwargs)
"""


def test_own_function_that_makes_links(audit):
    """A link by the app's own function, which makes all links absolute, is one by `url_for`."""
    call = 'own_url("account.reset", token=user.token)'
    text = f"{HEAD}{OWN.format(given='_external=True, ')}def body(user):\n    link = {call}\n"
    audit(RULE, f"{text}{' ' * 11}{'^' * len(call)}\n    return link\n", strict=False)


@pytest.mark.parametrize(
    ("given", "call"),
    [
        ("", 'own_url("account.reset", token=user.token)'),
        ("_external=False, ", 'own_url("account.reset", token=user.token)'),
        ("_external=True, ", 'own_url("index")'),
        ("_external=True, ", 'other.own_url("account.reset", token=user.token)'),
    ],
)
def test_own_function_near_misses(audit, given, call):
    """Links within the site, links without a token, and other functions are nothing."""
    text = f"{HEAD}{OWN.format(given=given)}def body(user):\n    link = {call}\n    return link\n"
    audit(RULE, text, strict=False)


HOME = 'url_for("home", _external=True)'


@pytest.mark.parametrize(
    "body",
    [
        f"    link = {HOME}\n    mail.send(Message('Hello', recipients=[user.email], body=link))\n",
        f"    link = {HOME}\n    text = f'See {{link}}'\n    msg = Message('Hello')\n"
        "    msg.body = text\n    mail.send(msg)\n",
        f"    send_email(user.email, render_template('hello.html', home={HOME}))\n",
        f"    data = {{}}\n    data['home'] = {HOME}\n    send_email(user.email, data)\n",
    ],
)
def test_link_of_a_mail_without_a_token(outcome, body):
    """What shows where the mail comes from hands over no token: it weighs less."""
    text = f"{HEAD}def notify(user):\n{body}"
    (found,) = (f for f in outcome({"app.py": text}).findings if f.rule == RULE)

    assert (found.severity, found.audience) == ("low", "default")


@pytest.mark.parametrize(
    "body",
    [
        f"    flash('<a href=' + {HOME} + '>Sign out</a>')\n    send_email(user.email, 'Hello')\n",
        f"    link = {HOME}\n    push(link)\n    mail.send(Message('Hello', body='Hello'))\n",
    ],
)
def test_link_beside_a_mail(outcome, body):
    """A function that sends a mail, too, shows its link elsewhere."""
    text = f"{HEAD}def notify(user):\n{body}"
    (found,) = (f for f in outcome({"app.py": text}, strict=True).findings if f.rule == RULE)

    assert found.audience == "strict"
