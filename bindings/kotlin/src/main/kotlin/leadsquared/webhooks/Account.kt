package leadsquared.webhooks

/**
 * Which webhooks are asked for, by their event.
 *
 * @param event those that listen to this one.
 * @param status those of this status.
 * @param text those in which this text is found; in which of their members the vendor looks is unknown.
 */
public fun WebhookFilter(event: Event, status: WebhookStatus? = null, text: String? = null): WebhookFilter =
    WebhookFilter(event = events().first { it.event == event }.retrieveName, status = status, text = text)

/**
 * The webhooks that match a filter: `POST /v2/Webhook.svc/Retrieve`, documented. Pages are fetched
 * as needed; a list of several pages is read until two consecutive readings agree.
 *
 * A webhook that was created a moment ago may be missing: how late a list is, is unknown.
 *
 * ```kotlin
 * for (webhook in client.list(WebhookFilter(Event.LEAD_CREATE))) println("${webhook.id} ${webhook.url} ${webhook.status}")
 * ```
 *
 * @param filter which are asked for; all of them by default.
 * @throws WebhookException as of [create]; a read may always be repeated. [FailureKind.LIST_UNSTABLE] when the list keeps
 *   changing, [FailureKind.LIST_INCOMPLETE] when its pages do not hold what they say.
 */
public suspend fun Client.list(filter: WebhookFilter = WebhookFilter()): List<Webhook> =
    awaiting { listUntil(filter, it) }

/**
 * The webhook of this id.
 *
 * @param id the ID that LeadSquared assigned.
 * @return null when the list does not show it.
 * @throws WebhookException as of [list].
 */
public suspend fun Client.get(id: String): Webhook? = waiting { getUntil(id, it) }

/**
 * Replaces a webhook, whole: `POST /v2/Webhook.svc/Update`, documented; that nothing of the old one
 * stays is inferred. It may be repeated, and is, after a lost answer. Cancelling the coroutine does
 * not cancel the update once it was sent.
 *
 * @param id the ID that LeadSquared assigned.
 * @param draft what it is to be.
 * @throws WebhookException [WebhookException.Unknown] when an answer was lost and no later attempt succeeded: the old or the new
 *   webhook exists.
 */
public suspend fun Client.update(id: String, draft: WebhookDraft): Changed = awaiting { updateUntil(id, draft, it) }

/**
 * Deletes a webhook: `GET /v2/Webhook.svc/Delete`, documented, confirmed by reading, for what it
 * answers is unknown. Cancelling the coroutine does not cancel the delete once it was sent.
 *
 * @param id the ID that LeadSquared assigned.
 * @throws WebhookException [WebhookException.Unknown] when the list goes on showing it ([FailureKind.STILL_LISTED]) or
 *   cannot be read ([FailureKind.UNCONFIRMED]).
 */
public suspend fun Client.delete(id: String): Changed = awaiting { deleteUntil(id, it) }

/**
 * Creates a webhook and reads it back: event, URL, status and properties are compared. This alone
 * says which of the two tables of event codes an account follows.
 *
 * Cancelling the coroutine ends the wait and the reading; of the create it means the same as for
 * [create].
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.OpportunityCreate(listOf("12000")))
 * val result = client.createVerified(draft, OnMismatch.ROLL_BACK)
 * println("${result.action}: ${result.state} ${result.differences}")
 * ```
 *
 * @param draft what is to be created.
 * @param onMismatch what is done about a webhook that was created with a different event or URL.
 * @return what was created and its state: [WebhookState.Mismatch] when something else was created.
 * @throws WebhookException as of [create]; [FailureKind.UNCONFIRMED], with the id, when the list could not be read.
 */
public suspend fun Client.createVerified(draft: WebhookDraft, onMismatch: OnMismatch = OnMismatch.KEEP): Reconciled =
    awaiting { createVerifiedUntil(draft, onMismatch, it) }

/**
 * Finds out what became of a create by reading.
 *
 * **An empty list at once proves nothing**: the call may still be on its way, and the list may be
 * late. Only after the consistency window does "not there" mean "not applied". Cancelling the
 * coroutine ends the reading at once.
 *
 * ```kotlin
 * try {
 *     client.create(draft)
 * } catch (unknown: WebhookException.Unknown) {
 *     println(unknown.failure.ticket?.let { client.resolve(it).state })
 * }
 * ```
 *
 * @param ticket that of the error, of a pending call, or one that was stored.
 * @param progress told of waits in a thread of the library's.
 * @return the webhook and its state; [WebhookState.Absent] when the create was not applied, [WebhookState.Unverified] when it is
 *   too early to say. Several such webhooks are the first and its duplicates.
 * @throws WebhookException as of [list].
 */
public suspend fun Client.resolve(
    ticket: Ticket,
    options: ResolveOptions? = null,
    progress: ((RunProgress) -> Unit)? = null,
): Reconciled = awaiting { resolveUntil(ticket, options, progress?.let(::Listening), it) }

/**
 * Ensures that one webhook of this event, URL and properties exists: declarative, and safe to run
 * again.
 *
 * It lists first, creates only what is known not to be there, and reads back what it made; the
 * webhook of a lost answer is looked for until it shows up or the consistency window is over. A
 * webhook that is found is adopted as it is and its differences are listed, unless `overwrite` is
 * set; one that was created with another event or URL is deleted again. A webhook that was found
 * disabled is not as desired, because only a person can enable it.
 *
 * Runs of one identity on one client go one after another. **Several clients at once** may each
 * list, see nothing and create. Each then sees the other's on reading back, unless the list is
 * later than that; the one whose id is the greater deletes its own.
 *
 * Cancelling the coroutine ends the run at once: a create that was not sent is withdrawn, one that
 * was goes on, and shows in [Client.pending] with its ticket.
 *
 * ```kotlin
 * val result = client.ensure(WebhookDraft("https://example.com/hooks", Trigger.LeadCreate))
 * println("${result.id} ${result.action}, as desired: ${result.isOk}")
 * ```
 *
 * @param draft what is to exist.
 * @param progress told of waits in a thread of the library's.
 * @throws WebhookException with the outcome of the whole run: [WebhookException.Unknown] with a ticket when creates were lost time
 *   and again, with an id when a webhook was created and could not be read back.
 */
public suspend fun Client.ensure(
    draft: WebhookDraft,
    options: EnsureOptions? = null,
    progress: ((RunProgress) -> Unit)? = null,
): Reconciled = awaiting { ensureUntil(draft, options, progress?.let(::Listening), it) }
