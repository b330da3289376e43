//! The shape of every request body, as the OpenAPI files of release Grace demand it. Attributes that only a guide
//! demands are optional here.

use super::{FLAG, Field, INSTANT, Shape, TEXT, may, must};

const ANY_WHOLE: Shape = Shape::Whole { min: i64::MIN, max: i64::MAX };
const TIME_UNIT: Shape = Shape::OneOf(&[
    "calendarMonths",
    "calendarDays",
    "calendarHours",
    "calendarMinutes",
    "businessDays",
    "businessHours",
    "businessMinutes",
]);
const DURATION: Shape = Shape::Object(&[must("amount", &ANY_WHOLE), must("units", &TIME_UNIT)]);
const TERM: Shape = Shape::Object(&[
    must("name", &TEXT),
    must("duration", &DURATION),
    must("endOfTermAction", &Shape::OneOf(&["roll", "autoDisconnect", "autoRenew"])),
    may("description", &TEXT),
    may("rollInterval", &DURATION),
]);
const ACTION: Shape = Shape::OneOf(&["add", "modify", "delete"]);
const REFERENCE: Shape = Shape::Object(&[must("id", &TEXT), may("href", &TEXT)]);
const CONFIGURATION: Shape = Shape::Open { tag: "@type" };
const NOTE: Shape = Shape::Object(&[
    must("id", &TEXT),
    must("author", &TEXT),
    must("date", &INSTANT),
    must("source", &Shape::OneOf(&["buyer", "seller"])),
    must("text", &TEXT),
]);
const NOTES: Shape = any_number_of(&NOTE);
const RELATIONSHIP: Shape =
    Shape::Object(&[must("relationshipType", &TEXT), must("id", &TEXT), may("href", &TEXT)]);
const RELATIONSHIPS: Shape = any_number_of(&RELATIONSHIP);
const GROUPED_RELATIONSHIP: Shape = Shape::Object(&[
    must("relationshipType", &TEXT),
    must("id", &TEXT),
    may("href", &TEXT),
    may("groupingKey", &TEXT),
]);
const GROUPED_RELATIONSHIPS: Shape = any_number_of(&GROUPED_RELATIONSHIP);
const ITEM_RELATIONSHIP: Shape = Shape::Object(&[must("relationshipType", &TEXT), must("id", &TEXT)]);
const ITEM_RELATIONSHIPS: Shape = any_number_of(&ITEM_RELATIONSHIP);

const fn any_number_of(of: &'static Shape) -> Shape {
    Shape::List { of, min: 0, max: usize::MAX }
}

const fn at_least_one(of: &'static Shape) -> Shape {
    Shape::List { of, min: 1, max: usize::MAX }
}

const SUB_UNIT: Shape = Shape::Object(&[must("subUnitType", &TEXT), must("subUnitNumber", &TEXT)]);
const SUB_UNITS: Shape = any_number_of(&SUB_UNIT);
const SUB_ADDRESS: Shape = Shape::Object(&[
    may("buildingName", &TEXT),
    may("levelType", &TEXT),
    may("levelNumber", &TEXT),
    may("privateStreetName", &TEXT),
    may("privateStreetNumber", &TEXT),
    may("subUnit", &SUB_UNITS),
]);
const FIELDED: &[Field] = &[
    must("country", &TEXT),
    must("city", &TEXT),
    must("streetName", &TEXT),
    may("streetNr", &TEXT),
    may("streetNrSuffix", &TEXT),
    may("streetNrLast", &TEXT),
    may("streetNrLastSuffix", &TEXT),
    may("streetSuffix", &TEXT),
    may("streetType", &TEXT),
    may("locality", &TEXT),
    may("stateOrProvince", &TEXT),
    may("postcode", &TEXT),
    may("postcodeExtension", &TEXT),
    may("geographicSubAddress", &SUB_ADDRESS),
];
const FORMATTED: &[Field] = &[
    must("addrLine1", &TEXT),
    must("city", &TEXT),
    must("country", &TEXT),
    may("addrLine2", &TEXT),
    may("locality", &TEXT),
    may("postcode", &TEXT),
    may("postcodeExtension", &TEXT),
    may("stateOrProvince", &TEXT),
];
const POINT: &[Field] = &[must("spatialRef", &TEXT), must("x", &TEXT), must("y", &TEXT), may("z", &TEXT)];
const LABEL: &[Field] = &[must("externalReferenceType", &TEXT), must("externalReferenceId", &TEXT)];
const BY_ID: &[Field] = &[must("id", &TEXT), may("href", &TEXT)];

