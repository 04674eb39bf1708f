//! Triggers from plain strings, by a name for each event.

use crate::webhook::{draft::TriggerDraft, trigger::Trigger};

impl From<Trigger> for TriggerDraft {
    fn from(trigger: Trigger) -> Self {
        Self::from(&trigger)
    }
}

fn strings(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

/// Drafts of triggers, for [`NewWebhook::new`](crate::NewWebhook::new), which validates them.
impl Trigger {
    /// A submission of one of these landing pages, by ID.
    pub fn landing_page_submission(pages: impl IntoIterator<Item = impl Into<String>>) -> TriggerDraft {
        TriggerDraft::LandingPageSubmission { pages: Some(strings(pages)) }
    }

    /// An activity of the type with this code is added to a lead.
    pub fn lead_activity_create(activity: impl Into<String>) -> TriggerDraft {
        TriggerDraft::LeadActivityCreate { activity: activity.into() }
    }

    /// An activity of the type with this code is changed.
    pub fn lead_activity_update(activity: impl Into<String>) -> TriggerDraft {
        TriggerDraft::LeadActivityUpdate { activity: activity.into() }
    }

    /// This field of a lead, by its schema name, is changed.
    pub fn lead_field_update(field: impl Into<String>) -> TriggerDraft {
        TriggerDraft::LeadFieldUpdate { field: field.into() }
    }

    /// An opportunity of the types with these codes is created.
    pub fn opportunity_create(types: impl IntoIterator<Item = impl Into<String>>) -> TriggerDraft {
        TriggerDraft::OpportunityCreate { opportunity_types: strings(types) }
    }

    /// An opportunity of the types with these codes is changed.
    pub fn opportunity_update(types: impl IntoIterator<Item = impl Into<String>>) -> TriggerDraft {
        TriggerDraft::OpportunityUpdate { opportunity_types: strings(types) }
    }

    /// An opportunity of the types with these codes is deleted.
    pub fn opportunity_delete(types: impl IntoIterator<Item = impl Into<String>>) -> TriggerDraft {
        TriggerDraft::OpportunityDelete { opportunity_types: strings(types) }
    }

    /// An opportunity moves from one of these stages to the other; `None` is any stage.
    pub fn opportunity_stage_update(from: Option<&str>, to: Option<&str>) -> TriggerDraft {
        TriggerDraft::OpportunityStageUpdate {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            properties: None,
        }
    }
}
