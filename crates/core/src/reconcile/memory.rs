//! What earlier runs remembered about an account: the content of its state file, and the input of
//! the next run.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    identity::Identity,
    outcome::{Difference, DifferenceKind},
    ticket::Ticket,
};
use crate::{
    account::{
        api_host::ApiHost,
        credentials::{AccessKey, SecretKey},
    },
    webhook::{
        content_type::ContentType,
        custom_headers::CustomHeader,
        event_code::{EventCode, EventCodes},
        landing_pages::LandingPages,
        new_webhook::NewWebhook,
        trigger::Trigger,
        webhook_id::WebhookId,
    },
};

/// What earlier runs remembered about one account. It changes by [`Note`]s only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Creates whose webhooks have not been seen yet.
    pub open: Vec<OpenCreate>,
    /// What reading back a create showed about the account's table of event codes.
    pub codes: Option<CodeTable>,
    /// Creates that resulted in a mismatch.
    pub mismatches: Vec<MismatchNote>,
    /// The webhooks that were written, with the parts that cannot be read back.
    pub written: BTreeMap<WebhookId, Written>,
}

/// A create whose webhook has not been seen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCreate {
    /// The record of the create.
    pub ticket: Ticket,
    /// Whether its sender saw it end, without a response. Otherwise it may have been sent until its
    /// sender stopped.
    pub is_ended: bool,
}

/// What is known about an account's table of event codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeTable {
    /// A create of a disputed code by this table was read back as desired.
    Holds(EventCodes),
    /// A create of a disputed code by this table resulted in another event.
    Fails(EventCodes),
}

/// A create that resulted in a mismatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MismatchNote {
    /// What was requested.
    pub desired: Identity,
    /// The code that was sent.
    pub code: EventCode,
    /// How the identity of the created webhook differs.
    pub differences: Vec<Difference>,
    /// The webhook, if it was kept or could not be deleted.
    pub id: Option<WebhookId>,
}

/// One change of a [`Memory`]: a line of a state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A create is about to be sent. The note must be stored before that.
    Open(Ticket),
    /// An open create has ended, but its webhook was not seen; it was sent at this time at the
    /// latest.
    Lost(Ticket),
    /// A create of this identity is no longer open: its webhook was seen, or it was not applied.
    Closed(Identity),
    /// The account's table of event codes.
    Codes(CodeTable),
    /// A create resulted in a mismatch.
    Mismatch(MismatchNote),
    /// A create of this identity is no longer a mismatch.
    Matched(Identity),
    /// A webhook was written.
    Wrote(Written),
    /// A remembered webhook is about to be updated. Until the update has ended, the parts that
    /// cannot be read back are unknown.
    Updating(WebhookId),
    /// A webhook was deleted, or is gone.
    Forgot(WebhookId),
}

impl Memory {
    /// Applies a note.
    pub fn note(&mut self, note: Note) {
        match note {
            Note::Open(ticket) => self.open.push(OpenCreate { ticket, is_ended: false }),
            Note::Lost(ticket) => {
                self.open.retain(|open| open.is_ended || open.ticket.identity() != ticket.identity());
                self.open.push(OpenCreate { ticket, is_ended: true });
            }
            Note::Closed(identity) => self.open.retain(|open| *open.ticket.identity() != identity),
            Note::Codes(codes) => self.codes = Some(codes),
            Note::Mismatch(mismatch) => {
                self.mismatches.retain(|other| other.desired != mismatch.desired);
                self.mismatches.push(mismatch);
            }
            Note::Matched(identity) => self.mismatches.retain(|other| other.desired != identity),
            Note::Wrote(written) => {
                self.written.insert(written.id.clone(), written);
            }
            Note::Updating(id) => {
                if let Some(written) = self.written.get_mut(&id) {
                    written.is_updating = true;
                }
            }
            Note::Forgot(id) => {
                self.written.remove(&id);
                for mismatch in &mut self.mismatches {
                    mismatch.id.take_if(|kept| *kept == id);
                }
            }
        }
    }

