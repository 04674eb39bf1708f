package leadsquared.webhooks

/**
 * Reports the log from this [level] on to [listener], until [stopLogging] or the next listener.
 *
 * Lines come in batches, oldest first, in a thread of the library's own, and hold no call up. They
 * hold no key, no header, no query and no body. What [listener] throws is ignored. One listener for
 * the process.
 *
 * ```kotlin
 * logTo(LogLevel.DEBUG) { lines -> lines.forEach { println("${it.at} ${it.level} ${it.text}") } }
 * ```
 *
 * @throws ConfigException when the operating system refuses the thread that it needs.
 */
public fun logTo(level: LogLevel = LogLevel.INFO, listener: (List<LogLine>) -> Unit) {
    setLogListener(
        object : LogListener {
            override fun lines(lines: List<LogLine>): Unit = listener(lines)
        },
        level,
    )
}

/** Reports the log to nobody any more. Lines that wait are dropped. */
public fun stopLogging() {
    setLogListener(null, LogLevel.ERROR)
}
