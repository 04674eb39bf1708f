//! Names and codes that the account defines. All are open sets with one rule: not blank, and
//! without invisible characters.

use std::{fmt, str::FromStr};

use crate::{
    text::characters::{Shown, forbidden_in_name},
    webhook::event::{Event, InvalidEvent},
};

/// The error for a name or code that is blank or contains an invisible character.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Empty, or only white space.
    #[error("{value:?} is blank; {what} is needed")]
    Blank {
        /// What is expected, such as `the name of a stage`.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// A control character, or one that Unicode classifies as format or default-ignorable.
    #[error("{value:?} holds {}; remove it", Shown(*found))]
    Character {
        /// The value.
        value: String,
        /// The first such character.
        found: char,
    },
}

impl InvalidName {
    fn check(what: &'static str, value: &str) -> Result<(), Self> {
        if value.trim().is_empty() {
            return Err(Self::Blank { what, value: value.to_owned() });
        }
        match forbidden_in_name(value) {
            Some(found) => Err(Self::Character { value: value.to_owned(), found }),
            None => Ok(()),
        }
    }
}

/// Declares a newtype of a string that is not blank and contains no invisible characters.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The string as given and as sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                InvalidName::check($what, &text).map(|()| Self(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The code of an activity type, such as `22`.
    ///
    /// Wire name `ActivityEvent`, *observed*. Only types that the account lists are accepted;
    /// system types (3xxx) are refused with a 500 (*observed*), which is a
    /// [warning](crate::WarningCode::SystemActivity) here, not a violation. Every code seen so far
    /// is a number; another is a [warning](crate::WarningCode::CodeNotNumeric) too.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] from `parse` when the string is blank, or contains a control or an invisible
    /// character.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::ActivityCode;
    ///
    /// assert_eq!("22".parse::<ActivityCode>()?.as_str(), "22");
    /// assert!(" ".parse::<ActivityCode>().is_err());
    /// # Ok::<(), leadsquared_webhooks_core::InvalidName>(())
    /// ```
    ActivityCode,
    "the code of an activity type"
);

impl ActivityCode {
    /// Whether it consists of digits only, like every code seen so far.
    pub(crate) fn is_numeric(&self) -> bool {
        is_numeric(&self.0)
    }

    /// Whether this is one of LeadSquared's own types, 3000 to 3999, which no webhook may listen
    /// for (*observed*).
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.0.len() == 4 && self.0.starts_with('3') && self.is_numeric()
    }
}

name!(
    /// The schema name of a lead field, such as `ProspectStage` or `mx_City`.
    ///
    /// Wire name `ChangedLeadField`, *observed*.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] from `parse` when the string is blank, or contains a control or an invisible
    /// character.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::FieldName;
    ///
    /// assert_eq!("ProspectStage".parse::<FieldName>()?.as_str(), "ProspectStage");
    /// assert!("".parse::<FieldName>().is_err());
    /// # Ok::<(), leadsquared_webhooks_core::InvalidName>(())
    /// ```
    FieldName,
    "the schema name of a lead field"
);

name!(
    /// A stage of an opportunity, such as `Budget constraints`.
    ///
    /// Wire names `StageFrom` (*documented* by a sample) and `StageTo` (*inferred* from it).
    ///
    /// # Errors
    ///
    /// [`InvalidName`] from `parse` when the string is blank, or contains a control or an invisible
    /// character.
    StageName,
    "the name of a stage"
);

name!(
    /// The code of an opportunity type, such as `12000`.
    ///
    /// Wire name: an item of `OpportunityEvents`, *observed*.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] from `parse` when the string is blank, or contains a control or an invisible
    /// character.
    OpportunityType,
    "the code of an opportunity type"
);

impl OpportunityType {
    /// Whether it consists of digits only, like every code seen so far.
    pub(crate) fn is_numeric(&self) -> bool {
        is_numeric(&self.0)
    }
}

fn is_numeric(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_digit())
}

name!(
    /// The URL of a landing page, as the account shows it.
    ///
    /// Wire name: an item of `LandingPageUrls`. Which forms LeadSquared accepts is unknown, so any
    /// string is accepted that is not blank and contains no invisible characters.
    ///
    /// # Errors
    ///
    /// [`InvalidName`] from `parse` when the string is blank, or contains a control or an invisible
    /// character.
    LandingPageUrl,
    "the URL of a landing page"
);

name!(
    /// The name of an event in Retrieve, such as `Lead_Post_Create`.
    ///
    /// Wire names `EventCode` in a response and `WebhookEvent` in a request, *documented*. An open
    /// set: names without a documented number exist (`Lead_Delete`, `User_Create`). Those of the 18
    /// events: [`Event::retrieve_name`](crate::Event::retrieve_name).
    ///
    /// # Errors
    ///
    /// [`InvalidName`] from `parse` when the string is blank, or contains a control or an invisible
    /// character.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{Event, EventName};
    ///
    /// let name: EventName = "Lead_Post_Create".parse()?;
    /// assert_eq!(name, Event::LeadCreate.into());
    /// assert!(" ".parse::<EventName>().is_err());
    /// # Ok::<(), leadsquared_webhooks_core::InvalidName>(())
    /// ```
    EventName,
    "the name of an event"
);

impl EventName {
    /// Reads the event of a filter: a documented event in any spelling that
    /// [`Event::parse_by`](crate::Event::parse_by) reads, or another name of LeadSquared's, all of
    /// which begin with a capital letter.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] for anything else.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{Event, EventName};
    ///
    /// assert_eq!(EventName::for_filter("3")?, Event::LeadCreate.into());
    /// assert_eq!(EventName::for_filter("lead-create")?, Event::LeadCreate.into());
    /// assert_eq!(EventName::for_filter("Lead_Delete")?.as_str(), "Lead_Delete");
    /// assert!(EventName::for_filter("lead-delete").is_err());
    /// # Ok::<(), leadsquared_webhooks_core::InvalidEvent>(())
    /// ```
    pub fn for_filter(text: &str) -> Result<Self, InvalidEvent> {
        text.parse::<Event>().map(Self::from).or_else(|problem| {
            let is_name = text.starts_with(|first: char| first.is_ascii_uppercase());
            if is_name { text.parse().map_err(|_| problem) } else { Err(problem) }
        })
    }
}

impl From<Event> for EventName {
    fn from(event: Event) -> Self {
        Self(event.retrieve_name().to_owned())
    }
}

/// The opportunity types that an opportunity event listens for: one or more.
///
/// Wire name `OpportunityEvents`, *observed*.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::OpportunityTypes;
///
/// let types = OpportunityTypes::try_from(vec!["12000".parse()?])?;
/// assert_eq!(types.as_slice().len(), 1);
/// assert!(OpportunityTypes::try_from(vec![]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpportunityTypes(Vec<OpportunityType>);

impl OpportunityTypes {
    /// The types, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[OpportunityType] {
        &self.0
    }
}

impl From<OpportunityType> for OpportunityTypes {
    fn from(only: OpportunityType) -> Self {
        Self(vec![only])
    }
}

impl TryFrom<Vec<OpportunityType>> for OpportunityTypes {
    type Error = InvalidOpportunityTypes;

    fn try_from(types: Vec<OpportunityType>) -> Result<Self, Self::Error> {
        if types.is_empty() { Err(InvalidOpportunityTypes) } else { Ok(Self(types)) }
    }
}

/// The error for an empty list of opportunity types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is empty; at least one opportunity type is needed")]
pub struct InvalidOpportunityTypes;
