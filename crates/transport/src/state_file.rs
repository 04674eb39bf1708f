//! shim
#![allow(missing_docs, dead_code)]
use crate::client::Moment;
use leadsquared_webhooks_core::{
    Ticket,
    reconcile::{AccountKey, Memory, Note},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
#[derive(Clone, Debug, thiserror::Error)]
#[error("shim")]
pub struct StateError;
#[derive(Clone, Debug)]
pub struct StateSettings {
    pub path: PathBuf,
    pub lock: bool,
    pub lock_timeout: Duration,
}
impl StateSettings {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), lock: true, lock_timeout: Duration::ZERO }
    }
}
#[derive(Debug)]
pub struct StateFile;
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls;
impl Calls {
    pub(crate) fn answered_ago(&self, _: Duration, _: SystemTime) -> Vec<Duration> {
        Vec::new()
    }
}
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountState {
    pub(crate) memory: Memory,
    pub(crate) calls: Calls,
}
impl StateFile {
    pub(crate) fn read(_: &Path) -> Result<HashMap<AccountKey, AccountState>, StateError> {
        Ok(HashMap::new())
    }
    pub(crate) async fn open(_: &StateSettings) -> Result<Self, StateError> {
        Ok(Self)
    }
    pub(crate) fn account(&self, _: &AccountKey) -> AccountState {
        AccountState::default()
    }
    pub(crate) fn open_of_others(&self, _: &[AccountKey]) -> Vec<Ticket> {
        Vec::new()
    }
    pub(crate) async fn finish(&self) -> Result<(), StateError> {
        Ok(())
    }
}
#[derive(Clone, Copy, Debug)]
pub(crate) enum Durability {
    Synced,
    Buffered,
}
#[derive(Clone, Debug)]
pub(crate) struct Store;
impl Store {
    pub(crate) fn new(_: Arc<StateFile>, _: AccountKey) -> Self {
        Self
    }
    pub(crate) async fn append(&self, _: Vec<Note>, _: Durability) -> Result<(), StateError> {
        Ok(())
    }
    pub(crate) fn call(&self, _: Moment) {}
}
