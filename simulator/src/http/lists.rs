//! Lists: which parameters filter which attribute, which attributes a list shows (`*_Find`), and paging.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;

use super::answer;
use super::conduct::Asides;
use super::party::Party;
use crate::desk::Desk;
use crate::refusal::{Issue, IssueCode, MalformedCode, Refusal};
use crate::scenario::UnknownAttributes;
use crate::store::{Filter, Kind, Selection};

/// A list operation.
pub(super) struct Listing {
    pub(super) kind: Kind,
    filters: &'static [(&'static str, By)],
    shows: &'static [&'static str],
    /// An inventory list may be refused for its length.
    may_be_too_long: bool,
}

/// How a parameter filters. Paths are SQLite JSON paths into the document.
enum By {
    Text(&'static str),
    Either(&'static str, &'static str),
    State(&'static str, &'static [&'static str]),
    In {
        array: &'static str,
        path: &'static str,
    },
    /// `name.gt` and `name.lt`.
    Range(&'static str),
    RangeIn {
        array: &'static str,
        path: &'static str,
    },
}

pub(super) static QUALIFICATIONS: Listing = Listing {
    kind: Kind::Qualification,
    filters: &[
        (
            "state",
            By::State(
                "$.state",
                &["acknowledged", "terminatedWithError", "inProgress", "done.unableToProvide", "done.ready"],
            ),
        ),
        ("externalId", By::Text("$.externalId")),
        ("projectId", By::Text("$.projectId")),
        ("requestedPOQCompletionDate", By::Range("$.requestedPOQCompletionDate")),
    ],
    shows: &["id", "externalId", "state", "projectId", "requestedPOQCompletionDate"],
    may_be_too_long: false,
};

pub(super) static QUOTES: Listing = Listing {
    kind: Kind::Quote,
    filters: &[
        (
            "state",
            By::State(
                "$.state",
                &[
                    "accepted",
                    "acknowledged",
                    "answered",
                    "approved.orderable",
                    "approved.orderableAlternate",
                    "cancelled",
                    "unableToProvide",
                    "declined",
                    "expired",
                    "inProgress",
                    "inProgress.draft",
                    "rejected",
                ],
            ),
        ),
        ("quoteLevel", By::State("$.quoteLevel", &["budgetary", "firmSubjectToFeasibilityCheck", "firm"])),
        ("externalId", By::Text("$.externalId")),
        ("projectId", By::Text("$.projectId")),
        ("quoteDate", By::Range("$.quoteDate")),
        ("requestedQuoteCompletionDate", By::Range("$.requestedQuoteCompletionDate")),
        ("expectedQuoteCompletionDate", By::Range("$.expectedQuoteCompletionDate")),
        ("effectiveQuoteCompletionDate", By::Range("$.effectiveQuoteCompletionDate")),
    ],
    shows: &[
        "id",
        "externalId",
        "state",
        "projectId",
        "quoteDate",
        "quoteLevel",
        "effectiveQuoteCompletionDate",
        "expectedQuoteCompletionDate",
        "requestedQuoteCompletionDate",
    ],
    may_be_too_long: false,
};

const ORDER_ITEMS: &str = "$.productOrderItem";

pub(super) static ORDERS: Listing = Listing {
    kind: Kind::Order,
    filters: &[
        (
            "state",
            By::State(
                "$.state",
                &[
                    "acknowledged",
                    "assessingCancellation",
                    "cancelled",
                    "completed",
                    "failed",
                    "held.assessingCharge",
                    "inProgress",
                    "partial",
                    "pending.assessingModification",
                    "pendingCancellation",
                    "rejected",
                ],
            ),
        ),
        ("externalId", By::Text("$.externalId")),
        ("projectId", By::Text("$.projectId")),
        ("orderDate", By::Range("$.orderDate")),
        ("completionDate", By::Range("$.completionDate")),
        ("cancellationDate", By::Range("$.cancellationDate")),
        (
            "itemRequestedCompletionDate",
            By::RangeIn { array: ORDER_ITEMS, path: "$.requestedCompletionDate" },
        ),
        ("itemExpectedCompletionDate", By::RangeIn { array: ORDER_ITEMS, path: "$.expectedCompletionDate" }),
    ],
    shows: &["id", "externalId", "projectId", "state", "orderDate", "completionDate", "cancellationDate"],
    may_be_too_long: false,
};

const TASK_STATES: &[&str] =
    &["acknowledged", "done", "done.declined", "inProgress.assessingCharge", "rejected"];

pub(super) static CANCELS: Listing = Listing {
    kind: Kind::Cancel,
    filters: &[
        ("productOrderId", By::Text("$.productOrder.productOrderId")),
        ("state", By::State("$.state", TASK_STATES)),
        ("cancellationReasonType", By::State("$.cancellationReasonType", &["technical", "commercial"])),
    ],
    shows: &["id", "state", "productOrder", "cancellationReasonType"],
    may_be_too_long: false,
};

pub(super) static CHARGES: Listing = Listing {
    kind: Kind::Charge,
    filters: &[
        ("productOrderId", By::Either("$.productOrder.productOrderId", "$.productOrderItem.productOrderId")),
        ("productOrderItemId", By::Text("$.productOrderItem.productOrderItemId")),
        ("creationDate", By::Range("$.creationDate")),
        ("responseDueDate", By::Range("$.responseDueDate")),
    ],
    shows: &["id", "state", "creationDate", "responseDueDate", "productOrder", "productOrderItem"],
    may_be_too_long: false,
};

pub(super) static PRODUCTS: Listing = Listing {
    kind: Kind::Product,
    filters: &[
        (
            "status",
            By::State(
                "$.status",
                &[
                    "active",
                    "active.pendingChange",
                    "cancelled",
                    "pendingActive",
                    "pendingTerminate",
                    "suspended",
                    "suspendedPendingTerminate",
                    "terminated",
                ],
            ),
        ),
        ("productSpecificationId", By::Text("$.productSpecification.id")),
        ("productOfferingId", By::Text("$.productOffering.id")),
        ("externalId", By::Text("$.externalId")),
        ("geographicalSiteId", By::In { array: "$.relatedSite", path: "$.id" }),
        ("relatedProductId", By::In { array: "$.productRelationship", path: "$.id" }),
        ("billingAccountId", By::Text("$.billingAccount.id")),
        ("productOrderId", By::In { array: "$.productOrderItem", path: "$.productOrderId" }),
        ("startDate", By::Range("$.startDate")),
        ("lastUpdateDate", By::Range("$.lastUpdateDate")),
    ],
    shows: &[
        "id",
        "status",
        "productSpecification",
        "relatedSite",
        "productOffering",
        "lastUpdateDate",
        "externalId",
        "productRelationship",
        "billingAccount",
        "productOrderItem",
        "startDate",
    ],
    may_be_too_long: true,
};

/// One page of a list.
pub(super) struct Page {
    entries: Vec<Value>,
    total: u64,
    shows_total: bool,
    throttled: bool,
}

impl Listing {
    /// Answers a list operation.
    pub(super) fn page(&self, desk: &Desk<'_>, party: &Party) -> Result<Page, Refusal> {
        let settings = &desk.scenario.lists;
        let query = &party.query;
        let offset = whole(query, "offset")?.unwrap_or(0);
        let requested = whole(query, "limit")?;
        let filters = match party.asides {
            Asides::IgnoreFilters => Vec::new(),
            Asides::None | Asides::SearchLag(_) | Asides::InventoryLag(_) | Asides::Postpone { .. } => {
                self.filters(desk, query)?
            }
        };
        let (now, as_of) = match party.asides {
            Asides::SearchLag(by) => (desk.earlier(by), None),
            Asides::InventoryLag(by) => (desk.now, Some(desk.earlier(by))),
            Asides::None | Asides::IgnoreFilters | Asides::Postpone { .. } => (desk.now, None),
        };
        let limit = requested.unwrap_or(settings.page_limit).min(settings.page_limit);
        let selection =
            Selection { kind: self.kind, owner: desk.owner, filters: &filters, now, as_of, offset, limit };
        let (wires, total) = desk.books.list(&selection)?;
        if let (true, Some(most)) = (self.may_be_too_long, settings.too_many_records)
            && total > u64::from(most)
        {
            let reason = format!("{total} products match, at most {most} are listed; filter more");
            return Err(Issue::new(IssueCode::TooManyRecords, "", reason).into());
        }
        let entries: Vec<Value> = wires.into_iter().map(|wire| self.reduce(wire)).collect();
        let seen = u64::from(offset) + u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let cut_short = requested.is_none_or(|requested| requested > limit);
        Ok(Page { entries, total, shows_total: settings.total_count, throttled: cut_short && seen < total })
    }

    fn reduce(&self, mut wire: Value) -> Value {
        if let Some(wire) = wire.as_object_mut() {
            wire.retain(|name, _| self.shows.contains(&name.as_str()));
        }
        wire
    }

    fn filters(&self, desk: &Desk<'_>, query: &BTreeMap<String, String>) -> Result<Vec<Filter>, Refusal> {
        let settings = &desk.scenario.lists;
        let mut filters = Vec::new();
        for (name, value) in query {
            if name == "offset" || name == "limit" || settings.ignored_filters.contains(name) {
                continue;
            }
            let (base, side) = match name.rsplit_once('.') {
                Some((base, side @ ("gt" | "lt"))) => (base, Some(side)),
                Some(_) | None => (name.as_str(), None),
            };
            let known = self.filters.iter().find(|(known, _)| *known == base);
            match (known.map(|(_, by)| by), side) {
                (Some(By::Text(path)), None) => filters.push(Filter::Is(path, value.clone())),
                (Some(By::Either(one, other)), None) => {
                    filters.push(Filter::EitherIs(one, other, value.clone()))
                }
                (Some(By::State(path, states)), None) => {
                    if !states.contains(&value.as_str()) {
                        return Err(invalid(format!("{name} must be one of {}", states.join(", "))));
                    }
                    filters.push(Filter::Is(path, value.clone()));
                }
                (Some(By::In { array, path }), None) => {
                    filters.push(Filter::AnyOf { array, path, is: value.clone() });
                }
                (Some(By::Range(path)), Some("gt")) => {
                    filters.push(Filter::After(path, instant(name, value)?))
                }
                (Some(By::Range(path)), Some(_)) => filters.push(Filter::Before(path, instant(name, value)?)),
                (Some(By::RangeIn { array, path }), Some("gt")) => {
                    filters.push(Filter::AnyAfter { array, path, than: instant(name, value)? });
                }
                (Some(By::RangeIn { array, path }), Some(_)) => {
                    filters.push(Filter::AnyBefore { array, path, than: instant(name, value)? });
                }
                (Some(_) | None, _) => {
                    if desk.scenario.validation.unknown_attributes == UnknownAttributes::Refuse {
                        return Err(invalid(format!("'{name}' is no parameter of this list")));
                    }
                }
            }
        }
        Ok(filters)
    }
}

fn invalid(reason: String) -> Refusal {
    Refusal::Malformed { code: MalformedCode::InvalidQuery, reason }
}

fn whole(query: &BTreeMap<String, String>, name: &str) -> Result<Option<u32>, Refusal> {
    let value = query.get(name).map(|text| text.parse());
    value.transpose().map_err(|_| invalid(format!("{name} must be a whole number from 0")))
}

fn instant(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| invalid(format!("{name} must be an RFC 3339 date-time, URL-encoded")))
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let count = self.entries.len();
        let mut response = answer::document(StatusCode::OK, &Value::Array(self.entries));
        let headers = response.headers_mut();
        headers.insert("x-result-count", count.into());
        headers.insert(
            "x-pagination-throttled",
            axum::http::HeaderValue::from_static(if self.throttled { "true" } else { "false" }),
        );
        if self.shows_total {
            headers.insert("x-total-count", self.total.into());
        }
        response
    }
}
