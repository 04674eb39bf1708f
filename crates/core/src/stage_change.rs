//! Which change of an opportunity's stage triggers the event.

use crate::{name::StageName, raw_json::RawObject};

/// The change of stage that an opportunity stage event listens to.
///
/// Wire names `StageFrom` (*documented* by a sample) and `StageTo` (*inferred*), members of
/// `WebhookProperties`. Which other members exist is unknown: they go into `properties`. With
/// nothing given, `WebhookProperties` is null.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::StageChange;
///
/// let change = StageChange::new(Some("Budget constraints".parse()?), None, None)?;
/// assert_eq!(change.from().map(|stage| stage.as_str()), Some("Budget constraints"));
/// let twice = StageChange::new(Some("A".parse()?), None, Some(r#"{"StageFrom":"B"}"#.parse()?));
/// assert!(twice.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StageChange {
    from: Option<StageName>,
    to: Option<StageName>,
    properties: Option<RawObject>,
}

impl StageChange {
    pub(crate) const FROM: &str = "StageFrom";
    pub(crate) const TO: &str = "StageTo";

    /// A change out of one stage, into one, or both, with further properties.
    ///
    /// # Errors
    ///
    /// [`InvalidStageChange`] when the properties say a stage that is given beside them as well.
    pub fn new(
        from: Option<StageName>,
        to: Option<StageName>,
        properties: Option<RawObject>,
    ) -> Result<Self, InvalidStageChange> {
        let problem =
            properties.iter().find_map(|given| Self::problems(from.is_some(), to.is_some(), given).next());
        problem.map_or(Ok(Self { from, to, properties }), Err)
    }

    /// Every stage that is given and stands in the properties as well.
    pub(crate) fn problems(
        from: bool,
        to: bool,
        properties: &RawObject,
    ) -> impl Iterator<Item = InvalidStageChange> {
        let given = [(from, Self::FROM), (to, Self::TO)].into_iter();
        given.filter(|(given, key)| *given && properties.has(key)).map(|(_, key)| InvalidStageChange { key })
    }

    /// The stage that is left, if it matters.
    #[must_use]
    pub const fn from(&self) -> Option<&StageName> {
        self.from.as_ref()
    }

    /// The stage that is entered, if it matters.
    #[must_use]
    pub const fn to(&self) -> Option<&StageName> {
        self.to.as_ref()
    }

    /// Further members of `WebhookProperties`.
    #[must_use]
    pub const fn properties(&self) -> Option<&RawObject> {
        self.properties.as_ref()
    }
}

/// A stage that stands in the properties and beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} is given twice, here and by its own key")]
pub struct InvalidStageChange {
    /// The member of the properties.
    pub key: &'static str,
}
