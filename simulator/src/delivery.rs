//! Carries events from the outbox to the listeners of buyers. No retry, order or de-duplication is defined by LSO;
//! this seller tries a few times and then gives up, so a buyer has to poll as well.

use std::time::Duration;

use jiff::SignedDuration;

use crate::hub::Delivery;
use crate::refusal::Refusal;
use crate::seller::Seller;

/// How often the outbox is looked at.
const BEAT: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;
const PAUSE: SignedDuration = SignedDuration::from_secs(2);

impl Seller {
    /// Delivers events until the task is dropped. Also lets happen what is due, so that events of a quiet seller are
    /// not late.
    pub async fn deliver(self) {
        // Whoever installs a provider first wins, and any will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = match reqwest::Client::builder().timeout(TIMEOUT).build() {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "events cannot be delivered");
                return;
            }
        };
        loop {
            match self.deliver_next(&client).await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(BEAT).await,
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read");
                    tokio::time::sleep(BEAT).await;
                }
            }
        }
    }

    /// Tries the oldest delivery that is due; `false` when there is none.
    async fn deliver_next(&self, client: &reqwest::Client) -> Result<bool, Refusal> {
        let next = self.serve("", |desk| Ok(desk.books.next_delivery::<Delivery>(desk.now)?))?;
        let Some((number, attempts, Delivery { url, event })) = next else { return Ok(false) };
        let sent = client.post(&url).json(&event).send().await.and_then(reqwest::Response::error_for_status);
        self.serve("", |desk| {
            let again = match &sent {
                Ok(_) => None,
                Err(error) if attempts + 1 < ATTEMPTS => {
                    tracing::debug!(%url, %error, "event not delivered, will be tried again");
                    desk.now.checked_add(PAUSE).ok()
                }
                Err(error) => {
                    tracing::warn!(%url, %error, "event not delivered, given up");
                    None
                }
            };
            Ok(desk.books.settle_delivery(number, again)?)
        })?;
        Ok(true)
    }
}
