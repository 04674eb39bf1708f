from leadsquared_webhooks import CallError, Client, NewWebhook, Trigger

webhook = NewWebhook(
    url="https://example.com/hooks", trigger=Trigger.lead_activity_create("22"), description="calls to the warehouse"
)
with Client.from_env() as client:  # LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY, LEADSQUARED_SECRET_KEY
    try:
        print("created", client.create(webhook).id)
    except CallError as error:
        print({"not_sent": "try again", "refused": "fix the request", "unknown": "check first"}[error.outcome], error)
