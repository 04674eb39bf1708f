package leadsquared.webhooks

/**
 * Builds a filter for webhooks of one event.
 *
 * @param event webhooks that listen to this event.
 * @param status webhooks with this status.
 * @param text webhooks whose name or description contains this text, *documented*. URLs are not
 *   searched.
 */
public fun WebhookFilter(event: Event, status: WebhookStatus? = null, text: String? = null): WebhookFilter =
    WebhookFilter(event = events().first { it.event == event }.retrieveName, status = status, text = text)

/**
 * Lists the webhooks that match a filter: `POST /v2/Webhook.svc/Retrieve`, *documented*. Pages are
 * fetched as needed. A list of several pages is read until two consecutive readings agree.
 *
 * A webhook that was just created may be missing: the delay of a list is unknown.
 *
 * ```kotlin
 * for (webhook in client.list(WebhookFilter(Event.LEAD_CREATE))) {
 *     println("${webhook.id} ${webhook.url} ${webhook.status}")
 * }
 * ```
 *
 * @param filter which webhooks to list. Default: all of them.
 * @throws WebhookException as [create] does; a read may always be retried.
 *   [FailureKind.LIST_UNSTABLE] when the list keeps changing, [FailureKind.LIST_INCOMPLETE] when
 *   its pages do not match its record count.
 */
public suspend fun Client.list(filter: WebhookFilter = WebhookFilter()): List<Webhook> =
    awaiting { listUntil(filter, it) }

/**
 * Reads one webhook.
 *
 * @param id the ID that LeadSquared assigned.
 * @return the webhook, or null when the list does not show it.
 * @throws WebhookException as [list] does.
 */
public suspend fun Client.get(id: String): Webhook? = waiting { getUntil(id, it) }

/**
 * Replaces a webhook completely: `POST /v2/Webhook.svc/Update`, *documented*; that no part of the
 * old one remains is *inferred*. An update is idempotent, and is retried after a lost response.
 * Cancelling the coroutine does not cancel an update that was sent.
 *
 * @param id the ID that LeadSquared assigned.
 * @param draft the new content.
 * @throws WebhookException [WebhookException.Unknown] when a response was lost and no later attempt
 *   succeeded: either the old or the new webhook exists.
 */
public suspend fun Client.update(id: String, draft: WebhookDraft): Changed = awaiting { updateUntil(id, draft, it) }

/**
 * Deletes a webhook: `GET /v2/Webhook.svc/Delete`, *documented*. The delete is confirmed by
 * reading, because the format of its response is unknown. Cancelling the coroutine does not cancel
 * a delete that was sent.
 *
 * @param id the ID that LeadSquared assigned.
 * @throws WebhookException [WebhookException.Unknown] when the list still shows it
 *   ([FailureKind.STILL_LISTED]) or cannot be read ([FailureKind.UNCONFIRMED]).
 */
public suspend fun Client.delete(id: String): Changed = awaiting { deleteUntil(id, it) }

/**
 * Creates a webhook and reads it back: event, URL, status and properties are compared. This is the
 * only way to find out which of the two tables of event codes an account uses.
 *
 * Cancelling the coroutine ends the wait and the reading. For the create it has the same effect as
 * for [create].
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.OpportunityCreate(listOf("12000")))
 * val result = client.createVerified(draft, OnMismatch.ROLL_BACK)
 * println("${result.action}: ${result.state} ${result.differences}")
 * ```
 *
 * @param draft the webhook to create.
 * @param onMismatch the reaction to a webhook that was created with a different event or URL.
 * @return the webhook and its state: [WebhookState.Mismatch] when its event or URL differs.
 * @throws WebhookException as [create] does; [FailureKind.UNCONFIRMED], with the ID, when the list
 *   could not be read.
 */
public suspend fun Client.createVerified(draft: WebhookDraft, onMismatch: OnMismatch = OnMismatch.KEEP): Reconciled =
    awaiting { createVerifiedUntil(draft, onMismatch, it) }

/**
 * Resolves a create whose outcome is unknown, by listing.
 *
 * **A single empty list proves nothing**: the request may still be in flight, and the list may be
 * delayed. Only after the consistency window does "not listed" mean "not applied". Cancelling the
 * coroutine ends the reading immediately.
 *
 * ```kotlin
 * try {
 *     client.create(draft)
 * } catch (unknown: WebhookException.Unknown) {
 *     println(unknown.failure.ticket?.let { client.resolve(it).state })
 * }
 * ```
 *
 * @param ticket the ticket of the error or of a pending call, or a stored one.
 * @param progress receives each wait, on a thread of the library.
 * @return the webhook and its state: [WebhookState.Absent] when the create was not applied,
 *   [WebhookState.Unverified] when it is too early to say. If there are several such webhooks, the
 *   others are its duplicates.
 * @throws WebhookException as [list] does.
 */
public suspend fun Client.resolve(
    ticket: Ticket,
    options: ResolveOptions? = null,
    progress: ((RunProgress) -> Unit)? = null,
): Reconciled = awaiting { resolveUntil(ticket, options, progress?.let(::Listening), it) }

/**
 * Ensures that one webhook with this event, URL and properties exists: declarative, safe to run
 * again.
 *
 * It lists first, creates only what is known to be absent, and reads back what it created. After a
 * lost response, it searches for the webhook until it appears or the consistency window has passed.
 * An existing webhook is adopted unchanged and its differences are listed, unless `overwrite` is
 * set. A webhook that was created with a different event or URL is deleted again. A disabled
 * webhook is not as desired, because only a person can enable it.
 *
 * Concurrent runs for the same identity on one client are serialized. **Several concurrent
 * clients** may each list, see nothing and create. Each then sees the other's webhook when it reads
 * back, unless the list is delayed further; the client whose webhook has the greater ID deletes it.
 *
 * Cancelling the coroutine ends the run immediately. A create that was not sent is withdrawn; one
 * that was sent continues, and appears in [Client.pending] with its ticket.
 *
 * ```kotlin
 * val result = client.ensure(WebhookDraft("https://example.com/hooks", Trigger.LeadCreate))
 * println("${result.id} ${result.action}, as desired: ${result.isOk}")
 * ```
 *
 * @param draft the desired webhook.
 * @param progress receives each wait, on a thread of the library.
 * @throws WebhookException with the outcome of the whole run: [WebhookException.Unknown] with a
 *   ticket when the responses to creates were lost repeatedly, with an ID when a webhook was
 *   created and could not be read back.
 */
public suspend fun Client.ensure(
    draft: WebhookDraft,
    options: EnsureOptions? = null,
    progress: ((RunProgress) -> Unit)? = null,
): Reconciled = awaiting { ensureUntil(draft, options, progress?.let(::Listening), it) }
