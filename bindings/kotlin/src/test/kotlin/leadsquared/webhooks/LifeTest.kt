package leadsquared.webhooks

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import java.time.Duration
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

private val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate, description = "calls")

/** How long a create may still show up; the sandbox shows a late one before that. */
private val settling: Duration = Duration.ofMillis(400)
private const val LATE = """"on": "create", "visible_after_ms": 100"""

class LifeTest {
    private val opened = mutableListOf<AutoCloseable>()

    private fun <T : AutoCloseable> T.closed(): T = also { opened.add(it) }

    @AfterTest
    fun close() = opened.asReversed().forEach(AutoCloseable::close)

    private val sandbox = Sandbox("--quota", "1000/1").closed()
    private val client = sandbox.client().closed()

    @Test
    fun `a list holds all pages of what its filter lets through`() = runBlocking {
        val created = List(105) { async { client.create(draft).id } }.awaitAll()
        val other = client.create(draft.copy(trigger = Trigger.LeadUpdate)).id
        assertEquals(created.toSet(), client.list(WebhookFilter(Event.LEAD_CREATE)).map(Webhook::id).toSet())
        assertEquals((created + other).toSet(), client.list().map(Webhook::id).toSet())
        sandbox.status(other, 2)
        val disabled = client.list(WebhookFilter(status = WebhookStatus.DisabledByFailures)).single()
        assertEquals(other to "Lead_Post_Update", disabled.id to disabled.event)
        for ((field, filter) in mapOf("event" to WebhookFilter(event = " "), "id" to WebhookFilter(id = " "))) {
            val error = assertFailsWith<WebhookException.Invalid> { client.list(filter) }
            assertEquals(listOf(field), error.violations.map(Violation::field))
        }
        assertTrue(sandbox.isClean())
    }

    @Test
    fun `a webhook is read, replaced and deleted`() = runBlocking {
        assertFalse(client.mayHaveChanged())
        val id = client.create(draft).id
        assertTrue(client.mayHaveChanged())
        val webhook = assertNotNull(client.get(id))
        assertEquals("https://example.com/hooks" to "calls", webhook.url to webhook.description)
        assertEquals("Lead_Post_Create" to WebhookStatus.Enabled, webhook.event to webhook.status)
        val changed = client.update(id, draft.copy(url = "https://example.com/moved"))
        assertEquals(id to listOf("ok"), changed.id to changed.attempts.map(Attempt::result))
        assertEquals("https://example.com/moved", client.get(id)?.url)
        assertEquals(id, client.delete(id).id)
        assertNull(client.get(id))
        assertEquals(0, sandbox.webhooks().size)
        assertEquals("id", assertFailsWith<WebhookException.Invalid> { client.get(" ") }.violations.single().field)
    }

    @Test
    fun `an update whose answer is lost is sent again`() = runBlocking {
        val id = client.create(draft).id
        sandbox.fault("""{"fault": "apply_then_500", "on": "update"}""")
        assertEquals(listOf("server", "ok"), client.update(id, draft).attempts.map(Attempt::result))
    }

    @Test
    fun `a verified create tells what was created and undoes what was not asked for`() = runBlocking<Unit> {
        val account = Sandbox("--codes", "observed").closed()
        val byTheBook = account.client().closed()
        val opportunity = draft.copy(trigger = Trigger.OpportunityCreate(listOf("12000")))
        val undone = assertFailsWith<MismatchException> { byTheBook.createVerified(opportunity, OnMismatch.UNDO) }
        val difference = undone.mismatch.differences.single()
        assertEquals(
            listOf("event", "Opportunity_Post_Create", "Opportunity_Post_Delete"),
            listOf(difference.field, difference.asked, difference.got),
        )
        assertEquals(undone.mismatch.id to "Opportunity_Post_Delete", undone.mismatch.got.id to undone.mismatch.got.event)
        assertTrue(undone.mismatch.undone)
        assertEquals(1, undone.mismatch.attempts.size)
        assertEquals(undone.mismatch.detail, undone.message)
        assertEquals(0, account.webhooks().size)

        val kept = assertFailsWith<MismatchException> { byTheBook.createVerified(opportunity) }
        assertFalse(kept.mismatch.undone)
        assertEquals(listOf(kept.mismatch.id), account.idsOf(draft.url))

        val same = byTheBook.createVerified(draft)
        assertIs<Verification.Same>(same.verification)
        account.fault("""{"fault": "late_visibility", "ms": 3600000}""")
        val unseen = assertIs<Verification.Unverified>(byTheBook.createVerified(draft).verification)
        assertEquals(UnverifiedReason.NOT_SEEN, unseen.why)
        assertFailsWith<WebhookException.Invalid> { byTheBook.createVerified(draft.copy(url = "")) }
    }

