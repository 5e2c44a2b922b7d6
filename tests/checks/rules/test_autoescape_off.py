"""Where `autoescape-off` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
HEAD = """\
import bleach
from flask import Flask, render_template, request
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
app = Flask(__name__)
"""
VIEW = "@app.get('/x')\ndef x():\n    return render_template('x.html', {})\n"
SAFE = " |safe prints what the "


@pytest.mark.parametrize(
    "text",
    [
        "app.jinja_env.autoescape = False\n^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Escaping is\n",
        "app.jinja_options = {'autoescape': False}\n"
        "                                   ^^^^^ Escaping is\n",
        "app.jinja_options.update(autoescape=False)\n"
        "                                    ^^^^^ Escaping is\n",
        "env = Environment(loader=FileSystemLoader('t'))\n"
        "      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Templates of this\n"
        "page = env.get_template('mail.html')\n",
        "env = Environment(autoescape=False)\n"
        "      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Templates of this\n",
        "def x():\n    return Markup('<b>' + request.args['n'] + '</b>')\n"
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Markup prints what the client\n",
        "def x():\n    name = request.form['n']\n    return Markup(f'<b>{name}</b>')\n"
        "                                    ^^^^^^^^^^^^^^^^^^^^^^^^ Markup prints\n".replace(
            "                                    ", "           "
        ),
        "def x():\n    post = Post.query.get(1)\n    return Markup(post.body)\n"
        "           ^^^^^^^^^^^^^^^^^ Markup prints what the database\n",
    ],
)
def test_python(audit, text):
    """Escaping switched off, environments without it, and ``Markup`` on text from outside."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("given", "page", "marks"),
    [
        ("q=request.args['q']", "{{ q|safe }}", "^" * 12 + SAFE + "client"),
        ("q=request.args['q']", "{{ q | trim | safe }}", "^" * 21 + SAFE + "client"),
        ("n=1", "{{ request.args.q|safe }}", "^" * 25 + SAFE + "client"),
        ("n=1", "{{ request.args.get('q')|safe }}", "^" * 32 + SAFE + "client"),
        ("post=Post.query.get(1)", "{{ post.body|safe }}", "^" * 20 + SAFE + "database"),
        ("posts=Post.query.all()", "{% for p in posts %}{{ p.body|safe }}{% endfor %}",
         " " * 20 + "^" * 17 + SAFE + "database"),
        ("n=1", "{% autoescape false %}{{ x }}{% endautoescape %}", "^" * 22 + " This block"),
    ],
)  # fmt: skip
def test_templates(audit, given, page, marks):
    """``|safe`` on what the view was sent or read, and blocks without escaping."""
    audit(
        RULE,
        {"app.py": HEAD + VIEW.format(given), "templates/x.html": f"{page}\n{marks}\n"},
    )


@pytest.mark.parametrize("name", ["x.jinja2", "x.html.j2", "x.tmpl.jinja"])
def test_endings(audit, name):
    """Flask escapes by the ending of the name."""
    call = f"    return render_template('{name}')\n"
    marks = "           " + "^" * (len(call) - 12) + " Flask escapes only\n"

    audit(
        RULE,
        {
            "app.py": HEAD + "@app.get('/x')\ndef x():\n" + call + marks,
            f"templates/{name}": "<html><p>{{ name }}</p></html>",
        },
    )


@pytest.mark.parametrize(
    "page",
    [
        "<form>{{ form.hidden_tag() }}{{ form.name(class='wide') }}</form>",
        "<a href=\"{{ url_for('home') }}\">{{ _('Home') }}</a>",
        "<p>{{ make_group('name') }}{{ csrf_token() }}</p>",
        "<p>{{ items|length }} {{ title|e }}</p>",
        "<p>Hello</p>",
    ],
)
def test_endings_of_pages_without_text(audit, page):
    """A page that prints forms, addresses and numbers only has nothing to escape."""
    view = "@app.get('/x')\ndef x():\n    return render_template('x.html.j2')\n"

    audit(RULE, {"app.py": HEAD + view, "templates/x.html.j2": f"<html>{page}</html>"})


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("q=request.args['q']", "{{ q }}"),
        ("q=request.args['q']", "{{ q|tojson|safe }}"),
        ("q=request.args['q']", "{{ q|escape|safe }}"),
        ("q=request.args['q']", "{{ q|markdown|safe }}"),
        ("q=bleach.clean(request.args['q'])", "{{ q|safe }}"),
        ("q=ICON", "{{ q|safe }}"),
        ("q=int(request.args['q'])", "{{ q|safe }}"),
        ("post=Post.query.get(1)", "{{ post.body_html|safe }}"),
        ("post=Post.query.get(1)", "{{ form.csrf_token|safe }}"),
        ("menu=Menu().query()", "{% for m in menu %}{{ m.icon|safe }}{% endfor %}"),
        ("q=1", "{% autoescape true %}{{ x }}{% endautoescape %}"),
        ("q=1", "{# {{ request.args.q|safe }} #}"),
    ],
)
def test_near_misses_in_templates(audit, given, page):
    """Cleaned, constant and escaped values."""
    models = (
        "import bleach\nfrom flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
        "class Post(db.Model):\n    def set_body(self, text):\n"
        "        self.body_html = bleach.clean(text)\n"
    )

    audit(
        RULE,
        {
            "app.py": HEAD + "ICON = '<b>'\n" + VIEW.format(given),
            "models.py": models,
            "templates/x.html": page,
        },
    )