const PLACE: Shape = Shape::Tagged {
    tag: "@type",
    common: &[must("@type", &TEXT), must("role", &TEXT), may("@schemaLocation", &TEXT)],
    variants: &[
        ("FieldedAddress", FIELDED),
        ("FormattedAddress", FORMATTED),
        ("MEFGeographicPoint", POINT),
        ("GeographicAddressLabel", LABEL),
        ("GeographicAddressRef", BY_ID),
        ("GeographicSiteRef", BY_ID),
    ],
};
const PLACES: Shape = any_number_of(&PLACE);

const SUBMITTED_ADDRESS: Shape = Shape::Tagged {
    tag: "@type",
    common: &[must("@type", &TEXT), may("@schemaLocation", &TEXT)],
    variants: &[
        ("FieldedAddress", FIELDED),
        ("FormattedAddress", FORMATTED),
        ("MEFGeographicPoint", POINT),
        ("GeographicAddressLabel", LABEL),
    ],
};

/// `GeographicAddressValidation_Create` (MEF 121).
pub(crate) const ADDRESS_VALIDATION: Shape = Shape::Object(&[
    must("provideAlternative", &FLAG),
    must("submittedGeographicAddress", &SUBMITTED_ADDRESS),
]);

const POSTAL_ADDRESS: Shape = Shape::Tagged {
    tag: "@type",
    common: &[must("@type", &TEXT), must("role", &TEXT), may("@schemaLocation", &TEXT)],
    variants: &[("FieldedAddress", FIELDED)],
};
const CONTACT: Shape = Shape::Object(&[
    must("role", &TEXT),
    must("name", &TEXT),
    must("emailAddress", &TEXT),
    must("number", &TEXT),
    may("numberExtension", &TEXT),
    may("organization", &TEXT),
    may("postalAddress", &POSTAL_ADDRESS),
]);
const CONTACTS: Shape = any_number_of(&CONTACT);
const SOME_CONTACTS: Shape = at_least_one(&CONTACT);

const QUALIFIED_PRODUCT: Shape = Shape::Object(&[
    may("id", &TEXT),
    may("href", &TEXT),
    may("productOffering", &REFERENCE),
    may("productSpecification", &REFERENCE),
    may("productConfiguration", &CONFIGURATION),
    may("productRelationship", &GROUPED_RELATIONSHIPS),
    may("place", &PLACES),
]);
const QUALIFICATION_ITEM: Shape = Shape::Object(&[
    must("id", &TEXT),
    must("action", &ACTION),
    must("product", &QUALIFIED_PRODUCT),
    may("qualificationItemRelationship", &ITEM_RELATIONSHIPS),
    may("relatedContactInformation", &CONTACTS),
]);

/// `ProductOfferingQualification_Create` (MEF 87).
pub(crate) const QUALIFICATION: Shape = Shape::Object(&[
    must("relatedContactInformation", &SOME_CONTACTS),
    must("productOfferingQualificationItem", &at_least_one(&QUALIFICATION_ITEM)),
    may("instantSyncQualification", &FLAG),
    may("requestedPOQCompletionDate", &INSTANT),
    may("provideAlternative", &FLAG),
    may("externalId", &TEXT),
    may("projectId", &TEXT),
]);

const QUOTED_PRODUCT: Shape = Shape::Object(&[
    may("id", &TEXT),
    may("href", &TEXT),
    may("productOffering", &REFERENCE),
    may("productConfiguration", &CONFIGURATION),
    may("productRelationship", &GROUPED_RELATIONSHIPS),
    may("place", &PLACES),
]);
const QUOTE_QUALIFICATION_REFERENCE: Shape = Shape::Object(&[
    must("productOfferingQualificationId", &TEXT),
    must("id", &TEXT),
    may("productOfferingQualificationHref", &TEXT),
    may("alternateProductProposalId", &TEXT),
]);
const QUOTE_ITEM: Shape = Shape::Object(&[
    must("id", &TEXT),
    must("action", &ACTION),
    may("product", &QUOTED_PRODUCT),
    may("requestedQuoteItemTerm", &TERM),
    may("requestedQuoteItemInstallationInterval", &DURATION),
    may("productOfferingQualificationItem", &QUOTE_QUALIFICATION_REFERENCE),
    may("quoteItemRelationship", &ITEM_RELATIONSHIPS),
    may("agreementName", &TEXT),
    may("dealReference", &TEXT),
    may("note", &NOTES),
    may("relatedContactInformation", &CONTACTS),
]);

/// `Quote_Create` (MEF 115).
pub(crate) const QUOTE: Shape = Shape::Object(&[
    must("buyerRequestedQuoteLevel", &Shape::OneOf(&["budgetary", "firm"])),
    must("instantSyncQuote", &FLAG),
    must("quoteItem", &at_least_one(&QUOTE_ITEM)),
    may("requestedQuoteCompletionDate", &INSTANT),
    may("externalId", &TEXT),
    may("projectId", &TEXT),
    may("description", &TEXT),
    may("note", &NOTES),
    may("relatedContactInformation", &CONTACTS),
]);

