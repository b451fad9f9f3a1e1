"""The tracking server: on loopback, for whoever has the job's token, in threads of the shim."""

from __future__ import annotations

import hmac
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from mlops_runtime.metrics import MetricsFile
from mlops_runtime.tracking.api import Api
from mlops_runtime.tracking.runs import RefusedError, Runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any, Callable, Dict, Tuple, Union

_ROOTS = ("/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/")
_LARGEST_BODY = 16 * 1024 * 1024
_MOST_CONNECTIONS = 128
_PATIENCE = 60.0  # seconds for a client that says nothing
_STATUS = {"RESOURCE_DOES_NOT_EXIST": 404, "RESOURCE_EXHAUSTED": 429, "NOT_IMPLEMENTED": 501, "UNAUTHENTICATED": 401}
_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


class TrackingServer:
    """Answers from the moment it is made to the end of the process."""

    def __init__(self, folder: str, metrics_file: str, say: Callable[[str], None]) -> None:
        self._runs = Runs(folder, MetricsFile(metrics_file), say)
        self._token = os.urandom(24).hex()
        self._server = _Server(Api(self._runs, say), self._token)
        everything = set(signal.Signals)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, everything)  # signals are the main thread's, and interrupt it
        try:
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def variables(self, environ: Dict[str, str]) -> Dict[str, str]:
        """What makes MLflow's client in that environment report here, and nowhere else."""
        found = {
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:%d" % self._server.server_address[1],
            "MLFLOW_TRACKING_TOKEN": self._token,
            "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # nobody can open it
            "MLFLOW_DISABLE_TELEMETRY": environ.get("MLFLOW_DISABLE_TELEMETRY", "true"),
        }
        if any(name in environ for name in _PROXIES):
            for name in ("no_proxy", "NO_PROXY"):
                found[name] = ",".join(filter(None, (environ.get(name), "127.0.0.1")))
        return found

    def close(self) -> None:
        """Write down what is known of every run; nothing is recorded any more."""
        with self._server.lock:
            self._server.closed = True
            self._runs.write()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: Api, token: str) -> None:
        self.api = api
        self.token = token
        self.lock = threading.Lock()
        self.closed = False
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server what 127.0.0.1 is called."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Union[socket.socket, Tuple[bytes, socket.socket]], client_address: object) -> None:
        """Nothing: a client that hangs up is its own affair."""

    def answer(self, method: str, path: str, fields: Dict[str, Any]) -> Dict[str, Any]:
        """One call; one at a time."""
        root = next((root for root in _ROOTS if path.startswith(root)), None)
        name, key = _template(path[len(root) :]) if root else ("", "")
        call = self.api.calls.get("%s %s" % (method, name))
        if call is None:
            raise RefusedError(
                "NOT_IMPLEMENTED", "the tracking server inside a job knows no %s %.100r" % (method, path)
            )
        with self.lock:
            if self.closed:
                raise RefusedError("RESOURCE_EXHAUSTED", "the job has ended")
            return call(dict(fields, id=key) if key else fields)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart, each answer waits 40 ms for an acknowledgement
    timeout = _PATIENCE
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_DELETE = do_PUT = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing: the log is the script's."""

    def _answer(self) -> None:
        try:
            self._send(200, self.server.answer(self.command, urlsplit(self.path).path, self._fields()))
        except RefusedError as error:
            self._send(_STATUS.get(error.code, 400), {"error_code": error.code, "message": str(error)})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            self._send(400, {"error_code": "BAD_REQUEST", "message": "%s: %.200s" % (type(error).__name__, error)})

    def _fields(self) -> Dict[str, Any]:
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 <= size <= _LARGEST_BODY or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise RefusedError("RESOURCE_EXHAUSTED", "a request may have %d bytes" % _LARGEST_BODY)
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), b"Bearer " + self._token()):
            self.close_connection = True
            raise RefusedError("UNAUTHENTICATED", "this server is the job's own")
        found: Dict[str, Any] = dict(parse_qsl(urlsplit(self.path).query, max_num_fields=100))
        body = json.loads(self.rfile.read(size)) if size else {}
        found.update(body)
        return found

    def _token(self) -> bytes:
        return self.server.token.encode()

    def _send(self, status: int, document: Dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()


def _template(path: str) -> Tuple[str, str]:
    """The call's name with `{}` for a logged model's id, and the id."""
    parts = path.split("/")
    if parts[0] == "logged-models" and len(parts) > 1 and parts[1] != "search":
        return "/".join([parts[0], "{}", *parts[2:]]), parts[1]
    return path, ""
