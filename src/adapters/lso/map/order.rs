//! Orders, cancellations and charges (MEF 123).

use super::super::profile::{ContactRole, Profile};
use super::super::wire::{Ref, order as wire};
use super::product::Item;
use super::quote::qualification_item;
use super::{
    item_id, net, price_kind, printable, product, role_of, seller_notes, sentence, termination, timestamp,
};
use crate::model::{
    CancellationView, ChargeId, ChargeItem, ChargeState, ChargeView, Design, ItemAnswer, Mark, OfferRef,
    Order, OrderId, OrderState, OrderView, Price, Project, Role, ServiceId, Task,
};

/// The order of a design whose products are known.
pub fn of_design(
    profile: &Profile,
    order: &Order,
    action: &str,
    items: Vec<Item>,
    design: &Design,
    offer: &OfferRef,
) -> wire::Create {
    let quote_item = |role: Role| {
        let quote = offer.quote.as_ref()?;
        Some(wire::QuoteItemRef { quote_id: quote.id.clone(), id: quote.items.get(&role)?.clone() })
    };
    let items = items.into_iter().map(|item| wire::CreateItem {
        id: item_id(item.role).into(),
        action: action.into(),
        product: item.product,
        product_order_item_relationship: item.related,
        requested_completion_date: Some(design.requested_completion.to_string()),
        related_contact_information: item_contacts(profile),
        requested_item_term: Some(item.term),
        billing_account: profile.billing_account.clone().map(|id| Ref { id }),
        agreement_name: profile.agreement.clone(),
        quote_item: quote_item(item.role),
        product_offering_qualification_item: qualification_item(offer, item.role),
        related_buyer_pon: design.purchase_order.clone(),
        end_customer_name: design.end_customer.clone(),
    });
    header(profile, order, items.collect())
}

/// The order that ends services: one item each. What an item carries besides the product is agreed with the seller, for
/// two requirements of MEF 123 contradict each other (R14, R44).
pub fn of_disconnect(
    profile: &Profile,
    order: &Order,
    services: &[ServiceId],
    requested_completion: jiff::Timestamp,
) -> wire::Create {
    let shape = profile.delete_shape;
    let items = services.iter().enumerate().map(|(index, service)| wire::CreateItem {
        id: (index + 1).to_string(),
        action: "delete".into(),
        product: product::deleted(&service.0),
        product_order_item_relationship: Vec::new(),
        requested_completion_date: shape.requested_completion_date.then(|| requested_completion.to_string()),
        related_contact_information: if shape.contacts { item_contacts(profile) } else { Vec::new() },
        requested_item_term: None,
        billing_account: None,
        agreement_name: None,
        quote_item: None,
        product_offering_qualification_item: None,
        related_buyer_pon: None,
        end_customer_name: None,
    });
    header(profile, order, items.collect())
}

fn header(profile: &Profile, order: &Order, items: Vec<wire::CreateItem>) -> wire::Create {
    wire::Create {
        external_id: order.mark.to_string(),
        project_id: order.project.0.clone(),
        related_contact_information: profile.contact(ContactRole::ProductOrder).into_iter().collect(),
        product_order_item: items,
    }
}

fn item_contacts(profile: &Profile) -> Vec<super::super::wire::Contact> {
    let roles = [ContactRole::ProductOrderItem, ContactRole::Implementation, ContactRole::Technical];
    roles.into_iter().filter_map(|role| profile.contact(role)).collect()
}

/// The request to cancel an order.
pub fn cancel(profile: &Profile, order: &OrderId) -> wire::Cancel {
    wire::Cancel {
        product_order: wire::OrderRef { product_order_id: order.0.clone() },
        cancellation_reason_type: "commercial".into(),
        related_contact_information: profile.contact(ContactRole::Cancel).into_iter().collect(),
    }
}

