"""The agent tools' own hooks: what they tell us, what we answer, and the files that wire them up.

One constant line for ever (``gitcoord hook claude``), exit 0 whatever happens, one JSON object or nothing. Formats and
quirks of each tool stand in ``payload.py`` (what comes) and ``reply.py`` (what goes); what is done is in ``acts.py``.
"""
