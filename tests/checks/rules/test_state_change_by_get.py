"""Where `state-change-by-get` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "state-change-by-get"
HEAD = """\
import os
from http import HTTPMethod
from flask import Flask, abort, redirect, render_template, request, session
from flask.views import MethodView
from flask_login import LoginManager, current_user, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
@app.get("/me")
@login_required
def me():
    return current_user.name
"""


def marked(head: str, name: str, body: str) -> str:
    """Return a view whose ``def`` line is underlined."""
    line = f"def {name}:"
    return f"{head}{line}\n{'^' * len(line)} {name.split('(')[0]}() changes\n{body}"


@pytest.mark.parametrize(
    ("head", "name", "body"),
    [
        ("@app.route('/p/<int:id>/delete')\n@login_required\n", "gone(id)",
         "    db.session.delete(Post.query.get(id))\n    db.session.commit()\n"),
        ("@app.route('/x', methods=['GET', 'POST'])\n@login_required\n", "delete_post(id)",
         "    Post.get(id).delete()\n"),
        ("@app.get('/f/<name>')\n@login_required\n", "remove_file(name)",
         "    os.remove(os.path.join('files', name))\n"),
        ("@app.get('/follow/<name>')\n@login_required\n", "follow(name)",
         "    current_user.follow(name)\n    db.session.commit()\n"),
        ("@app.get('/x')\n@login_required\n", "clear_basket()", "    session['basket'] = []\n"),
        ("@app.get('/x')\n@login_required\n", "drop_user(id)",
         "    db.execute('DELETE FROM users WHERE id = ?', (id,))\n"),
        ("@app.get('/x')\n@login_required\n", "drop_user(id)",
         "    db.execute(f'DELETE FROM users WHERE id = {id}')\n"),
        ("@app.get('/user/<int:id>/deactivate')\n@login_required\n", "deactivate(id)",
         "    find(id).active = False\n    db.session.commit()\n"),
        ("@app.get('/shutdown')\n@login_required\n", "stop()", "    os.system('shutdown now')\n"),
        ("@app.get('/x')\n@login_required\n", "set_email()",
         "    current_user.email = request.args['e']\n    db.session.commit()\n"),
        ("def erase(id):\n    db.session.delete(id)\n@app.get('/x')\n@login_required\n",
         "delete_note(id)", "    erase(id)\n"),
        ("@app.get('/bots/stop')\n@login_required\n", "bots()",
         "    manager.stop_connections(request.args['name'])\n"),
        ("@app.get('/stop')\n@login_required\n", "end(runner)", "    runner.stop()\n"),
        ("@app.route('/x', methods=['GET', 'POST'])\n@login_required\n", "deny_request(id)",
         "    Wish.get(id).open = False\n    db.session.commit()\n"),
        # Names in one word.
        ("@app.route('/x/<int:id>', methods=['GET', 'POST'])\n@login_required\n", "deletejob(id)",
         "    db.session.delete(Job.query.get(id))\n    db.session.commit()\n"),
        ("@app.get('/cancelorder/<int:id>')\n@login_required\n", "stop(id)",
         "    Order.get(id).open = False\n    db.session.commit()\n"),
    ],
)  # fmt: skip
def test_changes(audit, head, name, body):
    """Deletions and other changes are found, directly, by SQL, by the session and by helpers."""
    audit(RULE, HEAD + marked(head, name, body))


@pytest.mark.parametrize("name", ["removals", "cancelled", "disabled", "removable", "rejects"])
def test_forms_of_verbs(audit, name):
    """A word that only says what things are like says no change."""
    audit(
        RULE,
        HEAD + f"@app.route('/{name}', methods=['GET', 'POST'])\n@login_required\n"
        f"def {name}():\n    log_visit()\n    db.session.commit()\n",
    )


def test_class_based(audit):
    """The ``get`` of a view class whose name says a change."""
    audit(
        RULE,
        HEAD
        + "class DeleteNote(MethodView):\n    def get(self, id):\n"
        + "    ^^^^^^^^^^^^^^^^^^ DeleteNote.get()\n"
        "        db.session.delete(Note.query.get(id))\n        db.session.commit()\n"
        "app.add_url_rule('/n/<int:id>', view_func=DeleteNote.as_view('n'))\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "@app.post('/delete')\n@login_required\ndef delete():\n    db.session.commit()\n",
        "@app.route('/x', methods=[HTTPMethod.POST])\n@login_required\ndef delete_x(id):\n"
        "    db.session.commit()\n",
        # The stop of a bus.
        "@app.get('/stop/<int:id>')\n@login_required\ndef stop(id):\n"
        "    return feed.stop_times(id)\n",
        # Only for POST, by each way to say it.
        *(
            f"@app.route('/x', methods=['GET', 'POST'])\n@login_required\ndef delete_x(id):\n"
            f"    form = DeleteForm()\n    {text}"
            for text in (
                "if request.method == 'POST':\n        db.session.commit()\n",
                "if request.method == HTTPMethod.POST:\n        db.session.commit()\n",
                "if request.method != 'POST':\n        return 'Sure?'\n    db.session.commit()\n",
                "if request.method == 'GET':\n        abort(405)\n    db.session.commit()\n",
                "if form.validate_on_submit():\n        db.session.commit()\n",
                "if not form.validate_on_submit():\n        return 'Sure?'\n"
                "    db.session.commit()\n",
                "if 'sure' in request.form:\n        db.session.commit()\n",
                "if request.method in ('POST', 'DELETE'):\n        db.session.commit()\n",
            )
        ),
        # A secret in the link.
        "@app.get('/cancel/<token>')\ndef cancel(token):\n    find(token).delete()\n"
        "    db.session.commit()\n",
        "@app.get('/cancel')\ndef cancel():\n    find(request.args.get('token')).delete()\n",
        "@app.get('/unsubscribe/<int:id>')\ndef unsubscribe(id):\n    db.session.commit()\n",
        # Reading, and keeping a note of it.
        "@app.get('/deleted')\n@login_required\ndef deleted():\n"
        "    return render_template('x.html')\n",
        "@app.get('/post/<int:id>')\n@login_required\ndef post(id):\n    find(id).views += 1\n"
        "    db.session.commit()\n",
        "@app.get('/delete/<int:id>')\n@login_required\ndef ask_delete(id):\n"
        "    return render_template('sure.html', id=id)\n",
        "@app.route('/add', methods=['GET', 'POST'])\n@login_required\ndef add():\n"
        "    return handle()\ndef handle():\n    db.session.commit()\n",
        "@app.get('/x')\n@api_key_required\ndef delete_x(id):\n    db.session.commit()\n",
        "@app.get('/cache/x')\n@login_required\ndef clear_view():\n    cache.delete('x')\n",
    ],
)
def test_near_misses(audit, text):
    """POST only, secret links, readers and APIs with keys are left alone."""
    audit(RULE, HEAD + text)


def test_app_without_users(audit):
    """Where no cookie tells who asks, there is nobody in whose name to ask."""
    audit(
        RULE,
        "from flask import Flask\napp = Flask(__name__)\n@app.get('/delete/<int:id>')\n"
        "def delete(id):\n    db.session.delete(id)\n",
    )


EXPOSED = """\
class JobView(BaseView):
    @expose('/clear/<int:job_id>'{methods})
    @has_access
    def clear(self, job_id):
{carets}        Job.query.filter_by(id=job_id).delete()
        db.session.commit()
        return redirect('/jobs')
