"""Where typed passwords go: what the rules about passwords and the posture share.

`study` answers once for each project; `stores`, `compares`, `fast` and `costs` each yield one
kind of misuse as a `Use`, and a rule turns uses into findings.
"""
