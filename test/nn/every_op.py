"""Fails where an operation of a dialect has no negative test.

    every_op.py DUMP FOLDER...

DUMP is what `llvm-tblgen --dump-json` makes of the dialect's operations. A
negative test is an `expected-error` at the operation in a file FOLDER/*-errors.mlir,
and each constraint that the description numbers (`- c2: ...`) has its label in one.
"""
import json
import pathlib
import re
import sys

ERROR = re.compile(r"expected-error(?:-re)? *@ *(below|above|[+-]\d+)? *\{\{(.*)\}\}")


def operations(dump):
    """The operations and the labels of their constraints."""
    records = json.loads(pathlib.Path(dump).read_text())
    for name in records["!instanceof"]["Op"]:
        op = records[name]
        mnemonic = op["opName"]
        labels = [f"{mnemonic}_{c}" for c in re.findall(r"^ *- (c\d+):", op["description"], re.M)]
        yield f'{records[op["opDialect"]["def"]]["name"]}.{mnemonic}', labels


def expected_errors(folders):
    """(the line that an error is expected at, its text)"""
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("*-errors.mlir")):
            lines = path.read_text().splitlines()
            for number, line in enumerate(lines):
                for place, text in ERROR.findall(line):
                    at = number + (int(place) if place[:1] in "+-" and place else {"above": -1}.get(place, 1))
                    while place == "below" and "expected-" in lines[at]:
                        at += 1
                    yield lines[at], text


def main(dump, *folders):
    errors = list(expected_errors(folders))
    missing = []
    count = 0
    for op, labels in operations(dump):
        count += 1
        at_op = re.compile(rf'(^|[ "]){re.escape(op)}(?![\w.])')
        texts = [text for line, text in errors if at_op.search(line)]
        if not texts:
            missing.append(f"{op} has no negative test")
        missing += [f"{op}: no test violates {label}" for label in labels
                    if not any(text.startswith(label + ":") for text in texts)]
    if missing:
        sys.exit("\n".join(missing))
    print(f"all {count} operations have a negative test")


main(*sys.argv[1:])
