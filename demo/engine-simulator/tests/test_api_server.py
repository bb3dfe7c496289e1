"""The server as a process: its HTTP interface, timing, counting, and end."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
MODEL = "org/model"
QUESTION = {"model": MODEL, "messages": [{"role": "user", "content": "Who are you?"}]}


class Server:
    """A running simulator on a port of the system's choice."""

    def __init__(self, *flags: str, **settings: str) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        env.update({"AIM_SIM_TOKENS_PER_SECOND": "0", "AIM_SIM_TTFT_MS": "0", **settings})
        argv = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", "0"]
        self.process = subprocess.Popen(
            [*argv, "--model", MODEL, *flags], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log = ""
        self.port = self._read_port()
        self._drain = threading.Thread(target=self._read_rest, daemon=True)
        self._drain.start()

    def _read_port(self) -> int:
        assert self.process.stdout is not None
        port = 0
        for line in self.process.stdout:
            self.log += line
            if "Starting vLLM API server on" in line:
                port = int(line.rsplit(":", 1)[1])
            if "startup complete" in line:
                return port
        self.process.wait(10)
        self.process.stdout.close()
        raise AssertionError(f"the simulator ended: {self.log}")

    def _read_rest(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log += line

    def send(
        self, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None
    ) -> Tuple[int, str, http.client.HTTPResponse]:
        raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET" if raw is None else "POST", path, raw, headers or {})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text, response

    def json(self, path: str, body: Any = None) -> Tuple[int, Any]:
        status, text, _ = self.send(path, body)
        return status, json.loads(text)

    def events(self, path: str, body: Any) -> List[str]:
        _, text, response = self.send(path, body)
        assert response.headers["Content-Type"].startswith("text/event-stream"), text
        return [line[len("data: ") :] for line in text.split("\n") if line]

    def metric(self, name: str) -> float:
        _, text, _ = self.send("/metrics")
        return float(next(line for line in text.splitlines() if line.startswith(name)).rsplit(" ", 1)[1])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        self._drain.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@contextlib.contextmanager
def running(*flags: str, **settings: str) -> Iterator[Server]:
    server = Server(*flags, **settings)
    try:
        yield server
    finally:
        server.stop()


class Interface(unittest.TestCase):
    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server("--served-model-name", MODEL, "alias", "--max-model-len", "2000")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()

    def test_health_version_and_models(self) -> None:
        self.assertEqual(self.server.send("/health")[:2], (200, ""))
        self.assertIn("0.11.1", self.server.json("/version")[1]["version"])
        models = self.server.json("/v1/models")[1]["data"]
        self.assertEqual([model["id"] for model in models], [MODEL, "alias"])
        self.assertEqual(models[0]["max_model_len"], 2000)

    def test_a_chat_answer_is_the_same_whole_and_streamed(self) -> None:
        status, whole = self.server.json("/v1/chat/completions", QUESTION)
        events = self.server.events(
            "/v1/chat/completions", {**QUESTION, "stream": True, "stream_options": {"include_usage": True}}
        )
        self.assertEqual((status, events[-1]), (200, "[DONE]"))
        chunks = [json.loads(event) for event in events[:-1]]
        text = "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])
        choice = whole["choices"][0]
        self.assertEqual(text, choice["message"]["content"])
        self.assertEqual(chunks[0]["choices"][0]["delta"]["role"], "assistant")
        self.assertEqual(chunks[-2]["choices"][0]["finish_reason"], choice["finish_reason"])
        self.assertEqual(choice["finish_reason"], "stop")
        self.assertEqual((chunks[-1]["choices"], chunks[-1]["usage"]), ([], whole["usage"]))
        # One chunk per token, between the chunk with the role and the one with the usage.
        self.assertEqual(whole["usage"]["completion_tokens"], len(chunks) - 2)

    def test_usage_is_streamed_only_on_request(self) -> None:
        events = self.server.events("/v1/completions", {"prompt": "a b", "stream": True})
        self.assertFalse(any("usage" in event for event in events))

    def test_the_usage_so_far_is_on_each_chunk_on_request(self) -> None:
        options = {"include_usage": True, "continuous_usage_stats": True}
        body = {"prompt": [1, 2, 3], "max_tokens": 3, "ignore_eos": True, "stream": True, "stream_options": options}
        chunks = [json.loads(event) for event in self.server.events("/v1/completions", body)[:-1]]
        self.assertEqual([chunk["usage"]["completion_tokens"] for chunk in chunks], [1, 2, 3, 3])
        self.assertEqual([len(chunk["choices"]) for chunk in chunks], [1, 1, 1, 0])

    def test_times_are_counted_per_request(self) -> None:
        with running(AIM_SIM_TTFT_MS="50", AIM_SIM_TOKENS_PER_SECOND="100") as server:
            server.json("/v1/completions", {"prompt": "a", "max_tokens": 6, "ignore_eos": True})
            names = ("time_to_first_token", "request_queue_time", "request_prefill_time", "request_decode_time")
            for name in (*names, "e2e_request_latency"):
                self.assertEqual(server.metric(f"vllm:{name}_seconds_count"), 1, name)
            self.assertGreaterEqual(server.metric("vllm:time_to_first_token_seconds_sum"), 0.05)
            self.assertGreaterEqual(server.metric("vllm:e2e_request_latency_seconds_sum"), 0.1)
            labels = 'engine="0",model_name="org/model"'
            self.assertEqual(server.metric(f'vllm:e2e_request_latency_seconds_bucket{{{labels},le="0.1"}}'), 0)
            self.assertEqual(server.metric(f'vllm:e2e_request_latency_seconds_bucket{{{labels},le="+Inf"}}'), 1)

    def test_length_limits(self) -> None:
        body = {"prompt": ["a b", [1, 2, 3]], "max_tokens": 300, "ignore_eos": True}
        _, answer = self.server.json("/v1/completions", body)
        self.assertEqual([choice["finish_reason"] for choice in answer["choices"]], ["length", "length"])
        self.assertEqual(answer["usage"], {"prompt_tokens": 5, "completion_tokens": 600, "total_tokens": 605})
        _, short = self.server.json("/v1/completions", {"prompt": "a b"})
        self.assertEqual(short["usage"]["completion_tokens"], 16)
        _, full = self.server.json("/v1/chat/completions", {**QUESTION, "ignore_eos": True})
        self.assertEqual(full["usage"]["total_tokens"], 2000)

    def test_mistakes_get_openai_errors(self) -> None:
        cases: List[Tuple[int, str, Any]] = [
            (404, "NotFoundError", {**QUESTION, "model": "other"}),
            (400, "BadRequestError", b"{"),
            (400, "BadRequestError", b"[]"),
            (400, "BadRequestError", {"model": MODEL, "messages": []}),
            (400, "BadRequestError", {**QUESTION, "max_tokens": 0}),
            (400, "BadRequestError", {**QUESTION, "max_tokens": 2000}),
            (400, "BadRequestError", {**QUESTION, "stream_options": {"include_usage": True}}),
        ]
        for status, kind, body in cases:
            with self.subTest(body=body):
                answered, answer = self.server.json("/v1/chat/completions", body)
                self.assertEqual((answered, answer["error"]["type"]), (status, kind))
        self.assertEqual(self.server.json("/v2", {})[0], 404)
        self.assertEqual(self.server.json("/v1/completions")[0], 405)


class Behaviour(unittest.TestCase):
    def test_keys_protect_the_api_but_not_the_health(self) -> None:
        with running("--api-key", "one", "two") as server:
            self.assertEqual(server.send("/v1/models")[0], 401)
            self.assertEqual(server.send("/v1/models", headers={"Authorization": "Bearer two"})[0], 200)
            self.assertEqual(server.send("/health")[0], 200)

    def test_tokens_come_at_the_set_pace(self) -> None:
        with running(AIM_SIM_TOKENS_PER_SECOND="100", AIM_SIM_TTFT_MS="100") as server:
            started = time.monotonic()
            server.json("/v1/completions", {"prompt": "a", "max_tokens": 31, "ignore_eos": True})
            self.assertGreaterEqual(time.monotonic() - started, 0.4)

    def test_requests_beyond_the_limit_wait(self) -> None:
        with running("--max-num-seqs", "1", AIM_SIM_TTFT_MS="600") as server:
            body = {"prompt": "a", "max_tokens": 1}
            clients = [threading.Thread(target=server.json, args=("/v1/completions", body)) for _ in range(2)]
            for client in clients:
                client.start()
            deadline = time.monotonic() + 5
            while server.metric("vllm:num_requests_waiting") != 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(server.metric("vllm:num_requests_waiting"), 1)
            self.assertEqual(server.metric("vllm:num_requests_running"), 1)
            for client in clients:
                client.join()
            self.assertEqual(server.metric("vllm:num_requests_running"), 0)
            self.assertEqual(server.metric("vllm:generation_tokens_total"), 2)

    def test_a_client_that_leaves_frees_its_place(self) -> None:
        with running("--max-num-seqs", "1", AIM_SIM_TOKENS_PER_SECOND="50") as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            body = {"prompt": "a", "max_tokens": 10000, "ignore_eos": True, "stream": True}
            connection.request("POST", "/v1/completions", json.dumps(body))
            response = connection.getresponse()
            response.read(10)
            response.close()
            connection.close()
            answer = server.json("/v1/completions", {"prompt": "a", "max_tokens": 1})
            self.assertEqual(answer[0], 200)
            _, metrics, _ = server.send("/metrics")
            self.assertRegex(metrics, r'finished_reason="abort"} 1\.0')

    def test_sigterm_ends_it_cleanly_even_while_it_streams(self) -> None:
        server = Server(AIM_SIM_TOKENS_PER_SECOND="10")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("POST", "/v1/completions", json.dumps({"prompt": "a", "stream": True}))
        connection.getresponse().read(10)
        self.assertEqual(server.stop(), 0)
        self.assertIn("Received SIGTERM", server.log)
        connection.close()

    def test_a_setting_that_cannot_be_read_is_named(self) -> None:
        with self.assertRaisesRegex(AssertionError, "AIM_SIM_TTFT_MS='soon'"):
            Server(AIM_SIM_TTFT_MS="soon")
