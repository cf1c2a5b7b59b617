//! Checking that the file is what was written.

use super::{Identity, Span, Store};
use crate::Result;

/// How many findings are named; all are counted.
const NAMED: usize = 100;

/// What a check found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Messages looked at.
    pub messages: u64,
    /// How many of them are not as their digest says.
    pub damaged: u64,
    /// What is wrong, for people; the first hundred.
    pub problems: Vec<String>,
}

impl Store {
    /// Checks SQLite's own structures, and each message against its digest.
    pub fn verify(&self) -> Result<Findings> {
        let mut findings = Findings::default();
        let check = || -> rusqlite::Result<Vec<String>> {
            let query = format!("PRAGMA integrity_check({NAMED})");
            self.connection.prepare(&query)?.query_map([], |row| row.get(0))?.collect()
        };
        let lines = check().map_err(|error| self.failed("cannot check", error))?;
        findings.problems.extend(lines.into_iter().filter(|line| line != "ok"));
        let mut after = 0;
        loop {
            let batch = self.read(after, Span::default())?;
            let Some(last) = batch.last() else { return Ok(findings) };
            after = last.seq;
            for record in batch {
                findings.messages += 1;
                if Identity::of(&record.message, &record.verdict) != record.identity {
                    findings.damaged += 1;
                    if findings.problems.len() < NAMED {
                        findings
                            .problems
                            .push(format!("message {} does not fit its digest", record.seq));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};

    #[test]
    fn a_changed_message_is_found() {
        let (_dir, mut store) = store();
        store.append(&[entry("t", "one"), entry("t", "two")]);
        let findings = store.verify().unwrap();
        assert_eq!((findings.messages, findings.problems.len()), (2, 0));
        store.connection.execute("UPDATE message SET body = x'00' WHERE seq = 2", []).unwrap();
        let findings = store.verify().unwrap();
        assert_eq!((findings.damaged, findings.problems.len()), (1, 1));
        assert!(findings.problems[0].contains("message 2"));
    }
}
