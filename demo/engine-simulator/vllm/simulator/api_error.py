"""The one error of the HTTP interface."""

from __future__ import annotations

from typing import Any, Dict, Optional

_TYPES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
}


class ApiError(Exception):
    """A request that is answered with an OpenAI error object."""

    def __init__(self, status: int, message: str, param: Optional[str] = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param

    def body(self) -> Dict[str, Any]:
        """The answer's JSON body."""
        return {
            "error": {
                "message": str(self),
                "type": _TYPES.get(self.status, "InternalServerError"),
                "param": self.param,
                "code": self.status,
            }
        }
