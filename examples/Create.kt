import kotlinx.coroutines.runBlocking
import leadsquared.webhooks.Client
import leadsquared.webhooks.Trigger
import leadsquared.webhooks.WebhookDraft
import leadsquared.webhooks.WebhookException
import leadsquared.webhooks.create

fun main() = runBlocking {
    val client = Client.fromEnv() // LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY, LEADSQUARED_SECRET_KEY
    val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadActivityCreate("22"), description = "calls")
    try {
        println("created ${client.create(draft).id}")
    } catch (e: WebhookException) {
        when (e) {
            is WebhookException.Invalid -> println("fix the request: ${e.violations}")
            is WebhookException.NotSent -> println("try again: ${e.detail}")
            is WebhookException.Refused -> println("fix the request: ${e.detail}")
            is WebhookException.Unknown -> println("check whether it exists before retrying: ${e.detail}")
        }
    }
}
