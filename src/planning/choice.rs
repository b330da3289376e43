//! Which offer to take: the preferred one that everybody's limits allow.

use std::fmt;

use crate::model::{Amount, Budget, Currency, Limits, Money, Term};

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
    /// What it costs over its term, for comparison: months × monthly + one-time. An overflow is dearer than everything.
    #[must_use]
    pub fn over_term(&self) -> Amount {
        let monthly =
            self.monthly.times(self.term.months()).unwrap_or(Amount::new(rust_decimal::Decimal::MAX));
        monthly + self.one_time
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

/// An offer with the limits of its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgeted {
    /// The offer.
    pub offer: Offered,
    /// Limits of its account.
    pub limits: Limits,
    /// What is spent through it.
    pub spent: Spent,
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
    /// Its currency is not the budget's.
    Currency(Currency),
}

impl Veto {
    /// One PascalCase word for conditions.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::AboveBudget { .. } => "PriceAboveBudget",
            Self::AboveLimit { .. } => "AboveProviderLimit",
            Self::Currency(_) => "CurrencyDiffers",
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
            Self::Currency(currency) => {
                write!(f, "it is priced in {currency}; state the budget in {currency}")
            }
        }
    }
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Index of the offer to take, if any may be taken.
    pub taken: Option<usize>,
    /// Index of the offer that is preferred, whether or not it may be taken.
    pub cheapest: Option<usize>,
    /// Offers that may not be taken, and why.
    pub vetoes: Vec<(usize, Veto)>,
}

/// The first in the order of preference among the offers that may be taken.
#[must_use]
pub fn choose(offers: &[Budgeted], order: Vec<usize>, budget: Option<&Budget>) -> Choice {
    let mut choice = Choice { taken: None, cheapest: order.first().copied(), vetoes: Vec::new() };
    for index in order {
        let Some(offer) = offers.get(index) else { continue };
        match within(offer, budget) {
            Ok(()) if choice.taken.is_none() => choice.taken = Some(index),
            Ok(()) => {}
            Err(veto) => choice.vetoes.push((index, veto)),
        }
    }
    choice
}

/// Whether the offer is within the budget and the account's limits.
///
/// # Errors
/// The first limit that it breaks.
pub fn within(budgeted: &Budgeted, budget: Option<&Budget>) -> Result<(), Veto> {
    let Budgeted { offer, limits, spent } = budgeted;
    let money = |amount| Money { amount, currency: offer.currency };
    if offer.currency != limits.currency {
        return Err(Veto::Currency(offer.currency));
    }
    if let Some(budget) = budget {
        if offer.currency != budget.currency {
            return Err(Veto::Currency(offer.currency));
        }
        for (what, price, most) in
            [("monthly", offer.monthly, budget.monthly), ("oneTime", offer.one_time, budget.one_time)]
        {
            if price > most {
                return Err(Veto::AboveBudget { what, price: money(price), budget: money(most) });
            }
        }
    }
    let checks = [
        ("perOrder.monthly", offer.monthly, limits.per_order.monthly),
        ("perOrder.oneTime", offer.one_time, limits.per_order.one_time),
        ("total.monthly", spent.monthly + offer.monthly, limits.total.monthly),
        ("total.oneTime", spent.one_time + offer.one_time, limits.total.one_time),
    ];
    for (what, sum, limit) in checks {
        if sum > limit {
            return Err(Veto::AboveLimit { what, sum: money(sum), limit: money(limit) });
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

    fn offer(account: &str, monthly: &str, one_time: &str, months: u32) -> Budgeted {
        let cap = Cap { monthly: amount("1000"), one_time: amount("1000") };
        Budgeted {
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
        }
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
    fn by_price(offers: &[Budgeted], budget: Option<&Budget>) -> Choice {
        let figures: Vec<_> = offers
            .iter()
            .map(|budgeted| crate::planning::Figures {
                name: budgeted.offer.account.clone(),
                cost: budgeted.offer.over_term(),
                latency: None,
                availability: None,
                lead_time: None,
            })
            .collect();
        choose(offers, crate::planning::preferred(crate::model::Preference::Cheapest, &figures), budget)
    }

    #[test]
    fn the_cheapest_over_its_term_is_taken() {
        let offers = [offer("b", "100", "0", 12), offer("a", "90", "200", 12), offer("c", "100", "0", 12)];
        let choice = by_price(&offers, Some(&budget("500")));
        assert_eq!((choice.taken, choice.cheapest), (Some(0), Some(0)));
    }

    #[test]
    fn a_veto_leaves_the_next_best() {
        let mut offers = [offer("a", "90", "0", 1), offer("b", "100", "0", 1)];
        offers[0].spent.monthly = amount("950");
        let choice = by_price(&offers, Some(&budget("500")));
        assert_eq!((choice.taken, choice.cheapest), (Some(1), Some(0)));
        assert_eq!(choice.vetoes[0].1.reason(), "AboveProviderLimit");
    }

    #[test]
    fn nothing_above_the_budget_is_taken() {
        let choice = by_price(&[offer("a", "90", "0", 1)], Some(&budget("89.99")));
        assert_eq!(choice.taken, None);
        assert_eq!(choice.vetoes[0].1.reason(), "PriceAboveBudget");
    }
}
