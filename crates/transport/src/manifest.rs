//! The webhooks that several accounts are to have, as one file tells them.

use std::{collections::HashSet, fmt, str::FromStr};

use leadsquared_webhooks_core::{
    ApiHost, Credentials, CustomHeadersForm, EventCodes, Identity, ManagedPrefix, NewWebhook, Violation,
    quota::QuotaLimit,
};
use serde_json::{Map, Value};

use crate::{auth::Auth, environment::shown_variable};

/// The webhooks that accounts are to have.
///
/// TOML: a list `accounts`, each with a `name`, a `host`, the **names of environment variables** that hold its keys
/// (`access_key_env`, `secret_key_env`), and its `webhooks`, which are drafts as in any other file. A header may give
/// `value_env` in place of `value`. Optional: `auth` (`query`, `headers`), `codes` (`documented`, `observed`),
/// `custom_headers_form` (`array`, `json_string`), `quota` (a list of `calls/seconds`), and `managed_prefix`: the beginning of
/// the URLs that belong to this manifest, which alone are ever deleted.
///
/// # Errors
///
/// [`InvalidManifest`] from [`parse`](Self::parse) with every broken rule and its path.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::Manifest;
///
/// let toml = r#"
///     [[accounts]]
///     name = "acme"
///     host = "api-in21.leadsquared.com"
///     access_key_env = "ACME_ACCESS_KEY"
///     secret_key_env = "ACME_SECRET_KEY"
///     managed_prefix = "https://hooks.example.com/"
///
///     [[accounts.webhooks]]
///     url = "https://hooks.example.com/leads"
///     trigger = { event = "lead_create" }
/// "#;
/// let manifest = Manifest::parse(toml, |_| Some("a-key".to_owned()))?;
/// assert_eq!(manifest.accounts[0].webhooks.len(), 1);
///
/// let error = Manifest::parse(toml, |_| None).unwrap_err();
/// assert_eq!(error.violations()[0].to_string(), "accounts[0].access_key_env: ACME_ACCESS_KEY is not set");
/// # Ok::<(), leadsquared_webhooks::InvalidManifest>(())
/// ```
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The accounts, in the order of the file.
    pub accounts: Vec<ManifestAccount>,
}

/// What one account is to have. `Debug` shows no key.
#[derive(Clone, Debug)]
pub struct ManifestAccount {
    /// Its name, unique in the manifest.
    pub name: String,
    /// Its host.
    pub host: ApiHost,
    /// Its keys.
    pub credentials: Credentials,
    /// Where they travel.
    pub auth: Auth,
    /// Which number stands for which event.
    pub codes: Option<EventCodes>,
    /// In which form the custom headers are sent.
    pub custom_headers_form: CustomHeadersForm,
    /// Its quota; empty for the default.
    pub quota: Vec<QuotaLimit>,
    /// The beginning of the URLs that belong to this manifest.
    pub managed_prefix: Option<ManagedPrefix>,
    /// What it is to have.
    pub webhooks: Vec<NewWebhook>,
}

/// All that is wrong with a manifest, at once. Never tells a key or a header's value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct InvalidManifest {
    violations: Vec<Violation>,
}

impl InvalidManifest {
    /// The broken rules, one or more, each with its path in the file.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    fn lines(&self) -> String {
        self.violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl Manifest {
    /// Reads a manifest. `variable` tells the environment's variables, by which the keys and secret headers are named.
    ///
    /// # Errors
    ///
    /// [`InvalidManifest`] with every broken rule.
    pub fn parse(toml: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidManifest> {
        let mut reader = Reader { violations: Vec::new(), variable: &variable };
        let accounts = match toml::from_str::<Map<String, Value>>(toml) {
            Ok(document) => reader.document(document),
            Err(problem) => {
                reader.add("manifest", format_args!("not TOML: {}", problem.message()));
                Vec::new()
            }
        };
        if reader.violations.is_empty() {
            Ok(Self { accounts })
        } else {
            Err(InvalidManifest { violations: reader.violations })
        }
    }
}

struct Reader<'a> {
    violations: Vec<Violation>,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn add(&mut self, field: impl Into<String>, problem: impl fmt::Display) {
        self.violations.push(Violation { field: field.into(), problem: problem.to_string() });
    }

    fn document(&mut self, mut document: Map<String, Value>) -> Vec<ManifestAccount> {
        let items = self.list("accounts", document.remove("accounts"));
        self.unknown("", document, "accounts");
        if items.is_empty() && self.violations.is_empty() {
            self.add("accounts", "missing, or empty");
        }
        let mut names = HashSet::new();
        let mut accounts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let path = format!("accounts[{index}]");
            let Value::Object(members) = item else {
                self.add(path, "not a table");
                continue;
            };
            let account = self.account(&path, members);
            if let Some(account) = &account
                && !names.insert(account.name.clone())
            {
                self.add(format!("{path}.name"), format_args!("{:?} stands twice", account.name));
            }
            accounts.extend(account);
        }
        accounts
    }

