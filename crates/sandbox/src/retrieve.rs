//! Retrieve: the search and its answer.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    codes,
    envelope::Answer,
    form::{Form, wrong},
    properties_form::PropertiesForm,
    url_form::UrlForm,
    webhooks::{COLUMNS, Definition, Webhook},
};

/// Limits on the page size; both are the sandbox's choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    /// The most webhooks on one page, regardless of `PageSize`; `PageIndex` then counts pages of
    /// this size.
    pub(crate) cap: NonZeroUsize,
    /// A larger `PageSize` is refused.
    pub(crate) largest_size: Option<NonZeroUsize>,
}

impl Pages {
    /// 200 was used; LeadSquared's maximum is unknown.
    pub(crate) const DEFAULT_CAP: NonZeroUsize = NonZeroUsize::MIN.saturating_add(199);
}

/// The form of a Retrieve answer that finds nothing; both were *observed*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NothingFound {
    /// `{"RecordCount":0}`: unusual, but a client must be able to read it.
    #[default]
    NoResponse,
    /// `{"RecordCount":0,"Response":[]}`.
    EmptyResponse,
}

/// The format of the answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Writing {
    pub(crate) nothing_found: NothingFound,
    /// `"RecordCount":"3"`, `"StatusCode":"0"`: LeadSquared's numbers may come as strings.
    pub(crate) numbers_as_strings: bool,
    pub(crate) urls: UrlForm,
    pub(crate) properties: PropertiesForm,
}

impl Writing {
    pub(crate) fn number(self, number: u64) -> Value {
        if self.numbers_as_strings { number.to_string().into() } else { number.into() }
    }
}

/// The search that a Retrieve asks for.
#[derive(Debug)]
pub(crate) struct Search {
    filter: Filter,
    column: &'static str,
    descending: bool,
    page: usize,
    page_size: usize,
}

/// Selects webhooks. A member that is absent, null or "" does not filter (the sandbox's choice).
#[derive(Debug)]
struct Filter {
    lapps: bool,
    event: Option<String>,
    status: Option<u8>,
    id: Option<String>,
    text: Option<String>,
}

/// The result of a search.
pub(crate) struct Found {
    pub(crate) answer: Answer,
    /// The IDs of the webhooks on this page.
    pub(crate) shown: Vec<String>,
}

impl Search {
    /// Parses the body. Its members are *documented*; the refusals of invalid ones are the
    /// sandbox's choice.
    pub(crate) fn read(form: Form<'_>, pages: Pages) -> Result<Self, Answer> {
        let filter = Filter::read(form)?;
        // Newest first is the sandbox's choice.
        let (mut column, mut descending) = ("CreatedOn", true);
        if let Some(sorting) = form.optional_object("Sorting")? {
            if let Some(name) = sorting.filled_string("ColumnName")? {
                column = COLUMNS
                    .into_iter()
                    .find(|column| *column == name)
                    .ok_or_else(|| wrong("ColumnName", "a column"))?;
            }
            descending = match sorting.filled_string("Direction")? {
                None | Some("1") => true,
                Some("0") => false,
                Some(_) => return Err(wrong("Direction", "\"1\" or \"0\"")),
            };
        }
        // The numbers are the sample's; as defaults, they are the sandbox's choice.
        let (mut page, mut page_size) = (1, 25);
        if let Some(paging) = form.optional_object("Paging")? {
            page = paging.optional_count("PageIndex")?.unwrap_or(page);
            page_size = paging.optional_count("PageSize")?.unwrap_or(page_size);
        }
        if let Some(largest) = pages.largest_size.filter(|largest| page_size > largest.get()) {
            let message = format!("PageSize {page_size} is above {largest}.");
            return Err(Answer::mistake("MXInvalidInputException", &message));
        }
        let page_size = page_size.min(pages.cap.get());
        Ok(Self { filter, column, descending, page, page_size })
    }

    /// Returns whether the search finds a webhook with this definition and status.
    pub(crate) fn takes(&self, id: &str, definition: &Definition, status: u8) -> bool {
        let Filter { lapps, event, status: only_status, id: only_id, text } = &self.filter;
        let contains = |place: &str, text: &str| place.to_lowercase().contains(text);
        // A sandbox has no Lapps.
        !lapps
            && event.as_ref().is_none_or(|event| event == definition.event)
            && only_status.is_none_or(|only| only == status)
            && only_id.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(id))
            && text.as_ref().is_none_or(|text| {
                contains(&codes::label(definition.event), text) || contains(&definition.description, text)
            })
    }

    /// Searches the visible webhooks. `record_count` replaces the true count in the answer.
    pub(crate) fn find<'w>(
        &self,
        visible: impl Iterator<Item = &'w Webhook>,
        writing: Writing,
        record_count: Option<u64>,
    ) -> Found {
        let mut found: Vec<_> =
            visible.filter(|webhook| self.takes(&webhook.id, &webhook.definition, webhook.status)).collect();
        found.sort_by_cached_key(|webhook| webhook.sort_key(self.column));
        if self.descending {
            found.reverse();
        }
        let skipped = (self.page - 1).saturating_mul(self.page_size);
        let page = || found.iter().skip(skipped).take(self.page_size);
        // The count covers all matches, not only the page: the sandbox's reading of the documented
        // sample.
        let count = writing.number(record_count.unwrap_or(found.len() as u64));
        let body = if found.is_empty() && writing.nothing_found == NothingFound::NoResponse {
            json!({"RecordCount": count})
        } else {
            let items: Vec<_> = page().map(|webhook| webhook.item(writing)).collect();
            json!({"RecordCount": count, "Response": items})
        };
        let shown = page().map(|webhook| webhook.id.clone()).collect();
        Found { answer: Answer::json(200, &body), shown }
    }
}

impl Filter {
    fn read(form: Form<'_>) -> Result<Self, Answer> {
        // "any one" is documented.
        let none = || Answer::bad_request("Parameter needs any one of its members.");
        let parameter = form.optional_object("Parameter")?.ok_or_else(none)?;
        let kind = parameter.filled_string("Type")?;
        let event = parameter.filled_string("WebhookEvent")?;
        if event.is_some_and(|event| event.bytes().all(|byte| byte.is_ascii_digit())) {
            // The name is documented, the number is not; refusing a number is the sandbox's choice.
            return Err(wrong("WebhookEvent", "an event's name"));
        }
        let status = match parameter.get("StatusCode") {
            None => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(text.parse().map_err(|_| wrong("StatusCode", "a status"))?),
            Some(value) => {
                let status = value.as_u64().and_then(|status| u8::try_from(status).ok());
                Some(status.ok_or_else(|| wrong("StatusCode", "a status"))?)
            }
        };
        let id = parameter.filled_string("WebhookId")?;
        // The text is matched against the name or the description (documented, in an older copy of
        // the page), so not against the URL. Using EventName as the name, and ignoring letter case,
        // is the sandbox's choice.
        let text = parameter.filled_string("SearchText")?;
        if kind.is_none() && event.is_none() && status.is_none() && id.is_none() && text.is_none() {
            return Err(none());
        }
        let lapps = match kind {
            None | Some("Webhook") => false,
            Some("Lapp") => true,
            Some(_) => return Err(wrong("Type", "Webhook or Lapp")),
        };
        Ok(Self {
            lapps,
            event: event.map(str::to_owned),
            status,
            id: id.map(str::to_owned),
            text: text.map(str::to_lowercase),
        })
    }
}
