"""`view-unprotected` asks that a view says what it does; what says nothing is for strict audits."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
from flask import Blueprint, Flask, jsonify, render_template, request
from flask_login import LoginManager, current_user, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
"""
ADD = (
    "    db.session.add(Note(text=request.form['text']))\n    db.session.commit()\n    return ''\n"
)
SAFE = "".join(
    f'@app.post("/notes/{number}")\n@login_required\ndef add_note_{number}():\n{ADD}'
    for number in range(3)
)


@pytest.mark.parametrize(
    "view",
    [
        "@app.post('/pages/<int:n>/rename')\ndef name(n):\n",
        "@app.route('/row', methods=['GET', 'POST'])\ndef upload_row():\n",
        "@app.get('/frigate/add/<name>')\ndef apiAddFrigate(name):\n",
        "@app.route('/produit/<int:n>/supprimer', methods=['GET', 'POST'])\ndef produit(n):\n",
        "@app.route('/x', methods=['GET', 'POST'])\ndef eliminar(n):\n",
        "@app.post('/varimport')\ndef varimport():\n",
        "@app.put('/notes/<int:n>')\ndef note(n):\n",
        "@app.post('/api/notes')\ndef notes():\n",
        "@app.post('/configure')\ndef echo():\n",
    ],
)
def test_says_that_it_changes(audit, view):
    """A verb in a name or an address, a method or an address of an API says a change."""
    header = view.splitlines()[1]

    audit(RULE, HEAD + SAFE + view + "^" * len(header) + "\n" + ADD, strict=False)


@pytest.mark.parametrize(
    "view",
    [
        "@app.route('/post/<int:n>', methods=['GET', 'POST'])\ndef post(n):\n",
        "@app.get('/article/<slug>')\ndef article(slug):\n",
        "@app.get('/batch_tags')\ndef render_batch_tags():\n",
        "@app.route('/serial/<int:n>', methods=['GET', 'POST'])\ndef serial(n):\n",
        "@app.post('/demande-visite')\ndef demande_visite():\n",
        "@app.route('/address/<int:n>', methods=['GET', 'POST'])\ndef addresses(n):\n",
        "@app.route('/editor/<int:n>', methods=['GET', 'POST'])\ndef deleted_items(n):\n",
    ],
)
def test_changes_on_the_way(audit, view):
    """What a page changes on the way is reported in strict audits only."""
    audit(RULE, HEAD + SAFE + view + ADD, strict=False)

    header = view.splitlines()[1]
    audit(RULE, HEAD + SAFE + view + "^" * len(header) + "\n" + ADD)


BOARD = "@app.get('/management')\ndef board():\n    return jsonify(find_board())\n"


def test_page_about_those_who_manage(audit):
    """A page that is called after management may be about the people who manage."""
    audit(RULE, HEAD + SAFE + BOARD, strict=False)


def test_part_for_those_who_manage(audit):
    """Where others of the same name are asked, it was forgotten."""
    asked = "@app.post('/management/people')\n@login_required\ndef people():\n" + ADD
    found = BOARD.replace("board():\n", "board():\n^^^^^^^^^^^^ board() belongs\n", 1)

    audit(RULE, HEAD + SAFE + asked + found, strict=False)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return render_template('admin.html')", False),
        ("return render_template('admin.html', rows=Order.query.all())", True),
    ],
)
def test_page_of_an_administration(audit, body, found):
    """A page that looks nothing up shows nothing."""
    carets = "^^^^^^^^^^^^ panel() belongs\n" if found else ""

    audit(
        RULE,
        HEAD + SAFE + f"@app.get('/admin')\ndef panel():\n{carets}    {body}\n",
        strict=False,
    )


STATS = """\
from flask_admin import Admin, BaseView, expose
class Stats(BaseView):
    @expose("/<pid>")
    def detail(self, pid):
    {carets}
        return self.render("stats.html", record=find(pid))
"""


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("admin_view = {'view_class': Stats, 'kwargs': {'name': 'Stats'}}", False),
        ("admin = Admin(app)\nadmin.add_view(Stats(name='Stats'))", True),
        ("class More(Stats):\n    pass\nadmin = Admin(app)\nadmin.add_view(More())", True),
    ],
)
def test_view_of_flask_admin_that_a_framework_makes(audit, made, found):
    """A class that nobody here makes is made by what asks first."""
    carets = "^" * len("def detail(self, pid):") if found else ""
    text = STATS.format(carets=carets) if found else STATS.replace("    {carets}\n", "")
    files = {
        "app.py": HEAD + SAFE + "from admin import *\n",
        "admin.py": "from app import app\n" + text + made + "\n",
    }

    audit(RULE, files, strict=False)


@pytest.mark.parametrize(("rule", "found"), [("/<name>/custom.css", False), ("/<name>/raw", True)])
def test_file_of_a_page(audit, rule, found):
    """What a page is made of is looked up by everybody who sees the page."""
    others = "".join(
        f"@app.get('/{what}/<name>')\n@login_required\ndef {what}(name):\n    return find(name)\n"
        for what in ("a", "b", "c", "d", "e", "f")
    )
    carets = "^^^^^^^^^^^^^^^ look() looks up\n" if found else ""

    audit(
        RULE,
        HEAD + others + f"@app.get('{rule}')\ndef look(name):\n{carets}    return find(name)\n",
        strict=False,
    )


@pytest.mark.parametrize(("other", "found"), [("/orders/<int:n>", True), ("/stock/<int:n>", False)])
def test_sent_to_what_a_sibling_is_about(audit, other, found):
    """Whoever may not read the orders may not place one."""
    read = f"@app.get('{other}')\n@login_required\ndef shown(n):\n    return find(n)\n"
    carets = "^^^^^^^^^^^^^ orders() changes\n" if found else ""

    audit(
        RULE,
        HEAD + SAFE + read + "@app.post('/orders')\ndef orders():\n" + carets + ADD,
        strict=False,
    )
