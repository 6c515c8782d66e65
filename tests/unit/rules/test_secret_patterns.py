"""What is taken for a secret, and what is not: in doubt it is, but source code must go through."""

from __future__ import annotations

import base64
import hashlib
import random
import time
import uuid

import pytest

from gitcoord.rules.secrets import LEFT_OUT, by_content, by_name, certain, suspicion, without_tokens
from gitcoord.workspace.scan import is_clean

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def made(count: int, seed: int = 1, letters: str = LETTERS) -> str:
    dice = random.Random(seed)
    return "".join(dice.choice(letters) for _ in range(count))


@pytest.mark.parametrize(
    "path",
    [".env", "app/.env.production", "prod.env", "deploy/id_rsa", "id_ed25519", "certs/server.pem", "a/b.key", "x.p12",
     ".netrc", "home/.aws/credentials", "service-account-prod.json", "secrets.yaml", "terraform.tfstate", "A/.ENV",
     ".git-credentials", "kubeconfig"],
)  # fmt: skip
def test_names_of_secrets(path: str) -> None:
    assert by_name(path)


@pytest.mark.parametrize(
    "path",
    [".env.example", "id_rsa.pub", "src/environment.py", "src/key.py", "keyboard.ts", "pem.md", "src/secrets.py",
     "docs/credentials.md", "src/env/config.py", "monkey", "tests/test_secret_patterns.py"],
)  # fmt: skip
def test_names_of_other_things(path: str) -> None:
    assert not by_name(path)


SECRETS = [
    "-----BEGIN RSA PRIVATE" + " KEY-----", "-----BEGIN PRIVATE" + " KEY-----", "-----BEGIN PGP PRIVATE" + " KEY BLOCK-----",
    "key = AKIA" + made(16, 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), "ghp_" + made(36), "gho_" + made(36),
    "github_pat_" + made(60), "glpat-" + made(20), "xoxb-" + made(30), "sk_live_" + made(24), "sk-" + made(48),
    "AIza" + made(35), "npm_" + made(36), "eyJ" + made(20) + ".eyJ" + made(30) + "." + made(30),
    "postgres://admin:" + made(12) + "@db.internal/prod", 'password = "' + made(24) + '"', "API_KEY=" + made(32),
    'aws_secret_access_key = "' + made(40, 3, LETTERS + "/+") + '"', "auth_token: '" + made(30) + "'",
    '{"client_secret": "' + made(28) + '"}', "export SECRET_KEY=" + made(50),
]  # fmt: skip


@pytest.mark.parametrize("text", SECRETS, ids=range(len(SECRETS)))
@pytest.mark.parametrize("around", ["{}", "x = 1\n{}\ny = 2\n", "\x00\x01 {}\r\n"])
def test_contents_with_secrets(text: str, around: str) -> None:
    assert by_content(around.format(text).encode())


BENIGN = [
    "password = os.environ['DATABASE_PASSWORD_1']", "token = settings.auth2.refresh_token_provider",
    "secret: ${VAULT_SECRET_2}",
    'API_KEY = "your-api-key-goes-here-1"', 'password = "changeme-changeme-1"', "token_count = 1234567890123456789",
    "https://user:pass@", "https://example.org:8080/path@v2", "class TokenBucketRateLimiterV2:", "sk-learn is fun",
    "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----", "def test_password_hashing_works_as_2021_spec(self):",
    'SECRET_NAME = "production-database"', "AKIA", "ghp_short", "tokenizer = AutoTokenizer.from_pretrained(name)",
    "git clone https://{user}:{password}@host/x",
]  # fmt: skip


@pytest.mark.parametrize("text", BENIGN)
def test_contents_without(text: str) -> None:
    assert not by_content(f"first\n{text}\nlast\n".encode())


def test_hashes_and_ids_of_all_kinds_go_through() -> None:
    dice = random.Random(5)
    wrong = 0
    for _ in range(300):
        data = dice.randbytes(32)
        lines = [
            hashlib.sha256(data).hexdigest(), hashlib.sha1(data).hexdigest(), str(uuid.UUID(bytes=data[:16])),
            f'"integrity": "sha512-{base64.b64encode(data).decode()}"', f"digest: {data.hex()}", f"commit {data[:20].hex()}",
        ]  # fmt: skip
        wrong += bool(by_content("\n".join(lines).encode()))
    assert wrong <= 6


def test_a_large_file_is_looked_through_quickly() -> None:
    data = (b"x = some_function(argument, another=[1, 2, 3])  # a usual line of code\n" * 15_000) + b"\0" * 1_000_000
    started = time.process_time()
    assert not by_content(data)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("form", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_secret_in_wide_letters_is_one_too(form: str) -> None:
    assert by_content(("a line of text\r\n" + "-----BEGIN RSA PRIVATE" + " KEY-----\r\nMIIE\r\n").encode(form))
    assert not by_content("a line of text without any\r\n".encode(form) * 50)


def test_a_name_is_enough() -> None:
    assert suspicion(".env", b"")
    assert suspicion("a.py", b"x") == ""


TOKENS = {
    "GitHub": "ghp_" + made(36), "AWS": "AKIA" + made(16, letters=LETTERS[:26]), "Slack": "xoxb-" + made(24),
    "JWT": f"eyJ{made(20)}.eyJ{made(30)}.{made(40)}", "Stripe": "sk_live_" + made(24), "npm": "npm_" + made(36),
    "key": f"-----BEGIN RSA PRIVATE KEY-----\n{made(64)}\n{made(60)}==\n-----END RSA PRIVATE KEY-----",
}  # fmt: skip


@pytest.mark.parametrize("name", TOKENS)
def test_only_the_token_is_left_out_of_a_text(name: str) -> None:
    said = without_tokens(f"before {TOKENS[name]} after, “wörtlich”")
    assert said == f"before {LEFT_OUT} after, “wörtlich”"


def test_the_password_goes_and_the_host_stays() -> None:
    assert without_tokens("push to https://pat:s3cr3t-word@example.org/x") == f"push to {LEFT_OUT}@example.org/x"


def test_a_key_that_was_cut_off_goes_to_its_last_line() -> None:
    assert without_tokens("see\n" + TOKENS["key"][:80]) == "see\n" + LEFT_OUT


def test_nothing_certain_is_ever_left_in_a_text() -> None:
    dice = random.Random(3)
    parts = [*TOKENS.values(), "AIza" + made(35), "-----BEGIN PRIVATE KEY-----", "@a", "://", "\ud800", "ü", "-", "x", "\n"]
    for _ in range(400):
        text = "".join(dice.choice(parts) for _ in range(dice.randrange(1, 8)))
        assert not certain(without_tokens(text).encode("utf-8", "surrogatepass")), text


@pytest.mark.parametrize("text", [*BENIGN, "plain words", ""])
def test_a_text_without_a_token_stays_as_it_is(text: str) -> None:
    assert without_tokens(text) == text


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_at_the_beginning_of_a_line_is_seen_wherever_it_stands(name: str) -> None:
    text = f"first line\n{TOKENS[name]}"
    for args in ({"body": text}, {"files": ["a", text]}, {"handoff": {"next": text}}, {"work": {text: 1}}):
        assert not is_clean(args)
    assert is_clean({"body": "first line\nsecond", "n": 3, "none": None})
