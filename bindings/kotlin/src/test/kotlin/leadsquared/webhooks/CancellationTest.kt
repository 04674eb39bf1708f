package leadsquared.webhooks

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.coroutines.yield
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

private val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)

/**
 * The server responds only after the wait has ended: a wait that lasted until the response would
 * hang these tests.
 */
class CancellationTest {
    @Test
    fun `creates that wait for the quota are withdrawn when they are cancelled and are never sent`() = runBlocking {
        Sandbox().use { sandbox ->
            val quota = Quota(listOf(QuotaLimit(1u, Duration.ofHours(1))))
            sandbox.client(quota).use { client ->
                client.create(draft)
                val queued = List(20) { async(start = CoroutineStart.UNDISPATCHED) { client.create(draft) } }
                assertEquals(List(20) { PendingState.Queued }, client.pending().map(PendingCall::state))
                while (quota.waiting() < 20u) yield()
                queued.forEach { it.cancelAndJoin() }
                assertEquals(emptyList(), client.pending())
                assertEquals(0uL, quota.waiting())
                client.drain()
                assertEquals(1, sandbox.requests().size)
            }
        }
    }

    @Test
    fun `whoever else waits for a create that is withdrawn gets that it was not sent`() = runBlocking {
        Sandbox().use { sandbox ->
            sandbox.client(Quota(listOf(QuotaLimit(1u, Duration.ofHours(1))))).use { client ->
                client.create(draft)
                val queued = async(start = CoroutineStart.UNDISPATCHED) { client.create(draft) }
                val id = client.pending().single().id
                val second = async(start = CoroutineStart.UNDISPATCHED) {
                    assertFailsWith<WebhookException.NotSent> { client.takeOutcome(id) }
                }
                queued.cancelAndJoin()
                assertEquals(FailureKind.CANCELLED, second.await().failure.kind)
                assertNull(client.takeOutcome(id))
                assertEquals(1, sandbox.requests().size)
            }
        }
    }

    @Test
    fun `a create is cancelled by its id`() = runBlocking {
        ScriptedServer().use { server ->
            val quota = Quota(listOf(QuotaLimit(1u, Duration.ofHours(1))))
            Client(ApiHost.parse(server.host), Credentials("a", "b"), quota = quota).use { client ->
                val sent = async(Dispatchers.IO) { client.create(draft) }
                server.arrived.take()
                val queued = async(start = CoroutineStart.UNDISPATCHED) {
                    assertFailsWith<WebhookException.NotSent> { client.create(draft) }
                }
                val (first, second) = client.pending().map(PendingCall::id)
                assertEquals(Cancelled.ALREADY_SENT, client.cancel(first))
                assertEquals(Cancelled.WITHDRAWN, client.cancel(second))
                assertEquals(FailureKind.CANCELLED, queued.await().failure.kind)
                assertEquals(Cancelled.NO_SUCH_CALL, client.cancel(second))
                server.answer(200, SUCCESS)
                assertEquals(36, sent.await().id.length)
                assertEquals(0, server.arrived.size, "the other was not sent")
            }
        }
    }

    @Test
    fun `an ensure that is cancelled while its create waits for the quota leaves nothing`() = runBlocking {
        Sandbox().use { sandbox ->
            // The quota admits the list, but not the create.
            sandbox.client(Quota(listOf(QuotaLimit(1u, Duration.ofHours(1))))).use { client ->
                val ensure = async(Dispatchers.IO) { client.ensure(draft) }
                while (client.pending().isEmpty()) yield()
                ensure.cancelAndJoin()
                assertEquals(emptyList(), client.pending())
                assertEquals(0, sandbox.webhooks().size)
            }
        }
    }

    @Test
    fun `a run that is cancelled by its cancellation waits for what was sent and reports it`() = runBlocking {
        ScriptedServer().use { server ->
            server.client().use { client ->
                val cancellation = Cancellation()
                val options = EnsureOptions(cancellation = cancellation)
                val ensure = async(Dispatchers.IO) {
                    assertFailsWith<WebhookException.Unknown> { client.ensure(draft, options) }
                }
                server.arrived.take()
                server.answer(200, NOTHING)
                assertTrue("Create" in server.arrived.take())
                cancellation.cancel()
                assertTrue(cancellation.isCancelled())
                server.answer(200, SUCCESS)
                val failure = ensure.await().failure
                assertEquals("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4", failure.id)
                assertEquals(FailureKind.UNCONFIRMED, failure.kind)
                assertEquals(0, server.arrived.size, "nothing more was begun")
            }
        }
    }

