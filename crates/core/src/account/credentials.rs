//! The keys of an account. They are not shown in any output of this library.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};

/// Why a string is not a key. The string itself is never included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// Empty, or only white space.
    #[error("the key is blank")]
    Blank,
    /// Leading or trailing white space, such as a line break at the end of a file.
    #[error("the key begins or ends with white space")]
    Untrimmed,
    /// A control character.
    #[error("the key holds a control character")]
    Control,
}

/// Declares a secret newtype.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Zeroed on drop. It has no `Display`, and its `Debug` is redacted. Which characters a key
        /// may contain is unknown (real ones contain `$`), so any string is accepted that is not
        /// blank, has no leading or trailing white space and no control characters.
        ///
        /// # Errors
        ///
        /// [`InvalidKey`] from `parse`, which never includes the string.
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// The secret itself, for sending it.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([REDACTED])"))
            }
        }

        impl FromStr for $name {
            type Err = InvalidKey;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check(text).map(|()| Self(SecretString::from(text)))
            }
        }
    };
}

fn check(text: &str) -> Result<(), InvalidKey> {
    if text.trim().is_empty() {
        Err(InvalidKey::Blank)
    } else if text.trim() != text {
        Err(InvalidKey::Untrimmed)
    } else if text.contains(char::is_control) {
        Err(InvalidKey::Control)
    } else {
        Ok(())
    }
}

key!(
    /// The access key of an account: `accessKey` in the query, `x-LSQ-AccessKey` in the headers
    /// (*documented*).
    AccessKey
);
key!(
    /// The secret key of an account: `secretKey` in the query, `x-LSQ-SecretKey` in the headers
    /// (*documented*).
    SecretKey
);

/// The two keys of an account.
///
/// They are zeroed on drop, as are the [`Secrets`](crate::Secrets) made from them. Other copies are
/// not: the string that they were parsed from, and the copies that an HTTP library makes to send
/// them.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::Credentials;
///
/// let credentials = Credentials::parse("u$r1234", "s3cret")?;
/// assert!(!format!("{credentials:?}").contains("s3cret"));
/// assert!(Credentials::parse("u$r1234", " ").is_err());
/// # Ok::<(), leadsquared_webhooks_core::InvalidKey>(())
/// ```
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The access key.
    pub access_key: AccessKey,
    /// The secret key.
    pub secret_key: SecretKey,
}

impl Credentials {
    /// Combines two keys.
    #[must_use]
    pub const fn new(access_key: AccessKey, secret_key: SecretKey) -> Self {
        Self { access_key, secret_key }
    }

    /// Parses two keys.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] for the first of the two that is invalid.
    pub fn parse(access_key: &str, secret_key: &str) -> Result<Self, InvalidKey> {
        Ok(Self { access_key: access_key.parse()?, secret_key: secret_key.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_any_text_that_is_whole() {
        assert_eq!("u$r%2 4/é".parse::<AccessKey>().unwrap().expose(), "u$r%2 4/é");
        for (text, problem) in [
            ("", InvalidKey::Blank),
            (" \n", InvalidKey::Blank),
            ("canary\n", InvalidKey::Untrimmed),
            (" canary", InvalidKey::Untrimmed),
            ("can\0ary", InvalidKey::Control),
        ] {
            let error = text.parse::<SecretKey>().unwrap_err();
            assert_eq!(error, problem, "{text:?}");
            assert!(!error.to_string().contains("canary"));
        }
    }

    #[test]
    fn debug_reports_which_key_and_not_the_key() {
        let shown = format!("{:?}", Credentials::parse("canary1", "canary2").unwrap());
        assert_eq!(
            shown,
            "Credentials { access_key: AccessKey([REDACTED]), secret_key: SecretKey([REDACTED]) }"
        );
    }
}
