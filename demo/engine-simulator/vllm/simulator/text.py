"""Tokens of the simulation: a word or a punctuation mark with the space before it is one token."""

from __future__ import annotations

import itertools
import re
from typing import Iterator, List

_TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])")

_ANSWER = (
    "This answer comes from the engine simulator. It stands in for vLLM on machines without a GPU: "
    "the command line, the HTTP interface and the timing are those of an engine, the text is fixed. "
    "Your prompt of {prompt_tokens} tokens reached the model {model}, and every word you read "
    "was streamed as one token."
)


def split_tokens(text: str) -> List[str]:
    """Tokens of a text; joined they give the text without trailing space."""
    return _TOKEN.findall(text)


def answer_tokens(model: str, prompt_tokens: int) -> List[str]:
    """The answer to any prompt of that length: the same every time."""
    return split_tokens(_ANSWER.format(model=model, prompt_tokens=prompt_tokens))


def endless(tokens: List[str]) -> Iterator[str]:
    """The tokens over and over, for requests that ignore the end of the answer."""
    return itertools.chain(tokens, itertools.cycle([" " + tokens[0].lstrip(), *tokens[1:]]))
