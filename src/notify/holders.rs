//! Which segments hold what a seller tells of. Pure.

use std::sync::Arc;

use crate::api::ConnectivitySegment;
use crate::model::Topic;

/// The names of the segments that wait for this. An event about anything else wakes nobody.
pub fn of(topic: Topic, id: &str, segments: &[Arc<ConnectivitySegment>]) -> Vec<String> {
    let holds = |segment: &&Arc<ConnectivitySegment>| {
        let Some(status) = &segment.status else { return false };
        match topic {
            Topic::Qualification => status.qualification.as_ref().is_some_and(|asked| asked.id == id),
            Topic::Quote => status.quote.as_ref().is_some_and(|asked| asked.id.as_deref() == Some(id)),
            Topic::Order => status.orders.iter().any(|record| record.order_id.as_deref() == Some(id)),
        }
    };
    segments.iter().filter(holds).filter_map(|segment| segment.metadata.name.clone()).collect()
}