"""
BUILDER = "from flask_appbuilder import BaseView, expose, has_access\n"


def test_exposed_method(audit):
    """A method of Flask-AppBuilder answers GET if nothing is said, and POST alone is fine."""
    carets = f"    {'^' * len('def clear(self, job_id):')} JobView.clear() changes\n"
    audit(RULE, HEAD + BUILDER + EXPOSED.format(methods="", carets=carets))

    audit(RULE, HEAD + BUILDER + EXPOSED.format(methods=", methods=['POST']", carets=""))


@pytest.mark.parametrize("name", ["close", "lock_account", "hide_post", "restore", "dismiss"])
def test_more_verbs(audit, name):
    """Words of accounts and posts that are shut or hidden count; pages that ask first do not."""
    head = "@app.route('/x', methods=['GET', 'POST'])\n@login_required\n"
    change = "    current_user.active = False\n    db.session.commit()\n    return ''\n"
    audit(RULE, HEAD + marked(head, f"{name}()", change))

    asks = "    if request.method == 'GET':\n        return render_template('sure.html')\n"
    audit(RULE, f"{HEAD}{head}def {name}():\n{asks}{change}")


@pytest.mark.parametrize(
    "body",
    [
        "    session.pop('locale', None)\n",
        "    session.pop('language')\n",
        "    session['theme'] = ''\n",
        "    session['dark_mode'] = False\n",
        "    session['show_hidden'] = not session.get('show_hidden')\n",
        "    session.pop('expand_all', None)\n",
    ],
)
def test_preferences(audit, body):
    """What a visitor chose to see is nothing to protect."""
    audit(RULE, HEAD + "@app.get('/x')\n@login_required\ndef clear_choice():\n" + body)


@pytest.mark.parametrize("key", ["basket", "order", "account_language_key"])
def test_other_keys_of_the_session(audit, key):
    """Anything else that a session holds is."""
    body = f"    session.pop({key!r})\n"

    audit(RULE, HEAD + marked("@app.get('/x')\n@login_required\n", "clear_choice()", body))


@pytest.mark.parametrize("rule", ["/reset-api-key", "/token/revoke", "/hash/clear", "/codes/reset"])
def test_address_that_only_speaks_of_secrets(audit, rule):
    """A word in the address is no secret that the link carries."""
    head = f"@app.get('{rule}')\n@login_required\n"

    audit(RULE, HEAD + marked(head, "reset_it()", "    db.session.commit()\n"))


@pytest.mark.parametrize("rule", ["/reset/<token>", "/clear/<string:signature>", "/x/<code>/reset"])
def test_address_that_carries_a_secret(audit, rule):
    """A variable of the address that holds a secret keeps other sites out."""
    audit(
        RULE,
        HEAD + f"@app.get('{rule}')\n@login_required\ndef reset_it(**given):\n"
        "    db.session.commit()\n",
    )


@pytest.mark.parametrize(
    "call",
    [
        "user_repo.update(user)",
        "self.repository.remove(user)",
        "db_oauth_client.delete(user.id)",
    ],
)
def test_repository(audit, call):
    """What a repository is told to change is kept."""
    body = f"    user = find(id)\n    user.admin = True\n    {call}\n    return redirect('/')\n"
    audit(RULE, HEAD + marked("@app.get('/ban/<int:id>')\n@login_required\n", "ban_user(id)", body))


@pytest.mark.parametrize(
    ("read", "needed"),
    [
        ("int(request.get_json())", True),
        ("request.get_json()['id']", True),
        ("request.get_json(silent=True)", False),
        ("request.get_json() or request.args['id']", False),
        ("request.json['id']", True),
        ("sent['id']", True),
        ("sent.get('id')", False),
    ],
)
def test_body_that_is_needed(audit, read, needed):
    """A view that fails without JSON does nothing for the GET of an image."""
    head = "@app.route('/delete', methods=['GET', 'POST'])\n@login_required\n"
    given = "    sent = request.json\n" if "sent" in read else ""
    body = f"{given}    Post.get({read}).delete()\n    db.session.commit()\n    return ''\n"
    text = marked(head, "delete_post()", body)
    if needed:
        text = "\n".join(line for line in text.split("\n") if not line.startswith("^"))
    audit(RULE, HEAD + text)


GUARD = """\
def guarded(view):
    def wrap(*args, **kwargs):
        {LINE}
        if not current_user.is_authenticated:
            abort(401)
        return view(*args, **kwargs)
    return wrap
