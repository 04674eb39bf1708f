"""Measures creates with one client in one mode: prints the seconds and CPU seconds per create."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WARM_UP = 100
KEYS = {"accessKey": "access", "secretKey": "secret"}
WEBHOOK: dict[str, Any] = {
    "url": "https://example.com/hooks/leadsquared",
    "description": "calls",
    "custom_headers": [("x-api-key", "a-secret"), ("x-tenant", "42")],
}


def ours() -> Callable[[], Any]:
    """Return a function that builds a validated webhook with this library."""
    from leadsquared_webhooks import NewWebhook, Trigger

    return lambda: NewWebhook(trigger=Trigger.lead_activity_create("22"), **WEBHOOK)


def with_pydantic() -> Callable[[], Any]:
    """Return a function that builds a model with the same rules, whose ``body`` is the same."""
    from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints

    token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
    value = re.compile(r"(?![ \t])[\t -~\x80-\U0010ffff]*(?<![ \t])")

    def whole(pattern: re.Pattern[str]) -> Callable[[str], str]:
        def check(text: str) -> str:
            if pattern.fullmatch(text) is None:
                message = "not allowed by HTTP"
                raise ValueError(message)
            return text

        return check

    def no_user(url: AnyHttpUrl) -> AnyHttpUrl:
        if url.username or url.password:
            message = "holds user info"
            raise ValueError(message)
        return url

    class Header(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid")
        Key: Annotated[str, AfterValidator(whole(token))]
        Value: Annotated[str, AfterValidator(whole(value))]

    class Webhook(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid")
        url: Annotated[AnyHttpUrl, AfterValidator(no_user)]
        activity: Annotated[str, StringConstraints(pattern=r"\S")]
        description: str = ""
        content_type: Literal["application/json", "application/x-www-form-urlencoded", "text/plain"] = (
            "application/json"
        )
        notify_on_failure: bool = True
        custom_headers: Annotated[list[Header], Field(max_length=10)] = []

        def body(self) -> bytes:
            properties = {"ActivityEvent": self.activity, "ActivityData": "[]", "WebPageNames": "[]"}
            body = {
                "Description": self.description,
                "URL": str(self.url),
                "Method": "POST",
                "ContentType": self.content_type,
                "WebhookEvent": "2",
                "LandingPageUrls": None,
                "IsSpecificLandingPage": False,
                "NotifyOnFailure": self.notify_on_failure,
                "WebhookProperties": json.dumps(properties, separators=(",", ":")),
                "CustomHeaders": [header.model_dump() for header in self.custom_headers],
                "ActivityEvent": self.activity,
            }
            return json.dumps(body, separators=(",", ":")).encode()

    headers = [{"Key": name, "Value": value} for name, value in WEBHOOK["custom_headers"]]

    def make() -> Webhook:
        return Webhook.model_validate({**WEBHOOK, "activity": "22", "custom_headers": headers})

    return make


def answer_id(body: bytes) -> str:
    """Return the ID in an answer, as a user would read it."""
    answer = json.loads(body)
    if answer["Status"] != "Success":
        raise ValueError(answer)
    return str(answer["Message"]["Id"])


def blocking(name: str, host: str) -> Callable[[], str]:
    """Return a function that makes one create with a blocking client."""
    url = f"{host}/v2/Webhook.svc/Create"
    kind = {"Content-Type": "application/json; charset=utf-8"}
    if name == "ours":
        from leadsquared_webhooks import Client, Quota

        client = Client(host=host, access_key="access", secret_key="secret", quota=Quota.unlimited())
        webhook = ours()
        return lambda: client.create(webhook()).id
    make = with_pydantic()
    if name == "httpx":
        import httpx

        http = httpx.Client(trust_env=False)
        return lambda: answer_id(http.post(url, params=KEYS, content=make().body(), headers=kind).content)
    if name == "requests":
        import requests

        session = requests.Session()
        session.trust_env = False
        return lambda: answer_id(session.post(url, params=KEYS, data=make().body(), headers=kind, timeout=30).content)
    from pyreqwest.client import SyncClientBuilder

    rust = SyncClientBuilder().no_proxy().build()

    def post() -> str:
        request = rust.post(url).query(KEYS).headers(kind).body_bytes(make().body()).build()
        return answer_id(bytes(request.send().bytes()))

    return post


async def asynchronous(name: str, host: str) -> Callable[[], Awaitable[str]]:
    """Return a function that makes one create with an asynchronous client."""
    url = f"{host}/v2/Webhook.svc/Create"
    kind = {"Content-Type": "application/json; charset=utf-8"}
    if name == "ours":
        from leadsquared_webhooks import AsyncClient, Quota

        client = AsyncClient(host=host, access_key="access", secret_key="secret", quota=Quota.unlimited())
        webhook = ours()

        async def create() -> str:
            return (await client.create(webhook())).id

        return create
    make = with_pydantic()
    if name == "httpx":
        import httpx

        http = httpx.AsyncClient(trust_env=False)

        async def by_httpx() -> str:
            return answer_id((await http.post(url, params=KEYS, content=make().body(), headers=kind)).content)

        return by_httpx
    if name == "aiohttp":
        import aiohttp

        session = aiohttp.ClientSession()

        async def by_aiohttp() -> str:
            async with session.post(url, params=KEYS, data=make().body(), headers=kind) as answer:
                return answer_id(await answer.read())

        return by_aiohttp
    from pyreqwest.client import ClientBuilder

    rust = ClientBuilder().no_proxy().build()

    async def by_pyreqwest() -> str:
        request = rust.post(url).query(KEYS).headers(kind).body_bytes(make().body()).build()
        return answer_id(bytes(await (await request.send()).bytes()))

    return by_pyreqwest


def measured(begun: tuple[float, float], calls: int) -> None:
    """Print the time per call."""
    wall, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    print(json.dumps({"wall": wall / calls, "cpu": cpu / calls}), flush=True)


def now() -> tuple[float, float]:
    """Return the time of both clocks."""
    return time.perf_counter(), time.process_time()


async def run_async(name: str, host: str, calls: int, at_once: int) -> None:
    """Make ``calls`` calls, ``at_once`` of them concurrently."""
    create = await asynchronous(name, host)

    async def some(number: int) -> None:
        for _ in range(number):
            await create()

    await asyncio.gather(*(some(WARM_UP // at_once) for _ in range(at_once)))
    begun = now()
    await asyncio.gather(*(some(calls // at_once) for _ in range(at_once)))
    measured(begun, calls // at_once * at_once)


def main() -> None:
    """Run the measurement in the arguments: NAME WAY HOST CALLS."""
    name, way, host, number = sys.argv[1:]
    calls = int(number)
    if way == "validation":
        make = ours() if name == "ours" else with_pydantic()
        for _ in range(WARM_UP):
            make()
        begun = now()
        for _ in range(calls):
            make()
        measured(begun, calls)
    elif way == "sync":
        create = blocking(name, host)
        for _ in range(WARM_UP):
            create()
        begun = now()
        for _ in range(calls):
            create()
        measured(begun, calls)
    else:
        asyncio.run(run_async(name, host, calls, {"async": 1, "async50": 50}[way]))


if __name__ == "__main__":
    main()
