//! Addresses (MEF 121).

use super::super::wire::address::{FieldedAddress, Validated, Validation};
use crate::model::{Address, Failure, FailureClass, Place};

/// Asks what the seller knows at an address. The specification demands that alternatives are asked for.
pub fn request(address: &Address) -> Validation {
    Validation { provide_alternative: true, submitted_geographic_address: fielded(address) }
}

/// An address, field by field.
pub fn fielded(address: &Address) -> FieldedAddress {
    FieldedAddress {
        kind: "FieldedAddress".into(),
        country: address.country.clone(),
        state_or_province: address.state_or_province.clone(),
        city: address.city.clone(),
        locality: address.locality.clone(),
        postcode: address.postcode.clone(),
        street_name: address.street_name.clone(),
        street_nr: address.street_nr.clone(),
        street_type: address.street_type.clone(),
    }
}

/// The place that the seller knows at the address. What it merely proposes is another place: a person has to choose.
pub fn answer(validated: &Validated) -> Result<Vec<Place>, Failure> {
    let best = validated.best_match_geographic_address.as_ref().and_then(|best| best.id.clone());
    let proposals: Vec<String> = validated.alternate_geographic_address.iter().take(5).map(line).collect();
    match best {
        Some(id) => Ok(vec![Place::Address(id)]),
        None if validated.best_match_geographic_address.is_some() || proposals.is_empty() => Ok(Vec::new()),
        None => {
            let proposals = super::printable(&proposals.join("; "), 500);
            let message = format!(
                "the seller does not know this address; it knows: {proposals}. Write the site's address as one of these"
            );
            Err(Failure::new(FailureClass::Invalid, message))
        }
    }
}

fn line(address: &FieldedAddress) -> String {
    let street = [address.street_nr.as_deref(), Some(&address.street_name), address.street_type.as_deref()];
    let city =
        [Some(address.city.as_str()), address.state_or_province.as_deref(), address.postcode.as_deref()];
    let words = |parts: [Option<&str>; 3]| parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    format!("{}, {}, {}", words(street), words(city), address.country)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer_to(value: serde_json::Value) -> Result<Vec<Place>, Failure> {
        answer(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn the_best_match_is_the_place() {
        let places =
            answer_to(json!({"validationResult": "success", "bestMatchGeographicAddress": {"id": "a-1"}}));
        assert_eq!(places, Ok(vec![Place::Address("a-1".into())]));
        assert_eq!(answer_to(json!({"validationResult": "fail"})), Ok(vec![]));
        assert_eq!(answer_to(json!({"bestMatchGeographicAddress": {"country": "US"}})), Ok(vec![]));
    }

    #[test]
    fn a_proposal_is_no_match() {
        let failure = answer_to(json!({"validationResult": "partial", "alternateGeographicAddress": [
            {"@type": "FieldedAddress", "id": "a-2", "country": "US", "city": "Ashburn", "streetName": "Main", "streetNr": "12"}]}));
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, FailureClass::Invalid);
        assert!(failure.message.contains("12 Main, Ashburn, US"), "{failure}");
    }
}
