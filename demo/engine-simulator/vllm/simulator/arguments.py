"""The command line of vLLM 0.11.1, as far as accepting and refusing flags goes.

``flags.json`` lists every flag with its kind; an unknown flag or an impossible value ends the
process with status 2, the way the real engine's argparse does.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

FLAGS_FILE = Path(__file__).resolve().parent.parent / "flags.json"
DEFAULT_MODEL = "Qwen/Qwen3-0.6B"
DEFAULT_PORT = 8000
DEFAULT_CONTEXT = 131072
DEFAULT_MAX_SEQUENCES = 256

_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_BINARY = {"K": 2**10, "M": 2**20, "G": 2**30}
_DOTTED = re.compile(r"(--?[A-Za-z][\w-]*)\.([^=]+)(?:=(.*))?\Z", re.DOTALL)


@dataclass(frozen=True)
class Options:
    """What the simulator uses of the command line."""

    model: str
    served_model_names: Tuple[str, ...]
    host: str
    port: int
    api_keys: Tuple[str, ...]
    max_model_len: int
    max_num_seqs: int
    access_log: bool


def human_integer(text: str) -> int:
    """Reads ``32768``, ``32k`` (decimal, fractions allowed) or ``32K`` (binary)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgKMG]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"not a number: {text!r}")
    number, suffix = match.groups()
    if suffix in _DECIMAL and (suffix or "." not in number):
        return int(float(number) * _DECIMAL[suffix]) if suffix else int(number)
    if suffix in _BINARY and "." not in number:
        return int(number) * _BINARY[suffix]
    raise argparse.ArgumentTypeError(f"fractions need a decimal suffix (k, m, g): {text!r}")


def json_text(text: str) -> Any:
    """Reads one JSON value."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {text!r} ({error})") from error


def join_dotted(argv: Sequence[str]) -> List[str]:
    """Spells ``--a_b`` as ``--a-b`` and rewrites ``--flag.key VALUE`` as ``--flag {"key": VALUE}``."""
    joined: List[str] = []
    words = iter(argv)
    for word in words:
        match = _DOTTED.match(word)
        if match is None:
            joined.append(_with_dashes(word))
            continue
        flag, key, value = match.groups()
        text = value if value is not None else next(words, None)
        if text is None:
            joined.append(_with_dashes(flag))
            continue
        joined += [_with_dashes(flag), json.dumps(_nest(key.rstrip("+"), text))]
    return joined


def build_parser() -> argparse.ArgumentParser:
    """Parser that knows every flag of ``flags.json``."""
    parser = argparse.ArgumentParser(prog="api_server.py", usage="%(prog)s [options] [model_tag]")
    parser.add_argument("model_tag", nargs="?", help="the model, as a positional argument")
    for flag in json.loads(FLAGS_FILE.read_text(encoding="utf-8"))["flags"]:
        _add_flag(parser, flag)
    return parser


def read_options(parsed: argparse.Namespace) -> Options:
    """Picks the options the simulator acts on; ends the process when they contradict each other."""
    if parsed.enable_auto_tool_choice and not parsed.tool_call_parser:
        raise SystemExit("Error: --enable-auto-tool-choice requires --tool-call-parser")
    model = parsed.model_tag or parsed.model or DEFAULT_MODEL
    return Options(
        model=model,
        served_model_names=_words(parsed.served_model_name) or (model,),
        host=parsed.host or "0.0.0.0",
        port=DEFAULT_PORT if parsed.port is None else parsed.port,
        api_keys=_words(parsed.api_key),
        max_model_len=parsed.max_model_len or DEFAULT_CONTEXT,
        max_num_seqs=parsed.max_num_seqs or DEFAULT_MAX_SEQUENCES,
        access_log=not parsed.disable_uvicorn_access_log,
    )


def _words(value: Optional[List[Optional[str]]]) -> Tuple[str, ...]:
    return tuple(word for word in value or [] if word)


def _with_dashes(word: str) -> str:
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value


def _nest(key: str, text: str) -> Dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _add_flag(parser: argparse.ArgumentParser, flag: Dict[str, Any]) -> None:
    if flag["kind"] == "switch":
        parser.add_argument(*flag["names"], action="store_true")
    elif flag["kind"] == "boolean":
        parser.add_argument(*flag["names"], action=argparse.BooleanOptionalAction)
    else:
        accepts_none = flag.get("acceptsNone", False)
        choices = flag.get("choices")
        parser.add_argument(
            *flag["names"],
            type=_reader(flag["kind"], accepts_none),
            nargs=flag.get("nargs"),
            choices=[*choices, None] if choices and accepts_none else choices,
        )


def _reader(kind: str, accepts_none: bool) -> Any:
    read = {
        "text": str,
        "integer": int,
        "number": float,
        "human-integer": human_integer,
        "json": json_text,
    }[kind]

    def read_value(text: str) -> Any:
        return None if accepts_none and text in ("", "None") else read(text)

    # argparse names the type in its messages: "invalid int value".
    read_value.__name__ = read.__name__
    return read_value
