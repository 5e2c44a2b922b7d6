"""The page that sends an identity provider's answer once more, from this site.

A form that another site posts arrives without cookies that are SameSite=Lax, so without the
session in which the app remembers its question. Sent again from here it is same-origin.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from markupsafe import Markup

# As it stands in the page: the policy lets exactly this text run.
_SCRIPT = "document.forms[0].submit()"
# No `form-action`: Chromium would hold it against where the app leads people afterwards.
POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    + "'"
)
# The form has no action, so it goes to the address of this page.
_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Logging in</title>
<form method="post">
{fields}<button>Go on</button>
</form>
<script>document.forms[0].submit()</script>
</html>
"""
)
_FIELD = Markup('<input type="hidden" name="{}" value="{}">\n')


def carry_page(form: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the page, and the content policy to send with it.

    Args:
        form: the fields of the answer.
    """
    fields = Markup("").join(_FIELD.format(name, value) for name, value in form)
    return str(_PAGE.format(fields=fields)), POLICY
