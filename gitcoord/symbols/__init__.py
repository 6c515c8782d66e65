"""Source text to declared symbols: names, kinds and lines, and which of them a change touches.

Owns no file, process or claim: bytes and a path go in. Languages other than Python need the extra ``symbols``; without
it they are *unreadable*, with the line that installs it, and everything about whole files still works.
"""