    @Test
    fun `an answer that is lost is resolved from the ticket's JSON by another client`() = runBlocking<Unit> {
        sandbox.fault("""{"fault": "apply_then_close", $LATE}""")
        val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.ticket)
        val stored = Ticket.fromJson(ticket.toJson())
        assertEquals(ticket.toJson(), stored.toJson())
        val found = assertIs<Resolution.Found>(sandbox.client().closed().resolve(stored))
        assertEquals(listOf(found.webhook.id), sandbox.idsOf(draft.url))

        client.create(draft)
        assertEquals(2, assertIs<Resolution.Several>(client.resolve(stored)).webhooks.size)
        val wrong = assertFailsWith<WebhookException.Invalid> { Ticket.fromJson("{}") }
        assertEquals("ticket", wrong.violations.single().field)
    }

    @Test
    fun `what was not applied is absent only after the settling time`() = runBlocking<Unit> {
        sandbox.fault("""{"fault": "close_before_apply"}""")
        val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.ticket)
        val early = assertIs<Resolution.NotSeen>(client.resolve(ticket, ResolveOptions(patience = Duration.ZERO)))
        assertEquals(ticket.sentAt() + Duration.ofSeconds(60), early.settledAt)
        assertIs<Resolution.Absent>(client.resolve(ticket, ResolveOptions(settling = settling)))
    }

    @Test
    fun `ensure leaves one webhook whatever goes wrong, and says what it did`() = runBlocking {
        val hasty = sandbox.client(timeout = Duration.ofMillis(500)).closed()
        val options = EnsureOptions(settling = settling)
        val faults = listOf(
            "close_before_apply", "apply_then_close", "apply_then_500", "apply_then_stall", "stall", "truncated",
        )
        for (fault in faults) {
            val wanted = draft.copy(url = "https://example.com/$fault")
            sandbox.fault("""{"fault": "$fault", $LATE}""")
            val ensured = hasty.ensure(wanted, options)
            assertIs<Change.Created>(ensured.change, fault)
            assertEquals(listOf(ensured.id), sandbox.idsOf(wanted.url), fault)
            val again = hasty.ensure(wanted, options)
            assertEquals(ensured.id, again.id)
            assertIs<Change.Existed>(again.change, fault)
        }
        assertEquals(faults.size, sandbox.webhooks().size)
        assertEquals(emptyList(), hasty.pending())
    }

    @Test
    fun `ensure tells what it found, updates what differs, and takes tickets`() = runBlocking<Unit> {
        sandbox.fault("""{"fault": "apply_then_close", $LATE}""")
        val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.ticket)
        val first = client.ensure(draft, EnsureOptions(tickets = listOf(ticket)))
        assertContentEquals(listOf(first.id), sandbox.idsOf(draft.url))

        val updated = client.ensure(draft.copy(description = "all calls"))
        val difference = assertIs<Change.Updated>(updated.change).differences.single()
        assertEquals(Difference("description", "all calls", "calls"), difference)
        assertEquals(first.id, updated.id)

        val twin = client.create(draft).id
        val surplus = client.ensure(draft.copy(description = "all calls"))
        assertEquals(setOf(first.id, twin), (surplus.surplus + surplus.id).toSet())
        client.delete(twin)

        sandbox.status(first.id, 2)
        val disabled = client.ensure(draft)
        assertEquals(WebhookStatus.DisabledByFailures, assertIs<Change.Disabled>(disabled.change).status)
        val invalid = assertFailsWith<WebhookException.Invalid> { client.ensure(draft.copy(url = "/")) }
        assertEquals("url", invalid.violations.single().field)
    }
}
