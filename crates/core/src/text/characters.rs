//! Which characters a string may contain: the single place for every kind of string.

use std::fmt;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

/// Whether Unicode classifies a character as format (`Cf`) or default-ignorable. Such a character
/// is invisible, and two strings that look the same may differ by it.
pub(crate) fn is_invisible(c: char) -> bool {
    !c.is_ascii()
        && (CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// The first character that a URL cannot contain unencoded: white space, control and invisible
/// characters, and ASCII outside RFC 3986. Other non-ASCII characters are allowed, as in an IRI
/// (RFC 3987).
pub(crate) fn forbidden_in_url(text: &str) -> Option<char> {
    text.chars()
        .find(|c| c.is_whitespace() || c.is_control() || is_invisible(*c) || "\"<>\\^`{|}".contains(*c))
}

/// Whether a character after another one is [invisible](is_invisible) and not part of normal
/// writing.
///
/// A joiner or a variation selector after a non-ASCII character is how Hindi, Persian and emoji are
/// written.
pub(crate) fn is_unseen(before: Option<char>, c: char) -> bool {
    let written = match (c, before) {
        ('\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}', Some(before)) => {
            !before.is_ascii() && !before.is_whitespace() && !is_invisible(before)
                || (before, c) == ('\u{fe0f}', '\u{200d}')
        }
        _ => false,
    };
    is_invisible(c) && !written
}

/// The first control or [unseen](is_unseen) character in a name or a code.
pub(crate) fn forbidden_in_name(text: &str) -> Option<char> {
    let mut before = None;
    text.chars().find(|c| c.is_control() || is_unseen(before.replace(*c), *c))
}

/// The first character, with its byte offset, that a header value cannot contain: a control
/// character except a tab (RFC 9110; non-ASCII ones likewise), or an invisible character.
pub(crate) fn forbidden_in_header_value(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, c)| c.is_control() && *c != '\t' || is_invisible(*c))
}

/// The first control character in free text that is neither a tab nor a line ending.
pub(crate) fn control_in_free_text(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Formats a character for a message: as it is if it is visible, otherwise by number and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown(pub(crate) char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(c) = *self;
        let kind = match c {
            '\0' => "NUL",
            c if c.is_control() => "a control character",
            c if c.is_whitespace() => "white space",
            c if is_invisible(c) => "an invisible character",
            visible => return write!(f, "{visible:?}"),
        };
        write!(f, "U+{:04X} ({kind})", u32::from(c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_invisible_and_what_one_sees_is_not() {
        for c in
            ['\u{ad}', '\u{61c}', '\u{200b}', '\u{202e}', '\u{2060}', '\u{feff}', '\u{3164}', '\u{e0041}']
        {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in ['a', ' ', '\u{a0}', '\n', '\u{7f}', 'ü', '़', '漢', '🦀', '\u{e000}'] {
            assert!(!is_invisible(c), "{c:?}");
        }
    }

    #[test]
    fn each_kind_of_text_refuses_its_own_characters() {
        // The character, and whether a URL, a name, a header value and free text accept it in the
        // middle.
        for (c, taken) in [
            ('a', [true, true, true, true]),
            ('ü', [true, true, true, true]),
            ('[', [true, true, true, true]),
            (' ', [false, true, true, true]),
            ('\u{a0}', [false, true, true, true]),
            ('\u{2028}', [false, true, true, true]),
            ('\t', [false, false, true, true]),
            ('\n', [false, false, false, true]),
            ('\r', [false, false, false, true]),
            ('\0', [false, false, false, false]),
            ('\u{1b}', [false, false, false, false]),
            ('\u{7f}', [false, false, false, false]),
            ('\u{85}', [false, false, false, false]),
            ('\u{200b}', [false, false, false, true]),
            ('\u{ad}', [false, false, false, true]),
            ('"', [false, true, true, true]),
            ('<', [false, true, true, true]),
            ('>', [false, true, true, true]),
            ('\\', [false, true, true, true]),
            ('^', [false, true, true, true]),
            ('`', [false, true, true, true]),
            ('{', [false, true, true, true]),
            ('|', [false, true, true, true]),
            ('}', [false, true, true, true]),
        ] {
            let text = format!("a{c}b");
            let is = [
                forbidden_in_url(&text).is_none(),
                forbidden_in_name(&text).is_none(),
                forbidden_in_header_value(&text).is_none(),
                control_in_free_text(&text).is_none(),
            ];
            assert_eq!(is, taken, "{c:?}");
        }
    }

    #[test]
    fn every_other_ascii_character_is_one_of_rfc_3986() {
        let forbidden: String = ('!'..='~').filter(|c| forbidden_in_url(&c.to_string()).is_some()).collect();
        assert_eq!(forbidden, "\"<>\\^`{|}");
    }

    #[test]
    fn a_joiner_stays_where_a_script_needs_it() {
        for name in ["क्\u{200d}ष", "می\u{200c}خواهم", "❤\u{fe0f}\u{200d}🔥 won"] {
            assert_eq!(forbidden_in_name(name), None, "{name:?}");
        }
        for name in
            ["a\u{200d}b", "\u{200d}", "é\u{200d}\u{200d}", "\u{a0}\u{200c}", "1\u{fe0f}", "é\u{200b}"]
        {
            assert!(forbidden_in_name(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn a_character_is_shown_so_that_one_sees_it() {
        for (c, shown) in [
            ('\\', r"'\\'"),
            ('"', "'\"'"),
            ('\0', "U+0000 (NUL)"),
            ('\n', "U+000A (a control character)"),
            (' ', "U+0020 (white space)"),
            ('\u{200b}', "U+200B (an invisible character)"),
            ('\u{e0041}', "U+E0041 (an invisible character)"),
        ] {
            assert_eq!(Shown(c).to_string(), shown);
        }
    }
}
