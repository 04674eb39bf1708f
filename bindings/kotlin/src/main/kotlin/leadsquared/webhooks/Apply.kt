package leadsquared.webhooks

/**
 * Says what [apply] would do. It is read-only, and takes no lock on the state file.
 *
 * ```kotlin
 * val manifest = Manifest.parse(File("webhooks.toml").readText(), System.getenv())
 * plan(manifest).forEach(::println)
 * ```
 *
 * @return for each account what would be changed, or why it could not be read.
 * @throws ConfigException when a client cannot be set up or the state file is damaged.
 */
public suspend fun plan(manifest: Manifest, options: ApplyOptions? = null): List<AccountPlan> =
    awaiting { planUntil(manifest, options, it) }

/**
 * Applies a manifest: on each account every desired webhook exists once. Accounts go side by side,
 * each within its quota.
 *
 * It is declarative and safe to run again. What one account or webhook fails at stops no other.
 * With a state file a run that was interrupted, by cancelling the coroutine or by the end of the
 * process, is resumed by the next: creates that may have been applied are looked for before
 * anything is created. Cancelling ends the run at once: creates that were not sent are withdrawn,
 * those that were go on.
 *
 * ```kotlin
 * for (account in apply(manifest, ApplyOptions(state = StateSettings("webhooks.toml.state"))).accounts) {
 *     println("${account.name}: ${if (account.isOk) "as desired" else "look at it"}")
 * }
 * ```
 *
 * @param progress told each step and each wait in a thread of the library's; it holds no run up, and the last steps may be
 *   reported after the run has ended. What it throws is ignored.
 * @return what was done on each account, and what was not.
 * @throws ConfigException when nothing was begun: a client cannot be set up, or the state file cannot be used.
 */
public suspend fun apply(
    manifest: Manifest,
    options: ApplyOptions? = null,
    progress: ((RunProgress) -> Unit)? = null,
): Applied = awaiting { applyUntil(manifest, options, progress?.let(::Listening), it) }

internal class Listening(private val report: (RunProgress) -> Unit) : ProgressListener {
    override fun progressed(progress: RunProgress): Unit = report(progress)
}
