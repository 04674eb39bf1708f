//! The manifest: one file with the desired webhooks of several accounts.

use std::{fmt, str::FromStr};

use leadsquared_webhooks_core::{
    ApiHost, Credentials, CustomHeadersForm, EventCodes, Identity, ManagedPrefix, NewWebhook, Violation,
    Warning,
    quota::QuotaLimit,
    source::{Place, Shown, excerpt, path_index, path_key},
    unknown_key, without_byte_order_mark,
};
use secrecy::zeroize::Zeroizing;
use toml::{
    Spanned,
    de::{DeArray, DeInteger, DeTable, DeValue},
};

use crate::{config::environment::shown_variable, net::auth::Auth};

/// The desired webhooks of several accounts.
///
/// The format is TOML: a list `accounts`, each with a `name`, a `host`, the **names of environment
/// variables** that contain its keys (`access_key_env`, `secret_key_env`), and its `webhooks`,
/// which are drafts as in any other file. A header may have `value_env` instead of `value`.
/// Optional: `auth` (`query`, `headers`), `codes` (`documented`, `observed`), `custom_headers_form`
/// (`array`, `json_string`), `quota` (a list of `calls/seconds`), and `managed_prefix`: the
/// beginning of the URLs that this manifest manages. Only webhooks under it are ever deleted.
///
/// Raw `properties` and `extra` keep the order of their keys and the spelling of their numbers, as
/// far as JSON allows: `1.50` stays, `0x10` becomes 16, and `1_000` becomes 1000. Values that JSON
/// cannot represent (`nan`, `inf`, a date) are refused.
///
/// # Errors
///
/// [`InvalidManifest`] from [`parse`](Self::parse) with every violation and its path.
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
/// assert_eq!(error.violations()[0].field, "accounts[0].access_key_env");
/// let first = error.located().next().unwrap();
/// assert_eq!(
///     first.to_string(),
///     r#"5:5: account "acme", access_key_env: ACME_ACCESS_KEY is not set"#,
/// );
/// # Ok::<(), leadsquared_webhooks::error::InvalidManifest>(())
/// ```
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The accounts, in the order of the file.
    pub accounts: Vec<ManifestAccount>,
}

/// One account of a manifest. `Debug` shows no key.
#[derive(Clone, Debug)]
pub struct ManifestAccount {
    /// The account's name, unique in the manifest.
    pub name: String,
    /// The account's host.
    pub host: ApiHost,
    /// The account's keys.
    pub credentials: Credentials,
    /// Where the keys are sent.
    pub auth: Auth,
    /// The table of event codes.
    pub codes: Option<EventCodes>,
    /// The form in which the custom headers are sent.
    pub custom_headers_form: CustomHeadersForm,
    /// The account's quota; empty for the default.
    pub quota: Vec<QuotaLimit>,
    /// The beginning of the URLs that this manifest manages.
    pub managed_prefix: Option<ManagedPrefix>,
    /// The desired webhooks.
    pub webhooks: Vec<NewWebhook>,
}

/// All violations of a manifest at once, each with its place. It never shows a key or a header's
/// value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct InvalidManifest {
    violations: Vec<Violation>,
    /// As many as there are violations.
    located: Vec<LocatedViolation>,
}

/// A violation of a manifest, for people: where it is in the file, and the account by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedViolation {
    /// The line and the column; `None` if the file as a whole is wrong.
    pub place: Option<Place>,
    /// The name of the account, if it has one.
    pub account: Option<String>,
    /// The path, from the account on if that has a name; empty for the account itself.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// The line of the file, and a line with a caret under the place. Whatever could be a secret
    /// is masked.
    pub excerpt: Option<[String; 2]>,
}

impl fmt::Display for LocatedViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, account, field, problem, excerpt: _ } = self;
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        match account {
            Some(account) if field.is_empty() => write!(f, "account {account:?}: {problem}"),
            Some(account) => write!(f, "account {account:?}, {field}: {problem}"),
            None => write!(f, "{field}: {problem}"),
        }
    }
}

