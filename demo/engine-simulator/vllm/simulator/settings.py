"""Settings that the real engine does not have: how fast the simulator pretends to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping


@dataclass(frozen=True)
class Settings:
    """Speed of the simulation.

    load_seconds: time between start and readiness (AIM_SIM_LOAD_SECONDS).
    tokens_per_second: decode rate of one request, 0 = unlimited (AIM_SIM_TOKENS_PER_SECOND).
    first_token_seconds: time to the first token (AIM_SIM_TTFT_MS, in milliseconds).
    """

    load_seconds: float = 0.0
    tokens_per_second: float = 50.0
    first_token_seconds: float = 0.05


def read_settings(env: Mapping[str, str]) -> Settings:
    """Settings from the environment; ValueError names the variable that cannot be read."""
    defaults = Settings()
    return Settings(
        load_seconds=_number(env, "AIM_SIM_LOAD_SECONDS", defaults.load_seconds),
        tokens_per_second=_number(env, "AIM_SIM_TOKENS_PER_SECOND", defaults.tokens_per_second),
        first_token_seconds=_number(env, "AIM_SIM_TTFT_MS", defaults.first_token_seconds * 1000) / 1000,
    )


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "")
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e6:
        raise ValueError(f"{name}={text!r} is not a number from 0 to 1000000")
    return number
