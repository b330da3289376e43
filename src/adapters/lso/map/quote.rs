//! Quotes (MEF 115).

use jiff::Timestamp;

use super::super::profile::{ContactRole, Profile};
use super::super::wire::{QualificationItemRef, quote as wire};
use super::product::Item;
use super::qualification::deadline;
use super::{
    calendar_time, item_id, net, price_kind, read_term, role_of, seller_notes, sentence, termination,
    timestamp,
};
use crate::model::{Failure, FailureClass, OfferRef, Price, Quote, QuoteLevel, QuotedPort, Role};
use crate::provider::Progress;

/// The item of the qualification that an offer refers to for a product.
pub fn qualification_item(offer: &OfferRef, role: Role) -> Option<QualificationItemRef> {
    let qualification = offer.qualification.as_ref()?;
    Some(QualificationItemRef {
        product_offering_qualification_id: qualification.id.clone(),
        id: qualification.items.get(&role)?.clone(),
    })
}

/// Asks for a firm price.
pub fn request(
    profile: &Profile,
    action: &str,
    items: Vec<Item>,
    offer: &OfferRef,
    now: Timestamp,
) -> wire::Create {
    let items = items.into_iter().map(|item| wire::CreateItem {
        id: item_id(item.role).into(),
        action: action.into(),
        quote_item_relationship: item.related,
        requested_quote_item_term: item.term,
        product_offering_qualification_item: qualification_item(offer, item.role),
        agreement_name: profile.agreement.clone(),
        related_contact_information: contacts(profile, !item.product.place.is_empty()),
        product: item.product,
    });
    wire::Create {
        buyer_requested_quote_level: "firm".into(),
        instant_sync_quote: profile.quote_at_once,
        requested_quote_completion_date: (!profile.quote_at_once).then(|| deadline(now).to_string()),
        related_contact_information: profile.contact(ContactRole::Buyer).into_iter().collect(),
        quote_item: items.collect(),
    }
}

fn contacts(profile: &Profile, has_place: bool) -> Vec<super::wire::Contact> {
    let place = has_place.then_some(ContactRole::QuoteItemLocation);
    let roles = std::iter::once(ContactRole::QuoteItemTechnical).chain(place);
    roles.filter_map(|role| profile.contact(role)).collect()
}

/// What the seller says. `asked` is what was asked for, where the answer does not repeat it.
///
/// A quote that was cancelled, declined or has expired is one whose time is over.
pub fn answer(
    answer: &wire::Quote,
    asked: &[(Role, super::wire::ItemTerm)],
    now: Timestamp,
) -> Result<Progress<Quote>, Failure> {
    let item =
        answer.quote_item.iter().find(|item| item.id == item_id(Role::Evc)).or(answer.quote_item.first());
    let state =
        answer.state.as_deref().or_else(|| item.and_then(|item| item.state.as_deref())).unwrap_or_default();
    let (is_over, is_alternate) = match state {
        "approved.orderable" | "answered" | "accepted" => (false, false),
        "approved.orderableAlternate" => (false, true),
        "expired" | "declined" | "cancelled" => (true, false),
        "rejected" => {
            return Err(refused(answer, FailureClass::Invalid, "the seller refuses to quote this service"));
        }
        "unableToProvide" => {
            return Err(refused(answer, FailureClass::Unsupported, "the seller cannot provide this service"));
        }
        _ => {
            let expected = timestamp(answer.expected_quote_completion_date.as_deref());
            return Ok(Progress::Pending { handle: answer.id.clone(), expected });
        }
    };
    let Some(item) = item else {
        return Err(Failure::new(
            FailureClass::Unreadable,
            "the seller's quote cannot be read: it has no item",
        ));
    };
    let others = |item: &wire::Item| {
        let role = role_of(Some(&item.id));
        let sent = asked.iter().find(|(asked, _)| *asked == role).map(|(_, term)| term);
        let asked = item.requested_quote_item_term.as_ref().or(sent);
        item.quote_item_term
            .iter()
            .find(|offered| asked.is_none_or(|asked| !same_term(asked, offered)))
            .cloned()
    };
    let other = answer.quote_item.iter().find_map(others);
    let is_port = |item: &&wire::Item| role_of(Some(&item.id)) != Role::Evc;
    let item_alternate =
        answer.quote_item.iter().any(|item| item.state.as_deref() == Some("approved.orderableAlternate"));
    let alternate = is_alternate || item_alternate || other.is_some();
    let interval = answer.quote_item.iter().filter_map(|item| item.quote_item_installation_interval.as_ref());
    let until = timestamp(answer.valid_for.as_ref().and_then(|period| period.end_date_time.as_deref()));
    Ok(Progress::Ready(Quote {
        id: answer.id.clone(),
        item: item.id.clone(),
        level: level(answer, state),
        prices: answer.quote_item.iter().filter(|item| !is_port(item)).flat_map(prices).collect(),
        ports: answer
            .quote_item
            .iter()
            .filter(is_port)
            .map(|item| QuotedPort {
                role: role_of(Some(&item.id)),
                item: item.id.clone(),
                prices: prices(item).collect(),
            })
            .collect(),
        other_term: other.as_ref().and_then(read_term),
        // Where the term is another, that is the difference.
        other_interval: interval.filter_map(calendar_time).max().filter(|_| alternate && other.is_none()),
        alternate,
        valid_until: if is_over { Some(until.map_or(now, |until| until.min(now))) } else { until },
        accepted: state == "accepted",
    }))
}

