//! Lists in pages: when a list goes on, when it is complete, and when the seller shows less than it promises.
//! A list that cannot be read to its end is a failure, never a shorter list.

use http::HeaderMap;

use crate::model::{Failure, FailureClass};

/// How many entries we ask for at a time.
pub const LIMIT: u64 = 100;
/// The most pages of one list that is read to its end.
pub const MOST_PAGES: usize = 100;
/// The most entries that are read one by one because the list does not say what they are.
pub const MOST_READS: usize = 200;

/// What the headers of a page say about the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// `X-Total-Count`
    pub total: Option<u64>,
    /// `X-Result-Count`
    pub count: Option<u64>,
    /// `X-Pagination-Throttled`
    pub throttled: bool,
}

impl Extent {
    /// Reads the headers; what is no number is nothing.
    pub fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        Self {
            total: text("x-total-count").and_then(|count| count.parse().ok()),
            count: text("x-result-count").and_then(|count| count.parse().ok()),
            throttled: text("x-pagination-throttled").is_some_and(|flag| flag.eq_ignore_ascii_case("true")),
        }
    }
}

/// Where a list goes on after the page at `offset` with `len` entries; `None` when it is complete.
///
/// # Errors
/// When the seller shows less than it says there is.
pub fn onward(offset: u64, len: u64, extent: Extent) -> Result<Option<u64>, Failure> {
    let end = offset.saturating_add(len);
    if extent.count.is_some_and(|count| count != len) {
        return Err(short("the page has another number of entries than it says"));
    }
    let more = match extent.total {
        Some(total) => end < total || (extent.throttled && len > 0),
        None => extent.throttled || len >= LIMIT,
    };
    match (more, len) {
        (false, _) => Ok(None),
        (true, 0) => Err(short("it says that there is more, and shows nothing")),
        (true, _) => Ok(Some(end)),
    }
}

/// The failure of a list that is not whole.
pub fn short(why: &str) -> Failure {
    Failure::new(FailureClass::Transient, format!("the seller's list is not complete: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(total: Option<u64>, throttled: bool) -> Extent {
        Extent { total, count: None, throttled }
    }

    #[test]
    fn a_list_ends_where_the_seller_says_so() {
        assert_eq!(onward(0, 3, extent(Some(3), false)), Ok(None));
        assert_eq!(onward(0, 3, extent(Some(5), false)), Ok(Some(3)));
        assert_eq!(onward(0, 3, extent(None, false)), Ok(None));
        assert_eq!(onward(0, LIMIT, extent(None, false)), Ok(Some(LIMIT)));
        assert_eq!(onward(0, 0, extent(None, false)), Ok(None));
        assert_eq!(onward(0, 3, extent(None, true)), Ok(Some(3)));
        assert_eq!(onward(0, 3, extent(Some(3), true)), Ok(Some(3)));
        assert_eq!(onward(3, 0, extent(Some(3), true)), Ok(None));
    }

    #[test]
    fn a_promise_that_is_not_kept_is_a_failure() {
        assert!(onward(3, 0, extent(Some(5), false)).is_err());
        assert!(onward(3, 0, extent(None, true)).is_err());
        assert!(onward(0, 2, Extent { total: None, count: Some(3), throttled: false }).is_err());
    }
}
