"""``python3 -m vllm.entrypoints.openai.api_server``: starts the simulated engine."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from types import FrameType
from typing import Optional, Sequence

from vllm import __version__
from vllm.simulator.arguments import build_parser, join_dotted, read_options
from vllm.simulator.engine import Engine
from vllm.simulator.server import ApiServer
from vllm.simulator.settings import Settings, read_settings

logger = logging.getLogger("vllm")

LOADING_STAGES = (
    "Loading model weights (simulated)",
    "Profiling memory and allocating the KV cache (simulated)",
    "Capturing graphs (simulated)",
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs the server until a signal ends it; returns the exit status."""
    _start_logging()
    options = read_options(build_parser().parse_args(join_dotted(sys.argv[1:] if argv is None else argv)))
    try:
        settings = read_settings(os.environ)
    except ValueError as error:
        logger.error("%s", error)
        return 2
    # The engine is process 1 of its container, where a signal without a handler is ignored.
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    logger.info("vLLM API server version %s: simulator, no GPU and no weights are used", __version__)
    logger.info("model=%s served_model_names=%s", options.model, list(options.served_model_names))
    _load(settings)
    try:
        server = ApiServer(options, Engine(options, settings))
    except OSError as error:
        logger.error("Cannot listen on %s port %d: %s", options.host, options.port, error)
        return 1
    logger.info("Starting vLLM API server on http://%s:%d", options.host, server.port)
    logger.info("Application startup complete.")
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        logger.info("Application shutdown complete.")
    return 0


def _start_logging() -> None:
    handler = logging.StreamHandler(sys.stdout)
    form = "%(levelname)s %(asctime)s [%(filename)s:%(lineno)d] %(message)s"
    handler.setFormatter(logging.Formatter(form, datefmt="%m-%d %H:%M:%S"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _load(settings: Settings) -> None:
    for stage in LOADING_STAGES:
        logger.info("%s", stage)
        time.sleep(settings.load_seconds / len(LOADING_STAGES))


def _stop(number: int, _frame: Optional[FrameType]) -> None:
    logger.info("Received %s, shutting down", signal.Signals(number).name)
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
