//! Which offer to take: the preferred one that everybody's limits allow.

use std::fmt;

use jiff::Timestamp;

use super::price::{Charges, total};
use crate::model::{Amount, Budget, Currency, Limits, Money, OwnCost, Term};

/// A firm offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The account.
    pub account: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Per month, net of tax.
    pub monthly: Amount,
    /// At once, net of tax.
    pub one_time: Amount,
    /// For how long.
    pub term: Term,
}

impl Offered {
    fn charges(&self) -> Charges {
        let Self { monthly, one_time, currency, .. } = *self;
        Charges { monthly, one_time, currency }
    }

    /// What it costs over its term, for comparison.
    #[must_use]
    pub fn over_term(&self) -> Amount {
        self.charges().over(&self.term).amount
    }
}

/// What is already spent through an account, by everything but the offer at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Per month.
    pub monthly: Amount,
    /// At once.
    pub one_time: Amount,
}

impl std::ops::Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { monthly: self.monthly + other.monthly, one_time: self.one_time + other.one_time }
    }
}

impl std::iter::Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| sum + one)
    }
}

/// When what is offered could be in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It is ordered already: it comes when it comes.
    Ordered,
    /// Then at the earliest, were it ordered now.
    At(Timestamp),
    /// Nobody says.
    Unknown,
}

/// An offer with the limits of its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgeted {
    /// The offer.
    pub offer: Offered,
    /// Limits of its account.
    pub limits: Limits,
    /// What is spent through it.
    pub spent: Spent,
    /// Why the budgets of the namespace have no room for it, where they have none: one PascalCase word, and the figures.
    pub no_room: Option<(&'static str, String)>,
    /// When it could be in use.
    pub ready: Readiness,
}

/// Firm offers that only together are of use: a leg's, or those of all legs of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What they are called: the account, or the path.
    pub name: String,
    /// The offers, each with the limits of its account.
    pub offers: Vec<Budgeted>,
    /// What no order buys and is counted all the same.
    pub own: Vec<OwnCost>,
}

impl Bundle {
    /// What all orders come to per month and at once; `None` where they are in different currencies.
    #[must_use]
    pub fn price(&self) -> Option<Charges> {
        let offers = || self.offers.iter().map(|budgeted| &budgeted.offer);
        let currency = offers().next()?.currency;
        let one = offers().all(|offer| offer.currency == currency);
        let monthly = offers().map(|offer| offer.monthly).sum();
        one.then(|| Charges { currency, monthly, one_time: offers().map(|offer| offer.one_time).sum() })
    }

    /// What it costs over its terms, for comparison, with what is our own over the longest of them; `None`, and dearer than
    /// everything, where currencies differ.
    #[must_use]
    pub fn over_term(&self) -> Option<Amount> {
        let offers = || self.offers.iter().map(|budgeted| &budgeted.offer);
        let longest = offers().map(|offer| &offer.term).max_by_key(|term| term.months())?;
        let own = self.own.iter().map(|own| (&*self.name, Ok(Charges::from(*own)), longest));
        let parts = offers().map(|offer| (&*offer.account, Ok(offer.charges()), &offer.term)).chain(own);
        total(parts).ok()?.map(|sum| sum.amount)
    }
}

impl From<Budgeted> for Bundle {
    fn from(one: Budgeted) -> Self {
        Self { name: one.offer.account.clone(), offers: vec![one], own: Vec::new() }
    }
}

/// Why an offer may not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Veto {
    /// It exceeds the intent's budget.
    AboveBudget {
        /// `monthly` or `oneTime`.
        what: &'static str,
        /// Its price.
        price: Money,
        /// The budget.
        budget: Money,
    },
    /// It exceeds the account's limits.
    AboveLimit {
        /// Which limit.
        what: &'static str,
        /// What it would come to.
        sum: Money,
        /// The limit.
        limit: Money,
    },
    /// A budget of the namespace has no room for it: one PascalCase word, and the figures.
    NoRoom(&'static str, String),
    /// Its currency is not the budget's.
    Currency(Currency),
    /// It could not be in use in time.
    ReadyTooLate {
        /// The account whose part comes last.
        account: String,
        /// When that could be in use.
        ready: Timestamp,
        /// When it must be.
        by: Timestamp,
    },
}

