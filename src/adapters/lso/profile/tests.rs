use super::*;
use serde_json::json;

fn parse(change: impl FnOnce(&mut Value)) -> Result<Profile, Failure> {
    let mut account = json!({
        "address": "https://lso.seller.example/base/", "currency": "USD",
        "contacts": [{"role": "default", "name": "Desk", "email": "desk@x", "phone": "1"}],
        "offerings": [{"product": "Evpl", "id": "o"}],
        "classesOfService": [{"name": "gold"}],
        "terms": [{"name": "m", "value": 1, "unit": "Month", "atEnd": "Renew"}],
    });
    change(&mut account);
    Profile::parse(&serde_json::from_value(account).unwrap())
}

#[test]
fn addresses_follow_the_role() {
    let url = |role: &str, api: Api, operation: &str| {
        let profile = parse(|account| account["role"] = json!(role)).unwrap();
        profile.url(api, &[operation]).unwrap().path().to_owned()
    };
    for (api, operation, cantata, sonata) in [
        (
            Api::Address,
            "geographicAddressValidation",
            "geographicAddressManagement/v1",
            "geographicAddressManagement/v7",
        ),
        (
            Api::Qualification,
            "productOfferingQualification",
            "productOfferingQualification/v1",
            "productOfferingQualification/v7",
        ),
        (Api::Quote, "quote", "quoteManagement/v2", "quoteManagement/v8"),
        (Api::Order, "productOrder", "productOrderingManagement/v5", "productOrderingManagement/v10"),
        (Api::Inventory, "product", "productInventory/v1", "productInventory/v7"),
    ] {
        assert_eq!(url("Subscriber", api, operation), format!("/base/mefApi/cantata/{cantata}/{operation}"));
        assert_eq!(
            url("ServiceProvider", api, operation),
            format!("/base/mefApi/sonata/{sonata}/{operation}")
        );
    }
}

#[test]
fn an_id_stays_one_segment() {
    let profile = parse(|account| {
        account["buyerId"] = json!("b&b");
        account["sellerId"] = json!("s");
    });
    let profile = profile.unwrap();
    let url = profile.url(Api::Order, &["productOrder", "a/../b?c#d%2e"]).unwrap();
    assert!(url.path().ends_with("/productOrder/a%2F..%2Fb%3Fc%23d%252e"), "{url}");
    assert_eq!(url.query(), Some("buyerId=b%26b&sellerId=s"));
    for id in ["", ".", "..", ".\n.", "\t"] {
        assert_eq!(
            profile.url(Api::Order, &["productOrder", id]).unwrap_err().class,
            FailureClass::Unreadable
        );
    }
}

#[test]
fn plain_http_stays_on_this_machine() {
    let address = |text: &str, allow: bool| {
        parse(|account| {
            account["address"] = json!(text);
            account["allowPlainHttp"] = json!(allow);
        })
    };
    for text in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
        assert!(address(text, false).is_ok(), "{text}");
    }
    for text in [
        "http://seller.example",
        "http://127.0.0.1.seller.example",
        "ftp://x",
        "https://u:p@x",
        "mailto:x",
        "x",
    ] {
        assert!(address(text, false).unwrap_err().message.contains("spec.lso.address"), "{text}");
    }
    assert!(address("http://seller.example", true).is_ok());
    let token = parse(|account| {
        account["authentication"] = json!({"oauth2": {"tokenUrl": "http://login.example/t"}})
    });
    assert!(token.unwrap_err().message.contains("authentication.oauth2.tokenUrl"));
}

#[test]
fn what_is_wrong_is_named() {
    for (change, field) in [
        (
            json!({"contacts": [{"role": "buyerTechnicalContact", "name": "n", "email": "e@x", "phone": "1"}]}),
            "contacts",
        ),
        (json!({"requestTimeout": "0s"}), "requestTimeout"),
        (json!({"delayBound": "soon"}), "delayBound"),
        (json!({"search": {"lag": "1"}}), "search.lag"),
        (json!({"cbs": -1}), "cbs"),
        (
            json!({"classesOfService": [{"name": "g", "sls": {"send": "Copy", "flrPercent": "101"}}]}),
            "classesOfService[0].sls.flrPercent",
        ),
        (
            json!({"classesOfService": [{"name": "g", "sls": {"send": "Copy", "thresholdC": "2"}}]}),
            "classesOfService[0].sls.thresholdC",
        ),
    ] {
        let failure = parse(|account| {
            for (name, value) in change.as_object().unwrap() {
                account[name] = value.clone();
            }
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, FailureClass::Misconfigured);
        assert!(failure.message.contains(&format!("spec.lso.{field}:")), "{failure}");
    }
}

#[test]
fn what_the_block_leaves_out_has_a_default() {
    let capabilities = parse(|_| {}).unwrap().capabilities();
    assert_eq!(capabilities.request_timeout, Duration::from_secs(30));
    assert_eq!(capabilities.search_lag, Duration::from_secs(10));
    assert!(!capabilities.search_reliable && !capabilities.quote_single_use);
    assert!(capabilities.qualification_required && capabilities.quote_required);
}

#[test]
fn a_contact_of_its_own_comes_before_the_default() {
    let profile = parse(|account| {
        let own = json!({"role": "buyerTechnicalContact", "name": "NOC", "email": "noc@x", "phone": "2", "organization": "Us"});
        account["contacts"].as_array_mut().unwrap().push(own);
    });
    let profile = profile.unwrap();
    let contact = profile.contact(ContactRole::Technical).unwrap();
    assert_eq!((contact.role.as_str(), contact.name.as_str()), ("buyerTechnicalContact", "NOC"));
    let contact = profile.contact(ContactRole::Cancel).unwrap();
    assert_eq!((contact.role.as_str(), contact.name.as_str()), ("cancelProductOrderContact", "Desk"));
}
