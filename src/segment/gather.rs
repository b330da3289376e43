//! Reads everything that a decision about one segment rests on. Only watched state and this process's memory; no calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use kube::ResourceExt;

use super::facts::{Facts, Hold, Past, Unavailable};
use super::{Context, Memory, purchase};
use crate::admit;
use crate::api::{ConnectivityProvider, ConnectivitySegment, Desired, Party, by_segment};
use crate::ledger::Objection;
use crate::model::{Account, Catch, Decision};
use crate::provider::{Absence, Capabilities, Guard, Provider};

/// The facts, and the seller where it can be asked.
pub fn gather(
    segment: Arc<ConnectivitySegment>,
    memory: &Memory,
    context: &Context,
) -> (Facts, Option<Arc<Guard>>) {
    let now = context.clock.now();
    let instant = context.clock.instant();
    let (account, seller) = seller(&segment, context);
    let (seller, port) = match seller {
        Ok((capabilities, port)) => (Ok(capabilities), Some(port)),
        Err(why) => (Err(why), None),
    };
    let facts = Facts {
        draft: segment.status.clone().unwrap_or_default(),
        wish: admit::segment(&segment.spec, now),
        decisions: decisions(&segment, context, now),
        hold: hold(account.as_ref(), context),
        catch: catch(&segment, context),
        no_room: no_room(&segment, context),
        account,
        seller,
        past: past(memory, &segment, instant),
        asked: false,
        refused: false,
        seen: BTreeMap::new(),
        cancellation: None,
        quote_ordered: None,
        charges: None,
        charge: None,
        others: BTreeMap::new(),
        services: BTreeMap::new(),
        carried: BTreeMap::new(),
        search: None,
        found: None,
        owner: None,
        failure: None,
        windows: context.windows,
        now,
        segment,
    };
    (facts, port)
}

/// Newest first: who thinks better of a decision makes another one.
fn decisions(segment: &ConnectivitySegment, context: &Context, now: Timestamp) -> Vec<Decision> {
    let intent = &segment.spec.intent_ref;
    let found = context.intents.get(&intent.key());
    let asked = admit::Asked::about(intent, found.as_deref(), &context.operators, now);
    let mut found = context.decisions.indexed(&by_segment(&segment.name_any()));
    found.sort_by_key(|decision| {
        (decision.metadata.creation_timestamp.clone(), decision.metadata.uid.clone())
    });
    let about =
        |decision: &&Arc<crate::api::ConnectivityDecision>| decision.spec.segment == segment.metadata.name;
    found.iter().rev().filter(about).filter_map(|found| admit::decision(found, asked).ok()).collect()
}

fn hold(account: Option<&Account>, context: &Context) -> Option<Hold> {
    if (context.held)() {
        return Some(Hold::Global);
    }
    account.is_some_and(|account| account.held).then_some(Hold::Provider)
}

fn catch(segment: &ConnectivitySegment, context: &Context) -> Catch {
    let provider = context.providers.get(&segment.spec.provider.name);
    admit::catch(provider.as_ref().and_then(|provider| provider.status.as_ref()))
}

/// What stands against buying the offer that was chosen, by what is watched of budgets and accounts. Only where it is not ordered
/// yet: what is running was entered.
fn no_room(segment: &ConnectivitySegment, context: &Context) -> Option<Objection> {
    let (spec, status) = (&segment.spec, segment.status.as_ref()?);
    let chosen = spec.offer.as_ref().filter(|_| spec.desired == Desired::Present)?;
    let offer = status.offer.as_ref().filter(|offer| offer.quote_id == chosen.quote_id)?;
    let runs = status.in_force.as_ref().is_some_and(|runs| runs.revision >= spec.revision);
    if runs || purchase::open(&status.orders).is_some() {
        return None;
    }
    context.desk.objection(segment, offer)
}

/// What this process remembers, with points in time turned into ages.
pub fn past(memory: &Memory, segment: &ConnectivitySegment, instant: Instant) -> Past {
    let orders = segment.status.as_ref().map_or(&[][..], |status| status.orders.as_slice());
    let open = purchase::open(orders).map(|record| record.sequence);
    let age = |since: Instant| instant.saturating_duration_since(since);
    Past {
        looked: memory.looked,
        reserved: memory.reserved.map(|(sequence, at)| (sequence, age(at))),
        answered: memory.answered.clone(),
        open_for: match (memory.open, open) {
            (Some((known, since)), Some(open)) if known == open => age(since),
            (Some(_) | None, _) => std::time::Duration::ZERO,
        },
        asked_for: age(memory.asked),
        observed_for: age(memory.observed),
    }
}

/// The seller with what it can do, or why it cannot be asked.
type Reached = Result<(Capabilities, Arc<Guard>), Unavailable>;

fn seller(segment: &ConnectivitySegment, context: &Context) -> (Option<Account>, Reached) {
    let name = &segment.spec.provider.name;
    let unavailable = |reason, party, message: String| Unavailable { reason, party, message };
    let Some(provider) = context.providers.get(name) else {
        let message = format!("ConnectivityProvider {name} does not exist; create it again as it was");
        return (None, Err(unavailable("ProviderMissing", Party::Platform, message)));
    };
    let account = match admit::account(name, &provider.spec) {
        Ok(account) => account,
        Err(refusal) => {
            let message = format!("ConnectivityProvider {name}: {refusal}");
            return (None, Err(unavailable("ProviderMisconfigured", Party::Platform, message)));
        }
    };
    if !same_account(segment, &provider) {
        let message = format!(
            "ConnectivityProvider {name} is another account than the one this service was asked of; create it again as it was"
        );
        return (Some(account), Err(unavailable("ProviderIsAnother", Party::Platform, message)));
    }
    let uid = provider.metadata.uid.as_deref().unwrap_or_default();
    let port = context.directory.get(name, uid).map_err(|absence| match absence {
        Absence::NotVerified => unavailable(
            "ProviderNotVerified",
            Party::Operator,
            format!("ConnectivityProvider {name} to be verified"),
        ),
        Absence::Failed(failure) => {
            let (reason, party, advice) = super::decide::blame(&failure.class);
            unavailable(reason, party, format!("ConnectivityProvider {name}: {failure}; {advice}"))
        }
    });
    let port = port.map(|port| (capabilities(&provider, port.as_ref()), port));
    (Some(account), port)
}

/// What was declared of the account, less what a look showed to be otherwise.
fn capabilities(provider: &ConnectivityProvider, port: &dyn Provider) -> Capabilities {
    let declared = port.capabilities();
    let ignores_filters = provider.status.as_ref().and_then(|status| status.ignores_filters) == Some(true);
    Capabilities { search_reliable: declared.search_reliable && !ignores_filters, ..declared }
}

fn same_account(segment: &ConnectivitySegment, provider: &ConnectivityProvider) -> bool {
    let identity = &segment.spec.provider;
    provider.spec.lso.as_ref().is_some_and(|lso| {
        lso.address == identity.address
            && lso.buyer_id == identity.buyer_id
            && lso.seller_id == identity.seller_id
    })
}
