/// Delivers log lines of this level and above to a listener, until ``stopLogging()`` or the next
/// listener.
///
/// Lines arrive in batches, oldest first, on a dedicated thread of the library, and do not block
/// calls. They contain no key, no header, no query and no body. There is one listener per process.
///
/// ```swift
/// try logTo(.debug) { lines in lines.forEach { print($0.at, $0.level, $0.text) } }
/// ```
///
/// - Parameters:
///   - level: The log level. Default: `.info`.
///   - listener: Receives some lines at a time.
/// - Throws: ``ConfigError`` when the operating system refuses to start the log thread.
public func logTo(_ level: LogLevel = .info, _ listener: @escaping @Sendable ([LogLine]) -> Void) throws {
    try setLogListener(listener: Listener(tell: listener), level: level)
}

/// Removes the log listener. Queued lines are dropped.
///
/// - Throws: ``ConfigError`` when the operating system refuses to start the log thread.
public func stopLogging() throws {
    try setLogListener(listener: nil, level: .error)
}

private final class Listener: LogListener {
    private let tell: @Sendable ([LogLine]) -> Void

    init(tell: @escaping @Sendable ([LogLine]) -> Void) {
        self.tell = tell
    }

    func lines(lines: [LogLine]) {
        tell(lines)
    }
}
