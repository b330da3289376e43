//! Subscriptions (MEF 87, 115 and 123: `POST /hub`, `GET` and `DELETE /hub/{id}`).
//!
//! All events of an API are asked for: the names of some differ from text to text, and what is told is only a reason to look.

use http::Method;
use serde::{Deserialize, Serialize};

use super::LsoProvider;
use super::calls::parse;
use super::client::{Call, unreadable};
use super::profile::Api;
use crate::model::{Callback, Failure, FailureClass, SubscriptionId, Topic};
use crate::provider::Result;

const WHAT: &str = "the subscription";
/// The longest id that we can keep.
const LONGEST_ID: usize = 128;

/// `EventSubscriptionInput`
#[derive(Serialize)]
struct Input {
    callback: String,
}

/// `EventSubscription`, as far as it says something new.
#[derive(Deserialize)]
struct Subscription {
    id: String,
}

const fn api(topic: Topic) -> Api {
    match topic {
        Topic::Qualification => Api::Qualification,
        Topic::Quote => Api::Quote,
        Topic::Order => Api::Order,
    }
}

impl LsoProvider {
    pub(super) async fn register(&self, topic: Topic, callback: &Callback) -> Result<SubscriptionId> {
        let input = Input { callback: callback.expose() };
        let call = self.sending(WHAT, Method::POST, api(topic), &["hub"], &input)?;
        let answer = self.client.free(&Call { secret: Some(callback.clone()), ..call }).await?;
        let Subscription { id } = parse(WHAT, answer.json)?;
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(unreadable(WHAT, "its id is empty or longer than 128 characters"));
        }
        Ok(SubscriptionId(id))
    }

    /// Only MEF 123 lets a subscription be read.
    pub(super) async fn registered(&self, topic: Topic, id: &SubscriptionId) -> Result<Option<bool>> {
        match topic {
            Topic::Qualification | Topic::Quote => Ok(None),
            Topic::Order => {
                let url = self.profile.url(api(topic), &["hub", &id.0])?;
                match self.client.free(&Call::bare(WHAT, Method::GET, url)).await {
                    Ok(_) => Ok(Some(true)),
                    Err(failure) if failure.class == FailureClass::NotFound => Ok(Some(false)),
                    Err(failure) => Err(wordless("the subscription could not be read", &failure)),
                }
            }
        }
    }

    pub(super) async fn unregister(&self, topic: Topic, id: &SubscriptionId) -> Result<()> {
        let url = self.profile.url(api(topic), &["hub", &id.0])?;
        match self.client.free(&Call::bare(WHAT, Method::DELETE, url)).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.class == FailureClass::NotFound => Ok(()),
            Err(failure) => Err(wordless("the subscription could not be ended", &failure)),
        }
    }
}

/// A failure without the seller's words. A subscription holds the secret address, and which one it was made with may be forgotten
/// here, so nothing could be struck out of them.
fn wordless(what: &str, failure: &Failure) -> Failure {
    let class = failure.class.clone();
    let message =
        format!("{what} at the seller ({class:?}); its words may hold our secret address and are not shown");
    Failure::new(class, message)
}
