//! Reading filters as people write them:
//! `bodhi.* user=alice package!=kernel .msg.commit.branch == "f40"`.

use super::spec::{KINDS, Spec, WHERE, is_topic, nearest};
use crate::{Error, Kind, Result, escape};

/// What only stands between two parts of an expression.
const OPERATORS: [&str; 13] =
    ["==", "!=", "<", "<=", ">", ">=", "=", "|", "//", "/", "%", "and", "or"];

/// A longer filter is refused.
const MAX_TEXT: usize = 64 * 1024;

/// What these texts ask for, together.
pub(super) fn parse(texts: &[impl AsRef<str>]) -> Result<Spec> {
    let mut spec = Spec::default();
    let mut length = 0;
    for text in texts {
        let text = text.as_ref();
        length += text.len();
        if length > MAX_TEXT {
            let what = format!("the filter has more than {MAX_TEXT} bytes");
            return Err(Error::new(Kind::Usage, what));
        }
        Parser { text, at: 0 }.run(&mut spec)?;
    }
    Ok(spec)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(mut self, spec: &mut Spec) -> Result<()> {
        loop {
            self.at += self.rest().len() - self.rest().trim_start().len();
            let rest = self.rest();
            if rest.is_empty() {
                return Ok(());
            }
            let word = word(rest);
            if word.starts_with('~') || is_topic(word) {
                self.topic(word, spec)?;
            } else if let Some(head) = Head::of(rest) {
                self.clause(head, spec)?;
            } else {
                let expression = self.expression();
                spec.expressions.push(expression);
            }
        }
    }

    fn topic(&mut self, topic: &str, spec: &mut Spec) -> Result<()> {
        let next = word(self.rest()[topic.len()..].trim_start());
        if OPERATORS.contains(&next) {
            let what = format!("{topic} is a topic here, and {next} does not follow one");
            let hint = "where='EXPRESSION', or user=NAME without spaces";
            return Err(self.error(&what).hint(hint));
        }
        self.at += topic.len();
        spec.topic.push(topic.to_owned());
        Ok(())
    }

    /// `user=alice`, of which the head is read.
    fn clause(&mut self, head: Head<'a>, spec: &mut Spec) -> Result<()> {
        let begin = self.at;
        let Some(list) = spec.list(head.name, head.not) else {
            return Err(self.unknown(&head));
        };
        self.at += head.length;
        let values = match self.rest().chars().next() {
            Some(quote @ ('\'' | '"')) => vec![self.quoted(quote)?],
            _ if head.name == WHERE => vec![self.expression()],
            _ => {
                let word = word(self.rest());
                self.at += word.len();
                match head.name {
                    // A regular expression may have commas.
                    "topic" => vec![word.to_owned()],
                    _ => word.split(',').map(str::to_owned).collect(),
                }
            }
        };
        if values.iter().any(String::is_empty) {
            self.at = begin;
            return Err(self.error(&format!("{}= has no value", head.name)));
        }
        list.extend(values);
        Ok(())
    }

    /// A value in quotes. In double quotes, a backslash keeps a quote or a backslash from its meaning.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let mut value = String::new();
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((index, character)) = characters.next() {
            if character == quote {
                let after = characters.peek().map(|(_, character)| *character);
                if after.is_some_and(|character| !character.is_whitespace()) {
                    self.at += index + 1;
                    return Err(self.error("a space is missing after the quote"));
                }
                self.at += index + 1;
                return Ok(value);
            }
            let escaped = quote == '"' && character == '\\';
            match characters.peek().filter(|_| escaped) {
                Some((_, next @ ('"' | '\\'))) => {
                    value.push(*next);
                    characters.next();
                }
                _ => value.push(character),
            }
        }
        Err(self.error("the quote is not closed"))
    }

    /// jq, up to the next word such as `user=alice` outside of its strings and brackets.
    fn expression(&mut self) -> String {
        let rest = self.rest();
        let mut open = Vec::new();
        let mut length = rest.len();
        let mut characters = rest.char_indices();
        while let Some((index, character)) = characters.next() {
            match (character, open.last()) {
                ('\\', Some('"')) => {
                    // An expression in a string: "\(.msg.user)".
                    if let Some((_, '(')) = characters.next() {
                        open.push('(');
                    }
                }
                ('"', Some('"')) => {
                    open.pop();
                }
                (_, Some('"')) => {}
                ('"' | '(' | '[' | '{', _) => open.push(character),
                (')' | ']' | '}', _) => {
                    open.pop();
                }
                (space, None) if space.is_whitespace() => {
                    let next = rest.get(index..).unwrap_or_default().trim_start();
                    if Head::of(next).is_some_and(|head| KINDS.contains(&head.name)) {
                        length = index;
                        break;
                    }
                }
                _ => {}
            }
        }
        self.at += length;
        rest.get(..length).unwrap_or(rest).trim_end().to_owned()
    }

    fn unknown(&self, head: &Head<'_>) -> Error {
        if head.name == WHERE {
            return self.error("where has no opposite").hint("where='EXPRESSION | not'");
        }
        let error = self.error(&format!("there is no {}=", escape::text(head.name)));
        match nearest(head.name, KINDS.into_iter()) {
            Some(near) => error.hint(format!("did you mean {near}=?")),
            None => error.hint(format!("known are {}; jq in where='...'", KINDS.join(", "))),
        }
    }

    fn error(&self, what: &str) -> Error {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let column = before.chars().count() + 1;
        // A long one is cut; its beginning tells which it is.
        let text: String = self.text.chars().take(200).collect();
        let text = escape::text(&text);
        Error::new(Kind::Usage, format!("the filter {text:?}, column {column}: {what}"))
    }
}

