//! Text and JSON: what every room reads and shows.

pub(crate) mod byte_order_mark;
pub(crate) mod characters;
pub(crate) mod json;
pub(crate) mod printable;
pub(crate) mod similar;
pub mod source;