@pytest.mark.parametrize(
    "text",
    [
        "app.jinja_env.autoescape = True\n",
        "env = Environment(autoescape=True)\n",
        "from jinja2 import select_autoescape\nenv = Environment(autoescape=select_autoescape())\n",
        "def x():\n    return Markup('<b>{}</b>').format(request.args['n'])\n",
        "def x():\n    return Markup('<b>%s</b>') % request.args['n']\n",
        "def x():\n    return Markup('<b>' + escape(request.args['n']) + '</b>')\n",
        "def x():\n    return Markup('<hr>')\n",
        "def x():\n    return Markup(request.args['n']).unescape()\n",
        "def x():\n    return Markup(bleach.clean(request.form['n']))\n",
    ],
)
def test_near_misses_in_python(audit, text):
    """Escaping that is on, and markup whose values are escaped or cleaned."""
    audit(RULE, HEAD + text)


def test_text_files(audit):
    """A text that is no page needs no escaping."""
    audit(
        RULE,
        {
            "app.py": HEAD + "def x():\n    return render_template('mail.txt', n=1)\n",
            "templates/mail.txt.j2": "Dear {{ name }}",
            "templates/x.jinja2": "Dear {{ name }}",
        },
    )


MODEL = """
class User(db.Model):
    site = db.Column(db.String)
    BODY
"""
PAGE = """
@app.get("/u/<int:number>")
def user(number):
    user = {LOOK_UP}
    return render_template("user.html", user=user)
"""


def shown(look_up, body="pass", mark="^^^^"):
    """Return an app that shows one column of a user unescaped."""
    head = HEAD + "from sqlalchemy.orm import validates\n"
    text = "<p>{{ user.site|safe }}</p>\n"
    return {
        "app.py": head + MODEL.replace("BODY", body) + PAGE.replace("{LOOK_UP}", look_up),
        "templates/user.html": text + (" " * 3 + mark + "\n" if mark else ""),
    }


@pytest.mark.parametrize(
    "look_up",
    [
        "UserController().get(id=number)",
        "user_contr.get(id=number)",
        "users_repo.find_by_id(number)",
        "UserRepository(db).first(number)",
        "self_dao.load(number)",
        "User.query.get(number)",
    ],
)
def test_records_of_a_repository(audit, look_up):
    """What a controller or repository gets is a record as much as what a query gets."""
    audit(RULE, shown(look_up, mark="^" * len("{{ user.site|safe }}")))


@pytest.mark.parametrize(
    "body",
    [
        '@validates("site")\n    def check(self, key, value):\n        return sanitize(value)\n',
        '@validates("name", "site")\n    def check(self, key, value):\n'
        "        assert re.match(r'^https?://\\w+$', value)\n        return value\n",
        "def move(self):\n        self.site = 'moved'\n",
        "def make(self):\n        return User(site='new')\n",
    ],
)
def test_values_that_a_model_holds_to_a_form(audit, body):
    """A validator of SQLAlchemy that cleans or matches, and literals alone, make a column safe."""
    audit(RULE, shown("User.query.get(number)", body, mark=""))


@pytest.mark.parametrize(
    "body",
    [
        '@validates("name")\n    def check(self, key, value):\n        return sanitize(value)\n',
        '@validates("site")\n    def check(self, key, value):\n        return value.strip()\n',
        "def move(self, where):\n        self.site = where\n",
        "def fill(self, form):\n        self.site = ''\n        form.populate_obj(self)\n",
    ],
)
def test_values_that_nothing_holds(audit, body):
    """A validator of another column, one that lets all in, or a free value do not."""
    mark = "^" * len("{{ user.site|safe }}")

    audit(RULE, shown("User.query.get(number)", body, mark=mark))