impl InvalidManifest {
    /// The violations, one or more, each with its path in the file.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The violations, each with its place in the file and its account's name.
    pub fn located(&self) -> impl Iterator<Item = &LocatedViolation> {
        self.located.iter()
    }

    fn lines(&self) -> String {
        self.located.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl Manifest {
    /// Parses a manifest. `variable` looks up the environment variables that contain the keys and
    /// secret headers.
    ///
    /// # Errors
    ///
    /// [`InvalidManifest`] with every violation.
    pub fn parse(toml: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidManifest> {
        let toml = without_byte_order_mark(toml);
        let mut reader = Reader { violations: Vec::new(), variable: &variable };
        let (document, problems) = DeTable::parse_recoverable(toml);
        if !problems.is_empty() {
            return Err(not_toml(toml, &problems));
        }
        let accounts = reader.document(document.into_inner());
        if reader.violations.is_empty() {
            return Ok(Self { accounts });
        }
        let violations = reader.violations;
        // Read again, because reading took the document apart.
        let document = DeTable::parse_recoverable(toml).0;
        let located = violations.iter().map(|violation| locate(toml, &document, violation)).collect();
        Err(InvalidManifest { violations, located })
    }

    /// Valid settings that are a known pitfall: an account whose keys are sent to a host that is
    /// not LeadSquared's.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let accounts = self.accounts.iter().enumerate();
        accounts
            .filter_map(|(index, account)| {
                let warning = account.host.warning()?;
                Some(Warning { field: format!("accounts[{index}].{}", warning.field), ..warning })
            })
            .collect()
    }
}

/// The violations of a text that is not TOML.
fn not_toml(toml: &str, problems: &[toml::de::Error]) -> InvalidManifest {
    const FIELD: &str = "manifest";
    if toml.trim_start().starts_with('{') {
        let problem = "the text is JSON, but a manifest is TOML: [[accounts]], name = \"acme\", …".to_owned();
        let violation = Violation { field: FIELD.to_owned(), problem };
        let located = vec![locate(toml, &DeTable::parse_recoverable("").0, &violation)];
        return InvalidManifest { violations: vec![violation], located };
    }
    let (mut violations, mut located) = (Vec::new(), Vec::new());
    for error in problems {
        let offset = error.span().map_or(0, |span| span.start);
        let place = Place::of(toml, offset);
        let field = FIELD.to_owned();
        let problem = format!("not TOML: {}", error.message());
        violations
            .push(Violation { field: field.clone(), problem: format!("line {} is {problem}", place.line) });
        // Behind the first error nobody knows where a string begins.
        let is_first = located.is_empty();
        located.push(LocatedViolation {
            place: Some(place),
            account: None,
            field,
            problem,
            excerpt: excerpt(toml, offset, Shown::Before).filter(|_| is_first),
        });
    }
    InvalidManifest { violations, located }
}

/// Finds the place of a violation by its path: that of the part itself, or of what should hold it.
fn locate(toml: &str, document: &Spanned<DeTable<'_>>, violation: &Violation) -> LocatedViolation {
    let Violation { field, problem } = violation;
    let (mut offset, mut account, mut shown) = (None, None, &**field);
    let (mut table, mut list): (Option<&DeTable<'_>>, Option<&DeArray<'_>>) =
        (Some(document.get_ref()), None);
    let mut rest = &**field;
    let mut is_account = false;
    while !rest.is_empty() {
        let value = if let (Some(items), Some((index, behind))) = (list, path_index(rest)) {
            let Some(item) = items.get(index) else { break };
            rest = behind;
            offset = Some(item.span().start);
            item.get_ref()
        } else if let Some(members) = table {
            let named = members
                .iter()
                .filter_map(|(key, member)| Some((path_key(rest, key.get_ref())?, key, member)));
            let Some((behind, key, member)) = named.min_by_key(|(behind, ..)| behind.len()) else { break };
            is_account = offset.is_none() && key.get_ref() == "accounts";
            rest = behind;
            offset = Some(key.span().start);
            member.get_ref()
        } else {
            break;
        };
        (table, list) = match value {
            DeValue::Table(members) => (Some(members), None),
            DeValue::Array(items) => (None, Some(items)),
            _ => (None, None),
        };
        if is_account
            && account.is_none()
            && let Some(DeValue::String(name)) =
                table.and_then(|account| account.get("name")).map(Spanned::get_ref)
            && !name.trim().is_empty()
        {
            account = Some(name.to_string());
            shown = rest.trim_start_matches('.');
        }
    }
    LocatedViolation {
        place: offset.map(|offset| Place::of(toml, offset)),
        account,
        field: shown.to_owned(),
        problem: problem.clone(),
        excerpt: offset.and_then(|offset| excerpt(toml, offset, Shown::Line)),
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

    fn document(&mut self, mut document: DeTable<'_>) -> Vec<ManifestAccount> {
        let items = self.list("accounts", take(&mut document, "accounts"));
        self.unknown("", &document, &["accounts"]);
        if items.is_empty() && self.violations.is_empty() {
            self.add("accounts", "missing, or empty");
        }
        let mut accounts: Vec<(usize, ManifestAccount)> = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let path = format!("accounts[{index}]");
            let DeValue::Table(members) = item.into_inner() else {
                self.add(path, "not a table");
                continue;
            };
            let Some(account) = self.account(&path, members) else { continue };
            if accounts.iter().any(|(_, other)| other.name == account.name) {
                self.add(format!("{path}.name"), format_args!("duplicate account name {:?}", account.name));
            }
            if let Some((first, other)) = accounts.iter().find(|(_, other)| is_same(other, &account)) {
                let problem = format_args!(
                    "{:?} is the same account as {:?} (accounts[{first}]): the same host and access key; put the \
                     webhooks of both into one",
                    account.name, other.name
                );
                self.add(&path, problem);
            }
            accounts.push((index, account));
        }
        accounts.into_iter().map(|(_, account)| account).collect()
    }

    fn account(&mut self, path: &str, mut members: DeTable<'_>) -> Option<ManifestAccount> {
        let at = |key: &str| format!("{path}.{key}");
        let name = self.text(&at("name"), take(&mut members, "name"), true);
        let host: Option<ApiHost> = self.parsed(&at("host"), take(&mut members, "host"), true);
        let access_key = self.key(&at("access_key_env"), take(&mut members, "access_key_env"));
        let secret_key = self.key(&at("secret_key_env"), take(&mut members, "secret_key_env"));
        let auth: Option<Auth> = self.parsed(&at("auth"), take(&mut members, "auth"), false);
        let codes: Option<EventCodes> = self.parsed(&at("codes"), take(&mut members, "codes"), false);
        let custom_headers_form: Option<CustomHeadersForm> =
            self.parsed(&at("custom_headers_form"), take(&mut members, "custom_headers_form"), false);
        let managed_prefix: Option<ManagedPrefix> =
            self.parsed(&at("managed_prefix"), take(&mut members, "managed_prefix"), false);
        let quota: Vec<QuotaLimit> = self
            .list(&at("quota"), take(&mut members, "quota"))
            .into_iter()
            .enumerate()
            .filter_map(|(index, limit)| self.parsed(&format!("{path}.quota[{index}]"), Some(limit), true))
            .collect();
        let drafts = self.list(&at("webhooks"), take(&mut members, "webhooks"));
        let webhooks = self.webhooks(path, drafts, codes);
        for key in ["access_key", "secret_key"] {
            if take(&mut members, key).is_some() {
                let problem = format_args!(
                    "a key does not belong into this file; {key}_env names the environment variable that holds it"
                );
                self.add(at(key), problem);
            }
        }
        self.unknown(&format!("{path}."), &members, ACCOUNT_KEYS);
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

    fn webhooks(&mut self, path: &str, drafts: DeArray<'_>, codes: Option<EventCodes>) -> Vec<NewWebhook> {
        let mut webhooks: Vec<NewWebhook> = Vec::new();
        let mut identities: Vec<(usize, Identity)> = Vec::new();
        for (index, draft) in drafts.into_iter().enumerate() {
            let path = format!("{path}.webhooks[{index}]");
            let mut draft = draft.into_inner();
            self.secret_headers(&path, &mut draft);
            let mut json = String::new();
            self.write_json(&path, &draft, &mut json);
            match NewWebhook::from_json_by(&json, codes) {
                Ok(webhook) => {
                    let identity = Identity::of(&webhook);
                    if let Some((earlier, _)) = identities.iter().find(|(_, other)| *other == identity) {
                        self.add(
                            &path,
                            format_args!(
                                "is a duplicate of webhooks[{earlier}]: the same event, URL and properties"
                            ),
                        );
                    }
                    identities.push((index, identity));
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

    /// Resolves `value_env`, which names the variable that contains a header's value.
    fn secret_headers(&mut self, path: &str, draft: &mut DeValue<'_>) {
        let DeValue::Table(draft) = draft else { return };
        let Some(DeValue::Array(headers)) = draft.get_mut("custom_headers").map(Spanned::get_mut) else {
            return;
        };
        for (index, header) in headers.iter_mut().enumerate() {
            let DeValue::Table(header) = header.get_mut() else { continue };
            let Some(name) = take(header, "value_env") else { continue };
            let path = format!("{path}.custom_headers[{index}].value_env");
            // A missing variable is already reported; the placeholder prevents a second report.
            let value =
                self.key::<Secret>(&path, Some(name)).map_or_else(|| "unset".to_owned(), |value| value.0);
            header.insert(unspanned("value".into()), unspanned(DeValue::String(value.into())));
        }
    }

    /// Writes a value as JSON: keys in their order, and numbers as they are spelled where that is
    /// valid JSON.
    fn write_json(&mut self, path: &str, value: &DeValue<'_>, json: &mut String) {
        match value {
            DeValue::String(text) => json.push_str(&quoted(text)),
            DeValue::Boolean(value) => json.push_str(if *value { "true" } else { "false" }),
            DeValue::Integer(number) => self.write_number(path, integer(number).as_deref(), number, json),
            DeValue::Float(number) => {
                let text = number.as_str();
                let spelled = text.strip_prefix('+').unwrap_or(text);
                let is_number = spelled.bytes().any(|byte| byte.is_ascii_digit());
                self.write_number(path, is_number.then_some(spelled), number, json);
            }
            DeValue::Datetime(_) => {
                self.add(path, "a date, which JSON does not have; write it as a text, in quotes");
                json.push_str("\"date\"");
            }
            DeValue::Array(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    json.push_str(if index > 0 { "," } else { "" });
                    self.write_json(&format!("{path}[{index}]"), item.get_ref(), json);
                }
                json.push(']');
            }
            DeValue::Table(members) => {
                json.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    let key = key.get_ref();
                    json.push_str(if index > 0 { "," } else { "" });
                    json.push_str(&quoted(key));
                    json.push(':');
                    self.write_json(&format!("{path}.{key}"), member.get_ref(), json);
                }
                json.push('}');
            }
        }
    }

    fn write_number(
        &mut self,
        path: &str,
        spelled: Option<&str>,
        number: &dyn fmt::Display,
        json: &mut String,
    ) {
        if let Some(spelled) = spelled {
            json.push_str(spelled);
        } else {
            self.add(path, format_args!("{number} is not a number in JSON"));
            json.push_str("\"number\"");
        }
    }

    fn text(&mut self, field: &str, value: Option<Spanned<DeValue<'_>>>, required: bool) -> Option<String> {
        match value.map(Spanned::into_inner) {
            Some(DeValue::String(text)) if !text.trim().is_empty() => return Some(text.into_owned()),
            Some(DeValue::String(_)) => self.add(field, "blank"),
            Some(_) => self.add(field, "not a string"),
            None if required => self.add(field, "missing"),
            None => {}
        }
        None
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        field: &str,
        value: Option<Spanned<DeValue<'_>>>,
        required: bool,
    ) -> Option<T> {
        let text = self.text(field, value, required)?;
        text.parse().map_err(|problem| self.add(field, problem)).ok()
    }

    /// The value of the variable with this name.
    fn key<T: FromStr<Err: fmt::Display>>(
        &mut self,
        field: &str,
        name: Option<Spanned<DeValue<'_>>>,
    ) -> Option<T> {
        if name.is_none() {
            self.add(
                field,
                "missing; it names the environment variable that holds the key, such as ACME_KEY",
            );
        }
        let name = self.text(field, name, false)?;
        let Some(text) = (self.variable)(&name).filter(|text| !text.is_empty()).map(Zeroizing::new) else {
            self.add(field, format_args!("{} is not set", shown_variable(&name)));
            return None;
        };
        text.parse().map_err(|problem| self.add(field, format_args!("{name}: {problem}"))).ok()
    }

    fn list<'i>(&mut self, field: &str, value: Option<Spanned<DeValue<'i>>>) -> DeArray<'i> {
        match value.map(Spanned::into_inner) {
            Some(DeValue::Array(items)) => return items,
            Some(_) => self.add(field, "not a list"),
            None => {}
        }
        DeArray::new()
    }

    fn unknown(&mut self, path: &str, members: &DeTable<'_>, known: &[&str]) {
        for key in members.keys() {
            self.add(format!("{path}{}", key.get_ref()), unknown_key(key.get_ref(), known));
        }
    }
}

const ACCOUNT_KEYS: &[&str] = &[
    "name",
    "host",
    "access_key_env",
    "secret_key_env",
    "auth",
    "codes",
    "custom_headers_form",
    "quota",
    "managed_prefix",
    "webhooks",
];

/// Whether two accounts of a manifest are the same LeadSquared account.
fn is_same(one: &ManifestAccount, other: &ManifestAccount) -> bool {
    one.host == other.host && one.credentials.access_key.expose() == other.credentials.access_key.expose()
}

fn take<'i>(members: &mut DeTable<'i>, key: &str) -> Option<Spanned<DeValue<'i>>> {
    members.remove(key)
}

/// A value without a position in the file.
fn unspanned<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

/// A text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An integer as a JSON number, in decimal digits.
fn integer(number: &DeInteger<'_>) -> Option<String> {
    let digits = number.as_str();
    match number.radix() {
        10 => Some(digits.strip_prefix('+').unwrap_or(digits).to_owned()),
        radix => u128::from_str_radix(digits, radix).ok().map(|number| number.to_string()),
    }
}

/// A header's value from a variable. The rules of the draft validate it.
struct Secret(String);

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use leadsquared_webhooks_core::{EventCodes, WarningCode, request};

