"""``--app``: what the running app shows, beside what its sources say."""
