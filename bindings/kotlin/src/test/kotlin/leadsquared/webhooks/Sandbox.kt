package leadsquared.webhooks

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration

/** The root of the repository. */
val root: File = File(System.getProperty("project.root")).canonicalFile

/** `lsq-webhooks sandbox` as a child process: a local LeadSquared API with its own account. */
class Sandbox(vararg arguments: String) : AutoCloseable {
    private val process: Process =
        ProcessBuilder(listOf("$root/target/debug/lsq-webhooks", "sandbox", "--port", "0", "--json", *arguments))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
    private val http = HttpClient.newHttpClient()
    val host: String
    val accessKey: String
    val secretKey: String

    init {
        val line = process.inputReader().readLine() ?: error("the sandbox did not start")
        val started = Json.parseToJsonElement(line).jsonObject
        host = started.getValue("host").jsonPrimitive.content
        accessKey = started.getValue("access_key").jsonPrimitive.content
        secretKey = started.getValue("secret_key").jsonPrimitive.content
    }

    fun client(quota: Quota = Quota.unlimited(), timeout: Duration? = null): Client =
        Client(ApiHost.parse(host), Credentials(accessKey, secretKey), quota = quota, timeout = timeout)

    /** Injects a fault into the next matching call. */
    fun fault(json: String) = post("faults", json)

    /** Enables or disables a webhook, as a person or LeadSquared does. */
    fun status(id: String, status: Int) = post("status", """{"id": "$id", "status": $status}""")

    private fun post(what: String, json: String) {
        val request = HttpRequest.newBuilder(URI("$host/_sandbox/$what")).POST(HttpRequest.BodyPublishers.ofString(json))
        check(http.send(request.build(), BodyHandlers.ofString()).statusCode() == 200)
    }

    fun requests(): JsonArray = ask("requests").getValue("requests").jsonArray

    fun webhooks(): JsonArray = ask("webhooks").getValue("webhooks").jsonArray

    /** The IDs of the webhooks that post to this URL. */
    fun idsOf(url: String): List<String> =
        webhooks().map { it.jsonObject }.filter { it.getValue("url").jsonPrimitive.content == url }
            .map { it.getValue("id").jsonPrimitive.content }

    fun isClean(): Boolean = ask("client-report").getValue("clean").jsonPrimitive.content.toBoolean()

    private fun ask(what: String): JsonObject {
        val request = HttpRequest.newBuilder(URI("$host/_sandbox/$what")).build()
        return Json.parseToJsonElement(http.send(request, BodyHandlers.ofString()).body()).jsonObject
    }

    override fun close() {
        process.destroy()
        process.waitFor()
    }
}
