//! Functions about packages, people and sentences.

use jaq_core::box_iter::box_once;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Bind, Cv, Error, RunPtr, ValR, ValX, ValXs};
use openssl::hash::{MessageDigest, hash};

use crate::jq::value::Val;
use crate::jq::{Accounts, Data, budget};

/// Whose picture is not found by name.
const OWN_PICTURES: [&str; 3] = ["bodhi", "koschei", "taskotron"];

/// Name, arguments, and what is run.
type Native = (&'static str, Box<[Bind]>, RunPtr<Data>);

pub(super) fn natives() -> impl Iterator<Item = Fun<Data>> {
    let f = || Box::new([Bind::Fun(())]);
    let natives: [Native; 10] = [
        ("first_or_null", f(), first_or_null),
        ("first_as_list", f(), first_as_list),
        ("nvr_name", v(0), |cv| of_text(cv.1, nvr_name)),
        ("account", v(0), |cv| {
            let accounts = cv.0.data().accounts;
            of_text(cv.1, |text| account(text, accounts).to_owned())
        }),
        ("avatar", v(0), |cv| of_text(cv.1, avatar)),
        ("avatar_email", v(0), |cv| {
            of_text(cv.1, |address| picture(&digest(MessageDigest::md5(), address)))
        }),
        ("series", v(0), |cv| bome(series(&cv.1))),
        ("plural", v(2), |mut cv| {
            let word = cv.0.pop_var();
            let count = cv.0.pop_var();
            bome(plural(&count, &word))
        }),
        ("sha256", v(0), |cv| of_text(cv.1, |text| digest(MessageDigest::sha256(), text))),
        ("md5", v(0), |cv| of_text(cv.1, |text| digest(MessageDigest::md5(), text))),
    ];
    natives.into_iter().map(run::<Data>)
}

/// The first value of an expression. A failure is counted; `break` and the like are for those
/// outside.
fn first(mut cv: Cv<'_, Data>) -> ValX<'_, Option<Val>, Val> {
    let (f, ctx) = cv.0.pop_fun();
    let value = f.run((ctx, cv.1)).next();
    value.transpose().or_else(|exception| {
        exception.get_err().map(|_| {
            budget::count_failure();
            None
        })
    })
}

/// That value; null if there is none or it fails.
fn first_or_null(cv: Cv<'_, Data>) -> ValXs<'_, Val> {
    box_once(first(cv).map(|value| value.unwrap_or(Val::Null)))
}

/// An array with that value; empty if there is none or it fails.
fn first_as_list(cv: Cv<'_, Data>) -> ValXs<'_, Val> {
    box_once(first(cv).map(|value| value.into_iter().collect()))
}

fn of_text<'a>(value: Val, f: impl FnOnce(&str) -> String) -> ValXs<'a, Val> {
    bome(match &value {
        Val::Str(text) => {
            budget::work(text.len());
            Ok(Val::string(&f(text)))
        }
        _ => Err(Error::typ(value, "string")),
    })
}

/// The name in a name-version-release: what is before the last two dashes.
fn nvr_name(nvr: &str) -> String {
    let mut parts = nvr.rsplitn(3, '-');
    parts.nth(2).unwrap_or_else(|| nvr.split('-').next().unwrap_or(nvr)).to_owned()
}

/// The account behind an address or a nickname; the text itself if nothing is known about it.
fn account<'a>(text: &'a str, accounts: &'a Accounts) -> &'a str {
    accounts
        .get(text)
        .map(String::as_str)
        .or_else(|| text.strip_suffix("@fedoraproject.org"))
        .unwrap_or(text)
}

fn avatar(account: &str) -> String {
    if OWN_PICTURES.contains(&account) {
        return format!("https://apps.fedoraproject.org/img/icons/{account}-64.png");
    }
    let address = format!("http://{account}.id.fedoraproject.org/");
    picture(&digest(MessageDigest::sha256(), &address))
}

fn picture(digest: &str) -> String {
    format!("https://seccdn.libravatar.org/avatar/{digest}?s=64&d=retro")
}

/// In hexadecimal digits; empty where the system's OpenSSL refuses the algorithm.
fn digest(algorithm: MessageDigest, text: &str) -> String {
    let digest = hash(algorithm, text.as_bytes());
    digest.iter().flat_map(|digest| digest.iter()).map(|byte| format!("{byte:02x}")).collect()
}

/// "a, b, and 2 others".
fn series(list: &Val) -> ValR<Val> {
    let Val::Arr(array) = list else {
        return Err(Error::typ(list.clone(), "array"));
    };
    let texts: Vec<_> = array
        .items
        .iter()
        .take(3)
        .map(|item| item.as_str().map_or_else(|| item.to_json(), str::to_owned))
        .collect();
    Ok(Val::string(&match (array.items.len(), texts.as_slice()) {
        (3, [a, b, c]) => format!("{a}, {b}, and {c}"),
        (count, [a, b, _]) => format!("{a}, {b}, and {} others", count - 2),
        (_, [a, b]) => format!("{a} and {b}"),
        (_, texts) => texts.concat(),
    }))
}

/// "1 word", "2 words".
fn plural(count: &Val, word: &Val) -> ValR<Val> {
    match (count.number(), word.as_str()) {
        (Some(1.0), Some(word)) => Ok(Val::string(&format!("1 {word}"))),
        (Some(_), Some(word)) => Ok(Val::string(&format!("{} {word}s", count.to_json()))),
        (None, _) => Err(Error::typ(count.clone(), "number")),
        _ => Err(Error::typ(word.clone(), "string")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_before_the_last_two_dashes() {
        for (nvr, name) in [
            ("python-foo-1.0-3.fc40", "python-foo"),
            ("kernel-6.9-1", "kernel"),
            ("kernel-6.9", "kernel"),
            ("kernel", "kernel"),
            ("", ""),
        ] {
            assert_eq!(nvr_name(nvr), name, "{nvr}");
        }
    }

    #[test]
    fn accounts_come_from_the_map_or_the_address() {
        let accounts = Accounts::from([("a@example.org".into(), "anna".into())]);
        assert_eq!(account("a@example.org", &accounts), "anna");
        assert_eq!(account("bert@fedoraproject.org", &accounts), "bert");
        assert_eq!(account("c@example.org", &accounts), "c@example.org");
    }

    #[test]
    fn a_series_names_two_and_counts_the_rest() {
        let list =
            |items: &[&str]| Val::array(items.iter().map(|item| Val::string(item)).collect());
        for (items, text) in [
            (&[][..], ""),
            (&["a"], "a"),
            (&["a", "b"], "a and b"),
            (&["a", "b", "c"], "a, b, and c"),
            (&["a", "b", "c", "d"], "a, b, and 2 others"),
        ] {
            assert_eq!(series(&list(items)).unwrap().as_str(), Some(text));
        }
    }

    #[test]
    fn one_is_singular() {
        let plural = |count| plural(&Val::Int(count), &Val::string("build")).unwrap();
        assert_eq!(plural(1).as_str(), Some("1 build"));
        assert_eq!(plural(0).as_str(), Some("0 builds"));
    }
}