"""


@pytest.mark.parametrize(
    "line",
    [
        "check_csrf_token()",
        "if request.method == 'POST':\n            FlaskForm().validate() or abort(400)",
        "if request.method == 'POST' and not form.validate(): abort(400, 'Invalid CSRF token')",
        "request.json.pop('csrf_token', None)",
    ],
)
def test_guard_that_asks_for_the_token_of_a_form(audit, line):
    """A guard that looks at a form's token on POST believes the cookie on GET."""
    head = (
        "from flask_wtf import FlaskForm\n"
        + GUARD.replace("{LINE}", line)
        + "@app.get('/u/<int:i>/deactivate')\n@guarded\n"
    )

    audit(
        RULE, HEAD + marked(head, "deactivate(i)", "    find(i).on = 0\n    db.session.commit()\n")
    )


def test_guard_that_asks_for_a_token_of_its_own(audit):
    """A guard that wants a token in a header keeps other sites out."""
    head = GUARD.replace("{LINE}", "if request.headers['X-Token'] != token(): abort(403)")
    view = "@app.get('/u/<int:i>/deactivate')\n@guarded\ndef deactivate(i):\n"

    audit(RULE, HEAD + head + view + "    find(i).on = 0\n    db.session.commit()\n")


@pytest.mark.parametrize("name", ["set_theme", "toggle_sidebar", "change_timezone", "set_locale"])
def test_preferences_that_are_stored(audit, name):
    """How the pages look to a user is nothing to protect either."""
    view = f"@app.get('/x')\n@login_required\ndef {name}():\n    current_user.look = 1\n"

    audit(RULE, HEAD + view + "    db.session.commit()\n")


