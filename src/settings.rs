//! Flags and environment as validated settings. Every window and time-out of the operator is here; rooms get plain values.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;

use crate::model::CatchLimits;

/// Flags and environment of `naas-operator`.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "naas-operator",
    version,
    args_override_self = true,
    about = "Turns connectivity intents into network services, bought once and kept"
)]
pub struct Flags {
    /// Who we are to sellers: part of every order's project, stable across clusters that are rebuilt from the same Git.
    #[arg(long, env = "NAAS_OWNER_ID")]
    owner_id: String,
    /// The operator's own namespace: credentials are Secrets there.
    #[arg(long, env = "NAAS_NAMESPACE", default_value = "naas-system")]
    namespace: String,
    /// Where health and metrics are served.
    #[arg(long, env = "NAAS_LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Where notifications of sellers are listened to; not at all where absent. In plain HTTP: TLS ends in front of it.
    #[arg(long, env = "NAAS_NOTIFY_LISTEN", requires = "notify_url")]
    notify_listen: Option<SocketAddr>,
    /// The https address at which sellers reach that listener.
    #[arg(long, env = "NAAS_NOTIFY_URL", requires = "notify_listen")]
    notify_url: Option<String>,
    /// How long after its record was written an order may be sent.
    #[arg(long, env = "NAAS_PURCHASE_WINDOW", default_value = "30s", value_parser = duration)]
    purchase_window: Duration,
    /// How often a purchase is tried again after a search that can be trusted found nothing.
    #[arg(long, env = "NAAS_PURCHASE_ATTEMPTS", default_value_t = 3)]
    purchase_attempts: usize,
    /// How long sellers may take to make an offer before the offers of the others are taken.
    #[arg(long, env = "NAAS_OFFER_PATIENCE", default_value = "10m", value_parser = duration)]
    offer_patience: Duration,
    /// How old a refusal of a seller is before it is asked again.
    #[arg(long, env = "NAAS_ASK_AGAIN", default_value = "15m", value_parser = duration)]
    ask_again: Duration,
    /// Between looks at what is settled.
    #[arg(long, env = "NAAS_SETTLED", default_value = "1h", value_parser = duration)]
    settled: Duration,
    /// First look at what a seller works on; it doubles from look to look.
    #[arg(long, env = "NAAS_POLL", default_value = "2s", value_parser = duration)]
    poll: Duration,
    /// Longest time between looks at what a seller works on.
    #[arg(long, env = "NAAS_POLL_MOST", default_value = "5m", value_parser = duration)]
    poll_most: Duration,
    /// First retry after a failure; it doubles from try to try.
    #[arg(long, env = "NAAS_RETRY", default_value = "1s", value_parser = duration)]
    retry: Duration,
    /// Longest time between retries.
    #[arg(long, env = "NAAS_RETRY_MOST", default_value = "10m", value_parser = duration)]
    retry_most: Duration,
    /// Between looks at what waits for a person.
    #[arg(long, env = "NAAS_STALLED", default_value = "15m", value_parser = duration)]
    stalled: Duration,
    /// Objects of one kind that are worked on at once; segments are counted for each account.
    #[arg(long, env = "NAAS_CONCURRENCY", default_value_t = 32)]
    concurrency: u16,
    /// Hold all purchases, whatever accounts say.
    #[arg(long, env = "NAAS_HOLD_PURCHASES", default_value_t = false)]
    hold_purchases: bool,
    /// Most purchases and changes of one account in a while; one more trips its safety catch.
    #[arg(long, env = "NAAS_SAFETY_CATCH_ORDERS", default_value_t = 20)]
    safety_catch_orders: usize,
    /// Most disconnects and cancellations of one account in a while; one more trips its safety catch.
    #[arg(long, env = "NAAS_SAFETY_CATCH_DISCONNECTS", default_value_t = 10)]
    safety_catch_disconnects: usize,
    /// Over which time orders are counted for the safety catch.
    #[arg(long, env = "NAAS_SAFETY_CATCH_WITHIN", default_value = "1h", value_parser = duration)]
    safety_catch_within: Duration,
    /// Log lines as JSON.
    #[arg(long, env = "NAAS_LOG_JSON", default_value_t = false)]
    log_json: bool,
}

/// Validated settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who we are to sellers.
    pub owner: String,
    /// The operator's own namespace.
    pub namespace: String,
    /// Where health and metrics are served.
    pub listen: SocketAddr,
    /// Where notifications of sellers are listened to, if anywhere.
    pub notify: Option<Notify>,
    /// How long after its record was written an order may be sent.
    pub purchase_window: Duration,
    /// Tries of one purchase.
    pub purchase_attempts: usize,
    /// How long sellers may take to make an offer.
    pub offer_patience: Duration,
    /// How old a refusal is before a seller is asked again.
    pub ask_again: Duration,
    /// Between looks at what is settled.
    pub settled: Duration,
    /// First look at what a seller works on.
    pub poll: Duration,
    /// Longest time between such looks.
    pub poll_most: Duration,
    /// First retry after a failure.
    pub retry: Duration,
    /// Longest time between retries.
    pub retry_most: Duration,
    /// Between looks at what waits for a person.
    pub stalled: Duration,
    /// Objects of one kind that are worked on at once, segments of each account; at least one.
    pub concurrency: u16,
    /// Hold all purchases.
    pub hold_purchases: bool,
    /// What trips the safety catch of an account that states nothing else.
    pub safety_catch: CatchLimits,
    /// Log lines as JSON.
    pub log_json: bool,
}

/// Where notifications of sellers arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// Where to listen, in plain HTTP.
    pub listen: SocketAddr,
    /// The address at which sellers reach that.
    pub url: String,
}

