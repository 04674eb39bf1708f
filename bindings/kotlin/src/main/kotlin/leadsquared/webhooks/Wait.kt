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
 * Waits until the call has ended or the coroutine is cancelled. On cancellation, the call's future
 * is not dropped, because an outcome that arrives at that moment would be lost. Instead its [Wait]
 * is cancelled, and the call returns.
 */
internal suspend fun <T : Any> waiting(call: suspend (Wait) -> T?): T? {
    val context = currentCoroutineContext()
    context.ensureActive()
    StaysAttached.ensure()
    val wait = Wait()
    val watch = CoroutineScope(context).launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
        try {
            awaitCancellation()
        } finally {
            if (context.job.isCancelled) wait.cancel()
        }
    }
    watch.invokeOnCompletion { wait.close() }
    try {
        return withContext(NonCancellable) { call(wait) } ?: null.also { context.ensureActive() }
    } finally {
        watch.cancel()
    }
}

/** The same for a call that returns null only when the wait was cancelled. */
internal suspend fun <T : Any> awaiting(call: suspend (Wait) -> T?): T =
    waiting(call) ?: throw CancellationException("the wait was cancelled")

/**
 * Attaches the Rust thread that resumes coroutines to the JVM once, as a daemon thread. By default
 * JNA attaches and detaches it for each callback, which takes longer than the call.
 */
private object StaysAttached {
    init {
        val once = CallbackThreadInitializer(true, false, "leadsquared-webhooks")
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, once)
    }

    fun ensure() = Unit
}
