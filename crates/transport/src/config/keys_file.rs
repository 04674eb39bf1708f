//! A file that contains an account's keys.

use std::fmt;

use leadsquared_webhooks_core::without_byte_order_mark;
use secrecy::zeroize::Zeroizing;

use crate::config::environment::{ACCESS_KEY, AUTH, HOST, SECRET_KEY, shown_variable};

const NAMES: [&str; 4] = [HOST, ACCESS_KEY, SECRET_KEY, AUTH];
/// A name with this prefix is a variable of this library, or a mistake.
const PREFIX: &str = "LEADSQUARED_";

/// The variables of a file of `NAME=value` lines, in shell syntax: a line may start with `export`,
/// a value may be quoted, and `#` starts a comment. Nothing is expanded or escaped, because keys
/// contain `$` and `\`: a quoted value ends at its next quote. `LEADSQUARED_HOST` and
/// `LEADSQUARED_AUTH` are optional, both keys are required, and variables of other programs are
/// ignored. Values are zeroed on drop, and `Debug` shows none.
///
/// # Errors
///
/// [`InvalidKeysFile`] from [`parse`](Self::parse) with every invalid line and every missing key.
/// It never shows a value.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::account::KeysFile;
///
/// let file = KeysFile::parse(
///     "LEADSQUARED_ACCESS_KEY='u$r'\n\
///      export LEADSQUARED_SECRET_KEY=s # of the sandbox\n\
///      HOME=/\n",
/// )?;
/// assert_eq!(file.get("LEADSQUARED_ACCESS_KEY"), Some("u$r"));
/// assert_eq!(file.get("HOME"), None);
///
/// let error = KeysFile::parse("LEADSQUARED_ACCESS_KEY='u$r'x\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1: LEADSQUARED_ACCESS_KEY goes on behind its closing quote; \
///      LEADSQUARED_SECRET_KEY is missing, and with a keys file both keys come from it"
/// );
/// # Ok::<(), leadsquared_webhooks::error::InvalidKeysFile>(())
/// ```
pub struct KeysFile(Vec<(&'static str, Zeroizing<String>)>);

impl KeysFile {
    /// Parses the text of a keys file.
    ///
    /// # Errors
    ///
    /// [`InvalidKeysFile`] with every invalid line and every missing key.
    pub fn parse(text: &str) -> Result<Self, InvalidKeysFile> {
        let mut file = Self(Vec::new());
        let mut problems = Vec::new();
        let mut named = Vec::new();
        for (index, line) in without_byte_order_mark(text).lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let Some((name, value)) = assignment(line) else {
                problems.push(format!("line {number} is not NAME=value"));
                continue;
            };
            let Some(name) = NAMES.into_iter().find(|known| *known == name) else {
                if name.starts_with(PREFIX) {
                    let name = shown_variable(name);
                    problems
                        .push(format!("line {number}: {name} is unknown; known are {}", NAMES.join(", ")));
                }
                continue;
            };
            if named.contains(&name) {
                problems.push(format!("line {number}: {name} is set twice"));
            }
            named.push(name);
            match unquoted(value) {
                Ok(value) => file.0.push((name, Zeroizing::new(value.to_owned()))),
                Err(problem) => problems.push(format!("line {number}: {name} {problem}")),
            }
        }
        for key in [ACCESS_KEY, SECRET_KEY] {
            if !named.contains(&key) {
                problems.push(format!("{key} is missing, and with a keys file both keys come from it"));
            }
        }
        if problems.is_empty() { Ok(file) } else { Err(InvalidKeysFile { problems }) }
    }

    /// The value of a variable, if it is one of the four and the file sets it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for KeysFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The name and value of a line, if it is an assignment.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let exported = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    let (name, value) = exported.unwrap_or(line).split_once('=')?;
    let name = name.trim();
    let first = name.chars().next()?;
    let is_name = !first.is_ascii_digit() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some((name, value.trim()))
}

/// A value without its quotes and without a trailing comment.
fn unquoted(value: &str) -> Result<&str, &'static str> {
    let is_comment = |rest: &str| rest.is_empty() || rest.starts_with('#');
    if let Some(quote @ ('\'' | '"')) = value.chars().next() {
        let quoted = value.get(1..).and_then(|rest| rest.split_once(quote));
        let (value, rest) = quoted.ok_or("has no closing quote")?;
        let comment = rest.trim_start();
        return if rest.is_empty() || comment.len() < rest.len() && is_comment(comment) {
            Ok(value)
        } else {
            Err("goes on behind its closing quote")
        };
    }
    match value.split_once(char::is_whitespace) {
        _ if value.starts_with('#') => Ok(""),
        None => Ok(value),
        Some((value, rest)) if is_comment(rest.trim_start()) => Ok(value),
        Some(_) => Err("holds white space; put it in quotes"),
    }
}

/// All problems of a keys file at once. It never shows a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("; "))]
pub struct InvalidKeysFile {
    problems: Vec<String>,
}

