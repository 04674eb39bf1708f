//! An account more hostile than any observed: how its server stores and answers, and what really
//! exists. It shares no rule with the product: whether two webhooks are the same is decided here
//! independently.

use std::{collections::BTreeMap, rc::Rc};

use fastrand::Rng;
use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    EventCodes, Secrets, Webhook, WebhookId, WebhookPage, WebhookStatus, response,
};
use serde_json::{Map, Value, json};

use super::cases::{Receiver, receiver_of, server_form};

/// Milliseconds of true time.
pub(crate) type Time = u64;

/// What a webhook really listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Truth {
    /// The name of the event, as LeadSquared writes it.
    pub(crate) event: &'static str,
    pub(crate) receiver: Receiver,
    /// The normalized properties.
    pub(crate) properties: String,
}

/// The creator of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// It existed before.
    Before,
    /// A person or another client.
    Person,
    /// The call with this number.
    Call(usize),
}

/// A webhook that exists or existed on the account.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    pub(crate) id: WebhookId,
    pub(crate) maker: Maker,
    pub(crate) made_at: Time,
    pub(crate) visible_at: Time,
    pub(crate) gone_at: Option<Time>,
    /// Whether a person or another client changed its event or URL.
    pub(crate) is_altered: bool,
    pub(crate) truth: Truth,
    /// What it listened to when it was created.
    pub(crate) born: Truth,
    pub(crate) status: WebhookStatus,
    pub(crate) description: String,
    /// What Retrieve does not show: headers, content type, notify and landing pages.
    pub(crate) unseen: Value,
    url: String,
    properties: Value,
    /// The sequence number of its last change.
    modified: u64,
    pub(crate) shown: Webhook,
}

impl Existing {
    pub(crate) fn brief(&self) -> String {
        let Truth { event, receiver, properties } = &self.truth;
        let id = &self.id.as_str()[..8];
        format!("{id} {event} {receiver:?} {properties} {} by {:?}", self.status, self.maker)
    }
}

/// A part of an item that this server does not report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    Event,
    Url,
    Status,
    Properties,
    Description,
}

/// The order of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    LastModifiedFirst,
    OldestFirst,
    Id,
}

/// The behaviour of a server.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a manner of its own, and they come together in any way"
)]
pub(crate) struct Server {
    pub(crate) table: EventCodes,
    pub(crate) normalizes: bool,
    pub(crate) escapes: bool,
    pub(crate) cut: Option<usize>,
    pub(crate) as_object: bool,
    pub(crate) more_members: bool,
    pub(crate) retypes: bool,
    pub(crate) other_case: bool,
    pub(crate) hides: Option<Hidden>,
    pub(crate) cap: Option<usize>,
    pub(crate) refuses_above: Option<u32>,
    /// How many of 256 pages report a wrong count.
    pub(crate) miscounts: u8,
    /// How long a new webhook may be missing from lists.
    pub(crate) lag: Time,
    pub(crate) comes_up_disabled: bool,
    /// Whether a second webhook on a field is refused for every URL, instead of only the same one.
    pub(crate) one_a_field: bool,
    no_properties: u8,
    order: Order,
}

impl Server {
    /// Draws a server. Most servers differ from LeadSquared's page in a few points.
    pub(crate) fn new(random: &mut Rng) -> Self {
        let mut often = |of: u8| random.u8(0..of) == 0;
        let (observed, normalizes, escapes, cuts) = (often(3), often(3), often(4), often(6));
        let (as_object, more_members, retypes, other_case) = (often(4), often(4), often(4), often(5));
        let (hides, caps, refuses, miscounts) = (often(8), often(3), often(4), often(6));
        let (late, comes_up_disabled, one_a_field) = (often(2), often(10), often(3));
        let hides = hides.then(|| {
            [Hidden::Event, Hidden::Url, Hidden::Status, Hidden::Properties, Hidden::Description]
                [random.usize(0..5)]
        });
        Self {
            table: if observed { EventCodes::Observed } else { EventCodes::Documented },
            normalizes,
            escapes,
            cut: cuts.then(|| [24, 30, 31, 40][random.usize(0..4)]),
            as_object,
            more_members,
            retypes,
            other_case,
            hides,
            cap: caps.then(|| random.usize(1..4)),
            refuses_above: refuses.then(|| [99, 25][random.usize(0..2)]),
            miscounts: if miscounts { random.u8(1..30) } else { 0 },
            lag: if late { [2_000, 29_000][random.usize(0..2)] } else { 0 },
            comes_up_disabled,
            one_a_field,
            no_properties: random.u8(0..4),
            order: [Order::LastModifiedFirst, Order::OldestFirst, Order::Id][random.usize(0..3)],
        }
    }
}

