//! Approval rules of a class: CEL over a plan and its intent. Whatever cannot be evaluated asks for approval.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::{Context, Program, Value};
use serde_json::json;

use super::Refusal;
use crate::api::{ApprovalRequired, ApprovalRule, ClassApproval, ConnectivityIntentSpec};
use crate::model::Amount;

/// Most brackets within brackets: the parser goes as deep as an expression does.
const DEEPEST: usize = 24;

/// Most loops within loops: each multiplies what one evaluation costs by the length of a list.
const MOST_LOOPS: usize = 2;

/// What rules are asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    plan: serde_json::Value,
    intent: serde_json::Value,
}

/// A plan, as rules see it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFigures {
    /// Per month, net of tax.
    pub monthly: Amount,
    /// At once, net of tax.
    pub one_time: Amount,
    /// All months of the terms, and what is due at once.
    pub commitment: Amount,
    /// Currency of all amounts.
    pub currency: String,
    /// The services that it consists of.
    pub legs: Vec<LegFigures>,
}

/// A leg, as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegFigures {
    /// The account.
    pub provider: String,
    /// The site at the first end.
    pub from: String,
    /// The site at the other end.
    pub to: String,
    /// The class of service.
    pub class_of_service: String,
    /// Committed rate in bit/s, first end to second.
    pub committed: u64,
    /// Length of the term in whole months.
    pub months: u32,
}

impl Subject {
    /// A plan for an intent whose spec was resolved.
    #[must_use]
    pub fn new(plan: &PlanFigures, spec: &ConnectivityIntentSpec, metadata: &kube::api::ObjectMeta) -> Self {
        let mut providers: Vec<_> = plan.legs.iter().map(|leg| leg.provider.as_str()).collect();
        providers.sort_unstable();
        providers.dedup();
        let legs: Vec<_> = plan
            .legs
            .iter()
            .map(|leg| {
                json!({
                    "provider": leg.provider, "from": leg.from, "to": leg.to, "classOfService": leg.class_of_service,
                    "committed": i64::try_from(leg.committed).unwrap_or(i64::MAX), "months": leg.months,
                })
            })
            .collect();
        Self {
            plan: json!({
                "monthly": number(plan.monthly), "oneTime": number(plan.one_time), "commitment": number(plan.commitment),
                "currency": plan.currency, "legs": legs, "providers": providers,
            }),
            intent: json!({
                "spec": spec,
                "metadata": {
                    "name": metadata.name.clone().unwrap_or_default(),
                    "namespace": metadata.namespace.clone().unwrap_or_default(),
                    "labels": metadata.labels.clone().unwrap_or_default(),
                },
            }),
        }
    }

    /// One that has everything which the documentation names, to try rules on.
    fn sample() -> Result<Self, Refusal> {
        let spec: ConnectivityIntentSpec = serde_json::from_value(json!({
            "className": "sample",
            "mode": "Manage",
            "endpoints": [{"name": "a", "site": {"name": "a"}}, {"name": "z", "site": {"name": "z"}}],
            "bandwidth": {"committed": "1G", "peak": "2G"},
            "frameSize": 1522,
            "objectives": {
                "latency": {"oneWay": "10ms"}, "jitter": {"oneWay": "1ms"}, "loss": {"maxPercent": "0.01"},
                "availability": {"minPercent": "99.9"}, "accept": "Contracted",
            },
            "constraints": {"providers": {"deny": ["none"]}, "encryption": "None"},
            "resilience": {"mode": "DiversePath", "separatePorts": false},
            "budget": {"currency": "USD", "monthly": "1000.00", "oneTime": "1000.00", "termination": "0.00"},
            "term": {"value": 1, "unit": "Year", "atEnd": "Renew"},
            "schedule": {"readyBy": "2030-01-01T00:00:00Z"},
            "reference": {"po": "PO-1", "endCustomer": "Acme"},
            "deletionPolicy": "Disconnect",
        }))
        .map_err(|error| Refusal::invalid("sample", error))?;
        let leg = LegFigures {
            provider: "sample".into(),
            from: "a".into(),
            to: "z".into(),
            class_of_service: "SAMPLE".into(),
            committed: 1_000_000_000,
            months: 12,
        };
        let amount = |whole: i64| Amount::new(whole.into());
        let plan = PlanFigures {
            monthly: amount(100),
            one_time: amount(10),
            commitment: amount(1_210),
            currency: "USD".into(),
            legs: vec![leg],
        };
        let metadata = kube::api::ObjectMeta {
            name: Some("sample".into()),
            namespace: Some("sample".into()),
            ..kube::api::ObjectMeta::default()
        };
        Ok(Self::new(&plan, &spec, &metadata))
    }
}