DECORATORS = """\
def checked(perm):
    def around(f):
        @wraps(f)
        def inner(*args, **kwargs):
            if perm == "admin" and BODY:
                abort(403)
            return f(*args, **kwargs)
        return inner
    return around
def refused(headers):
    return headers.get("X-Api-Key") not in KEYS
def nobody():
    return not current_user.is_authenticated
def api_required(f):
    return checked("admin")(f)
"""
REMOVE = """\
@app.get("/users/<int:i>/delete")
@api_required
"""


@pytest.mark.parametrize(
    "body", ["refused(request.headers)", "request.headers.get('X-API-KEY') not in KEYS"]
)
def test_decorator_made_elsewhere_asks_for_a_key(audit, body):
    """A decorator that another one makes, or whose helper reads the key, wants what no link has."""
    view = "def delete_user(i):\n    db.session.delete(find(i))\n    db.session.commit()\n"

    audit(RULE, HEAD + DECORATORS.replace("BODY", body) + REMOVE + view)


@pytest.mark.parametrize("body", ["nobody()", "nobody() and refused(request.headers)", "LOCKED"])
def test_decorator_made_elsewhere_believes_the_cookie(audit, body):
    """One that takes the login, or takes either, or asks neither, keeps no link out."""
    body_of_view = "    db.session.delete(find(i))\n    db.session.commit()\n"
    head = DECORATORS.replace("BODY", body) + REMOVE + "@login_required\n"

    audit(RULE, HEAD + marked(head, "delete_user(i)", body_of_view))


ACTIONS = """\
from flask import Flask, request
from flask_login import LoginManager, login_required
app = Flask(__name__)
login_manager = LoginManager(app)
@app.route("/jobs/<action>"{methods})
@login_required
def jobs(action):
{mark}    if action == "{action}":
        {call}
    return ""
"""


@pytest.mark.parametrize(
    ("action", "call", "methods", "found"),
    [
        ("delete_all", "service.delete_all_jobs()", "", True),
        ("approve-all", "service.approve_jobs(everything=True)", "", True),
        ("purge", "db.session.commit()", "", True),
        ("delete_all", "service.delete_all_jobs()", ', methods=["POST"]', False),
        ("list_all", "service.delete_all_jobs()", "", False),
        ("delete_all", "service.list_jobs()", "", False),
        ("delete_all", "service.remove_prefix('x')", "", False),
        ("delete_all", "return service.delete_form()", "", False),
        ("delete_all", "if request.method == 'POST':\n            service.delete_all_jobs()",
         ', methods=["GET", "POST"]', False),
    ],
)  # fmt: skip
def test_action_that_the_address_names(audit, action, call, methods, found):
    """What a parameter is compared with says what is done, and calls of the same verb do it."""
    mark = "^" * 17 + " jobs() changes something\n" if found else ""
    audit(RULE, ACTIONS.format(action=action, call=call, methods=methods, mark=mark))


USER_D = "    db.session.delete(find(u_id))\n    db.session.commit()\n"


