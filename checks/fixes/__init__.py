"""What ``audit --fix`` and ``--diff`` do: small edits that mend findings, and nothing else.

A rule whose `RULE` says what is mended (`checks.rule.Meta.mended`) has a module of its name in
`checks.fixes.rules` with a function `mend(finding, file, project)`; one of another distribution has
it beside its `RULE`. It returns the edits that mend the finding (`checks.fixes.edits.Edit`), or
raises `checks.fixes.edits.UnsafeError` with the reason where it is not certain that the app goes on
working as it does.

- `finding` is what the rule said, with its place.
- `file` (`checks.fixes.file.File`) is the file that the finding points at: `text` with its own line
  ends, `span(finding)`, and `tree`, its LibCST tree with places.
- `project` (`checks.fixes.surroundings.Surroundings`) tells what the other files say.

Nothing here is imported by a run that mends nothing.
"""
