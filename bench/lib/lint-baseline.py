"""Checks profiles as a script with PyYAML and jsonschema does.

python3 lint-baseline.py SCHEMAS PROFILES [prepared|libyaml|validate]: prepared keeps its validators and reads with
PyYAML's own parser, libyaml with the C parser, validate calls jsonschema.validate() for each file.
"""

import json
import pathlib
import sys

import jsonschema
import yaml

schemas = pathlib.Path(sys.argv[1])
mode = sys.argv[3] if len(sys.argv) > 3 else "prepared"
loader = yaml.CSafeLoader if mode == "libyaml" else yaml.SafeLoader


def load(name):
    return json.loads((schemas / name).read_text())


def inline(node, home):
    """The schema with its references to other files written out."""
    if isinstance(node, list):
        return [inline(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name, _, pointer = node["$ref"].partition("#")
        target = load(name or home)
        for step in filter(None, pointer.split("/")):
            target = target[step]
        return inline(target, name or home)
    return {key: inline(value, home) for key, value in node.items() if key != "definitions"}


class Check:
    def __init__(self, schema):
        self.schema = schema
        self.validator = jsonschema.Draft7Validator(schema)

    def count(self, data):
        if mode != "validate":
            return sum(1 for _ in self.validator.iter_errors(data))
        try:
            jsonschema.validate(data, self.schema)
            return 0
        except jsonschema.ValidationError:
            return 1


profile = Check(inline(load("profile.schema.json"), "profile.schema.json"))
metadata = Check(inline(load("model-metadata.schema.json"), "model-metadata.schema.json"))
arguments = Check(load("engine-args/vllm-0.11.1.schema.json"))
files = errors = 0
for path in sorted(pathlib.Path(sys.argv[2]).rglob("*.yaml")):
    data = yaml.load(path.read_text(), Loader=loader)
    files += 1
    if path.name == "metadata.yaml":
        errors += metadata.count(data)
    else:
        errors += profile.count(data) + arguments.count(data.get("engine_args") or {})
print(f"{files} files, {errors} errors")
