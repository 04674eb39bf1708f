//! Strips the byte order mark that some editors and servers put before text.

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text without the leading byte order mark (U+FEFF) that some editors and servers add. It is
/// stripped before any text is parsed. Only one is stripped; a second one is part of the text.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::without_byte_order_mark;
///
/// assert_eq!(without_byte_order_mark("\u{feff}{}"), "{}");
/// assert_eq!(without_byte_order_mark("{}\u{feff}"), "{}\u{feff}");
/// ```
#[must_use]
pub fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Like [`without_byte_order_mark`], for bytes that need not be text.
pub(crate) fn skip(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(bytes)
}
