//! A small market on which the checks are checked: Metro reaches Ashburn and New York, Haul every place, and in New York they are
//! patched.

use serde_json::{Value, json};

use crate::ground::Stated;

/// Whoever buys here.
pub const NAMESPACE: &str = "training";

fn port(seller: &str, city: &str, risks: &[&str]) -> Value {
    json!({"name": format!("{seller}-1"), "provider": seller, "maxFrameSize": 9100, "riskGroups": risks,
           "source": {"existing": {"productId": format!("{seller}-{city}")}},
           "consumers": {"namespaces": [NAMESPACE]}})
}

fn seller(class: &str) -> Value {
    json!({"spec": {
        "consumers": {"namespaces": [NAMESPACE]},
        "limits": {"perOrder": {"monthly": "4500.00", "oneTime": "2000.00"},
                   "total": {"monthly": "9000.00", "oneTime": "9000.00"}},
        "lso": {"currency": "USD", "classesOfService": [{"name": class, "sls": {"availabilityPercent": "99.9"}}]},
    }})
}

pub fn stated() -> Stated {
    let site = |ports: Vec<Value>| json!({"spec": {"ports": ports}});
    let mmr = json!({"spec": {"crossConnect": {"site": "newyork", "ports": ["metro-1", "haul-1"]},
                              "consumers": {"namespaces": [NAMESPACE]}}});
    let cap = json!({"spec": {"caps": [{"currency": "USD", "monthly": "9000.00", "oneTime": "9000.00"}]}});
    let one = |name: &str, document: Value| (name.to_owned(), document);
    Stated {
        providers: [one("metro", seller("BULK")), one("haul", seller("STANDARD"))].into(),
        sites: [
            one("ashburn", site(vec![port("metro", "ashburn", &[]), port("haul", "ashburn", &["river"])])),
            one("newyork", site(vec![port("metro", "newyork", &[]), port("haul", "newyork", &[])])),
            one("chicago", site(vec![port("haul", "chicago", &[])])),
        ]
        .into(),
        interconnects: [one("newyork-mmr", mmr)].into(),
        budgets: [one(NAMESPACE, cap)].into(),
    }
}

/// A leg of a plan.
pub fn leg(seller: &str, [from, to]: [&str; 2], segment: &str) -> Value {
    let place = |city: &str| format!("{city}/{seller}-1");
    let class = if seller == "metro" { "BULK" } else { "STANDARD" };
    json!({"provider": seller, "from": place(from), "to": place(to), "classOfService": class, "segment": segment})
}

/// What somebody asks: from Ashburn to Chicago, and it is dear.
pub fn asked() -> Value {
    json!({
        "endpoints": [{"name": "here", "site": {"name": "ashburn"}}, {"name": "there", "site": {"name": "chicago"}}],
        "bandwidth": {"committed": "1G"}, "className": "dear",
        "budget": {"currency": "USD", "monthly": "3000.00", "oneTime": "3000.00"},
    })
}
