"""The HTTP server: routes requests to the engine and writes JSON or server-sent events."""

from __future__ import annotations

import hmac
import json
import logging
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, Iterable

from vllm import __version__
from vllm.simulator.api_error import ApiError
from vllm.simulator.arguments import Options
from vllm.simulator.engine import Engine
from vllm.simulator.generation import read_generation
from vllm.simulator.responses import Responses, model_list

logger = logging.getLogger("vllm")

MAX_BODY_BYTES = 64 * 1024 * 1024
GENERATION_PATHS = {"/v1/chat/completions": True, "/v1/completions": False}
GET_PATHS = ("/health", "/ping", "/version", "/metrics", "/v1/models")


class ApiServer(ThreadingHTTPServer):
    """Listens as soon as it is made; one thread per connection."""

    daemon_threads = True
    request_queue_size = 2048

    def __init__(self, options: Options, engine: Engine) -> None:
        self.options = options
        self.engine = engine
        self.started_at = int(time.time())
        self.address_family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        super().__init__((options.host, options.port), Handler)

    @property
    def port(self) -> int:
        """The port that is listened on; differs from the option when that was 0."""
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Binds without the reverse name look-up of the base class, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.options.host, self.port


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: ApiServer
    protocol_version = "HTTP/1.1"
    server_version = f"vllm-simulator/{__version__}"
    # Small writes leave at once: a stream's timing is what load tests measure.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Health, version, metrics and the model list."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Completions and chat completions."""
        self._answer(self._post)

    def _answer(self, act: Callable[[str], None]) -> None:
        try:
            act(self.path.split("?", 1)[0])
        except ApiError as error:
            self._send_json(error.status, error.body())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _get(self, path: str) -> None:
        if path in GENERATION_PATHS:
            raise ApiError(405, "Method Not Allowed")
        if path not in GET_PATHS:
            raise ApiError(404, f"There is no {path} here.")
        if path in ("/health", "/ping"):
            self._send(200, "text/plain", b"")
        elif path == "/version":
            self._send_json(200, {"version": __version__})
        elif path == "/metrics":
            body = self.server.engine.metrics.render().encode()
            self._send(200, "text/plain; version=0.0.4; charset=utf-8", body)
        else:
            self._authorize()
            self._send_json(200, model_list(self.server.options, self.server.started_at))

    def _post(self, path: str) -> None:
        body = self._read_body()
        chat = GENERATION_PATHS.get(path)
        if chat is None:
            known = path in GET_PATHS
            raise ApiError(405 if known else 404, "Method Not Allowed" if known else f"There is no {path} here.")
        self._authorize()
        request = read_generation(body, chat, self.server.options)
        tokens = self.server.engine.generate(request)
        responses = Responses(request, int(time.time()))
        try:
            if request.stream:
                self._send_events(responses.chunks(tokens))
            else:
                self._send_json(200, responses.whole(tokens))
        finally:
            # A client that went away mid-answer frees its slot at once.
            tokens.close()

    def _authorize(self) -> None:
        keys = self.server.options.api_keys
        given = self.headers.get("Authorization", "")
        if keys and not any(hmac.compare_digest(given.encode(), f"Bearer {key}".encode()) for key in keys):
            raise ApiError(401, "Unauthorized")

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            # Without a usable length the end of this request is unknown.
            self.close_connection = True
            raise ApiError(400, f"A body with a Content-Length of at most {MAX_BODY_BYTES} bytes is needed.")
        return self.rfile.read(int(length))

    def _send_json(self, status: int, body: Dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_events(self, chunks: Iterable[Dict[str, Any]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self._send_event(json.dumps(chunk))
        self._send_event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _send_event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))

    def log_message(self, format: str, *args: Any) -> None:
        """One line per request, unless --disable-uvicorn-access-log."""
        if self.server.options.access_log:
            logger.info("%s - %s", self.client_address[0], format % args)
