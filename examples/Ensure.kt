import kotlinx.coroutines.runBlocking
import leadsquared.webhooks.Change
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
        val ensured = client.ensure(draft)
        when (val change = ensured.change) {
            is Change.Existed -> println("${ensured.id} was there")
            is Change.Created -> println("${ensured.id} was created")
            is Change.Updated -> println("${ensured.id} was updated: ${change.differences}")
            is Change.Disabled -> println("${ensured.id} does not deliver: ${change.status}; enable it in the vendor's UI")
        }
        if (ensured.surplus.isNotEmpty()) println("twins: ${ensured.surplus}")
    } catch (unknown: WebhookException.Unknown) {
        println("look later: ${unknown.ticket?.toJson()}")
    }
    for (webhook in client.list(WebhookFilter(Event.LEAD_CREATE))) println("${webhook.url} is ${webhook.status}")
}
