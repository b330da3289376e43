//! The LSO operations and their paths, for Sonata and Cantata at their majors of release Grace.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, patch, post};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::answer;
use super::conduct::Asides;
use super::lists::{CANCELS, CHARGES, Listing, ORDERS, PRODUCTS, QUALIFICATIONS, QUOTES};
use super::party::Party;
use crate::address;
use crate::deed::Deed;
use crate::hub::{self, Api};
use crate::refusal::Refusal;
use crate::request::malformed;
use crate::scenario::Ordering;
use crate::seller::Seller;
use crate::shape::requests::ADDRESS_VALIDATION;
use crate::store::Kind;

/// One interface reference point with the majors of its APIs (MEF LSO, release Grace).
struct Irp {
    name: &'static str,
    address: &'static str,
    qualification: &'static str,
    quote: &'static str,
    order: &'static str,
    inventory: &'static str,
}

const IRPS: [Irp; 2] = [
    Irp {
        name: "sonata",
        address: "geographicAddressManagement/v7",
        qualification: "productOfferingQualification/v7",
        quote: "quoteManagement/v8",
        order: "productOrderingManagement/v10",
        inventory: "productInventory/v7",
    },
    Irp {
        name: "cantata",
        address: "geographicAddressManagement/v1",
        qualification: "productOfferingQualification/v1",
        quote: "quoteManagement/v2",
        order: "productOrderingManagement/v5",
        inventory: "productInventory/v1",
    },
];

/// All LSO operations.
pub(super) fn lso(settings: &Ordering) -> Router<Seller> {
    let mut router = Router::new();
    for irp in &IRPS {
        let base = |api: &str| format!("/mefApi/{}/{api}", irp.name);
        router = router
            .nest(&base(irp.address), address_api())
            .nest(&base(irp.qualification), qualification_api(irp.name))
            .nest(&base(irp.quote), quote_api(irp.name))
            .nest(&base(irp.order), order_api(irp.name, settings))
            .nest(&base(irp.inventory), inventory_api());
    }
    router
}

fn address_api() -> Router<Seller> {
    Router::new()
        .route(
            "/geographicAddressValidation",
            post(|State(seller): State<Seller>, party: Party, Document(body): Document| async move {
                let answer = seller.serve(&party.owner, |desk| {
                    crate::request::check_envelope(desk, &ADDRESS_VALIDATION, &body)?;
                    address::validate(desk.scenario, &body)
                });
                reply(StatusCode::OK, answer)
            }),
        )
        .route(
            "/geographicAddress/{id}",
            get(|State(seller): State<Seller>, party: Party, Path(id): Path<String>| async move {
                reply(StatusCode::OK, seller.serve(&party.owner, |desk| address::read(desk.scenario, &id)))
            }),
        )
}

fn qualification_api(irp: &'static str) -> Router<Seller> {
    Router::new()
        .route(
            "/productOfferingQualification",
            operate(StatusCode::CREATED, Deed::Qualify).merge(list(&QUALIFICATIONS)),
        )
        .route(
            "/productOfferingQualification/{id}",
            read(Kind::Qualification, "product offering qualification"),
        )
        .merge(hub_api(Api::Qualification, irp, false))
}

fn quote_api(irp: &'static str) -> Router<Seller> {
    Router::new()
        .route("/quote", operate(StatusCode::CREATED, Deed::Quote).merge(list(&QUOTES)))
        .route("/quote/{id}", read(Kind::Quote, "quote"))
        .route("/cancelQuote", operate(StatusCode::OK, Deed::CancelQuote))
        .route("/rejectQuote", operate(StatusCode::OK, Deed::DeclineQuote))
        .route("/declineQuote", operate(StatusCode::OK, Deed::DeclineQuote))
        .merge(hub_api(Api::Quote, irp, false))
}

fn order_api(irp: &'static str, settings: &Ordering) -> Router<Seller> {
    let cancelling = |routes| optional(settings.cancel.supported, "cancelling orders", routes);
    let charging = |routes| optional(settings.charges, "charges", routes);
    let changing_dates = || any(|| unsupported("changing requested dates"));
    Router::new()
        .route("/productOrder", operate(StatusCode::CREATED, Deed::Order).merge(list(&ORDERS)))
        .route("/productOrder/{id}", read(Kind::Order, "product order").merge(edit(Deed::UpdateOrder)))
        .route(
            "/cancelProductOrder",
            cancelling(operate(StatusCode::CREATED, Deed::CancelOrder).merge(list(&CANCELS))),
        )
        .route("/cancelProductOrder/{id}", cancelling(read(Kind::Cancel, "cancel request")))
        .route("/charge", charging(list(&CHARGES)))
        .route("/charge/{id}", charging(read(Kind::Charge, "charge").merge(edit(Deed::AnswerCharge))))
        .route("/modifyProductOrderItemRequestedDeliveryDate", changing_dates())
        .route("/modifyProductOrderItemRequestedDeliveryDate/{id}", changing_dates())
        .merge(hub_api(Api::Order, irp, true))
}

fn inventory_api() -> Router<Seller> {
    Router::new().route("/product", list(&PRODUCTS)).route("/product/{id}", get(read_product))
}