    use super::*;

    const ACCOUNT: &str = r#"
        [[accounts]]
        name = "acme"
        host = "api-in21.leadsquared.com"
        access_key_env = "ACME_ACCESS_KEY"
        secret_key_env = "ACME_SECRET_KEY"
    "#;

    /// Each variable holds its own name, so that accounts differ.
    fn parse(toml: &str) -> Result<Manifest, InvalidManifest> {
        Manifest::parse(toml, |name| Some(format!("canary-{name}")))
    }

    fn violations(toml: &str) -> Vec<String> {
        parse(toml).unwrap_err().violations().iter().map(ToString::to_string).collect()
    }

    /// A raw webhook with these properties.
    fn with_properties(properties: &str) -> String {
        format!(
            "{ACCOUNT}\n[[accounts.webhooks]]\nurl = \"https://example.com\"\n[accounts.webhooks.trigger]\n\
             event = \"raw\"\ncode = \"7\"\n[accounts.webhooks.trigger.properties]\n{properties}"
        )
    }

    /// The JSON that is sent for these properties.
    fn sent(properties: &str) -> String {
        let manifest = parse(&with_properties(properties)).unwrap();
        let request = request::create(&manifest.accounts[0].webhooks[0], EventCodes::Documented);
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        body["WebhookProperties"].as_str().unwrap().to_owned()
    }