    fn account(&mut self, path: &str, mut members: Map<String, Value>) -> Option<ManifestAccount> {
        let at = |key: &str| format!("{path}.{key}");
        let name = self.text(&at("name"), members.remove("name"), true);
        let host: Option<ApiHost> = self.parsed(&at("host"), members.remove("host"), true);
        let access_key = self.key(&at("access_key_env"), members.remove("access_key_env"));
        let secret_key = self.key(&at("secret_key_env"), members.remove("secret_key_env"));
        let auth: Option<Auth> = self.parsed(&at("auth"), members.remove("auth"), false);
        let codes: Option<EventCodes> = self.parsed(&at("codes"), members.remove("codes"), false);
        let custom_headers_form: Option<CustomHeadersForm> =
            self.parsed(&at("custom_headers_form"), members.remove("custom_headers_form"), false);
        let managed_prefix: Option<ManagedPrefix> =
            self.parsed(&at("managed_prefix"), members.remove("managed_prefix"), false);
        let quota: Vec<QuotaLimit> = self
            .list(&at("quota"), members.remove("quota"))
            .into_iter()
            .enumerate()
            .filter_map(|(index, limit)| self.parsed(&format!("{path}.quota[{index}]"), Some(limit), true))
            .collect();
        let drafts = self.list(&at("webhooks"), members.remove("webhooks"));
        let webhooks = self.webhooks(path, drafts);
        self.unknown(
            &format!("{path}."),
            members,
            "name, host, access_key_env, secret_key_env, auth, codes, custom_headers_form, quota, managed_prefix, webhooks",
        );
        Some(ManifestAccount {
            name: name?,
            host: host?,
            credentials: Credentials::new(access_key?, secret_key?),
            auth: auth.unwrap_or_default(),
            codes,
            custom_headers_form: custom_headers_form.unwrap_or_default(),
            quota,
            managed_prefix,
            webhooks,
        })
    }

    fn webhooks(&mut self, path: &str, drafts: Vec<Value>) -> Vec<NewWebhook> {
        let mut webhooks: Vec<NewWebhook> = Vec::new();
        let mut identities: Vec<Identity> = Vec::new();
        for (index, mut draft) in drafts.into_iter().enumerate() {
            let path = format!("{path}.webhooks[{index}]");
            self.secret_headers(&path, &mut draft);
            match NewWebhook::from_json(&draft.to_string()) {
                Ok(webhook) => {
                    let identity = Identity::of(&webhook);
                    if identities.contains(&identity) {
                        self.add(&path, "the same event, URL and properties stand twice");
                    }
                    identities.push(identity);
                    webhooks.push(webhook);
                }
                Err(error) => {
                    for violation in error.violations() {
                        self.add(format!("{path}.{}", violation.field), &violation.problem);
                    }
                }
            }
        }
        webhooks
    }

    /// `value_env` names the variable that holds a header's value.
    fn secret_headers(&mut self, path: &str, draft: &mut Value) {
        let headers = draft.get_mut("custom_headers").and_then(Value::as_array_mut);
        for (index, header) in headers.into_iter().flatten().enumerate() {
            let Some(header) = header.as_object_mut() else { continue };
            let Some(name) = header.remove("value_env") else { continue };
            let path = format!("{path}.custom_headers[{index}].value_env");
            if let Some(value) = self.key::<Secret>(&path, Some(name)) {
                header.insert("value".to_owned(), value.0.into());
            } else {
                // Told already; a placeholder, so that it is not told again.
                header.insert("value".to_owned(), "unset".into());
            }
        }
    }

    fn text(&mut self, field: &str, value: Option<Value>, required: bool) -> Option<String> {
        match value {
            Some(Value::String(text)) if !text.trim().is_empty() => return Some(text),
            Some(Value::String(_)) => self.add(field, "blank"),
            Some(_) => self.add(field, "not a string"),
            None if required => self.add(field, "missing"),
            None => {}
        }
        None
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        field: &str,
        value: Option<Value>,
        required: bool,
    ) -> Option<T> {
        let text = self.text(field, value, required)?;
        text.parse().map_err(|problem| self.add(field, problem)).ok()
    }

    /// What the variable holds whose name is given.
    fn key<T: FromStr<Err: fmt::Display>>(&mut self, field: &str, name: Option<Value>) -> Option<T> {
        let name = self.text(field, name, true)?;
        let Some(text) = (self.variable)(&name).filter(|text| !text.is_empty()) else {
            self.add(field, format_args!("{} is not set", shown_variable(&name)));
            return None;
        };
        text.parse().map_err(|problem| self.add(field, format_args!("{name}: {problem}"))).ok()
    }

    fn list(&mut self, field: &str, value: Option<Value>) -> Vec<Value> {
        match value {
            Some(Value::Array(items)) => return items,
            Some(_) => self.add(field, "not a list"),
            None => {}
        }
        Vec::new()
    }

    fn unknown(&mut self, path: &str, members: Map<String, Value>, known: &str) {
        for (key, _) in members {
            self.add(format!("{path}{key}"), format_args!("unknown key; known are {known}"));
        }
    }
}

/// A header's value from a variable; the draft's own rules judge it.
struct Secret(String);

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
