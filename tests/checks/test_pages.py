"""What `explain` and `rules` print."""

from __future__ import annotations

from checks.pages import explain, listing
from checks.rule import Meta, Rule

KEY = Rule(
    id="secret-key-guessable",
    meta=Meta(
        severity="high",
        confidence="medium",
        cwe=1391,
        asvs=("11.5.1", "13.3.1"),
        summary="The secret key can be guessed",
        why="Whoever knows the key signs a session of any user.",
        fix="Read a random key.",
    ),
    page="""The key.

    ## Bad

    ```python
    app.secret_key = "dev"
    ```
    """,
    check=lambda project: (),
)
HASH = Rule(
    id="password-hash-outdated",
    meta=Meta(
        severity="low",
        confidence="high",
        cwe=916,
        asvs=(),
        summary="The hash is an old one",
        why="Guessing is cheaper than it could be.",
        fix="Move to Argon2id.",
        audience="strict",
    ),
    page="The hash.",
    check=lambda project: (),
)


def test_a_page_has_its_metadata_above_it():
    """Who reads one page knows how bad, how sure, for whom and which weakness it is."""
    assert (
        explain(KEY)
        == """\
secret-key-guessable

  severity    high
  confidence  medium
  audience    default
  weakness    CWE-1391
  standard    ASVS 5.0 11.5.1, ASVS 5.0 13.3.1
  in short    The secret key can be guessed
  why         Whoever knows the key signs a session of any user.
  fix         Read a random key.

The key.

## Bad

```python
app.secret_key = "dev"
```
"""
    )


def test_the_listing_is_aligned():
    """One line a rule, in the order given, under a line of titles."""
    assert listing((HASH, KEY)) == (
        "rule                    severity  audience  what is wrong\n"
        "password-hash-outdated  low       strict    The hash is an old one\n"
        "secret-key-guessable    high      default   The secret key can be guessed\n"
    )
