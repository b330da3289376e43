//! What the distance between two sites says about delay, one way.
//!
//! The great circle at the speed of light in vacuum is the floor: nothing can be faster, so it is the only figure of distance that
//! rejects. The estimate serves to rank and to tell people; nobody owes it.

use std::time::Duration;

const VACUUM_NS_PER_KM: u64 = 3_340;
const FIBRE_NS_PER_KM: u64 = 5_000;

/// What is allowed for the access to a site, where nobody states another.
pub const ACCESS: Duration = Duration::from_micros(500);

/// The least delay over a great-circle distance: light in vacuum needs 3.34 µs for a kilometre.
#[must_use]
pub fn floor(km: u32) -> Duration {
    Duration::from_nanos(u64::from(km) * VACUUM_NS_PER_KM)
}

/// Estimated delay over a great-circle distance, with what is allowed for the access at either end.
///
/// The length of the route is that of ITU-T Y.1541, Appendix III: 1.5 × the distance below 1,000 km, 1,500 km up to 1,200 km, 1.25 × the
/// distance beyond; light in fibre needs 5 µs for a kilometre.
#[must_use]
pub fn estimate(km: u32, access: [Duration; 2]) -> Duration {
    let km = u64::from(km);
    let route = match km {
        0..1_000 => km * 3 / 2,
        1_000..=1_200 => 1_500,
        _ => km * 5 / 4,
    };
    Duration::from_nanos(route * FIBRE_NS_PER_KM) + access[0] + access[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn routes_are_longer_than_distances() {
        let estimate = |km| estimate(km, [Duration::ZERO; 2]).as_micros();
        assert_eq!([0, 999, 1_000, 1_200, 1_201].map(estimate), [0, 7_490, 7_500, 7_500, 7_505]);
        assert_eq!(super::estimate(0, [ACCESS, Duration::from_millis(2)]), Duration::from_micros(2_500));
    }

    proptest! {
        #[test]
        fn an_estimate_grows_with_the_distance_and_is_above_the_floor(km in 1u32..20_040) {
            prop_assert!(estimate(km, [Duration::ZERO; 2]) > floor(km));
            prop_assert!(estimate(km, [ACCESS; 2]) >= estimate(km - 1, [ACCESS; 2]));
        }
    }
}
