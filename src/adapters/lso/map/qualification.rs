//! Product offering qualification (MEF 87).

use jiff::{Timestamp, ToSpan};

use super::super::profile::{ContactRole, Profile};
use super::super::wire::qualification as wire;
use super::inventory::rates;
use super::product::Item;
use super::{calendar_time, item_id, role_of, sentence, termination, timestamp};
use crate::model::{Alternate, Confidence, Failure, FailureClass, Qualification, Role};
use crate::provider::Progress;

/// Asks whether products can be delivered.
pub fn request(profile: &Profile, action: &str, items: Vec<Item>, now: Timestamp) -> wire::Create {
    let items = items.into_iter().map(|item| wire::CreateItem {
        id: item_id(item.role).into(),
        action: action.into(),
        product: item.product,
        qualification_item_relationship: item.related,
    });
    wire::Create {
        instant_sync_qualification: profile.qualify_at_once,
        provide_alternative: true,
        requested_completion: (!profile.qualify_at_once).then(|| deadline(now).to_string()),
        related_contact_information: profile.contact(ContactRole::Buyer).into_iter().collect(),
        product_offering_qualification_item: items.collect(),
    }
}

/// By when a deferred answer is asked for: a day. The guides demand a date, and a seller that needs longer says so.
pub fn deadline(now: Timestamp) -> Timestamp {
    now.checked_add(24.hours()).unwrap_or(now)
}

/// What the seller says, of several items by the worst. A colour that nobody knows counts as yellow, with the seller's word as
/// reason.
pub fn answer(answer: &wire::Qualification) -> Result<Progress<Qualification>, Failure> {
    let items = &answer.product_offering_qualification_item;
    let item = items.iter().find(|item| item.id == item_id(Role::Evc)).or(items.first());
    let why = |default: &str| {
        let errors = items.iter().flat_map(|item| termination(&item.termination_error));
        sentence(errors).unwrap_or_else(|| default.to_owned())
    };
    match answer.state.as_str() {
        "done.ready" => {
            let Some(item) = item else { return Err(unreadable("it has no item")) };
            let mut confidence = Confidence::Green;
            let mut words = Vec::new();
            for item in items {
                let Some(colour) = item.serviceability_confidence.as_deref() else {
                    return Err(unreadable(
                        "it is done and does not say whether the service can be delivered",
                    ));
                };
                let found = match colour {
                    "green" => Confidence::Green,
                    "yellow" => Confidence::Yellow,
                    "red" => Confidence::Red,
                    other => {
                        words.push(other.to_owned());
                        Confidence::Yellow
                    }
                };
                confidence = confidence.max(found);
                words.extend(item.serviceability_confidence_reason.clone());
            }
            let ports = items.iter().filter(|item| role_of(Some(&item.id)) != Role::Evc);
            Ok(Progress::Ready(Qualification {
                id: answer.id.clone(),
                item: item.id.clone(),
                ports: ports.map(|port| (role_of(Some(&port.id)), port.id.clone())).collect(),
                confidence,
                reason: sentence(words),
                valid_until: items
                    .iter()
                    .filter_map(|item| timestamp(item.guaranteed_until_date.as_deref()))
                    .min(),
                installation_interval: items
                    .iter()
                    .filter_map(|item| item.installation_interval.as_ref().and_then(calendar_time))
                    .max(),
                alternates: item.alternate_product_offering_proposal.iter().map(alternate).collect(),
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

fn alternate(proposal: &wire::Proposal) -> Alternate {
    let product = proposal.alternate_product.as_ref();
    Alternate {
        rates: product.and_then(|product| rates(&product.product_configuration)),
        installation_interval: proposal.installation_interval.as_ref().and_then(calendar_time),
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
    fn what_could_be_delivered_instead_is_told_as_far_as_it_can_be_read() {
        let flow = json!([{"bwpFlow": {"cir": {"irValue": 500, "irUnits": "MBPS"}}}]);
        let end = json!({"ingressBandwidthProfilePerClassofServiceName": flow});
        let configuration = json!({"evcEndPointA": end, "evcEndPointZ": end});
        let days = json!({"amount": 2, "units": "calendarDays"});
        let answer = done(
            &json!({"id": "1", "serviceabilityConfidence": "red", "alternateProductOfferingProposal": [
            {"id": "a", "installationInterval": days, "alternateProduct": {"productConfiguration": configuration}},
            {"id": "b", "alternateProduct": {"productConfiguration": 7}},
            {"id": "c", "installationInterval": "soon"},
            "d"]}),
        );
        let Ok(Progress::Ready(answer)) = answer else { panic!("{answer:?}") };
        let told: Vec<String> = answer.alternates.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["500M, in use 2 days after the order", "another product", "another product"]);
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