/// The reason why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Duplicate,
    Other,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) server: Server,
    /// All webhooks that ever existed, in order of creation.
    pub(crate) all: Vec<Rc<Existing>>,
    changes: u64,
    random: Rng,
}

impl World {
    pub(crate) fn new(server: Server, random: Rng) -> Self {
        Self { server, all: Vec::new(), changes: 0, random }
    }

    pub(crate) fn get(&self, id: &WebhookId) -> Option<&Existing> {
        self.all.iter().map(Rc::as_ref).find(|existing| existing.id == *id)
    }

    pub(crate) fn existing(&self) -> impl Iterator<Item = &Existing> {
        self.all.iter().map(Rc::as_ref).filter(|existing| existing.gone_at.is_none())
    }

    /// Handles the body of a create.
    pub(crate) fn create(&mut self, body: &Value, maker: Maker, now: Time) -> Result<WebhookId, Refusal> {
        let (truth, url) = self.truth(body).ok_or(Refusal::Other)?;
        let taken = |other: &&Existing| {
            other.truth.properties == truth.properties
                && (self.server.one_a_field || other.truth.receiver == truth.receiver)
        };
        if truth.event == "Lead_Field_Change"
            && self.existing().filter(|other| other.truth.event == truth.event).any(|other| taken(&other))
        {
            return Err(Refusal::Duplicate);
        }
        let lag = self.server.lag;
        let late = if lag > 0 { self.random.u64(0..=lag) } else { 0 };
        let id = self.id();
        self.changes += 1;
        let disabled = self.server.comes_up_disabled && self.random.bool();
        let mut existing = Existing {
            shown: blank(&id),
            id: id.clone(),
            maker,
            made_at: now,
            visible_at: now + late,
            gone_at: None,
            is_altered: false,
            born: truth.clone(),
            truth,
            status: if disabled { WebhookStatus::Disabled } else { WebhookStatus::Enabled },
            description: text(&body["Description"]),
            unseen: unseen(body),
            url,
            properties: body["WebhookProperties"].clone(),
            modified: self.changes,
        };
        self.show(&mut existing);
        self.all.push(Rc::new(existing));
        Ok(id)
    }

    /// Handles the body of an update.
    pub(crate) fn update(&mut self, id: &WebhookId, body: &Value) -> Result<(), Refusal> {
        let (truth, url) = self.truth(body).ok_or(Refusal::Other)?;
        self.change(id, |existing| {
            existing.truth = truth;
            existing.url = url;
            existing.description = text(&body["Description"]);
            existing.unseen = unseen(body);
            existing.properties = body["WebhookProperties"].clone();
        })
    }

    pub(crate) fn delete(&mut self, id: &WebhookId, now: Time) -> Result<(), Refusal> {
        let existing = self.all.iter_mut().find(|existing| existing.id == *id && existing.gone_at.is_none());
        Rc::make_mut(existing.ok_or(Refusal::Other)?).gone_at = Some(now);
        Ok(())
    }

    /// Changes a webhook, as a person does in the UI.
    pub(crate) fn change(
        &mut self,
        id: &WebhookId,
        change: impl FnOnce(&mut Existing),
    ) -> Result<(), Refusal> {
        let index = self.all.iter().position(|existing| existing.id == *id && existing.gone_at.is_none());
        let index = index.ok_or(Refusal::Other)?;
        let mut existing = Existing::clone(&self.all[index]);
        change(&mut existing);
        self.changes += 1;
        existing.modified = self.changes;
        self.show(&mut existing);
        self.all[index] = Rc::new(existing);
        Ok(())
    }

