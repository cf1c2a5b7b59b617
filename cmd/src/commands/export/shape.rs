//! A message as a line of the file.

use fedhub::store::Archived;
use fedhub::{Error, Kind, Result, recording};

use crate::when::show;

/// The format of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Shape {
    /// Everything of a message; import and play read it.
    Ndjson,
    /// A table, for spreadsheets.
    Csv,
}

const COLUMNS: [&str; 10] = [
    "time", "received", "msg_id", "topic", "category", "agent", "users", "packages", "verdict",
    "body",
];

impl Shape {
    /// What the file begins with.
    pub(super) fn head(self) -> Result<Vec<u8>> {
        match self {
            Self::Ndjson => recording::header(),
            Self::Csv => row(&COLUMNS.map(str::to_owned)),
        }
    }

    /// The line of a message.
    pub(super) fn line(self, one: &Archived) -> Result<Vec<u8>> {
        match self {
            Self::Ndjson => recording::line(one.received, &one.message, Some(&one.verdict)),
            Self::Csv => row(&[
                show(one.time),
                show(one.received),
                harmless(&one.msg_id),
                harmless(&one.topic),
                harmless(&one.facts.category),
                harmless(one.facts.agent.as_deref().unwrap_or_default()),
                harmless(&one.facts.users.join(" ")),
                harmless(&one.facts.packages.join(" ")),
                one.verdict.clone(),
                harmless(&String::from_utf8_lossy(one.message.body())),
            ]),
        }
    }
}

/// What a spreadsheet does not take for a formula.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

fn row(cells: &[String]) -> Result<Vec<u8>> {
    let bug = |error: csv::Error| Error::new(Kind::Bug, "cannot write a row").because(error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(bug)?;
    writer
        .into_inner()
        .map_err(|error| Error::new(Kind::Bug, "cannot write a row").because(error.into_error()))
}

#[cfg(test)]
mod tests {
    use fedhub::message::Message;
    use fedhub::meta::Meta;

    use super::*;

    #[test]
    fn a_row_is_a_row_whatever_the_message_says() {
        let body = r#"{"msg_id":"=1+1","topic":"@a,\"b","timestamp":1700000000}"#;
        let message = Message::new("t", body);
        let one = Archived::new(message, 1_700_000_000_500_000, "valid", Meta::embedded());
        let line = String::from_utf8(Shape::Csv.line(&one).unwrap()).unwrap();
        assert_eq!(
            line,
            "2023-11-14T22:13:20Z,2023-11-14T22:13:20.5Z,'=1+1,\"'@a,\"\"b\",,,,,valid,\
             \"{\"\"msg_id\"\":\"\"=1+1\"\",\"\"topic\"\":\"\"@a,\\\"\"b\"\",\"\"timestamp\"\":1700000000}\"\n"
        );
        let mut reader = csv::Reader::from_reader(line.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), COLUMNS.len());
    }
}
