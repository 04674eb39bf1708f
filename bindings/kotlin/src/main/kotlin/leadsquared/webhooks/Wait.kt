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
 * Waits for a call until it has ended or the coroutine is cancelled. The call's future is not
 * dropped, because an outcome that comes in the moment of the cancellation would be lost; its wait
 * is cancelled, and it answers.
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

/** The same for a call that gives nothing only when the wait was cancelled. */
internal suspend fun <T : Any> awaiting(call: suspend (Wait) -> T?): T =
    waiting(call) ?: throw CancellationException("the wait was cancelled")

/**
 * The thread of Rust's that resumes coroutines becomes one of the JVM's once, as a daemon, and
 * stays it. By default JNA makes a Java thread of it for each call and ends that thread after it,
 * which took longer than the call.
 */
private object StaysAttached {
    init {
        val once = CallbackThreadInitializer(true, false, "leadsquared-webhooks")
        Native.setCallbackThreadInitializer(uniffiRustFutureContinuationCallbackImpl, once)
    }

    fun ensure() = Unit
}
