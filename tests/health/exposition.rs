//! A strict reader of the text format of Prometheus (OpenMetrics): whatever it accepts, Prometheus
//! does.

use std::collections::{BTreeMap, BTreeSet};

/// The value of each series: the name, and the labels in braces, as they are written.
pub(crate) fn metrics(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end: {text}"));
    let mut all = BTreeMap::new();
    let mut families = BTreeSet::new();
    let (mut family, mut kind) = (String::new(), String::new());
    for line in body.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(!help.is_empty() && is_name(name), "{line}");
            assert!(families.insert(name.to_owned()), "{name} comes twice");
            (family, kind) = (name.to_owned(), String::new());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, what) = rest.split_once(' ').unwrap();
            assert_eq!((name, kind.as_str()), (family.as_str(), ""), "{line}");
            assert!(["counter", "gauge"].contains(&what), "{line}");
            kind = what.to_owned();
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            let name = series.split('{').next().unwrap();
            let expected = match kind.as_str() {
                "counter" => format!("{family}_total"),
                "gauge" => family.clone(),
                _ => panic!("{line} is of no kind"),
            };
            assert_eq!(name, expected, "{line}");
            assert!(kind == "gauge" || value >= 0.0, "{line}");
            labels(&series[name.len()..]);
            assert!(all.insert(series.to_owned(), value).is_none(), "{series} comes twice");
        }
    }
    all
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c.is_ascii_lowercase())
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Checks `{name="value",…}`.
fn labels(text: &str) {
    if text.is_empty() {
        return;
    }
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let mut rest = inner.unwrap_or_else(|| panic!("{text}"));
    let mut names = BTreeSet::new();
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("{text}"));
        assert!(is_name(name) && names.insert(name), "{text}");
        let mut characters = value.char_indices();
        let end = loop {
            match characters.next().unwrap_or_else(|| panic!("{text}")) {
                (at, '"') => break at,
                (_, '\\') => {
                    let escaped = characters.next().unwrap().1;
                    assert!(['\\', '"', 'n'].contains(&escaped), "{text}");
                }
                _ => {}
            }
        };
        rest = &value[end + 1..];
        assert!(rest.is_empty() || rest.starts_with(','), "{text}");
        rest = rest.trim_start_matches(',');
    }
}
