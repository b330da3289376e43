//! Answers to what is asked before anything is bought: what a seller can deliver, and for how much.

use super::products::shown;
use crate::api::{
    ConfidenceKind, CurrencyText, OfferLevel, PortItem, PortOffer, ProductRole, QualificationStatus,
    QuoteStatus, SegmentOffer, whole,
};
use crate::model::{
    Alternate, Amount, Confidence, Currency, ItemRefs, Qualification, Quote, QuoteLevel, ready_after,
};
use crate::provider::Progress;
use crate::segment::facts::Facts;

/// An answer that had run out when it came, though it was given just now: to ask again at once would be to ask for ever.
const RUN_OUT: &str =
    "the seller's answer had already run out when it came; compare the seller's clock with ours";

pub fn qualification(facts: &mut Facts, progress: Progress<Qualification>) {
    let revision = facts.segment.spec.revision;
    let awaited = facts
        .draft
        .qualification
        .take()
        .is_some_and(|asked| asked.revision == revision && asked.item.is_none());
    facts.draft.quote = None;
    if let Progress::Ready(answer) = &progress
        && answer.valid_until.is_some_and(|until| until <= facts.now)
    {
        facts.draft.quote = (!awaited).then(|| refused(revision, RUN_OUT));
        return;
    }
    facts.draft.offer =
        facts.draft.offer.take().filter(|offer| offer.revision != revision || still_valid(facts, offer));
    facts.draft.qualification = Some(match progress {
        Progress::Ready(answer) => QualificationStatus {
            revision,
            id: answer.id,
            item: Some(answer.item),
            ports: answer
                .ports
                .into_iter()
                .map(|(role, item)| PortItem { role: shown(role), item })
                .collect(),
            confidence: Some(match answer.confidence {
                Confidence::Green => ConfidenceKind::Green,
                Confidence::Yellow => ConfidenceKind::Yellow,
                Confidence::Red => ConfidenceKind::Red,
            }),
            reason: reason(answer.reason, &answer.alternates),
            valid_until: answer.valid_until.map(whole),
            installation_seconds: answer
                .installation_interval
                .and_then(|interval| i64::try_from(interval.as_secs()).ok()),
            expected: None,
        },
        Progress::Pending { handle, expected } => {
            facts.asked = true;
            QualificationStatus {
                revision,
                id: handle,
                item: None,
                ports: Vec::new(),
                confidence: None,
                reason: None,
                valid_until: None,
                installation_seconds: None,
                expected: expected.map(whole),
            }
        }
    });
}

/// The seller's words, and what it proposes instead. That is another plan: nobody takes it but a person who asks for it.
fn reason(words: Option<String>, alternates: &[Alternate]) -> Option<String> {
    let proposed: Vec<String> = alternates.iter().map(Alternate::to_string).collect();
    let proposed = (!proposed.is_empty()).then(|| {
        format!("the seller proposes {} instead; change the intent to take it", proposed.join(", or "))
    });
    let all: Vec<String> = words.into_iter().chain(proposed).collect();
    (!all.is_empty()).then(|| all.join("; ").chars().take(1_000).collect())
}

pub fn refused(revision: i64, why: &str) -> QuoteStatus {
    QuoteStatus { revision, id: None, expected: None, refusal: Some(why.chars().take(1_000).collect()) }
}

fn still_valid(facts: &Facts, offer: &SegmentOffer) -> bool {
    offer.valid_until.as_ref().is_none_or(|until| until.0 > facts.now)
}

pub fn quote(facts: &mut Facts, progress: Progress<Quote>) {
    let revision = facts.segment.spec.revision;
    let awaited =
        facts.draft.quote.take().is_some_and(|asked| asked.revision == revision && asked.id.is_some());
    match progress {
        Progress::Pending { handle, expected } => {
            facts.asked = true;
            let status =
                QuoteStatus { revision, id: Some(handle), expected: expected.map(whole), refusal: None };
            facts.draft.quote = Some(status);
        }
        Progress::Ready(answer) if answer.valid_until.is_some_and(|until| until <= facts.now) => {
            facts.draft.quote = (!awaited).then(|| refused(revision, RUN_OUT));
        }
        Progress::Ready(answer) => match offer(facts, answer) {
            Ok(offer) => facts.draft.offer = Some(offer),
            Err(why) => facts.draft.quote = Some(refused(revision, &why)),
        },
    }
}