    /// Moves a webhook to another receiver, as a person does.
    pub(crate) fn readdress(&mut self, id: &WebhookId, url: &str) {
        let url = server_form(url, &self.server);
        let _ = self.change(id, |existing| {
            existing.truth.receiver = receiver_of(&url);
            existing.url = url;
            existing.is_altered = true;
        });
    }

    /// Returns the visible webhooks, in the order of lists.
    fn visible(&self, now: Time) -> Vec<&Rc<Existing>> {
        let is_visible = |existing: &&Rc<Existing>| existing.gone_at.is_none() && existing.visible_at <= now;
        let mut visible: Vec<_> = self.all.iter().filter(is_visible).collect();
        match self.server.order {
            Order::LastModifiedFirst => visible.sort_by_key(|existing| std::cmp::Reverse(existing.modified)),
            Order::OldestFirst => {}
            Order::Id => visible.sort_by(|one, other| one.id.cmp(&other.id)),
        }
        visible
    }

    /// Returns a page of the list, the true webhooks behind it, and whether its count is wrong;
    /// `None` if its size is refused.
    pub(crate) fn page(
        &mut self,
        number: u32,
        size: u32,
        now: Time,
        honest: bool,
    ) -> Option<(WebhookPage, Vec<Rc<Existing>>, bool)> {
        if self.server.refuses_above.is_some_and(|most| size > most) {
            return None;
        }
        let size = self.server.cap.unwrap_or(usize::MAX).min(size as usize);
        let visible = self.visible(now);
        let total = visible.len();
        let first = (number as usize - 1).saturating_mul(size);
        let page: Vec<Rc<Existing>> = visible.into_iter().skip(first).take(size).cloned().collect();
        let mut reported = u32::try_from(total).unwrap();
        if !honest && self.random.u8(..) < self.server.miscounts {
            reported = match self.random.u8(0..4) {
                0 => reported + 1,
                1 => reported.saturating_sub(1),
                2 => 0,
                _ => reported * 2 + 1,
            };
            // A wrong count that equals the length of the first page looks like a right one.
            if reported as usize == page.len() {
                reported += 1;
            }
        }
        let is_wrong = reported as usize != total;
        let webhooks = page.iter().map(|existing| existing.shown.clone()).collect();
        Some((WebhookPage { total: reported, webhooks }, page, is_wrong))
    }

    /// Returns what a body asks for, as this server understands it, and the URL that it stores.
    fn truth(&self, body: &Value) -> Option<(Truth, String)> {
        let code: u32 = body["WebhookEvent"].as_str()?.parse().ok()?;
        let event = event_name(code, self.server.table)?;
        let url = server_form(body["URL"].as_str()?, &self.server);
        let properties = meaning(&body["WebhookProperties"]);
        Some((Truth { event, receiver: receiver_of(&url), properties }, url))
    }

    fn id(&mut self) -> WebhookId {
        let (one, two) = (self.random.u64(..), self.random.u32(..));
        format!("{:08x}-{:04x}-4{:03x}-{two:08x}", one >> 32, one >> 16 & 0xffff, one & 0xfff)
            .parse()
            .unwrap()
    }

    /// Writes the item of Retrieve, and reads it as the product does.
    fn show(&mut self, existing: &mut Existing) {
        let server = &self.server;
        let mut item = Map::new();
        item.insert("WebhookId".to_owned(), json!(existing.id.as_str()));
        let event = existing.truth.event;
        let event = if server.other_case { event.to_ascii_uppercase() } else { event.to_owned() };
        let url = if server.escapes { existing.url.replace('&', "&amp;") } else { existing.url.clone() };
        let description = if server.escapes {
            existing.description.replace('&', "&amp;")
        } else {
            existing.description.clone()
        };
        let properties = self.shown_properties(&existing.properties);
        for (part, name, value) in [
            (Hidden::Event, "EventCode", json!(event)),
            (Hidden::Url, "URL", json!(url)),
            (Hidden::Status, "StatusCode", json!(existing.status.code())),
            (Hidden::Description, "Description", json!(description)),
            (Hidden::Properties, "WebhookProperties", properties),
        ] {
            if server.hides != Some(part) {
                item.insert(name.to_owned(), value);
            }
        }
        let page = json!({"RecordCount": 1, "Response": [item]}).to_string();
        let now = std::time::UNIX_EPOCH;
        let page =
            response::retrieved(StatusCode::OK, &HeaderMap::new(), page.as_bytes(), &Secrets::default(), now);
        existing.shown = page.unwrap().webhooks.remove(0);
    }

