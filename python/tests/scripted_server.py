"""A server that responds from a script, and records every request byte for byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from queue import SimpleQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

ACCESS_KEY = "u$rcanary-access/1+="
SECRET_KEY = 'canary secret&"2%'
SUCCESS = b'{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}'


@dataclass
class Reply:
    """The reaction of the server to one request."""

    status: int = 200
    body: bytes = SUCCESS
    headers: dict[str, str] = field(default_factory=dict)
    after: threading.Event | None = None
    """The event to wait for before the response."""
    close: bool = False
    """Whether to close the connection instead of responding."""

    def to_bytes(self) -> bytes:
        """Return the response as HTTP."""
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass
class Received:
    """One request, as received."""

    head: str
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.head.split(" ", 2)[1].partition("?")[0]

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.head.split(" ", 1)[0]


class ScriptedServer:
    """Serves one reply per request, and success after the last one."""

    def __init__(self) -> None:
        """Listen on a free loopback port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received: list[Received] = []
        self.arrived: SimpleQueue[Received] = SimpleQueue()
        self._replies: SimpleQueue[Reply] = SimpleQueue()
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def settings(self) -> dict[str, Any]:
        """Return the settings for a client of this server."""
        return {"host": self.host, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}

    def reply(self, reply: Reply) -> None:
        """Append a reply to the script."""
        self._replies.put(reply)

    def skip(self) -> None:
        """Drop the rest of the script."""
        while not self._replies.empty():
            self._replies.get()

    def close(self) -> None:
        """Stop, and break every connection."""
        self._listener.close()
        self.close_connections()

    def close_connections(self) -> None:
        """Close every connection, and return when all are closed."""
        while self._connections:
            with contextlib.suppress(OSError):
                self._connections.pop().shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        """Return the server."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the server."""
        self.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                lines = [line]
                while lines[-1] != b"\r\n":
                    lines.append(stream.readline())
                head = b"".join(lines).decode()
                length = next(
                    (int(one.split(":")[1]) for one in head.lower().splitlines() if "content-length" in one), 0
                )
                received = Received(head, stream.read(length))
                self.received.append(received)
                reply = Reply() if self._replies.empty() else self._replies.get()
                self.arrived.put(received)
                if reply.after is not None:
                    reply.after.wait()
                if reply.close:
                    return
                connection.sendall(reply.to_bytes())
