import kotlinx.coroutines.runBlocking
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import leadsquared.webhooks.ApiHost
import leadsquared.webhooks.Client
import leadsquared.webhooks.Credentials
import leadsquared.webhooks.CustomHeader
import leadsquared.webhooks.NewWebhook
import leadsquared.webhooks.Quota
import leadsquared.webhooks.Trigger
import leadsquared.webhooks.WebhookDraft
import leadsquared.webhooks.create
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody

@Serializable
private data class Header(@SerialName("Key") val key: String, @SerialName("Value") val value: String)

@Serializable
private data class Body(
    @SerialName("Description") val description: String,
    @SerialName("URL") val url: String,
    @SerialName("Method") val method: String,
    @SerialName("ContentType") val contentType: String,
    @SerialName("WebhookEvent") val webhookEvent: String,
    @SerialName("LandingPageUrls") val landingPageUrls: List<String>?,
    @SerialName("IsSpecificLandingPage") val isSpecificLandingPage: Boolean,
    @SerialName("NotifyOnFailure") val notifyOnFailure: Boolean,
    @SerialName("WebhookProperties") val webhookProperties: String?,
    @SerialName("CustomHeaders") val customHeaders: List<Header>,
    @SerialName("ActivityEvent") val activityEvent: String,
)

@Serializable
private data class Id(@SerialName("Id") val id: String)

@Serializable
private data class Answer(@SerialName("Status") val status: String, @SerialName("Message") val message: Id)

private fun draft() = WebhookDraft(
    url = "https://example.com/hooks",
    trigger = Trigger.LeadActivityCreate("22"),
    description = "calls to the warehouse",
    customHeaders = listOf(CustomHeader("x-api-key", "0123456789")),
)

private fun body() = Body(
    description = "calls to the warehouse",
    url = "https://example.com/hooks",
    method = "POST",
    contentType = "application/json",
    webhookEvent = "2",
    landingPageUrls = null,
    isSpecificLandingPage = false,
    notifyOnFailure = true,
    webhookProperties = """{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}""",
    customHeaders = listOf(Header("x-api-key", "0123456789")),
    activityEvent = "22",
)

/** Returns the median of [times] runs, in microseconds, after a quarter as many warm-up runs. */
private inline fun median(times: Int, run: () -> Unit): Double {
    repeat(times / 4) { run() }
    val taken = LongArray(times) {
        val begun = System.nanoTime()
        run()
        System.nanoTime() - begun
    }
    taken.sort()
    return taken[times / 2] / 1e3
}

fun main(arguments: Array<String>) = runBlocking {
    val creates = arguments[0].toInt()
    val (host, access, secret) = listOf("HOST", "ACCESS_KEY", "SECRET_KEY").map { System.getenv("LEADSQUARED_$it") }

    val client = Client(ApiHost.parse(host), Credentials(access, secret), quota = Quota.unlimited())
    val ours = median(creates) { check(client.create(draft()).id.isNotEmpty()) }
    println("kotlin create %.1f".format(ours))
    println("kotlin parse %.2f".format(median(creates * 10) { NewWebhook.parse(draft()).close() }))

    val http = OkHttpClient()
    val json = Json { ignoreUnknownKeys = true }
    val type = "application/json; charset=utf-8".toMediaType()
    val theirs = median(creates) {
        val url = "$host/v2/Webhook.svc/Create".toHttpUrl().newBuilder()
            .addQueryParameter("accessKey", access).addQueryParameter("secretKey", secret).build()
        val request = Request.Builder().url(url).post(json.encodeToString(Body.serializer(), body()).toRequestBody(type))
        http.newCall(request.build()).execute().use { answer ->
            val read = json.decodeFromString(Answer.serializer(), answer.body.string())
            check(read.status == "Success" && read.message.id.isNotEmpty())
        }
    }
    println("okhttp create %.1f".format(theirs))
    http.dispatcher.executorService.shutdown()
    http.connectionPool.evictAll()
}
