"""Reads the JSON body of a generation request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from vllm.simulator.api_error import ApiError
from vllm.simulator.arguments import Options
from vllm.simulator.text import split_tokens

DEFAULT_COMPLETION_TOKENS = 16


@dataclass(frozen=True)
class Generation:
    """One accepted request.

    prompt_tokens: length of each prompt; a chat has exactly one.
    max_tokens: None = until the answer ends.
    """

    chat: bool
    model: str
    prompt_tokens: Tuple[int, ...]
    max_tokens: Optional[int]
    ignore_eos: bool
    stream: bool
    include_usage: bool
    continuous_usage: bool


def read_generation(raw: bytes, chat: bool, options: Options) -> Generation:
    """Checks a body as the real engine does; ApiError says what is wrong with it."""
    body = _json_object(raw)
    model = body.get("model") or options.served_model_names[0]
    if model not in options.served_model_names:
        raise ApiError(404, f"The model `{model}` does not exist.", "model")
    prompts = (_chat_length(body),) if chat else _prompt_lengths(body)
    limit = _token_limit(body, chat)
    longest = max(prompts)
    if longest + (limit or 1) > options.max_model_len:
        raise ApiError(
            400,
            f"This model's maximum context length is {options.max_model_len} tokens. However, you requested "
            f"{longest + (limit or 1)} tokens ({longest} in the messages, {limit or 1} in the completion).",
        )
    stream = body.get("stream") is True
    stream_options = body.get("stream_options") or {}
    if not isinstance(stream_options, dict) or (stream_options and not stream):
        raise ApiError(400, "Stream options can only be defined when `stream=True`.", "stream_options")
    include_usage = stream_options.get("include_usage") is True
    ignore_eos = body.get("ignore_eos") is True
    room = options.max_model_len - longest
    return Generation(
        chat=chat,
        model=model,
        prompt_tokens=prompts,
        max_tokens=room if limit is None and ignore_eos else limit,
        ignore_eos=ignore_eos,
        stream=stream,
        include_usage=include_usage,
        continuous_usage=include_usage and stream_options.get("continuous_usage_stats") is True,
    )


def _json_object(raw: bytes) -> Dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise ApiError(400, f"The request body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError(400, "The request body is not a JSON object.")
    return body


def _chat_length(body: Dict[str, Any]) -> int:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "`messages` must be a list with at least one message.", "messages")
    return sum(_message_length(message) for message in messages)


def _message_length(message: Any) -> int:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ApiError(400, "Every message must be an object with a `role`.", "messages")
    content = message.get("content")
    parts: List[Any] = content if isinstance(content, list) else [{"text": content or ""}]
    texts = [part.get("text", "") for part in parts if isinstance(part, dict)]
    # One token for the role, as chat templates add.
    return 1 + sum(len(split_tokens(text)) for text in texts if isinstance(text, str))


def _prompt_lengths(body: Dict[str, Any]) -> Tuple[int, ...]:
    prompt = body.get("prompt")
    several = isinstance(prompt, list) and not all(isinstance(item, int) for item in prompt)
    prompts = prompt if several else [prompt]
    lengths = tuple(_prompt_length(item) for item in prompts or [None])
    if 0 in lengths:
        raise ApiError(400, "Each prompt must hold at least one token.", "prompt")
    return lengths


def _prompt_length(prompt: Any) -> int:
    if isinstance(prompt, str):
        return len(split_tokens(prompt))
    if isinstance(prompt, list) and all(isinstance(token, int) for token in prompt):
        return len(prompt)
    raise ApiError(400, "`prompt` must be a text, a list of token ids, or a list of these.", "prompt")


def _token_limit(body: Dict[str, Any], chat: bool) -> Optional[int]:
    names = ("max_completion_tokens", "max_tokens") if chat else ("max_tokens",)
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ApiError(400, f"`{name}` must be an integer of at least 1, got {value!r}.", name)
        return value
    return None if chat else DEFAULT_COMPLETION_TOKENS
