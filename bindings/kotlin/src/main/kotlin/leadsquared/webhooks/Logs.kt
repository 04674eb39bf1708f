package leadsquared.webhooks

/**
 * Delivers log lines of [level] and above to [listener], until [stopLogging] or the next listener.
 *
 * Lines arrive in batches, oldest first, on a dedicated thread of the library, and do not block
 * calls. They contain no key, no header, no query and no body. Exceptions that [listener] throws
 * are ignored. There is one listener per process.
 *
 * ```kotlin
 * logTo(LogLevel.DEBUG) { lines -> lines.forEach { println("${it.at} ${it.level} ${it.text}") } }
 * ```
 *
 * @throws ConfigException when the operating system refuses to start the log thread.
 */
public fun logTo(level: LogLevel = LogLevel.INFO, listener: (List<LogLine>) -> Unit) {
    setLogListener(
        object : LogListener {
            override fun lines(lines: List<LogLine>): Unit = listener(lines)
        },
        level,
    )
}

/** Removes the log listener. Queued lines are dropped. */
public fun stopLogging() {
    setLogListener(null, LogLevel.ERROR)
}
