//! A draft from a file, standard input or flags. The core parses all of them.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use clap_complete::ArgValueCandidates;
use leadsquared_webhooks::{
    NewWebhook, account::shown_variable, error::ValidationError, event::EventCodes,
    manifest::without_byte_order_mark, webhook::RawJson,
};
use serde_json::{Map, Value};

use crate::{
    arguments::EncodingArguments,
    completion,
    output::{Failed, Output},
    status::Status,
    violations::{Flags, Origin, STDIN},
};

/// Where the draft comes from.
#[derive(Debug, Args)]
pub(crate) struct DraftArguments {
    /// A JSON draft; - reads standard input.
    #[arg(value_name = "DRAFT.json")]
    file: Option<PathBuf>,
    /// The file is the body of a create or an update in the API's own format, as a curl command
    /// sends it; its number is read with --codes.
    #[arg(long)]
    from_api: bool,
    #[command(flatten)]
    flags: DraftFlags,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "A draft by flags, in place of a file")]
struct DraftFlags {
    /// The event, such as lead-activity-create, or LeadSquared's name or number of it;
    /// `lsq-webhooks events` lists them; raw is any other event.
    #[arg(long, add = ArgValueCandidates::new(completion::draft_events))]
    event: Option<String>,
    /// The receiver of the deliveries: an absolute http or https URL.
    #[arg(long)]
    url: Option<String>,
    /// The code of the activity type.
    #[arg(long, value_name = "CODE")]
    activity: Option<String>,
    /// The schema name of the lead field.
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// A landing page; may be given several times [default: all pages].
    #[arg(long, value_name = "URL")]
    page: Vec<String>,
    /// The code of an opportunity type; may be given several times.
    #[arg(long, value_name = "CODE")]
    opportunity_type: Vec<String>,
    /// The stage that the opportunity leaves.
    #[arg(long, value_name = "STAGE")]
    from: Option<String>,
    /// The stage that the opportunity enters.
    #[arg(long, value_name = "STAGE")]
    to: Option<String>,
    /// The number of a raw event.
    #[arg(long, value_name = "N")]
    code: Option<String>,
    /// WebhookProperties as JSON, for an event that takes any.
    #[arg(long, value_name = "JSON")]
    properties: Option<String>,
    /// An additional member of a raw event's body; may be given several times.
    #[arg(long, value_name = "NAME=JSON")]
    extra: Vec<String>,
    /// Free text.
    #[arg(long)]
    description: Option<String>,
    /// The content type of the deliveries [default: application/json].
    #[arg(long, value_name = "TYPE", add = ArgValueCandidates::new(completion::content_types))]
    content_type: Option<String>,
    /// Do not notify the account's administrators of failed deliveries.
    #[arg(long)]
    no_notify: bool,
    /// A header of each delivery; may be given several times. Use --header-env to keep a secret out
    /// of the arguments.
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// A header of each delivery, with its value from an environment variable; may be given several
    /// times.
    #[arg(long, value_name = "NAME=VARIABLE")]
    header_env: Vec<String>,
}

/// Why the draft could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The command line or a file is wrong.
    Usage(String),
    /// The draft is invalid.
    Invalid(ValidationError, Box<Origin>),
}

impl DraftArguments {
    /// Reads and parses the draft, and prints its problems. Nothing is sent.
    pub(crate) fn read_or_report(
        self,
        encoding: EncodingArguments,
        output: &mut Output,
    ) -> Result<NewWebhook, Status> {
        let (error, origin) = match self.read(encoding) {
            Ok(webhook) => return Ok(webhook),
            Err(Unreadable::Usage(problem)) => return Err(output.usage("usage", &problem)),
            Err(Unreadable::Invalid(error, origin)) => (error, origin),
        };
        if output.json {
            output.object(&Failed::invalid(&error, &origin));
        }
        origin.report(&error, output);
        output.warnings(error.warnings());
        Err(Status::Usage)
    }

    /// Reads and parses the draft.
    pub(crate) fn read(self, encoding: EncodingArguments) -> Result<NewWebhook, Unreadable> {
        let Self { file, from_api, flags } = self;
        let (json, origin) = match (file, flags.is_used()) {
            (Some(_), true) => {
                return Err(Unreadable::Usage("a draft is given as a file or by flags, not both".to_owned()));
            }
            (Some(file), false) => {
                let text = read_text(&file).map_err(Unreadable::Usage)?;
                let text = without_byte_order_mark(&text).to_owned();
                (text.clone(), Origin::File { name: shown(&file), text })
            }
            (None, true) if from_api => {
                return Err(Unreadable::Usage(
                    "--from-api reads a file, or - for standard input, and no flags".to_owned(),
                ));
            }
            (None, true) => {
                let origin = Origin::Flags(flags.named(encoding.codes));
                (flags.json()?, origin)
            }
            (None, false) => {
                let problem =
                    "a draft is needed: a file, - for standard input, or flags such as --event and --url";
                return Err(Unreadable::Usage(problem.to_owned()));
            }
        };
        let read = if from_api {
            NewWebhook::from_api_json(&json, encoding.codes())
        } else {
            NewWebhook::from_json_by(&json, encoding.codes)
        };
        read.map_err(|error| Unreadable::Invalid(error, Box::new(origin)))
    }
}

