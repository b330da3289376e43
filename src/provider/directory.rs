//! Which account is served by which adapter instance, and why an account is not served at the moment.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::broadcast;

use super::Guard;
use crate::model::Failure;

/// How many changes may wait for a slow listener.
const CHANGES: usize = 256;

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
    state: Result<Arc<Guard>, Absence>,
}

/// The accounts of this process, by name of the `ConnectivityProvider`. Filled by the account controller, read by all others.
pub struct Directory {
    accounts: RwLock<BTreeMap<String, Account>>,
    changes: broadcast::Sender<String>,
}

impl Default for Directory {
    fn default() -> Self {
        Self { accounts: RwLock::default(), changes: broadcast::channel(CHANGES).0 }
    }
}

impl Directory {
    /// Names of accounts whose state changed from now on; a listener that lags hears an error and looks at all.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<String> {
        self.changes.subscribe()
    }

    /// The account `name`, provided that it is still the object with this uid.
    ///
    /// # Errors
    /// Why it cannot be used now.
    pub fn get(&self, name: &str, uid: &str) -> Result<Arc<Guard>, Absence> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        match accounts.get(name) {
            Some(account) if account.uid == uid => account.state.clone(),
            Some(_) | None => Err(Absence::NotVerified),
        }
    }

    /// States what the account `name` is served by.
    pub fn set(&self, name: &str, uid: &str, state: Result<Arc<Guard>, Absence>) {
        let account = Account { uid: uid.to_owned(), state };
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), account);
        // Nobody listening is no error.
        let _ = self.changes.send(name.to_owned());
    }

    /// Forgets the account `name`.
    pub fn remove(&self, name: &str) {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}
