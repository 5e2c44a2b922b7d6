"""Where `tls-unverified` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "tls-unverified"
HEAD = "import ssl\nimport aiohttp, httpx, requests, urllib3, pycurl, ldap, jwt\n"


@pytest.mark.parametrize(
    "text",
    [
        "requests.get(url, verify=False)\n                         ^^^^^\n",
        "requests.post(url, data=data, verify=False, timeout=5)\n"
        "                                     ^^^^^\n",
        "from requests import get as fetch\nfetch(url, verify=False)\n                  ^^^^^\n",
        "OFF = False\nrequests.get(url, verify=OFF)\n                         ^^^\n",
        "s = requests.Session()\ns.verify = False\n           ^^^^^\n",
        "s = requests.Session()\ns.get(url, verify=False)\n                  ^^^^^\n",
        "self.session.get(url, verify=False)\n                             ^^^^^\n",
        "class C:\n    def __init__(self):\n        self.s = requests.Session()\n"
        "    def ask(self, url):\n        return self.s.get(url, verify=False)\n"
        "                                      ^^^^^\n",
        "httpx.Client(verify=False)\n                    ^^^^^\n",
        "aiohttp.TCPConnector(ssl=False)\n                         ^^^^^\n",
        "urllib3.PoolManager(cert_reqs='CERT_NONE')\n                              ^^^^^^^^^^^\n",
        "urllib3.PoolManager(cert_reqs=ssl.CERT_NONE)\n"
        "                              ^^^^^^^^^^^^^\n",
        "context = ssl._create_unverified_context()\n          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        "ssl._create_default_https_context = ssl._create_unverified_context\n"
        "                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        "try:\n    _create_unverified_https_context = ssl._create_unverified_context\n"
        "except AttributeError:\n    pass\nelse:\n"
        "    ssl._create_default_https_context = _create_unverified_https_context\n"
        "                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        "context = ssl.create_default_context()\ncontext.check_hostname = False\n"
        "                         ^^^^^\n",
        "context = ssl.create_default_context()\ncontext.verify_mode = ssl.CERT_NONE\n"
        "                      ^^^^^^^^^^^^^\n",
        "curl = pycurl.Curl()\ncurl.setopt(pycurl.SSL_VERIFYPEER, 0)\n"
        "                                   ^\n",
        "ldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_NEVER)\n"
        "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    ],
)
def test_unverified(audit, text):
    """Each client's way to switch verification off is reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "requests.get(url)\n",
        "requests.get(url, verify=True)\n",
        "requests.get(url, verify='ca.pem')\n",
        "requests.get(url, verify=settings.verify)\n",
        "jwt.decode(token, verify=False)\n",
        "form.save(verify=False)\n",
        "document.get(key, verify=False)\n",
        "aiohttp.ClientSession(trust_env=False)\n",
        "connect(ssl=False)\n",
        "context = ssl.create_default_context()\ncontext.verify_mode = ssl.CERT_REQUIRED\n",
        "curl = pycurl.Curl()\ncurl.setopt(pycurl.SSL_VERIFYPEER, 1)\n",
    ],
)
def test_near_misses(audit, text):
    """Verified connections, and `verify` that is about something else, are not reported."""
    audit(RULE, HEAD + text)


def test_file_that_says_nothing_else(audit):
    """A helper that speaks of neither Flask nor passwords is read too."""
    text = "# padding\n" * 100 + "requests.get(url, verify=False)\n"
    audit(RULE, "import requests\n" + text + "                         ^^^^^\n")


def test_tests(audit):
    """What tests connect to is their own affair."""
    audit(RULE, {"tests/test_it.py": HEAD + "requests.get(url, verify=False)\n"})


LOOK = """\
def certificate(host):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(connect(host), server_hostname=host) as sock:
        return {END}
"""


@pytest.mark.parametrize(
    "end",
    [
        "sock.getpeercert(True), kept.get('description')",
        "sock.getpeercert(True)",
        "sock.getpeercert(binary_form=True)",
        "sock.get_peer_certificate()",
    ],
)
def test_only_the_certificate_is_wanted(audit, end):
    """A function that connects to look at a certificate and sends nothing is fine."""
    audit(RULE, HEAD + LOOK.replace("{END}", end))


