"""Which new passwords to take: `check`, `breached`, and a validator for WTForms.

An app calls these itself where somebody sets a password; nothing here happens by wrapping it.
"""

from __future__ import annotations

from hardening.passwords.policy.breach import breached
from hardening.passwords.policy.context import words_of_user
from hardening.passwords.policy.form import AcceptablePassword
from hardening.passwords.policy.judge import Code, Problem, check

__all__ = ["AcceptablePassword", "Code", "Problem", "breached", "check", "words_of_user"]
