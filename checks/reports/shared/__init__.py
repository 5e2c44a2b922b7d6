"""What several report formats need: source lines, masking, escaping, counts.

Modules here are not formats; `checks.reports.formats` lists only the modules beside this folder.
"""
