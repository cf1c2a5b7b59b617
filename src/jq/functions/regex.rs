//! Regular expressions. jaq would compile one each time that it is used, and without a limit.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::rc::Rc;

use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Cv, Error, RunPtr, ValR};
use lru::LruCache;
use regex::{Captures, Regex, RegexBuilder};

use crate::jq::value::Val;
use crate::jq::{Data, budget};

/// How many compiled expressions a thread keeps; rules have about as many as that.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");

/// How large a compiled expression may be, in bytes. The time to search is at most this size times
/// the length of the text, and far less for nearly all.
const MAX_SIZE: usize = 128 * 1024;

/// How long the text of one may be.
const MAX_TEXT: usize = 2000;

/// How deep its groups may nest.
const MAX_NESTING: u32 = 50;

type Key = (Rc<str>, Rc<str>);

thread_local! {
    static COMPILED: RefCell<LruCache<Key, Result<Regex, String>>> =
        RefCell::new(LruCache::new(KEPT));
}

/// What jaq's own definitions of `match`, `sub`, `split` and the rest call, and `test`.
pub(super) fn natives() -> impl Iterator<Item = Fun<Data>> {
    let natives: [(&'static str, RunPtr<Data>); 4] = [
        ("test", |cv| bome(with_regex(cv, |text, regex, _| Ok(regex.is_match(text).into())))),
        ("matches", |cv| {
            bome(with_regex(cv, |text, regex, flags| parts(text, regex, flags, [false, true])))
        }),
        ("split_matches", |cv| {
            bome(with_regex(cv, |text, regex, flags| parts(text, regex, flags, [true, true])))
        }),
        ("split_", |cv| {
            bome(with_regex(cv, |text, regex, flags| parts(text, regex, flags, [true, false])))
        }),
    ];
    natives.into_iter().map(|(name, f)| run::<Data>((name, v(2), f)))
}

fn with_regex(mut cv: Cv<'_, Data>, search: fn(&str, &Regex, &str) -> ValR<Val>) -> ValR<Val> {
    let text_of = |value: Val| match value {
        Val::Str(text) => Ok(text),
        other => Err(Error::typ(other, "string")),
    };
    let flags = match cv.0.pop_var() {
        Val::Null => Rc::from(""),
        flags => text_of(flags)?,
    };
    let pattern = text_of(cv.0.pop_var())?;
    let text = text_of(cv.1)?;
    let regex = compiled(pattern, flags.clone()).map_err(Error::str)?;
    // Searching cannot be stopped, so it is paid for before.
    budget::spend(text.len());
    search(&text, &regex, &flags)
}

fn compiled(pattern: Rc<str>, flags: Rc<str>) -> Result<Regex, String> {
    let key = (pattern, flags);
    COMPILED.with_borrow_mut(|cache| {
        if let Some(found) = cache.get(&key) {
            return found.clone();
        }
        let compiled = compile(&key.0, &key.1);
        cache.put(key, compiled.clone());
        compiled
    })
}

fn compile(pattern: &str, flags: &str) -> Result<Regex, String> {
    if pattern.len() > MAX_TEXT {
        return Err(format!("a regular expression of more than {MAX_TEXT} bytes"));
    }
    budget::spend(MAX_SIZE / 4);
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(MAX_SIZE).dfa_size_limit(4 * MAX_SIZE).nest_limit(MAX_NESTING);
    for flag in flags.chars() {
        match flag {
            'g' | 'n' => &mut builder,
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            'l' => builder.swap_greed(true),
            'x' => builder.ignore_whitespace(true),
            'p' => builder.multi_line(true).dot_matches_new_line(true),
            other => return Err(format!("no flag of regular expressions: {other}")),
        };
    }
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "a regular expression that is too large".to_owned(),
        _ => format!("no regular expression: {pattern}"),
    })
}

/// What does not match and what does, in the order of the text, as far as each is `wanted`. A match
/// is an array of objects: of the whole, then of each group.
fn parts(text: &str, regex: &Regex, flags: &str, wanted: [bool; 2]) -> ValR<Val> {
    let [gaps, matches] = wanted;
    let mut out = Vec::new();
    let mut chars = Chars { text, at: 0, count: 0 };
    let mut end = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        // To find that nothing longer matches, each search may look at all of the rest.
        budget::spend(0);
        budget::work(text.len() - whole.start());
        if flags.contains('n') && whole.is_empty() {
            continue;
        }
        if gaps {
            out.push(Val::string(&text[end..whole.start()]));
            end = whole.end();
        }
        if matches {
            out.push(found(&captures, regex, &mut chars)?);
        }
        if !flags.contains('g') {
            break;
        }
    }
    if gaps {
        out.push(Val::string(&text[end..]));
    }
    Ok(Val::array(out))
}

fn found(captures: &Captures<'_>, regex: &Regex, chars: &mut Chars<'_>) -> ValR<Val> {
    let mut groups = Vec::new();
    // Groups are not in the order of the text: an outer one is named before what is in it.
    let before = *chars;
    for (nth, (group, name)) in captures.iter().zip(regex.capture_names()).enumerate() {
        let Some(group) = group else {
            continue;
        };
        let mut here = before;
        let at = here.to(group.start());
        if nth == 0 {
            *chars = here;
        }
        let mut members = vec![
            (Rc::from("offset"), Val::from(at)),
            (Rc::from("length"), Val::from(group.as_str().chars().count())),
            (Rc::from("string"), Val::string(group.as_str())),
        ];
        members.extend(name.map(|name| (Rc::from("name"), Val::string(name))));
        groups.push(Val::object(members));
    }
    Ok(Val::from_iter(groups))
}

/// Counts the characters of a text up to a place, onwards from the last one.
#[derive(Clone, Copy)]
struct Chars<'a> {
    text: &'a str,
    at: usize,
    count: usize,
}

impl Chars<'_> {
    fn to(&mut self, at: usize) -> usize {
        self.count += self.text[self.at..at].chars().count();
        self.at = at;
        self.count
    }
}
