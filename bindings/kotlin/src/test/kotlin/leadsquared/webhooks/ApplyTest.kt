package leadsquared.webhooks

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import kotlin.io.path.createTempDirectory
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

private fun toml(host: String) = """
    [[accounts]]
    name = "acme"
    host = "$host"
    access_key_env = "ACME_ACCESS_KEY"
    secret_key_env = "ACME_SECRET_KEY"
    managed_prefix = "https://hooks.example.com/"

    [[accounts.webhooks]]
    url = "https://hooks.example.com/leads"
    trigger = { event = "lead_create" }

    [[accounts.webhooks]]
    url = "https://hooks.example.com/calls"
    trigger = { event = "lead_activity_create", activity = "22" }
"""

private fun manifest(host: String, accessKey: String, secretKey: String): Manifest =
    Manifest.parse(toml(host), mapOf("ACME_ACCESS_KEY" to accessKey, "ACME_SECRET_KEY" to secretKey))

private fun Sandbox.manifest(): Manifest = manifest(host, accessKey, secretKey)

class ApplyTest {
    private val state = StateSettings(createTempDirectory().resolve("webhooks.toml.state").toString())

    @Test
    fun `a manifest is planned, applied and then as desired`() = runBlocking<Unit> {
        Sandbox().use { sandbox ->
            val manifest = sandbox.manifest()
            assertEquals(listOf("acme"), manifest.accounts())
            val old = sandbox.client().use {
                it.create(WebhookDraft("https://hooks.example.com/old", Trigger.LeadUpdate)).id
            }
            val before = plan(manifest, ApplyOptions(prune = Pruning.All)).single()
            assertTrue(before.changes)
            assertEquals(listOf(Action.CREATED, Action.CREATED), before.webhooks.map { it.reconciled?.action })
            assertEquals(listOf(old), before.prune.map(Webhook::id))
            assertEquals(1, sandbox.webhooks().size, "a plan is read-only")

            val steps = LinkedBlockingQueue<RunProgress>()
            val held = CountDownLatch(1)
            val options = ApplyOptions(
                prune = Pruning.Shown(mapOf(before.name to before.prune)),
                state = state,
                earlierAttempts = mapOf(before.name to before.attempts),
            )
            val applied = apply(manifest, options) {
                held.await()
                steps.add(it)
            }
            held.countDown() // The run has ended while its listener was blocked.
            assertNull(applied.stateError)
            val account = applied.accounts.single()
            assertEquals("acme" to true, account.name to account.isOk)
            assertEquals(listOf(old to Action.PRUNED), account.pruned.map { it.reconciled?.id to it.reconciled?.action })
            val created = account.webhooks.map { assertNotNull(it.reconciled) }
            assertEquals(List(2) { Action.CREATED to WebhookState.Delivering }, created.map { it.action to it.state })
            val reported = generateSequence { steps.take() }.takeWhile { it != RunProgress.Account("acme") }.toList()
            assertEquals(RunProgress.Webhooks("acme", 2u), reported.last())

            val after = plan(manifest, options).single()
            assertFalse(after.changes)
            assertEquals(created.map(Reconciled::id), after.webhooks.map { it.reconciled?.id })
            assertEquals(2, sandbox.webhooks().size)
            assertTrue(sandbox.isClean())
        }
    }

    @Test
    fun `what was found disabled is not as desired, in a plan and in an apply`() = runBlocking<Unit> {
        Sandbox().use { sandbox ->
            val manifest = sandbox.manifest()
            val first = apply(manifest).accounts.single().webhooks.first()
            sandbox.status(assertNotNull(first.reconciled?.id), 2)
            val planned = plan(manifest).single().webhooks
            assertEquals(listOf(false, true), planned.map(DesiredWebhook::isOk))
            val account = apply(manifest).accounts.single()
            assertFalse(account.isOk)
            val disabled = WebhookState.Disabled(WebhookStatus.DisabledByFailures)
            assertEquals(listOf(disabled, WebhookState.Delivering), account.webhooks.map { it.reconciled?.state })
        }
    }