/// Only quotes for exactly what was asked, that can be ordered and with prices that are known, are offers. Whether one that is not firm
/// may be bought, its intent decides.
fn offer(facts: &Facts, quote: Quote) -> Result<SegmentOffer, String> {
    let level = match quote.level {
        QuoteLevel::Firm => OfferLevel::Firm,
        QuoteLevel::FirmSubjectToFeasibility => OfferLevel::FirmSubjectToFeasibilityCheck,
        QuoteLevel::Budgetary => return Err("the quote is only a guess and cannot be ordered".into()),
    };
    if quote.alternate {
        return Err(otherwise(&quote));
    }
    let account = facts.account.as_ref().ok_or("the account's currency is unknown")?;
    let (mut monthly, one_time) = quote.totals(account.currency)?;
    let asked = facts.draft.qualification.as_ref();
    let ports = if facts.draft.in_force.is_some() {
        // A change is a change of the connection; what its ports cost goes on.
        monthly = monthly + ports_in_force(facts)?;
        Vec::new()
    } else {
        ports(facts, &quote, asked, account.currency)?
    };
    Ok(SegmentOffer {
        revision: facts.segment.spec.revision,
        quote_id: quote.id,
        quote_item: quote.item,
        qualification_id: asked.map(|asked| asked.id.clone()),
        qualification_item: asked.and_then(|asked| asked.item.clone()),
        ports,
        level,
        currency: CurrencyText(account.currency.to_string()),
        monthly: monthly.to_string(),
        one_time: one_time.to_string(),
        valid_until: quote.valid_until.map(whole),
    })
}

/// What the seller offers instead of what was asked.
fn otherwise(quote: &Quote) -> String {
    let what = match (&quote.other_term, quote.other_interval) {
        (Some(term), _) => format!("a term of {term}"),
        (None, Some(interval)) => format!("it {}", ready_after(interval)),
        (None, None) => "another term or date".to_owned(),
    };
    format!("the seller offers {what} instead of what was asked; change the intent to take it")
}

/// The ports that are to be ordered with the connection: each must have been quoted.
fn ports(
    facts: &Facts,
    quote: &Quote,
    asked: Option<&QualificationStatus>,
    currency: Currency,
) -> Result<Vec<PortOffer>, String> {
    let wanted = facts.segment.spec.roles().filter(|role| *role != ProductRole::Evc);
    let offered = wanted.map(|role| {
        let found = quote.ports.iter().find(|port| shown(port.role) == role);
        let found = found.ok_or("the quote leaves out a port that must be ordered with the service")?;
        let (monthly, _) = found.totals(currency)?;
        let qualified = asked.and_then(|asked| asked.ports.iter().find(|port| port.role == role));
        Ok(PortOffer {
            role,
            quote_item: found.item.clone(),
            qualification_item: qualified.map(|port| port.item.clone()),
            monthly: monthly.to_string(),
        })
    });
    offered.collect()
}

/// What the ports of a service cost per month that runs.
fn ports_in_force(facts: &Facts) -> Result<Amount, String> {
    let ports = facts.draft.products.iter().filter(|product| product.role != ProductRole::Evc);
    ports.map(|port| port.monthly.as_ref().and_then(|text| text.parse::<Amount>().ok())).try_fold(
        Amount::ZERO,
        |sum, port| {
            let port = port.ok_or(
                "what the ports of the service cost is not known any more, and so is not what it would cost \
                 with this change; set the intent back, or create another one and delete this one",
            )?;
            Ok(sum + port)
        },
    )
}

/// A qualification, as what follows refers to it.
#[must_use]
pub fn qualified(asked: &QualificationStatus, connection: &str) -> ItemRefs {
    let ports = asked.ports.iter().map(|port| (super::asked(port.role), port.item.clone())).collect();
    ItemRefs::new(asked.id.clone(), connection.to_owned(), ports)
}