    /// The smallest set of notes that produces this memory: the content of a compacted state file.
    pub fn notes(&self) -> impl Iterator<Item = Note> {
        let Self { open, codes, mismatches, written } = self;
        let open = open.iter().cloned().map(
            |OpenCreate { ticket, is_ended }| {
                if is_ended { Note::Lost(ticket) } else { Note::Open(ticket) }
            },
        );
        let codes = codes.iter().copied().map(Note::Codes);
        let mismatches = mismatches.iter().cloned().map(Note::Mismatch);
        let written = written.values().cloned().map(Note::Wrote);
        open.chain(codes).chain(mismatches).chain(written)
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether anything is remembered about a webhook.
    pub(crate) fn knows(&self, id: &WebhookId) -> bool {
        self.written.contains_key(id) || self.mismatches.iter().any(|note| note.id.as_ref() == Some(id))
    }

    pub(crate) fn written(&self, id: &WebhookId) -> Option<&Written> {
        self.written.get(id)
    }
}

/// A webhook that was written, with the parts that the API does not return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The ID of the webhook.
    pub id: WebhookId,
    /// Its content type.
    pub content_type: ContentType,
    /// Whether administrators are notified of failed deliveries.
    pub notify_on_failure: bool,
    /// Its landing pages; empty for all or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub landing_pages: Vec<String>,
    /// Its custom headers: names and sealed values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_headers: Vec<SealedHeader>,
    /// The seal of a constant: shows whether two seals have the same key.
    pub key_check: String,
    /// Whether it was created, not only updated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_created: bool,
    /// Whether an update was sent whose end was not recorded: the webhook may be in its old or its
    /// new state.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_updating: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A custom header whose value is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedHeader {
    /// Its name as sent.
    pub name: String,
    /// HMAC-SHA256 of its value, in hexadecimal.
    pub seal: String,
}

impl Written {
    /// A webhook that was just created.
    #[must_use]
    pub fn new(id: WebhookId, webhook: &NewWebhook, seal: &Seal) -> Self {
        Self {
            id,
            content_type: webhook.content_type(),
            notify_on_failure: webhook.notify_on_failure(),
            landing_pages: landing_pages(webhook).unwrap_or_default(),
            custom_headers: sealed(webhook, seal),
            key_check: seal.check(),
            is_created: true,
            is_updating: false,
        }
    }

    /// The unseen parts that a draft desires and that were written differently. Nothing is compared
    /// if the key differs.
    pub(crate) fn differences(&self, desired: &NewWebhook, seal: &Seal) -> Vec<Difference> {
        if self.key_check != seal.check() {
            return not_observable(desired);
        }
        if self.is_updating {
            let unknown = |difference| Difference { kind: DifferenceKind::Differs, ..difference };
            return not_observable(desired).into_iter().map(unknown).collect();
        }
        let mut differences = Vec::new();
        let mut differ = |field: &str, desired: String, found: String| {
            if desired != found {
                differences.push(Difference::differs(field, &desired, &found));
            }
        };
        if let Some(content_type) = desired.given_content_type() {
            differ(CONTENT_TYPE, content_type.to_string(), self.content_type.to_string());
        }
        if let Some(notify) = desired.given_notify_on_failure() {
            differ(NOTIFY, notify.to_string(), self.notify_on_failure.to_string());
        }
        if let Some(pages) = landing_pages(desired) {
            differ(PAGES, pages.join(" "), self.landing_pages.join(" "));
        }
        // The headers are always those of the draft: if it has none, none are desired of a webhook
        // that was written here.
        if sealed(desired, seal) != self.custom_headers {
            let names: Vec<_> = self.custom_headers.iter().map(|header| header.name.as_str()).collect();
            let desired = names_of(desired.custom_headers().as_slice());
            differences.push(Difference::differs(HEADERS, &desired, &names.join(", ")));
        }
        differences
    }
}

const CONTENT_TYPE: &str = "content_type";
const NOTIFY: &str = "notify_on_failure";
const PAGES: &str = "landing_pages";
const HEADERS: &str = "custom_headers";

/// The values in a draft that cannot be read back.
pub(crate) fn not_observable(desired: &NewWebhook) -> Vec<Difference> {
    unseen(desired)
        .into_iter()
        .filter_map(|(field, given)| {
            let desired = Some(given?);
            Some(Difference {
                field: field.to_owned(),
                kind: DifferenceKind::NotObservable,
                desired,
                found: None,
            })
        })
        .collect()
}

/// Every unseen part that an update replaces, with the given value.
pub(crate) fn replaced_unseen(desired: &NewWebhook) -> impl Iterator<Item = Difference> {
    unseen(desired).into_iter().map(|(field, desired)| Difference {
        field: field.to_owned(),
        kind: DifferenceKind::ReplacedUnseen,
        desired,
        found: None,
    })
}