impl Veto {
    /// One PascalCase word for conditions.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::AboveBudget { .. } => "PriceAboveBudget",
            Self::AboveLimit { .. } => "AboveProviderLimit",
            Self::NoRoom(reason, _) => reason,
            Self::Currency(_) => "CurrencyDiffers",
            Self::ReadyTooLate { .. } => "ReadyTooLate",
        }
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboveBudget { what, price, budget } => {
                write!(
                    f,
                    "it costs {price}, above spec.budget.{what} of {budget}; raise the budget or ask for less"
                )
            }
            Self::AboveLimit { what, sum, limit } => write!(
                f,
                "it would come to {sum}, above the provider's spec.limits.{what} of {limit}; ask the platform team"
            ),
            Self::NoRoom(_, what) => write!(f, "it needs {what}"),
            Self::Currency(currency) => {
                write!(f, "it is priced in {currency}; state the budget in {currency}")
            }
            Self::ReadyTooLate { account, ready, by } => write!(
                f,
                "{account} could have it ready on {ready} if it were ordered now, after spec.schedule.readyBy of {by}; state a later date, or none for as soon as possible"
            ),
        }
    }
}

/// What was chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Index of the offer to take, if any may be taken.
    pub taken: Option<usize>,
    /// Index of the offer that is preferred, whether or not it may be taken.
    pub preferred: Option<usize>,
    /// Offers that may not be taken, and why.
    pub vetoes: Vec<(usize, Veto)>,
}

/// The first in the order of preference among what may be taken: within every limit, and in use by this time as far as anybody knows.
#[must_use]
pub fn choose(
    bundles: &[Bundle],
    order: Vec<usize>,
    budget: Option<&Budget>,
    by: Option<Timestamp>,
) -> Choice {
    let mut choice = Choice { taken: None, preferred: order.first().copied(), vetoes: Vec::new() };
    for index in order {
        let Some(bundle) = bundles.get(index) else { continue };
        match all_within(&bundle.offers, budget, Spent::default()).and_then(|()| in_time(&bundle.offers, by))
        {
            Ok(()) if choice.taken.is_none() => choice.taken = Some(index),
            Ok(()) => {}
            Err(veto) => choice.vetoes.push((index, veto)),
        }
    }
    choice
}