/// How firm the quote is, at worst: an item that waits for a feasibility check is never firm, and a level that nobody
/// knows cannot be ordered. Where the level is missing, the state tells: only firm quotes become orderable.
fn level(answer: &wire::Quote, state: &str) -> QuoteLevel {
    let checks = answer.quote_item.iter().any(|item| item.subject_to_feasibility_check == Some(true));
    match answer.quote_level.as_deref() {
        Some("firm") | None if state != "answered" && !checks => QuoteLevel::Firm,
        Some("firm" | "firmSubjectToFeasibilityCheck") => QuoteLevel::FirmSubjectToFeasibility,
        None if state != "answered" => QuoteLevel::FirmSubjectToFeasibility,
        Some(_) | None => QuoteLevel::Budgetary,
    }
}

fn same_term(asked: &super::wire::ItemTerm, offered: &super::wire::ItemTerm) -> bool {
    asked.duration == offered.duration
        && asked.end_of_term_action == offered.end_of_term_action
        && asked.roll_interval == offered.roll_interval
}

fn prices(item: &wire::Item) -> impl Iterator<Item = Price> {
    item.quote_item_price.iter().enumerate().map(|(index, price)| {
        let (amount, currency) = net(price.price.as_ref());
        let name = price.name.as_ref().or(price.description.as_ref());
        Price {
            name: name.map_or_else(|| format!("price {}", index + 1), |name| super::printable(name, 100)),
            kind: price_kind(price.price_type.as_deref(), price.recurring_charge_period.as_deref()),
            amount,
            currency,
        }
    })
}

