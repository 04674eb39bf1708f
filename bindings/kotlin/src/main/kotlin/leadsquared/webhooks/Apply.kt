package leadsquared.webhooks

/**
 * Returns what [apply] would do. It is read-only, and takes no lock on the state file.
 *
 * ```kotlin
 * val manifest = Manifest.parse(File("webhooks.toml").readText(), System.getenv())
 * plan(manifest).forEach(::println)
 * ```
 *
 * @return for each account, what would change, or why it could not be read.
 * @throws ConfigException when a client cannot be built or the state file is damaged.
 */
public suspend fun plan(manifest: Manifest, options: ApplyOptions? = null): List<AccountPlan> =
    awaiting { planUntil(manifest, options, it) }

/**
 * Applies a manifest: ensures that every desired webhook exists once on each account. Accounts are
 * processed concurrently, each within its quota.
 *
 * It is declarative and safe to run again. A failure of one account or webhook does not stop the
 * others. With a state file, the next run resumes one that was interrupted by cancelling the
 * coroutine or by the end of the process: it searches for creates that may have been applied before
 * it creates anything. Cancelling ends the run immediately: creates that were not sent are
 * withdrawn, those that were sent continue.
 *
 * ```kotlin
 * val options = ApplyOptions(state = StateSettings("webhooks.toml.state"))
 * for (account in apply(manifest, options).accounts) {
 *     println("${account.name}: ${if (account.isOk) "as desired" else "look at it"}")
 * }
 * ```
 *
 * @param progress receives each step and each wait, on a thread of the library. It does not block
 *   the run, and the last steps may be reported after the run has ended. Exceptions that it throws
 *   are ignored.
 * @return for each account, what was done and what was not.
 * @throws ConfigException when nothing was started: a client cannot be built, or the state file
 *   cannot be used.
 */
public suspend fun apply(
    manifest: Manifest,
    options: ApplyOptions? = null,
    progress: ((RunProgress) -> Unit)? = null,
): Applied = awaiting { applyUntil(manifest, options, progress?.let(::Listening), it) }

internal class Listening(private val report: (RunProgress) -> Unit) : ProgressListener {
    override fun progressed(progress: RunProgress): Unit = report(progress)
}
