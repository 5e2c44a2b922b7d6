"""What single files say, before anything is resolved across files: text in, facts out.

`source` decodes and counts characters; `python`, `templates`, `settings` and `deployment` each
read one kind of file. Nothing here knows another file, and everything can be pickled.
"""