fn refused(answer: &wire::Quote, class: FailureClass, what: &str) -> Failure {
    let items = answer.quote_item.iter();
    let said = items.flat_map(|item| termination(&item.termination_error).chain(seller_notes(&item.note)));
    let reason =
        sentence(said.chain(seller_notes(&answer.note))).unwrap_or_else(|| "it gives no reason".into());
    Failure::new(class, format!("{what}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Period, PriceKind, TermUnit};
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Progress<Quote>, Failure> {
        answer(&serde_json::from_value(value).unwrap(), &[], now())
    }

    fn now() -> Timestamp {
        "2027-01-01T00:00:00Z".parse().unwrap()
    }

    fn term(months: i64) -> Value {
        json!({"name": "t", "duration": {"amount": months, "units": "calendarMonths"}, "endOfTermAction": "autoRenew"})
    }

    fn quote(change: impl FnOnce(&mut Value)) -> Quote {
        let mut value = json!({
            "id": "q", "quoteDate": "2027-01-01T00:00:00Z", "state": "approved.orderable", "quoteLevel": "firm",
            "validFor": {"endDateTime": "2027-02-01T00:00:00Z"},
            "quoteItem": [{"id": "1", "action": "add", "state": "approved.orderable",
                "requestedQuoteItemTerm": term(1), "quoteItemTerm": [term(1)],
                "quoteItemPrice": [
                    {"name": "port", "priceType": "recurring", "recurringChargePeriod": "month",
                     "price": {"dutyFreeAmount": {"unit": "USD", "value": 1999.99}, "taxRate": 6}},
                    {"priceType": "nonRecurring", "price": {"dutyFreeAmount": {"value": 250}}}]}],
        });
        change(&mut value);
        match read(value) {
            Ok(Progress::Ready(quote)) => quote,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_firm_quote_says_what_it_costs() {
        let quote = quote(|_| {});
        assert_eq!((quote.level, quote.alternate, quote.accepted), (QuoteLevel::Firm, false, false));
        assert_eq!(quote.other_term, None);
        assert_eq!(quote.prices[0].kind, PriceKind::Recurring(Period::Month));
        assert_eq!(quote.prices[0].amount, "1999.99".parse().ok());
        assert_eq!((quote.prices[1].name.as_str(), quote.prices[1].currency), ("price 2", None));
    }

    #[test]
    fn firmness_is_read_at_its_worst() {
        for (level, checks, state, expected) in [
            (json!("firm"), json!(false), "approved.orderable", QuoteLevel::Firm),
            (json!("firm"), json!(true), "approved.orderable", QuoteLevel::FirmSubjectToFeasibility),
            (
                json!("firmSubjectToFeasibilityCheck"),
                json!(false),
                "approved.orderable",
                QuoteLevel::FirmSubjectToFeasibility,
            ),
            (json!(null), json!(null), "approved.orderable", QuoteLevel::Firm),
            (json!(null), json!(true), "accepted", QuoteLevel::FirmSubjectToFeasibility),
            (json!(null), json!(null), "answered", QuoteLevel::Budgetary),
            (json!("budgetary"), json!(null), "answered", QuoteLevel::Budgetary),
            (json!("firmish"), json!(null), "approved.orderable", QuoteLevel::Budgetary),
        ] {
            let quote = quote(|value| {
                value["state"] = json!(state);
                value["quoteLevel"] = level.clone();
                value["quoteItem"][0]["subjectToFeasibilityCheck"] = checks.clone();
            });
            assert_eq!(quote.level, expected, "{level} {checks} {state}");
        }
    }

    #[test]
    fn another_term_is_another_offer() {
        let other = quote(|value| value["quoteItem"][0]["quoteItemTerm"] = json!([term(12)]));
        assert!(other.alternate);
        assert_eq!(other.other_term.map(|term| (term.value, term.unit)), Some((12, TermUnit::Month)));
        let alternate = quote(|value| value["state"] = json!("approved.orderableAlternate"));
        assert!(alternate.alternate && alternate.other_term.is_none() && alternate.other_interval.is_none());
        let days = |value: &mut Value| {
            value["quoteItem"][0]["quoteItemInstallationInterval"] =
                json!({"amount": 3, "units": "calendarDays"});
        };
        let later = quote(|value| {
            value["state"] = json!("approved.orderableAlternate");
            days(value);
        });
        assert_eq!(later.other_interval.map(|time| time.as_secs()), Some(3 * 86_400));
        assert_eq!(quote(days).other_interval, None, "as asked");
    }

    #[test]
    fn a_quote_whose_time_is_over_is_not_valid_now() {
        for state in ["expired", "declined", "cancelled"] {
            assert_eq!(quote(|value| value["state"] = json!(state)).valid_until, Some(now()));
        }
        let past = quote(|value| {
            value["state"] = json!("expired");
            value["validFor"]["endDateTime"] = json!("2026-12-01T00:00:00Z");
        });
        assert_eq!(past.valid_until, "2026-12-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn an_accepted_quote_is_known_as_such() {
        assert!(quote(|value| value["state"] = json!("accepted")).accepted);
    }

    #[test]
    fn what_is_not_finished_is_pending_whatever_it_is_called() {
        for state in [json!("acknowledged"), json!("inProgress.draft"), json!("pondering"), json!(null)] {
            let answer = read(json!({"id": "q", "state": state, "quoteItem": [{"id": "1"}]}));
            assert!(matches!(answer, Ok(Progress::Pending { handle, .. }) if handle == "q"), "{state}");
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let refuse = |state: &str| {
            read(json!({"id": "q", "state": state, "note": [{"source": "seller", "text": "no fibre"}],
            "quoteItem": [{"id": "1", "terminationError": [{"code": "otherIssue", "value": "sold out"}]}]}))
            .unwrap_err()
        };
        let (rejected, unable) = (refuse("rejected"), refuse("unableToProvide"));
        assert_eq!((&rejected.class, &unable.class), (&FailureClass::Invalid, &FailureClass::Unsupported));
        assert!(rejected.message.ends_with("otherIssue: sold out; no fibre"), "{rejected}");
    }

    #[test]
    fn a_price_that_is_no_object_is_not_overlooked() {
        let broken = json!({"id": "q", "state": "approved.orderable", "quoteItem": [{"id": "1", "quoteItemPrice": ["100 USD"]}]});
        assert!(serde_json::from_value::<wire::Quote>(broken).is_err());
    }
}
