"""The pre-push check as a whole process: nothing in the way, 10,000 changed files, and a file of which others hold symbols."""

from __future__ import annotations

import json
import time

from measure import interleaved, median, process
from tables import ms, table, verdict
from world import GITCOORD, PASS, World


def measure(world: World, quick: bool) -> list[str]:
    world.new_hub()
    clone = world.clone("pusher")
    world.seed(clone, 1_000 if quick else 10_000)
    world.gitcoord(clone, "start", "bench")
    env = {**world.env, "GITCOORD_AGENT": "river", "GITCOORD_SYNC_MAX_AGE": "1h"}
    base = world.git("rev-parse", "HEAD", cwd=clone).strip()
    small = _commit(world, clone, "small", base, 3)
    large = _commit(world, clone, "large", base, 10_000)
    free, held, typed = (_two_thousand_lines(world, clone, name, base) for name in ("free.py", "held.py", "held.ts"))
    world.gitcoord(clone, "claim", "big/held.py#Part3", "big/held.ts#Part3", "--no-symbol-check", agent="sky")
    hook = [*GITCOORD, "githook", "pre-push", "origin", world.hub]
    acts = {
        "python -c pass": process(PASS, clone, env),
        "3 changed files": process(hook, clone, env, stdin=_line(small, base)),
        "git diff --name-only, 10,000 files": process(["git", "diff", "--name-only", base, large], clone, env),
        "10,000 changed files": process(hook, clone, env, stdin=_line(large, base)),
        "2,000 lines, free": process(hook, clone, env, stdin=_line(free[1], free[0])),
        "2,000 lines, held": process(hook, clone, env, stdin=_line(held[1], held[0])),
        "2,000 lines, typed": process(hook, clone, env, stdin=_line(typed[1], typed[0])),
    }
    found = {name: median(values) for name, values in interleaved(acts, 5 if quick else 21).items()}
    start, diff = found["python -c pass"], found["git diff --name-only, 10,000 files"]
    rows = [
        ["python -c pass", ms(start), "1"],
        ["3 changed files", ms(found["3 changed files"]), verdict(found["3 changed files"] / start, 3)],
        ["git diff --name-only, 10,000 files", ms(diff), "-"],
        [
            "10,000 changed files", ms(found["10,000 changed files"]),
            verdict(found["10,000 changed files"] / (2 * diff + 3 * start), 1) + " of 2 x diff + 3 x start-up",
        ],
        ["a file of 2,000 lines, nobody's", ms(found["2,000 lines, free"]), "-"],
        [
            "the same, another holds a symbol of it", ms(found["2,000 lines, held"]),
            verdict(found["2,000 lines, held"] / found["2,000 lines, free"], 2) + " of nobody's",
        ],
        [
            "the same in TypeScript", ms(found["2,000 lines, typed"]),
            verdict(found["2,000 lines, typed"] / found["2,000 lines, free"], 2) + " of nobody's",
        ],
    ]  # fmt: skip
    pushes = table("The pre-push check", ["what", "median", "ratio"], rows, "Nothing in the way, knowledge fresh.")
    return pushes + _agents(world, clone, env, quick)


def _agents(world: World, clone: str, env: dict[str, str], quick: bool) -> list[str]:
    """The hook of an agent tool: what it costs each edit and each other tool call."""
    world.gitcoord(clone, "claim", "agents/theirs.py", agent="sky")
    world.gitcoord(clone, "claim", "agents/mine.py")
    hook = [*GITCOORD, "hook", "claude"]
    acts = {
        "python -c pass": process(PASS, clone, env),
        "an edit of what I hold": process(hook, clone, env, stdin=_call(clone, "Edit", file_path="agents/mine.py")),
        "an edit that is refused": process(hook, clone, env, stdin=_call(clone, "Edit", file_path="agents/theirs.py")),
        "a shell command": process(hook, clone, env, stdin=_call(clone, "Bash", command="make test")),
    }
    found = {name: median(values) for name, values in interleaved(acts, 5 if quick else 21).items()}
    found["an edit that takes a claim"] = _first_edits(world, clone, env, 5 if quick else 15)
    start = found["python -c pass"]
    rows = [[name, ms(each), verdict(each / start, 3) if each != start else "1"] for name, each in found.items()]
    return table("The hook of an agent tool", ["what", "median", "ratio"], rows, "Whole processes, 10,000 files, warm.")


def _first_edits(world: World, clone: str, env: dict[str, str], runs: int) -> float:
    """Each takes a claim that the clone lands in the background; the next one begins when that has landed."""
    taken = []
    for number in range(runs):
        asked = _call(clone, "Edit", file_path=f"agents/new{number}.py")
        hook = process([*GITCOORD, "hook", "claude"], clone, env, stdin=asked)
        began = time.perf_counter()
        hook()
        taken.append(time.perf_counter() - began)
        world.gitcoord(clone, "sync")
    return median(taken)


def _call(clone: str, tool: str, **asked: str) -> bytes:
    given = {"session_id": "bench", "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": asked, "cwd": clone}
    return json.dumps(given).encode()


def _line(new: str, old: str) -> bytes:
    return f"refs/heads/main {new} refs/heads/main {old}\n".encode()


_PYTHON = """\
class PartNN:
    def first(self, value):
        if value is None:
            return NN
        found = sum(each for each in value if each)
        return found + NN

    def second(self):
        return self.first([1, 2])

"""
_TYPESCRIPT = """\
export class PartNN {
  first(value: number[]): number {
    if (!value) return NN;
    const found = value.filter((each) => each).length;
    return found + NN;
  }

  second() { return this.first([1, 2]); }
}

"""


def _two_thousand_lines(world: World, clone: str, file: str, parent: str) -> tuple[str, str]:
    """A commit with a module of 200 classes, and one that changes a method of the last."""
    part = _PYTHON if file.endswith(".py") else _TYPESCRIPT
    body = "".join(part.replace("NN", str(n)) for n in range(200))
    found = []
    for name, text in ((file, body), (f"{file}-next", body.replace("found + 199", "found - 199"))):
        data = text.encode()
        ref = f"refs/heads/{name}"
        stream = f"commit {ref}\ncommitter B <b@example.org> 1700000100 +0000\ndata 1\nc\nfrom {parent}\n".encode()
        stream += b"M 100644 inline big/%s\ndata %d\n%s\n" % (file.encode(), len(data), data)
        world.git("fast-import", "--quiet", cwd=clone, stdin=stream)
        parent = world.git("rev-parse", ref, cwd=clone).strip()
        found.append(parent)
    return found[0], found[1]


def _commit(world: World, clone: str, name: str, parent: str, files: int) -> str:
    ref = f"refs/heads/{name}"
    stream = f"commit {ref}\ncommitter B <b@example.org> 1700000100 +0000\ndata 1\nc\nfrom {parent}\n".encode()
    for n in range(files):
        stream += b"M 100644 inline big/d%d/g%d.py\ndata 6\ny = 12\n" % (n % 100, n)
    world.git("fast-import", "--quiet", cwd=clone, stdin=stream)
    return world.git("rev-parse", ref, cwd=clone).strip()
