package leadsquared.webhooks

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import java.net.URLEncoder
import java.util.Base64
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull

private const val ACCESS = "acc\$canary-1"
private const val SECRET = "sec\$canary-2"
private const val HEADER = "hdr\$canary-3"

class KeysTest {
    private val draft = WebhookDraft(
        url = "https://example.com/hooks",
        trigger = Trigger.LeadCreate,
        customHeaders = listOf(CustomHeader("x-api-key", HEADER)),
    )

    private fun assertHidden(where: String, text: String) {
        for (canary in listOf(ACCESS, SECRET, HEADER)) {
            val spellings = listOf(
                canary,
                canary.substringAfter('$'),
                URLEncoder.encode(canary, Charsets.UTF_8),
                Base64.getEncoder().encodeToString(canary.toByteArray()),
            )
            spellings.forEach { check(it !in text) { "$where shows a secret" } }
        }
    }

    @Test
    fun `no text of an object or a record shows a key or a header's value`() = runBlocking {
        val credentials = Credentials(ACCESS, SECRET)
        ScriptedServer().use { server ->
            for (auth in Auth.entries) {
                server.client(credentials, auth).use { client ->
                    val create = async(Dispatchers.IO) { client.create(draft) }
                    server.arrived.take()
                    val texts = mapOf(
                        "credentials" to credentials, "client" to client, "draft" to draft,
                        "header" to draft.customHeaders.single(), "pending" to client.pending(),
                        "ticket" to client.pending().single().ticket!!,
                        "ticket's JSON" to client.pending().single().ticket!!.toJson(),
                        "webhook" to NewWebhook.parse(draft), "its draft" to NewWebhook.parse(draft).toDraft(),
                        "quota" to client.quota(),
                    )
                    texts.forEach { (what, it) -> assertHidden(what, "$it") }
                    server.answer(200, SUCCESS)
                    assertHidden("created", create.await().toString())
                }
            }
        }
        assertEquals("CustomHeader(name: x-api-key, value: [REDACTED])", draft.customHeaders.single().toString())
    }

    @Test
    fun `no error shows a key or a header's value that the server repeats`() = runBlocking {
        val echo = "$ACCESS ${URLEncoder.encode(SECRET, Charsets.UTF_8)} $HEADER"
        val error = """{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"$echo"}"""
        ScriptedServer().use { server ->
            server.client(Credentials(ACCESS, SECRET)).use { client ->
                for ((status, body) in listOf(500 to error, 400 to echo, 200 to "<p>$echo", 502 to echo, 200 to error)) {
                    server.answer(status, body)
                    val thrown = assertFailsWith<WebhookException> { client.create(draft) }
                    assertHidden("$status", thrown.stackTraceToString() + thrown.message + thrown.localizedMessage)
                    assertHidden("$status", "${assertNotNull(thrown.failure)}")
                }
            }
        }
    }

    @Test
    fun `no violation shows a header's value or a key`() = runBlocking<Unit> {
        val bad = draft.copy(customHeaders = listOf(CustomHeader("x y", "$HEADER\n")))
        val invalid = assertFailsWith<WebhookException.Invalid> { NewWebhook.parse(bad) }
        assertHidden("invalid", "$invalid ${invalid.message} ${invalid.violations}")
        val config = assertFailsWith<ConfigException> { Credentials("$ACCESS ", SECRET) }
        assertHidden("config", "$config ${config.message}")
    }

    @Test
    fun `no line of the log shows a key or a header's value`() = runBlocking {
        collectingLogs(LogLevel.TRACE) { lines ->
            ScriptedServer().use { server ->
                server.client(Credentials(ACCESS, SECRET)).use { client ->
                    server.answer(400, "$ACCESS $HEADER")
                    assertFailsWith<WebhookException> { client.create(draft) }
                }
            }
            assertHidden("the log", lines.take().toString())
        }
    }

    @Test
    fun `no text of the other calls shows a key or a header's value that the server repeats`() = runBlocking {
        val echo = "$ACCESS ${URLEncoder.encode(SECRET, Charsets.UTF_8)} $HEADER"
        ScriptedServer().use { server ->
            server.client(Credentials(ACCESS, SECRET), retry = RetryPolicy(attempts = 1u)).use { client ->
                val calls = listOf<suspend () -> Unit>(
                    { client.update("b1c4", draft) },
                    { client.createVerified(draft) },
                )
                for (call in calls) {
                    server.answer(400, echo)
                    val refused = assertFailsWith<WebhookException.Refused> { call() }
                    assertHidden("refused", "$refused ${refused.failure}")
                }
            }
            val manifest = Manifest.parse(
                """
                [[accounts]]
                name = "acme"
                host = "${server.host}"
                access_key_env = "A"
                secret_key_env = "S"
                [[accounts.webhooks]]
                url = "https://example.com/hooks"
                trigger = { event = "lead_create" }
                custom_headers = [{ name = "x-api-key", value_env = "H" }]
                """,
                mapOf("A" to ACCESS, "S" to SECRET, "H" to HEADER),
            )
            assertHidden("manifest", "$manifest")
            // A plan knows no custom header to redact, so the echo omits it.
            server.answer(401, echo.substringBeforeLast(' '))
            val plan = plan(manifest).single()
            assertHidden("plan", "$plan ${assertNotNull(plan.error?.failure)}")
            server.answer(200, NOTHING)
            server.answer(400, echo)
            val applied = apply(manifest).accounts.single()
            assertHidden("applied", "$applied ${assertNotNull(applied.webhooks.single().error?.failure)}")
        }
        val invalid = assertFailsWith<WebhookException.Invalid> {
            Manifest.parse("[[accounts]]\naccess_key_env = \"A\"", mapOf("A" to "$ACCESS "))
        }
        assertHidden("invalid", "$invalid ${invalid.violations}")
    }
}