/// Why the flags make no settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag}: {why}")]
pub struct SettingsError {
    flag: &'static str,
    why: &'static str,
}

fn duration(text: &str) -> Result<Duration, String> {
    crate::model::parse_duration(text).map_err(|error| error.to_string())
}

impl TryFrom<Flags> for Settings {
    type Error = SettingsError;

    fn try_from(flags: Flags) -> Result<Self, SettingsError> {
        let owner = flags.owner_id;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if owner.is_empty() || owner.len() > 64 || !owner.chars().all(plain) {
            return Err(SettingsError {
                flag: "--owner-id",
                why: "write 1 to 64 letters, digits, dashes, dots or underscores",
            });
        }
        for (flag, first, most) in
            [("--poll", flags.poll, flags.poll_most), ("--retry", flags.retry, flags.retry_most)]
        {
            if first.is_zero() || first > most {
                return Err(SettingsError {
                    flag,
                    why: "must be more than nothing and at most its longest time",
                });
            }
        }
        for (flag, value) in [
            ("--purchase-window", flags.purchase_window),
            ("--settled", flags.settled),
            ("--stalled", flags.stalled),
            ("--ask-again", flags.ask_again),
            ("--safety-catch-within", flags.safety_catch_within),
        ] {
            if value.is_zero() {
                return Err(SettingsError { flag, why: "must be more than nothing" });
            }
        }
        if flags.purchase_attempts == 0 {
            return Err(SettingsError { flag: "--purchase-attempts", why: "must be at least one" });
        }
        let notify = match (flags.notify_listen, flags.notify_url) {
            (Some(listen), Some(url)) => Some(Notify { listen, url: notify_url(&url)? }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(SettingsError {
                    flag: "--notify-listen",
                    why: "belongs to --notify-url: state both or none",
                });
            }
        };
        for (flag, most) in [
            ("--safety-catch-orders", flags.safety_catch_orders),
            ("--safety-catch-disconnects", flags.safety_catch_disconnects),
        ] {
            if most == 0 {
                return Err(SettingsError { flag, why: "must be at least one" });
            }
        }
        if flags.concurrency == 0 {
            return Err(SettingsError { flag: "--concurrency", why: "must be at least one" });
        }
        Ok(Self {
            owner,
            namespace: flags.namespace,
            listen: flags.listen,
            notify,
            purchase_window: flags.purchase_window,
            purchase_attempts: flags.purchase_attempts,
            offer_patience: flags.offer_patience,
            ask_again: flags.ask_again,
            settled: flags.settled,
            poll: flags.poll,
            poll_most: flags.poll_most,
            retry: flags.retry,
            retry_most: flags.retry_most,
            stalled: flags.stalled,
            concurrency: flags.concurrency,
            hold_purchases: flags.hold_purchases,
            safety_catch: CatchLimits {
                orders: flags.safety_catch_orders,
                disconnects: flags.safety_catch_disconnects,
                within: flags.safety_catch_within,
            },
            log_json: flags.log_json,
        })
    }
}

/// What an account's path is appended to. The address is a secret on its way to us, so it is encrypted unless it stays on this machine.
fn notify_url(text: &str) -> Result<String, SettingsError> {
    let refuse = |why| SettingsError { flag: "--notify-url", why };
    let url = url::Url::parse(text).map_err(|_| refuse("write an address such as https://naas.example"))?;
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(refuse("must use https; plain http is possible to this machine only"));
    }
    let bare = url.username().is_empty() && url.password().is_none();
    if !bare || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("must have no user, query or fragment"));
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &[&str]) -> Result<Settings, SettingsError> {
        let all = ["naas-operator", "--owner-id", "acme"].into_iter().chain(args.iter().copied());
        Settings::try_from(Flags::try_parse_from(all).unwrap())
    }

    #[test]
    fn the_owner_is_required_and_the_rest_has_defaults() {
        assert!(Flags::try_parse_from(["naas-operator"]).is_err());
        assert_eq!(settings(&[]).unwrap().purchase_window, Duration::from_secs(30));
    }

    #[test]
    fn windows_that_cannot_work_are_refused() {
        assert!(settings(&["--poll", "10m"]).is_err());
        assert!(settings(&["--purchase-window", "0s"]).is_err());
        assert!(settings(&["--purchase-attempts", "0"]).is_err());
        assert!(settings(&["--owner-id", "a/b"]).is_err());
        assert!(settings(&["--safety-catch-orders", "0"]).is_err());
        assert!(settings(&["--safety-catch-disconnects", "0"]).is_err());
        assert!(settings(&["--safety-catch-within", "0s"]).is_err());
    }

    #[test]
    fn notifications_need_both_addresses_and_an_encrypted_way() {
        assert_eq!(settings(&[]).unwrap().notify, None);
        let at = |url| settings(&["--notify-listen", "0.0.0.0:8081", "--notify-url", url]);
        let notify = at("https://naas.example/events").unwrap().notify.unwrap();
        assert_eq!(notify.url, "https://naas.example/events");
        assert!(at("http://127.0.0.1:8081").is_ok());
        for bad in [
            "naas.example",
            "http://naas.example",
            "ftp://naas.example",
            "https://me@naas.example",
            "https://naas.example/?a=b",
            "https://naas.example/#a",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
        for one in [["--notify-listen", "0.0.0.0:8081"], ["--notify-url", "https://naas.example"]] {
            let all = ["naas-operator", "--owner-id", "acme"].into_iter().chain(one);
            assert!(Flags::try_parse_from(all).is_err(), "{one:?}");
        }
    }
}
