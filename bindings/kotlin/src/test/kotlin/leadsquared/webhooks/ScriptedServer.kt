package leadsquared.webhooks

import java.io.InputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.LinkedBlockingQueue
import kotlin.concurrent.thread

/** A server that reports each request on arrival, and responds only when the test asks it to. */
class ScriptedServer : AutoCloseable {
    private val listener = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val connections = LinkedBlockingQueue<Socket>()
    private val answers = LinkedBlockingQueue<String>()

    /** The head and the body of each request, in order of arrival. */
    val arrived = LinkedBlockingQueue<String>()

    val host = "http://127.0.0.1:${listener.localPort}"

    init {
        thread(isDaemon = true) {
            while (true) {
                val socket = runCatching { listener.accept() }.getOrNull() ?: break
                connections.add(socket)
                thread(isDaemon = true) { runCatching { serve(socket) } }
            }
        }
    }

    private fun serve(socket: Socket) {
        while (true) {
            arrived.add(read(socket.getInputStream()))
            socket.getOutputStream().write(answers.take().toByteArray())
        }
    }

    private fun read(stream: InputStream): String {
        val head = StringBuilder()
        while (!head.endsWith("\r\n\r\n")) {
            val byte = stream.read()
            check(byte >= 0) { "the connection was closed" }
            head.append(byte.toChar())
        }
        val length = Regex("(?i)content-length: (\\d+)").find(head)?.groupValues?.get(1)?.toInt() ?: 0
        return head.toString() + stream.readNBytes(length).decodeToString()
    }

    /** Responds to one request: one that has arrived, or the next. */
    fun answer(status: Int, body: String) {
        answers.add("HTTP/1.1 $status Answer\r\nContent-Length: ${body.toByteArray().size}\r\n\r\n$body")
    }

    fun client(
        credentials: Credentials = Credentials("access", "secret"),
        auth: Auth? = null,
        retry: RetryPolicy? = null,
    ): Client = Client(ApiHost.parse(host), credentials, auth = auth, retry = retry)

    override fun close() {
        listener.close()
        connections.forEach(Socket::close)
    }
}

const val SUCCESS = """{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"""
const val NOTHING = """{"RecordCount":0,"Response":[]}"""