/// The answer to all items of a charge.
pub fn charge_update(items: &[ItemAnswer]) -> wire::ChargeUpdate {
    let answer = |item: &ItemAnswer| wire::ChargeAnswer {
        id: item.item.clone(),
        acceptance_indicator: if item.accept { "accepted" } else { "rejected" }.into(),
    };
    wire::ChargeUpdate { charge_item: items.iter().map(answer).collect() }
}

/// What the seller says about an order.
pub fn view(order: &wire::Order) -> OrderView {
    let items = || order.product_order_item.iter();
    let mut milestones: Vec<_> = items().flat_map(|item| &item.milestone).collect();
    milestones.sort_by_key(|milestone| timestamp(milestone.date.as_deref()));
    OrderView {
        id: OrderId(order.id.clone()),
        mark: order.external_id.as_deref().and_then(Mark::parse),
        project: order.project_id.clone().map(Project),
        task: task(&order.product_order_item),
        state: state(order),
        raw_state: order.state.clone(),
        services: items()
            .filter_map(|item| {
                let id = item.product.as_ref()?.id.clone()?;
                Some((role_of(item.id.as_deref()), ServiceId(id)))
            })
            .collect(),
        failed: items()
            .filter(|item| matches!(item.state.as_deref(), Some("failed" | "cancelled")))
            .map(|item| role_of(item.id.as_deref()))
            .collect(),
        quote: items().find_map(|item| item.quote_item.as_ref()).map(|quote| quote.quote_id.clone()),
        expected_completion: items()
            .filter_map(|item| timestamp(item.expected_completion_date.as_deref()))
            .max(),
        placed: timestamp(order.order_date.as_deref()),
        reason: reason(order),
        milestones: milestones.into_iter().map(|milestone| milestone.name.clone()).collect(),
    }
}

fn task(items: &[wire::Item]) -> Task {
    let Some(first) = items.first() else { return Task::Other(String::new()) };
    if items.iter().any(|item| item.action != first.action) {
        let actions: Vec<_> = items.iter().map(|item| item.action.as_str()).collect();
        return Task::Other(actions.join(","));
    }
    match first.action.as_str() {
        "add" => Task::Add,
        "modify" => Task::Modify,
        "delete" => Task::Disconnect,
        other => Task::Other(other.to_owned()),
    }
}

/// The state of an order. One that ended in nothing, by its own word, and has an item that was completed, ended in part.
fn state(order: &wire::Order) -> OrderState {
    let delivered = order.product_order_item.iter().any(|item| item.state.as_deref() == Some("completed"));
    match order_state(&order.state) {
        dead if dead.is_dead() && delivered => OrderState::Partial,
        state => state,
    }
}

fn order_state(word: &str) -> OrderState {
    match word {
        "acknowledged" | "inProgress" | "pending.assessingModification" => OrderState::InProgress,
        "held.assessingCharge" => OrderState::AssessingCharge,
        "assessingCancellation" | "pendingCancellation" => OrderState::Cancelling,
        "completed" => OrderState::Completed,
        "partial" => OrderState::Partial,
        "failed" => OrderState::Failed,
        "cancelled" => OrderState::Cancelled,
        "rejected" => OrderState::Rejected,
        other => OrderState::Unknown(other.to_owned()),
    }
}

/// The seller's words: why it ended, why it is in its state, and what its notes say.
fn reason(order: &wire::Order) -> Option<String> {
    let items = || order.product_order_item.iter();
    let of_state = order
        .state_change
        .iter()
        .filter(|change| change.state.as_deref() == Some(order.state.as_str()))
        .filter_map(|change| change.change_reason.clone())
        .next_back();
    let said = items()
        .flat_map(|item| termination(&item.termination_error))
        .chain(order.cancellation_reason.clone())
        .chain(of_state)
        .chain(seller_notes(&order.note))
        .chain(items().flat_map(|item| seller_notes(&item.note)));
    sentence(said)
}

