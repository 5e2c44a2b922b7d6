"""Where `view-unprotected` reports a weaker guard than that of the views beside it."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
HEAD = """\
from flask import Blueprint, abort, g, redirect, request
from flask_login import LoginManager, current_user, login_required
from shop.guards import admin_required, is_admin, roles_required
bp = Blueprint("users", __name__)
"""
CHANGE = (
    "    db.session.delete(db.session.get(User, user_id))\n    db.session.commit()\n    return ''\n"
)
ASKED = {
    "decorator": ("@login_required\n@admin_required\n", ""),
    "role": ("@login_required\n@roles_required('admin')\n", ""),
    "condition": ("@login_required\n", "    if not is_admin():\n        abort(401)\n"),
    "attribute": (
        "@login_required\n",
        "    if not current_user.is_admin:\n        return '', 403\n",
    ),
    "raised": ("@login_required\n", "    if not g.user.can('edit'):\n        raise Forbidden\n"),
}
WEAK = '@bp.post("/users/<int:user_id>/delete")\n@login_required\ndef delete_user(user_id):\n'
MARK = "^" * 25 + " delete_user() changes data for everybody with an account\n"


def siblings(asked: str, count: int = 4, rule: str = "/users/<user_id>") -> str:
    """Return changing views that ask for a role."""
    decorators, condition = ASKED[asked]
    return "".join(
        f'@bp.post("{rule}/change{i}")\n{decorators}def change{i}(user_id):\n{condition}{CHANGE}'
        for i in range(count)
    )


@pytest.mark.parametrize("asked", ASKED)
def test_role_that_one_view_forgot(audit, asked):
    """The only changing view of a target that asks for a login alone was forgotten."""
    (finding,) = audit(RULE, HEAD + siblings(asked) + WEAK + MARK + CHANGE)

    assert finding.severity == "medium"
    assert [place.message for place in finding.related] == ["a sibling that asks for a role"]


@pytest.mark.parametrize(
    "view",
    [
        # asks for the role in its own way
        WEAK.replace("def ", "@admin_required\ndef ") + CHANGE,
        WEAK + "    if not is_admin():\n        abort(403)\n" + CHANGE,
        WEAK + "    check_permission(user_id)\n" + CHANGE,
        # is about the own account, or the own record
        WEAK + "    if user_id != current_user.id:\n        abort(403)\n" + CHANGE,
        WEAK + "    rows = Order.query.filter_by(id=user_id, owner=current_user.id)\n" + CHANGE,
        WEAK
        + "    own = g.user.orders\n    if user_id not in own and g.user:\n        abort(403)\n"
        + CHANGE,
        # what members do with what others own
        WEAK.replace("delete", "comment_on") + CHANGE,
        WEAK.replace("delete", "follow") + CHANGE,
        # another target, or none
        WEAK.replace("/users/<int:user_id>", "/baskets/<int:user_id>") + CHANGE,
        WEAK.replace("/users/<int:user_id>", "") + CHANGE,
        # changes nothing
        WEAK.replace("bp.post", "bp.get") + "    return ''\n",
    ],
)
def test_near_misses(audit, view):
    """Views that ask in their own way, or that members are meant to use, are silent."""
    audit(RULE, HEAD + siblings("decorator") + view)


def test_two_views_that_ask_less(audit):
    """Where more than one view asks for a login alone, that is how the app is made."""
    other = WEAK.replace("delete", "rename")

    audit(RULE, HEAD + siblings("decorator") + WEAK + CHANGE + other + CHANGE)


def test_few_views_that_ask_for_a_role(audit):
    """Two views that ask for a role say nothing about a third."""
    audit(RULE, HEAD + siblings("decorator", count=2) + WEAK + CHANGE)


def test_views_of_another_file(audit):
    """The views of another file of the same blueprint may be for other people."""
    audit(
        RULE,
        {
            "shop/admin.py": HEAD + siblings("decorator"),
            "shop/own.py": HEAD.replace(
                "bp = Blueprint", "from shop.admin import bp\nold = Blueprint"
            )
            + WEAK
            + CHANGE,
        },
    )
