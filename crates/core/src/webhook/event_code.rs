//! The event codes of Create, and the two tables that disagree on some of them.

use std::{fmt, str::FromStr};

use crate::webhook::event::Event;
pub(crate) use crate::webhook::event::EventCodes;

/// The number of an event in a create.
///
/// Wire name `WebhookEvent`, a string that contains a decimal number (*documented*). An open set:
/// codes outside the tables exist (28 was observed to be task delete).
///
/// # Errors
///
/// [`InvalidEventCode`] from `parse` for anything but decimal digits without a leading zero, up to
/// 4294967295.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::EventCode;
///
/// assert_eq!("26".parse(), Ok(EventCode::new(26)));
/// assert!("+26".parse::<EventCode>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventCode(u32);

impl EventCode {
    /// A code, known or unknown.
    #[must_use]
    pub const fn new(code: u32) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventCode {
    type Err = InvalidEventCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .ok()
            .map(Self)
            .filter(|code| code.to_string() == text)
            .ok_or_else(|| InvalidEventCode { text: text.to_owned() })
    }
}

/// The error for a string that is not an event code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an event code; a whole number from 0 to 4294967295 is needed")]
pub struct InvalidEventCode {
    text: String,
}

impl EventCodes {
    /// The number of an event.
    #[must_use]
    pub const fn code(self, event: Event) -> EventCode {
        EventCode(match self {
            Self::Documented => event.documented_code(),
            Self::Observed => event.observed_code(),
        })
    }

    /// The event with this number, if the table has one.
    #[must_use]
    pub fn event(self, code: EventCode) -> Option<Event> {
        self.event_of(code.0)
    }

    /// Whether the tables have different codes for an event.
    #[must_use]
    pub const fn disputes(event: Event) -> bool {
        event.documented_code() != event.observed_code()
    }

    /// The stable name: `documented` or `observed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        }
    }
}

impl fmt::Display for EventCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventCodes {
    type Err = InvalidEventCodes;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|codes| codes.as_str() == text)
            .ok_or_else(|| InvalidEventCodes(text.to_owned()))
    }
}

/// The error for a string that names neither table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not documented or observed")]
pub struct InvalidEventCodes(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_the_vendors_page_and_of_the_live_account() {
        let codes = |table: EventCodes| Event::ALL.map(|event| table.code(event).get());
        assert_eq!(
            codes(EventCodes::Documented),
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 26, 31, 32, 33, 34, 35]
        );
        assert_eq!(
            codes(EventCodes::Observed),
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 26, 29, 30, 33, 34, 31]
        );
    }

    #[test]
    fn a_code_leads_back_to_its_event() {
        for table in EventCodes::ALL {
            for event in Event::ALL {
                assert_eq!(table.event(table.code(event)), Some(event));
            }
            assert_eq!(table.event(EventCode::new(28)), None);
            assert_eq!(table.to_string().parse(), Ok(table));
        }
    }

    #[test]
    fn an_event_code_is_written_in_one_way() {
        for text in ["", "-1", "+1", "01", "1.0", "4294967296", " 1", "x"] {
            assert!(text.parse::<EventCode>().is_err(), "{text:?}");
        }
        assert_eq!("4294967295".parse::<EventCode>().map(EventCode::get), Ok(u32::MAX));
        assert_eq!("0".parse::<EventCode>().map(EventCode::get), Ok(0));
    }
}
