package leadsquared.webhooks

import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.InetAddress
import java.net.ServerSocket
import java.time.Duration
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

private val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)
private val once = CallOptions(attempts = 1u)

class ClientTest {
    private val opened = mutableListOf<AutoCloseable>()

    private fun <T : AutoCloseable> T.closed(): T = also { opened.add(it) }

    @AfterTest
    fun close() = opened.asReversed().forEach(AutoCloseable::close)

    private val sandbox = Sandbox("--quota", "1000/1").closed()
    private val client = sandbox.client().closed()

    private inline fun <reified E : WebhookException> fails(crossinline call: suspend () -> Unit): E =
        runBlocking { assertFailsWith<E> { call() } }

    @Test
    fun `creates a webhook and tells what it took`() = runBlocking {
        val created = client.create(
            WebhookDraft(
                url = "https://example.com/hooks",
                trigger = Trigger.LeadActivityCreate("22"),
                description = "calls",
                contentType = "text/plain",
                notifyOnFailure = false,
                customHeaders = listOf(CustomHeader("x-api-key", "v1")),
            ),
        )
        val webhook = sandbox.webhooks().single().jsonObject
        assertEquals(webhook.getValue("id").jsonPrimitive.content, created.id)
        val attempt = created.attempts.single()
        assertEquals(1u, attempt.number)
        assertEquals(200u, attempt.status)
        assertEquals("ok", attempt.result)
        assertTrue(attempt.sent)
        assertNull(attempt.outcome)
        assertTrue(sandbox.isClean())
        assertEquals(emptyList(), client.pending())
    }

    @Test
    fun `sixty-four creates at once each get an id of their own`() = runBlocking {
        val created = List(64) { async { client.create(draft) } }.awaitAll()
        assertEquals(64, created.map(Created::id).toSet().size)
        assertEquals(64, sandbox.requests().size)
    }

    @Test
    fun `a bad draft is refused with every violation and is not sent`() {
        val bad = WebhookDraft(
            url = "/hooks",
            trigger = Trigger.LeadActivityCreate(" "),
            customHeaders = listOf(CustomHeader("x y", "v")),
        )
        val error = fails<WebhookException.Invalid> { client.create(bad) }
        assertEquals(
            listOf("url", "trigger.activity", "custom_headers[0].name"),
            error.violations.map(Violation::field),
        )
        assertEquals("\"/hooks\" is relative; an absolute http or https URL is needed", error.violations[0].problem)
        assertEquals(Outcome.NOT_SENT, error.outcome())
        assertFalse(error.mayHaveBeenApplied())
        assertEquals(0, sandbox.requests().size)
        assertEquals(error.detail, error.message)
        assertEquals(error.detail, error.toString())
    }

    @Test
    fun `no connection is not sent`() {
        val port = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use(ServerSocket::getLocalPort)
        val nobody = Client(ApiHost.parse("127.0.0.1:$port"), Credentials("a", "b")).closed()
        val error = fails<WebhookException.NotSent> { nobody.create(draft, once) }
        assertEquals(FailureKind.CONNECT to ConnectCause.REFUSED, error.failure.kind to error.failure.cause)
        assertEquals(Stop.ATTEMPTS, error.failure.stopped)
        assertEquals(RetryAdvice.Backoff, error.failure.retry)
        assertEquals(Outcome.NOT_SENT, error.failure.attempts.single().outcome)
        assertFalse(error.failure.attempts.single().sent)
        assertFalse(error.mayHaveBeenApplied())
    }

    @Test
    fun `no turn in a quota that two clients share is not sent`() = runBlocking {
        val quota = Quota(listOf(QuotaLimit(1u, Duration.ofHours(1)))).closed()
        val (first, second) = List(2) { sandbox.client(quota).closed() }
        first.create(draft)
        val error = assertFailsWith<WebhookException.NotSent> {
            second.create(draft, CallOptions(quotaWait = Duration.ZERO))
        }
        assertEquals(FailureKind.QUOTA_WAIT, error.failure.kind)
        assertEquals(quota.limits(), second.quota().limits())
        assertEquals(1, sandbox.requests().size)
    }