/// The parts that an update replaces and no response contains, each with the draft's value.
fn unseen(desired: &NewWebhook) -> Vec<(&'static str, Option<String>)> {
    let headers = desired.custom_headers().as_slice();
    let mut parts = vec![
        (HEADERS, (!headers.is_empty()).then(|| names_of(headers))),
        (CONTENT_TYPE, desired.given_content_type().map(|content_type| content_type.to_string())),
        (NOTIFY, desired.given_notify_on_failure().map(|notify| notify.to_string())),
    ];
    if matches!(desired.trigger(), Trigger::LandingPageSubmission(_)) {
        parts.push((PAGES, landing_pages(desired).map(|pages| pages.join(" "))));
    }
    parts
}

fn names_of(headers: &[CustomHeader]) -> String {
    headers.iter().map(|header| header.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn landing_pages(webhook: &NewWebhook) -> Option<Vec<String>> {
    match webhook.trigger() {
        Trigger::LandingPageSubmission(LandingPages::Only(pages)) => {
            Some(pages.as_slice().iter().map(|page| page.as_str().to_owned()).collect())
        }
        _ => None,
    }
}

fn sealed(webhook: &NewWebhook, seal: &Seal) -> Vec<SealedHeader> {
    let headers = webhook.custom_headers().as_slice().iter();
    headers
        .map(|header| SealedHeader {
            name: header.name.as_str().to_owned(),
            seal: seal.of(header.value.expose()),
        })
        .collect()
}

/// Turns a header's value into a string that identifies the value without revealing it: HMAC-SHA256
/// under the account's secret key.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

impl Seal {
    /// The seal of an account.
    #[must_use]
    pub fn new(secret_key: &SecretKey) -> Self {
        // HMAC accepts a key of any length.
        Self(
            Hmac::new_from_slice(secret_key.expose().as_bytes())
                .unwrap_or_else(|_| Hmac::new(&[0; 64].into())),
        )
    }

    /// The seal of a value, in hexadecimal.
    #[must_use]
    pub fn of(&self, value: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(b"value\0");
        mac.update(value.as_bytes());
        hexadecimal(&mac.finalize().into_bytes())
    }

    fn check(&self) -> String {
        let mut mac = self.0.clone();
        mac.update(b"key check");
        hexadecimal(&mac.finalize().into_bytes())
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal([REDACTED])")
    }
}

/// Identifies the account that memory belongs to: the SHA-256 of its host and access key, in
/// hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountKey(String);

impl TryFrom<String> for AccountKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_key = text.len() == 64 && text.bytes().all(is_digit);
        if is_key { Ok(Self(text)) } else { Err("an account's key is 64 hexadecimal digits") }
    }
}

impl AccountKey {
    /// The key of an account.
    #[must_use]
    pub fn of(host: &ApiHost, access_key: &AccessKey) -> Self {
        let mut hash = Sha256::new();
        hash.update(host.base_url());
        hash.update([0]);
        hash.update(access_key.expose());
        Self(hexadecimal(&hash.finalize()))
    }

    /// The key as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::custom_headers::CustomHeaders;

    fn seal(key: &str) -> Seal {
        Seal::new(&key.parse::<SecretKey>().unwrap())
    }

    /// A webhook for these landing pages with the values that are `Some`.
    fn given(
        pages: &[&str],
        content_type: Option<ContentType>,
        notify_on_failure: Option<bool>,
        header: Option<(&str, &str)>,
    ) -> NewWebhook {
        let pages: Vec<_> = pages.iter().map(|page| page.parse().unwrap()).collect();
        let pages = pages.try_into().map_or(LandingPages::All, LandingPages::Only);
        let headers: Vec<_> =
            header.iter().map(|(name, value)| CustomHeader::parse(name, value).unwrap()).collect();
        let webhook =
            NewWebhook::builder("https://x.example".parse().unwrap(), Trigger::LandingPageSubmission(pages));
        webhook
            .maybe_content_type(content_type)
            .maybe_notify_on_failure(notify_on_failure)
            .custom_headers(CustomHeaders::try_from(headers).unwrap())
            .build()
    }

    fn written() -> (NewWebhook, Written) {
        let webhook = given(&["a", "b"], Some(ContentType::Form), Some(false), Some(("X", "1")));
        let written = Written::new("b1c4".parse().unwrap(), &webhook, &seal("key"));
        (webhook, written)
    }