@pytest.mark.parametrize(
    "end", ["sock.recv(100)", "sock.getpeercert(), sock.sendall(b'x')", "session.get(sock)"]
)
def test_something_is_sent(audit, end):
    """A function that also talks to the other side is not; one context is told of once."""
    text = LOOK.replace("{END}", end)
    text = text.replace("ssl.CERT_NONE\n", "ssl.CERT_NONE\n" + " " * 26 + "^^^^^^^^^^^^^\n")

    audit(RULE, HEAD + text)


def tls(*lines: str, mode: str = "mode", mark: bool = True) -> str:
    """Return a function with these lines that makes TLS settings with `mode`."""
    body = "".join(f"    {line}\n" for line in lines)
    carets = (
        " " * 24 + "^" * len(mode) + " validate verifies nothing as long as ca_file is not set.\n"
    )
    return (
        "from ldap3 import Tls\ndef connect(ca_file=None, verify=True, key=None):\n"
        f"{body}    return Tls(validate={mode})\n{carets if mark else ''}"
    )


@pytest.mark.parametrize(
    "text",
    [
        tls("mode = ssl.CERT_NONE", "if ca_file:", "    mode = ssl.CERT_REQUIRED"),
        tls("if ca_file:", "    mode = ssl.CERT_REQUIRED", "else:", "    mode = ssl.CERT_NONE"),
        tls("mode = ssl.CERT_NONE", "if ca_file and key:", "    mode = ssl.CERT_REQUIRED"),
        tls("mode = ssl.CERT_REQUIRED", "if not ca_file:", "    mode = ssl.CERT_NONE"),
        tls("mode = ssl.CERT_REQUIRED if ca_file else ssl.CERT_NONE"),
        tls(mode="ssl.CERT_REQUIRED if ca_file else ssl.CERT_NONE"),
        tls(mode="ssl.CERT_NONE if ca_file is None else ssl.CERT_REQUIRED"),
    ],
)
def test_unverified_as_long_as_no_file_is_named(audit, text):
    """Whoever sets no authority of their own gets no check, instead of the system's."""
    (finding,) = audit(RULE, HEAD + text)

    assert finding.confidence == "medium"


@pytest.mark.parametrize(
    "text",
    [
        tls("mode = ssl.CERT_NONE", "if verify:", "    mode = ssl.CERT_REQUIRED", mark=False),
        tls("mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE", mark=False),
        tls(mode="ssl.CERT_REQUIRED if config.VERIFY_CERT else ssl.CERT_NONE", mark=False),
        tls("if ca_file or verify:", "    mode = ssl.CERT_REQUIRED", "else:",
            "    mode = ssl.CERT_NONE", mark=False),
        tls("mode = ssl.CERT_REQUIRED", "if ca_file:", "    mode = ssl.CERT_OPTIONAL", mark=False),
        tls("mode = ssl.CERT_REQUIRED if ca_file else ssl.CERT_OPTIONAL", mark=False),
        tls(mode="mode_of(ca_file)", mark=False),
    ],
)  # fmt: skip
def test_a_choice_is_somebodys(audit, text):
    """A setting that asks whether to verify, or what verifies either way, is not accused."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("condition", "audience"),
    [
        ("settings['verify_certificate'] is False", "strict"),
        ("not config.ssl_verify", "strict"),
        ("args.insecure", "strict"),
        ("self.ssl_ignore == 'yes'", "strict"),
        ("os.environ.get('SKIP_TLS_CHECK')", "strict"),
        ("os.getenv('TLS_VERIFY', 'true') == 'false'", "strict"),
        ("strict", "default"),
        ("host.endswith('.local')", "default"),
        ("not os.getenv('TLS_VERIFY', '0')", "default"),
        ("config.get('insecure', True)", "default"),
        ("not verify", "default"),
        ("not check_hosts", "strict"),
    ],
)
@pytest.mark.parametrize(
    "line", ["requests.get(url, auth=pair, verify=False)", "context.check_hostname = False"]
)
def test_setting_that_asks_whether_to_verify(audit, line, condition, audience):
    """A setting that verifies unless it is told not to is a choice of whoever runs the app."""
    place = " " * (8 + line.index("False")) + "^" * 5
    text = "def send(url, host, pair, verify=False, check_hosts=True, strict=True):\n"
    text += f"    if {condition}:\n"
    (finding,) = audit(RULE, f"{HEAD}import os\n{text}        {line}\n{place}\n")

    assert finding.audience == audience


SENDS = """\
from config import default
from flask import Flask, current_app
app = Flask(__name__)
app.config.from_pyfile(default.__file__)
def send(context):
    if {condition}:
        context.check_hostname = True
    else:
        context.check_hostname = False
                                 ^^^^^