@pytest.mark.parametrize(
    "body",
    [
        USER_D,
        "    find(u_id).notes.delete()\n    book = find(u_id)\n    book.notes.delete()\n"
        "    db.session.commit()\n",
        "    Note.query.filter_by(book=u_id).delete()\n    db.session.commit()\n",
        "    for note in find(u_id):\n        db.session.delete(note)\n    db.session.commit()\n",
        "    note = find(u_id)\n    if note is not None:\n        db.session.delete(note)\n"
        "        db.session.commit()\n",
        "    tidy()\n    db.session.query(Note).filter(Note.book == u_id).delete()\n"
        "    db.session.commit()\n",
    ],
)
def test_deletes_whatever_it_is_called(audit, body):
    """A view that answers GET alone and deletes records is one, without a telling name."""
    audit(RULE, HEAD + marked("@app.route('/user_d/<int:u_id>')\n@login_required\n",
                              "user_d(u_id)", body))  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        USER_D.replace("    db.session.commit()\n", ""),
        "    note = find(u_id)\n    if note.expires < now():\n        db.session.delete(note)\n"
        "        db.session.commit()\n",
        "    Basket.query.filter(Basket.made < now()).delete()\n    db.session.commit()\n",
        "    try:\n        show(find(u_id))\n    except Broken:\n"
        "        db.session.delete(find(u_id))\n        db.session.commit()\n",
        "    app.storage.delete()\n    db.session.commit()\n",
        USER_D + "    return send_file('x')\n",
        "    cache.delete(u_id)\n    db.session.commit()\n",
    ],
)
def test_clears_away_by_the_way(audit, body):
    """What is too old or broken, handed out, or kept elsewhere may be cleared away by GET."""
    audit(RULE, HEAD + f"@app.route('/n/<int:u_id>')\n@login_required\ndef note(u_id):\n{body}")


def test_deletes_by_a_form_that_get_only_shows(audit):
    """A view that answers POST, too, is told of by its name only."""
    audit(
        RULE,
        HEAD + "@app.route('/n/<int:u_id>', methods=['GET', 'POST'])\n@login_required\n"
        "def note(u_id):\n    if asked():\n    " + USER_D.replace("\n    db", "\n        db"),
    )


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("users.api_delete_user(request.args['id'])", True),
        ("users.do_delete(request.args['id'])", False),
        ("users._delete_user(request.args['id'])", True),
        ("users.api_delete_form(request.args['id'])", False),
        ("users.api_show_user(request.args['id'])", False),
        ("store.hdel('tags', request.args['id'])", True),
        ("store.srem('tags', request.args['id'])", True),
        ("cache.hdel('tags', request.args['id'])", False),
        ("store.hget('tags', request.args['id'])", False),
    ],
)
def test_helpers_and_key_value_stores(audit, call, found):
    """What stands before a verb says nothing; a store of keys and values keeps what is changed."""
    head, body = "@app.get('/x')\n@login_required\n", f"    {call}\n    return ''\n"
    view = marked(head, "delete_user()", body) if found else f"{head}def delete_user():\n{body}"

    audit(RULE, f"{HEAD}from elsewhere import cache, store, users\n{view}")


def test_store_that_a_reading_view_counts_in(audit):
    """A function that says no change may count, or note who came."""
    helper = "def count(name):\n    store.hincrby('seen', name)\n"
    body = "def reset_info():\n    count('x')\n    return ''\n"
    view = f"@app.get('/reset-info')\n@login_required\n{body}"

    audit(RULE, f"{HEAD}from elsewhere import store\n{helper}{view}")


def unmarked(view: str) -> str:
    """Return `view` without its carets."""
    return "\n".join(line for line in view.split("\n") if not line.startswith("^"))


ENTER = """\
@app.post("/login")
def enter():
    login_user(find(request.form["name"]){remember})
    return ""
"""


@pytest.mark.parametrize(
    ("same_site", "remember", "remembered", "found"),
    [
        ("Strict", "", "", False),
        ("strict", "", "", False),
        ("Lax", "", "", True),
        ("Strict", ", remember=True", "", True),
        ("Strict", ", remember=True", "app.config['REMEMBER_COOKIE_SAMESITE'] = 'Strict'\n", False),
    ],
)
def test_cookies_that_stay_at_home(audit, same_site, remember, remembered, found):
    """Where no cookie comes along from another site's page, its image changes nothing."""
    setting = f"app.config['SESSION_COOKIE_SAMESITE'] = '{same_site}'\n{remembered}"
    enter = "from flask_login import login_user\n" + ENTER.format(remember=remember)
    view = marked(
        "@app.get('/x')\n@login_required\n", "delete_post(id)", "    Post.get(id).delete()\n"
    )
    view = view if found else unmarked(view)

    audit(RULE, HEAD + setting + enter + view)


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("complete()", "    session.pop('invite', None)\n", False),
        ("join()", "    session.clear()\n", False),
        ("clear_basket()", "    session.pop('basket', None)\n", True),
        ("complete()", "    db.session.commit()\n", True),
    ],
)
def test_how_far_somebody_has_come(audit, name, body, found):
    """To forget a step of one's own changes nothing, unless that is what the view is for."""
    view = marked("@app.get('/x')\n@login_required\n", name, body)
    view = view if found else unmarked(view)

    audit(RULE, HEAD + view)


