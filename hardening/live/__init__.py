"""What the audit's ``--app`` does in a process of its own: fences, the import, the questions."""
