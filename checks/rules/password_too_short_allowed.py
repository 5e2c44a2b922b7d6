"""New passwords may be too short.

What it does
------------
Looks where passwords are chosen: WTForms and schemas for registration, change and reset, views
that register people or change passwords from the request, comparisons with `len(password)`, and
Flask-Security's `SECURITY_PASSWORD_LENGTH_MIN`. Reports a minimum below 8 characters, and a form,
registration or change that asks for none. Login forms are left alone, since they must take every
password that was ever accepted, and so are validators and policies that cannot be read, or that
look at more than whether two passwords are the same.

Why it is bad
-------------
Passwords of a few characters are guessed online within the limits of any throttle, and offline in
a moment whatever the hash costs.

Bad
---
```python
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired

app = Flask(__name__)


class RegistrationForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired()])
    password = PasswordField("Password", validators=[DataRequired()])
```

Good
----
```python
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

app = Flask(__name__)


class RegistrationForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired()])
    password = PasswordField("Password", validators=[DataRequired(), Length(min=15, max=1024)])
```

How to fix
----------
Ask for 15 characters where the password is the only factor and for 8 beside a second one, allow at
least 64, and demand no kinds of characters. `hardening.passwords.policy` also turns away common
passwords and those with the user's name.

References
----------
- https://cwe.mitre.org/data/definitions/521.html
- https://pages.nist.gov/800-63-4/sp800-63b.html
- OWASP ASVS 5.0, requirement 6.2.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords.minimums import FLOOR, Minimums
from checks.passwords.study import study
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=521,
    asvs=("6.2.1",),
    summary="new passwords may be too short",
    why="Short passwords are guessed, online within any limit and offline in a moment.",
    fix="Ask for at least 8 characters, 15 where the password is the only factor.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each low minimum, form and registration without one."""
    for use in Minimums(study(project)).find():
        yield found(RULE, use.what, use.spot, confidence=use.confidence)
    for setting in project.settings("SECURITY_PASSWORD_LENGTH_MIN"):
        value = setting.value.value
        if type(value) is int and value < FLOOR and setting.reaches_production:
            message = f"{setting.key} lets new passwords of {value} characters in."
            yield found(RULE, message, setting.spot)
