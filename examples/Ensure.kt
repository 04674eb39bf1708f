import kotlinx.coroutines.runBlocking
import leadsquared.webhooks.Client
import leadsquared.webhooks.Event
import leadsquared.webhooks.Trigger
import leadsquared.webhooks.WebhookDraft
import leadsquared.webhooks.WebhookException
import leadsquared.webhooks.WebhookFilter
import leadsquared.webhooks.ensure
import leadsquared.webhooks.list

fun main() = runBlocking {
    val client = Client.fromEnv()
    val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate, description = "new leads")
    try {
        val result = client.ensure(draft)
        println("${result.id} ${result.action.name.lowercase()}")
        if (!result.isOk) println("not as desired: ${result.state}") // a disabled one is enabled in LeadSquared's UI
        if (result.duplicates.isNotEmpty()) println("duplicates: ${result.duplicates}")
    } catch (unknown: WebhookException.Unknown) {
        println("resolve it later: ${unknown.failure.ticket?.toJson()}")
    }
    for (webhook in client.list(WebhookFilter(Event.LEAD_CREATE))) println("${webhook.url} is ${webhook.status}")
}
