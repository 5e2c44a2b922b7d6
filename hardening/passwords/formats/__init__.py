"""The formats of stored password hashes, one file for each family.

`hardening.passwords.legacy` lists them all and finds the one that a stored text is of.
"""
