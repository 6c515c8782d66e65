"""TypeScript and JavaScript: functions, arrow functions and other values bound to a name, classes with their methods,
interfaces, types, enums and namespaces, at any depth of blocks and bodies. An anonymous default export is ``default``.

What stands inside expressions (callbacks, object literals) belongs to the declaration around it.
"""

from __future__ import annotations

from gitcoord.symbols.declared import CLASS, CONST, ENUM, FUNCTION, INTERFACE, METHOD, TYPE, UNKNOWN, Outline, part
from gitcoord.symbols.grammars import below, first_line, last_line, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

_ABOVE = ("comment", "decorator")
_NAMED = {
    "function_declaration": FUNCTION, "generator_function_declaration": FUNCTION, "function_signature": FUNCTION,
    "class_declaration": CLASS, "abstract_class_declaration": CLASS, "interface_declaration": INTERFACE,
    "type_alias_declaration": TYPE, "enum_declaration": ENUM, "internal_module": UNKNOWN, "module": UNKNOWN,
    "method_definition": METHOD, "method_signature": METHOD, "abstract_method_signature": METHOD,
}  # fmt: skip
_VALUES = {
    "arrow_function": FUNCTION, "function_expression": FUNCTION, "function": FUNCTION, "generator_function": FUNCTION,
    "class": CLASS,
}  # fmt: skip
_FIELDS = ("public_field_definition", "field_definition")
_VARIABLES = ("lexical_declaration", "variable_declaration")
_BLOCKS = frozenset({
    "program", "statement_block", "class_body", "interface_body", "object_type", "if_statement", "else_clause", "try_statement",
    "catch_clause", "finally_clause", "for_statement", "for_in_statement", "while_statement", "do_statement",
    "switch_statement", "switch_body", "switch_case", "switch_default", "labeled_statement", "ambient_declaration",
    "expression_statement", "class_static_block",
})  # fmt: skip


def read(root: Node, near: tuple[int, int] | None = None) -> Outline:
    walk = _Walk(near)
    walk.run(root)
    return Outline(sorted(walk.found, key=lambda each: (each[2], -each[3])), walk.imports)


class _Walk:
    """A node to look at, the chain around it, the first line of the statement that it is part of, and whether variables
    count there (at module level and in namespaces)."""

    def __init__(self, near: tuple[int, int] | None) -> None:
        self.near = near
        self.found: list[tuple[str, str, int, int]] = []
        self.imports: list[tuple[int, int]] = []
        self.stack: list[tuple[Node, str, int, int, bool]] = []

    def run(self, root: Node) -> None:
        self._inside(root, "", True)
        while self.stack:
            node, chain, first, last, outer = self.stack.pop()
            if node.type in _NAMED:
                self._named(node, chain, first, last)
            elif node.type in _VARIABLES:
                self._variables(node, chain, first, last, outer)
            elif node.type in _FIELDS:
                self._field(node, chain, first, last)
            elif node.type == "export_statement":
                self._export(node, chain, first, last, outer)
            elif node.type == "import_statement":
                self.imports.append((node.start_point[0] + 1, last))
            elif node.type == "ambient_declaration":
                self._passed_on(node, chain, first, last, outer)
            elif node.type in _BLOCKS:
                self._inside(node, chain, outer)

    def _inside(self, node: Node, chain: str, outer: bool) -> None:
        low = node.start_point[0] + 1 if chain else 0
        if self.near is not None and chain and (last_line(node) < self.near[0] or low > self.near[1]):
            return
        for child, floor in below(node, _ABOVE):
            first = first_line(child, max(floor, low), _ABOVE)
            self.stack.append((child, chain, first, last_line(child), outer))

    def _passed_on(self, node: Node, chain: str, first: int, last: int, outer: bool) -> None:
        """``declare`` and ``export`` belong to what they declare."""
        for child in node.named_children:
            if child.type not in _ABOVE:
                self.stack.append((child, chain, first, last, outer))

    def _add(self, chain: str, name: str, kind: str, first: int, last: int) -> str:
        """The chain of the new symbol; the chain around it when it has no name that can be written."""
        if not name:
            return chain
        full = f"{chain}::{name}" if chain else name
        self.found.append((full, kind, first, last))
        return full

    def _named(self, node: Node, chain: str, first: int, last: int) -> None:
        name = _name_of(node.child_by_field_name("name"))
        full = self._add(chain, name, _NAMED[node.type], first, last)
        body = node.child_by_field_name("body")
        if body is not None:
            self._inside(body, full, node.type in ("internal_module", "module"))

    def _value(self, node: Node | None, chain: str) -> None:
        body = node.child_by_field_name("body") if node is not None and node.type in _VALUES else None
        if body is not None:
            self._inside(body, chain, False)

    def _variables(self, node: Node, chain: str, first: int, last: int, outer: bool) -> None:
        each = [(child, floor) for child, floor in below(node, _ABOVE) if child.type == "variable_declarator"]
        for child, floor in each:
            value, target = child.child_by_field_name("value"), child.child_by_field_name("name")
            kind = _VALUES.get(value.type, "") if value is not None else ""
            if not kind and not outer:
                continue
            usual = CONST if text(node.child(0)) == "const" else UNKNOWN
            if len(each) > 1:
                first, last = first_line(child, max(floor, node.start_point[0] + 1), _ABOVE), last_line(child)
            for name in _bound(target):
                full = self._add(chain, name, kind or usual, first, last)
                self._value(value, full)

    def _field(self, node: Node, chain: str, first: int, last: int) -> None:
        """A field of a class is part of the class, unless it holds a function."""
        value = node.child_by_field_name("value")
        if value is not None and value.type in _VALUES:
            name = _name_of(node.child_by_field_name("name") or node.child_by_field_name("property"))
            kind = CLASS if value.type == "class" else METHOD
            self._value(value, self._add(chain, name, kind, first, last))

    def _export(self, node: Node, chain: str, first: int, last: int, outer: bool) -> None:
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if declaration is not None and (declaration.type not in _NAMED or declaration.child_by_field_name("name") is not None):
            self.stack.append((declaration, chain, first, last, outer))
        elif declaration is not None or (value is not None and value.type != "identifier"):
            shown = declaration or value
            assert shown is not None
            kind = _NAMED.get(shown.type) or _VALUES.get(shown.type) or UNKNOWN
            name = self._add(chain, "default", kind, first, last)
            body = shown.child_by_field_name("body")
            if kind != UNKNOWN and body is not None:
                self._inside(body, name, False)


def _name_of(node: Node | None) -> str:
    """``Outer.Inner`` of a namespace is a chain; a computed name is none."""
    if node is None or node.type == "computed_property_name":
        return ""
    parts = [part(each.strip("'\"`")) for each in text(node).split(".")]
    return "::".join(parts) if all(parts) else ""


def _bound(node: Node | None) -> list[str]:
    """The names that a pattern binds: ``{ a, b: c, ...rest }``."""
    found: list[str] = []
    stack = [node] if node is not None else []
    while stack:
        each = stack.pop()
        if each.type in ("identifier", "shorthand_property_identifier_pattern"):
            found.append(part(text(each)))
        elif each.type == "pair_pattern":
            value = each.child_by_field_name("value")
            stack += [value] if value is not None else []
        elif each.type in ("assignment_pattern", "object_assignment_pattern"):
            left = each.child_by_field_name("left")
            stack += [left] if left is not None else []
        elif each.type in ("object_pattern", "array_pattern", "rest_pattern"):
            stack += reversed(each.named_children)
    return [name for name in found if name]
