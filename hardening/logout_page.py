"""The small page that asks whether to log out, shown when a link on another site leads there."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

# The page is complete in itself, and nobody may frame it. No `form-action`: Chromium would hold
# it against a logout that leads on to the identity provider's, and the form has no action to aim.
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

# The form has no action, so it goes to the address of this page, whatever that looks like.
# It is a GET because many views answer nothing else; sent from here it is same-origin.
_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log out?</title>
<h1>Log out?</h1>
<p>A link on another site led here. Nothing has happened yet.</p>
<form method="get">
{fields}<button>Log out</button>
</form>
</html>
"""
)
_FIELD = Markup('<input type="hidden" name="{}" value="{}">\n')


def logout_page(query: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the page, and the content policy to send with it.

    Args:
        query: the request's query, which the form sends again.
    """
    fields = Markup("").join(_FIELD.format(name, value) for name, value in query)
    return str(_PAGE.format(fields=fields)), POLICY
