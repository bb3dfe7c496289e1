"""JSON bodies of the OpenAI interface."""

from __future__ import annotations

import uuid
from typing import Any, Dict, Iterable, Iterator, List, Optional

from vllm.simulator.arguments import Options
from vllm.simulator.engine import Token
from vllm.simulator.generation import Generation


def model_list(options: Options, created: int) -> Dict[str, Any]:
    """Body of ``GET /v1/models``."""
    cards = [
        {
            "id": name,
            "object": "model",
            "created": created,
            "owned_by": "vllm",
            "root": options.model,
            "parent": None,
            "max_model_len": options.max_model_len,
        }
        for name in options.served_model_names
    ]
    return {"object": "list", "data": cards}


class Responses:
    """Renders the answer of one request, whole or as stream chunks."""

    def __init__(self, request: Generation, created: int) -> None:
        self._request = request
        self._head = {
            "id": ("chatcmpl-" if request.chat else "cmpl-") + uuid.uuid4().hex,
            "created": created,
            "model": request.model,
        }
        self._kind = "chat.completion" if request.chat else "text_completion"

    def whole(self, tokens: Iterable[Token]) -> Dict[str, Any]:
        """Body of an answer that is not streamed."""
        texts = [""] * len(self._request.prompt_tokens)
        reasons: List[Optional[str]] = [None] * len(texts)
        count = 0
        for token in tokens:
            texts[token.index] += token.text
            reasons[token.index] = token.finish_reason
            count += 1
        choices = [self._choice(index, text, reasons[index]) for index, text in enumerate(texts)]
        return {**self._head, "object": self._kind, "choices": choices, "usage": self._usage(count)}

    def chunks(self, tokens: Iterable[Token]) -> Iterator[Dict[str, Any]]:
        """Chunks of a streamed answer, without the final ``[DONE]``."""
        count = 0
        for token in tokens:
            if self._request.chat and count == 0:
                yield self._chunk([self._delta({"role": "assistant", "content": ""}, None)], count)
            count += 1
            yield self._chunk([self._piece(token)], count)
        if self._request.include_usage:
            yield {**self._chunk([], count), "usage": self._usage(count)}

    def _chunk(self, choices: List[Dict[str, Any]], count: int) -> Dict[str, Any]:
        kind = "chat.completion.chunk" if self._request.chat else self._kind
        usage = {"usage": self._usage(count)} if self._request.continuous_usage else {}
        return {**self._head, "object": kind, "choices": choices, **usage}

    def _piece(self, token: Token) -> Dict[str, Any]:
        if self._request.chat:
            return self._delta({"content": token.text}, token.finish_reason)
        return self._choice(token.index, token.text, token.finish_reason)

    def _choice(self, index: int, text: str, reason: Optional[str]) -> Dict[str, Any]:
        content = {"message": {"role": "assistant", "content": text}} if self._request.chat else {"text": text}
        return {"index": index, **content, "logprobs": None, "finish_reason": reason}

    def _delta(self, delta: Dict[str, str], reason: Optional[str]) -> Dict[str, Any]:
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}

    def _usage(self, completion_tokens: int) -> Dict[str, int]:
        prompt_tokens = sum(self._request.prompt_tokens)
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        }
