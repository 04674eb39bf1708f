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
 * The webhooks that a filter lets through: `POST /v2/Webhook.svc/Retrieve`, documented. Pages are fetched as needed; what they
 * hold together is checked against the number that the API tells.
 *
 * A webhook that was created a moment ago may be missing: how late a list is, is unknown.
 *
 * ```kotlin
 * for (webhook in client.list(WebhookFilter(Event.LEAD_CREATE))) println("${webhook.id} ${webhook.url} ${webhook.status}")
 * ```
 *
 * @param filter which are asked for; all of them by default.
 * @throws WebhookException as of [create]; a read may always be repeated. [UnexpectedReason.INCOMPLETE] when the pages do not
 *   hold what they say, three times over.
 */
public suspend fun Client.list(filter: WebhookFilter = WebhookFilter()): List<Webhook> =
    awaiting { listUntil(filter, it) }

/**
 * The webhook of this id.
 *
 * @param id the vendor's name for it.
 * @return null when the list does not show it.
 * @throws WebhookException as of [list].
 */
public suspend fun Client.get(id: String): Webhook? = waiting { getUntil(id, it) }

/**
 * Replaces a webhook, whole: `POST /v2/Webhook.svc/Update`, documented; that nothing of the old one stays is inferred. It may be
 * repeated, and is, after a lost answer. Cancelling the coroutine ends the wait and not the update.
 *
 * @param id the vendor's name for it.
 * @param draft what it is to be.
 * @throws WebhookException [WebhookException.Unknown] when every answer was lost: the old or the new webhook exists.
 */
public suspend fun Client.update(id: String, draft: WebhookDraft): Changed = awaiting { updateUntil(id, draft, it) }

/**
 * Deletes a webhook: `GET /v2/Webhook.svc/Delete`, documented, confirmed by reading, for what it answers is unknown. Cancelling
 * the coroutine ends the wait and not the delete.
 *
 * @param id the vendor's name for it.
 * @throws WebhookException [WebhookException.Unknown] when the list goes on showing it ([UnexpectedReason.STILL_THERE]) or
 *   cannot be read ([FailureKind.UNCONFIRMED]).
 */
public suspend fun Client.delete(id: String): Changed = awaiting { deleteUntil(id, it) }

/**
 * A webhook was created as something else than was asked for: the disputed codes of the opportunity events do that.
 *
 * It is no [WebhookException], whose four cases say whether a create was applied: here it surely was. And whoever creates
 * without reading back has no branch to write that cannot be taken.
 *
 * @property mismatch its id, what differs, what exists, and whether it was deleted again.
 */
public class MismatchException(public val mismatch: Mismatch) : Exception(mismatch.detail) {
    override fun toString(): String = mismatch.detail
}

/**
 * Creates a webhook and reads it back: event, URL, state and properties are compared. This alone tells which of the two tables of
 * event codes an account follows.
 *
 * Cancelling the coroutine ends the wait and the reading, and not the create: see [create].
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.OpportunityCreate(listOf("12000")))
 * val verified = client.createVerified(draft, OnMismatch.UNDO)
 * println("${verified.id} is ${verified.verification}")
 * ```
 *
 * @param draft what is to be created.
 * @param onMismatch what is done about a webhook that was created as something else.
 * @throws MismatchException when something else exists, or existed until it was undone.
 * @throws WebhookException as of [create].
 */
public suspend fun Client.createVerified(draft: WebhookDraft, onMismatch: OnMismatch = OnMismatch.KEEP): Verified =
    when (val created = awaiting { createVerifiedUntil(draft, onMismatch, it) }) {
        is CreatedAs.Asked -> created.verified
        is CreatedAs.SomethingElse -> throw MismatchException(created.mismatch)
    }

/**
 * Finds out what became of a create by reading: found, several, not seen yet, or absent.
 *
 * **An empty list at once proves nothing**: the call may still be on its way, and the list may be late. Only after the settling
 * time does "not there" mean "not applied". Cancelling the coroutine ends the looking at once.
 *
 * ```kotlin
 * try {
 *     client.create(draft)
 * } catch (unknown: WebhookException.Unknown) {
 *     println(unknown.ticket?.let { client.resolve(it) })
 * }
 * ```
 *
 * @param ticket that of the error, of a pending call, or one that was stored.
 * @throws WebhookException as of [list].
 */
public suspend fun Client.resolve(ticket: Ticket, options: ResolveOptions? = null): Resolution =
    awaiting { resolveUntil(ticket, options, it) }

/**
 * Makes sure that one webhook of this event, URL and properties exists, and says what was done: existed, created, updated, or
 * found disabled, which only a person can mend.
 *
 * It looks first, creates only what is surely not there, and reads back what it made; an answer that is lost is looked for until
 * it shows or the settling time is over. Creates of this client that are under way or unclaimed are waited for. The custom
 * headers, the content type and the landing pages are not told by the API, so they are not compared: [update] sets them anew.
 *
 * **Several at once** may each look, see nothing and create. Each then sees the other's on reading back, unless the list is later
 * than that, and reports it as surplus; with `removeSurplus` the one whose id is the greater deletes its own.
 *
 * Cancelling the coroutine ends the run at once; a create that has left goes on, and shows in [Client.pending] with its ticket.
 *
 * ```kotlin
 * val ensured = client.ensure(WebhookDraft("https://example.com/hooks", Trigger.LeadCreate))
 * println("${ensured.id}: ${ensured.change}")
 * ```
 *
 * @param draft what is to exist.
 * @throws WebhookException as of [create]; [WebhookException.Unknown] with a ticket when creates were lost time and again.
 */
public suspend fun Client.ensure(draft: WebhookDraft, options: EnsureOptions? = null): Ensured =
    awaiting { ensureUntil(draft, options, it) }
