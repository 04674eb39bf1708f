package leadsquared.webhooks

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import kotlin.io.path.createTempDirectory
import kotlin.io.path.exists
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue

private fun toml(host: String) = """
    [[accounts]]
    name = "acme"
    host = "$host"
    access_key_env = "ACME_ACCESS_KEY"
    secret_key_env = "ACME_SECRET_KEY"
    owns = "https://hooks.example.com/"

    [[accounts.webhooks]]
    url = "https://hooks.example.com/leads"
    trigger = { event = "lead_create" }

    [[accounts.webhooks]]
    url = "https://hooks.example.com/calls"
    trigger = { event = "lead_activity_create", activity = "22" }
"""

private fun manifest(host: String, accessKey: String, secretKey: String): Manifest =
    Manifest.parse(toml(host), mapOf("ACME_ACCESS_KEY" to accessKey, "ACME_SECRET_KEY" to secretKey))

class ApplyTest {
    @Test
    fun `a manifest is planned, applied and then true`() = runBlocking<Unit> {
        Sandbox().use { sandbox ->
            val manifest = manifest(sandbox.host, sandbox.accessKey, sandbox.secretKey)
            assertEquals(listOf("acme"), manifest.accounts())
            val old = sandbox.client().use {
                it.create(WebhookDraft("https://hooks.example.com/old", Trigger.LeadUpdate)).id
            }
            val before = assertIs<AccountPlan.Read>(plan(manifest).single())
            assertEquals(listOf<Planned>(Planned.Create, Planned.Create), before.wanted)
            assertEquals(listOf(old), before.unwanted.map(Webhook::id))

            val journal = createTempDirectory().resolve("journal")
            val steps = LinkedBlockingQueue<ApplyProgress>()
            val held = CountDownLatch(1)
            val applied = apply(manifest, ApplyOptions(delete = true, journal = journal.toString())) {
                held.await()
                steps.add(it)
            }.single()
            held.countDown() // The run has ended with its listener held: it holds no run up.
            assertEquals("acme" to true, applied.account to applied.done)
            assertEquals(listOf(old) to emptyList(), applied.removed to applied.notRemoved)
            val webhooks = applied.webhooks.map { assertIs<Applied.Done>(it).ensured }
            webhooks.forEach { assertIs<Change.Created>(it.change) }
            assertFalse(journal.exists())
            val told = List(3) { steps.take() }
            assertEquals(List(2) { ApplyProgress.Webhook("acme") } + ApplyProgress.Account("acme"), told)

            val after = assertIs<AccountPlan.Read>(plan(manifest).single())
            assertEquals(webhooks.map<Ensured, Planned> { Planned.Keep(it.id) }, after.wanted)
            assertEquals(2, sandbox.webhooks().size)
            assertTrue(sandbox.isClean())
        }
    }

    @Test
    fun `what is wrong with a manifest, an account or a journal is told`() = runBlocking {
        val invalid = assertFailsWith<WebhookException.Invalid> { Manifest.parse(toml("127.0.0.1:9"), mapOf()) }
        assertEquals(
            listOf("accounts[0].access_key_env", "accounts[0].secret_key_env"),
            invalid.violations.map(Violation::field),
        )
        Sandbox().use { sandbox ->
            val stranger = manifest(sandbox.host, "a", "b")
            val failed = assertIs<AccountPlan.Failed>(plan(stranger).single())
            assertEquals(FailureKind.UNAUTHORIZED, assertIs<WebhookException.Refused>(failed.error).kind)
            val applied = apply(stranger).single()
            assertFalse(applied.done)
            for (webhook in applied.webhooks) assertIs<WebhookException.Refused>(assertIs<Applied.Failed>(webhook).error)
            val folder = createTempDirectory().toString()
            val config = assertFailsWith<ConfigException.InvalidSettings> { apply(stranger, ApplyOptions(journal = folder)) }
            assertEquals("journal", config.problems.single().setting)
        }
    }

    @Test
    fun `an apply that is cancelled ends at once and the next goes on`() = runBlocking {
        val journal = createTempDirectory().resolve("journal").toString()
        ScriptedServer().use { server ->
            val apply = async(Dispatchers.IO) { apply(manifest(server.host, "a", "b"), ApplyOptions(journal = journal)) }
            server.arrived.take()
            server.answer(200, NOTHING)
            assertTrue("Create" in server.arrived.take())
            apply.cancelAndJoin()
        }
        Sandbox().use { sandbox ->
            val manifest = manifest(sandbox.host, sandbox.accessKey, sandbox.secretKey)
            val options = ApplyOptions(settling = java.time.Duration.ZERO, journal = journal)
            assertTrue(apply(manifest, options).single().done)
            assertEquals(2, sandbox.webhooks().size)
        }
    }
}