fn hub_api(api: Api, irp: &'static str, readable: bool) -> Router<Seller> {
    let subscribe = move |State(seller): State<Seller>, party: Party, Document(body): Document| async move {
        let Party { owner, ids, .. } = party;
        reply(StatusCode::CREATED, seller.serve(&owner, |desk| hub::subscribe(desk, api, irp, ids, &body)))
    };
    let unsubscribe = move |State(seller): State<Seller>, party: Party, Path(id): Path<String>| async move {
        match seller.serve(&party.owner, |desk| hub::unsubscribe(desk, api, &id)) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(refusal) => refusal.into_response(),
        }
    };
    let read = move |State(seller): State<Seller>, party: Party, Path(id): Path<String>| async move {
        reply(StatusCode::OK, seller.serve(&party.owner, |desk| hub::read(desk, api, &id)))
    };
    let by_id = axum::routing::delete(unsubscribe);
    Router::new()
        .route("/hub", post(subscribe))
        .route("/hub/{id}", if readable { by_id.get(read) } else { by_id })
}

/// A `POST` with a document in and out.
fn operate(success: StatusCode, deed: Deed) -> MethodRouter<Seller> {
    post(move |State(seller): State<Seller>, party: Party, Document(body): Document| async move {
        act(&seller, &party, success, deed, "", body)
    })
}

/// A `PATCH` of a document.
fn edit(deed: Deed) -> MethodRouter<Seller> {
    patch(
        move |State(seller): State<Seller>,
              party: Party,
              Path(id): Path<String>,
              Document(body): Document| async move {
            act(&seller, &party, StatusCode::OK, deed, &id, body)
        },
    )
}

fn act(seller: &Seller, party: &Party, success: StatusCode, deed: Deed, id: &str, body: Value) -> Response {
    match party.asides {
        Asides::Postpone { by, rechecks } => {
            let postponed =
                seller.serve(&party.owner, |desk| Ok(deed.postpone(desk, by, rechecks, id, body)?));
            reply(StatusCode::ACCEPTED, postponed.map(|()| Value::Null))
        }
        Asides::None | Asides::IgnoreFilters | Asides::SearchLag(_) | Asides::InventoryLag(_) => {
            reply(success, seller.serve(&party.owner, |desk| deed.perform(desk, id, &body)))
        }
    }
}

/// A `GET` by id.
fn read(kind: Kind, what: &'static str) -> MethodRouter<Seller> {
    get(move |State(seller): State<Seller>, party: Party, Path(id): Path<String>| async move {
        let found = seller.serve(&party.owner, |desk| Ok(desk.find::<IgnoredAny>(kind, what, &id)?.wire));
        reply(StatusCode::OK, found)
    })
}

/// A `GET` of a list.
fn list(listing: &'static Listing) -> MethodRouter<Seller> {
    get(move |State(seller): State<Seller>, party: Party| async move {
        let page = seller.serve(&party.owner, |desk| listing.page(desk, &party));
        page.map_or_else(IntoResponse::into_response, IntoResponse::into_response)
    })
}

/// `GET /product/{id}` alone may select attributes with `fields`.
async fn read_product(State(seller): State<Seller>, party: Party, Path(id): Path<String>) -> Response {
    let found = seller.serve(&party.owner, |desk| {
        let product = desk.find::<IgnoredAny>(Kind::Product, "product", &id)?;
        match party.asides {
            Asides::InventoryLag(by) => {
                let then = desk.books.shown_at(&id, desk.earlier(by))?;
                then.ok_or_else(|| Refusal::NotFound { what: "product", id: id.clone() })
            }
            Asides::None | Asides::IgnoreFilters | Asides::SearchLag(_) | Asides::Postpone { .. } => {
                Ok(product.wire)
            }
        }
    });
    let selected = found.map(|mut wire| {
        if let (Some(fields), Some(wire)) = (party.query.get("fields"), wire.as_object_mut()) {
            let mandatory = ["id", "status", "startDate"];
            wire.retain(|name, _| {
                mandatory.contains(&name.as_str()) || fields.split(',').any(|f| f.trim() == name)
            });
        }
        wire
    });
    reply(StatusCode::OK, selected)
}

/// Optional operations, which the scenario may leave out: 501.
fn optional(supported: bool, what: &'static str, routes: MethodRouter<Seller>) -> MethodRouter<Seller> {
    if supported { routes } else { any(move || unsupported(what)) }
}

async fn unsupported(what: &'static str) -> Response {
    Refusal::NotImplemented(what).into_response()
}

fn reply(success: StatusCode, outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(document) => answer::document(success, &document),
        Err(refusal) => refusal.into_response(),
    }
}

/// A request body: one JSON object.
struct Document(Value);

impl FromRequest<Seller> for Document {
    type Rejection = Response;

    async fn from_request(request: Request, seller: &Seller) -> Result<Self, Response> {
        let bytes = Bytes::from_request(request, seller).await.map_err(IntoResponse::into_response)?;
        let body: Value = serde_json::from_slice(&bytes)
            .map_err(|error| malformed(format!("the body is not JSON: {error}")).into_response())?;
        if !body.is_object() {
            return Err(malformed("the body must be a JSON object").into_response());
        }
        Ok(Self(body))
    }
}
