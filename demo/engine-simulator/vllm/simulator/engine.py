"""Admission, pacing and counting of requests: what a scheduler and a GPU would do."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager
from typing import Generator, Iterator, NamedTuple, Optional

from vllm.simulator.arguments import Options
from vllm.simulator.generation import Generation
from vllm.simulator.metrics import Metrics
from vllm.simulator.settings import Settings
from vllm.simulator.text import answer_tokens, endless


class Token(NamedTuple):
    """One generated token; finish_reason is set on the last one of a prompt's answer."""

    index: int
    text: str
    finish_reason: Optional[str]


class Engine:
    """Runs up to ``max_num_seqs`` requests at once; further ones wait."""

    def __init__(self, options: Options, settings: Settings) -> None:
        self.metrics = Metrics(options.served_model_names[0])
        self._settings = settings
        self._slots = threading.Semaphore(options.max_num_seqs)

    def generate(self, request: Generation) -> Generator[Token, None, None]:
        """Tokens of all prompts' answers, each at its time. Closing the iterator aborts the request."""
        received = time.monotonic()
        with self._admitted():
            admitted = time.monotonic()
            first = 0.0
            finished = 0
            self.metrics.observe("vllm:request_queue_time_seconds", admitted - received)
            try:
                for index, prompt_tokens in enumerate(request.prompt_tokens):
                    self.metrics.add("vllm:prompt_tokens_total", prompt_tokens)
                    for token in self._answer(request, index):
                        if not first:
                            first = time.monotonic()
                            self.metrics.observe("vllm:time_to_first_token_seconds", first - received)
                            self.metrics.observe("vllm:request_prefill_time_seconds", first - admitted)
                        self.metrics.add("vllm:generation_tokens_total", 1)
                        if token.finish_reason is not None:
                            self.metrics.finish(token.finish_reason)
                            finished += 1
                        yield token
            finally:
                if finished < len(request.prompt_tokens):
                    self.metrics.finish("abort")
                elif first:
                    ended = time.monotonic()
                    self.metrics.observe("vllm:request_decode_time_seconds", ended - first)
                    self.metrics.observe("vllm:e2e_request_latency_seconds", ended - received)

    def _answer(self, request: Generation, index: int) -> Iterator[Token]:
        words = answer_tokens(request.model, request.prompt_tokens[index])
        natural = len(words)
        limit = request.max_tokens or natural
        length = limit if request.ignore_eos else min(limit, natural)
        reason = "length" if request.ignore_eos or length < natural else "stop"
        started = time.monotonic()
        for position, text in enumerate(itertools.islice(endless(words), length)):
            self._wait_until(started, position)
            yield Token(index, text, reason if position == length - 1 else None)

    def _wait_until(self, started: float, position: int) -> None:
        # Deadlines count from the start of the answer, so late wake-ups do not add up.
        rate = self._settings.tokens_per_second
        due = started + self._settings.first_token_seconds + (position / rate if rate else 0.0)
        delay = due - time.monotonic()
        if delay > 0:
            time.sleep(delay)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        self.metrics.add("vllm:num_requests_waiting", 1)
        try:
            self._slots.acquire()
        finally:
            self.metrics.add("vllm:num_requests_waiting", -1)
        self.metrics.add("vllm:num_requests_running", 1)
        try:
            yield
        finally:
            self.metrics.add("vllm:num_requests_running", -1)
            self._slots.release()
