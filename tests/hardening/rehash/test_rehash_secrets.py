"""What a traceback or a debugger shows of rows and hashes."""

from __future__ import annotations

from hardening.passwords import onion
from hardening.passwords.originals import werkzeug_generate
from hardening.rehash.target import Change, Row


def test_no_hash_is_shown():
    """Neither a row nor a change nor the parts of a wrapped hash show what is stored."""
    stored = werkzeug_generate("secret", "pbkdf2:sha256:1", 4)
    shown = [
        repr(Row((7,), stored, stored)),
        repr(Change((7,), stored, stored)),
        repr(onion.Layers("werkzeug", stored, stored)),
    ]

    assert shown == ["Row(key=(7,))", "Change(key=(7,))", "Layers(inner='werkzeug')"]
