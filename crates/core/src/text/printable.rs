//! Makes text from outside safe to print on a terminal.

use std::{borrow::Cow, fmt::Write};

use crate::text::characters::is_unseen;

/// Escapes everything in a text that controls a terminal or deceives a reader: control and format
/// characters, including those that reverse the text direction, line endings, and invisible
/// characters. A joiner that a script or an emoji needs is kept.
///
/// Text from a server, a file or an argument is passed through it before it is displayed. JSON for
/// programs is not.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::printable;
///
/// assert_eq!(printable("b1c4\u{1b}[2J\r\n\u{202e}txt"), "b1c4\\u{1b}[2J\\r\\n\\u{202e}txt");
/// assert_eq!(printable("größe 漢 ❤️"), "größe 漢 ❤️");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut done = 0;
    for (start, c) in unprintable(text) {
        shown.extend(text.get(done..start));
        done = start + c.len_utf8();
        // Writing to a `String` cannot fail.
        let _ = match c {
            '\n' => shown.write_str("\\n"),
            '\r' => shown.write_str("\\r"),
            '\t' => shown.write_str("\\t"),
            c => write!(shown, "\\u{{{:x}}}", u32::from(c)),
        };
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    shown.extend(text.get(done..));
    Cow::Owned(shown)
}

fn unprintable(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut before = None;
    text.char_indices().filter(move |(_, c)| {
        let before = before.replace(*c);
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_unseen(before, *c)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_deceives_a_reader_is_escaped() {
        for (text, shown) in [
            ("", ""),
            ("plain, ü 漢 🦀 क्\u{200d}ष", "plain, ü 漢 🦀 क्\u{200d}ष"),
            ("\u{1b}]8;;https://example.com\u{7}", "\\u{1b}]8;;https://example.com\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("a\r\n\tb", "a\\r\\n\\tb"),
            ("\0\u{7f}", "\\u{0}\\u{7f}"),
            ("\u{202e}gpj.exe\u{2066}", "\\u{202e}gpj.exe\\u{2066}"),
            ("a\u{200b}b\u{feff}\u{ad}\u{e0041}", "a\\u{200b}b\\u{feff}\\u{ad}\\u{e0041}"),
            ("a\u{200d}b", "a\\u{200d}b"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        ] {
            assert_eq!(printable(text), shown);
        }
        assert!(matches!(printable("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_printable_stays_as_it_is() {
        for c in char::MIN..=char::MAX {
            let text = format!("a{c}b");
            let shown = printable(&text).into_owned();
            assert_eq!(printable(&shown), shown, "{c:?}");
            assert!(!shown.chars().any(char::is_control), "{c:?}");
        }
    }
}
