package leadsquared.webhooks

/**
 * Creates a webhook: `POST /v2/Webhook.svc/Create`, documented.
 *
 * Sent again only when it was not applied: the connection never opened, or the quota was exceeded.
 *
 * Cancelling the coroutine, by a timeout around the call too, ends the wait at once. A create that
 * was not sent is withdrawn; **one that was sent goes on**: [Client.pending] shows it, and
 * [takeOutcome] takes its outcome. No outcome is lost: either it is returned or thrown here, or it
 * can be taken.
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)
 * val created = client.create(draft, CallOptions(timeout = Duration.ofSeconds(10)))
 * println("${created.id} after ${created.attempts.size} attempts")
 * ```
 *
 * @param draft what is to be created; it is parsed first, and every broken rule is reported at once.
 * @param options settings of this call, each in the place of the client's own.
 * @return the ID that LeadSquared assigned, and what was tried.
 * @throws WebhookException invalid (the draft breaks rules), not sent, refused or unknown.
 */
public suspend fun Client.create(draft: WebhookDraft, options: CallOptions? = null): Created =
    awaiting { createUntil(draft, options, it) }

/**
 * Waits for a pending create to end and takes its outcome.
 *
 * At most 1,024 outcomes are kept; beyond that the oldest are dropped. Cancelling the coroutine
 * leaves the outcome to be taken.
 *
 * ```kotlin
 * for (call in client.pending()) println("${call.webhook.url}: ${client.takeOutcome(call.id)?.id}")
 * ```
 *
 * @param id which create, by [PendingCall.id].
 * @return what the create made; null when no such create is pending.
 * @throws WebhookException that of the create itself; not sent when it was withdrawn.
 */
public suspend fun Client.takeOutcome(id: ULong): Created? = waiting { takeOutcomeUntil(id, it) }

/**
 * Waits until no create, update or delete is queued or in flight: what a program does before it
 * ends, so that none is interrupted. The outcomes stay, to be taken. Cancelling the coroutine ends
 * the wait at once.
 *
 * ```kotlin
 * withTimeoutOrNull(10.seconds) { client.drain() } ?: println("${client.pending().size} creates are interrupted")
 * ```
 */
public suspend fun Client.drain() {
    waiting { drainUntil(it) }
}

/** What is known of a call or a run that failed; null of a draft that is invalid. */
public val WebhookException.failure: CallFailure?
    get() = when (this) {
        is WebhookException.Invalid -> null
        is WebhookException.NotSent -> failure
        is WebhookException.Refused -> failure
        is WebhookException.Unknown -> failure
    }
