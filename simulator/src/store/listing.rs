//! Pages of documents that fit conditions, as SQL over their JSON.

use jiff::Timestamp;
use rusqlite::{params_from_iter, types::Value as Sql};
use serde_json::Value;

use super::{Books, Kind, Stored};

/// One condition of a list, on the wire document. Paths are SQLite JSON paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// The value at the path.
    Is(&'static str, String),
    /// The value at one path or the other.
    EitherIs(&'static str, &'static str, String),
    /// The value at the path inside any element of the array.
    AnyOf { array: &'static str, path: &'static str, is: String },
    /// The instant at the path is later.
    After(&'static str, Timestamp),
    /// The instant at the path is earlier.
    Before(&'static str, Timestamp),
    /// The same inside any element of the array.
    AnyAfter { array: &'static str, path: &'static str, than: Timestamp },
    /// The same inside any element of the array.
    AnyBefore { array: &'static str, path: &'static str, than: Timestamp },
}

/// Which page of which documents.
pub(crate) struct Selection<'a> {
    pub(crate) kind: Kind,
    pub(crate) owner: &'a str,
    pub(crate) filters: &'a [Filter],
    pub(crate) now: Timestamp,
    /// Products as the inventory showed them then; absent is as it shows them now.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) offset: u32,
    pub(crate) limit: u32,
}

impl Books<'_> {
    /// One page of the documents that fit, oldest first, and how many fit in all.
    pub(crate) fn list(&self, selection: &Selection<'_>) -> Stored<(Vec<Value>, u64)> {
        let mut clause = String::from("(owner = ?1 OR owner = '') AND listed_from <= ?2 AND hidden = 0");
        let mut values: Vec<Sql> =
            vec![selection.owner.to_owned().into(), selection.now.as_millisecond().into()];
        for filter in selection.filters {
            clause.push_str(" AND ");
            clause.push_str(&filter.clause(&mut values));
        }
        let table = match (selection.kind, selection.as_of) {
            (Kind::Product, Some(instant)) => super::shown::products_at(instant),
            (kind, _) => kind.table().to_owned(),
        };
        let count = format!("SELECT COUNT(*) FROM {table} WHERE {clause}");
        let total = self.number(&count, params_from_iter(values.clone()))?;
        let page = format!(
            "SELECT wire FROM {table} WHERE {clause} ORDER BY number LIMIT {} OFFSET {}",
            selection.limit, selection.offset
        );
        let mut statement = self.transaction.prepare_cached(&page)?;
        let texts = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(0))?;
        let mut wires = Vec::new();
        for text in texts {
            wires.push(serde_json::from_str(&text?)?);
        }
        Ok((wires, total))
    }
}

impl Filter {
    /// The SQL condition; its values are appended to `values`.
    fn clause(&self, values: &mut Vec<Sql>) -> String {
        let mut bind = |value: Sql| {
            values.push(value);
            format!("?{}", values.len())
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
        let seconds = |instant: &Timestamp| Sql::Real(instant.as_millisecond() as f64 / 1000.0);
        let any = |array: &str, condition: String| {
            format!("EXISTS (SELECT 1 FROM json_each(wire, '{array}') AS element WHERE {condition})")
        };
        match self {
            Self::Is(path, value) => format!("json_extract(wire, '{path}') = {}", bind(value.clone().into())),
            Self::EitherIs(one, other, value) => {
                let at = bind(value.clone().into());
                format!("(json_extract(wire, '{one}') = {at} OR json_extract(wire, '{other}') = {at})")
            }
            Self::AnyOf { array, path, is } => {
                any(array, format!("json_extract(element.value, '{path}') = {}", bind(is.clone().into())))
            }
            Self::After(path, than) => {
                format!("unixepoch(json_extract(wire, '{path}'), 'subsec') > {}", bind(seconds(than)))
            }
            Self::Before(path, than) => {
                format!("unixepoch(json_extract(wire, '{path}'), 'subsec') < {}", bind(seconds(than)))
            }
            Self::AnyAfter { array, path, than } => any(
                array,
                format!(
                    "unixepoch(json_extract(element.value, '{path}'), 'subsec') > {}",
                    bind(seconds(than))
                ),
            ),
            Self::AnyBefore { array, path, than } => any(
                array,
                format!(
                    "unixepoch(json_extract(element.value, '{path}'), 'subsec') < {}",
                    bind(seconds(than))
                ),
            ),
        }
    }
}
