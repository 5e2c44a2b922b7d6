"""Where `state-change-by-get` fires for links that make a record, and where it must not."""

from __future__ import annotations

import pytest

RULE = "state-change-by-get"
HEAD = """\
from flask import Flask, flash, redirect, render_template, request, session
from flask_login import LoginManager, current_user, login_required, login_user
app = Flask(__name__)
login_manager = LoginManager(app)
@app.route({rule})
@login_required
"""
ORDER = "order = Order(customer=current_user.id)\ndb.session.add(order)\ndb.session.commit()\n"
END = "return redirect('/orders')"


def text(body, name="get_order", rule="'/getorder'", marked=True):
    """Return an app with one view of this body."""
    line = f"def {name}():\n"
    marks = f"{'^' * (len(line) - 1)} {name}() changes something\n" if marked else ""
    lines = body.replace("\n", "\n    ")
    return f"{HEAD.format(rule=rule)}{line}{marks}    {lines}\n"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (ORDER + END, "get_order"),
        (f"try:\n    {ORDER.replace(chr(10), chr(10) + '    ')}flash('done')\nexcept Error:\n"
         f"    return redirect('/cart')\n{END}", "checkout"),
        ("db.session.add(Membership(user=current_user))\ndb.session.commit()\n" + END, "group"),
        ("copy = Note(text=note.text)\ndb.session.add(copy)\nflash('x')\ndb.session.commit()\n"
         + END, "another"),
    ],
)  # fmt: skip
def test_links_that_make_a_record(audit, body, name):
    """Whatever they are called: they keep something new and show nothing themselves."""
    audit(RULE, text(body, name))


@pytest.mark.parametrize(
    ("body", "name", "rule"),
    [
        (ORDER + "return render_template('order.html')", "get_order", "'/o'"),
        (ORDER + END, "get_order", "'/o', methods=['POST']"),
        (ORDER.replace("db.session.commit()\n", "") + END, "get_order", "'/o'"),
        (ORDER.replace("Order(", "ClickLog(") + END, "outgoing", "'/o'"),
        (ORDER.replace("Order(", "PageView(") + END, "short", "'/o'"),
        (ORDER.replace("Order(", "find(") + END, "get_order", "'/o'"),
        ("user = User()\ndb.session.add(user)\ndb.session.commit()\nlogin_user(user)\n" + END,
         "come_back", "'/o'"),
        ("state = request.args['state']\n" + ORDER + END, "come_back", "'/o'"),
        (ORDER + END, "oauth_callback", "'/o'"),
        ("session.add(Order())\nreturn redirect('/')", "get_order", "'/o'"),
    ],
)  # fmt: skip
def test_near_misses(audit, body, name, rule):
    """Pages, what is noted on the way, and ways back from a login make nothing by a button."""
    audit(RULE, text(body, name, rule, marked=False))


@pytest.mark.parametrize(
    ("name", "found"),
    [("stock_transfer_detail", False), ("transfer_stock", True), ("transfer", True)],
)
def test_transfers(audit, name, found):
    """A kind of transfer is a thing; to transfer something is not."""
    audit(RULE, text("Row.get(1).save()\nreturn render_template('x.html')", name, marked=found))
