//! What a check finds, a line each.

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::output::escape;

/// Writes findings as they come, and counts them.
pub(super) struct Report<W> {
    pub(super) out: W,
    pub(super) human: bool,
    pub(super) findings: u64,
}

impl<W: Write> Report<W> {
    /// Something is wrong: what for people, and its parts for programs.
    pub(super) fn finding(&mut self, check: &str, what: &str, parts: Value) -> anyhow::Result<()> {
        self.findings += 1;
        self.line(check, false, what, parts)
    }

    /// Nothing is wrong, or could not be looked at.
    pub(super) fn note(&mut self, check: &str, what: &str) -> anyhow::Result<()> {
        self.line(check, true, what, json!({}))
    }

    fn line(&mut self, check: &str, ok: bool, what: &str, parts: Value) -> anyhow::Result<()> {
        if self.human {
            let mark = if ok { "ok" } else { "FOUND" };
            writeln!(self.out, "{mark:6} {check:12} {}", escape::text(what))?;
        } else {
            let mut line = Map::new();
            line.insert("check".into(), check.into());
            line.insert("ok".into(), ok.into());
            line.insert("what".into(), what.into());
            if let Value::Object(parts) = parts {
                line.extend(parts);
            }
            writeln!(self.out, "{}", Value::Object(line))?;
        }
        // Some checks take long, and somebody waits.
        Ok(self.out.flush()?)
    }
}
