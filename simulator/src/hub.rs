//! Subscriptions and events (MEF 87, 115, 123: hub and listener). An event is posted to the outbox in the same
//! transaction as the change it tells of; [`crate::delivery`] carries it to the listener.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::refusal::{MalformedCode, Refusal};
use crate::request;
use crate::scenario::{Misconduct, Operation};
use crate::shape::requests;
use crate::store::{Kind, Record, Stored};

/// The APIs that have events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Api {
    Qualification,
    Quote,
    Order,
}

impl Api {
    fn events(self) -> &'static [&'static str] {
        match self {
            Self::Qualification => &["poqCreateEvent", "poqStateChangeEvent", "poqItemStateChangeEvent"],
            Self::Quote => &["quoteStateChangeEvent", "quoteItemStateChangeEvent"],
            Self::Order => &[
                "productOrderStateChangeEvent",
                "productOrderItemStateChangeEvent",
                "productOrderItemExpectedCompletionDateSet",
                "productSpecificProductOrderItemMilestoneEvent",
                "cancelProductOrderStateChangeEvent",
                "chargeCreateEvent",
                "chargeStateChangeEvent",
                "chargeTimeoutEvent",
                "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
            ],
        }
    }

    /// The notification API under the buyer's callback.
    fn listener(self, irp: &str) -> &'static str {
        match (self, irp) {
            (Self::Qualification, "cantata") => "productOfferingQualificationNotification/v1",
            (Self::Qualification, _) => "productOfferingQualificationNotification/v7",
            (Self::Quote, "cantata") => "quoteNotification/v2",
            (Self::Quote, _) => "quoteNotification/v8",
            (Self::Order, "cantata") => "productOrderingNotification/v5",
            (Self::Order, _) => "productOrderingNotification/v10",
        }
    }
}

/// A buyer's subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HubMemo {
    api: Api,
    /// `sonata` or `cantata`, as in the path of the subscription.
    irp: String,
    /// Absent means all.
    events: Option<Vec<String>>,
    buyer: Value,
}

/// An event on its way to a listener.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) url: String,
    pub(crate) event: Value,
}

/// `POST /hub`.
pub(crate) fn subscribe(
    desk: &Desk<'_>,
    api: Api,
    irp: &str,
    buyer: Value,
    body: &Value,
) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::SUBSCRIPTION, body)?;
    if body["callback"].as_str().is_none_or(|url| !url.starts_with("http://") && !url.starts_with("https://"))
    {
        return Err(request::malformed("/callback: must be an http or https URL"));
    }
    let events = read_query(api, body["query"].as_str().unwrap_or_default())?;
    let id = desk.new_id("HUB")?;
    let mut wire = body.clone();
    wire["id"] = json!(id);
    desk.books.put(&Record {
        kind: Kind::Hub,
        id,
        owner: desk.owner.to_owned(),
        listed_from: desk.now,
        hidden: false,
        wire: wire.clone(),
        memo: HubMemo { api, irp: irp.to_owned(), events, buyer },
    })?;
    Ok(wire)
}

/// `eventType=a,b`, `eventType=a&eventType=b`, also with spaces around `=`; empty is all.
fn read_query(api: Api, query: &str) -> Result<Option<Vec<String>>, Refusal> {
    if query.trim().is_empty() {
        return Ok(None);
    }
    let refuse = |reason: String| Refusal::Malformed { code: MalformedCode::InvalidBody, reason };
    let mut events = Vec::new();
    for part in query.split('&') {
        let (name, values) = part.split_once('=').unwrap_or((part, ""));
        if name.trim() != "eventType" {
            return Err(refuse(format!("/query: only eventType can be filtered by, not '{}'", name.trim())));
        }
        for event in values.split(',').map(str::trim).filter(|event| !event.is_empty()) {
            if !api.events().contains(&event) {
                return Err(refuse(format!("/query: '{event}' is no event of this API")));
            }
            events.push(event.to_owned());
        }
    }
    Ok(Some(events))
}

/// `GET /hub/{id}`, for orders only.
pub(crate) fn read(desk: &Desk<'_>, api: Api, id: &str) -> Result<Value, Refusal> {
    Ok(find(desk, api, id)?.wire)
}

/// `DELETE /hub/{id}`.
pub(crate) fn unsubscribe(desk: &Desk<'_>, api: Api, id: &str) -> Result<(), Refusal> {
    find(desk, api, id)?;
    desk.books.remove(Kind::Hub, id)?;
    Ok(())
}

fn find(desk: &Desk<'_>, api: Api, id: &str) -> Result<Record<HubMemo>, Refusal> {
    let record: Record<HubMemo> = desk.find(Kind::Hub, "hub subscription", id)?;
    if record.memo.api == api {
        Ok(record)
    } else {
        Err(Refusal::NotFound { what: "hub subscription", id: id.to_owned() })
    }
}

/// Posts an event to every subscription that wants it. `event` carries the ids; it never carries a state.
pub(crate) fn tell(desk: &Desk<'_>, api: Api, event_type: &str, event: Value) -> Stored<()> {
    for hub in desk.books.all::<HubMemo>(Kind::Hub)? {
        let HubMemo { api: subscribed, irp, events, buyer } = &hub.memo;
        let wanted = events.as_ref().is_none_or(|events| events.iter().any(|event| event == event_type));
        if *subscribed != api || !wanted || (hub.owner != desk.owner) {
            continue;
        }
        let mut event = event.clone();
        for (name, value) in buyer.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        let callback = hub.wire["callback"].as_str().unwrap_or_default().trim_end_matches('/');
        let url = format!("{callback}/mefApi/{irp}/{}/listener/{event_type}", api.listener(irp));
        let event = json!({
            "eventId": desk.new_id("EVT")?,
            "eventTime": desk.now.to_string(),
            "eventType": event_type,
            "event": event,
        });
        post(desk, Delivery { url, event })?;
    }
    Ok(())
}

/// Puts an event into the outbox, unless a fault wants otherwise.
fn post(desk: &Desk<'_>, delivery: Delivery) -> Stored<()> {
    let forged = |name: &str, claim: &str| {
        let mut forged = delivery.clone();
        forged.event["eventId"] = json!(desk.new_id("EVT")?);
        forged.event["event"][name] = json!(claim);
        Stored::Ok(forged)
    };
    let (due, also) = match desk.strike(Operation::Event)? {
        Some(Misconduct::EventLost) => return Ok(()),
        Some(Misconduct::EventTwice) => (desk.now, Some(delivery.clone())),
        Some(Misconduct::EventLate { by }) => (desk.later(by), None),
        Some(Misconduct::EventForUnknown { id }) => (desk.now, Some(forged("id", &id)?)),
        Some(Misconduct::EventClaims { state }) => (desk.now, Some(forged("state", &state)?)),
        Some(_) | None => (desk.now, None),
    };
    desk.books.post(due, &delivery)?;
    also.map_or(Ok(()), |also| desk.books.post(due, &also))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_come_in_several_spellings() {
        let read = |query| read_query(Api::Quote, query).unwrap();
        assert_eq!(read(" "), None);
        let both = Some(vec!["quoteStateChangeEvent".to_owned(), "quoteItemStateChangeEvent".to_owned()]);
        assert_eq!(read("eventType = quoteStateChangeEvent, quoteItemStateChangeEvent"), both);
        assert_eq!(read("eventType=quoteStateChangeEvent&eventType=quoteItemStateChangeEvent"), both);
        assert!(read_query(Api::Quote, "eventType=poqCreateEvent").is_err());
        assert!(read_query(Api::Quote, "state=x").is_err());
    }
}