    @Test
    fun `wrong keys are refused`() {
        val stranger = Client(ApiHost.parse(sandbox.host), Credentials("a", "b")).closed()
        val error = fails<WebhookException.Refused> { stranger.create(draft) }
        assertEquals(FailureKind.UNAUTHORIZED, error.failure.kind)
        assertEquals(401u, error.failure.status)
        assertEquals(RetryAdvice.Never, error.failure.retry)
        assertEquals(Stop.FINAL, error.failure.stopped)
        assertNull(error.failure.limit)
        assertEquals(Outcome.REFUSED, error.outcome())
    }

    @Test
    fun `a duplicate is refused with the type that the server reported`() = runBlocking {
        val field = draft.copy(trigger = Trigger.LeadFieldUpdate("ProspectStage"))
        client.create(field)
        val error = assertFailsWith<WebhookException.Refused> { client.create(field) }
        assertEquals(FailureKind.DUPLICATE, error.failure.kind)
        assertEquals("MXDuplicateEntryException", error.failure.exceptionType)
        assertNotNull(error.failure.exceptionMessage)
        assertTrue("MXDuplicateEntryException" in error.failure.excerpt.orEmpty())
    }

    @Test
    fun `a rate limit tells its limit and its window`() {
        sandbox.fault("""{"fault": "rate_limited", "limit": 10, "window_s": 7}""")
        val error = fails<WebhookException.Refused> { client.create(draft, once) }
        assertEquals(FailureKind.RATE_LIMITED, error.failure.kind)
        assertEquals(10u, error.failure.limit)
        assertEquals(Duration.ofSeconds(7), error.failure.window)
        assertEquals(RetryAdvice.After(Duration.ofSeconds(7)), error.failure.retry)
        assertEquals(Stop.ATTEMPTS, error.failure.stopped)
    }

    @Test
    fun `a rate limit that passes is waited for and shows in the log`() = runBlocking {
        sandbox.fault("""{"fault": "rate_limited", "limit": 10, "window_s": 1}""")
        val created = client.create(draft)
        assertEquals(listOf("rate_limited", "ok"), created.attempts.map(Attempt::result))
        assertEquals(WaitedFor.RATE_LIMIT, created.attempts[0].waitedFor)
        assertEquals(Duration.ofSeconds(1), created.attempts[0].waited)
    }

    @Test
    fun `a server that breaks leaves the outcome unknown`() {
        sandbox.fault("""{"fault": "apply_then_500"}""")
        val error = fails<WebhookException.Unknown> { client.create(draft) }
        assertEquals(FailureKind.SERVER, error.failure.kind)
        assertEquals(500u, error.failure.status)
        assertEquals(Stop.UNSAFE, error.failure.stopped)
        assertTrue(error.mayHaveBeenApplied())
        assertEquals(1, sandbox.webhooks().size)
    }

    @Test
    fun `an answer that is cut leaves the outcome unknown`() {
        sandbox.fault("""{"fault": "truncated"}""")
        val error = fails<WebhookException.Unknown> { client.create(draft) }
        assertEquals(FailureKind.UNEXPECTED_RESPONSE, error.failure.kind)
        assertEquals(UnexpectedReason.TRUNCATED, error.failure.reason)
        assertEquals(200u, error.failure.status)
        assertNotNull(error.failure.excerpt)
    }

    @Test
    fun `a connection that breaks leaves the outcome unknown`() {
        sandbox.fault("""{"fault": "apply_then_close"}""")
        val error = fails<WebhookException.Unknown> { client.create(draft) }
        assertEquals(FailureKind.INTERRUPTED, error.failure.kind)
        assertNull(error.failure.status)
        assertEquals(RetryAdvice.Never, error.failure.retry)
        assertTrue(error.failure.attempts.single().sent)
    }

    @Test
    fun `a deadline that passes after the request left leaves the outcome unknown`() = runBlocking {
        val server = ScriptedServer().closed()
        val silent = server.client().closed()
        val error = assertFailsWith<WebhookException.Unknown> {
            silent.create(draft, CallOptions(timeout = Duration.ofMillis(300)))
        }
        assertEquals(FailureKind.TIMEOUT, error.failure.kind)
        assertTrue(error.failure.attempts.single().sent)
        assertEquals(1, server.arrived.size)
    }

