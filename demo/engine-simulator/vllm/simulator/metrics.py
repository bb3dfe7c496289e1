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
    "vllm:num_preemptions_total": ("counter", "Cumulative number of preemption from the engine."),
    "vllm:prompt_tokens_cached_total": ("counter", "Number of prompt tokens found in a cache."),
}
_TIMES = {
    "vllm:time_to_first_token_seconds": "Time to first token in seconds.",
    "vllm:request_queue_time_seconds": "Time spent in WAITING phase for request.",
    "vllm:request_prefill_time_seconds": "Time spent in PREFILL phase for request.",
    "vllm:request_decode_time_seconds": "Time spent in DECODE phase for request.",
    "vllm:e2e_request_latency_seconds": "End to end request latency in seconds.",
}
_BOUNDS = (0.001, 0.01, 0.1, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 240.0, 960.0)
_SUCCESS = "vllm:request_success_total"
FINISH_REASONS = ("stop", "length", "abort")


class Metrics:
    """Thread-safe set of this engine's metrics."""

    def __init__(self, model: str) -> None:
        self._labels = f'engine="0",model_name="{_escape(model)}"'
        self._lock = threading.Lock()
        self._values: Dict[str, float] = {name: 0.0 for name in _HELP}
        self._finished: Dict[str, float] = {reason: 0.0 for reason in FINISH_REASONS}
        self._times: Dict[str, _Histogram] = {name: _Histogram() for name in _TIMES}

    def observe(self, name: str, seconds: float) -> None:
        """Notes one request's time under a name of the fixed list."""
        with self._lock:
            self._times[name].add(seconds)

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
            times = {name: each.render(name, self._labels) for name, each in self._times.items()}
        lines: List[str] = []
        for name, (kind, text) in _HELP.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name}{{{self._labels}}} {values[name]}"]
        lines += [f"# HELP {_SUCCESS} Count of finished requests.", f"# TYPE {_SUCCESS} counter"]
        for reason, count in finished.items():
            lines.append(f'{_SUCCESS}{{{self._labels},finished_reason="{reason}"}} {count}')
        for name, text in _TIMES.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} histogram", *times[name]]
        return "\n".join(lines) + "\n"


class _Histogram:
    """Counts of seconds up to each bound."""

    def __init__(self) -> None:
        self._below = [0] * len(_BOUNDS)
        self._count = 0
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        self._count += 1
        self._sum += seconds
        for index, bound in enumerate(_BOUNDS):
            self._below[index] += seconds <= bound

    def render(self, name: str, labels: str) -> List[str]:
        buckets = [*((str(bound), count) for bound, count in zip(_BOUNDS, self._below)), ("+Inf", self._count)]
        return [
            *(f'{name}_bucket{{{labels},le="{bound}"}} {count}.0' for bound, count in buckets),
            f"{name}_count{{{labels}}} {self._count}.0",
            f"{name}_sum{{{labels}}} {self._sum}",
        ]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
