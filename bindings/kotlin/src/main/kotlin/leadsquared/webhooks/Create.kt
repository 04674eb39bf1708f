package leadsquared.webhooks

import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/**
 * Creates a webhook: `POST /v2/Webhook.svc/Create`, documented.
 *
 * Sent again only when it surely was not applied: the connection never opened, or the quota was exceeded.
 *
 * Cancelling the coroutine, by a timeout around the call too, ends the wait at once and **not the create**, which runs to its
 * end: [Client.pending] shows it, and [claim] takes its outcome. No outcome is lost: either it is returned or thrown here, or it
 * can be claimed. A coroutine that was cancelled before creates nothing.
 *
 * ```kotlin
 * val draft = WebhookDraft("https://example.com/hooks", Trigger.LeadCreate)
 * val created = client.create(draft, CallOptions(timeout = Duration.ofSeconds(10)))
 * println("${created.id} after ${created.attempts.size} attempts")
 * ```
 *
 * @param draft what is to be created; it is parsed first, and every broken rule is told at once.
 * @param options settings of this call, each in the place of the client's own.
 * @return the vendor's name for the webhook, and what was tried.
 * @throws WebhookException invalid (the draft breaks rules), not sent, refused or unknown.
 */
public suspend fun Client.create(draft: WebhookDraft, options: CallOptions? = null): Created =
    waiting { createUntil(draft, options, it) } ?: throw CancellationException("the wait was given up")

/**
 * Waits for a pending create to end and takes its outcome.
 *
 * At most 1,024 outcomes are kept; beyond that the oldest are dropped. Cancelling the coroutine leaves the outcome to be claimed.
 *
 * ```kotlin
 * for (call in client.pending()) println("${call.webhook.url}: ${client.claim(call.id)?.id}")
 * ```
 *
 * @param id which create, by [PendingCall.id].
 * @return what the create made; null when no such create is pending.
 * @throws WebhookException that of the create itself.
 */
public suspend fun Client.claim(id: ULong): Created? = waiting { claimUntil(id, it) }

/**
 * Waits for a call until it has ended or the coroutine is cancelled. The call itself is not cancelled, for an outcome that comes
 * in the moment of the cancellation would be lost; it is told to give up the wait, and answers.
 */
private suspend fun <T : Any> waiting(call: suspend (Wait) -> T?): T? {
    val context = currentCoroutineContext()
    context.ensureActive()
    StaysAttached.ensure()
    val wait = Wait()
    val watch = CoroutineScope(context).launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
        try {
            awaitCancellation()
        } finally {
            if (context.job.isCancelled) wait.giveUp()
        }
    }
    watch.invokeOnCompletion { wait.close() }
    try {
        return withContext(NonCancellable) { call(wait) } ?: null.also { context.ensureActive() }
    } finally {
        watch.cancel()
    }
}

/**
 * The thread of Rust's that resumes coroutines becomes one of the JVM's once, as a daemon, and stays it. By default JNA makes a
 * Java thread of it for each call and ends that thread after it, which took longer than the call.
 */
private object StaysAttached {
    init {
        val once = CallbackThreadInitializer(true, false, "leadsquared-webhooks")
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, once)
    }

    fun ensure() = Unit
}
