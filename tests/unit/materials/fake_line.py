"""A network whose other end is a function."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

Answer = Callable[[requests.PreparedRequest], requests.Response]


def said(
    request: requests.PreparedRequest, body: bytes, status: int = 200, **headers: str
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.raw = io.BytesIO(body)
    response.request = request
    response.url = str(request.url)
    response.headers.update(headers)
    return response


def connect(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    """Have every request answered by the function, below our adapter."""

    def send(_: Any, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        return answer(request)

    monkeypatch.setattr(HTTPAdapter, "send", send)
