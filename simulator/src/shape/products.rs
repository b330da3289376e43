//! The shape of product configurations, as the product schemas of MEF 125 (release Grace) demand it: EPL, EVPL and
//! subscriber UNI; and MEF 106: Access E-Line. Parts that this seller does not interpret are only asked to be objects or lists.

use super::{FLAG, Field, INSTANT, NUMBER, Shape, TEXT, may, must};
use crate::scenario::ProductType;

const PERCENT: Shape = Shape::Number { min: 0.0, max: 100.0 };
const RATIO: Shape = Shape::Number { min: 0.0, max: 1.0 };
const COUNT: Shape = Shape::Whole { min: 1, max: i64::MAX };
const NOT_NEGATIVE: Shape = Shape::Whole { min: 0, max: i64::MAX };
const BIT: Shape = Shape::Whole { min: 0, max: 1 };
const ENABLED: Shape = Shape::OneOf(&["ENABLED", "DISABLED"]);

const RATE: Shape = Shape::Object(&[
    must("irValue", &NUMBER),
    must("irUnits", &Shape::OneOf(&["BPS", "KBPS", "MBPS", "GBPS", "TBPS", "PBPS", "EBPS", "ZBPS", "YBPS"])),
]);
const SIZE: Shape = Shape::Object(&[
    must("dataSizeValue", &NOT_NEGATIVE),
    must(
        "dataSizeUnits",
        &Shape::OneOf(&[
            "BYTES", "KBYTES", "MBYTES", "GBYTES", "TBYTES", "PBYTES", "EBYTES", "ZBYTES", "YBYTES",
        ]),
    ),
]);
const DURATION: Shape = Shape::Object(&[
    must("timeDurationValue", &NOT_NEGATIVE),
    must(
        "timeDurationUnits",
        &Shape::OneOf(&["NS", "US", "MS", "SEC", "MIN", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"]),
    ),
]);

const fn list(of: &'static Shape) -> Shape {
    Shape::List { of, min: 0, max: usize::MAX }
}

const fn at_most_one(of: &'static Shape) -> Shape {
    Shape::List { of, min: 0, max: 1 }
}

const FLOW: Shape = Shape::Object(&[
    may("cir", &RATE),
    may("cirMax", &RATE),
    may("cbs", &SIZE),
    may("eir", &RATE),
    may("eirMax", &RATE),
    may("ebs", &SIZE),
    may("couplingFlag", &FLAG),
    may("colorMode", &Shape::OneOf(&["COLOR_BLIND", "COLOR_AWARE"])),
    may("envelopeId", &TEXT),
    may("envelopeRank", &COUNT),
    may("tokenRequestOffset", &Shape::Whole { min: i64::MIN, max: i64::MAX }),
]);
const PROFILE: Shape = Shape::Object(&[may("classOfServiceName", &TEXT), may("bwpFlow", &FLOW)]);
const ENVELOPE: Shape = Shape::Object(&[may("envelopeID", &TEXT), may("couplingFlagForIndexZero", &FLAG)]);

const PAIR: Shape = Shape::Object(&[
    may("fromCarrierEthernetServiceEndPoint", &TEXT),
    may("toCarrierEthernetServiceEndPoint", &TEXT),
]);
const PAIRS: Shape = Shape::List { of: &PAIR, min: 1, max: usize::MAX };
const FRAME_DELAY: Shape = Shape::Object(&[
    may("orderedPairList", &PAIRS),
    may("oneWayFdPercentile", &PERCENT),
    may("oneWayFdObjective", &DURATION),
]);
const MEAN_DELAY: Shape =
    Shape::Object(&[may("orderedPairList", &PAIRS), may("oneWayMfdObjective", &DURATION)]);
const DELAY_RANGE: Shape = Shape::Object(&[
    may("orderedPairList", &PAIRS),
    may("oneWayFdrPercentile", &PERCENT),
    may("oneWayFdrObjective", &DURATION),
]);
const DELAY_VARIATION: Shape = Shape::Object(&[
    may("orderedPairList", &PAIRS),
    may("timeDuration", &DURATION),
    may("oneWayIfdvPencentile", &PERCENT),
    may("oneWayIfdvObjective", &DURATION),
]);
const LOSS: Shape = Shape::Object(&[may("orderedPairList", &PAIRS), may("oneWayFlrObjective", &PERCENT)]);
const AVAILABILITY: Shape =
    Shape::Object(&[may("orderedPairList", &PAIRS), may("oneWayAvailabilityObjective", &PERCENT)]);
const HIGH_LOSS: Shape =
    Shape::Object(&[may("orderedPairList", &PAIRS), may("oneWayHighLossIntervalsObjective", &NOT_NEGATIVE)]);
const CONSECUTIVE_HIGH_LOSS: Shape = Shape::Object(&[
    may("orderedPairList", &PAIRS),
    may("consecutiveNumberP", &COUNT),
    may("oneWayChliObjective", &COUNT),
]);
const COMPOSITE: Shape = Shape::Object(&[
    may("orderedPairList", &PAIRS),
    may("compositePerformanceIndicatorThreshold", &RATIO),
    may("compositeFrameLoss", &BIT),
    may("compositeFrameDelay", &BIT),
    may("compositeFrameDelayVariation", &BIT),
    may("oneWayFdThreshold", &DURATION),
    may("oneWayIfdvThreshold", &DURATION),
    may("cpmObjective", &PERCENT),
]);
const SLS_ENTRY: Shape = Shape::Object(&[
    may("cosName", &TEXT),
    may("deltaT", &COUNT),
    may("thresholdC", &RATIO),
    may("consecutiveIntervalN", &COUNT),
    may("oneWayFrameDelayPmMetric", &list(&FRAME_DELAY)),
    may("oneWayMeanFrameDelayPmMetric", &list(&MEAN_DELAY)),
    may("oneWayFrameDelayRangePmMetric", &list(&DELAY_RANGE)),
    may("oneWayInterFrameDelayVariationPmMetric", &list(&DELAY_VARIATION)),
    may("oneWayFrameLossRatioPmMetric", &at_most_one(&LOSS)),
    may("oneWayAvailabilityPmMetric", &list(&AVAILABILITY)),
    may("oneWayHighLossIntervalsPmMetric", &list(&HIGH_LOSS)),
    may("oneWayConsecutiveHighLossIntervalsPmMetric", &list(&CONSECUTIVE_HIGH_LOSS)),
    may("oneWayCompositePmMetric", &list(&COMPOSITE)),
    may("oneWayGroupAvailabilityPmMetric", &list(&AVAILABILITY)),
]);
const SLS: Shape = Shape::Object(&[
    may("startTime", &INSTANT),
    may("timeDuration", &DURATION),
    may("slsCosNameEntry", &Shape::List { of: &SLS_ENTRY, min: 1, max: usize::MAX }),
]);

const L2CP_CLASSES: Shape = list(&Shape::Open { tag: "l2cpCosName" });
const CLASS_MAP: Shape = Shape::Tagged {
    tag: "mapType",
    common: &[must("mapType", &TEXT), may("l2cp_P", &L2CP_CLASSES)],
    variants: &[
        ("ENDPOINT", &[may("map_M", &TEXT)]),
        ("C_TAG_PCP", &[may("map_M", &Shape::List { of: &PCP_CLASS, min: 9, max: 9 })]),
        ("DSCP", &[may("map_M", &DSCP_CLASSES)]),
    ],
};
const PCP_CLASS: Shape = Shape::Object(&[
    may("pcpVal", &Shape::OneOf(&["0", "1", "2", "3", "4", "5", "6", "7", "UNTAGGED"])),
    may("pcpCosName", &TEXT),
]);
const DSCP_VALUES: Shape = Shape::Object(&[may(
    "dscpValues",
    &Shape::List { of: &Shape::Whole { min: 0, max: 63 }, min: 1, max: usize::MAX },
)]);
const DSCP_CLASSES: Shape = Shape::Object(&[
    may(
        "dscpValueCoSList",
        &list(&Shape::Object(&[
            may("ipv4List", &DSCP_VALUES),
            may("ipv6List", &DSCP_VALUES),
            may("cosName", &TEXT),
        ])),
    ),
    may("otherIPv4", &TEXT),
    may("otherIPv6", &TEXT),
    may("notIP", &TEXT),
]);
const COLOR: Shape = Shape::OneOf(&["GREEN", "YELLOW"]);
const PCP_COLOR: Shape = Shape::Object(&[
    may("pcpValue", &Shape::OneOf(&["0", "1", "2", "3", "4", "5", "6", "7"])),
    may("pcpColor", &COLOR),
]);
const DSCP_COLOR: Shape = Shape::Object(&[
    may("dscpList", &Shape::List { of: &Shape::Whole { min: 0, max: 63 }, min: 1, max: usize::MAX }),
    may("ipv4Color", &COLOR),
    may("ipv6Color", &COLOR),
]);
const COLOR_MAP: Shape = Shape::Tagged {
    tag: "mapType",
    common: &[must("mapType", &TEXT)],
    variants: &[
        ("ENDPOINT", &[may("epColor", &COLOR)]),
        ("DEI", &[]),
        ("PCP", &[may("colorFromPcpMap", &Shape::List { of: &PCP_COLOR, min: 8, max: 8 })]),
        ("DSCP", &[may("colorFromDscpMap", &Shape::List { of: &DSCP_COLOR, min: 1, max: usize::MAX })]),
    ],
};
const PCP_OR_DISCARD: Shape = Shape::OneOf(&["0", "1", "2", "3", "4", "5", "6", "7", "DISCARD"]);
const DEI_OR_DISCARD: Shape = Shape::OneOf(&["0", "1", "DISCARD"]);
const EGRESS_ENTRY: Shape = Shape::Object(&[
    may("cosName", &TEXT),
    may("pcpGreen", &PCP_OR_DISCARD),
    may("pcpYellow", &PCP_OR_DISCARD),
    may("deiGreen", &DEI_OR_DISCARD),
    may("deiYellow", &DEI_OR_DISCARD),
]);
const EGRESS_MAP: Shape = Shape::Object(&[may("evcEgressMapEntries", &list(&EGRESS_ENTRY))]);
const MEG_LEVEL: Shape = Shape::OneOf(&["0", "1", "2", "3", "4", "5", "6", "7", "NONE"]);
const AVAILABLE_MEG_LEVEL: Shape = Shape::OneOf(&["0", "1", "2", "3", "4", "5", "6"]);
const DISPOSITION: Shape = Shape::OneOf(&["DISCARD", "DELIVER_UNCONDITIONALLY", "DELIVER_CONDITIONALLY"]);
const DISPOSITIONS: Shape = Shape::Object(&[
    may("unicast", &DISPOSITION),
    may("multicast", &DISPOSITION),
    may("broadcast", &DISPOSITION),
]);
const VLAN_MAP: Shape = Shape::Object(&[
    must("vlanType", &Shape::OneOf(&["LIST", "UT/PT"])),
    may("vlanId", &Shape::List { of: &Shape::Whole { min: 1, max: 4094 }, min: 1, max: 4094 }),
]);

const PROFILES: Shape = list(&PROFILE);
const EPL_END: &[Field] = &[
    may("identifier", &TEXT),
    may("evcEndPointEnvelopes", &list(&ENVELOPE)),
    may("ingressClassOfServiceMap", &CLASS_MAP),
    may("colorMap", &COLOR_MAP),
    may("egressMap", &at_most_one(&EGRESS_MAP)),
    may("ingressBandwidthProfilePerClassofServiceName", &PROFILES),
    may("subscriberMegMip", &MEG_LEVEL),
];
const EVPL_END: &[Field] = &[
    may("identifier", &TEXT),
    may("evcEndPointEnvelopes", &list(&ENVELOPE)),
    may("ingressClassOfServiceMap", &CLASS_MAP),
    may("colorMap", &COLOR_MAP),
    may("egressMap", &at_most_one(&EGRESS_MAP)),
    may("ingressBandwidthProfilePerClassofServiceName", &PROFILES),
    may("subscriberMegMip", &MEG_LEVEL),
    may("evcEndPointMap", &VLAN_MAP),
    may("egressBandwidthProfilePerClassofServiceName", &at_most_one(&PROFILE)),
    may(
        "sourceAddressMacLimit",
        &at_most_one(&Shape::Object(&[may("limit", &COUNT), may("interval", &DURATION)])),
    ),
];
const CLASS_NAMES: Shape = Shape::List { of: &TEXT, min: 1, max: usize::MAX };
const FRAME_SIZE: Shape = Shape::Whole { min: 1522, max: i64::MAX };

const VLAN_IDS: Shape = Shape::List { of: &Shape::Whole { min: 1, max: 4094 }, min: 1, max: 4094 };
const OVC_VLAN_MAP: Shape = Shape::Tagged {
    tag: "mapType",
    common: &[must("mapType", &TEXT)],
    variants: &[
        ("FORM_U", &[may("ovcEndPointMapFormU", &VLAN_IDS)]),
        ("FORM_E", &[may("ovcEndPointMapFormE", &VLAN_IDS)]),
    ],
};
const OVC_CLASS_MAP: Shape = Shape::Tagged {
    tag: "mapType",
    common: &[must("mapType", &TEXT), may("l2cp_P", &L2CP_CLASSES)],
    variants: &[
        ("ENDPOINT", &[may("map_M", &TEXT)]),
        ("C_TAG_PCP", &[may("map_M", &Shape::List { of: &PCP_CLASS, min: 9, max: 9 })]),
        ("S_TAG_PCP", &[may("map_M", &Shape::List { of: &PCP_CLASS, min: 8, max: 8 })]),
        ("DSCP", &[may("map_M", &DSCP_CLASSES)]),
    ],
};
const OVC_END: &[Field] = &[
    may("identifier", &TEXT),
    may("ovcEndPointMap", &OVC_VLAN_MAP),
    may("ingressClassOfServiceMap", &OVC_CLASS_MAP),
    may("colorMap", &COLOR_MAP),
    may("ovcEgressMap", &at_most_one(&Shape::Open { tag: "mapType" })),
    may("egressEquivalenceClassIdentifier", &OVC_CLASS_MAP),
    may("egressBandwidthProfilePerEndPoint", &at_most_one(&FLOW)),
    may(
        "ingressBandwidthProfilePerClassOfServiceName",
        &Shape::List { of: &PROFILE, min: 1, max: usize::MAX },
    ),
    may("egressBwpPerEgressEquivalenceClassName", &PROFILES),
    may(
        "aggregationLinkDepth",
        &list(&Shape::Object(&[may("vlanID", &VLAN_COUNT), may("lagDepth", &COUNT)])),
    ),
    may(
        "sourceMacAddressLimit",
        &at_most_one(&Shape::Object(&[may("limit", &COUNT), may("interval", &DURATION)])),
    ),
    may("maintenanceIntermediatePoint", &MEG_LEVEL),
    may(
        "maintenanceEndPointList",
        &list(&Shape::Object(&[
            may("level", &Shape::Whole { min: 0, max: 7 }),
            may("mepDirection", &Shape::OneOf(&["UP", "DOWN"])),
        ])),
    ),
    may("ovcEndPointEnvelopes", &list(&ENVELOPE)),
    may("ovcEndPointPortConversationToAggregationLinkMap", &list(&CONVERSATION)),
];
const ACCESS_ELINE: Shape = Shape::Object(&[
    must("@type", &TEXT),
    must("uniEp", &Shape::Object(OVC_END)),
    must("enniEp", &Shape::Object(OVC_END)),
    may("listOfClassOfServiceNames", &CLASS_NAMES),
    may("carrierEthernetSls", &at_most_one(&SLS)),
    may("maximumFrameSize", &Shape::Whole { min: 1526, max: i64::MAX }),
    may("ceVlanIdPreservation", &Shape::OneOf(&["PRESERVE", "STRIP", "RETAIN"])),
    may("cTagPcpPreservation", &ENABLED),
    may("cTagDeiPreservation", &ENABLED),
    may("frameDisposition", &DISPOSITIONS),
    may("availableMegLevel", &AVAILABLE_MEG_LEVEL),
    may("ovcL2cpAddressSet", &Shape::OneOf(&["CTA", "CTB", "CTB2"])),
]);

const EPL: Shape = Shape::Object(&[
    must("@type", &TEXT),
    must("evcEndPointA", &Shape::Object(EPL_END)),
    must("evcEndPointZ", &Shape::Object(EPL_END)),
    may("listOfCosNames", &CLASS_NAMES),
    may("carrierEthernetSls", &at_most_one(&SLS)),
    may("maximumFrameSize", &FRAME_SIZE),
    may("availableMegLevel", &AVAILABLE_MEG_LEVEL),
]);
const EVPL: Shape = Shape::Object(&[
    must("@type", &TEXT),
    must("evcEndPointA", &Shape::Object(EVPL_END)),
    must("evcEndPointZ", &Shape::Object(EVPL_END)),
    may("listOfCosNames", &CLASS_NAMES),
    may("carrierEthernetSls", &at_most_one(&SLS)),
    may("maximumFrameSize", &FRAME_SIZE),
    may("availableMegLevel", &AVAILABLE_MEG_LEVEL),
    may("cTagPcpPreservation", &ENABLED),
    may("cTagDeiPreservation", &ENABLED),
    may("frameDisposition", &DISPOSITIONS),
]);

const PHYSICAL_LINK: Shape = Shape::Object(&[
    may("id", &TEXT),
    may("physicalLink", &TEXT),
    may("synchronousEthernet", &ENABLED),
    may("precisionTiming", &ENABLED),
    may("uniConnectorType", &Shape::OneOf(&["SC", "LC", "RJ45", "OTHER"])),
    may("uniConnectorGender", &Shape::OneOf(&["SOCKET", "PLUG"])),
    may("autoNegotiation", &ENABLED),
]);
const CONVERSATION_RANGE: Shape = Shape::Object(&[
    may("start", &Shape::Whole { min: 0, max: 4094 }),
    may("end", &Shape::Whole { min: 0, max: 4094 }),
]);
const CONVERSATION: Shape =
    Shape::Object(&[may("conversationIDs", &list(&CONVERSATION_RANGE)), may("aggLinkList", &list(&COUNT))]);
const L2CP_PROTOCOL: Shape = Shape::Object(&[
    may("l2cpProtocolType", &Shape::OneOf(&["ETHERTYPE", "LLC"])),
    may("llcAddressOrEtherType", &NOT_NEGATIVE),
    may("subType", &NOT_NEGATIVE),
]);
const PEERING: Shape = Shape::Object(&[
    may("protocolID", &L2CP_PROTOCOL),
    may("destinationAddress", &TEXT),
    may("linkIdList", &list(&TEXT)),
]);
const VLAN_COUNT: Shape = Shape::Whole { min: 1, max: 4094 };
const SUBSCRIBER_UNI: Shape = Shape::Object(&[
    must("@type", &TEXT),
    may("instantiation", &Shape::OneOf(&["PHYSICAL", "VIRTUAL"])),
    may("virtualFrameMap", &at_most_one(&Shape::Object(&[may("vfMap", &TEXT)]))),
    may("listOfPhyLinks", &list(&PHYSICAL_LINK)),
    may("linkAggregation", &Shape::OneOf(&["NONE", "2_LINK_ACTIVE_STANDBY", "ALL_ACTIVE", "OTHER"])),
    may("portConversation", &list(&CONVERSATION)),
    may("maximumServiceFrameSize", &FRAME_SIZE),
    may("maximumNumberOfEndPoints", &VLAN_COUNT),
    may("maximumNumberOfCtagVlanIdsPerEndPoint", &VLAN_COUNT),
    may("tokenShare", &ENABLED),
    may("envelopes", &list(&ENVELOPE)),
    may("linkOam", &ENABLED),
    may("meg", &ENABLED),
    may("lagLinkMeg", &ENABLED),
    may("l2cpAddressSet", &Shape::OneOf(&["CTA", "CTB", "CTB2"])),
    may("l2cpPeering", &PEERING),
]);

/// The shape of a product's configuration.
pub(crate) fn configuration(product: ProductType) -> &'static Shape {
    match product {
        ProductType::Epl => &EPL,
        ProductType::Evpl => &EVPL,
        ProductType::AccessEline => &ACCESS_ELINE,
        ProductType::SubscriberUni => &SUBSCRIBER_UNI,
    }
}
