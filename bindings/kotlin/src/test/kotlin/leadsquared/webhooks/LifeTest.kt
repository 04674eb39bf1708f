package leadsquared.webhooks

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import java.time.Duration
import java.util.concurrent.LinkedBlockingQueue
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

/** The consistency window; the sandbox shows delayed creates before it has passed. */
private val window: Duration = Duration.ofMillis(400)
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
    fun `a verified create says what was created, and a mismatch is rolled back when asked`() = runBlocking<Unit> {
        val account = Sandbox("--codes", "observed").closed()
        val byTheBook = account.client().closed()
        val opportunity = draft.copy(trigger = Trigger.OpportunityCreate(listOf("12000")))
        val rolledBack = byTheBook.createVerified(opportunity, OnMismatch.ROLL_BACK)
        assertEquals(
            listOf(Difference("event", DifferenceKind.DIFFERS, "Opportunity_Post_Create", "Opportunity_Post_Delete")),
            rolledBack.differences,
        )
        assertEquals(Action.ROLLED_BACK to false, rolledBack.action to rolledBack.isOk)
        assertEquals(1, rolledBack.removed.size)
        assertEquals(0, account.webhooks().size)

        val kept = byTheBook.createVerified(opportunity)
        assertEquals(WebhookState.Mismatch to false, kept.state to kept.isOk)
        assertEquals(listOf(kept.id), account.idsOf(draft.url))

        val same = byTheBook.createVerified(draft)
        assertEquals(WebhookState.Delivering to true, same.state to same.isOk)
        assertEquals(WebhookOperation.CREATE, same.attempts.first().operation)
        account.fault("""{"fault": "late_visibility", "ms": 3600000}""")
        val unseen = byTheBook.createVerified(draft)
        assertEquals(WebhookState.Unverified(UnverifiedReason.NOT_SEEN) to false, unseen.state to unseen.isOk)
        assertNotNull(unseen.id)
        assertFailsWith<WebhookException.Invalid> { byTheBook.createVerified(draft.copy(url = "")) }
    }

    @Test
    fun `ensure rolls a mismatch back, or keeps it when asked`() = runBlocking {
        val account = Sandbox("--codes", "observed").closed()
        val byTheBook = account.client().closed()
        val opportunity = draft.copy(trigger = Trigger.OpportunityCreate(listOf("12000")))
        val rolledBack = byTheBook.ensure(opportunity)
        assertEquals(Action.ROLLED_BACK to false, rolledBack.action to rolledBack.isOk)
        assertEquals(0, account.webhooks().size)
        val kept = byTheBook.ensure(opportunity, EnsureOptions(keepMismatch = true))
        assertEquals(Action.CREATED to WebhookState.Mismatch, kept.action to kept.state)
        assertEquals(listOf(kept.id), account.idsOf(draft.url))
    }

    @Test
    fun `an answer that is lost is resolved from the ticket's JSON by another client`() = runBlocking<Unit> {
        sandbox.fault("""{"fault": "apply_then_close", $LATE}""")
        val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.failure.ticket)
        val stored = Ticket.fromJson(ticket.toJson())
        assertEquals(ticket.toJson(), stored.toJson())
        val found = sandbox.client().closed().resolve(stored)
        assertEquals(listOf(found.id), sandbox.idsOf(draft.url))
        assertEquals(WebhookState.Delivering to true, found.state to found.isOk)

        client.create(draft)
        assertEquals(1, client.resolve(stored).duplicates.size)
        val wrong = assertFailsWith<WebhookException.Invalid> { Ticket.fromJson("{}") }
        assertEquals("ticket", wrong.violations.single().field)
    }

    @Test
    fun `what was not applied is absent only after the consistency window, and the wait is reported`() = runBlocking<Unit> {
        sandbox.fault("""{"fault": "close_before_apply"}""")
        val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.failure.ticket)
        val early = client.resolve(ticket, ResolveOptions(maxWait = Duration.ZERO))
        assertEquals(WebhookState.Unverified(UnverifiedReason.NOT_SEEN), early.state)
        val waits = LinkedBlockingQueue<RunProgress>()
        val absent = client.resolve(ticket, ResolveOptions(consistencyWindow = window)) { waits.add(it) }
        assertEquals(null to WebhookState.Absent, absent.id to absent.state)
        val wait = assertIs<RunProgress.Waiting>(waits.take())
        assertEquals(listOf("Lead_Post_Create", draft.url), listOf(wait.event, wait.url))
        assertEquals(WaitingFor.LOST_CREATE, wait.why)
        assertTrue(wait.time <= wait.atMost && wait.atMost <= window)
    }

    @Test
    fun `ensure leaves one webhook whatever goes wrong, and says what it did`() = runBlocking {
        val hasty = sandbox.client(timeout = Duration.ofMillis(500)).closed()
        val options = EnsureOptions(consistencyWindow = window)
        val faults = listOf(
            "close_before_apply", "apply_then_close", "apply_then_500", "apply_then_stall", "stall", "truncated",
        )
        for (fault in faults) {
            val desired = draft.copy(url = "https://example.com/$fault")
            sandbox.fault("""{"fault": "$fault", $LATE}""")
            val created = hasty.ensure(desired, options)
            assertEquals(Action.CREATED to true, created.action to created.isOk, fault)
            assertEquals(listOf(created.id), sandbox.idsOf(desired.url), fault)
            val again = hasty.ensure(desired, options)
            assertEquals(created.id to Action.EXISTED, again.id to again.action, fault)
        }
        assertEquals(faults.size, sandbox.webhooks().size)
        assertEquals(emptyList(), hasty.pending())
    }

    @Test
    fun `ensure adopts what it finds, and replaces what differs only when asked`() = runBlocking<Unit> {
        sandbox.fault("""{"fault": "apply_then_close", $LATE}""")
        val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.failure.ticket)
        val first = client.ensure(draft, EnsureOptions(tickets = listOf(ticket)))
        assertContentEquals(listOf(first.id), sandbox.idsOf(draft.url))

        val described = draft.copy(description = "all calls", customHeaders = listOf(CustomHeader("x-api-key", "v")))
        val adopted = client.ensure(described)
        assertEquals(listOf(first.id, Action.EXISTED, true), listOf(adopted.id, adopted.action, adopted.isOk))
        assertEquals(
            listOf(
                Difference("description", DifferenceKind.DIFFERS, "all calls", "calls"),
                Difference("custom_headers", DifferenceKind.NOT_OBSERVABLE, "x-api-key", null),
            ),
            adopted.differences,
        )
        assertTrue(adopted.hasUnobservable)
        assertFalse(adopted.changes)
        val updated = client.ensure(described, EnsureOptions(overwrite = true))
        assertEquals(listOf(first.id, Action.UPDATED, true), listOf(updated.id, updated.action, updated.isOk))
        assertEquals("all calls", client.get(assertNotNull(first.id))?.description)
    }

    @Test
    fun `ensure reports duplicates, and what it found disabled is not as desired`() = runBlocking<Unit> {
        val first = client.create(draft).id
        val second = client.create(draft).id
        val found = client.ensure(draft)
        assertEquals(setOf(first, second), (found.duplicates + found.id).toSet())
        client.delete(second)

        sandbox.status(first, 2)
        val disabled = client.ensure(draft)
        assertEquals(WebhookState.Disabled(WebhookStatus.DisabledByFailures), disabled.state)
        assertEquals(Action.EXISTED to false, disabled.action to disabled.isOk)
        val invalid = assertFailsWith<WebhookException.Invalid> { client.ensure(draft.copy(url = "/")) }
        assertEquals("url", invalid.violations.single().field)
    }

    @Test
    fun `an ensure that created and then could not read says which webhook, with its ticket`() = runBlocking {
        val server = ScriptedServer().closed()
        val blind = server.client().closed()
        server.answer(200, NOTHING)
        server.answer(200, SUCCESS)
        repeat(9) { server.answer(401, """{"Status":"Error","ExceptionType":"MXInvalidCredentialsException"}""") }
        val error = assertFailsWith<WebhookException.Unknown> { blind.ensure(draft) }
        assertTrue(error.mayHaveBeenApplied())
        assertEquals("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4", error.failure.id)
        assertTrue(draft.url in assertNotNull(error.failure.ticket).toJson())
        assertEquals(FailureKind.UNCONFIRMED, error.failure.kind)
        val operations = error.failure.attempts.map(Attempt::operation)
        assertEquals(listOf(WebhookOperation.RETRIEVE, WebhookOperation.CREATE), operations.take(2))
        assertEquals(setOf(WebhookOperation.RETRIEVE), operations.drop(2).toSet())
        assertEquals(Outcome.UNKNOWN, error.outcome())
    }
}