ADMIN = """\
from flask_admin import BaseView, expose
class Mixin:
    def is_accessible(self):
        return {asked}
class Members(Mixin, BaseView):
    @expose("/reject")
    def reject(self):
{mark}        {call}
        return ""
"""


@pytest.mark.parametrize(
    ("asked", "call", "found"),
    [
        (
            "current_user.is_authenticated",
            "Member.get(request.args['id']).set_state(REJECTED)",
            True,
        ),
        ("current_user.is_authenticated", "store.member(request.args['id']).reject()", True),
        ("current_user.is_authenticated", "db.members.set_status(request.args['id'], 2)", True),
        ("current_user.is_authenticated", "self.render('reject.html')", False),
        ("current_user.is_authenticated", "table.set_state_column('x')", False),
    ],
)
def test_view_of_flask_admin(audit, asked, call, found):
    """A class that asks who is logged in asks for all of its views, and a setter sets."""
    mark = "    ^^^^^^^^^^^^^^^^^ Members.reject() changes something\n" if found else ""
    audit(RULE, HEAD + ADMIN.format(asked=asked, call=call, mark=mark))


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        ("user.may.destroy(name)", False),
        ("acl.destroy(name)", False),
        ("store.destroy(name)", True),
    ],
)
def test_question_whether_somebody_may(audit, ask, found):
    """What asks whether the user may do it does nothing."""
    name = "def destroy_item(name):"
    mark = "^" * len(name) + "\n" if found else ""
    audit(
        RULE,
        "from flask import Flask, abort\nfrom flask_login import LoginManager, login_required\n"
        "app = Flask(__name__)\nLoginManager(app)\n"
        f"@app.route('/destroy/<name>')\n@login_required\n{name}\n{mark}"
        f"    if not {ask}:\n        abort(403)\n    return show(name)\n",
    )


@pytest.mark.parametrize(
    ("rule", "found"),
    [("/pay/card/<int:id>", False), ("/pay/<int:id>", True), ("/orders/<int:id>/pay", True)],
)
def test_pages_of_a_checkout(audit, rule, found):
    """What all pages of a checkout begin with says of none that it pays."""
    name = "card(id)"
    body = "    find(id).seen = True\n    db.session.commit()\n"
    head = f"@app.get('{rule}')\n@login_required\n"
    audit(RULE, HEAD + (marked(head, name, body) if found else f"{head}def {name}:\n{body}"))


PLAYER = """\
from flask import Flask, Blueprint, request, session
from flask_login import LoginManager, login_required
app = Flask(__name__)
LoginManager(app)
api = Blueprint("api", __name__)
@app.post("/settings")
@login_required
def settings(): db.session.commit()
@api.before_request
def authorize():
    request.user = HOOK
def api_routing(endpoint):
    def decorator(func):
        api.add_url_rule(endpoint, view_func=func, methods=["GET", "POST"])
        api.add_url_rule(f"{endpoint}.view", view_func=func, methods=["GET", "POST"])
        return func
    return decorator
@api_routing("/deletePlaylist")
MARKdef delete_playlist():
    Playlist.get(request.values["id"]).delete()
"""


@pytest.mark.parametrize(
    ("hook", "found"),
    [
        ("Users.check(request.authorization.username, request.authorization.password)", False),
        ("Users.check(request.values['u'], request.values['p'])", False),
        ("Users.check(request.args.get('username'), request.args.get('password'))", False),
        ("Users.by_key(request.args['api_key'])", False),
        ("Users.get(session['user_id'])", True),
        ("Users.get(request.cookies['user'])", True),
        ("Users.by_key(request.args.get('token')) or Users.get(session['user_id'])", True),
    ],
)
def test_routes_of_an_own_decorator(audit, hook, found):
    """Views of an own decorator are judged; credentials in each request are no cookie."""
    text = PLAYER.replace("HOOK", hook)
    line = "def delete_playlist():"
    text = text.replace(f"MARK{line}", f"{line}\n{'^' * len(line)}" if found else line)

    audit(RULE, text)


