#!/usr/bin/python3
"""Which room of the source may include which, and the drawing of it.

    test/structure/rooms.py            check, as a test: 1 and a list where something is wrong
    test/structure/rooms.py --write    draw docs/architecture.md anew

Checks that a room includes only what its row in ROOMS allows, that the others come in
by its door, that Halide, MLIR and LLVM stay where they belong, that sizes of caches are
in compiler/machine alone, that nothing is decided by the names of strategies, and that
docs/architecture.md shows the includes that there are.
"""
import collections
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "docs/architecture.md"

Room = collections.namedtuple("Room", "summary includes doors", defaults=((), ()))

# In the order of the flow. `doors` are the files that other rooms may include; without
# any, all headers are.
ROOMS = {
    "compiler/machine": Room("the CPU that is planned for"),
    "dialects/nn": Room("what a network computes", ["runtime"]),
    "dialects/exec": Room("how it runs: kernels, calls, memory"),
    "compiler/frontend": Room(
        "model files to `nn`, with source locations",
        ["dialects/nn", "compiler/frontend/onnx", "runtime", "runtime/data", "runtime/embedded"]),
    "compiler/frontend/onnx": Room(
        "ONNX graphs to `nn`", ["dialects/nn", "compiler/frontend", "runtime", "runtime/embedded"]),
    "compiler/export": Room("`nn` to ONNX graphs", ["dialects/nn", "runtime"]),
    "compiler/transforms": Room(
        "one pass per file",
        ["compiler/kernels", "compiler/machine", "dialects/exec", "dialects/nn", "runtime"]),
    "compiler/kernels": Room(
        "kernels in Halide: algorithms, schedules, C++",
        ["compiler/machine", "runtime/embedded"],
        ["Advice.h", "ElementTypes.h", "Kernel.h", "NaiveSchedule.h"]),
    "compiler/codegen": Room(
        "objects, C++, headers, executables",
        ["compiler/kernels", "compiler/machine", "compiler/transforms", "dialects/exec",
         "dialects/nn", "runtime", "runtime/embedded"]),
    "compiler/tuner": Room(
        "the search for schedules",
        ["compiler/codegen", "compiler/kernels", "compiler/transforms", "dialects/exec",
         "dialects/nn", "runtime"]),
    "compiler/report": Room(
        "the page about a compilation",
        ["compiler/codegen", "compiler/transforms", "compiler/tuner", "dialects/exec",
         "dialects/nn"]),
    "compiler/runner": Room(
        "artifacts run in this process", ["compiler/codegen", "compiler/transforms", "dialects/nn"]),
    "compiler/verify": Room(
        "compiled steps against a reference",
        ["compiler", "compiler/codegen", "compiler/machine", "compiler/runner", "dialects/exec",
         "dialects/nn"]),
    "compiler": Room(
        "the order of the passes", ["compiler/machine", "compiler/transforms"]),
    "compiler/tools": Room(
        "`lathe` and `lathe-opt`",
        ["compiler", "compiler/codegen", "compiler/export", "compiler/frontend",
         "compiler/frontend/onnx", "compiler/report", "compiler/runner", "compiler/transforms",
         "compiler/tuner", "compiler/verify", "dialects/exec", "dialects/nn", "runtime",
         "runtime/cli"]),
    "runtime": Room("around the artifact: threads, checkpoints"),
    "runtime/embedded": Room("the C code inside the artifact", ["runtime"]),
    "runtime/data": Room("readers of pictures and tables", ["runtime"]),
    "runtime/cli": Room("the executable's command line", ["runtime", "runtime/data"]),
}

# Foreign headers, and the only rooms that know them.
WALLS = {
    r"Halide": ["compiler/kernels"],
    r"(?:mlir|llvm)/": [room for room in ROOMS if room.startswith(("compiler", "dialects"))
                        and room not in ("compiler/kernels", "compiler/machine")],
}

# Bytes as a product or a shift. What stands here is no cache.
SIZE = re.compile(r"\b\d+ \* 1024\b|<< (?:10|20)\b")
SIZES_ALLOWED = {
    "compiler/kernels": {
        "Families.h": "a task's stack", "Convolution.h": "a task's stack",
        "BlockedConvolution.cpp": "a task's stack", "SlicedDense.cpp": "a task's stack",
    },
    "compiler/transforms": {},
}

