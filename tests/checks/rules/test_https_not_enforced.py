"""Where `https-not-enforced` fires, and where it must not."""

from __future__ import annotations

import pytest

from checks.toolconfig import ToolOptions

RULE = "https-not-enforced"
HEAD = "from flask import Flask, redirect, request\napp = Flask(__name__)\n"
MARK = "      ^^^^^^^^^^^^^^^ Nothing makes HTTPS mandatory; looked for harden, Talisman\n"


def test_nothing(audit):
    """An app without any protection is one finding where it is made."""
    audit(RULE, HEAD + MARK)


def test_factory(audit):
    """An app that a factory makes is reported in the factory."""
    audit(
        RULE,
        """
        import flask
        def create_app():
            app = flask.Flask(__name__)
                  ^^^^^^^^^^^^^^^^^^^^^
            return app
        """,
    )


@pytest.mark.parametrize(
    "text",
    [
        "from flask_talisman import Talisman\ntalisman = Talisman()\n",
        "from hardening import harden\nharden(app, mode='observe')\n",
        "from hardening import harden, Policy\nharden(app, policy=Policy(https=False))\n",
        "from hardening import harden, Policy\n"
        "harden(app, policy=Policy(guards={'transport': False}))\n",
        "app.config['PREFERRED_URL_SCHEME'] = 'https'\n",
    ],
)
def test_protection_without_effect(audit, text):
    """What is never initialised, only observes, or sets a scheme alone does not count."""
    audit(RULE, HEAD + MARK + text)


@pytest.mark.parametrize(
    "text",
    [
        "from hardening import harden\nharden(app)\n",
        "from hardening import harden as wrap\nwrap(app, policy=None)\n",
        "from hardening import Hardening\nh = Hardening()\nh.init_app(app)\n",
        "from flask_talisman import Talisman\nTalisman(app)\n",
        "from flask_sslify import SSLify\nSSLify(app)\n",
        "@app.after_request\ndef later(response):\n"
        "    response.headers['Strict-Transport-Security'] = 'max-age=31536000'\n"
        "    return response\n",
        "@app.before_request\ndef secure():\n    if not request.is_secure:\n"
        "        return redirect(request.url.replace('http://', 'https://', 1))\n",
    ],
)
def test_near_misses(audit, text):
    """Every usual way to make HTTPS mandatory satisfies the rule."""
    audit(RULE, HEAD + text)


def test_extension_in_another_file(audit):
    """An extension that is built in one file and initialised in another counts."""
    audit(
        RULE,
        {
            "ext.py": "from flask_talisman import Talisman\ntalisman = Talisman()\n",
            "app.py": HEAD + "from ext import talisman as t\nt.init_app(app)\n",
        },
    )


def test_nginx_redirect(audit):
    """An nginx file that redirects to https satisfies the rule."""
    nginx = "server { listen 80; return 301 https://$host$request_uri; }\n"

    audit(RULE, {"app.py": HEAD, "deploy/nginx.conf": nginx})
    audit(RULE, {"app.py": HEAD, "deploy/nginx/shop": nginx})


def test_proxy_setting(audit):
    """The setting ``https = "proxy"`` answers for what is outside the project."""
    audit(RULE, HEAD, tool=ToolOptions(https="proxy"))


def test_example_app_is_not_reported(audit):
    """An app under examples/ is none of the project's."""
    audit(RULE, {"examples/app.py": HEAD})


VIEW = "@app.route('/ready')\ndef ready():\n    return 'yes'\n"


def test_nothing_secret_travels(audit):
    """An app with known views that takes no secret and keeps no session is left alone."""
    audit(RULE, HEAD + VIEW)


@pytest.mark.parametrize(
    "text",
    [
        "from flask import session\nsession.modified = True\n",
        "def check():\n    return request.headers['X-Api-Key'] == api_key\n",
        "def check():\n    return request.authorization\n",
        "def check():\n    return request.form['password']\n",
    ],
)
def test_something_secret_travels(audit, text):
    """A key, a password or a session is worth stealing on the way."""
    audit(RULE, HEAD + MARK + VIEW + text)


@pytest.mark.parametrize(
    "text",
    [
        "from os import getenv\nPASSWORD = getenv('SHOP_PASSWORD')\n",
        "import os\nTOKEN = os.environ['API_TOKEN']\n",
        "from requests.auth import HTTPBasicAuth\nimport requests\nimport os\n"
        "def tell():\n    requests.post(os.environ['URL'],\n"
        "        auth=HTTPBasicAuth(os.environ['U'], os.environ['PASSWORD']))\n",
        "# The login is made by the proxy.\n",
    ],
)
def test_secrets_of_the_app_itself(audit, text):
    """What the app shows to another service does not travel in its visitors' requests."""
    audit(RULE, HEAD + VIEW + text)


FRONTS = {
    "app.yaml": "handlers:\n- url: /.*\n  script: auto\n  secure: {}\n",
    "fly.toml": "[http_service]\ninternal_port = 8000\nforce_https = {}\n",
    "docker-compose.yml": "services:\n  web:\n    labels:\n"
    "      - traefik.http.middlewares.tls.redirectscheme.scheme={}\n",
    "ingress.yaml": "kind: Ingress\nmetadata:\n  annotations:\n"
    '    nginx.ingress.kubernetes.io/force-ssl-redirect: "{}"\n',
    "deploy/apache.conf": "<VirtualHost *:80>\n  Redirect permanent / {}://shop.example/\n</VirtualHost>\n",
    ".htaccess": "RewriteEngine On\nRewriteCond %{{HTTPS}} off\nRewriteRule (.*) {}://%{{HTTP_HOST}}/$1\n",
    "Caddyfile": "{} {{\n    reverse_proxy web:8000\n}}\n",
}
ON = ("always", "true", "https", "true", "https", "https", "shop.example")
OFF = ("optional", "false", "http", "false", "http", "http", ":80")


