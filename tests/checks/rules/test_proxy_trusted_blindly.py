"""Where `proxy-trusted-blindly` fires, and where it must not."""

# ruff: noqa: E501  # the lines of carets stand under what they underline

from __future__ import annotations

import pytest

RULE = "proxy-trusted-blindly"
HEAD = "from flask import Flask, request\napp = Flask(__name__)\n"
NGINX = "server {{ listen 443 ssl; location / {{ proxy_pass http://app; {} }} }}\n"


@pytest.mark.parametrize(
    "text",
    [
        'def ip():\n    return request.headers.get("X-Forwarded-For", request.remote_addr)\n'
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ X-Forwarded-For is read by hand\n",
        'def ip():\n    return request.headers["X-Real-IP"]\n           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n',
        'def ip():\n    return request.environ["HTTP_X_FORWARDED_FOR"].split(",")[0]\n'
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        "def ip():\n    return request.access_route[0]\n           ^^^^^^^^^^^^^^^^^^^^\n",
        'def host():\n    return request.headers.get("x-forwarded-host")\n'
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        'NAME = "X-Forwarded-For"\ndef ip():\n    return request.headers.get(NAME)\n'
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        "from flask_limiter import Limiter\n"
        'limiter = Limiter(key_func=lambda: request.headers.get("CF-Connecting-IP"))\n'
        "                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        "from flask_limiter import Limiter\nfrom flask_limiter.util import get_ipaddr\n"
        "limiter = Limiter(app, key_func=get_ipaddr)\n"
        "                                ^^^^^^^^^^ The limiter counts\n",
        "def far():\n    hops = request.headers['X-Forwarded-For'].split(',')\n"
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "    return [hop for hop in hops if hop not in BLOCKED]\n",
        "class Proxied:\n    def __call__(self, environ, start):\n"
        '        environ["HTTP_HOST"] = environ.get("HTTP_X_FORWARDED_HOST", "")\n'
        "                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    ],
)
def test_found(audit, text):
    """Every way to read such a header by hand is reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "def ip():\n    return request.remote_addr\n",
        'def ip():\n    if request.remote_addr in TRUSTED:\n        return request.headers["X-Real-IP"]\n',
        'def ip():\n    return request.headers["X-Forwarded-For"].split(",")[-1].strip()\n',
        'def ip():\n    hops = request.headers["X-Forwarded-For"]\n    return hops.split(",")[-1]\n',
        'def ip():\n    if app.config["BEHIND_PROXY"]:\n        return request.headers["X-Real-IP"]\n',
        'def send(headers):\n    headers["X-Forwarded-For"] = "1.2.3.4"\n    return headers\n',
        'def seen(response):\n    return response.headers.get("X-Forwarded-For")\n',
        'def there():\n    return bool(request.headers.get("X-Forwarded-For"))\n',
        "def ip():\n    return request.access_route[-1]\n",
        "def direct():\n"
        "    return not any(request.headers.get(h) for h in ('X-Forwarded-For', 'X-Real-IP'))\n",
        "def direct():\n    if request.headers.get('X-Forwarded-For'):\n        return False\n",
        "def direct():\n    return not request.access_route\n",
        "def ip(proxy_settings):\n    if proxy_settings:\n        return request.access_route[0]\n",
        "def ip():\n    return check_proxy(request.access_route, allowed)\n",
        'def ip(environ):\n    hops = environ["HTTP_X_FORWARDED_FOR"].split(",")\n'
        "    return [hop for hop in hops if hop not in KNOWN_PROXIES][-1]\n",
        "class Trust:\n    def __call__(self, environ, start):\n"
        '        hops = environ.pop("HTTP_X_FORWARDED_FOR").split(",")\n'
        "        far = [hop for hop in hops if hop not in self.proxies]\n"
        '        environ["REMOTE_ADDR"] = far[-1]\n',
        'def agent():\n    return request.headers.get("User-Agent")\n',
    ],
)
def test_near_misses(audit, text):
    """Code that asks who sent the header, or takes the nearest proxy's entry, is silent."""
    audit(RULE, HEAD + text)


def test_scheme_is_strict(audit):
    """Reading the scheme is for a careful shop only."""
    found = audit(
        RULE,
        HEAD + 'def secure():\n    return request.headers.get("X-Forwarded-Proto") == "https"\n'
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    )
    assert found[0].audience == "strict"


def test_log_only_is_low(audit):
    """An address that only goes into a log is low."""
    found = audit(
        RULE,
        HEAD + 'def f(log):\n    log.info("%s", request.headers.get("X-Real-IP"))\n'
        "                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    )
    assert found[0].severity == "low"


def test_header_that_nginx_sets(audit):
    """A header that the project's nginx writes itself is no client's."""
    code = HEAD + 'def ip():\n    return request.headers["X-Real-IP"]\n'
    audit(
        RULE,
        {"app.py": code, "nginx.conf": NGINX.format("proxy_set_header X-Real-IP $remote_addr;")},
    )


FIX = "from flask import Flask\nfrom werkzeug.middleware.proxy_fix import ProxyFix\napp = Flask(__name__)\n"
FOR = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"


def test_more_proxies_than_shown(audit):
    """A count above the proxies of the deployment files is reported at the count."""
    code = (
        FIX
        + "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=2)\n                                            ^ ProxyFix believes 2 proxies\n"
    )
    audit(RULE, {"app.py": code, "nginx.conf": NGINX.format(FOR)})


@pytest.mark.parametrize("count", ["x_for=1", "x_for=1, x_proto=1", "x_for=COUNT"])
def test_as_many_proxies_as_shown(audit, count):
    """A fitting or unknown count is silent."""
    code = FIX + f"app.wsgi_app = ProxyFix(app.wsgi_app, {count})\n"
    audit(RULE, {"app.py": code, "nginx.conf": NGINX.format(FOR)})


def test_two_proxies(audit):
    """Two proxies one after the other allow a count of two."""
    code = FIX + "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=2)\n"
    compose = "services:\n  front:\n    image: traefik:v3\n"
    audit(RULE, {"app.py": code, "nginx.conf": NGINX.format(FOR), "compose.yml": compose})


def test_host_that_nginx_passes_on(audit):
    """ProxyFix must not believe a header that nginx leaves as the client sent it."""
    code = FIX + (
        "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_host=1)\n"
        "                                                      ^ ProxyFix believes X-Forwarded-Host\n"
    )
    audit(RULE, {"app.py": code, "nginx.conf": NGINX.format(FOR)})


def test_no_deployment_files(audit):
    """Without deployment files nobody knows the number of proxies."""
    audit(RULE, FIX + "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=3)\n")


def test_server_that_believes_everybody(audit):
    """A server told to believe every address is strict."""
    text = 'FROM x\nCMD ["gunicorn", "--forwarded-allow-ips=*", "app:app"]\n' + "^" * 54 + "\n"
    assert audit(RULE, {"Dockerfile": text})[0].audience == "strict"


LOOP = """\
def ip():
    for name in {listed}:
        sent = {read}
{mark}        if sent:
            return sent
    return request.remote_addr
"""
NAMES = '("X-Real-IP", "X-Forwarded-For")'


@pytest.mark.parametrize(
    ("before", "listed"),
    [("", NAMES), ("", '["CF-Connecting-IP", "X-Client-IP"]'), (f"KNOWN = {NAMES}\n", "KNOWN")],
)
@pytest.mark.parametrize("read", ["request.headers.get(name)", "request.headers[name]"])
def test_loop_over_headers(audit, before, listed, read):
    """Headers that a loop tries one after another are one finding."""
    mark = " " * 15 + "^" * len(read) + "\n"

    audit(RULE, HEAD + before + LOOP.format(listed=listed, read=read, mark=mark))


def test_any_of_several_headers(audit):
    """A comprehension is a loop, too."""
    line = 'return [request.headers.get(h) for h in ("X-Real-IP", "Forwarded")][0]'
    mark = " " * 12 + "^" * 22 + "\n"

    audit(RULE, f"{HEAD}def ip():\n    {line}\n{mark}")


@pytest.mark.parametrize("listed", ['("Accept", "Referer")', "NAMES", '["X-Request-Id"]'])
def test_loop_over_other_headers(audit, listed):
    """Headers that say nothing about the client, and lists that are not known, are fine."""
    said = "def about():\n    return 'X-Forwarded-For'\n"
    loop = LOOP.format(listed=listed, read="request.headers.get(name)", mark="")

    audit(RULE, HEAD + said + loop)


def test_loop_over_headers_that_nginx_sets(audit):
    """What nginx writes itself, none of them left out, no client can choose."""
    nginx = NGINX.format("proxy_set_header X-Real-IP $remote_addr;")
    text = LOOP.format(listed='("X-Real-IP",)', read="request.headers.get(name)", mark="")

    audit(RULE, {"app.py": HEAD + text, "nginx.conf": nginx})


@pytest.mark.parametrize("emptied", ['""', "''", "$remote_addr", '"$remote_addr"'])
def test_header_that_nginx_empties_elsewhere(audit, emptied):
    """What nginx takes out of requests to another service is no client's either."""
    code = 'def ip():\n    return request.headers["X-Real-IP"]\n'
    nginx = NGINX.format("proxy_set_header X-Real-IP $remote_addr;") + NGINX.format(
        f"proxy_set_header X-Real-IP {emptied};"
    )
    audit(RULE, {"app.py": HEAD + code, "nginx.conf": nginx})


LOGGED = """
def login():
    ip = request.headers.get("X-Forwarded-For", request.remote_addr)
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    {}
"""


@pytest.mark.parametrize(
    ("use", "severity"),
    [
        ('log.warning("login from %s", ip)', "low"),
        ('app.logger.info("login from " + str(ip))\n    print(ip)', "low"),
        ('log.warning("login from %s", ip)\n    History(ip=ip).save()', "low"),
        ("count(ip)", "medium"),
        ("pass", "low"),
        ('log.warning("login from %s", ip)\n    return lambda: limit(ip)', "medium"),
    ],
)
def test_variable_that_is_only_logged(audit, use, severity):
    """What only a log gets is less bad, also where a variable brings it there."""
    (finding,) = audit(RULE, HEAD + LOGGED.format(use))

    assert finding.severity == severity


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('render_template("ip.html", ip={})', False),
        ("jsonify(ip={})", False),
        ('jsonify({{"ip": {} or request.remote_addr}})', False),
        ("make_response(str({}))", False),
        ('render_template("ip.html", place=located({}))', True),
        ("{}", True),
    ],
)
def test_client_that_is_told_its_own_address(audit, answer, found):
    """A page that shows the client what it said of itself believes nothing."""
    read = 'request.headers.get("X-Real-IP")'
    line = f"    return {answer.format(read)}\n"
    marks = " " * line.index(read) + "^" * len(read) + "\n" if found else ""
    audit(RULE, f"{HEAD}def mine():\n{line}{marks}")


