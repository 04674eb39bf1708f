package leadsquared.webhooks

/**
 * Tells what [apply] would do. Reads alone.
 *
 * ```kotlin
 * val manifest = Manifest.parse(File("webhooks.toml").readText(), System.getenv())
 * plan(manifest).forEach(::println)
 * ```
 *
 * @return for each account what would be changed, or why it could not be read.
 * @throws ConfigException when a client cannot be set up.
 */
public suspend fun plan(manifest: Manifest): List<AccountPlan> = awaiting { planUntil(manifest, it) }

/**
 * Makes a manifest true: on each account every wanted webhook exists once. Accounts go side by side, each within its quota.
 *
 * What one account or webhook fails at stops no other. With a journal a run that was cut off, by cancelling the coroutine or by
 * the end of the process, is gone on with by the next: creates that may have been applied are looked for before anything is
 * created. Cancelling ends the wait and the run at once; a create that has left goes on.
 *
 * ```kotlin
 * for (account in apply(manifest, ApplyOptions(journal = "webhooks.journal"))) {
 *     println("${account.account}: ${if (account.done) "done" else "look at it"}")
 * }
 * ```
 *
 * @param progress told each step in a thread of the library's own; it holds no run up, and the last steps may be told after the
 *   run has ended. What it throws is let be.
 * @return what was done on each account, and what was not.
 * @throws ConfigException when nothing was begun: a client cannot be set up, or the journal cannot be read or written.
 */
public suspend fun apply(
    manifest: Manifest,
    options: ApplyOptions? = null,
    progress: ((ApplyProgress) -> Unit)? = null,
): List<AccountApplied> = awaiting { applyUntil(manifest, options, progress?.let(::Told), it) }

private class Told(private val tell: (ApplyProgress) -> Unit) : ProgressListener {
    override fun progressed(progress: ApplyProgress): Unit = tell(progress)
}
