"""One entity in memory: its kind, its front matter as a dict, and its Markdown body."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Entity:
    """Treat as immutable: :meth:`changed` returns a copy.

    ``values`` holds the declared fields and every unknown key that the file has; ``values["id"]`` is
    the ULID, ``values["alias"]`` the alias where the kind has one. ``body`` is the Markdown after the
    front matter, always ``""`` for kinds that are YAML alone.
    """

    __slots__ = ("body", "kind", "values")

    def __init__(self, kind: str, values: dict[str, Any], body: str = "") -> None:
        self.kind, self.values, self.body = kind, values, body

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def alias(self) -> str:
        return str(self.values.get("alias") or "")

    @property
    def name(self) -> str:
        """What a person calls it: the alias, else the slug or handle, else the id."""
        values = self.values
        return str(values.get("alias") or values.get("slug") or values.get("handle") or values["id"])

    def get(self, field: str, default: Any = None) -> Any:
        value = self.values.get(field)
        return default if value is None else value

    def changed(self, body: str | None = None, **values: Any) -> Entity:
        return Entity(self.kind, {**self.values, **values}, self.body if body is None else body)

    def as_json(self) -> dict[str, Any]:
        return {**self.values, "body": self.body} if self.body else dict(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and (self.kind, self.values, self.body) == (
            other.kind, other.values, other.body,
        )  # fmt: skip

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"
