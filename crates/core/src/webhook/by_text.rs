//! Serde for types with a single text form, written by `Display` and read by `FromStr`.

macro_rules! serde_by_text {
    ($($name:ty),+ $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

serde_by_text!(
    crate::webhook::content_type::ContentType,
    crate::webhook::event_code::EventCode,
    crate::webhook::event_code::EventCodes,
    crate::webhook::name::EventName,
    crate::webhook::webhook_id::WebhookId,
);