@pytest.mark.parametrize(("name", "severity"), [("format_request", "low"), ("peer", "medium")])
def test_line_of_a_servers_log(audit, name, severity):
    """A server's handler that formats the line of its log believes the header there alone."""
    read = 'self.environ.get("HTTP_X_FORWARDED_FOR")'
    text = f"class Handler(WSGIHandler):\n    def {name}(self):\n        ip = {read}\n"
    marks = " " * 13 + "^" * len(read) + "\n        return ip or self.client\n"
    (finding,) = audit(RULE, HEAD + text + marks)

    assert finding.severity == severity


PASSED_ON = """\
def note(user, address, level=1):
    log.info("%s from %s", user, address)

def forget(user, address):
    return user

def both(user, address):
    note(user, address=address)

def keep(user, address):
    note(user, address)
    db.session.add(Entry(user, address))

class Notes:
    def note_down(self, address):
        log.info(address)

notes = Notes()

"""


@pytest.mark.parametrize(
    ("call", "severity"),
    [
        ('note("a", {})', "low"),
        ('note("a", address={})', "low"),
        ('forget("a", {})', "low"),
        ('both("a", {})', "low"),
        ("notes.note_down({})", "low"),
        ('keep("a", {})', "low"),
        ('unknown("a", {})', "medium"),
        ('note("a", save({}))', "low"),
        ('note("a", str({}))', "low"),
        ('note("a", {}.split(",")[0])', "low"),
        ('note(*["a", {}])', "low"),
    ],
)
def test_helper_that_only_logs(audit, call, severity):
    """What a helper of the project writes into a log, or does not use, goes nowhere else."""
    read = 'request.headers["X-Real-IP"]'
    line = f"    {call.format(read)}\n"
    marks = " " * line.index(read) + "^" * len(read) + "\n"
    (finding,) = audit(RULE, f"{HEAD}{PASSED_ON}def view():\n{line}{marks}")

    assert finding.severity == severity