/// Whether all of the offers could be in use by this time.
fn in_time(offers: &[Budgeted], by: Option<Timestamp>) -> Result<(), Veto> {
    let Some(by) = by else { return Ok(()) };
    let known = offers.iter().filter_map(|offer| match offer.ready {
        Readiness::At(ready) => Some((ready, &offer.offer.account)),
        Readiness::Ordered | Readiness::Unknown => None,
    });
    match known.max_by_key(|(ready, _)| *ready) {
        Some((ready, account)) if ready > by => {
            Err(Veto::ReadyTooLate { account: account.clone(), ready, by })
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether the offer is within the budget, the account's limits and the budgets of the namespace.
///
/// # Errors
/// The first limit that it breaks.
pub fn within(budgeted: &Budgeted, budget: Option<&Budget>) -> Result<(), Veto> {
    all_within(std::slice::from_ref(budgeted), budget, Spent::default())
}

/// Whether all of the offers together are within the budget, and each within its account's limits beside the others. `beside` is
/// what the budget pays for already.
///
/// # Errors
/// The first limit that is broken.
pub fn all_within(offers: &[Budgeted], budget: Option<&Budget>, beside: Spent) -> Result<(), Veto> {
    for Budgeted { offer, limits, .. } in offers {
        if offer.currency != limits.currency
            || budget.is_some_and(|budget| offer.currency != budget.currency)
            || offers.first().is_some_and(|first| first.offer.currency != offer.currency)
        {
            return Err(Veto::Currency(offer.currency));
        }
    }
    if let Some(budget) = budget {
        let sum = |part: fn(&Offered) -> Amount| offers.iter().map(|one| part(&one.offer)).sum::<Amount>();
        let monthly = beside.monthly + sum(|offer| offer.monthly);
        let one_time = beside.one_time + sum(|offer| offer.one_time);
        for (what, price, most) in
            [("monthly", monthly, budget.monthly), ("oneTime", one_time, budget.one_time)]
        {
            if price > most {
                let money = |amount| Money { amount, currency: budget.currency };
                return Err(Veto::AboveBudget { what, price: money(price), budget: money(most) });
            }
        }
    }
    for (index, Budgeted { offer, limits, spent, no_room, ready: _ }) in offers.iter().enumerate() {
        let money = |amount| Money { amount, currency: offer.currency };
        let before = offers.iter().take(index).filter(|other| other.offer.account == offer.account);
        let (mut monthly, mut one_time) = (spent.monthly + offer.monthly, spent.one_time + offer.one_time);
        for other in before {
            (monthly, one_time) = (monthly + other.offer.monthly, one_time + other.offer.one_time);
        }
        let checks = [
            ("perOrder.monthly", offer.monthly, limits.per_order.monthly),
            ("perOrder.oneTime", offer.one_time, limits.per_order.one_time),
            ("total.monthly", monthly, limits.total.monthly),
            ("total.oneTime", one_time, limits.total.one_time),
        ];
        for (what, sum, limit) in checks {
            if sum > limit {
                return Err(Veto::AboveLimit { what, sum: money(sum), limit: money(limit) });
            }
        }
        if let Some((reason, what)) = no_room {
            return Err(Veto::NoRoom(reason, what.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cap, TermEnd, TermUnit};

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn offer(account: &str, monthly: &str, one_time: &str, months: u32) -> Bundle {
        let cap = Cap { monthly: amount("1000"), one_time: amount("1000") };
        Bundle::from(Budgeted {
            offer: Offered {
                account: account.into(),
                currency: "USD".parse().unwrap(),
                monthly: amount(monthly),
                one_time: amount(one_time),
                term: Term {
                    name: "t".into(),
                    value: months,
                    unit: TermUnit::Month,
                    at_end: TermEnd::Renew,
                    roll: None,
                },
            },
            limits: Limits { currency: "USD".parse().unwrap(), per_order: cap, total: cap },
            spent: Spent::default(),
            no_room: None,
            ready: Readiness::Unknown,
        })
    }

    /// What two sellers offer together.
    fn both(left: Bundle, right: Bundle) -> Bundle {
        let name = format!("{}, patch, {}", left.name, right.name);
        Bundle { name, offers: [left.offers, right.offers].concat(), own: Vec::new() }
    }

    fn budget(monthly: &str) -> Budget {
        Budget {
            currency: "USD".parse().unwrap(),
            monthly: amount(monthly),
            one_time: amount("500"),
            termination: Amount::ZERO,
        }
    }

    /// Chooses by price, as where nothing else is preferred.
    fn by_price(offers: &[Bundle], budget: Option<&Budget>) -> Choice {
        let figures: Vec<_> = offers
            .iter()
            .map(|bundle| crate::planning::Figures {
                name: bundle.name.clone(),
                cost: bundle.over_term().unwrap_or(Amount::new(rust_decimal::Decimal::MAX)),
                latency: None,
                availability: None,
                lead_time: None,
            })
            .collect();
        let order = crate::planning::preferred(crate::model::Preference::Cheapest, &figures);
        choose(offers, order, budget, "2027-01-15T00:00:00Z".parse().ok())
    }

    #[test]
    fn the_cheapest_over_its_term_is_taken() {
        let offers = [offer("b", "100", "0", 12), offer("a", "90", "200", 12), offer("c", "100", "0", 12)];
        let choice = by_price(&offers, Some(&budget("500")));
        assert_eq!((choice.taken, choice.preferred), (Some(0), Some(0)));
    }

    #[test]
    fn a_veto_leaves_the_next_best() {
        let mut offers = [offer("a", "90", "0", 1), offer("b", "100", "0", 1)];
        offers[0].offers[0].spent.monthly = amount("950");
        let choice = by_price(&offers, Some(&budget("500")));
        assert_eq!((choice.taken, choice.preferred), (Some(1), Some(0)));
        assert_eq!(choice.vetoes[0].1.reason(), "AboveProviderLimit");
    }

    #[test]
    fn where_a_budget_has_no_room_another_sellers_offer_is_taken() {
        let mut offers = [offer("a", "90", "0", 1), offer("b", "100", "0", 1)];
        offers[0].offers[0].no_room = Some(("BudgetExhausted", "room".into()));
        let choice = by_price(&offers, Some(&budget("500")));
        assert_eq!((choice.taken, choice.preferred), (Some(1), Some(0)));
        assert_eq!(choice.vetoes[0].1.reason(), "BudgetExhausted");
    }

    #[test]
    fn what_could_not_be_ready_in_time_leaves_the_next_best() {
        let ready = |bundle: Bundle, at: &[&str]| {
            let ready = |at: &str| at.parse().map_or(Readiness::Unknown, Readiness::At);
            let offers = bundle.offers.into_iter().zip(at);
            let offers = offers.map(|(offer, at)| Budgeted { ready: ready(at), ..offer }).collect();
            Bundle { offers, ..bundle }
        };
        let (cheap, dear) = (|| offer("a", "90", "0", 1), || offer("b", "100", "0", 1));
        let in_time = "2027-01-15T00:00:00Z";
        let offers = [ready(cheap(), &["2027-01-15T00:00:01Z"]), ready(dear(), &[in_time])];
        let choice = by_price(&offers, None);
        assert_eq!((choice.taken, choice.preferred), (Some(1), Some(0)));
        assert_eq!(choice.vetoes[0].1.reason(), "ReadyTooLate");
        assert_eq!(
            choice.vetoes[0].1.to_string(),
            "a could have it ready on 2027-01-15T00:00:01Z if it were ordered now, after spec.schedule.readyBy of \
             2027-01-15T00:00:00Z; state a later date, or none for as soon as possible"
        );
        assert_eq!(choose(&offers, vec![0, 1], None, None).taken, Some(0), "no date, no veto");
        for unknown in [Readiness::Unknown, Readiness::Ordered] {
            let mut offers = offers.clone();
            offers[0].offers[0].ready = unknown;
            assert_eq!(by_price(&offers, None).taken, Some(0));
        }
        // A path is ready with its last part.
        for (parts, taken) in [([in_time; 2], Some(0)), ([in_time, "2027-03-01T00:00:00Z"], None)] {
            assert_eq!(by_price(&[ready(both(cheap(), dear()), &parts)], None).taken, taken);
        }
        assert_eq!(
            by_price(&[ready(both(cheap(), dear()), &["?", "2027-03-01T00:00:00Z"])], None).taken,
            None
        );
    }

    #[test]
    fn nothing_above_the_budget_is_taken() {
        let choice = by_price(&[offer("a", "90", "0", 1)], Some(&budget("89.99")));
        assert_eq!(choice.taken, None);
        assert_eq!(choice.vetoes[0].1.reason(), "PriceAboveBudget");
    }

    #[test]
    fn the_budget_is_for_all_legs_together() {
        let path = both(offer("a", "60", "0", 1), offer("b", "50", "500", 1));
        assert_eq!(by_price(std::slice::from_ref(&path), Some(&budget("110"))).taken, Some(0));
        let choice = by_price(&[path], Some(&budget("109.99")));
        assert_eq!(
            choice.vetoes[0].1.to_string().split(';').next(),
            Some("it costs 110.00 USD, above spec.budget.monthly of 109.99 USD")
        );
    }

    #[test]
    fn two_legs_of_one_account_count_together_against_its_limits() {
        let path = both(offer("a", "600", "0", 1), offer("a", "400.01", "0", 1));
        let choice = by_price(&[path], None);
        assert_eq!((choice.taken, choice.vetoes[0].1.reason()), (None, "AboveProviderLimit"));
        let other = both(offer("a", "600", "0", 1), offer("b", "400.01", "0", 1));
        assert_eq!(by_price(&[other], None).taken, Some(0));
    }

    #[test]
    fn what_no_order_buys_counts_in_the_comparison_and_not_in_the_budget() {
        let mut path = both(offer("a", "40", "0", 1), offer("b", "50", "0", 1));
        let direct = offer("c", "100", "0", 1);
        assert_eq!(by_price(&[path.clone(), direct.clone()], Some(&budget("100"))).taken, Some(0));
        let usd = "USD".parse().unwrap();
        path.own = vec![OwnCost { currency: usd, monthly: amount("10.01"), one_time: Amount::ZERO }];
        let choice = by_price(&[path.clone(), direct.clone()], Some(&budget("100")));
        assert_eq!((choice.taken, choice.vetoes.len()), (Some(1), 0));
        path.own[0].currency = "EUR".parse().unwrap();
        path.own[0].monthly = Amount::ZERO;
        assert_eq!(by_price(&[path, direct], None).taken, Some(1), "what cannot be compared comes last");
    }

    #[test]
    fn legs_in_two_currencies_are_nothing_that_can_be_bought() {
        let mut path = both(offer("a", "40", "0", 1), offer("b", "50", "0", 1));
        let euro = "EUR".parse().unwrap();
        (path.offers[1].offer.currency, path.offers[1].limits.currency) = (euro, euro);
        assert_eq!(by_price(&[path], None).vetoes[0].1, Veto::Currency(euro));
    }
}
