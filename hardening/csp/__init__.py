"""Content-Security-Policy: its text, its nonces, the reports about it, and what follows from them.

`directives` judges the setting, `content` makes the policy, `nonce` is for templates; browsers
report to `collector`, `pages` knows what our own pages load, `proposal` puts both together.
"""
