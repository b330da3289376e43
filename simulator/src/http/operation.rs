//! Which operation a call is for, by method and path template.

use axum::http::Method;

use crate::scenario::Operation;

/// The operation of a routed call; `None` for what this seller answers 501 to.
pub(super) fn of(method: &Method, template: &str) -> Option<Operation> {
    let resource = template.rsplit('/').find(|part| !part.starts_with('{'))?;
    let one = template.ends_with('}');
    let asked = match (method.as_str(), one) {
        ("POST", false) => Asked::Create,
        ("GET", false) => Asked::List,
        ("GET", true) => Asked::Get,
        ("PATCH", true) => Asked::Update,
        ("DELETE", true) => Asked::Delete,
        _ => return None,
    };
    Some(match (resource, asked) {
        ("geographicAddressValidation", Asked::Create) => Operation::AddressValidate,
        ("geographicAddress", Asked::Get) => Operation::AddressGet,
        ("productOfferingQualification", Asked::Create) => Operation::QualificationCreate,
        ("productOfferingQualification", Asked::Get) => Operation::QualificationGet,
        ("productOfferingQualification", Asked::List) => Operation::QualificationList,
        ("quote", Asked::Create) => Operation::QuoteCreate,
        ("quote", Asked::Get) => Operation::QuoteGet,
        ("quote", Asked::List) => Operation::QuoteList,
        ("cancelQuote", Asked::Create) => Operation::QuoteCancel,
        ("rejectQuote" | "declineQuote", Asked::Create) => Operation::QuoteDecline,
        ("productOrder", Asked::Create) => Operation::OrderCreate,
        ("productOrder", Asked::Get) => Operation::OrderGet,
        ("productOrder", Asked::List) => Operation::OrderList,
        ("productOrder", Asked::Update) => Operation::OrderUpdate,
        ("cancelProductOrder", Asked::Create) => Operation::CancelCreate,
        ("cancelProductOrder", Asked::Get) => Operation::CancelGet,
        ("cancelProductOrder", Asked::List) => Operation::CancelList,
        ("charge", Asked::Get) => Operation::ChargeGet,
        ("charge", Asked::List) => Operation::ChargeList,
        ("charge", Asked::Update) => Operation::ChargeAnswer,
        ("product", Asked::Get) => Operation::InventoryGet,
        ("product", Asked::List) => Operation::InventoryList,
        ("hub", Asked::Create) => Operation::HubCreate,
        ("hub", Asked::Get) => Operation::HubGet,
        ("hub", Asked::Delete) => Operation::HubDelete,
        ("token", Asked::Create) => Operation::Token,
        _ => return None,
    })
}

/// What a method asks for, of a resource or of all of its kind.
enum Asked {
    Create,
    Get,
    List,
    Update,
    Delete,
}
