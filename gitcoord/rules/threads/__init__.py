"""Bounded live threads: short exchanges that end by themselves, and leave a summary instead of a history.

``states`` says which states there are and when a thread is over, ``speak`` starts one and adds messages within its
caps, ``close`` ends it and writes the summary. The counters stand on the thread's own record and rise with each
message, so that the caps hold at every revision, whatever raced.
"""
