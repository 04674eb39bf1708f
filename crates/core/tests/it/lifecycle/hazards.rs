//! Counts of what happened to runs: a hazard that never occurred proves nothing.

use std::fmt;

use super::{
    run::{Fate, Request},
    world::Server,
};

macro_rules! hazards {
    ($($name:ident $text:literal,)*) => {
        /// A hazard that a schedule may contain.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Hazard { $($name),* }

        const TEXTS: &[&str] = &[$($text),*];
    };
}

hazards! {
    Run "runs",
    List "lists",
    SecondPage "further pages",
    TwoOperators "two operators at once",
    UrlNormalized "URLs stored in normal form",
    UrlCut "URLs cut",
    UrlEscaped "& escaped",
    PropertiesObject "properties as an object",
    PropertiesMore "more properties",
    PropertiesRetyped "retyped properties",
    OtherCase "event names in other case",
    OtherTable "the other table of codes",
    Hides "a part not reported",
    PageCap "page caps",
    ComesUpDisabled "not enabled at first",
    LateList "late lists",
    OneAField "one webhook a field",
    PageSizeRefused "page sizes refused",
    Miscounted "wrong record counts",
    UnreliableList "lists that keep changing",
    ListFailed "lists failed",
    SameBefore "desired ones before",
    DuplicateBefore "duplicates before",
    DisabledBefore "disabled before",
    NearBefore "near ones before",
    ForeignBefore "foreign before",
    Person "acts of persons",
    PersonCreates "creates of persons",
    PersonDescribes "descriptions of persons",
    PersonSwitches "switches of persons",
    PersonReaddresses "URLs of persons",
    PersonDeletes "deletes of persons",
    ManifestEdited "manifests edited",
    KeyRotated "keys rotated",
    PruneShown "prunes shown before",
    Resolved "tickets resolved",
    Killed "runs killed",
    KilledBeforeSending "killed between record and send",
    Interrupted "runs interrupted",
    LeftInFlight "calls left in flight",
    StateTorn "states torn",
    DiskFull "states not written",
    ClockForward "clocks set forward",
    ClockBack "clocks set back",
    ClockStands "clocks that stood",
    PageFails "pages failed",
    CreateNotSent "creates not sent",
    CreateRefused "creates refused",
    RefusedAsDuplicate "refused as duplicates",
    CreateLost "creates lost, not applied",
    CreateLostApplied "creates lost, applied",
    CreateLate "creates lost, late",
    UpdateNotSent "updates not sent",
    UpdateRefused "updates refused",
    UpdateLost "updates lost, not applied",
    UpdateLostApplied "updates lost, applied",
    UpdateLate "updates lost, late",
    DeleteNotSent "deletes not sent",
    DeleteRefused "deletes refused",
    DeleteLost "deletes lost, not applied",
    DeleteLostApplied "deletes lost, applied",
    DeleteLate "deletes lost, late",
    Existed "found",
    Created "created",
    Updated "updated",
    Pruned "pruned",
    RolledBack "rolled back",
    Withheld "withheld",
    MismatchKept "mismatches kept",
    Candidate "candidates",
    NotSeen "created and not seen",
    NotConfirmed "created and not confirmed",
    DuplicateRemoved "own duplicates removed",
    DuplicateOfEarlier "duplicates of earlier runs removed",
    DuplicateReported "duplicates reported",
    DuplicateNotShown "duplicates not shown",
    LostTooOften "lost too often",
    CodesUnknown "updates without a known table",
    OpenReported "open creates reported",
}

/// The number of occurrences of each hazard.
#[derive(Clone, Debug)]
pub(crate) struct Hazards([u64; TEXTS.len()]);

impl Default for Hazards {
    fn default() -> Self {
        Self([0; TEXTS.len()])
    }
}

impl Hazards {
    pub(crate) fn count(&mut self, hazard: Hazard) {
        self.0[hazard as usize] += 1;
    }

    pub(crate) fn of_server(&mut self, server: &Server) {
        for (is_so, hazard) in [
            (server.normalizes, Hazard::UrlNormalized),
            (server.cut.is_some(), Hazard::UrlCut),
            (server.escapes, Hazard::UrlEscaped),
            (server.as_object, Hazard::PropertiesObject),
            (server.more_members, Hazard::PropertiesMore),
            (server.retypes, Hazard::PropertiesRetyped),
            (server.other_case, Hazard::OtherCase),
            (server.table == leadsquared_webhooks_core::EventCodes::Observed, Hazard::OtherTable),
            (server.hides.is_some(), Hazard::Hides),
            (server.cap.is_some(), Hazard::PageCap),
            (server.comes_up_disabled, Hazard::ComesUpDisabled),
            (server.lag > 0, Hazard::LateList),
            (server.one_a_field, Hazard::OneAField),
        ] {
            if is_so {
                self.count(hazard);
            }
        }
    }

    /// Counts a failing call. `arrives_late` is `None` if the call never arrives.
    pub(crate) fn of_call(&mut self, request: &Request, fate: Fate, arrives_late: Option<bool>) {
        use Hazard as H;
        let kinds = match request {
            Request::Page(..) => return self.count(H::PageFails),
            Request::Create(_) => {
                [H::CreateNotSent, H::CreateRefused, H::CreateLost, H::CreateLostApplied, H::CreateLate]
            }
            Request::Update(..) => {
                [H::UpdateNotSent, H::UpdateRefused, H::UpdateLost, H::UpdateLostApplied, H::UpdateLate]
            }
            Request::Delete(_) => {
                [H::DeleteNotSent, H::DeleteRefused, H::DeleteLost, H::DeleteLostApplied, H::DeleteLate]
            }
        };
        self.count(match (fate, arrives_late) {
            (Fate::NotSent, _) => kinds[0],
            (Fate::Refused, _) => kinds[1],
            (_, None) => kinds[2],
            (_, Some(false)) => kinds[3],
            (_, Some(true)) => kinds[4],
        });
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }

    /// Returns the hazards that never occurred.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        TEXTS.iter().zip(self.0).filter(|(_, count)| *count == 0).map(|(text, _)| *text).collect()
    }
}

impl fmt::Display for Hazards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (text, count)) in TEXTS.iter().zip(self.0).enumerate() {
            write!(f, "{}{count} {text}", if number == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
