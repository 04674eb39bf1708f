package leadsquared.webhooks

/**
 * Creates a webhook: `POST /v2/Webhook.svc/Create`, *documented*.
 *
 * A create is retried only when it was not applied: the connection was never opened, or the quota
 * was exceeded.
 *
 * Cancelling the coroutine, including by a timeout around the call, ends the wait immediately. A
 * create that was not sent is withdrawn; **one that was sent continues**: [Client.pending] lists
 * it, and [takeOutcome] takes its outcome. No outcome is lost: it is either returned or thrown
 * here, or it can be taken.
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)
 * val created = client.create(draft, CallOptions(timeout = Duration.ofSeconds(10)))
 * println("${created.id} after ${created.attempts.size} attempts")
 * ```
 *
 * @param draft the webhook to create. It is parsed first, and all violations are reported at once.
 * @param options settings of this call. Each overrides the client's setting.
 * @return the ID that LeadSquared assigned, and the attempts made.
 * @throws WebhookException invalid (the draft has violations), not sent, refused or unknown.
 */
public suspend fun Client.create(draft: WebhookDraft, options: CallOptions? = null): Created =
    awaiting { createUntil(draft, options, it) }

/**
 * Waits for a pending create to end and takes its outcome.
 *
 * At most 1,024 known outcomes are kept; the oldest are dropped beyond that. Up to 16,384 unknown
 * outcomes are kept. When the coroutine is cancelled, the outcome can still be taken.
 *
 * ```kotlin
 * for (call in client.pending()) println("${call.webhook.url}: ${client.takeOutcome(call.id)?.id}")
 * ```
 *
 * @param id the [PendingCall.id] of the create.
 * @return the created webhook, or null when no such create is pending.
 * @throws WebhookException the exception of the create itself; not sent when it was withdrawn.
 */
public suspend fun Client.takeOutcome(id: ULong): Created? = waiting { takeOutcomeUntil(id, it) }

/**
 * Waits until no create, update or delete is queued or in flight. Call it before the program exits,
 * so that none is interrupted. Outcomes can still be taken afterwards. Cancelling the coroutine
 * ends the wait immediately.
 *
 * ```kotlin
 * withTimeoutOrNull(10.seconds) { client.drain() }
 *     ?: println("${client.pending().size} creates are interrupted")
 * ```
 */
public suspend fun Client.drain() {
    waiting { drainUntil(it) }
}

/** The details of a failed call or run; null for an invalid draft. */
public val WebhookException.failure: CallFailure?
    get() = when (this) {
        is WebhookException.Invalid -> null
        is WebhookException.NotSent -> failure
        is WebhookException.Refused -> failure
        is WebhookException.Unknown -> failure
    }
