//! Where things are.

use std::fmt;

/// A position in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

/// Mean radius of the earth in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6_371.0;

impl Coordinates {
    /// Great-circle distance in kilometres (haversine).
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let d_lat = lat_b - lat_a;
        let d_lon = (other.longitude - self.longitude).to_radians();
        let h = (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// A postal address, field by field (MEF 121, `FieldedAddress`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// ISO 3166-1 alpha-2 code or name, as the seller expects it.
    pub country: String,
    /// State or province.
    pub state_or_province: Option<String>,
    /// City.
    pub city: String,
    /// Part of a city.
    pub locality: Option<String>,
    /// Postal code.
    pub postcode: Option<String>,
    /// Street, without number.
    pub street_name: String,
    /// House number.
    pub street_nr: Option<String>,
    /// `Street`, `Avenue`, …
    pub street_type: Option<String>,
}

/// A country or other jurisdiction, as it is written in addresses: best by its ISO 3166-1 alpha-2 code. The case of letters says nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(String);

impl Country {
    /// The country of that name; none where nothing is written.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_uppercase()))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place as one seller knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A geographic site of the seller (MEF 122).
    Site(String),
    /// A validated address of the seller (MEF 121).
    Address(String),
}

/// A place as we name it to a seller: by its own id, or by address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Site {
    /// As the seller knows it.
    Known(Place),
    /// By postal address; the seller has to find it.
    At(Address),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ashburn_to_chicago_is_about_940_km() {
        let ashburn = Coordinates { latitude: 39.04, longitude: -77.49 };
        let chicago = Coordinates { latitude: 41.85, longitude: -87.65 };
        let distance = ashburn.distance_km(chicago);
        assert!((900.0..980.0).contains(&distance), "{distance}");
        assert!((distance - chicago.distance_km(ashburn)).abs() < 1e-9);
        assert!(ashburn.distance_km(ashburn) < 1e-9);
    }
}
