//! Product offering qualification (MEF 87).

use jiff::{Timestamp, ToSpan};

use super::super::profile::{ContactRole, Profile};
use super::super::wire::{Product, qualification as wire};
use super::{ITEM, calendar_time, sentence, termination, timestamp};
use crate::model::{Confidence, Failure, FailureClass, Qualification};
use crate::provider::Progress;

/// Asks whether a product can be delivered.
pub fn request(profile: &Profile, action: &str, product: Product, now: Timestamp) -> wire::Create {
    wire::Create {
        instant_sync_qualification: profile.qualify_at_once,
        provide_alternative: false,
        requested_completion: (!profile.qualify_at_once).then(|| deadline(now).to_string()),
        related_contact_information: profile.contact(ContactRole::Buyer).into_iter().collect(),
        product_offering_qualification_item: vec![wire::CreateItem {
            id: ITEM.into(),
            action: action.into(),
            product,
        }],
    }
}

/// By when a deferred answer is asked for: a day. The guides demand a date, and a seller that needs longer says so.
pub fn deadline(now: Timestamp) -> Timestamp {
    now.checked_add(24.hours()).unwrap_or(now)
}

/// What the seller says. A colour that nobody knows counts as yellow, with the seller's word as reason.
pub fn answer(answer: &wire::Qualification) -> Result<Progress<Qualification>, Failure> {
    let item = answer
        .product_offering_qualification_item
        .iter()
        .find(|item| item.id == ITEM)
        .or(answer.product_offering_qualification_item.first());
    let why = |default: &str| {
        let errors = item.map(|item| item.termination_error.as_slice()).unwrap_or_default();
        sentence(termination(errors)).unwrap_or_else(|| default.to_owned())
    };
    match answer.state.as_str() {
        "done.ready" => {
            let Some(item) = item else { return Err(unreadable("it has no item")) };
            let Some(colour) = item.serviceability_confidence.as_deref() else {
                return Err(unreadable("it is done and does not say whether the service can be delivered"));
            };
            let (confidence, word) = match colour {
                "green" => (Confidence::Green, None),
                "yellow" => (Confidence::Yellow, None),
                "red" => (Confidence::Red, None),
                other => (Confidence::Yellow, Some(other.to_owned())),
            };
            Ok(Progress::Ready(Qualification {
                id: answer.id.clone(),
                item: item.id.clone(),
                confidence,
                reason: sentence(word.into_iter().chain(item.serviceability_confidence_reason.clone())),
                valid_until: timestamp(item.guaranteed_until_date.as_deref()),
                installation_interval: item.installation_interval.as_ref().and_then(calendar_time),
            }))
        }
        "terminatedWithError" => {
            let message = format!("the seller cannot qualify this service: {}", why("it gives no reason"));
            Err(Failure::new(FailureClass::Invalid, message))
        }
        "done.unableToProvide" => {
            let message =
                format!("the seller did not qualify this service in time: {}", why("it gives no reason"));
            Err(Failure::new(FailureClass::Transient, message))
        }
        _ => Ok(Progress::Pending {
            handle: answer.id.clone(),
            expected: timestamp(answer.expected_completion.as_deref()),
        }),
    }
}

fn unreadable(why: &str) -> Failure {
    Failure::new(FailureClass::Unreadable, format!("the seller's qualification cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Progress<Qualification>, Failure> {
        answer(&serde_json::from_value(value).unwrap())
    }

    fn done(item: &Value) -> Result<Progress<Qualification>, Failure> {
        read(json!({"id": "p", "state": "done.ready", "productOfferingQualificationItem": [item]}))
    }

    #[test]
    fn the_colour_decides() {
        for (colour, confidence) in
            [("green", Confidence::Green), ("red", Confidence::Red), ("amber", Confidence::Yellow)]
        {
            let answer = done(&json!({"id": "1", "state": "done.ready", "serviceabilityConfidence": colour,
                "installationInterval": {"amount": 2, "units": "calendarDays"}, "guaranteedUntilDate": "2027-01-01T00:00:00Z"}));
            let Ok(Progress::Ready(answer)) = answer else { panic!("{answer:?}") };
            assert_eq!(answer.confidence, confidence);
            assert_eq!(answer.reason.as_deref(), (colour == "amber").then_some("amber"));
            assert_eq!(answer.installation_interval.map(|time| time.as_secs()), Some(172_800));
        }
        assert_eq!(done(&json!({"id": "1"})).unwrap_err().class, FailureClass::Unreadable);
    }

    #[test]
    fn what_is_not_finished_is_pending_whatever_it_is_called() {
        for state in ["acknowledged", "inProgress", "waitingForGodot", ""] {
            let answer = read(json!({"id": "p", "state": state, "expectedPOQCompletionDate": "2027-01-01"}));
            assert!(
                matches!(answer, Ok(Progress::Pending { handle, expected: Some(_) }) if handle == "p"),
                "{state}"
            );
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let failure = read(
            json!({"id": "p", "state": "terminatedWithError", "productOfferingQualificationItem": [
            {"id": "1", "terminationError": [{"code": "invalidValue", "propertyPath": "/a/b", "value": "no such UNI"}]}]}),
        );
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, FailureClass::Invalid);
        assert!(failure.message.ends_with("invalidValue at /a/b: no such UNI"), "{failure}");
    }
}
