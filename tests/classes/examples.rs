//! The classes of `examples/classes` say what they are meant to say, of its intents too.

use std::collections::BTreeMap;
use std::sync::Arc;

use naas_operator::admit;
use naas_operator::api::{ConnectivityClass, ConnectivityIntent, TermUnit};
use naas_operator::model::Preference;
use serde::de::DeserializeOwned;

use crate::world::root;

fn read<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let text = std::fs::read_to_string(root().join("examples/classes").join(file)).unwrap();
    let documents = serde_norway::Deserializer::from_str(&text);
    documents.map(|document| T::deserialize(document).unwrap()).collect()
}

#[test]
fn the_examples_of_classes_make_of_intents_what_they_say() {
    let classes: Vec<Arc<ConnectivityClass>> = read("classes.yaml").into_iter().map(Arc::new).collect();
    for class in &classes {
        assert_eq!(admit::class(&class.spec), Ok(()), "{:?}", class.metadata.name);
    }
    let labels = BTreeMap::from([("naas.dev/connectivity".to_owned(), "allowed".to_owned())]);
    let resolved = |intent: &ConnectivityIntent| {
        let class = admit::class_of(intent.spec.class_name.as_deref(), &classes).unwrap().unwrap();
        let namespace = intent.metadata.namespace.as_deref().unwrap();
        let resolved = admit::resolve(&class, &intent.spec, (namespace, Some(&labels)), None).unwrap();
        (class.metadata.name.clone().unwrap(), resolved)
    };
    let intents: Vec<ConnectivityIntent> = read("intents.yaml");
    let (name, copy) = resolved(&intents[0]);
    assert_eq!((name.as_str(), copy.spec.frame_size), ("bulk", Some(9000)));
    assert_eq!(copy.spec.term.unwrap().unit, TermUnit::Month);
    let (name, chat) = resolved(&intents[1]);
    assert_eq!((name.as_str(), chat.request.preference), ("interactive", Preference::Fastest));
    let latency = chat.spec.objectives.unwrap().latency.unwrap();
    assert_eq!(latency.round_trip.unwrap().0, "16ms");
}
