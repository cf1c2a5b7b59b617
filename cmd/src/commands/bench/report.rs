//! What was measured, as rows, and how it compares with the bars.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::peers::Impl;

/// The unit of a row's values; `Millis` and the like say how they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Micros,
    Millis,
    Megabytes,
    PerSecond,
    Messages,
    Bytes,
    Times,
    Cores,
    Percent,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Micros => "us",
            Unit::Millis => "ms",
            Unit::Megabytes => "MB",
            Unit::PerSecond => "/s",
            Unit::Messages => "messages",
            Unit::Bytes => "bytes",
            Unit::Times => "times",
            Unit::Cores => "cores",
            Unit::Percent => "%",
        }
    }

    fn number(self, value: f64) -> String {
        match self {
            Unit::Messages | Unit::Bytes => format!("{value:.0}"),
            Unit::Times | Unit::Cores => format!("{value:.2}"),
            _ if value >= 10_000.0 => format!("{:.1}k", value / 1000.0),
            _ if value >= 100.0 => format!("{value:.0}"),
            _ => format!("{value:.1}"),
        }
    }
}

/// Median, least and greatest of the runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stat {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Stat {
    /// None of an empty list.
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, min, max })
    }

    fn json(self) -> Value {
        json!({ "median": self.median, "min": self.min, "max": self.max })
    }
}

/// What fedhub must reach.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bar {
    /// At most so many times the other's value.
    MaxRatio(f64, Impl),
    /// At least so many times the other's value.
    MinRatio(f64, Impl),
    /// At most this value.
    Max(f64),
    /// At least this value.
    Min(f64),
}

/// One measured quantity.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) unit: Unit,
    pub(super) fedhub: Option<Stat>,
    pub(super) bare: Option<Stat>,
    pub(super) python: Option<Stat>,
    pub(super) bars: Vec<Bar>,
}

impl Row {
    /// A row of nothing yet.
    pub(super) fn new(what: impl Into<String>, unit: Unit) -> Self {
        Self { what: what.into(), unit, fedhub: None, bare: None, python: None, bars: Vec::new() }
    }

    /// Sets the values of one implementation, one per run.
    pub(super) fn set(&mut self, of: Impl, values: Vec<f64>) {
        *match of {
            Impl::Fedhub => &mut self.fedhub,
            Impl::Bare => &mut self.bare,
            Impl::Python => &mut self.python,
        } = Stat::of(values);
    }

    /// Adds a bar.
    pub(super) fn bar(mut self, bar: Bar) -> Self {
        self.bars.push(bar);
        self
    }

    fn get(&self, of: Impl) -> Option<Stat> {
        match of {
            Impl::Fedhub => self.fedhub,
            Impl::Bare => self.bare,
            Impl::Python => self.python,
        }
    }

    /// fedhub's median as a multiple of the other's.
    fn ratio(&self, to: Impl) -> Option<f64> {
        let other = self.get(to)?.median;
        (other > 0.0).then_some(self.fedhub?.median / other)
    }

    /// Whether a bar is met; None when one of its sides was not measured.
    fn met(&self, bar: Bar) -> Option<bool> {
        match bar {
            Bar::MaxRatio(times, of) => Some(self.ratio(of)? <= times),
            Bar::MinRatio(times, of) => Some(self.ratio(of)? >= times),
            Bar::Max(value) => Some(self.fedhub?.median <= value),
            Bar::Min(value) => Some(self.fedhub?.median >= value),
        }
    }

    fn bar_text(&self, bar: Bar) -> String {
        let absolute = |value| format!("{} {}", self.unit.number(value), self.unit.name());
        let ratio = |times: f64, of: Impl| {
            let times = format!("{times:.3}");
            format!("{}× {}", times.trim_end_matches('0').trim_end_matches('.'), of.name())
        };
        match bar {
            Bar::MaxRatio(times, of) => format!("≤ {}", ratio(times, of)),
            Bar::MinRatio(times, of) => format!("≥ {}", ratio(times, of)),
            Bar::Max(value) => format!("≤ {}", absolute(value)),
            Bar::Min(value) => format!("≥ {}", absolute(value)),
        }
    }

    fn cells(&self) -> Vec<String> {
        let value = |of| {
            self.get(of).map_or("-".to_owned(), |stat| {
                let number = |value| self.unit.number(value);
                let median = format!("{} {}", number(stat.median), self.unit.name());
                if number(stat.min) == number(stat.max) {
                    return median;
                }
                format!("{median} ({}–{})", number(stat.min), number(stat.max))
            })
        };
        let ratio = |to| self.ratio(to).map_or("-".to_owned(), |ratio| format!("{ratio:.2}×"));
        let bars: Vec<_> = self.bars.iter().map(|&bar| self.bar_text(bar)).collect();
        let met: Vec<_> = self.bars.iter().map(|&bar| verdict(self.met(bar))).collect();
        vec![
            self.what.clone(),
            value(Impl::Fedhub),
            value(Impl::Bare),
            value(Impl::Python),
            ratio(Impl::Bare),
            ratio(Impl::Python),
            bars.join(", "),
            met.join(", "),
        ]
    }

