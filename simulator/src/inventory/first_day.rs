//! The inventory on the first day: the scenario's UNIs and ENNIs, and the services that run already.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Design, ProductMemo, Status, become_design, claim, enter};
use crate::catalogue;
use crate::desk::Desk;
use crate::scenario::{Enni, ExistingService, Percent, PortMode, ProductType, Uni, VlanRange};
use crate::service::{self, End, Line, Port, PortRef, Product};
use crate::store::{Kind, Record, StoreError, Stored};

/// Adds the scenario's ports and services, unless the books know them already.
pub(crate) fn seed(desk: &Desk<'_>) -> Stored<()> {
    let known = |id: &str| Ok::<_, StoreError>(desk.books.get::<ProductMemo>(Kind::Product, id)?.is_some());
    for uni in &desk.scenario.unis {
        if !known(&uni.id)? {
            keep(desk, &shown(desk, &uni.id, port(uni), None))?;
        }
    }
    for enni in &desk.scenario.ennis {
        if !known(&enni.id)? {
            keep(desk, &shown(desk, &enni.id, enni_port(enni), None))?;
        }
    }
    for service in &desk.scenario.existing_services {
        if !known(&service.id)?
            && let Some((line, configuration)) = existing_line(desk, service)
        {
            let claim = claim(&line);
            let product = Product::Line(Box::new(line));
            let prices = catalogue::price(desk.scenario, &product, Percent::default(), false);
            let design = Design { product, configuration, prices, term: None };
            keep(desk, &shown(desk, &service.id, design, service.external_id.as_deref()))?;
            desk.books.claim(&service.id, &claim)?;
        }
    }
    Ok(())
}

/// It was always there, so views of the past show it, too.
fn keep(desk: &Desk<'_>, record: &Record<ProductMemo>) -> Stored<()> {
    desk.books.remember_shown(Timestamp::UNIX_EPOCH, &record.id, &record.wire)?;
    desk.books.put(record)
}

fn port(uni: &Uni) -> Design {
    let configuration = json!({
        "@type": ProductType::SubscriberUni.urn(),
        "instantiation": "PHYSICAL",
        "listOfPhyLinks": [{
            "id": format!("{}-1", uni.id),
            "physicalLink": uni.physical_link,
            "uniConnectorType": uni.connector,
        }],
        "linkAggregation": "NONE",
        "maximumServiceFrameSize": uni.max_frame_size,
        "maximumNumberOfEndPoints": uni.max_end_points,
        "l2cpAddressSet": match uni.mode {
            PortMode::Tagged => "CTA",
            PortMode::Port => "CTB",
        },
    });
    Design { product: Product::Port(Port::from(uni)), configuration, prices: Vec::new(), term: None }
}

/// MEF 106 `carrier-ethernet-enni-sp-so`: it is in the inventory alone.
fn enni_port(enni: &Enni) -> Design {
    let configuration = json!({
        "@type": "urn:mef:lso:spec:sonata:carrier-ethernet-enni-sp-so:v5.0.0:inventory",
        "sVlanIdControl": "FULL",
        "maximumNumberOfOvcs": enni.max_end_points,
        "maximumFrameSizeMultilateral": enni.max_frame_size,
    });
    Design { product: Product::Port(Port::from(enni)), configuration, prices: Vec::new(), term: None }
}

/// An active product that everybody sees.
fn shown(desk: &Desk<'_>, id: &str, design: Design, external_id: Option<&str>) -> Record<ProductMemo> {
    let mut truth =
        json!({"id": id, "startDate": desk.now.to_string(), "lastUpdateDate": desk.now.to_string()});
    if let Some(external_id) = external_id {
        truth["externalId"] = json!(external_id);
    }
    let memo = ProductMemo {
        offering: design.product.offering().map(str::to_owned),
        product: design.product.clone(),
        status: Status::Active,
        prices: Vec::new(),
        term: None,
        origin: None,
        truth,
    };
    let mut record = Record {
        kind: Kind::Product,
        id: id.to_owned(),
        owner: String::new(),
        listed_from: desk.now,
        hidden: false,
        wire: Value::Null,
        memo,
    };
    become_design(desk, &mut record, design);
    enter(desk, &mut record, Status::Active, None);
    record.wire = record.memo.truth.clone();
    record
}

fn existing_line(desk: &Desk<'_>, service: &ExistingService) -> Option<(Line, Value)> {
    let offering = desk.scenario.offering(&service.offering)?;
    let rate = json!({"irValue": service.bandwidth.0, "irUnits": "BPS"});
    let vlans: Vec<u16> = service.vlans.iter().flat_map(VlanRange::ids).collect();
    let end_point = |side: usize| {
        let mut end = json!({
            "identifier": format!("{}-{}", service.id, ["A", "Z"][side]),
            "ingressBandwidthProfilePerClassofServiceName": [
                {"classOfServiceName": service.class_of_service, "bwpFlow": {"cir": rate, "cirMax": rate}},
            ],
        });
        if !vlans.is_empty() {
            end["evcEndPointMap"] = json!({"vlanType": "LIST", "vlanId": vlans});
        }
        end
    };
    let configuration = json!({
        "@type": offering.product.urn(),
        "listOfCosNames": [service.class_of_service],
        "evcEndPointA": end_point(0),
        "evcEndPointZ": end_point(1),
    });
    let classes = vec![service.class_of_service.clone()];
    let end = |side: usize| {
        let uni = desk.scenario.unis.iter().find(|uni| uni.id == service.unis[side])?;
        let read = service::read_end(&configuration, side, offering.product, &classes, "").ok()?;
        Some(End {
            at: PortRef::Product(uni.id.clone()),
            port: Port::from(uni),
            identifier: read.identifier,
            vlans: read.vlans,
            flows: read.flows,
        })
    };
    let ends = [end(0)?, end(1)?];
    let tier = desk.scenario.site_pair(&ends[0].port.site, &ends[1].port.site).map(|pair| pair.tier.clone());
    let line = Line {
        product: offering.product,
        offering: offering.id.clone(),
        classes,
        max_frame_size: None,
        ends,
        tier,
    };
    Some((line, configuration))
}
