//! Services that somebody else ordered: finding one, seeing whose it is here, and writing down that it is taken over.

use kube::ResourceExt;

use super::{Outcome, observe, write_orders};
use crate::api::{ConnectivitySegment, DecisionRef, Desired, OrderRecord};
use crate::model::{Failure, FailureClass, Mark, OrderId, OrderView, ServiceId, ServiceView};
use crate::provider::{Handle, Observation, Provider, Result as Answer};
use crate::segment::facts::{Facts, Seen, Sight};
use crate::segment::{Context, Error, purchase, record};

/// Whether the segment took over what the order brought.
pub fn took_over(segment: &ConnectivitySegment, order: &OrderView) -> bool {
    let taken = purchase::bought(orders(segment)).filter(|record| purchase::adopted_by(record).is_some());
    taken.is_some_and(|record| {
        record.order_id.as_ref() == Some(&order.id.0)
            || order.services.iter().any(|(_, id)| record.product_id.as_ref() == Some(&id.0))
    })
}

fn orders(segment: &ConnectivitySegment) -> &[OrderRecord] {
    segment.status.as_ref().map_or(&[][..], |status| status.orders.as_slice())
}

/// Who else here has this service, or ordered what brought it: whatever the name of the account, it is the same seller.
pub fn owner(facts: &Facts, service: &ServiceId, context: &Context) -> Option<String> {
    let own = &facts.segment;
    let identity = |segment: &ConnectivitySegment| {
        let provider = &segment.spec.provider;
        (provider.address.clone(), provider.buyer_id.clone(), provider.seller_id.clone())
    };
    let account = identity(own);
    let has = |other: &ConnectivitySegment| {
        let bought = purchase::bought(orders(other)).or_else(|| purchase::open(orders(other)));
        let products = other.status.iter().flat_map(|status| &status.products);
        let lost = other.spec.desired != Desired::Offer
            && other.spec.existing.as_ref().and_then(|existing| existing.product_id.as_ref())
                == Some(&service.0);
        let shown = products.into_iter().any(|product| product.id == service.0);
        let taken = bought.and_then(purchase::adopted_by) == Some(service.0.as_str());
        lost || taken || (bought.is_some() && shown)
    };
    let mut all = context.segments.list();
    all.retain(|other| other.metadata.uid != own.metadata.uid && identity(other) == account && has(other));
    all.sort_by_key(|other| (other.metadata.creation_timestamp.clone(), other.metadata.name.clone()));
    all.first().map(|other| whose(other))
}

fn whose(segment: &ConnectivitySegment) -> String {
    format!("intent {} (segment {})", segment.spec.intent_ref.key(), segment.name_any())
}

/// Writes down that a service is taken over. One at a time, and who comes first has it: two segments never own one service.
pub async fn adopt(
    facts: &mut Facts,
    record: OrderRecord,
    port: &dyn Provider,
    context: &Context,
) -> Result<Outcome, Error> {
    let claimed = |owner| Ok(Outcome::Seen(Box::new(Seen::Claimed(owner))));
    let service = ServiceId(record.product_id.clone().unwrap_or_default());
    // An order under way, whose answer was lost, may have brought it: its mark says whose it is.
    if let Some(id) = record.order_id.clone().map(OrderId) {
        match observe(port, Handle::Order(id)).await {
            Ok(Seen::Order(_, Sight::There(view))) => {
                let reference = view.mark.as_ref().map(Mark::reference);
                let other = reference.filter(|reference| *reference != facts.segment.spec.client_reference);
                // What a retained service was bought under is in the records as well, and told from there.
                if let Some(other) = other.and_then(|reference| context.segments.get(reference)) {
                    return claimed(whose(&other));
                }
            }
            Ok(_) => {}
            Err(failure) => return Ok(Outcome::Seen(Box::new(Seen::Failed(failure)))),
        }
    }
    let _alone = context.claims.lock().await;
    if let Some(owner) = owner(facts, &service, context) {
        return claimed(owner);
    }
    let decision = record.decision.clone();
    let note = format!("service {service} of {}", facts.segment.spec.provider.name);
    write_orders(facts, &[record], context).await?;
    record::adopted(facts);
    let note = match decision {
        Some(DecisionRef { namespace, name, .. }) => format!("{note} rests on decision {namespace}/{name}"),
        None => format!("{note}, whose record was lost"),
    };
    context.writer.event(facts.segment.as_ref(), false, "ServiceAdopted", "Adopt", &note).await;
    Ok(Outcome::Done)
}

/// Most pages of an inventory that are read.
const MOST_PAGES: usize = 100;

/// Most products that are read one by one.
const MOST_READS: usize = 200;

/// How many of them one call may take: it has a deadline.
const AT_A_TIME: usize = 8;

/// The services between the ends of the segment: the whole list, then each that may be one by its id.
pub async fn find(facts: &Facts, port: &dyn Provider) -> Answer<Vec<ServiceView>> {
    let advice = "name the productId in spec.existing of the intent";
    let too_many = |what: &str| Failure::new(FailureClass::Unsupported, format!("{what}; {advice}"));
    let (mut handles, mut cursor) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = port.list(cursor).await?;
        let may_be = page.items.iter().filter(|view| purchase::may_be_it(facts, view));
        handles.extend(may_be.map(|view| Handle::Service(view.id.clone())));
        if handles.len() > MOST_READS {
            return Err(too_many("the inventory does not say where its products end"));
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if cursor.is_some() {
        return Err(too_many("the inventory is too long to be searched"));
    }
    let mut seen = Vec::new();
    for some in handles.chunks(AT_A_TIME) {
        seen.extend(port.observe(some).await?);
    }
    Ok(seen
        .into_iter()
        .filter_map(|seen| match seen {
            Observation::Service(view) => Some(view),
            Observation::Missing
            | Observation::Qualification(_)
            | Observation::Quote(_)
            | Observation::Order(_) => None,
        })
        .filter(|view| view.ends.is_some() && purchase::may_be_it(facts, view))
        .collect())
}
