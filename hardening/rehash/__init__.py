"""Bulk re-hash: brings the hashes of people who never log in to Argon2id strength.

The digest that the database holds is hashed once more with Argon2id (`hardening.passwords.onion`),
for which nobody's password is needed. One file, one job: `target` is the column and its statements,
`reflect` and `discover` find it, `sorting` says what to do with one stored value, `census` counts
them, `run` and `lane` do the work, `pace` slows it down, `live_sessions` keeps people logged in,
`progress` and `commands` talk to the person who runs it.

Nothing is kept between runs: what is left to do is what the column still holds. So a run may be
killed at any point and started again, and several may share one table.
"""
