//! The parameters of a request, taken one name after the other, and what is said when one is wrong.

use std::collections::BTreeSet;

/// How many parameters a request may have.
const MAX_PARAMETERS: usize = 1000;
/// How long a value may be, in bytes.
const MAX_VALUE: usize = 4096;

/// Why a request is refused: 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The parameter it is about.
    pub(crate) parameter: String,
    /// What is wrong with it.
    pub(crate) why: String,
    /// What would be right.
    pub(crate) hint: String,
}

impl Refusal {
    /// A refusal because of a parameter.
    pub(crate) fn new(parameter: &str, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { parameter: parameter.to_owned(), why: why.into(), hint: hint.into() }
    }
}

/// The parameters of a request.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    /// Names that were asked for.
    known: BTreeSet<&'static str>,
    /// Beginnings of names that were asked for.
    families: Vec<&'static str>,
}

impl Parameters {
    /// Reads a query string. A parameter without a value counts as absent: forms send their empty
    /// fields too.
    pub(crate) fn parse(query: &str) -> Result<Self, Refusal> {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        let pairs: Vec<_> =
            pairs.filter(|(_, value)| !value.is_empty()).take(MAX_PARAMETERS + 1).collect();
        if pairs.len() > MAX_PARAMETERS {
            let why = format!("more than {MAX_PARAMETERS} parameters");
            return Err(Refusal::new("", why, "ask for less at once"));
        }
        for (name, value) in &pairs {
            if value.len() > MAX_VALUE {
                let why = format!("{} bytes long", value.len());
                return Err(Refusal::new(name, why, format!("{MAX_VALUE} bytes are the most")));
            }
            if value.contains('\0') {
                return Err(Refusal::new(name, "a NUL in it", "no name has one"));
            }
        }
        Ok(Self { pairs, ..Self::default() })
    }

    /// All values of a name.
    pub(crate) fn all(&mut self, name: &'static str) -> Vec<String> {
        self.known.insert(name);
        let fitting = self.pairs.iter().filter(|(key, _)| key == name);
        fitting.map(|(_, value)| value.clone()).collect()
    }

    /// All values of names that begin with `prefix`, with the rest of their names.
    pub(crate) fn below(&mut self, prefix: &'static str) -> Vec<(String, String)> {
        self.families.push(prefix);
        let fitting = self
            .pairs
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())));
        fitting.collect()
    }

    /// The first value of a name.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// The first value of a name, read; `hint` says what can be read.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        hint: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match read(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(Refusal::new(name, format!("{text:?} is not possible"), hint)),
        }
    }

    /// One of several words; the first is the default.
    pub(crate) fn word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<&'static str, Refusal> {
        let known = |text: &str| words.iter().copied().find(|word| *word == text);
        let found = self.read(name, &format!("one of {}", words.join(", ")), known)?;
        Ok(found.unwrap_or(words[0]))
    }

    /// A whole number within bounds.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        bounds: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Refusal> {
        let hint = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let number = |text: &str| text.parse().ok().filter(|number| bounds.contains(number));
        Ok(self.read(name, &hint, number)?.unwrap_or(default))
    }

    /// Yes or no; as datagrepper has it, a word that is neither is the default.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        match self.text(name).map(|word| word.to_ascii_lowercase()).as_deref() {
            Some("true" | "t" | "yes" | "y" | "on" | "1") => true,
            Some("false" | "f" | "no" | "n" | "off" | "0") => false,
            _ => default,
        }
    }

    /// After all names were asked for: with `strict=1`, a name that nobody asked for is refused.
    pub(crate) fn finish(mut self) -> Result<(), Refusal> {
        if !self.flag("strict", false) {
            return Ok(());
        }
        let known = |name: &str| {
            self.known.contains(name) || self.families.iter().any(|prefix| name.starts_with(prefix))
        };
        let unknown = self.pairs.iter().find(|(name, _)| !known(name));
        match unknown {
            None => Ok(()),
            Some((name, _)) => {
                let known: Vec<_> = self.known.iter().copied().collect();
                let hint = format!("there are {}", known.join(", "));
                Err(Refusal::new(name, "there is no such parameter", hint))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_are_absent() {
        let mut given = Parameters::parse("user=a%20b&user=c+d&topic=&x=%C3%A9&y=%ff").unwrap();
        assert_eq!(given.all("user"), ["a b", "c d"]);
        assert_eq!(given.all("topic"), [""; 0]);
        assert_eq!(given.text("x").unwrap(), "é");
        assert_eq!(given.text("y").unwrap(), "\u{fffd}");
    }

    #[test]
    fn what_cannot_be_read_names_its_parameter() {
        let mut given = Parameters::parse("page=abc&order=up&rows=0&chrome=maybe").unwrap();
        assert_eq!(given.number("page", 1..=9, 1).unwrap_err().parameter, "page");
        assert_eq!(given.number("rows", 1..=9, 1).unwrap_err().parameter, "rows");
        let refusal = given.word("order", &["desc", "asc"]).unwrap_err();
        assert_eq!(refusal.hint, "one of desc, asc");
        assert!(given.flag("chrome", true));
        assert_eq!(given.number("absent", 1..=9, 7), Ok(7));
        assert_eq!(given.word("absent", &["desc", "asc"]), Ok("desc"));
    }

    #[test]
    fn requests_are_bounded() {
        assert!(Parameters::parse(&"a=1&".repeat(MAX_PARAMETERS)).is_ok());
        assert!(Parameters::parse(&"a=1&".repeat(MAX_PARAMETERS + 1)).is_err());
        assert!(Parameters::parse(&format!("a={}", "x".repeat(MAX_VALUE + 1))).is_err());
        assert_eq!(Parameters::parse("user=%00").unwrap_err().parameter, "user");
    }

    #[test]
    fn unknown_names_are_refused_on_request() {
        let finish = |query: &str| {
            let mut given = Parameters::parse(query).unwrap();
            given.all("user");
            given.finish()
        };
        assert_eq!(finish("user=a&usr=b"), Ok(()));
        assert_eq!(finish("user=a&strict=1"), Ok(()));
        assert_eq!(finish("user=a&usr=b&strict=1").unwrap_err().parameter, "usr");
    }
}
