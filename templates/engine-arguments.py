"""Prints what an inference engine's own argument parser accepts, as one line of JSON.

Usage: python3 engine-arguments.py vllm|sglang

Starts the engine's API server module as far as the moment it reads its command line. The parser that it does this with
is described and the program ends: no model is loaded and no GPU is needed. Standard library only, Python 3.9 or newer.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import runpy
import sys

MODULES = {"vllm": "vllm.entrypoints.openai.api_server", "sglang": "sglang.launch_server"}
MARKER = "AIM-ENGINE-ARGUMENTS "
# What a value's reader is asked, to learn which kind of value it takes.
SAMPLES = ("7", "1.5", "32k", '{"a": 1}', "{}", "[1]", "None", "word")


class Found(BaseException):
    """Carries the parser out of the engine; not an Exception, so that nobody on the way handles it."""

    def __init__(self, parser):
        super().__init__("parser found")
        self.parser = parser


def find_parser(module):
    """Parser with which the module reads its command line."""

    def stop(parser, *_args, **_kwargs):
        raise Found(parser)

    argparse.ArgumentParser.parse_args = stop
    argparse.ArgumentParser.parse_known_args = stop
    sys.argv = [module]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Found as found:
        return found.parser
    raise SystemExit(f"{module} ended without reading a command line")


def read_version(package):
    """Version of an installed package, else the one that it names itself."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(importlib.import_module(package), "__version__", "unknown"))


def ask_reader(reader):
    """What a reader makes of each sample: the type of its answer, or none where it refuses."""
    answers = {}
    for sample in SAMPLES:
        try:
            answer = reader(sample)
        except (Exception, SystemExit):
            continue
        answers[sample] = {"type": type(answer).__name__, "same": answer == sample}
    return answers


def plain(value):
    """A value as JSON can hold it, or its text; none for what has no meaning outside the process."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return None


def describe(action, group):
    """One option of the parser."""
    reader = action.type
    return {
        "flags": list(action.option_strings),
        "dest": action.dest,
        "action": type(action).__name__,
        "nargs": action.nargs,
        "const": plain(action.const),
        "default": None if action.default is argparse.SUPPRESS else plain(action.default),
        "choices": None if action.choices is None else [plain(choice) for choice in action.choices],
        "answers": ask_reader(str if reader is None else reader) if action.nargs != 0 else None,
        "help": None if action.help in (None, argparse.SUPPRESS) else str(action.help),
        "deprecated": bool(getattr(action, "deprecated", False)),
        "group": group,
    }


def main():
    engine = sys.argv[1]
    module = MODULES[engine]
    # The engine prints what it likes; only this program's answer goes to standard output.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    parser = find_parser(module)
    groups = {}
    for group in parser._action_groups:
        for action in group._group_actions:
            groups[id(action)] = group.title
    options = [
        describe(action, groups.get(id(action)))
        for action in parser._actions
        if action.option_strings and not isinstance(action, argparse._HelpAction)
    ]
    facts = {"engine": engine, "version": read_version(engine), "module": module, "options": options}
    answer.write(MARKER + json.dumps(facts) + "\n")
    answer.flush()


main()