/// The beginning of `user=alice` or `user!=alice`.
struct Head<'a> {
    name: &'a str,
    not: bool,
    length: usize,
}

impl<'a> Head<'a> {
    /// `==` is jq's.
    fn of(text: &'a str) -> Option<Self> {
        let end = text.find(|character: char| {
            !character.is_ascii_alphabetic() && character != '_' && character != '-'
        })?;
        let (name, rest) = text.split_at(end);
        let (not, sign) = if rest.starts_with("!=") { (true, 2) } else { (false, 1) };
        let is_one = not || rest.starts_with('=') && !rest.starts_with("==");
        (is_one && !name.is_empty()).then_some(Self { name, not, length: end + sign })
    }
}

/// Up to the next white space.
fn word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spec(text: &str) -> Spec {
        parse(&[text]).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn words_are_topics_clauses_and_expressions() {
        let all = spec(
            r#"bodhi.* ~git\.(a|b) user=alice user!=bob package='a b' topic!=x.y category=git .msg.commit.branch=="f40""#,
        );
        assert_eq!(all.topic, ["bodhi.*", r"~git\.(a|b)"]);
        assert_eq!((all.user, all.not_user), (vec!["alice".into()], vec!["bob".into()]));
        assert_eq!((all.package, all.not_topic), (vec!["a b".into()], vec!["x.y".into()]));
        assert_eq!(all.category, ["git"]);
        assert_eq!(all.expressions, [r#".msg.commit.branch=="f40""#]);
        assert!(spec(" \n").is_empty());
        let lists = spec(r#"user=alice,bob package!=a,b user='c,d' ~a,b"#);
        assert_eq!(lists.user, ["alice", "bob", "c,d"]);
        assert_eq!((lists.not_package, lists.topic), (texts(&["a", "b"]), texts(&["~a,b"])));
        assert_eq!(spec("length > 3").expressions, ["length > 3"]);
        assert_eq!(spec("topic=length").topic, ["length"]);
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.into()).collect()
    }

    #[test]
    fn an_expression_ends_before_the_next_clause() {
        for (text, expression) in [
            (r#".a == 1 and .b user=alice"#, ".a == 1 and .b"),
            (r#"user=alice .a == "x user=y""#, r#".a == "x user=y""#),
            (r#"(.a | test("b user=c") ) user=alice"#, r#"(.a | test("b user=c") )"#),
            (r#"any(.a[]; . == 1) user=alice"#, "any(.a[]; . == 1)"),
            (r#"user=alice where=.a == 1"#, ".a == 1"),
            (r#"where='.a == 1' user=alice"#, ".a == 1"),
            (r#"where="\"x\" == .a" user=alice"#, r#""x" == .a"#),
            (r#""\(.a | "x user=y")" == "q" user=alice"#, r#""\(.a | "x user=y")" == "q""#),
            (r#".a | length!=3 user=alice"#, ".a | length!=3"),
            (r#"$words[0] == "git" user=alice"#, r#"$words[0] == "git""#),
        ] {
            let found = spec(text);
            assert_eq!(
                (found.expressions, found.user),
                (vec![expression.into()], vec!["alice".into()]),
                "{text}"
            );
        }
        let two = parse(&[".a == 1", ".b"]).unwrap();
        assert_eq!(two.expressions, [".a == 1", ".b"]);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, column, what, hint) in [
            ("user=a usr=alice", 8, "there is no usr=", Some("did you mean user=?")),
            ("pakage!=x", 1, "there is no pakage=", Some("did you mean package=?")),
            ("colour=red", 1, "there is no colour=", Some("known are topic")),
            ("żółw user=", 6, "user= has no value", None),
            ("user='alice", 6, "the quote is not closed", None),
            ("user='alice'x", 13, "a space is missing", None),
            ("where!='.a'", 1, "where has no opposite", Some("where='EXPRESSION | not'")),
            ("user = alice", 1, "user is a topic here", Some("where='EXPRESSION', or user=NAME")),
            ("user=alice,", 1, "user= has no value", None),
        ] {
            let error = parse(&[text]).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            let shown = error.to_string();
            assert!(shown.contains(&format!("column {column}: {what}")), "{shown}");
            let found = error.next_step().unwrap_or_default();
            assert!(found.starts_with(hint.unwrap_or_default()), "{found}");
        }
        assert!(parse(&["x ".repeat(MAX_TEXT)]).is_err());
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z.*~]{1,8}", r#"[ab '"\\=!.~*()\[\]{}\n]{1,12}"#, ".{1,8}"]
    }

    fn any_spec() -> impl Strategy<Value = Spec> {
        proptest::collection::vec(proptest::collection::vec(value(), 0..3), 9).prop_map(|lists| {
            let mut spec = Spec::default();
            let names: Vec<_> = spec.lists().map(|(kind, not, _)| (kind, not)).to_vec();
            for ((kind, not), values) in names.into_iter().zip(lists) {
                *spec.list(kind, not).unwrap() = values;
            }
            spec
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}", odd in r#"[a-z=!'"\\(). ~\n]{0,40}"#) {
            for text in [text, odd] {
                if let Ok(spec) = parse(&[&text]) {
                    prop_assert_eq!(parse(&[spec.to_string()]).unwrap(), spec);
                }
            }
        }

        #[test]
        fn what_is_written_is_read_again(spec in any_spec()) {
            prop_assert_eq!(parse(&[spec.to_string()]).unwrap(), spec);
        }
    }
}
