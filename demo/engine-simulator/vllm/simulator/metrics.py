"""Counters in Prometheus text form, under the names the real engine uses."""

from __future__ import annotations

import threading
from typing import Dict, List

_HELP = {
    "vllm:num_requests_running": ("gauge", "Number of requests in model execution batches."),
    "vllm:num_requests_waiting": ("gauge", "Number of requests waiting to be processed."),
    "vllm:kv_cache_usage_perc": ("gauge", "KV cache usage, 1 means 100 percent."),
    "vllm:prompt_tokens_total": ("counter", "Number of prefill tokens processed."),
    "vllm:generation_tokens_total": ("counter", "Number of generation tokens processed."),
}
_SUCCESS = "vllm:request_success_total"
FINISH_REASONS = ("stop", "length", "abort")


class Metrics:
    """Thread-safe set of this engine's metrics."""

    def __init__(self, model: str) -> None:
        self._labels = f'engine="0",model_name="{_escape(model)}"'
        self._lock = threading.Lock()
        self._values: Dict[str, float] = {name: 0.0 for name in _HELP}
        self._finished: Dict[str, float] = {reason: 0.0 for reason in FINISH_REASONS}

    def add(self, name: str, amount: float) -> None:
        """Changes a gauge or counter of the fixed list."""
        with self._lock:
            self._values[name] += amount

    def finish(self, reason: str) -> None:
        """Counts one finished request: stop, length or abort."""
        with self._lock:
            self._finished[reason] += 1

    def render(self) -> str:
        """The body of ``GET /metrics``."""
        with self._lock:
            values, finished = dict(self._values), dict(self._finished)
        lines: List[str] = []
        for name, (kind, text) in _HELP.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name}{{{self._labels}}} {values[name]}"]
        lines += [f"# HELP {_SUCCESS} Count of finished requests.", f"# TYPE {_SUCCESS} counter"]
        for reason, count in finished.items():
            lines.append(f'{_SUCCESS}{{{self._labels},finished_reason="{reason}"}} {count}')
        return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
