package leadsquared.webhooks

import kotlinx.coroutines.runBlocking
import java.util.concurrent.BlockingQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** Collects the log of the process while [block] runs. */
suspend fun collectingLogs(level: LogLevel, block: suspend (BlockingQueue<List<LogLine>>) -> Unit) {
    val batches = LinkedBlockingQueue<List<LogLine>>()
    logTo(level) { batches.add(it) }
    try {
        block(batches)
    } finally {
        stopLogging()
    }
}

class LogsTest {
    private val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)

    @Test
    fun `lines come in batches and a slow listener holds no call up`() = runBlocking {
        val gate = CountDownLatch(1)
        val batches = LinkedBlockingQueue<List<LogLine>>()
        ScriptedServer().use { server ->
            server.client().use { client ->
                logTo(LogLevel.DEBUG) { lines ->
                    batches.add(lines)
                    gate.await()
                }
                // A listener that stayed blocked would block the next one too.
                try {
                    server.answer(200, SUCCESS)
                    client.create(draft)
                    val first = batches.take().single()
                    assertEquals(LogLevel.DEBUG, first.level)
                    assertTrue(first.text.startsWith("done"))
                    repeat(2) {
                        server.answer(200, SUCCESS)
                        client.create(draft)
                    }
                } finally {
                    gate.countDown()
                }
                assertEquals(2, batches.take().size, "what came meanwhile comes at once")
                stopLogging()
            }
        }
    }

    @Test
    fun `a level that is not asked for is not reported and a listener that throws is ignored`() = runBlocking {
        collectingLogs(LogLevel.ERROR) { lines ->
            ScriptedServer().use { server ->
                server.client().use { client ->
                    server.answer(200, SUCCESS)
                    client.create(draft)
                    val reported = LinkedBlockingQueue<List<LogLine>>()
                    logTo(LogLevel.DEBUG) {
                        reported.add(it)
                        error("a listener that fails")
                    }
                    repeat(2) {
                        server.answer(200, SUCCESS)
                        client.create(draft)
                        reported.take()
                    }
                }
            }
            assertEquals(0, lines.size)
        }
    }
}
