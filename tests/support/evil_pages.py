"""The pages of somebody who wants to harm the visitors of another site.

Each takes ``to``, the address that it is aimed at, and says ``done`` in its title when it has
nothing left to do. What it does not say there, the browser shows it.
"""

from __future__ import annotations

from flask import Flask, Response, abort, render_template_string, request

HEAD = "<!doctype html><title>evil</title>"

FORM = """<form method="post" action="{{ to }}" target="_top">
{% for name, value in fields %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}</form><script>document.forms[0].submit()</script>"""

PAGES = {
    # A form that sends itself; every other argument is a field.
    "post": FORM,
    # The same without a name: its origin is "null".
    "unreferred": f'<meta name="referrer" content="no-referrer">{FORM}',
    "sandboxed": """<iframe sandbox="allow-forms allow-scripts allow-top-navigation"
srcdoc="{% filter forceescape %}"""
    + FORM
    + """{% endfilter %}"></iframe>""",
    "image": """<script>
const image = new Image()
image.onload = image.onerror = () => { document.title = "done" }
image.src = {{ to | tojson }}
</script>""",
    "prefetch": """<link rel="prefetch" href="{{ to }}"
onload="document.title = 'done'" onerror="document.title = 'done'">""",
    "frame": """<iframe src="{{ to }}" style="position: fixed; inset: 0; width: 100%; height: 100%"
onload="document.title = 'done'"></iframe>""",
    # The same form in a frame: nobody sees what became of it.
    "hidden-post": """<iframe name="hidden" hidden></iframe>
<form method="post" action="{{ to }}" target="hidden">
{% for name, value in fields %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}</form><script>
document.forms[0].submit()
document.querySelector("iframe").onload = () => { document.title = "done" }
</script>""",
    "link": """<a href="{{ to }}">You have won</a>""",
    "jump": """<script>location.href = {{ to | tojson }}</script>""",
    "meta": """<meta http-equiv="refresh" content="0; url={{ to }}">""",
    "fetch": """<script>
fetch({{ to | tojson }}, {method: "POST", mode: "no-cors", credentials: "include",
  body: new URLSearchParams({{ fields | tojson }})})
  .catch(() => null).then(() => { document.title = "done" })
</script>""",
    "socket": """<script>
const socket = new WebSocket({{ to | tojson }})
socket.onmessage = event => {
  socket.onerror = null
  document.title = event.data
  socket.close()
}
socket.onerror = () => { document.title = "refused" }
</script>""",
    # Keeps hold of the window that it opens.
    "opener": """<button onclick="window.opened = window.open({{ to | tojson | forceescape }})">
You have won</button>""",
    # Its answer sets every ``cookie`` that it is asked for, as it stands.
    "plant": """<script>document.title = "done"</script>""",
}


def evil_app() -> Flask:
    """Return the app that serves them, at whatever host it is asked for."""
    app = Flask("evil")

    @app.get("/")
    def landed() -> str:
        return HEAD + "You are on the wrong site."

    @app.get("/script")
    def script() -> Response:
        return Response("document.title = 'foreign'", mimetype="text/javascript")

    @app.get("/<page>")
    def page(page: str) -> Response:
        if page not in PAGES:
            abort(404)
        given = request.args.items(multi=True)
        fields = [(name, value) for name, value in given if name not in ("to", "cookie")]
        to = request.args.get("to", "")
        response = Response(HEAD + render_template_string(PAGES[page], to=to, fields=fields))
        for cookie in request.args.getlist("cookie"):
            response.headers.add("Set-Cookie", cookie)  # one byte for each character
        return response

    return app