def test_one_finding_for_a_file(audit):
    """The same header, read in several functions of a file, is told once; the worst comes first."""
    (limited, logged) = audit(
        RULE,
        HEAD
        + "def seen():\n    log.info(request.access_route[0])\n"
        + "             ^^^^^^^^^^^^^^^^^^^^\n"
        + "def login():\n    address = request.access_route[0]\n"
        + "              ^^^^^^^^^^^^^^^^^^^^\n"
        + "    count(address)\n    log.info(request.access_route[0])\n"
        + "def again():\n    count(request.access_route[0])\n",
    )
    by_severity = {finding.severity: finding for finding in (limited, logged)}

    assert by_severity["medium"].line == 6
    assert [place.line for place in by_severity["medium"].related] == [10]
    assert by_severity["low"].related == ()


@pytest.mark.parametrize(
    ("use", "severity"),
    [
        ("Entry(ip=request.remote_addr, x_forwarded_for={})", "low"),
        ('save({{"X-Forwarded-For": {}, "ip": request.remote_addr}})', "low"),
        ("note = {}\n    if note is not None:\n        log.info(note)", "low"),
        ('note["X-Forwarded-For"] = {}', "low"),
        ("seen = {}\n    note = dict(addr=seen)\n    line = str(note)\n    log.info(line)", "low"),
        ("seen = {}\n    note = dict(addr=seen)\n    count(note)", "medium"),
        ("Entry(ip={})", "low"),
        ('save({{"ip": {}}})', "low"),
    ],
)
def test_header_that_is_noted_as_what_it_is(audit, use, severity):
    """Who keeps the header by its own name does not take it for the client's address."""
    read = 'request.headers.get("X-Forwarded-For")'
    first, _, rest = f"    {use.format(read)}\n".partition("\n")
    marks = " " * first.index(read) + "^" * len(read)
    (finding,) = audit(RULE, f"{HEAD}def view(note):\n{first}\n{marks}\n{rest}")

    assert finding.severity == severity