OFF, ON = "{% autoescape false %}", "{% endautoescape %}"
LINK = "{{ _('See %(at)s.', at='<a href=\"%s\">%s</a>' % (GIVEN)) | safe }}"


@pytest.mark.parametrize(
    "inside",
    [
        LINK.replace("GIVEN", "event.link, event.name"),
        "{{ group.name }}",
        "{{ description|truncate(80) }}",
        "{{ _('Hello %(name)s', name=user.name) }}",
        "{{ comment.render() }}",
        "{% block body %}{% endblock %}",
        "{% include part %}",
        "{{ name ~ url_for('x') }}",
        "{{ rows[0] }}",
    ],
)
def test_blocks_that_print_what_somebody_wrote(audit, inside):
    """Names, titles and whatever other templates print, once for all blocks of a template."""
    text = f"{OFF}{inside}{ON}\n{'^' * len(OFF)} This block\n{OFF}{inside}{ON}\n"

    audit(RULE, {"app.py": HEAD + VIEW, "templates/x.html": text})


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<p>{{ _('Thank you') }}</p>",
        LINK.replace("GIVEN", "order_view_url, order_view_url"),
        LINK.replace("GIVEN", "event.site_link, settings.frontend_url"),
        "{{ _('Open %(open)sit%(close)s', open='<a href=\"%s\">' % link, close='</a>') }}",
        "{{ url_for('user.view', id=user.id) }}",
        "{{ config.NAME }} {{ config['NAME'] }}",
        "{{ order.total }} {{ event.starts_at|format_date }} {{ loop.index }}",
        "{{ name|e }} {{ name|striptags }} {{ data|tojson }} {{ text|strip_tags }}",
        "{{ form.csrf_token }} {{ form.hidden_tag() }}",
        "{{ content | noJS | safe }} {{ patch | patch_to_diff | format_loc(index=1) }}",
        "{{ code | highlight('py') }} {{ log | ansi2html }} {{ content | blame_loc(blame) }}",
    ],
)
def test_blocks_that_print_addresses_and_texts_of_the_app(audit, inside):
    """What the app itself makes brings no markup along."""
    audit(RULE, {"app.py": HEAD + VIEW, "templates/x.html": f"{OFF}{inside}{ON}{{{{ name }}}}"})


def test_one_value_printed_twice(audit):
    """A value is reported where it is printed first, for the whole template."""
    audit(
        RULE,
        {
            "app.py": HEAD + VIEW.format("post=Post.query.get(1)"),
            "templates/x.html": "{{ post.body|safe }}\n^^^^^^^^^^^^^^^^^^^^ |safe prints\n"
            "{{ post.body|safe }}\n",
        },
    )


@pytest.mark.parametrize(
    ("said", "audience"),
    [
        ("site.custom_css", "strict"),
        ("site.community_embed", "strict"),
        ("site.footer_html|replace('<', '')", "strict"),
        ("site.analytics_code", "strict"),
        ("site.embed_longtext", "default"),
        ("site.user.custom_css", "default"),
        ("site.body_html", "default"),
        ("site.customs", "default"),
    ],
)
def test_markup_of_the_site(audit, said, audience):
    """What is called markup of the site's own is for strict audits; what users have is not."""
    line = f"{{{{ {said}|safe }}}}"
    page = f"<p>\n{line}\n{'^' * len(line)}{SAFE}database\n"
    files = {
        "app.py": HEAD + VIEW.format("site=Site.query.get(1)"),
        "templates/x.html": page,
    }
    (finding,) = audit(RULE, files)

    assert finding.audience == audience


def test_endings_are_one_finding(audit):
    """Pages that all have the same ending are one mistake: the choice of what is escaped."""
    views = "".join(
        f"@app.get('/{name}')\ndef {name}():\n    return render_template('{name}.html.jinja2')\n"
        + ("           " + "^" * 32 + " Flask escapes only\n" if name == "x" else "")
        for name in "xyz"
    )
    pages = {f"templates/{name}.html.jinja2": "<html><p>{{ name }}</p></html>" for name in "xyz"}

    (finding,) = audit(RULE, {"app.py": HEAD + views, **pages})

    assert [place.line - finding.line for place in finding.related] == [3, 6]