/// Reads the text of a file; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|problem| format!("{}: {problem}", shown(path)))?;
    String::from_utf8(bytes).map_err(|_| format!("{}: the file is not UTF-8", shown(path)))
}

/// The name of a file in messages.
pub(crate) fn shown(path: &Path) -> String {
    if path == Path::new("-") { STDIN.to_owned() } else { path.display().to_string() }
}

impl DraftFlags {
    fn is_used(&self) -> bool {
        let Self {
            event,
            url,
            activity,
            field,
            page,
            opportunity_type,
            from,
            to,
            code,
            properties,
            extra,
            description,
            content_type,
            no_notify,
            header,
            header_env,
        } = self;
        [event, url, activity, field, from, to, code, properties, description, content_type]
            .iter()
            .any(|o| o.is_some())
            || [page, opportunity_type, extra, header, header_env].iter().any(|list| !list.is_empty())
            || *no_notify
    }

    /// The flags that were given, for messages.
    fn named(&self, codes: Option<EventCodes>) -> Flags {
        let given = [
            ("pages", !self.page.is_empty()),
            ("activity", self.activity.is_some()),
            ("field", self.field.is_some()),
            ("opportunity_types", !self.opportunity_type.is_empty()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("code", self.code.is_some()),
            ("properties", self.properties.is_some()),
            ("extra", !self.extra.is_empty()),
        ];
        let headers = (1..=self.header.len()).map(|number| format!("--header number {number}"));
        let from_env = self.header_env.iter().map(|header| {
            let (name, _) = header.split_once('=').unwrap_or_default();
            format!("--header-env {name}")
        });
        Flags {
            event: self.event.clone(),
            codes,
            keys: given.into_iter().filter_map(|(key, is_given)| is_given.then_some(key)).collect(),
            headers: headers.chain(from_env).collect(),
        }
    }

    /// The draft as JSON, as in a file.
    fn json(self) -> Result<String, Unreadable> {
        let Self {
            event,
            url,
            activity,
            field,
            page,
            opportunity_type,
            from,
            to,
            code,
            properties,
            extra,
            description,
            content_type,
            no_notify,
            header,
            header_env,
        } = self;
        let mut trigger = Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                trigger.insert(key.to_owned(), value);
            }
        };
        set("event", event.map(Value::from));
        set("pages", (!page.is_empty()).then(|| Value::from(page)));
        set("opportunity_types", (!opportunity_type.is_empty()).then(|| Value::from(opportunity_type)));
        for (key, text) in [
            ("activity", activity),
            ("field", field),
            ("from", from),
            ("to", to),
            ("code", code),
            ("properties", properties),
        ] {
            set(key, text.map(Value::from));
        }
        let mut trigger = object(trigger);
        if !extra.is_empty() {
            let extra = extra_members(&extra)?;
            let separator = if trigger == "{}" { "" } else { "," };
            trigger = format!("{}{separator}\"extra\":{extra}}}", trigger.trim_end_matches('}'));
        }

        let mut headers = Vec::new();
        for (index, header) in header.into_iter().enumerate() {
            headers.push(parse_header(index, &header)?);
        }
        for header in header_env {
            headers.push(header_from_env(&header)?);
        }
        let mut draft = Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                draft.insert(key.to_owned(), value);
            }
        };
        set("url", url.map(Value::from));
        set("description", description.map(Value::from));
        set("content_type", content_type.map(Value::from));
        set("notify_on_failure", no_notify.then(|| Value::from(false)));
        set("custom_headers", (!headers.is_empty()).then(|| Value::from(headers)));
        let draft = object(draft);
        let separator = if draft == "{}" { "" } else { "," };
        Ok(format!("{{\"trigger\":{trigger}{separator}{}", draft.trim_start_matches('{')))
    }
}

fn object(members: Map<String, Value>) -> String {
    Value::Object(members).to_string()
}

fn extra_members(extra: &[String]) -> Result<String, Unreadable> {
    let mut members = Vec::new();
    for member in extra {
        let (name, json) = member
            .split_once('=')
            .ok_or_else(|| Unreadable::Usage(format!("--extra {member:?}: the form is NAME=JSON")))?;
        let json: RawJson =
            json.parse().map_err(|problem| Unreadable::Usage(format!("--extra {name}: {problem}")))?;
        members.push(format!("{}:{json}", Value::from(name)));
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// Parses `name: value`, as in curl. No message contains the value.
fn parse_header(index: usize, header: &str) -> Result<Value, Unreadable> {
    let (name, value) = header.split_once(':').ok_or_else(|| {
        Unreadable::Usage(format!("--header number {}: the form is 'name: value'", index + 1))
    })?;
    Ok(header_draft(name.trim(), value.trim_matches([' ', '\t'])))
}

fn header_from_env(header: &str) -> Result<Value, Unreadable> {
    let (name, variable) = header
        .split_once('=')
        .ok_or_else(|| Unreadable::Usage("--header-env: the form is NAME=VARIABLE".to_owned()))?;
    let value = std::env::var(variable).map_err(|_| {
        Unreadable::Usage(format!("--header-env {name}: {} is not set", shown_variable(variable)))
    })?;
    Ok(header_draft(name, &value))
}

fn header_draft(name: &str, value: &str) -> Value {
    Value::from_iter([("name", name), ("value", value)])
}
