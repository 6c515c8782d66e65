"""The MCP server: the same commands as tools, over standard input and output.

A tool is a command's declaration with some of its fields (``profiles.py``, ``schema.py``); ``cli/mcp.py`` hands in the
declarations and the function that runs one. Only ``server.py`` knows the SDK, and only when it is started.
"""