/// `QuoteOperationData` (MEF 115).
pub(crate) const QUOTE_OPERATION: Shape = Shape::Object(&[must("quoteId", &TEXT), may("reason", &TEXT)]);

const ORDERED_PRODUCT: Shape = Shape::Object(&[
    may("id", &TEXT),
    may("href", &TEXT),
    may("productOffering", &REFERENCE),
    may("productConfiguration", &CONFIGURATION),
    may("productRelationship", &RELATIONSHIPS),
    may("place", &PLACES),
]);
const ORDER_QUALIFICATION_REFERENCE: Shape = Shape::Object(&[
    must("productOfferingQualificationId", &TEXT),
    must("id", &TEXT),
    may("productOfferingQualificationHref", &TEXT),
    may("alternateProductOfferingProposalId", &TEXT),
]);
const COORDINATED_ACTION: Shape = Shape::Object(&[
    must("itemId", &TEXT),
    must(
        "coordinationDependency",
        &Shape::OneOf(&["startToStart", "startToFinish", "finishToStart", "finishToFinish"]),
    ),
    must("coordinatedActionDelay", &DURATION),
]);
const ORDER_ITEM: Shape = Shape::Object(&[
    must("id", &TEXT),
    must("action", &ACTION),
    may("product", &ORDERED_PRODUCT),
    may("agreementName", &TEXT),
    may("billingAccount", &Shape::Object(&[must("id", &TEXT)])),
    may("coordinatedAction", &any_number_of(&COORDINATED_ACTION)),
    may("endCustomerName", &TEXT),
    may("expediteIndicator", &FLAG),
    may("note", &NOTES),
    may("productOfferingQualificationItem", &ORDER_QUALIFICATION_REFERENCE),
    may("productOrderItemRelationship", &ITEM_RELATIONSHIPS),
    may("quoteItem", &Shape::Object(&[must("quoteId", &TEXT), must("id", &TEXT), may("quoteHref", &TEXT)])),
    may("relatedBuyerPON", &TEXT),
    may("relatedContactInformation", &CONTACTS),
    may("requestedCompletionDate", &INSTANT),
    may("requestedItemTerm", &TERM),
    may("tspRestorationPriority", &TEXT),
]);

/// `ProductOrder_Create` (MEF 123).
pub(crate) const ORDER: Shape = Shape::Object(&[
    must("relatedContactInformation", &SOME_CONTACTS),
    must("productOrderItem", &at_least_one(&ORDER_ITEM)),
    may("externalId", &TEXT),
    may("projectId", &TEXT),
    may("note", &NOTES),
]);

const ORDER_ITEM_UPDATE: Shape = Shape::Object(&[
    must("id", &TEXT),
    may("endCustomerName", &TEXT),
    may("note", &NOTES),
    may("relatedBuyerPON", &TEXT),
    may("relatedContactInformation", &CONTACTS),
]);

/// `ProductOrder_Update` (MEF 123).
pub(crate) const ORDER_UPDATE: Shape = Shape::Object(&[
    may("externalId", &TEXT),
    may("projectId", &TEXT),
    may("note", &NOTES),
    may("productOrderItem", &any_number_of(&ORDER_ITEM_UPDATE)),
    may("relatedContactInformation", &SOME_CONTACTS),
]);

/// `CancelProductOrder_Create` (MEF 123).
pub(crate) const CANCEL: Shape = Shape::Object(&[
    must("productOrder", &Shape::Object(&[must("productOrderId", &TEXT), may("productOrderHref", &TEXT)])),
    must("relatedContactInformation", &SOME_CONTACTS),
    may("cancellationReason", &TEXT),
    may("cancellationReasonType", &Shape::OneOf(&["technical", "commercial"])),
]);

const CHARGE_ITEM_UPDATE: Shape = Shape::Object(&[
    must("id", &TEXT),
    must("acceptanceIndicator", &Shape::OneOf(&["accepted", "rejected"])),
    may("note", &NOTES),
]);

/// `MEFProductOrderCharge_Update` (MEF 123).
pub(crate) const CHARGE_UPDATE: Shape =
    Shape::Object(&[must("chargeItem", &at_least_one(&CHARGE_ITEM_UPDATE))]);

/// `EventSubscriptionInput`, the same in every API.
pub(crate) const SUBSCRIPTION: Shape = Shape::Object(&[must("callback", &TEXT), may("query", &TEXT)]);
