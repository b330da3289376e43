//! What an account wants to be told of, and the secret that its seller must know.

use super::Refusal;
use crate::api::{ConnectivityProviderSpec, LsoHubApi};
use crate::model::{CallbackToken, Topic};

/// The key of the credentials Secret that holds the callback token.
pub const CALLBACK_TOKEN: &str = "callbackToken";

/// What the seller is to tell of; nothing where the account does not ask for it.
#[must_use]
pub fn topics(spec: &ConnectivityProviderSpec) -> Vec<Topic> {
    let asked = spec.lso.as_ref().and_then(|lso| lso.notifications.as_ref());
    let mut topics: Vec<_> = asked.into_iter().flat_map(|asked| &asked.apis).map(|api| topic(*api)).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}

/// What an API with a hub tells of.
#[must_use]
pub const fn topic(api: LsoHubApi) -> Topic {
    match api {
        LsoHubApi::Qualification => Topic::Qualification,
        LsoHubApi::Quote => Topic::Quote,
        LsoHubApi::Order => Topic::Order,
    }
}

/// The token, out of the value of [`CALLBACK_TOKEN`].
///
/// # Errors
/// What the platform team must put there.
pub fn callback_token(value: Option<&[u8]>) -> Result<CallbackToken, Refusal> {
    let refuse = |why: String| Refusal {
        reason: "CallbackTokenMissing",
        message: format!("the Secret that spec.credentials names: key {CALLBACK_TOKEN} {why}"),
    };
    let value = value.ok_or_else(|| {
        refuse("is missing; write 32 to 128 random letters, digits, dashes or underscores".into())
    })?;
    CallbackToken::parse(value).map_err(|why| refuse(why.to_string()))
}
