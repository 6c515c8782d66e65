"""Go: functions, methods as ``Receiver::Name``, types, interface methods, constants and variables of the package."""

from __future__ import annotations

from gitcoord.symbols.declared import CONST, FUNCTION, INTERFACE, METHOD, TYPE, UNKNOWN, Outline, part
from gitcoord.symbols.grammars import below, first_line, last_line, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

_COMMENT = ("comment",)
_GROUPS = {"type_declaration": TYPE, "const_declaration": CONST, "var_declaration": UNKNOWN}
_SPECS = ("type_spec", "type_alias", "const_spec", "var_spec")


def read(root: Node) -> Outline:
    found: list[tuple[str, str, int, int]] = []
    imports = []
    for node, floor in below(root, _COMMENT):
        first, last = first_line(node, floor), last_line(node)
        if node.type == "import_declaration":
            imports.append((node.start_point[0] + 1, last))
        elif node.type == "function_declaration":
            _add(found, text(node.child_by_field_name("name")), FUNCTION, first, last)
        elif node.type == "method_declaration":
            chain = [_receiver(node), part(text(node.child_by_field_name("name")))]
            _add(found, "::".join(each for each in chain if each), METHOD, first, last)
        elif node.type in _GROUPS:
            _group(found, node, first, last)
    return Outline(sorted(found, key=lambda each: (each[2], -each[3])), imports)


def _add(found: list[tuple[str, str, int, int]], name: str, kind: str, first: int, last: int) -> None:
    if name and name != "_":
        found.append((name, kind, first, last))


def _group(found: list[tuple[str, str, int, int]], node: Node, first: int, last: int) -> None:
    """``type X …``, or several in brackets; a single one has the lines of the whole declaration."""
    specs = _specs(node)
    for spec, floor in specs:
        if len(specs) > 1 or node.start_point[0] != spec.start_point[0]:
            begin, end = first_line(spec, max(floor, node.start_point[0] + 1)), last_line(spec)
        else:
            begin, end = first, last
        kind = _GROUPS[node.type]
        body = spec.child_by_field_name("type")
        if kind == TYPE and body is not None and body.type == "interface_type":
            kind = INTERFACE
        for name in spec.children_by_field_name("name"):
            if name.is_named:
                _add(found, part(text(name)), kind, begin, end)
        if kind == INTERFACE and body is not None:
            _members(found, part(text(spec.child_by_field_name("name"))), body)


def _specs(node: Node) -> list[tuple[Node, int]]:
    found = []
    for child, floor in below(node, _COMMENT):
        if child.type in _SPECS:
            found.append((child, floor))
        elif child.type.endswith("_list"):
            found += [pair for pair in below(child, _COMMENT) if pair[0].type in _SPECS]
    return found


def _members(found: list[tuple[str, str, int, int]], chain: str, body: Node) -> None:
    for child, floor in below(body, _COMMENT):
        if child.type in ("method_elem", "method_spec"):
            name = part(text(child.child_by_field_name("name")))
            first = first_line(child, max(floor, body.start_point[0] + 1))
            _add(found, f"{chain}::{name}" if chain and name else "", METHOD, first, last_line(child))


def _receiver(node: Node) -> str:
    """The type of the receiver without pointer and type parameters: ``func (s *Store[K]) Get()`` is of ``Store``."""
    stack = list(node.named_children[:1])
    while stack:
        each = stack.pop(0)
        if each.type == "type_identifier":
            return part(text(each))
        if each.type in ("parameter_list", "pointer_type", "generic_type", "parenthesized_type"):
            stack = list(each.named_children)
        elif each.type == "parameter_declaration":
            kind = each.child_by_field_name("type")
            stack = [kind] if kind is not None else []
    return ""