    fn json(&self) -> Value {
        let bars: Vec<_> = self
            .bars
            .iter()
            .map(|&bar| json!({ "bar": self.bar_text(bar), "met": self.met(bar) }))
            .collect();
        json!({
            "what": self.what,
            "unit": self.unit.name(),
            "fedhub": self.fedhub.map(Stat::json),
            "bare": self.bare.map(Stat::json),
            "python": self.python.map(Stat::json),
            "ratio_to_bare": self.ratio(Impl::Bare),
            "ratio_to_python": self.ratio(Impl::Python),
            "bars": bars,
        })
    }
}

fn verdict(met: Option<bool>) -> String {
    match met {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not measured",
    }
    .to_owned()
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A table for people.
    Human,
    /// One JSON document.
    Json,
    /// One JSON object per line: the machine, then each row.
    Ndjson,
}

/// All that a run of `fedhub bench` found out.
#[derive(Debug)]
pub(super) struct Report {
    /// The machine and the settings, as names and values.
    pub(super) setting: Vec<(&'static str, String)>,
    pub(super) rows: Vec<Row>,
    /// What could not be measured, and why.
    pub(super) notes: Vec<String>,
}

impl Report {
    /// Whether every bar was measured and met.
    pub(super) fn all_met(&self) -> bool {
        self.bars().all(|met| met == Some(true))
    }

    fn bars(&self) -> impl Iterator<Item = Option<bool>> {
        self.rows.iter().flat_map(|row| row.bars.iter().map(|&bar| row.met(bar)))
    }

    /// Prints to `out`.
    pub(super) fn print(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Human => self.table(out)?,
            Format::Json => {
                let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
                let mut report = self.head();
                report["rows"] = Value::Array(rows);
                writeln!(out, "{report:#}")?;
            }
            Format::Ndjson => {
                writeln!(out, "{}", self.head())?;
                for row in &self.rows {
                    writeln!(out, "{}", row.json())?;
                }
            }
        }
        out.flush()
    }

    fn head(&self) -> Value {
        let setting = self.setting.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        json!({ "setting": Value::Object(setting.collect()), "notes": self.notes })
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let setting: Vec<_> =
            self.setting.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        writeln!(out, "{}\n", setting.join(" · "))?;
        let titles = ["what", "fedhub", "bare", "python", "÷ bare", "÷ python", "bar", "met"];
        let mut lines = vec![titles.map(str::to_owned).to_vec()];
        lines.extend(self.rows.iter().map(Row::cells));
        let widths: Vec<_> = (0..titles.len())
            .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
            .collect();
        for line in &lines {
            let cells: Vec<_> =
                line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
            writeln!(out, "{}", cells.join("  ").trim_end())?;
        }
        let (met, bars) =
            (self.bars().filter(|&met| met == Some(true)).count(), self.bars().count());
        writeln!(out, "\nMedian of the runs (least–greatest). Bars met: {met} of {bars}.")?;
        self.notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut cost = Row::new("relay: CPU per message", Unit::Micros)
            .bar(Bar::MaxRatio(1.5, Impl::Bare))
            .bar(Bar::MaxRatio(0.125, Impl::Python));
        cost.set(Impl::Fedhub, vec![4.0, 9.0, 3.0]);
        cost.set(Impl::Bare, vec![4.0, 2.0]);
        Report { setting: vec![("cores", "2".to_owned())], rows: vec![cost], notes: vec![] }
    }

    #[test]
    fn a_bar_without_its_other_side_is_not_met() {
        let mut report = report();
        let row = &mut report.rows[0];
        assert_eq!(row.met(row.bars[0]), Some(true), "4.0 is 1.33 times 3.0");
        assert_eq!(row.met(row.bars[1]), None);
        row.set(Impl::Python, vec![31.0]);
        assert_eq!(row.met(row.bars[1]), Some(false));
        assert!(!report.all_met());
        report.rows[0].set(Impl::Python, vec![33.0]);
        assert!(report.all_met());
    }

    #[test]
    fn the_table_and_the_lines_say_the_same() {
        let (mut table, mut lines) = (Vec::new(), Vec::new());
        report().print(Format::Human, &mut table).unwrap();
        report().print(Format::Ndjson, &mut lines).unwrap();
        let table = String::from_utf8(table).unwrap();
        for part in
            ["4.0 us (3.0–9.0)", "1.33×", "≤ 1.5× bare, ≤ 0.125× python", "yes, not measured"]
        {
            assert!(table.contains(part), "{part} in {table}");
        }
        let row: Value =
            serde_json::from_slice(lines.split(|&b| b == b'\n').nth(1).unwrap()).unwrap();
        assert_eq!(row["fedhub"]["median"], 4.0);
        assert_eq!(row["bars"][0]["met"], true);
    }
}