impl InvalidKeysFile {
    /// The problems, one or more, with their lines.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "LEADSQUARED_ACCESS_KEY=a\nLEADSQUARED_SECRET_KEY=s\n";

    #[test]
    fn a_value_is_read_as_it_stands_between_its_quotes() {
        for (line, value) in [
            ("LEADSQUARED_HOST=h", "h"),
            ("  LEADSQUARED_HOST = h  ", "h"),
            ("export LEADSQUARED_HOST=h", "h"),
            ("export\tLEADSQUARED_HOST=h\r", "h"),
            ("LEADSQUARED_HOST='h'", "h"),
            ("LEADSQUARED_HOST=\"h\"", "h"),
            ("LEADSQUARED_HOST='h' # comment 'x'", "h"),
            ("LEADSQUARED_HOST=\"a'b\"", "a'b"),
            ("LEADSQUARED_HOST='a\"b'\t#x", "a\"b"),
            ("LEADSQUARED_HOST='a b#c'", "a b#c"),
            ("LEADSQUARED_HOST='$x\\n'", "$x\\n"),
            ("LEADSQUARED_HOST=$x\\n", "$x\\n"),
            ("LEADSQUARED_HOST=a=b", "a=b"),
            ("LEADSQUARED_HOST=a#b", "a#b"),
            ("LEADSQUARED_HOST=a # b", "a"),
            ("LEADSQUARED_HOST=a'b\"", "a'b\""),
            ("LEADSQUARED_HOST=''", ""),
            ("LEADSQUARED_HOST=", ""),
            ("LEADSQUARED_HOST= # none", ""),
        ] {
            let file = KeysFile::parse(&format!("{BOTH}{line}")).unwrap();
            assert_eq!(file.get(HOST), Some(value), "{line}");
            assert_eq!(file.get(ACCESS_KEY), Some("a"), "{line}");
        }
    }

    #[test]
    fn each_line_that_is_wrong_is_named_and_no_value_is_shown() {
        for (line, problem) in [
            ("canary", "line 3 is not NAME=value"),
            ("export LEADSQUARED_HOST", "line 3 is not NAME=value"),
            ("exportLEADSQUARED_HOST canary=x", "line 3 is not NAME=value"),
            ("can-ary=x", "line 3 is not NAME=value"),
            ("1A=x", "line 3 is not NAME=value"),
            ("=canary", "line 3 is not NAME=value"),
            (
                "LEADSQUARED_ACCES_KEY=canary",
                "line 3: LEADSQUARED_ACCES_KEY is unknown; known are LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY, \
                 LEADSQUARED_SECRET_KEY, LEADSQUARED_AUTH",
            ),
            (
                "LEADSQUARED_canary=x",
                "line 3: the variable of this name (not shown: it may be a secret; names are in capitals, as ACME_KEY) is unknown; known are LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY, \
                 LEADSQUARED_SECRET_KEY, LEADSQUARED_AUTH",
            ),
            ("LEADSQUARED_HOST='canary", "line 3: LEADSQUARED_HOST has no closing quote"),
            ("LEADSQUARED_HOST='", "line 3: LEADSQUARED_HOST has no closing quote"),
            ("LEADSQUARED_HOST='canary\"", "line 3: LEADSQUARED_HOST has no closing quote"),
            ("LEADSQUARED_HOST='a'canary", "line 3: LEADSQUARED_HOST goes on behind its closing quote"),
            ("LEADSQUARED_HOST='a'#canary", "line 3: LEADSQUARED_HOST goes on behind its closing quote"),
            ("LEADSQUARED_HOST='a' canary", "line 3: LEADSQUARED_HOST goes on behind its closing quote"),
            ("LEADSQUARED_HOST=can ary", "line 3: LEADSQUARED_HOST holds white space; put it in quotes"),
            ("LEADSQUARED_ACCESS_KEY=canary", "line 3: LEADSQUARED_ACCESS_KEY is set twice"),
        ] {
            let error = KeysFile::parse(&format!("{BOTH}{line}\n")).unwrap_err();
            assert_eq!(error.problems(), [problem], "{line}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{line}");
        }
        let error = KeysFile::parse("x\ny\n").unwrap_err();
        assert_eq!(error.problems().len(), 4, "two lines, and both keys: {error}");
    }

    #[test]
    fn what_is_of_other_programs_is_ignored() {
        let others = "PATH=$PATH:/x y\nFOO='open\n# comment\n\nexport BAR=\"a\"b\n_x=1";
        assert!(KeysFile::parse(&format!("{others}\n{BOTH}")).is_ok());
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let file = KeysFile::parse(&format!("\u{feff}{BOTH}")).unwrap();
        assert_eq!(file.get(ACCESS_KEY), Some("a"));
        assert_eq!(format!("{file:?}"), r#"["LEADSQUARED_ACCESS_KEY", "LEADSQUARED_SECRET_KEY"]"#);
    }
}