/// An amount as a number of CEL, which has no decimals. Rounding keeps the order, and up to fifteen digits are kept exactly.
fn number(amount: Amount) -> f64 {
    amount.to_string().parse().unwrap_or(f64::MAX)
}

/// Why a plan must be approved: one sentence for each rule that says so, none where it may be bought as it is.
#[must_use]
pub fn must_be_approved(approval: &ClassApproval, subject: &Subject) -> Vec<String> {
    let mut why: Vec<String> = match approval.required {
        ApprovalRequired::Always => vec!["every purchase is approved".into()],
        ApprovalRequired::ByRules => Vec::new(),
    };
    why.extend(approval.rules.iter().filter_map(|rule| {
        let name = &rule.name;
        match asks(rule, subject) {
            Ok(false) => None,
            Ok(true) => Some(match &rule.message {
                Some(message) => format!("rule {name}: {message}"),
                None => format!("rule {name}: {}", rule.expression),
            }),
            Err(broken) => {
                Some(format!("rule {name} cannot be evaluated, so that approval is required: {broken}"))
            }
        }
    }));
    why
}

/// Whether every rule can be evaluated.
///
/// # Errors
/// The first that cannot.
pub fn rules(approval: &ClassApproval) -> Result<(), Refusal> {
    let sample = Subject::sample()?;
    for (index, rule) in approval.rules.iter().enumerate() {
        asks(rule, &sample)
            .map_err(|why| Refusal::invalid(&format!("spec.approval.rules[{index}].expression"), why))?;
    }
    Ok(())
}

/// Whether a rule asks for approval, or why nobody can tell.
fn asks(rule: &ApprovalRule, subject: &Subject) -> Result<bool, String> {
    let source = rule.expression.as_str();
    let (depth, loops) = nesting(source);
    if depth > DEEPEST || loops > MOST_LOOPS {
        return Err(format!(
            "it is nested too deep: {DEEPEST} brackets or signs, and {MOST_LOOPS} macros such as all() within one another are the most"
        ));
    }
    // A parser of others: what it cannot read must not take down who reads the next intent.
    let evaluated = catch_unwind(AssertUnwindSafe(|| {
        let program = Program::compile(source).map_err(|errors| first_line(&errors.to_string()))?;
        let mut context = Context::default();
        context.add_variable_from_value("plan", value(&subject.plan));
        context.add_variable_from_value("intent", value(&subject.intent));
        match program.execute(&context) {
            Ok(Value::Bool(asks)) => Ok(asks),
            Ok(other) => Err(format!("it says {}, not true or false", first_line(&format!("{other:?}")))),
            Err(error) => Err(first_line(&error.to_string())),
        }
    }));
    evaluated.unwrap_or_else(|_| Err("it cannot be read".into()))
}

/// JSON as CEL sees it. Every whole number is an `int`: the literal `1000` is one, and equals no `uint`.
fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(holds) => Value::Bool(*holds),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Null,
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => items.iter().map(value).collect::<Vec<_>>().into(),
        serde_json::Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), value(field)));
            fields.collect::<HashMap<_, _>>().into()
        }
    }
}

/// Macros of CEL that go round for every element of a list.
const LOOPS: [&str; 5] = ["all", "exists", "exists_one", "map", "filter"];