    @Test
    fun `every setting reaches the call`() = runBlocking {
        val server = ScriptedServer().closed()
        val configured = Client(
            ApiHost.parse(server.host),
            Credentials("access", "secret"),
            auth = Auth.HEADERS,
            codes = EventCodes.OBSERVED,
            quota = Quota.documented(),
            quotaWait = Duration.ofSeconds(5),
            timeout = Duration.ofSeconds(20),
            connectTimeout = Duration.ofSeconds(2),
            retry = RetryPolicy(attempts = 2u, backoff = Duration.ofMillis(1), longestBackoff = Duration.ofMillis(2)),
            proxies = Proxies.NONE,
            roots = Roots.BUNDLED,
            rootCertificates = listOf(),
        ).closed()
        server.answer(200, SUCCESS)
        configured.create(draft.copy(trigger = Trigger.OpportunityCreate(listOf("12000"))))
        val request = server.arrived.take()
        assertTrue("x-lsq-accesskey: access" in request.lowercase(), "the keys travel in headers")
        assertTrue("\"WebhookEvent\":\"29\"" in request, "by the observed table")
    }

    @Test
    fun `settings that are wrong are reported all at once and without a key`() {
        val error = assertFailsWith<ConfigException.InvalidSettings> { Client.fromEnv() }
        assertEquals(
            listOf("LEADSQUARED_HOST", "LEADSQUARED_ACCESS_KEY", "LEADSQUARED_SECRET_KEY"),
            error.problems.map(ConfigProblem::setting),
        )
        for ((setting, wrong) in listOf<Pair<String, () -> AutoCloseable>>(
            "host" to { ApiHost.parse("http://api.example") },
            "credentials" to { Credentials("canary ", "canary") },
            "quota" to { Quota(listOf(QuotaLimit(0u, Duration.ofSeconds(5)))) },
            "root_certificates" to {
                Client(ApiHost.mumbai(), Credentials("a", "b"), rootCertificates = listOf(byteArrayOf(1)))
            },
        )) {
            val problem = assertFailsWith<ConfigException.InvalidSettings> { wrong() }
            assertEquals(setting, problem.problems.single().setting)
            assertFalse("canary" in problem.toString())
        }
    }

    @Test
    fun `a webhook is checked without sending it`() {
        val webhook = NewWebhook.parse(draft.copy(url = "http://example.com")).closed()
        assertEquals(listOf(WarningCode.INSECURE_RECEIVER to "url"), webhook.warnings().map { it.code to it.field })
        val request = webhook.toRequest()
        assertEquals("POST" to "/v2/Webhook.svc/Create", request.method to request.path)
        assertTrue("\"WebhookEvent\":\"3\"" in request.body.decodeToString())
        assertEquals(webhook, NewWebhook.parse(webhook.toDraft()).closed())
        assertNull(webhook.toDraft().contentType, "what is not given is not desired")
        val read = NewWebhook.fromApiJson(request.body.decodeToString()).closed().toDraft()
        assertEquals(webhook.toDraft().trigger to "application/json", read.trigger to read.contentType)
    }

    @Test
    fun `the events and the hosts are listed with their evidence`() {
        assertEquals(Event.entries, events().map(EventFacts::event))
        val create = events().single { it.event == Event.OPPORTUNITY_CREATE }
        assertEquals(31u to 29u, create.documentedCode to create.observedCode)
        assertEquals(Evidence.OBSERVED, create.evidence)
        assertEquals(listOf(EventKey("opportunity_types", true)), create.keys)
        assertEquals(7, documentedHosts().size)
        assertTrue(ApiHost.mumbai() in documentedHosts())
        assertEquals("https://api-in21.leadsquared.com", ApiHost.mumbai().toString())
    }

    @Test
    fun `a client that is closed says so and lets its creates end`() = runBlocking<Unit> {
        val server = ScriptedServer().closed()
        val closing = server.client()
        val create = async(kotlinx.coroutines.Dispatchers.IO) { closing.create(draft) }
        server.arrived.take()
        closing.close()
        server.answer(200, SUCCESS)
        assertEquals(36, create.await().id.length)
        assertFailsWith<IllegalStateException> { closing.pending() }
    }

    @Test
    fun `a pending call says what was asked for and how far it is`() = runBlocking {
        val server = ScriptedServer().closed()
        val asking = server.client().closed()
        val create = async(kotlinx.coroutines.Dispatchers.IO) { asking.create(draft) }
        server.arrived.take()
        val call = asking.pending().single()
        assertIs<PendingState.InFlight>(call.state)
        assertEquals(draft.url, call.webhook.url)
        server.answer(200, SUCCESS)
        create.await()
        assertNull(asking.takeOutcome(call.id), "whoever waits takes the outcome")
    }
}
