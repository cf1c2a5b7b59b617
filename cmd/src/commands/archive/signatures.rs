//! Whether messages are still what was stored, and what was signed.

use std::io::Write;

use fedhub::crypto::{Reason, Verifier};
use fedhub::journal::Identity;
use fedhub::store::{Archived, Order, Position, Query, Store, Total, Walk};
use serde_json::json;

use super::report::Report;
use crate::app::App;
use crate::output::progress;

/// So many messages are named; the others are counted.
const NAMED: u64 = 100;

struct Checker {
    verifier: Verifier,
    /// Whether the CA is there.
    chains: bool,
    checked: u64,
    wrong: u64,
}

/// Looks at all messages, or at so many.
pub(super) fn check(
    store: &mut dyn Store,
    sample: Option<u64>,
    app: &App,
    report: &mut Report<impl Write>,
) -> anyhow::Result<()> {
    let verifier = app.verifier_with_ca()?;
    let chains = verifier.is_some();
    let verifier = verifier.unwrap_or_else(Verifier::signature_only);
    let mut checker = Checker { verifier, chains, checked: 0, wrong: 0 };
    let (all, newest) = (Query::default(), store.newest()?);
    let total = store.count(&all, Total::Estimate)?.unwrap_or_default();
    let bar = progress::messages(sample.unwrap_or(total));
    match sample {
        Some(count) if newest > 0 => {
            for _ in 0..count {
                let after = Some(Position { time: 0, id: fastrand::i64(0..newest) });
                // Numbers may have holes.
                for one in store.query(&all, Order::Arrival, after, 0, 1)? {
                    checker.look(&one, report)?;
                }
                bar.inc(1);
            }
        }
        Some(_) => {}
        None => {
            let mut walk = Walk::new(0, newest);
            loop {
                let page = walk.next(store, &all)?;
                if page.is_empty() {
                    break;
                }
                for one in &page {
                    checker.look(one, report)?;
                }
                bar.inc(page.len() as u64);
            }
        }
    }
    bar.finish_and_clear();
    let Checker { chains, checked, wrong, .. } = checker;
    let how = if chains { "" } else { "; without the CA, only signatures and not who may sign" };
    if wrong == 0 {
        return report.note("content", &format!("{checked} messages are as they were stored{how}"));
    }
    let what = format!("{wrong} of {checked} messages are not as they were stored{how}");
    report.finding("content", &what, json!({"wrong": wrong, "checked": checked}))
}

impl Checker {
    fn look(&mut self, one: &Archived, report: &mut Report<impl Write>) -> anyhow::Result<()> {
        self.checked += 1;
        let Some(wrong) = self.wrong_with(one) else { return Ok(()) };
        self.wrong += 1;
        if self.wrong > NAMED {
            return Ok(());
        }
        let what = format!("{}: {wrong}", one.msg_id);
        report.finding("content", &what, json!({"msg_id": one.msg_id, "reason": wrong}))
    }

    fn wrong_with(&mut self, one: &Archived) -> Option<&'static str> {
        if Identity::of(&one.message, &one.verdict).digest != one.digest {
            return Some("damaged");
        }
        if one.verdict != Reason::Valid.name() {
            return None;
        }
        let second = one.received.div_euclid(1_000_000);
        match self.verifier.verify(&one.message, second).reason {
            Reason::Valid => None,
            Reason::CaUnavailable | Reason::CrlUnavailable if self.chains => {
                (self.verifier, self.chains) = (Verifier::signature_only(), false);
                self.wrong_with(one)
            }
            reason => Some(reason.name()),
        }
    }
}