@pytest.mark.parametrize("line", ["from baseframe import baseframe", "import baseframe"])
def test_endings_that_a_library_escapes(audit, line):
    """Baseframe gives the app a choice of its own, in which ``.html.jinja2`` is escaped."""
    view = "@app.get('/x')\ndef x():\n    return render_template('x.html.jinja2')\n"
    page = "<html><p>{{ name }}</p></html>"

    audit(RULE, {"app.py": f"{line}\n{HEAD}{view}", "templates/x.html.jinja2": page})


@pytest.mark.parametrize(
    ("name", "found"), [("remaining_count", False), ("total", False), ("title", True)]
)
def test_numbers_by_their_names(audit, name, found):
    """What is counted holds no markup."""
    line = "    note = Markup(f'<b>{voucher." + name + "}</b>')"
    mark = f"{' ' * 11}{'^' * (len(line) - 11)}\n" if found else ""
    audit(
        RULE,
        "from flask import Flask\nfrom markupsafe import Markup\napp = Flask(__name__)\n"
        "@app.get('/v/<int:id>')\ndef show(id):\n    voucher = Voucher.query.get(id)\n"
        f"{line}\n{mark}    return note\n",
    )


AS_JSON = """
import json
from flask import Flask, render_template, request
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
LoginManager(app)
db = SQLAlchemy(app)
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
    seen = db.Column(db.DateTime)
@app.get("/")
def index():
    user = User.query.get(1)
    said = {said}
    return render_template("index.html", data={given})
"""


@pytest.mark.parametrize(
    ("said", "given", "found"),
    [
        ("None", "json.dumps([{'name': u.name} for u in User.query.all()])", True),
        ("{'name': user.name, 'id': user.id}", "json.dumps(said)", True),
        ("json.dumps({'u': [user.name]})", "said", True),
        ("None", "json.dumps({'q': request.args.get('q')})", True),
        ("request.args['q']", "json.dumps([said])", True),
        ("None", "simplejson.dumps({'n': user.name}, indent=2)", True),
        ("None", "json.dumps([u.id for u in User.query.all()])", False),
        ("{'id': user.id, 'seen': user.seen}", "json.dumps(said)", False),
        ("None", "json.dumps(['a', 'b'])", False),
        ("None", "json.dumps({'n': User.query.count()})", False),
        ("None", "json.dumps({'n': user.name}).replace('<', '\\\\u003c')", False),
        ("None", "json.dumps({'n': user.name}).replace('</', '<\\\\/')", False),
        ("None", "htmlsafe_json_dumps({'n': user.name})", False),
        ("None", "json.dumps({'n': escape(user.name)})", False),
    ],
)
def test_json_in_a_script(outcome, said, given, found):
    """JSON keeps ``</script>`` of a text as it is; numbers and dates have none."""
    page = "<script>var data = {{ data|safe }};</script>\n"
    files = {"app.py": AS_JSON.format(said=said, given=given), "templates/index.html": page}

    findings = outcome(files, select=(RULE,), strict=True).findings
    assert bool(findings) is found
    sent = "request" in said + given
    assert {one.audience for one in findings} <= {"default" if sent else "strict"}


@pytest.mark.parametrize(
    ("accounts", "audience"),
    [
        ("", "default"),
        ("@app.cli.command()\ndef invite(name):\n    db.session.add(User(name=name))\n", "strict"),
        ("@app.post('/register')\ndef register():\n"
         "    db.session.add(User(name=request.form['name']))\n    db.session.commit()\n",
         "default"),
    ],
)  # fmt: skip
def test_whoever_has_an_account_writes(outcome, accounts, audience):
    """What accounts write counts, unless the app shows that others make all accounts."""
    text = (
        """\
from flask import Flask, render_template, request
from flask_login import LoginManager, login_required, UserMixin
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
db = SQLAlchemy(app)
LoginManager(app)
class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    body = db.Column(db.Text)
@app.post("/posts")
@login_required
def add():
    db.session.add(Post(body=request.form["body"]))
    db.session.commit()
    return ""
@app.get("/posts/<int:id>")
def show(id):
    return render_template("post.html", post=db.session.get(Post, id))
"""
        + accounts
    )
    files = {"app.py": text, "templates/post.html": "{{ post.body|safe }}\n"}
    findings = outcome(files, select=(RULE,), strict=True).findings

    assert [finding.audience for finding in findings] == [audience]