/// How deep an expression leads a parser, by brackets within brackets and signs before signs, and how many loops are within loops.
fn nesting(source: &str) -> (usize, usize) {
    let (mut open, mut signs, mut deepest, mut most_loops) = (Vec::new(), 0usize, 0, 0);
    let mut word = String::new();
    for character in source.chars() {
        match character {
            '(' | '[' | '{' => {
                open.push(character == '(' && LOOPS.contains(&word.as_str()));
                most_loops = most_loops.max(open.iter().filter(|is_loop| **is_loop).count());
            }
            ')' | ']' | '}' => drop(open.pop()),
            '!' | '-' | '?' => signs += 1,
            _ => {}
        }
        if !matches!(character, '!' | '-' | '?') && !character.is_whitespace() {
            deepest = deepest.max(open.len() + signs);
            signs = 0;
        }
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else if !character.is_whitespace() {
            word.clear();
        }
    }
    (deepest, most_loops)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(expression: &str) -> ApprovalRule {
        ApprovalRule { name: "r".into(), expression: expression.into(), message: None }
    }

    fn says(expression: &str) -> Result<bool, String> {
        asks(&rule(expression), &Subject::sample().unwrap())
    }

    #[test]
    fn rules_see_the_plan_and_the_intent() {
        for expression in [
            "plan.monthly > 99.99",
            "plan.monthly > 99",
            "plan.monthly >= 100 && plan.oneTime <= 10.0",
            "plan.commitment == 1210.0",
            "plan.currency == 'USD'",
            "plan.legs.exists(leg, leg.provider == 'sample' && leg.months > 6)",
            "plan.legs.all(leg, leg.committed == 1000000000)",
            "plan.legs[0].from == 'a' && plan.legs[0].to == 'z'",
            "'sample' in plan.providers && size(plan.providers) == 1",
            "intent.metadata.namespace == 'sample' && intent.metadata.name.startsWith('sam')",
            "!('team' in intent.metadata.labels)",
            "has(intent.spec.term) && intent.spec.term.value == 1",
            "intent.spec.bandwidth.committed == '1G'",
            "intent.spec.className == 'sample'",
        ] {
            assert_eq!(says(expression), Ok(true), "{expression}");
        }
        assert_eq!(says("plan.monthly > 100.0"), Ok(false));
    }

    #[test]
    fn what_cannot_be_evaluated_says_why_and_asks() {
        for expression in [
            "plan.monthly >",
            "plan.nothing > 1",
            "plan.monthly",
            "'yes'",
            "price > 1",
            "plan.monthly > 'much'",
            "intent.metadata.labels.team == 'ml'",
            "1 / 0 > 1",
            "",
        ] {
            let why = says(expression).expect_err(expression);
            assert!(!why.is_empty() && why.len() <= 260, "{expression}: {why}");
            let approval = ClassApproval { rules: vec![rule(expression)], ..ClassApproval::default() };
            assert_eq!(must_be_approved(&approval, &Subject::sample().unwrap()).len(), 1, "{expression}");
            assert_eq!(rules(&approval).unwrap_err().reason, "Invalid", "{expression}");
        }
    }

    #[test]
    fn nothing_that_a_rule_may_say_ends_the_process() {
        for part in
            ["(", "[", "{", "!", "-", "a.", "a?", "\"", "((((", "f(", "x ? y : ", "[1].all(x, ", "&&", "1+"]
        {
            let text: String = part.repeat(1024 / part.len());
            assert!(says(&text).is_err(), "{part}");
        }
        let loops = |count: usize| format!("{}true{}", "plan.legs.all (x, ".repeat(count), ")".repeat(count));
        assert_eq!(says(&loops(2)), Ok(true));
        assert!(says(&loops(3)).unwrap_err().contains("nested too deep"));
        assert_eq!(says(&["plan.legs.all(x, true)"; 5].join(" && ")), Ok(true));
        let long = format!("{}true", "true && ".repeat(100));
        assert_eq!(says(&long), Ok(true));
    }

    #[test]
    fn a_class_may_ask_for_every_purchase() {
        let mut approval = ClassApproval::default();
        let subject = Subject::sample().unwrap();
        assert!(must_be_approved(&approval, &subject).is_empty());
        approval.required = ApprovalRequired::Always;
        assert_eq!(must_be_approved(&approval, &subject), ["every purchase is approved"]);
        approval.rules =
            vec![ApprovalRule { message: Some("dear".into()), ..rule("plan.monthly > 1.0") }, rule("false")];
        assert_eq!(must_be_approved(&approval, &subject), ["every purchase is approved", "rule r: dear"]);
    }
}
