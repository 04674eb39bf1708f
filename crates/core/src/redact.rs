//! Taking secrets out of texts that a server wrote.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::{credentials::Credentials, new_webhook::NewWebhook};

/// The secrets of a call: what a server may echo, and what no error of ours may repeat.
///
/// A server's error page can hold the URL that was called, keys included. [`scrub`](Self::scrub) finds each secret as
/// it is, percent-encoded, and escaped for JSON or HTML. Secrets of fewer than three characters are left
/// alone: they would blot out the text and protect nothing.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Credentials, Secrets};
///
/// let secrets = Secrets::of_credentials(&Credentials::parse("u$r-key", "s3cret$")?);
/// assert_eq!(secrets.scrub("GET /?accessKey=u%24r-key failed"), "GET /?accessKey=[REDACTED] failed");
/// assert_eq!(secrets.scrub("nothing here"), "nothing here");
/// # Ok::<(), leadsquared_webhooks_core::InvalidKey>(())
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Vec<SecretString>);

const MASK: &str = "[REDACTED]";
const SHORTEST: usize = 3;

impl Secrets {
    /// The two keys.
    #[must_use]
    pub fn of_credentials(credentials: &Credentials) -> Self {
        let mut secrets = Self::default();
        secrets.add(credentials.access_key.expose());
        secrets.add(credentials.secret_key.expose());
        secrets
    }

    /// These and the values of a webhook's custom headers.
    #[must_use]
    pub fn and_headers_of(&self, webhook: &NewWebhook) -> Self {
        let mut secrets = self.clone();
        for header in webhook.custom_headers().as_slice() {
            secrets.add(header.value.expose());
        }
        secrets
    }

    /// The text with each secret, in any of its forms, replaced by `[REDACTED]`.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.forms() {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), MASK);
            }
        }
        text
    }

    fn add(&mut self, secret: &str) {
        if secret.chars().count() >= SHORTEST {
            self.0.push(SecretString::from(secret));
        }
    }

    /// Longest first, so that a secret that holds another goes whole.
    fn forms(&self) -> Vec<SecretString> {
        let mut forms: Vec<String> = self.0.iter().flat_map(|secret| forms(secret.expose_secret())).collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.into_iter().map(SecretString::from).collect()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

fn forms(secret: &str) -> Vec<String> {
    let percent = |safe: fn(u8) -> bool, hex: fn(u8) -> String| -> String {
        secret.bytes().map(|byte| if safe(byte) { char::from(byte).to_string() } else { hex(byte) }).collect()
    };
    let upper = |byte| format!("%{byte:02X}");
    let lower = |byte| format!("%{byte:02x}");
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let query = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>%+&=".contains(&byte);
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let json = serde_json::Value::from(secret).to_string();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    vec![
        secret.to_owned(),
        percent(unreserved, upper),
        percent(unreserved, lower),
        percent(query, upper),
        percent(alphanumeric, upper),
        json.trim_matches('"').to_owned(),
        html.replace('\'', "&#39;"),
        html,
    ]
}
