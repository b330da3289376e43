//! Typed calls over the client: one thing by its id, a whole list, each of many, something new, something paid.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Call, unreadable};
use super::listing::{self, Extent};
use super::profile::Api;
use super::{LsoProvider, map};
use crate::model::{Failure, FailureClass, Placement};
use crate::provider::{Fence, Result};

/// How many reads of one method are under way at a time.
pub const AT_A_TIME: usize = 4;

impl LsoProvider {
    /// One thing.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        what: &'static str,
        api: Api,
        segments: &[&str],
    ) -> Result<T> {
        let url = self.profile.url(api, segments)?;
        let answer = self.client.free(&Call::bare(what, Method::GET, url)).await?;
        parse(what, answer.json)
    }

    /// Something new that costs nothing.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        what: &'static str,
        api: Api,
        operation: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let call = self.sending(what, Method::POST, api, &[operation], body)?;
        parse(what, self.client.free(&call).await?.json)
    }

    /// A call with a body.
    pub(super) fn sending(
        &self,
        what: &'static str,
        method: Method,
        api: Api,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<Call> {
        let url = self.profile.url(api, segments)?;
        let body = serde_json::to_vec(body).map_err(|why| {
            Failure::new(FailureClass::Invalid, format!("{what} cannot be written as JSON: {why}"))
        })?;
        Ok(Call { body: Some(Bytes::from(body)), ..Call::bare(what, method, url) })
    }

    /// Sends what costs money. What cannot be put together is not sent.
    pub(super) async fn pay(&self, call: Result<Call>, fence: Fence) -> Placement {
        match call {
            Ok(call) => self.client.paid(&call, fence).await,
            Err(failure) => {
                let message = format!("nothing was sent: {}", failure.message);
                Placement::Refused(Failure { message, ..failure })
            }
        }
    }

    /// One page of a list.
    pub(super) async fn page(
        &self,
        what: &'static str,
        api: Api,
        operation: &str,
        filter: Option<(&str, &str)>,
        offset: u64,
    ) -> Result<(Vec<Value>, Extent)> {
        let mut url = self.profile.url(api, &[operation])?;
        if let Some((name, value)) = filter {
            url.query_pairs_mut().append_pair(name, value);
        }
        let range = [("offset", offset), ("limit", listing::LIMIT)];
        url.query_pairs_mut().extend_pairs(range.map(|(name, value)| (name, value.to_string())));
        let answer = self.client.free(&Call::bare(what, Method::GET, url)).await?;
        Ok((parse(what, answer.json)?, Extent::read(&answer.headers)))
    }

    /// A whole list, each entry once.
    pub(super) async fn entries<T: DeserializeOwned>(
        &self,
        what: &'static str,
        api: Api,
        operation: &str,
        filter: (&str, &str),
    ) -> Result<Vec<T>> {
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        let mut offset = 0;
        for _ in 0..listing::MOST_PAGES {
            let (page, extent) = self.page(what, api, operation, Some(filter), offset).await?;
            let onward = listing::onward(offset, page.len() as u64, extent)?;
            let known = entries.len();
            for entry in page {
                let id = entry
                    .get("id")
                    .and_then(Value::as_str)
                    .ok_or_else(|| unreadable(what, "an entry has no id"))?;
                entries.insert(id.to_owned(), entry);
            }
            match onward {
                None => return entries.into_values().map(|entry| parse(what, entry)).collect(),
                // A seller that knows no pages shows the same one again, and without headers that is all there is.
                Some(_) if entries.len() == known && extent == Extent::default() => {
                    return entries.into_values().map(|entry| parse(what, entry)).collect();
                }
                Some(_) if entries.len() == known => {
                    return Err(listing::short("it shows the same entries again"));
                }
                Some(next) => offset = next,
            }
        }
        let message =
            format!("the seller's list has more than {} pages; it cannot be searched", listing::MOST_PAGES);
        Err(Failure::new(FailureClass::Unsupported, message))
    }

    /// Reads each of these by id.
    pub(super) async fn read_each<T: DeserializeOwned>(
        &self,
        what: &'static str,
        api: Api,
        operation: &str,
        ids: Vec<String>,
    ) -> Result<Vec<T>> {
        if ids.len() > listing::MOST_READS {
            let message = format!(
                "the seller's list has {} entries that do not say whose they are; at most {} are read one by one",
                ids.len(),
                listing::MOST_READS
            );
            return Err(Failure::new(FailureClass::Unsupported, message));
        }
        let read = |id: String| async move {
            match self.get(what, api, &[operation, &id]).await {
                // It is in the list, so it exists; that it cannot be read yet must not make it disappear.
                Err(failure) if failure.class == FailureClass::NotFound => {
                    Err(listing::short("an entry cannot be read by its id"))
                }
                read => read,
            }
        };
        stream::iter(ids).map(read).buffered(AT_A_TIME).try_collect().await
    }
}

/// Reads an answer as what it should be.
pub fn parse<T: DeserializeOwned>(what: &str, json: Value) -> Result<T> {
    serde_json::from_value(json).map_err(|why| unreadable(what, &map::printable(&why.to_string(), 300)))
}

/// A method that the seller does not offer has nothing to show.
pub fn nothing_where_unsupported<T>(answer: Result<Vec<T>>) -> Result<Vec<T>> {
    match answer {
        Err(failure)
            if failure.class == FailureClass::Unsupported
                && failure.code.as_deref() == Some("notImplemented") =>
        {
            Ok(Vec::new())
        }
        answer => answer,
    }
}
