"""Checks models against the JSON Schema.

usage: check_schema.py SCHEMA --valid MODEL... --invalid MODEL...

Mistakes that only the importer can find (names that do not fit together, sums
of extents) are listed below; all others the schema finds too.
"""
import json
import os
import sys

import jsonschema
import yaml

# Mistakes between parts of a model, which a schema does not relate.
IMPORTER_ONLY = {
    "batch-too-large", "callback-twice", "classes-of-another-number", "clip-twice",
    "crop-and-pad", "default-loss-without-softmax", "filepath-brace", "filepath-figure", "filepath-format", "filepath-of-keras",
    "dilated-steps", "keras-clahe-of-lab", "logits-of-softmax", "loss-without-sigmoid", "loss-without-softmax", "mode", "named-and-by-position", "nearest-without-alias",
    "name-of-a-function", "no-groups", "normalization-of-both", "normalization-of-nothing", "number-too-large", "number-without-end",
    "one-sided-initializer", "output-padding", "padding-of-a-pool", "piecewise-boundaries",
    "piecewise-boundaries-in-epochs", "piecewise-values", "plateau-and-schedule", "schedule-in-two-units",
    "schedule-without-steps", "shape-too-large",
    "statistics-of-different-lengths", "target-shape-unknown-twice", "two-greys", "unclear-positions", "unclear-steps", "validation-twice", "warmup-in-two-units", "weight-twice", "weights-too-large",
    "white-below-black", "whitening-without-adapting", "width-of-all-heads",
    # Of a recipe and its graph:
    "channels-last", "gradient", "head-classes", "head-without-softmax", "logits", "probabilities", "random-crop", "shape",
    "unknown-pattern", "unknown-value"}
# The importer does not mind the case of optimizers; an editor should.
SCHEMA_ONLY = {"any-case"}


def main():
    schema_path, rest = sys.argv[1], sys.argv[2:]
    split = rest.index("--invalid")
    valid, invalid = rest[1:split], rest[split + 1:]
    assert valid and invalid
    schema = json.load(open(schema_path))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = 0
    for path in valid + invalid:
        name = os.path.splitext(os.path.basename(path))[0]
        errors = list(validator.iter_errors(yaml.safe_load(open(path))))
        wanted = (path in invalid and name not in IMPORTER_ONLY) or name in SCHEMA_ONLY
        if bool(errors) != wanted:
            failures += 1
            print(f"{path}: {[e.message for e in errors] or 'accepted'}")
    return failures != 0


sys.exit(main())
