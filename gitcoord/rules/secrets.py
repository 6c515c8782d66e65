"""Whether a file looks as if it held a secret: by its name, and by what stands in it. Reads bytes, touches no file.

A carried file travels to a remote and stays in its history, so in doubt the answer is yes; the file is then named and
left out. Values that are words, placeholders or references to a variable are no secrets.
"""

from __future__ import annotations

import re
from math import log2

_NAMES = re.compile(
    r"(^|/)(\.env(\.(?!example|sample|template|dist|defaults)[^/]*)?|[^/]*\.env|[^/]*\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx|"
    r"asc\.key|tfstate|tfvars|ovpn)|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|\.(netrc|pgpass|git-credentials|htpasswd|dockercfg|"
    r"s3cfg|boto|vault-token)|_netrc|\.aws/credentials|\.kube/config|kubeconfig|\.docker/config\.json|credentials\.json|"
    r"service[-_]account[^/]*\.json|client_secret[^/]*\.json|secrets?\.(ya?ml|json|toml|ini|properties))$",
    re.IGNORECASE,
)
#: (what it is, a literal that is always there, the pattern).
_CONTENTS = tuple(
    (what, sign, re.compile(pattern))
    for what, sign, pattern in (
        ("a private key", b"PRIVATE KEY", rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----"),
        ("an AWS key", b"AKIA", rb"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}(?![A-Za-z0-9])"),
        ("an AWS key", b"ASIA", rb"(?<![A-Za-z0-9])ASIA[0-9A-Z]{16}(?![A-Za-z0-9])"),
        ("a GitHub token", b"gh", rb"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,251}"),
        ("a GitHub token", b"github_pat_", rb"github_pat_[A-Za-z0-9_]{50,}"),
        ("a GitLab token", b"glpat-", rb"glpat-[A-Za-z0-9_-]{20,}"),
        ("a Slack token", b"xox", rb"xox[abeprs]-[A-Za-z0-9-]{20,}"),
        ("a Stripe key", b"k_live_", rb"[rs]k_live_[A-Za-z0-9]{20,}"),
        ("an API key", b"sk-", rb"(?<![A-Za-z0-9-])sk-[A-Za-z0-9_-]*[A-Za-z0-9]{24,}"),
        ("a Google key", b"AIza", rb"AIza[0-9A-Za-z_-]{35}"),
        ("an npm token", b"npm_", rb"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}"),
        ("a PyPI token", b"pypi-AgE", rb"pypi-AgE[A-Za-z0-9_-]{50,}"),
        ("a signed token (JWT)", b"eyJ", rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
        ("a password in a URL", b"://", rb"[a-z][a-z0-9+]{1,15}://[^\s:/@'\"<>{}$]{1,80}:[^\s:/@'\"<>{}$*]{6,80}(?=@[A-Za-z0-9])"),
    )
)
#: What a key in lines has below its first one, up to its last or the end of the text.
_KEY_LINES = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]{0,40}-----|\Z)", re.DOTALL)
#: What stands in a text in place of a token.
LEFT_OUT = "[looks like a token: left out]"
_ASSIGNED = re.compile(
    rb"(?i)(?:password|passwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|auth[_-]?key|credential)"
    rb"[a-z0-9_-]{0,30}[\"']?[ \t]{0,4}(?::=|=>|=|:)[ \t]{0,4}([\"']?)([A-Za-z0-9+/_=.~!@#%^&*-]{16,200})(?=[\"'\s,;}]|$)"
)
_PLACEHOLDERS = (b"example", b"changeme", b"your", b"xxxx", b"placeholder", b"dummy", b"redacted", b"<", b"...", b"1234567890")
#: Bits a character from which a value is taken for random. English words have about 3, base 64 about 4.5 at 24 letters.
_RANDOM = 3.3
_ROUNDS = 4
#: So many bytes tell whether a file is text in wide letters: a third of it zeros.
_HEAD = 4096


def by_name(path: str) -> str:
    """Why a file of this name is taken for a secret; empty when it is not."""
    return "its name is one of secrets" if _NAMES.search(path) and not path.endswith(".pub") else ""


def by_content(data: bytes) -> str:
    """What in it looks like a secret; empty when nothing does."""
    if data[:_HEAD].count(0) * 3 >= len(data[:_HEAD]) and data:
        data = data.replace(b"\0", b"")  # wide letters: UTF-16 or UTF-32
    known = certain(data)
    if known:
        return known
    for found in _ASSIGNED.finditer(data):
        if _is_random(found.group(2), bool(found.group(1))):
            return "it assigns what looks like a secret"
    return ""


def certain(data: bytes) -> str:
    """The same for the forms of known tokens and keys alone: words that only assign something are let pass."""
    for what, sign, pattern in _CONTENTS:
        if sign in data and pattern.search(data):
            return f"it holds what looks like {what}"
    return ""


def without_tokens(text: str) -> str:
    """The text with a mark in place of everything that :func:`certain` would find in it, keys with all their lines."""
    data, mark = text.encode("utf-8", "surrogatepass"), LEFT_OUT.encode()
    for _ in range(_ROUNDS):  # what stood close to a token may look like one only without it
        if not certain(data):
            return data.decode("utf-8", "surrogatepass")
        data = _KEY_LINES.sub(mark, data)
        for _what, sign, pattern in _CONTENTS:
            if sign in data:
                data = pattern.sub(mark, data)
    return LEFT_OUT if certain(data) else data.decode("utf-8", "surrogatepass")


def suspicion(path: str, data: bytes) -> str:
    return by_name(path) or by_content(data)


def _is_random(value: bytes, quoted: bool) -> bool:
    """Letters and digits without a pattern. Unquoted, a value with dots or dashes is rather a name in a program."""
    lowered = value.lower()
    if any(word in lowered for word in _PLACEHOLDERS) or not any(48 <= c <= 57 for c in value):
        return False
    if not any(chr(c).isalpha() for c in value):
        return False
    if not quoted and (b"." in value or value.count(b"_") > 2):
        return False
    return entropy(value) >= _RANDOM


def entropy(value: bytes) -> float:
    """Bits a character, by how often each occurs."""
    size = len(value)
    return -sum(n / size * log2(n / size) for n in (value.count(c) for c in set(value)))