    #[test]
    fn what_was_written_otherwise_than_a_draft_gives_differs() {
        let (form, header) = (Some(ContentType::Form), Some(("X", "1")));
        for (desired, field, expected, found) in [
            (
                given(&["a", "b"], Some(ContentType::Json), Some(false), header),
                CONTENT_TYPE,
                "application/json",
                "application/x-www-form-urlencoded",
            ),
            (given(&["a", "b"], form, Some(true), header), NOTIFY, "true", "false"),
            (given(&["a"], form, Some(false), header), PAGES, "a", "a b"),
            (given(&["a", "b"], form, Some(false), Some(("X", "2"))), HEADERS, "X", "X"),
            (given(&["a", "b"], form, Some(false), Some(("Y", "1"))), HEADERS, "Y", "X"),
            (given(&["a", "b"], form, Some(false), None), HEADERS, "", "X"),
        ] {
            let differences = written().1.differences(&desired, &seal("key"));
            assert_eq!(differences, [Difference::differs(field, expected, found)]);
        }
        for same in [written().0, given(&[], None, None, header)] {
            assert_eq!(written().1.differences(&same, &seal("key")), [], "what is not given is not desired");
        }
    }

    #[test]
    fn what_was_written_under_another_key_or_perhaps_not_is_not_known() {
        let (webhook, mut written) = written();
        let unknown = |kind| {
            [
                (HEADERS, "X"),
                (CONTENT_TYPE, "application/x-www-form-urlencoded"),
                (NOTIFY, "false"),
                (PAGES, "a b"),
            ]
            .map(|(field, desired)| Difference {
                field: field.to_owned(),
                kind,
                desired: Some(desired.to_owned()),
                found: None,
            })
        };
        let other = written.differences(&webhook, &seal("another key"));
        assert_eq!(other, unknown(DifferenceKind::NotObservable));
        written.is_updating = true;
        assert_eq!(written.differences(&webhook, &seal("key")), unknown(DifferenceKind::Differs));
    }

    #[test]
    fn an_update_replaces_every_unseen_part_and_a_draft_desires_those_that_it_gives() {
        let bare = given(&[], None, Some(true), None);
        let parts = |differences: Vec<Difference>| {
            let part = |difference: Difference| (difference.field, difference.kind, difference.desired);
            differences.into_iter().map(part).collect::<Vec<_>>()
        };
        let notify = |kind| (NOTIFY.to_owned(), kind, Some("true".to_owned()));
        assert_eq!(parts(not_observable(&bare)), [notify(DifferenceKind::NotObservable)]);
        let kind = DifferenceKind::ReplacedUnseen;
        let nothing = |field: &str| (field.to_owned(), kind, None);
        let mut replaced = vec![nothing(HEADERS), nothing(CONTENT_TYPE), notify(kind)];
        let lead = NewWebhook::builder("https://x.example".parse().unwrap(), Trigger::LeadCreate);
        assert_eq!(parts(replaced_unseen(&lead.notify_on_failure(true).build()).collect()), replaced);
        replaced.push(nothing(PAGES));
        assert_eq!(parts(replaced_unseen(&bare).collect()), replaced);
    }

    #[test]
    fn a_webhook_is_known_when_it_was_written_or_kept_as_a_mismatch() {
        let (webhook, written) = written();
        let mismatch = |id: Option<&str>| {
            Note::Mismatch(MismatchNote {
                desired: Identity::of(&webhook),
                code: EventCode::new(29),
                differences: Vec::new(),
                id: id.map(|id| id.parse().unwrap()),
            })
        };
        let [known, other] = ["b1c4", "b1c5"].map(|id| id.parse::<WebhookId>().unwrap());
        for (note, is_known) in [
            (Note::Wrote(written), true),
            (mismatch(Some("b1c4")), true),
            (mismatch(None), false),
            (Note::Codes(CodeTable::Holds(EventCodes::Observed)), false),
        ] {
            let is_written = matches!(note, Note::Wrote(_));
            let mut memory = Memory::default();
            memory.note(note);
            assert_eq!((memory.knows(&known), memory.knows(&other)), (is_known, false));
            assert_eq!(memory.written(&known).is_some(), is_written);
            assert_eq!(memory.written(&other), None);
        }
    }
}
