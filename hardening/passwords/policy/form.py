"""The policy as a validator of WTForms, for the field of a new password."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flask import has_request_context

from hardening.passwords.policy.context import words_of_user
from hardening.passwords.policy.judge import Problem, check

if TYPE_CHECKING:
    from wtforms import Form
    from wtforms.fields.core import Field


class AcceptablePassword:
    """Refuses what `hardening.passwords.policy.check` finds a problem in.

    ``PasswordField(validators=[AcceptablePassword()])``. WTForms is not imported before a form is
    validated.

    Args:
        context_fields: names of fields of the same form whose values must not make up the
            password; those that the form lacks are skipped. Names and addresses of whoever is
            logged in are added.
        second_factor: whether there is a second factor; or what tells it of a form.
        breaches: whether to ask if the password has leaked: a request to another server.
        message: what to say of a problem, for other languages; None: in English.
    """

    def __init__(
        self,
        *,
        context_fields: Sequence[str] = ("username", "name", "email"),
        second_factor: bool | Callable[[Form], bool] = False,
        breaches: bool = False,
        message: Callable[[Problem], str] | None = None,
    ) -> None:
        self._context_fields = tuple(context_fields)
        self._second_factor = second_factor
        self._breaches = breaches
        self._message = message or (lambda problem: problem.message)

    def __call__(self, form: Form, field: Field) -> None:
        """Raise WTForms' ``ValidationError`` for a password that has a problem."""
        beside = self._second_factor
        problems = check(
            field.data or "",
            context=[*self._typed(form), *_known()],
            second_factor=beside(form) if callable(beside) else beside,
            breaches=self._breaches,
        )
        if problems:
            from wtforms.validators import ValidationError

            raise ValidationError(" ".join(map(self._message, problems)))

    def _typed(self, form: Form) -> Iterator[str]:
        for name in self._context_fields:
            value = form[name].data if name in form else None
            if isinstance(value, str):
                yield value


def _known() -> tuple[str, ...]:
    if not has_request_context():
        return ()
    from flask import current_app
    from flask_login import current_user

    user: Any = current_user if hasattr(current_app, "login_manager") else None
    return words_of_user(user) if getattr(user, "is_authenticated", False) else ()