@pytest.mark.parametrize(("name", "on"), [*zip(FRONTS, ON, strict=True)])
def test_fronts(audit, name, on):
    """What redirects in front of the app makes HTTPS mandatory."""
    audit(RULE, {"app.py": HEAD, name: FRONTS[name].format(on)})


@pytest.mark.parametrize(("name", "off"), [*zip(FRONTS, OFF, strict=True)])
def test_fronts_that_do_not_redirect(audit, name, off):
    """The same files without the redirect do not."""
    audit(RULE, {"app.py": HEAD + MARK, name: FRONTS[name].format(off)})


@pytest.mark.parametrize(
    "text",
    [
        "http://shop.example {\n  reverse_proxy web:8000\n}\n",
        "{\n  auto_https off\n}\nshop.example {\n  reverse_proxy web:8000\n}\n",
        "localhost {\n  reverse_proxy web:8000\n}\n",
        "(common) {\n  encode gzip\n}\n:8080 {\n  reverse_proxy web:8000\n}\n",
    ],
)
def test_caddy_without_https(audit, text):
    """Caddy redirects for domains only, and not where it is told not to."""
    audit(RULE, {"app.py": HEAD + MARK, "Caddyfile": text})


@pytest.mark.parametrize("path", ["deployment/nginx", "ops/shop.nginx", "nginx/shop"])
def test_nginx_without_an_ending(audit, path):
    """A site of nginx is read by its name, or by its folder's."""
    site = "server {\n  listen 80;\n  return 301 https://$host$request_uri;\n}\n"
    audit(RULE, {"app.py": HEAD, path: site})


STATIC = "handlers:\n- url: /static\n  static_dir: static\n  secure: always\n"
PAGES = "- url: {}\n  script: auto\n  # all pages\n  secure: always"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (STATIC, False),
        (STATIC + PAGES.format("/.*"), True),
        (STATIC + PAGES.format("'/.*'") + "\n\nenv_variables:\n  A: b\n", True),
        (STATIC + PAGES.format("/admin"), False),
        ("handlers:\n- url: /.*\n  script: auto\n- url: /x\n  secure: always\n", False),
    ],
)
def test_handlers_of_app_engine(audit, text, safe):
    """What only files or a part of the site are told makes no page safe."""
    audit(RULE, {"app.py": HEAD + ("" if safe else MARK), "app.yaml": text})


HEADER = "<VirtualHost *:443>\n  Header set Strict-Transport-Security max-age=1\n</VirtualHost>\n"


@pytest.mark.parametrize("path", ["etc/httpd/shop.conf", "apache2/shop.conf", "apache-shop.conf"])
def test_apache_by_its_folder(audit, path):
    """A site of Apache is read by its name, or by its folder's."""
    audit(RULE, {"app.py": HEAD, path: HEADER})


def test_configuration_of_something_else(audit):
    """Another folder's file is nobody's site."""
    audit(RULE, {"app.py": HEAD + MARK, "conf/shop.conf": HEADER})


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ('header Strict-Transport-Security "max-age=31536000;"', True),
        ('header / Strict-Transport-Security "max-age=31536000;"', True),
        ("header {\n        Strict-Transport-Security max-age=1\n    }", True),
        ('# header Strict-Transport-Security "max-age=31536000;"', False),
        ("header X-Frame-Options DENY", False),
    ],
)
def test_header_of_caddy(audit, line, safe):
    """Caddy may tell browsers to stay on https."""
    text = f":80 {{\n    {line}\n    reverse_proxy web:8000\n}}\n"
    audit(RULE, {"app.py": HEAD + ("" if safe else MARK), "Caddyfile": text})


BY_HTTP = "@app.before_request\ndef secure():\n    if {asked}:\n        {way}\n"


@pytest.mark.parametrize(
    ("asked", "way", "safe"),
    [
        ("urlsplit(request.url).scheme == 'http'",
         "return redirect('https://{}'.format(request.url[7:]), 301)", True),
        ("not request.is_secure", "return redirect('https://' + request.host + '/')", True),
        ("not request.is_secure", "return redirect(f'https://{request.host}{request.path}')", True),
        ("request.headers.get('X-Forwarded-Proto') == 'http'",
         "url = f'https://{request.host}'\n        return redirect(url)", True),
        ("request.scheme == 'http'",
         "return redirect(url_for(request.endpoint, _scheme='https', _external=True))", True),
        ("request.scheme == 'http'",
         "return redirect(urlsplit(request.url)._replace(scheme='https').geturl())", True),
        ("not request.is_secure", "url = url + request.host\n        return redirect(url)", False),
        ("not request.is_secure", "return redirect('https://help.example.com/tls')", False),
        ("request.path == '/docs'", "return redirect('https://' + DOCS)", False),
        ("not request.is_secure", "return redirect('http://' + request.host)", False),
        ("not request.is_secure", "log('https://' + request.host)", False),
    ],
)  # fmt: skip
def test_who_came_by_http_is_sent_on(audit, asked, way, safe):
    """A hook that asks how the request came, and sends on to the same place by https, does it."""
    audit(RULE, HEAD + ("" if safe else MARK) + BY_HTTP.format(asked=asked, way=way))


def test_address_that_is_added_to(audit):
    """An address that a function makes longer, step by step, is looked through to its beginning."""
    audit(
        RULE,
        "from flask import Flask, redirect, request\napp = Flask(__name__)\n"
        "      ^^^^^^^^^^^^^^^\n"
        "@app.route('/login')\ndef login():\n    url = request.url\n"
        "    url = url + '?' + request.scheme\n"
        "    return redirect(url)\n",
    )
