//! Which account is served by which adapter instance, and why an account is not served at the moment.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Provider;
use crate::model::Failure;

/// Why an account cannot be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// Nobody has looked at the account yet.
    NotVerified,
    /// The account was looked at and cannot be used.
    Failed(Failure),
}

struct Account {
    uid: String,
    state: Result<Arc<dyn Provider>, Absence>,
}

/// The accounts of this process, by name of the `ConnectivityProvider`. Filled by the account controller, read by all others.
#[derive(Default)]
pub struct Directory {
    accounts: RwLock<BTreeMap<String, Account>>,
}

impl Directory {
    /// The account `name`, provided that it is still the object with this uid.
    ///
    /// # Errors
    /// Why it cannot be used now.
    pub fn get(&self, name: &str, uid: &str) -> Result<Arc<dyn Provider>, Absence> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        match accounts.get(name) {
            Some(account) if account.uid == uid => account.state.clone(),
            Some(_) | None => Err(Absence::NotVerified),
        }
    }

    /// States what the account `name` is served by.
    pub fn set(&self, name: &str, uid: &str, state: Result<Arc<dyn Provider>, Absence>) {
        let account = Account { uid: uid.to_owned(), state };
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), account);
    }

    /// Forgets the account `name`.
    pub fn remove(&self, name: &str) {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}
