package leadsquared.webhooks

/**
 * Creates a webhook: `POST /v2/Webhook.svc/Create`, documented.
 *
 * Sent again only when it surely was not applied: the connection never opened, or the quota was exceeded.
 *
 * Cancelling the coroutine, by a timeout around the call too, ends the wait at once and **not the create**, which runs to its
 * end: [Client.pending] shows it, and [claim] takes its outcome. No outcome is lost: either it is returned or thrown here, or it
 * can be claimed. A coroutine that was cancelled before creates nothing.
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)
 * val created = client.create(draft, CallOptions(timeout = Duration.ofSeconds(10)))
 * println("${created.id} after ${created.attempts.size} attempts")
 * ```
 *
 * @param draft what is to be created; it is parsed first, and every broken rule is told at once.
 * @param options settings of this call, each in the place of the client's own.
 * @return the vendor's name for the webhook, and what was tried.
 * @throws WebhookException invalid (the draft breaks rules), not sent, refused or unknown.
 */
public suspend fun Client.create(draft: WebhookDraft, options: CallOptions? = null): Created =
    awaiting { createUntil(draft, options, it) }

/**
 * Waits for a pending create to end and takes its outcome.
 *
 * At most 1,024 outcomes are kept; beyond that the oldest are dropped. Cancelling the coroutine leaves the outcome to be claimed.
 *
 * ```kotlin
 * for (call in client.pending()) println("${call.webhook.url}: ${client.claim(call.id)?.id}")
 * ```
 *
 * @param id which create, by [PendingCall.id].
 * @return what the create made; null when no such create is pending.
 * @throws WebhookException that of the create itself.
 */
public suspend fun Client.claim(id: ULong): Created? = waiting { claimUntil(id, it) }

/**
 * Waits until no create is queued or under way: what a program does before it ends, so that none is cut off. The outcomes stay,
 * to be claimed. Cancelling the coroutine ends the wait at once.
 *
 * ```kotlin
 * withTimeoutOrNull(10.seconds) { client.settle() } ?: println("${client.pending().size} creates are cut off")
 * ```
 */
public suspend fun Client.settle() {
    waiting { settleUntil(it) }
}