/// What the seller says about a cancellation.
pub fn cancellation(cancel: &wire::Cancellation) -> CancellationView {
    CancellationView {
        id: cancel.id.clone(),
        done: match cancel.state.as_str() {
            "done" => Some(true),
            "done.declined" | "rejected" => Some(false),
            _ => None,
        },
        charge: cancel.charge.clone().map(|charge| ChargeId(charge.id)),
        reason: cancel.cancellation_denied_reason.clone().and_then(|reason| sentence([reason])),
    }
}

/// The cancellation that counts, of all attempts at one order: one that was carried out, else one under way, else the
/// last that was refused.
pub fn decisive(attempts: Vec<CancellationView>) -> Option<CancellationView> {
    let rank = |attempt: &CancellationView| match attempt.done {
        Some(true) => 2,
        None => 1,
        Some(false) => 0,
    };
    attempts.into_iter().max_by_key(rank)
}

/// Whether a charge belongs to the order, or `None` where it does not say.
pub fn charge_is_of(charge: &wire::Charge, order: &OrderId) -> Option<bool> {
    let refs = [&charge.product_order, &charge.product_order_item];
    let mut named = refs.into_iter().flatten().peekable();
    named.peek()?;
    Some(named.any(|named| named.product_order_id == order.0))
}

/// What the seller says about a charge. A state that nobody knows counts as open, and an item that does not say whether
/// it blocks counts as blocking.
pub fn charge(charge: &wire::Charge) -> ChargeView {
    ChargeView {
        id: ChargeId(charge.id.clone()),
        respond_by: timestamp(charge.response_due_date.as_deref()),
        state: match charge.state.as_str() {
            "completed" => ChargeState::Answered,
            "timeout" => ChargeState::TimedOut,
            "withdrawnBySeller" => ChargeState::Withdrawn,
            _ => ChargeState::Open,
        },
        of_cancellation: charge.cancel_product_order.is_some(),
        items: charge.charge_item.iter().map(charge_item).collect(),
    }
}

