//! The form in which Retrieve returns the properties of a webhook.

use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::unknown_form::UnknownForm;

/// The form of `WebhookProperties` in Retrieve. The string was *observed*; the others are the
/// sandbox's choice, to test clients with forms that were never seen.
///
/// As text, in flags and in JSON: `string`, `object`, `extended`, `extended-object`; `_` is
/// accepted for `-`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::PropertiesForm;
///
/// assert_eq!("extended-object".parse::<PropertiesForm>()?, PropertiesForm::ExtendedObject);
/// assert_eq!(
///     "list".parse::<PropertiesForm>().unwrap_err().to_string(),
///     r#""list" is not string, object, extended or extended-object"#
/// );
/// # Ok::<(), leadsquared_webhooks_sandbox::UnknownForm>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PropertiesForm {
    /// A string that holds JSON, as sent; null if there are no properties.
    #[default]
    String,
    /// The JSON itself; null if there are no properties.
    Object,
    /// A string that holds JSON with two members that were not sent, even if there were no
    /// properties.
    Extended,
    /// The JSON itself with two members that were not sent, even if there were no properties.
    ExtendedObject,
}

impl PropertiesForm {
    /// Returns the properties as Retrieve shows them, given the raw value and the decoded one.
    pub(crate) fn show(self, sent: &Value, decoded: &Value) -> Value {
        match self {
            Self::String => sent.clone(),
            Self::Object => decoded.clone(),
            Self::Extended => extended(decoded).to_string().into(),
            Self::ExtendedObject => extended(decoded),
        }
    }
}

/// Adds further members. A value other than an object or null has no place for them.
fn extended(decoded: &Value) -> Value {
    let mut members = match decoded {
        Value::Object(members) => members.clone(),
        Value::Null => Map::new(),
        other => return other.clone(),
    };
    members.insert("SandboxFlag".to_owned(), true.into());
    members.insert("SandboxDetails".to_owned(), json!({"Version": 2, "Names": ["a"], "Note": null}));
    members.into()
}

impl FromStr for PropertiesForm {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.replace('_', "-").as_str() {
            "string" => Self::String,
            "object" => Self::Object,
            "extended" => Self::Extended,
            "extended-object" => Self::ExtendedObject,
            _ => return Err(UnknownForm::new(text, "string, object, extended or extended-object")),
        })
    }
}

impl TryFrom<String> for PropertiesForm {
    type Error = UnknownForm;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
