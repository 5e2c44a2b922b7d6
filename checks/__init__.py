"""The audit: reads a Flask-Login project and says what is wrong, where, why and how to mend it.

Nothing here imports or runs the audited project.
"""