"""


@pytest.mark.parametrize(
    ("condition", "value", "audience"),
    [
        ("current_app.config['MAIL_VERIFY']", "False", "default"),
        ("current_app.config.get('MAIL_VERIFY')", "None", "default"),
        ("current_app.config['MAIL_VERIFY']", "True", "strict"),
        ("current_app.config['MAIL_VERIFY']", "os.environ['VERIFY']", "strict"),
        ("current_app.config['OTHER_VERIFY']", "False", "strict"),
    ],
)
def test_setting_that_is_off(audit, condition, value, audience):
    """A setting that the app's own configuration switches off verifies nothing by default."""
    (finding,) = audit(
        RULE,
        {
            "app.py": SENDS.format(condition=condition),
            "config/__init__.py": "",
            "config/default.py": f"import os\nPASSWORD_LENGTH = 12\nMAIL_VERIFY = {value}\n",
        },
    )

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "condition", "audience"),
    [
        ("VerifyCertificates", "config is False", "strict"),
        ("InsecurePlugin", "config == False", "strict"),
        ("Plugin", "config is False", "default"),
        ("VerifyCertificates", "config", "default"),
        ("VerifyCertificates", "other is False", "default"),
    ],
)
def test_class_that_is_a_switch(audit, name, condition, audience):
    """What is called after verifying and asks whether it is told False is told to."""
    text = (
        f"class {name}:\n    def start(self, task, config, token):\n        if {condition}:\n"
        "            task.requests.verify = False\n"
        "                                   ^^^^^\n"
    )
    (finding,) = audit(RULE, HEAD + text)

    assert finding.audience == audience


PINNED = """\
def fetch(url):
    context = ssl.create_default_context({given})
    context.check_hostname = False
                             ^^^^^
    {line}
    return urllib3.request(url, context)
"""


@pytest.mark.parametrize(
    ("given", "line", "audience"),
    [
        ("", "context.load_verify_locations(cafile='own.pem')", "strict"),
        ("cafile='own.pem'", "pass", "strict"),
        ("cadata=CERTIFICATE", "pass", "strict"),
        ("", "pass", "default"),
        ("", "context.load_default_certs()", "default"),
    ],
)
def test_own_authority(audit, given, line, audience):
    """Of a certificate that is named itself, the name in it says no more."""
    (finding,) = audit(RULE, HEAD + PINNED.format(given=given, line=line))

    assert finding.audience == audience