    @Test
    fun `what is wrong with a manifest, an account or a state file is reported`() = runBlocking {
        val invalid = assertFailsWith<WebhookException.Invalid> { Manifest.parse(toml("127.0.0.1:9"), mapOf()) }
        assertEquals(
            listOf("accounts[0].access_key_env", "accounts[0].secret_key_env"),
            invalid.violations.map(Violation::field),
        )
        val foreign = manifest("api.example", "a", "b").warnings().single()
        assertEquals(WarningCode.FOREIGN_HOST to "accounts[0].host", foreign.code to foreign.field)
        assertEquals(WarningCode.FOREIGN_HOST to null, ApiHost.parse("api.example").warning()?.code to ApiHost.mumbai().warning())
        Sandbox().use { sandbox ->
            val stranger = manifest(sandbox.host, "a", "b")
            val planned = assertIs<WebhookException.Refused>(plan(stranger).single().error)
            assertEquals(FailureKind.UNAUTHORIZED, planned.failure.kind)
            val account = apply(stranger).accounts.single()
            assertFalse(account.isOk)
            assertIs<WebhookException.Refused>(account.listError)
            assertEquals(List(2) { null }, account.webhooks.map(DesiredWebhook::reconciled))
            for (webhook in account.webhooks) assertEquals(FailureKind.UNAUTHORIZED, webhook.error?.failure?.kind)
            val folder = StateSettings(createTempDirectory().toString())
            val options = listOf(
                "state" to ApplyOptions(state = folder),
                "prune" to ApplyOptions(prune = Pruning.Shown(mapOf("acme" to listOf(Webhook(" ", null, null, null, null, null, listOf()))))),
            )
            for ((setting, wrong) in options) {
                val config = assertFailsWith<ConfigException.InvalidSettings> { apply(stranger, wrong) }
                assertEquals(setting, config.problems.single().setting)
            }
        }
    }

    @Test
    fun `the settings reach the accounts' clients`() = runBlocking {
        ScriptedServer().use { server ->
            val settings = ClientSettings(timeout = Duration.ofMillis(100), attempts = 1u)
            val plan = plan(manifest(server.host, "a", "b"), ApplyOptions(settings = settings)).single()
            assertEquals(FailureKind.TIMEOUT, plan.error?.failure?.kind)
            assertEquals(1, plan.attempts.size)
        }
    }

    @Test
    fun `one apply at a time uses a state file, and another waits for it when asked`() = runBlocking {
        Sandbox().use { sandbox ->
            ScriptedServer().use { server ->
                val first = async(Dispatchers.IO) { apply(manifest(server.host, "a", "b"), ApplyOptions(state = state)) }
                server.arrived.take()
                val pid = ProcessHandle.current().pid()
                val config = assertFailsWith<ConfigException.InvalidSettings> {
                    apply(sandbox.manifest(), ApplyOptions(state = state))
                }
                assertTrue("in use by pid $pid on host" in config.detail, config.detail)

                val waits = LinkedBlockingQueue<RunProgress>()
                val patient = state.copy(lock = StateLock.Exclusive(Duration.ofHours(1)))
                val second = async(Dispatchers.IO) {
                    apply(sandbox.manifest(), ApplyOptions(state = patient)) { waits.add(it) }
                }
                val locked = assertIs<RunProgress.Locked>(waits.take())
                assertEquals(state.path to pid.toUInt(), locked.path to locked.holder?.pid)
                first.cancelAndJoin()
                assertTrue(second.await().accounts.single().isOk)
            }
        }
    }

    @Test
    fun `an apply that is cancelled ends at once and the next resumes it`() = runBlocking {
        ScriptedServer().use { server ->
            val apply = async(Dispatchers.IO) { apply(manifest(server.host, "a", "b"), ApplyOptions(state = state)) }
            server.arrived.take()
            server.answer(200, NOTHING)
            assertTrue("Create" in server.arrived.take())
            apply.cancelAndJoin()
        }
        Sandbox().use { sandbox ->
            val options = ApplyOptions(consistencyWindow = Duration.ZERO, state = state)
            val applied = apply(sandbox.manifest(), options)
            assertTrue(applied.accounts.single().isOk)
            assertEquals(2, sandbox.webhooks().size)
            assertTrue(applied.open.isNotEmpty(), "the create of another host is kept and reported")
        }
    }
}
