"""SQLite's C module without the Python package around it, whose adapters for dates cost 1 ms at every start.

That module asks ``functools`` for one thing, ``lru_cache``, for the statements of a connection; importing it with the six
modules behind it costs more than SQLite itself. So for this one import a stand-in gives it the same cache.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
else:

    def _caches():
        from _functools import _lru_cache_wrapper

        stand_in = type(sys)("functools")
        # As ``functools.lru_cache(size)(call)`` does; what cache_info() would give back is asked by nobody.
        stand_in.lru_cache = lambda size: lambda call: _lru_cache_wrapper(call, size, False, tuple)
        return stand_in

    def _imported():
        import _sqlite3

        return _sqlite3

    def _alone():
        if "functools" in sys.modules:
            return _imported()
        try:
            sys.modules["functools"] = _caches()
            found = _imported()
            found.connect(":memory:").close()  # what would not take the stand-in says so here
            return found
        except (AttributeError, TypeError):
            sys.modules.pop("_sqlite3", None)
            return None
        finally:
            sys.modules.pop("functools", None)

    try:
        sqlite3 = _alone() or _imported()
    except ImportError:
        import sqlite3

__all__ = ["sqlite3"]