/// The state of an item outweighs the answer that it echoes.
fn charge_item(item: &wire::ChargeItem) -> ChargeItem {
    let (amount, currency) = net(item.price.as_ref());
    ChargeItem {
        id: item.id.clone(),
        price: Price {
            name: printable(item.price_category.as_deref().unwrap_or("other"), 64),
            kind: price_kind(item.price_type.as_deref(), item.recurring_charge_period.as_deref()),
            amount,
            currency,
        },
        blocking: item.blocking.unwrap_or(true),
        accepted: match (item.state.as_deref(), item.acceptance_indicator.as_deref()) {
            (Some("acceptedByBuyer"), _) => Some(true),
            (Some("declinedByBuyer" | "withdrawnBySeller"), _) => Some(false),
            (Some("awaitingResponse"), _) => None,
            (Some(_) | None, Some("accepted")) => Some(true),
            (Some(_) | None, Some("rejected")) => Some(false),
            (Some(_) | None, Some(_) | None) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PriceKind;
    use serde_json::{Value, json};

    fn read(value: Value) -> OrderView {
        view(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn states_are_mapped_and_unknown_ones_survive() {
        for (word, state) in [
            ("acknowledged", OrderState::InProgress),
            ("inProgress", OrderState::InProgress),
            ("pending.assessingModification", OrderState::InProgress),
            ("held.assessingCharge", OrderState::AssessingCharge),
            ("assessingCancellation", OrderState::Cancelling),
            ("pendingCancellation", OrderState::Cancelling),
            ("completed", OrderState::Completed),
            ("partial", OrderState::Partial),
            ("failed", OrderState::Failed),
            ("cancelled", OrderState::Cancelled),
            ("rejected", OrderState::Rejected),
            ("held.byTheDog", OrderState::Unknown("held.byTheDog".into())),
        ] {
            let order = read(json!({"id": "o", "state": word}));
            assert_eq!((order.state, order.raw_state.as_str()), (state, word));
        }
    }

    #[test]
    fn an_order_tells_all_it_knows() {
        let order = read(json!({
            "id": "o", "state": "rejected", "externalId": "ref/3", "projectId": "p/n/i", "orderDate": "2027-01-01T00:00:00Z",
            "cancellationReason": "no", "stateChange": [{"state": "rejected", "changeReason": "checked", "changeDate": 7}],
            "note": [{"source": "buyer", "text": "please"}, {"source": "seller", "text": "sorry"}, 7],
            "productOrderItem": [
                {"id": "1", "action": "add", "product": {"id": "svc-1"}, "quoteItem": {"quoteId": "q", "id": "1"},
                 "expectedCompletionDate": "2027-02-01T00:00:00Z",
                 "milestone": [{"name": "LAST", "date": "2027-01-03T00:00:00Z"}, {"name": "FIRST", "date": "2027-01-02T00:00:00Z"}],
                 "terminationError": [{"code": "invalidValue", "propertyPath": "/x"}]},
                {"id": "2", "action": "add", "product": {}, "expectedCompletionDate": "2027-03-01T00:00:00Z"}]}));
        assert_eq!((order.mark, order.project), (Some(Mark::new("ref", 3)), Some(Project("p/n/i".into()))));
        assert_eq!((order.task, order.services), (Task::Add, vec![(Role::Evc, ServiceId("svc-1".into()))]));
        assert_eq!(order.quote.as_deref(), Some("q"));
        assert_eq!(order.expected_completion, "2027-03-01T00:00:00Z".parse().ok());
        assert_eq!(order.milestones, ["FIRST", "LAST"]);
        assert_eq!(order.reason.as_deref(), Some("invalidValue at /x; no; checked; sorry"));
    }

    #[test]
    fn an_item_tells_by_its_id_which_product_it_is() {
        let item = |id: &str, state: &str, product: &str| json!({"id": id, "action": "add", "state": state, "product": {"id": product}});
        let items =
            json!([item("3", "failed", "z"), item("1", "failed", "evc"), item("2", "completed", "a")]);
        for word in ["partial", "cancelled", "failed"] {
            let order = read(json!({"id": "o", "state": word, "productOrderItem": items}));
            // Whatever its header says: something is there and costs money.
            assert_eq!(order.state, OrderState::Partial, "{word}");
            let named = [(Role::UniZ, "z"), (Role::Evc, "evc"), (Role::UniA, "a")];
            assert_eq!(order.services, named.map(|(role, id)| (role, ServiceId(id.into()))));
            assert_eq!(order.failed, [Role::UniZ, Role::Evc]);
        }
    }

    #[test]
    fn an_order_that_is_not_ours_has_no_mark() {
        let order =
            read(json!({"id": "o", "state": "inProgress", "externalId": "PO 4711", "projectId": null}));
        assert_eq!((order.mark, order.project), (None, None));
        let mixed = json!([{"action": "add"}, {"action": "delete"}]);
        let order = read(json!({"id": "o", "state": "inProgress", "productOrderItem": mixed}));
        assert_eq!(order.task, Task::Other("add,delete".into()));
        assert_eq!(
            read(json!({"id": "o", "productOrderItem": [{"action": "swap"}]})).task,
            Task::Other("swap".into())
        );
    }

    #[test]
    fn of_several_cancellations_the_decisive_one_counts() {
        let attempt = |id: &str, state: &str| {
            let cancel = json!({"id": id, "state": state, "cancellationDeniedReason": "too late", "charge": {"id": "c"}});
            cancellation(&serde_json::from_value(cancel).unwrap())
        };
        let done =
            |attempts: Vec<CancellationView>| decisive(attempts).map(|cancel| (cancel.id, cancel.done));
        let (denied, again) = (attempt("1", "done.declined"), attempt("2", "rejected"));
        let (under_way, carried_out) = (attempt("3", "inProgress.assessingCharge"), attempt("4", "done"));
        assert_eq!(done(vec![]), None);
        assert_eq!(done(vec![denied.clone(), again]), Some(("2".into(), Some(false))));
        assert_eq!(done(vec![under_way.clone(), denied.clone()]), Some(("3".into(), None)));
        assert_eq!(done(vec![carried_out, under_way, denied]), Some(("4".into(), Some(true))));
        assert_eq!(attempt("5", "napping").done, None);
    }

    #[test]
    fn a_charge_counts_at_its_worst() {
        let read = |value: Value| charge(&serde_json::from_value(value).unwrap());
        let view = read(json!({"id": "c", "state": "considering", "responseDueDate": "2027-01-01T00:00:00Z",
            "chargeItem": [
                {"id": "1", "priceType": "nonRecurring", "priceCategory": "construction", "blocking": false,
                 "price": {"dutyFreeAmount": {"unit": "USD", "value": 99.5}}},
                {"id": "2", "priceType": "recurring", "price": {"dutyFreeAmount": {"value": 1}}}]}));
        assert!(view.state == ChargeState::Open && view.respond_by.is_some() && !view.of_cancellation);
        let [first, second] = view.items.as_slice() else { panic!("{view:?}") };
        assert_eq!((first.price.kind, first.blocking), (PriceKind::OneTime, false));
        assert_eq!((second.price.kind, second.blocking), (PriceKind::Usage, true));
        assert!(view.totals().is_err(), "nobody knows what the second item costs");
        let fee = read(
            json!({"id": "c", "state": "awaitingResponse", "cancelProductOrder": {"id": "x"}, "chargeItem": [
            {"id": "1", "priceType": "nonRecurring", "price": {"dutyFreeAmount": {"unit": "USD", "value": 99.5}}},
            {"id": "2", "priceType": "recurring", "recurringChargePeriod": "year",
             "price": {"dutyFreeAmount": {"unit": "USD", "value": 12}}}]}),
        );
        let usd = "USD".parse().unwrap();
        assert_eq!(fee.totals(), Ok(("1".parse().unwrap(), "99.5".parse().unwrap(), usd)));
        assert!(fee.of_cancellation);
        assert!(read(json!({"id": "c", "state": "awaitingResponse"})).totals().is_err());
    }

    #[test]
    fn what_became_of_a_charge_is_what_its_items_say() {
        let of = |state: &str, items: Value| {
            let read = json!({"id": "c", "state": state, "chargeItem": items});
            charge(&serde_json::from_value(read).unwrap()).accepted()
        };
        let item = |state: &str| json!({"id": "1", "state": state});
        assert_eq!(of("awaitingResponse", json!([item("awaitingResponse")])), None);
        assert_eq!(of("completed", json!([item("declinedByBuyer"), item("acceptedByBuyer")])), Some(true));
        assert_eq!(of("completed", json!([item("declinedByBuyer")])), Some(false));
        assert_eq!(of("completed", json!([{"id": "1", "acceptanceIndicator": "accepted"}])), Some(true));
        assert_eq!(of("completed", json!([{"id": "1"}])), None, "it was answered, and nobody says how");
        assert_eq!(of("timeout", json!([{"id": "1"}])), Some(false));
        assert_eq!(of("withdrawnBySeller", json!([item("withdrawnBySeller")])), Some(false));
    }

    #[test]
    fn a_charge_belongs_to_the_order_it_names() {
        let of = |value: Value| charge_is_of(&serde_json::from_value(value).unwrap(), &OrderId("o".into()));
        assert_eq!(of(json!({"id": "c"})), None);
        assert_eq!(of(json!({"id": "c", "productOrder": {"productOrderId": "o"}})), Some(true));
        assert_eq!(
            of(json!({"id": "c", "productOrderItem": {"productOrderId": "x", "productOrderItemId": "1"}})),
            Some(false)
        );
    }
}
