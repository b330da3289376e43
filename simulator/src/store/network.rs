//! What products use at UNIs and between sites.

use std::collections::BTreeSet;

use rusqlite::{ToSql, params};
use serde::{Deserialize, Serialize};

use super::{Books, Stored};

/// What a product uses at one UNI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PortClaim {
    pub(crate) uni: String,
    /// VLAN ids; 0 is untagged and priority tagged frames.
    pub(crate) vlans: BTreeSet<u16>,
}

/// What a product uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) ports: Vec<PortClaim>,
    pub(crate) pair: String,
    /// Bit/s, each way.
    pub(crate) committed: u64,
}

/// What others use at one UNI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortLoad {
    pub(crate) end_points: u32,
    pub(crate) committed: u64,
}

impl Books<'_> {
    /// Replaces what a product uses.
    pub(crate) fn claim(&self, product: &str, claim: &Claim) -> Stored<()> {
        self.release(product)?;
        for port in &claim.ports {
            self.run(
                "INSERT OR REPLACE INTO port_use (product, uni, committed) VALUES (?1, ?2, ?3)",
                params![product, port.uni, bits(claim.committed)],
            )?;
            for vlan in &port.vlans {
                self.run(
                    "INSERT INTO vlan_use (uni, vlan, product) VALUES (?1, ?2, ?3)",
                    params![port.uni, vlan, product],
                )?;
            }
        }
        self.run(
            "INSERT INTO pair_use (product, pair, committed) VALUES (?1, ?2, ?3)",
            params![product, claim.pair, bits(claim.committed)],
        )?;
        Ok(())
    }

    /// Frees what a product uses.
    pub(crate) fn release(&self, product: &str) -> Stored<()> {
        self.run("DELETE FROM port_use WHERE product = ?1", [product])?;
        self.run("DELETE FROM vlan_use WHERE product = ?1", [product])?;
        self.run("DELETE FROM pair_use WHERE product = ?1", [product])?;
        Ok(())
    }

    /// What products other than `except` use at a UNI.
    pub(crate) fn port_load(&self, uni: &str, except: Option<&str>) -> Stored<PortLoad> {
        let (end_points, committed): (u32, i64) = self
            .transaction
            .prepare_cached(
                "SELECT COUNT(*), COALESCE(SUM(committed), 0) FROM port_use WHERE uni = ?1 AND product IS NOT ?2",
            )?
            .query_row(params![uni, except], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(PortLoad { end_points, committed: committed.try_into().unwrap_or(0) })
    }

    /// Which of these VLAN ids products other than `except` use at a UNI.
    pub(crate) fn vlans_taken(
        &self,
        uni: &str,
        vlans: &BTreeSet<u16>,
        except: Option<&str>,
    ) -> Stored<BTreeSet<u16>> {
        let mut taken = BTreeSet::new();
        for vlan in vlans {
            let sql = "SELECT COUNT(*) FROM vlan_use WHERE uni = ?1 AND vlan = ?2 AND product IS NOT ?3";
            if self.number(sql, params![uni, vlan, except])? > 0 {
                taken.insert(*vlan);
            }
        }
        Ok(taken)
    }

    /// Bit/s that products other than `except` use between two sites.
    pub(crate) fn pair_load(&self, pair: &str, except: Option<&str>) -> Stored<u64> {
        self.number(
            "SELECT COALESCE(SUM(committed), 0) FROM pair_use WHERE pair = ?1 AND product IS NOT ?2",
            params![pair, except],
        )
    }
}

fn bits(rate: u64) -> impl ToSql {
    i64::try_from(rate).unwrap_or(i64::MAX)
}
