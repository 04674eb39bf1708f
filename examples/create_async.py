import asyncio

from leadsquared_webhooks import AsyncClient, NewWebhook, Trigger


async def main() -> None:
    webhooks = [
        NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_field_update(f)) for f in ("Owner", "mx_City")
    ]
    async with AsyncClient.from_env() as client:
        for created in await asyncio.gather(*map(client.create, webhooks)):
            print("created", created.id)


asyncio.run(main())