    fn shown_properties(&self, sent: &Value) -> Value {
        let server = &self.server;
        let mut value = match sent.as_str() {
            Some(sent) => serde_json::from_str(sent).unwrap(),
            None => Value::Null,
        };
        if value.is_null() && !server.more_members {
            return match server.no_properties {
                0 => Value::Null,
                1 => json!(""),
                2 => json!("null"),
                _ => json!("{}"),
            };
        }
        if server.retypes {
            retype(&mut value);
        }
        if server.more_members {
            if value.is_null() {
                value = json!({});
            }
            if let Value::Object(members) = &mut value {
                members.insert("AccountCode".to_owned(), json!("A-7"));
                members.insert("StageTo".to_owned(), members.get("StageTo").cloned().unwrap_or(json!("")));
            }
        }
        if server.as_object { value } else { json!(value.to_string().replace(',', " , ")) }
    }
}

fn blank(id: &WebhookId) -> Webhook {
    Webhook {
        id: id.clone(),
        event: None,
        url: None,
        status: None,
        description: None,
        properties: None,
        other: Vec::new(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn unseen(body: &Value) -> Value {
    let names = ["ContentType", "NotifyOnFailure", "CustomHeaders", "LandingPageUrls"];
    Value::Object(names.iter().map(|name| ((*name).to_owned(), body[*name].clone())).collect())
}

/// Turns numbers into texts, and texts into the values they hold.
fn retype(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(retype),
        Value::Array(items) => items.iter_mut().for_each(retype),
        Value::Number(number) => *value = json!(number.to_string()),
        Value::Bool(truth) => *value = json!(if *truth { "True" } else { "False" }),
        Value::String(text) => {
            if let Ok(inner) = serde_json::from_str::<Value>(text)
                && !inner.is_string()
            {
                *value = inner;
            }
        }
        Value::Null => {}
    }
}

/// Normalizes properties: non-empty members as text, sorted by name.
fn meaning(sent: &Value) -> String {
    let Some(sent) = sent.as_str() else { return String::new() };
    let Ok(Value::Object(members)) = serde_json::from_str(sent) else { return sent.to_owned() };
    let members: BTreeMap<_, _> = members
        .into_iter()
        .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .filter(|(_, value)| !["", "[]", "false", "null"].contains(&value.as_str()))
        .map(|(name, value)| (name, value.replace('"', "")))
        .collect();
    members.iter().fold(String::new(), |text, (name, value)| text + name + "=" + value + ";")
}

/// Returns the event of a code, by LeadSquared's page or by one live account.
pub(crate) fn event_name(code: u32, table: EventCodes) -> Option<&'static str> {
    let is_observed = table == EventCodes::Observed;
    Some(match code {
        1 => "Landing_Page_submission",
        2 => "LeadActivity_Post_Create",
        3 => "Lead_Post_Create",
        7 => "Task_Create",
        26 => "Lead_Field_Change",
        28 => "Task_Delete",
        29 if is_observed => "Opportunity_Post_Create",
        30 if is_observed => "Opportunity_Post_Update",
        31 if is_observed => "Opportunity_Post_Delete",
        31 => "Opportunity_Post_Create",
        32 if !is_observed => "Opportunity_Post_Update",
        34 => "OpportunityStage_Post_Update",
        35 if !is_observed => "Opportunity_Post_Delete",
        99 => "Lead_Merge",
        _ => return None,
    })
}