RECORD = """\
class Order(db.Model):
    def cancel_it(self):
        self.status = "cancelled"
        db.session.commit()
    def cancel_text(self):
        return "cancelled"
@app.route("/order/<int:number>/cancel")
@login_required
def cancel(number):
    order = {found}
    order.{method}()
    return redirect("/")
"""


@pytest.mark.parametrize(
    "found",
    [
        "db.get_or_404(Order, number)",
        "db.session.get(Order, number)",
        "Order.query.get(number)",
        "db.session.scalars(db.select(Order)).first()",
    ],
)
@pytest.mark.parametrize(("method", "changes"), [("cancel_it", True), ("cancel_text", False)])
def test_method_of_a_record(audit, found, method, changes):
    """What a record's own method changes is changed, however the record was looked up."""
    text = RECORD.format(found=found, method=method)
    line = "def cancel(number):"
    text = text.replace(line, f"{line}\n{'^' * len(line)}") if changes else text

    audit(RULE, HEAD + "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy(app)\n" + text)


ASKED = """\
@app.route("/users", methods=["GET", "POST"])
@login_required
def users():
{mark}    {body}
    return render_template("users.html")
"""


@pytest.mark.parametrize(
    "body",
    [
        "if request.args.get('delete'):\n        db.session.delete(User.query.get(1))",
        "delete = request.args.get('delete')\n    if request.method == 'GET':\n"
        "        if delete == 'true':\n            User.query.get(1).delete()\n"
        "        return 'ok'",
        "if uid := request.args.get('delete_user'):\n        users.delete_user(uid)",
        "cancel = request.args['cancel']\n    if cancel == '1' and current_user.id != 2:\n"
        "        container.cancel_install().execute(3)",
    ],
)
def test_asked_for_by_the_query(audit, body):
    """A view that deletes where its query says so, whatever it is called."""
    mark = f"{'^' * len('def users():')} users() changes\n"
    audit(RULE, HEAD + ASKED.format(mark=mark, body=body))


@pytest.mark.parametrize(
    "body",
    [
        "delete = request.args.get('delete')\n    if request.method == 'POST' and delete:\n"
        "        User.query.get(1).delete()",
        "if request.method == 'GET':\n        return 'ok'\n"
        "    if request.args.get('delete'):\n        User.query.get(1).delete()",
        "if request.args.get('delete'):\n        flash('Sure?')",
        "if not request.args.get('cancel'):\n        note_visit()\n        db.session.commit()",
        "if request.args.get('deleted'):\n        flash('Gone.')\n    keep()",
        "if request.args.get('sort'):\n        db.session.commit()",
    ],
)
def test_query_that_asks_for_nothing(audit, body):
    """Only for POST, a question, what happens where the query says nothing, and other words."""
    audit(RULE, HEAD + ASKED.format(mark="", body=body))


KEYS = """\
@app.get("/settings/key")
@login_required
def key():
{mark}    made = Key()
    db.session.add(made)
    db.session.commit()
    flash({said})
    return render_template("settings.html")
"""


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("'Key created: {}'.format(made.value)", True),
        ("f'{made.name} was deleted.'", True),
        ("'Welcome back.'", False),
        ("'Registration has been disabled.'", False),
        ("'The key could not be created.'", False),
    ],
)
def test_what_it_says_it_did(audit, said, found):
    """A view that answers GET and tells that it created, deleted or switched something."""
    mark = f"{'^' * len('def key():')} key() changes\n" if found else ""
    audit(RULE, HEAD + KEYS.format(mark=mark, said=said))


def test_found_and_changed_at_once(audit):
    """MongoEngine updates what it finds by one call."""
    line = "def reset_tags(id):"
    audit(
        RULE,
        HEAD + f"@app.get('/tags/<int:id>/reset')\n@login_required\n{line}\n{'^' * len(line)}\n"
        "    Tag.objects(owner=id).update(count=0)\n",
    )


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("schedule(models.stop_bot, delay=1)", True),
        ("models.stop_bot().execute(1)", True),
        ("schedule(models.start_bot)", False),
        ("show(models.stop_button)", False),
    ],
)
def test_change_that_is_handed_on(audit, call, found):
    """What is told to run the change later runs it all the same."""
    line = "def commands(command):"
    mark = f"{'^' * len(line)} commands() changes\n" if found else ""
    audit(
        RULE,
        HEAD + f"@app.get('/commands/<command>')\n@login_required\n{line}\n{mark}"
        f"    if command == 'stop':\n        {call}\n",
    )