# Strategies are objects that answer for themselves; only the references' one is asked for.
STRATEGY_BY_NAME = re.compile(r'\bstrategy\s*[!=]=\s*"')
STRATEGY_ALLOWED = "compiler/kernels/Naive.h"


def room_of(path):
    folder = os.path.dirname(path)
    while folder and folder not in ROOMS:
        folder = os.path.dirname(folder)
    return folder or None


def sources():
    for top in ("compiler", "dialects", "runtime"):
        for folder, folders, files in os.walk(os.path.join(ROOT, top)):
            folders.sort()
            for name in sorted(files):
                if name.endswith((".h", ".cpp", ".c")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        yield os.path.relpath(path, ROOT), file.read()


def check(files):
    """The mistakes, and how often a room includes another."""
    mistakes, edges = [], collections.Counter()
    for path, text in files:
        room = room_of(path)
        if room is None:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            where = f"{path}:{number}"
            if match := re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line):
                mistakes += check_include(where, room, match.group(1), edges)
            elif SIZE.search(line) and ".parameter(" not in line and os.path.basename(path) not in SIZES_ALLOWED.get(
                    room, {os.path.basename(path): ""}):
                mistakes.append(f"{where}: a size in bytes; caches are described by Machine")
            elif STRATEGY_BY_NAME.search(line) and path != STRATEGY_ALLOWED:
                mistakes.append(f"{where}: a strategy's name; ask the object (kernels/Strategy.h)")
    return mistakes, edges


def check_include(where, room, header, edges):
    for foreign, allowed in WALLS.items():
        if re.match(foreign, header) and room not in allowed:
            return [f"{where}: {room} knows nothing of {header}"]
    if not header.startswith(("compiler/", "dialects/", "runtime/")):
        return []
    other = room_of(header)
    if other is None or other == room:
        return []
    edges[room, other] += 1
    if other not in ROOMS[room].includes:
        return [f"{where}: {room} may not include {header}, of {other}"]
    doors = ROOMS[other].doors
    if doors and os.path.basename(header) not in doors:
        return [f"{where}: {header} is inside {other}; its doors are {', '.join(doors)}"]
    return []


def reduced(edges):
    """The edges that no longer way stands for, circles kept."""
    reaches = {room: set() for room in ROOMS}
    for _ in ROOMS:
        for a, b in edges:
            reaches[a] |= {b} | reaches[b]

    def implied(a, b):
        return any((a, c) in edges and b in reaches[c] and a not in reaches[c]
                   for c in ROOMS if c not in (a, b) and c not in reaches[b])
    return [(a, b) for a in ROOMS for b in ROOMS if edges[a, b] and not implied(a, b)]


def draw(edges):
    """A chart and a table in Markdown."""
    names = {room: f"r{i}" for i, room in enumerate(ROOMS)}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'  {names[room]}["{room}"]' for room in ROOMS]
    lines += [f"  {names[a]} --> {names[b]}" for a, b in reduced(edges)]
    lines += ["```", "", "| room | holds | includes |", "|---|---|---|"]
    for room, row in ROOMS.items():
        used = ", ".join(f"`{b}`" for b in ROOMS if edges[room, b])
        lines.append(f"| `{room}` | {row.summary} | {used or '–'} |")
    return "\n".join(lines) + "\n"


BEGIN, END = "<!-- begin of what rooms.py draws -->\n", "<!-- end of what rooms.py draws -->\n"


def main():
    mistakes, edges = check(sources())
    for room, row in ROOMS.items():
        mistakes += [f"{room} may include {other} and does not: take it out of the table"
                     for other in row.includes if not edges[room, other]]
    path = os.path.join(ROOT, PAGE)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    drawn = before + BEGIN + draw(edges) + END + after
    if "--write" in sys.argv[1:]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(drawn)
    elif drawn != text:
        mistakes.append(f"{PAGE} is not up to date: run test/structure/rooms.py --write")
    print("\n".join(mistakes) or "the rooms are in order")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
