"""The command line: translates words into one action, renders the answer. Decides nothing.

Each noun has a module that declares its commands (``claims.py``, ``tasks.py`` …). Two parsers read the
same declarations: ``parse.py``, small and quick, takes every well-formed command line; ``app.py`` (click)
takes the rest: ``--help``, completion and the wording of usage errors.
"""
