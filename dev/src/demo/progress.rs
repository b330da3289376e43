//! What changed between two looks at the objects: a pure function.

use kube::ResourceExt;

use super::objects::{Intent, Offer, Seen, Segment, Status, Told};

/// Something worth a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object.
    pub subject: String,
    /// One word for where it stands.
    pub state: String,
    /// How that is to be taken.
    pub tone: Tone,
    /// Why, and who must act.
    pub words: String,
}

/// How something is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is as asked.
    Good,
    /// Somebody works on it.
    Waiting,
    /// Nothing goes on before somebody changes something.
    Bad,
    /// For information.
    Plain,
}

/// A line for every intent, offer and segment left behind that says something new.
pub fn changes(before: &Seen, now: &Seen) -> Vec<Change> {
    let mut changes = Vec::new();
    for intent in &now.intents {
        let old = before.intents.iter().find(|old| old.key() == intent.key());
        changes.extend(of_intent(old, intent));
    }
    for old in &before.intents {
        if now.intents.iter().all(|intent| intent.key() != old.key()) {
            changes.push(plain(old.key(), "gone", "the intent; what it bought follows".to_owned()));
        }
    }
    for segment in now.segments.iter().filter(|segment| is_left_behind(segment, now)) {
        let old = before.segments.iter().find(|old| old.name_any() == segment.name_any());
        let told =
            old.filter(|old| is_left_behind(old, before)).and_then(|old| standing(old.status.as_ref()));
        let stands = standing(segment.status.as_ref());
        if told != stands {
            changes.extend(stands.map(|stands| stands.about(subject(segment))));
        }
    }
    for old in before.segments.iter().filter(|old| is_left_behind(old, now)) {
        if now.segments.iter().all(|segment| segment.name_any() != old.name_any()) {
            changes.push(plain(
                subject(old),
                "gone",
                "the seller's inventory says that the service is gone".to_owned(),
            ));
        }
    }
    changes
}

fn plain(subject: String, state: &str, words: String) -> Change {
    Change { subject, state: state.to_owned(), tone: Tone::Plain, words }
}

/// Its intent is gone; as long as there is one, the intent tells what its segments do.
fn is_left_behind(segment: &Segment, seen: &Seen) -> bool {
    let of = &segment.spec.intent_ref;
    seen.intent((&of.namespace, &of.name)).is_none()
}

fn subject(segment: &Segment) -> String {
    format!("{} at {}", segment.spec.intent_ref.name, segment.spec.provider.name)
}

fn of_intent(before: Option<&Intent>, now: &Intent) -> Vec<Change> {
    let status = now.status.as_ref();
    let old = before.and_then(|before| before.status.as_ref());
    let offers = status.into_iter().flat_map(|status| &status.offers);
    let news = offers.filter(|offer| !old.is_some_and(|old| old.offers.contains(offer)));
    let mut changes: Vec<Change> = news.map(|offer| plain(now.key(), "offer", words_of(offer))).collect();
    let stands = standing(status);
    if stands != standing(old) {
        changes.extend(stands.map(|stands| stands.about(now.key())));
    }
    changes
}

/// Where an object stands, by what it says itself.
#[derive(PartialEq)]
struct Standing {
    state: String,
    tone: Tone,
    words: String,
}

impl Standing {
    fn about(self, subject: String) -> Change {
        Change { subject, state: self.state, tone: self.tone, words: self.words }
    }
}

fn standing(status: Option<&Status>) -> Option<Standing> {
    let status = status?;
    let ready = status.ready()?;
    let tone = if status.is_stalled() {
        Tone::Bad
    } else if ready.status == "True" {
        Tone::Good
    } else {
        Tone::Waiting
    };
    let words = match &status.waiting_for {
        Some(waiting) => format!("{}: waiting for {}: {}", ready.reason, party(&waiting.party), waiting.what),
        None => ready.message.clone(),
    };
    Some(Standing { state: status.state.clone().unwrap_or_default(), tone, words })
}

/// Who must act, as a person would say.
fn party(party: &str) -> &str {
    match party {
        "User" => "you",
        "Platform" => "the platform team",
        "Seller" => "the seller",
        "FarEnd" => "the far end",
        "Operator" => "the operator",
        other => other,
    }
}

/// An offer in words.
fn words_of(offer: &Offer) -> String {
    let price = match (&offer.monthly, &offer.one_time) {
        (Some(monthly), Some(one_time)) => format!(": {monthly} a month, {one_time} once"),
        (Some(price), None) | (None, Some(price)) => format!(": {price}"),
        (None, None) => String::new(),
    };
    format!("{} {}{price}", offer.provider, offer.state)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn intent(status: Value) -> Intent {
        serde_json::from_value(json!({
            "apiVersion": "naas.dev/v1alpha1",
            "kind": "ConnectivityIntent",
            "metadata": {"namespace": "training", "name": "checkpoints", "generation": 1},
            "spec": {},
            "status": status,
        }))
        .unwrap()
    }

    fn ordering() -> Value {
        json!({
            "state": "Provisioning",
            "conditions": [{
                "type": "Ready", "status": "False", "reason": "OrderInProgress", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }],
            "waitingFor": {"party": "Seller", "what": "m to complete order 1", "since": "2026-01-01T00:00:00Z"},
            "offers": [{"provider": "m", "state": "Taken", "monthly": "1.00 USD", "oneTime": "2.00 USD"}],
        })
    }

    fn seen(intents: &[Intent]) -> Seen {
        Seen { intents: intents.to_vec(), segments: Vec::new() }
    }

    fn words(before: &Seen, now: &Seen) -> Vec<String> {
        changes(before, now).into_iter().map(|change| format!("{}: {}", change.state, change.words)).collect()
    }

    #[test]
    fn an_intent_tells_its_offers_and_who_must_act() {
        let now = seen(&[intent(ordering())]);
        let told = words(&Seen::default(), &now);
        let order = "Provisioning: OrderInProgress: waiting for the seller: m to complete order 1";
        assert_eq!(told, ["offer: m Taken: 1.00 USD a month, 2.00 USD once", order]);
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        let now = seen(&[intent(ordering())]);
        assert!(changes(&now, &now).is_empty());
        let mut later = ordering();
        later["waitingFor"]["what"] = json!("m to show the product");
        assert_eq!(words(&now, &seen(&[intent(later)])).len(), 1);
    }

    #[test]
    fn a_segment_is_followed_when_its_intent_is_gone() {
        let segment: Segment = serde_json::from_value(json!({
            "apiVersion": "naas.dev/v1alpha1",
            "kind": "ConnectivitySegment",
            "metadata": {"name": "seg-1"},
            "spec": {"intentRef": {"namespace": "training", "name": "checkpoints"}, "provider": {"name": "m"}},
            "status": ordering(),
        }))
        .unwrap();
        let with = Seen { intents: vec![intent(ordering())], segments: vec![segment.clone()] };
        assert_eq!(words(&Seen::default(), &with).len(), 2, "the intent speaks for it");
        let left = Seen { intents: Vec::new(), segments: vec![segment] };
        let told = changes(&with, &left);
        assert_eq!(
            told.iter().map(|change| change.subject.as_str()).collect::<Vec<_>>(),
            ["training/checkpoints", "checkpoints at m"]
        );
        assert_eq!(
            words(&left, &Seen::default()),
            ["gone: the seller's inventory says that the service is gone"]
        );
    }
}
