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
 * Waits for a call until it has ended or the coroutine is cancelled. The call itself is not cancelled, for an outcome that comes
 * in the moment of the cancellation would be lost; it is told to give up the wait, and answers.
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

/** The same for a call that gives nothing only when the wait was given up. */
internal suspend fun <T : Any> awaiting(call: suspend (Wait) -> T?): T =
    waiting(call) ?: throw CancellationException("the wait was given up")

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
