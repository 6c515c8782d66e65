"""How a field is declared, once: type, default, merge strategy. Codec, merge, cache and docs read it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TEXT, INTEGER, FLAG, INSTANT, TEXTS, TREE = "text", "integer", "flag", "instant", "texts", "tree"
#: ``texts`` is a list of strings; ``tree`` is free nested YAML (settings, policy, attic values).

LANDING_ORDER, UNION, MAXIMUM, IMMUTABLE = "landing-order", "union", "maximum", "immutable"


class Field:
    """One key of an entity's front matter."""

    __slots__ = ("default", "doc", "merge", "name", "type")

    def __init__(
        self, name: str, type: str = TEXT, default: Any = None, *, merge: str = LANDING_ORDER, doc: str = ""
    ) -> None:
        self.name, self.type, self.merge, self.doc = name, type, merge, doc
        self.default = default


class Kind:
    """A kind of entity: where it lives and which fields it has, in canonical key order."""

    __slots__ = ("by_name", "directory", "fields", "layout", "name", "plural", "suffix")

    def __init__(
        self, name: str, plural: str, directory: str, suffix: str, fields: tuple[Field, ...], layout: str = "sharded"
    ) -> None:
        self.name, self.plural, self.directory, self.suffix = name, plural, directory, suffix
        self.fields, self.layout = fields, layout
        self.by_name = {field.name: field for field in fields}

    @property
    def has_body(self) -> bool:
        return self.suffix == ".md"