PROBE = """\
import requests
def inside(port):
    return "https://localhost:%s/health" % port
def outside(host):
    return "https://%s/health" % host
def probe(url, port):
    {}
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("requests.get('https://localhost:8443/x', verify=False)", False),
        ("requests.get(f'https://127.0.0.1:{port}/x', verify=False)", False),
        ("requests.get(inside(port), verify=False)", False),
        ("url = inside(port); requests.get(url, verify=False)", False),
        ("requests.get(outside(port), verify=False)", True),
        ("requests.get('https://localhost.example.org/x', verify=False)", True),
        ("requests.get(url, verify=False)", True),
    ],
)
def test_own_machine(audit, line, found):
    """Nobody stands between a process and the machine that it runs on."""
    marks = " " * (line.index("False") + 4) + "^" * 5 if found else ""
    audit(RULE, PROBE.format(line) + marks + "\n")


@pytest.mark.parametrize(
    ("call", "audience"),
    [
        ("requests.get('{}/health'.format(base), verify=False, timeout=1)", "strict"),
        ("requests.get(base + '/healthz', verify=False)", "strict"),
        ("requests.get(f'{base}/ping/', verify=False)", "strict"),
        ("requests.get(base + '/health', auth=pair, verify=False)", "default"),
        ("requests.post(base + '/health', json={'key': secret}, verify=False)", "default"),
        ("requests.get(SERVER + '/health/users', verify=False)", "default"),
    ],
)
def test_whether_another_program_is_up(audit, call, audience):
    """Who only asks whether something is up gives nothing away."""
    place = call.index("False")
    mark = " " * (9 + place) + "^^^^^\n"
    text = f"{HEAD}import requests\ndef is_up(base):\n    ok = {call}\n{mark}"

    (finding,) = audit(RULE, text, strict=True)

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("_create_test_client", "strict"),
        ("make_mock_session", "strict"),
        ("create_client", "default"),
        ("test_connection", "default"),
        ("get_latest_client", "default"),
    ],
)
def test_function_that_makes_what_tests_use(audit, name, audience):
    """A client for the cluster of tests is for careful shops; a test of a connection is real."""
    line = "    return requests.get(url, verify=False, headers={'X-Api-Key': KEY})\n"
    marks = " " * line.index("False") + "^" * 5 + "\n"
    (finding,) = audit(RULE, f"import requests\ndef {name}(url):\n{line}{marks}")

    assert finding.audience == audience


def test_many_of_one_file(audit):
    """Three alike of a file are one finding; two are two, as are other ways beside them."""
    line = "requests.get(url, verify=False)\n"
    mark = "                         ^^^^^\n"
    audit(RULE, HEAD + line + mark + line * 2)
    audit(RULE, HEAD + (line + mark) * 2)
    other = "context.verify_mode = ssl.CERT_NONE\n                      ^^^^^^^^^^^^^\n"
    (_, first) = sorted(audit(RULE, HEAD + other + line + mark + line * 4), key=lambda f: f.line)
    assert len(first.related) == 4


AT_STAKE = """\
import os, requests, httpx, aiohttp, pickle, jwt
from flask import current_app
from flask_login import login_user
{lines}
"""


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        # a credential goes along
        ("def ask(url, pair): return requests.get(url, auth=pair, verify=False)", "high"),
        ("def ask(url): return requests.get(url, cookies=JAR, verify=False)", "high"),
        ("def ask(url, key):\n    h = {'X-API-KEY': key}\n"
         "    return requests.get(url, headers=h, verify=False)", "high"),
        ("def ask(url, me):\n    form = {'user': me, 'password': me.word}\n"
         "    return requests.post(url, data=form, verify=False)", "high"),
        ("class Api:\n    def __init__(self, token):\n        self.s = requests.Session()\n"
         "        self.s.headers['Authorization'] = token\n"
         "    def ask(self, url):\n        return self.s.get(url, verify=False)", "high"),
        ("class Api:\n    def __init__(self, token):\n        self.s = requests.Session()\n"
         "        self.s.verify = False\n"
         "        self.s.headers['Authorization'] = token\n", "high"),
        # the address is one that was chosen for the app
        ("def ask(): return requests.get('https://bank.example/rates', verify=False)", "high"),
        ("def ask(n): return requests.get(f'https://bank.example/{n}', verify=False)", "high"),
        ("def ask(n): return requests.get('https://bank.example/%s' % n, verify=False)", "high"),
        ("def ask(n):\n    url = BACKEND + n\n    return requests.get(url, verify=False)",
         "high"),
        ("def ask():\n    url = '{}/x'.format(current_app.config['BACKEND'])\n"
         "    return requests.post(url=url, verify=False)", "high"),
        ("def ask(): return requests.get(os.environ['BACKEND'] + '/x', verify=False)", "high"),
        # what comes back is believed
        ("def keys(url):\n    jwks = requests.get(url, verify=False).json()\n"
         "    return jwt.PyJWKSet.from_dict(jwks)", "high"),
        ("def login(url):\n    login_user(requests.get(url, verify=False).json())", "high"),
        ("def load(url):\n    return pickle.loads(requests.get(url, verify=False).content)",
         "high"),
        # whatever it is handed is fetched
        ("def watch(url): return requests.get(url, verify=False).text", "low"),
        ("def probe(host): return requests.head(f'https://{host}/x', verify=False)", "low"),
        ("def probe(h, p):\n    url = 'https://%s:%s/' % (h, p)\n"
         "    return requests.post(url, data={'a': 1}, verify=False)", "low"),
        ("def icon(link): return requests.get(link.url, timeout=3, verify=False)", "low"),
        ("class Feed:\n    def fetch(self):\n"
         "        return requests.get(self.address, verify=False)", "low"),
        ("async def price(session, url):\n    made = aiohttp.ClientSession()\n"
         "    async with made.get(url, ssl=False) as answer:\n        return answer", "low"),
        ("def watch(urls):\n    s = requests.Session()\n    s.verify = False\n"
         "    return [s.get(url) for url in urls]", "low"),
    ],
)  # fmt: skip
def test_what_is_at_stake(outcome, lines, severity):
    """A request matters by what it carries, whom it was meant for, and who believes the answer."""
    found = outcome({"app.py": AT_STAKE.format(lines=lines)}, select=(RULE,)).findings

    assert [finding.severity for finding in found] == [severity]