@pytest.mark.parametrize(
    ("use", "severity"),
    [
        ("log.info(client_ip())", "low"),
        ("ip = client_ip()\n    log.info('%s', ip)", "low"),
        ("log.info(client_ip())\n    count(client_ip())", "medium"),
        ("pass", "medium"),
    ],
)
def test_helper_whose_answer_is_only_logged(audit, use, severity):
    """A helper is judged by what those do that call it."""
    read = 'request.headers.get("X-Forwarded-For", request.remote_addr)'
    helper = f"def client_ip():\n    return {read}\n           {'^' * len(read)}\n"
    (finding,) = audit(RULE, f"{HEAD}{helper}def view():\n    {use}\n")

    assert finding.severity == severity


def test_helper_that_asks_itself(audit):
    """A helper whose answer is its own, or another's that asks it back, is followed to an end."""
    read = 'request.headers.get("X-Forwarded-For")'
    text = f"def client_ip(deep):\n    return other(deep) or {read}\n{' ' * 26}{'^' * len(read)}\n"
    text += "def other(deep):\n    return client_ip(deep - 1)\n"

    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("use", "audience"),
    [
        ("with structlog.contextvars.bound_contextvars(user=who()):\n        work()", "strict"),
        ("work(who())", "default"),
    ],
)
def test_context_of_a_log(outcome, use, audience):
    """What a helper returns by a variable, and only structlog is told, is for strict audits."""
    text = (
        f"{HEAD}import structlog\ndef who():\n    found = request.access_route[0]\n"
        f"    return found\n@app.get('/x')\ndef x():\n    {use}\n"
    )
    found = [f for f in outcome({"app.py": text}, strict=True).findings if f.rule == RULE]
    assert [f.audience for f in found] == [audience]


READ = 'request.headers.get("X-Forwarded-For", "")'
WHO = f"def who():\n    return {READ}\n"


@pytest.mark.parametrize(
    ("code", "audience"),
    [
        (WHO + "def x():\n    if who() in BANNED:\n        abort(403)\n", "default"),
        (WHO + "def x():\n    return Ban.query.filter_by(ip=who()).first()\n", "default"),
        (WHO + "def x():\n    tries[who()] += 1\n", "default"),
        (WHO + "def x():\n    tries.setdefault(who(), []).append(1)\n", "default"),
        (WHO + "def x():\n    redis.incr(f'attempts:{who()}')\n", "default"),
        (WHO + "limiter = Limiter(app, key_func=who)\n", "default"),
        (WHO + "def key():\n    found = who()\n    return found\n"
         "limiter = Limiter(key_func=key)\n", "default"),
        (WHO + "def inside(ip, nets):\n    return any(IPAddress(ip) in n for n in nets)\n"
         "def x():\n    return inside(who(), NETS)\n", "default"),
        (f"def x():\n    for hop in {READ}.split(','):\n        if hop == OURS:\n"
         "            return True\n", "default"),
        (f"def x():\n    hops = [h.strip() for h in {READ}.split(',')]\n    ip = hops[0]\n"
         "    return ip == OURS\n", "default"),
        (f"def x(environ):\n    environ['REMOTE_ADDR'] = {READ}\n", "default"),
        (WHO, "default"),
        (WHO + "def x():\n    return box.is_blocked().execute(who())\n", "default"),
        (WHO + "def x():\n    box.save_visit().execute(who())\n", "strict"),
        (WHO + "def x():\n    entry = Entry(ip=who())\n    db.session.add(entry)\n", "strict"),
        (WHO + "def x(user):\n    user.last_ip = who()\n", "strict"),
        (WHO + "def x():\n    return {'ip': who(), 'agent': request.user_agent}\n", "strict"),
        (WHO + "def x(order):\n    order.payment.update(ip=who())\n", "strict"),
        (WHO + "def x():\n    write_event('login', who())\n", "strict"),
        (f"def x():\n    if {READ} != '':\n        g.ip = {READ}\n", "strict"),
    ],
)  # fmt: skip
def test_what_is_decided(outcome, code, audience):
    """An address that limits, bans or lets in is the client's to choose; a kept one is a note."""
    found = outcome({"app.py": HEAD + code}, select=(RULE,), strict=True).findings

    assert [finding.audience for finding in found] == [audience]