    #[test]
    fn raw_properties_keep_the_order_of_their_keys_and_the_spelling_of_their_numbers() {
        for (toml, json) in [
            ("b = 1\na = 2\n\"c d\" = 3", r#"{"b":1,"a":2,"c d":3}"#),
            ("z = {y = 1, x = {w = [1.50, 2]}}\na = []", r#"{"z":{"y":1,"x":{"w":[1.50,2]}},"a":[]}"#),
            ("a = 1.50\nb = 1e5\nc = 5E+22\nd = -0.0", r#"{"a":1.50,"b":1e5,"c":5E+22,"d":-0.0}"#),
            ("a = 123456789012345678901234567890", r#"{"a":123456789012345678901234567890}"#),
            ("a = 0x10\nb = 0o17\nc = 0b101\nd = 1_000", r#"{"a":16,"b":15,"c":5,"d":1000}"#),
            ("a = +7\nb = -7\nc = +1.5\nd = 1_0.0_1", r#"{"a":7,"b":-7,"c":1.5,"d":10.01}"#),
            ("a = true\nb = \"\\\"ü\\n\"\nc = 'x'", r#"{"a":true,"b":"\"ü\n","c":"x"}"#),
            ("b.y = 1\na = 2\nb.x = 3", r#"{"b":{"y":1,"x":3},"a":2}"#),
        ] {
            assert_eq!(sent(toml), json);
        }
    }

    #[test]
    fn what_json_does_not_have_is_named_with_its_path() {
        let at = "accounts[0].webhooks[0].trigger.properties";
        let problems = violations(&with_properties(
            "a = nan\nb = [1, {c = -inf}]\n\"d e\" = 1979-05-27\nf = 07:32:00\ng = 0xfffffffffffffffffffffffffffffffff",
        ));
        assert_eq!(
            problems,
            [
                format!("{at}.a: nan is not a number in JSON"),
                format!("{at}.b[1].c: -inf is not a number in JSON"),
                format!("{at}.d e: a date, which JSON does not have; write it as a text, in quotes"),
                format!("{at}.f: a date, which JSON does not have; write it as a text, in quotes"),
                format!("{at}.g: 0xfffffffffffffffffffffffffffffffff is not a number in JSON"),
            ]
        );
    }

    #[test]
    fn every_place_that_is_not_toml_is_named_by_its_line() {
        let problems = violations("accounts = 1 2\n\nname = \nother = \"x\"\n[");
        assert!(problems.len() > 1, "{problems:?}");
        for (problem, line) in problems.iter().zip([1, 3, 5]) {
            assert!(problem.starts_with(&format!("manifest: line {line} is not TOML: ")), "{problem}");
        }
    }

    /// The messages with their places, and the first one's excerpt.
    fn located(toml: &str) -> (Vec<String>, Option<[String; 2]>) {
        let error = Manifest::parse(toml, |name| Some(format!("canary-{name}"))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        assert_eq!(error.located().count(), error.violations().len());
        let excerpt = error.located().next().unwrap().excerpt.clone();
        (error.located().map(ToString::to_string).collect(), excerpt)
    }

    #[test]
    fn a_violation_has_its_place_and_its_accounts_name() {
        let account = "[[accounts]]\nname = \"acme\"\nhost = \"api.leadsquared.com\"\naccess_key_env = \"A_KEY\"\n\
            secret_key_env = \"S_KEY\"\n";
        let webhook = "[[accounts.webhooks]]\nurl = \"https://example.com\"\n";
        let line = |number: usize, text: &str| [format!("{number} | {text}"), "  | ^".to_owned()];
        for (toml, says, excerpt) in [
            (
                format!("{account}{webhook}trigger.event = \"lead_creat\""),
                r#"8:9: account "acme", webhooks[0].trigger.event: unknown event "lead_creat"; did you mean lead_create?"#,
                None,
            ),
            (
                format!(
                    "{account}[[accounts.webhooks]]\nulr = \"canary\"\nurl = \"https://a.example\"\ntrigger.event = 3"
                ),
                r#"7:1: account "acme", webhooks[0].ulr: unknown key; did you mean url?"#,
                Some(line(7, "ulr = \"••••\"")),
            ),
            (
                format!("{account}access_key = \"canary\" # canary"),
                "6:1: account \"acme\", access_key: a key does not belong into this file; access_key_env names the \
                 environment variable that holds it",
                Some(line(6, "access_key = \"••••\" # …")),
            ),
            (
                account.replace("secret_key_env", "\nsecret_key"),
                r#"1:1: account "acme", secret_key_env: missing; it names the environment variable that holds the key, such as ACME_KEY"#,
                None,
            ),
            (
                format!("{account}{webhook}"),
                r#"6:1: account "acme", webhooks[0].trigger: missing; the form is {"event": "lead_create"}"#,
                Some(line(6, "[[accounts.webhooks]]")),
            ),
            (
                format!("{account}{webhook}trigger.event = 31\ntrigger.opportunity_types = [\"1\"]"),
                "8:9: account \"acme\", webhooks[0].trigger.event: event 31 is opportunity_create in the documented code \
                 table and opportunity_delete in the observed one; write its name, or say which table (codes) the \
                 account uses",
                None,
            ),
            (account.replace("acme", " "), "2:1: accounts[0].name: blank", Some(line(2, "name = \" \""))),
            ("account = 1".to_owned(), "1:1: account: unknown key; did you mean accounts?", None),
            (String::new(), "accounts: missing, or empty", None),
            (
                "\nname = canary".to_owned(),
                "2:8: manifest: not TOML: string values must be quoted, expected literal string",
                Some(["2 | name = …".to_owned(), "  |        ^".to_owned()]),
            ),
            (
                "{\"accounts\": []}".to_owned(),
                "manifest: the text is JSON, but a manifest is TOML: [[accounts]], name = \"acme\", …",
                None,
            ),
        ] {
            let (problems, shown) = located(&toml);
            assert!(problems.contains(&says.to_owned()), "{problems:?}");
            if excerpt.is_some() {
                assert_eq!(shown, excerpt);
            }
        }
    }

    #[test]
    fn a_number_is_read_by_the_table_of_its_account() {
        for (codes, name) in [("documented", "opportunity_create"), ("observed", "opportunity_delete")] {
            let manifest = parse(&format!(
                "{ACCOUNT}codes = \"{codes}\"\n[[accounts.webhooks]]\nurl = \"https://example.com\"\n\
                 trigger = {{ event = 31, opportunity_types = [\"12000\"] }}"
            ));
            assert_eq!(manifest.unwrap().accounts[0].webhooks[0].to_draft().trigger.event_name(), name);
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(parse(&format!("\u{feff}{ACCOUNT}")).unwrap().accounts[0].name, "acme");
    }

    #[test]
    fn an_account_is_in_a_manifest_once_and_no_key_is_shown() {
        let other = ACCOUNT.replace("acme", "emca");
        let same_host = other.replace("api-in21.leadsquared.com", "https://API-in21.leadsquared.com:443/");
        let problems = violations(&format!("{ACCOUNT}{same_host}"));
        let problem = r#"accounts[1]: "emca" is the same account as "acme" (accounts[0]): the same host and access key; put the webhooks of both into one"#;
        assert_eq!(problems, [problem]);

        for taken in
            [other.replace("api-in21", "api-us11"), other.replace("ACME_ACCESS_KEY", "OTHER_ACCESS_KEY")]
        {
            assert_eq!(parse(&format!("{ACCOUNT}{taken}")).unwrap().accounts.len(), 2);
        }
        let secret = other.replace("ACME_SECRET_KEY", "OTHER_SECRET_KEY");
        let problems = violations(&format!("{ACCOUNT}{secret}"));
        assert_eq!(problems, [problem], "another secret key opens the same account");
    }

    #[test]
    fn keys_that_go_elsewhere_warn() {
        for (host, warns) in [
            ("api-in21.leadsquared.com", false),
            ("leadsquared.com", false),
            ("API.LeadSquared.com.", false),
            ("http://127.0.0.1:8080", false),
            ("localhost", false),
            ("api.leadsquared.com.example", true),
            ("notleadsquared.com", true),
            ("192.0.2.1", true),
        ] {
            let manifest = parse(&ACCOUNT.replace("api-in21.leadsquared.com", host)).unwrap();
            let warnings = manifest.warnings();
            assert_eq!(warnings.len(), usize::from(warns), "{host}");
            for warning in warnings {
                assert_eq!((warning.code, &*warning.field), (WarningCode::ForeignHost, "accounts[0].host"));
            }
        }
    }
}