    @Test
    fun `cancelling ends the wait at once and a create that was sent runs to its end`() = runBlocking {
        ScriptedServer().use { server ->
            server.client().use { client ->
                val create = async(Dispatchers.IO) { client.create(draft) }
                server.arrived.take()
                create.cancelAndJoin()
                assertTrue(create.isCancelled)

                val call = client.pending().single()
                assertIs<PendingState.InFlight>(call.state)
                server.answer(200, SUCCESS)
                assertEquals("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4", client.takeOutcome(call.id)?.id)
                assertEquals(emptyList(), client.pending())
                assertEquals(0, server.arrived.size, "it was sent once")
            }
        }
    }

    @Test
    fun `a timeout around a create does the same`() = runBlocking {
        ScriptedServer().use { server ->
            server.client().use { client ->
                // A timeout that expires before the create is sent leaves nothing pending: try a
                // longer one.
                val timeouts = generateSequence(1L) { it * 2 }
                val call = timeouts.firstNotNullOf {
                    assertNull(withTimeoutOrNull(it) { client.create(draft) })
                    client.pending().singleOrNull()
                }
                server.answer(500, """{"Status":"Error","ExceptionType":"MXDuplicateEntryException"}""")
                val error = assertFailsWith<WebhookException.Refused> { client.takeOutcome(call.id) }
                assertEquals(FailureKind.DUPLICATE, error.failure.kind)
            }
        }
    }

    @Test
    fun `no cancellation loses an outcome`() = runBlocking(Dispatchers.Default) {
        Sandbox("--quota", "100000/1").use { sandbox ->
            sandbox.client().use { client ->
                val known = ConcurrentHashMap.newKeySet<String>()
                val creates = List(300) { launch { known.add(client.create(draft).id) } }
                creates.forEachIndexed { index, create ->
                    repeat(index % 7) { yield() }
                    create.cancel()
                }
                creates.joinAll()
                for (call in client.pending()) client.takeOutcome(call.id)?.let { known.add(it.id) }
                val ids = sandbox.webhooks().map { it.jsonObject.getValue("id").jsonPrimitive.content }
                assertEquals(ids.toSet(), known.toSet())
            }
        }
    }

    @Test
    fun `a coroutine that is cancelled before it begins creates nothing`() = runBlocking {
        ScriptedServer().use { server ->
            server.client().use { client ->
                val create = launch {
                    cancel()
                    client.create(draft)
                }
                create.join()
                assertEquals(emptyList(), client.pending())
            }
        }
    }

    @Test
    fun `taking an outcome can be cancelled and made again`() = runBlocking {
        ScriptedServer().use { server ->
            server.client().use { client ->
                val create = async(Dispatchers.IO) { client.create(draft) }
                server.arrived.take()
                create.cancelAndJoin()
                val id = client.pending().single().id
                assertNull(withTimeoutOrNull(1) { client.takeOutcome(id) })
                server.answer(200, SUCCESS)
                assertEquals(36, client.takeOutcome(id)?.id?.length)
                assertNull(client.takeOutcome(id), "an outcome is taken once")
            }
        }
    }

    @Test
    fun `a cancelled ensure ends at once and its create goes on, with a ticket`() = runBlocking {
        ScriptedServer().use { server ->
            server.client().use { client ->
                val ensure = async(Dispatchers.IO) { client.ensure(draft) }
                server.arrived.take()
                server.answer(200, NOTHING)
                assertTrue("Create" in server.arrived.take())
                ensure.cancelAndJoin()
                assertTrue(ensure.isCancelled)

                val call = client.pending().single()
                assertIs<PendingState.InFlight>(call.state)
                assertTrue(draft.url in assertNotNull(call.ticket).toJson())
                server.answer(200, SUCCESS)
                client.drain()
                assertIs<PendingState.Created>(client.pending().single().state)
                assertEquals("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4", client.takeOutcome(call.id)?.id)
            }
        }
    }

    @Test
    fun `reading, resolving and draining end at once`() = runBlocking {
        ScriptedServer().use { server ->
            server.client(retry = RetryPolicy(attempts = 1u)).use { client ->
                server.answer(500, "")
                val ticket = assertNotNull(assertFailsWith<WebhookException.Unknown> { client.create(draft) }.failure.ticket)
                server.arrived.take()
                val waits = listOf<suspend () -> Unit>(
                    { client.list() },
                    { client.get("b1c4") },
                    { client.resolve(ticket) },
                    { client.ensure(draft) },
                    { client.update("b1c4", draft) },
                    { client.delete("b1c4") },
                    { client.createVerified(draft) },
                )
                for (wait in waits) {
                    val waiting = async(Dispatchers.IO) { wait() }
                    server.arrived.take()
                    waiting.cancelAndJoin()
                    assertTrue(waiting.isCancelled)
                }
                assertNull(withTimeoutOrNull(1) { client.drain() }, "the verified create goes on")
                assertIs<PendingState.InFlight>(client.pending().single().state)
            }
        }
    }
}
