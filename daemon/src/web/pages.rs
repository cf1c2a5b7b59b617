//! The pages for people: a search form with cards, and all of one message. They work without scripts.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fedhub::canonical::Value;
use fedhub::colorizer::{Html, Layout, json};
use fedhub::crypto::Verifier;
use fedhub::escape;
use fedhub::meta::{Meta, Wanted};
use fedhub::store::{Archived, Page as Found};
use fedhub::{Error, Kind};
use minijinja::{Environment, Value as Shown, context};
use serde::Serialize;

use super::answer::{self, Answer, Failure, Problem};
use super::datagrepper::Request;
use super::parameters::{Parameters, Refusal};
use super::search::Size;
use super::time;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    for (name, text) in [
        ("base.html", include_str!("templates/base.html")),
        ("cards.html", include_str!("templates/cards.html")),
        ("search.html", include_str!("templates/search.html")),
        ("message.html", include_str!("templates/message.html")),
        ("problem.html", include_str!("templates/problem.html")),
    ] {
        if let Err(error) = templates.add_template(name, text) {
            tracing::error!("the template {name} is broken: {error:#}");
        }
    }
    templates
});

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("templates/style.css");

/// How pages look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) size: Size,
    /// With a frame around it; else only cards.
    pub(crate) chrome: bool,
    /// With the whole message.
    pub(crate) whole: bool,
}

impl Look {
    /// Reads `size` and `chrome`.
    pub(crate) fn read(given: &mut Parameters) -> Result<Self, Refusal> {
        let size = Size::read(given)?;
        Ok(Self { size, chrome: given.flag("chrome", true), whole: size == Size::ExtraLarge })
    }
}

/// A message in short.
#[derive(Serialize)]
struct Card<'a> {
    id: &'a str,
    /// How addresses write it, in a query and in a path.
    id_query: String,
    id_path: String,
    topic: String,
    topic_query: String,
    category: String,
    time: String,
    ago: String,
    title: String,
    summary: String,
    link: Option<String>,
    icon: Option<String>,
    avatar: Option<String>,
    users: Vec<Named>,
    packages: Vec<Named>,
    verdict: &'a str,
    size: &'static str,
    json: Option<Shown>,
    whole: bool,
}

/// A name, and the query that finds it.
#[derive(Serialize)]
struct Named {
    name: String,
    query: String,
}

impl Named {
    fn all(kind: &str, names: &[String]) -> Vec<Self> {
        let named = |name: &String| Self { name: escape::text(name), query: encoded(kind, name) };
        names.iter().map(named).collect()
    }
}

/// A value as HTML, and whether all of it is there.
fn colored(value: &Value) -> (String, bool) {
    /// What is longer is left out.
    const MOST: usize = 512 * 1024;
    let mut html = Html::with_keys();
    let whole = json(value, Layout { most: MOST, ..Layout::INDENTED }, &mut html);
    (html.finish(), whole)
}

impl<'a> Card<'a> {
    fn new(one: &'a Archived, look: Look, rules: &Meta, now: i64) -> Self {
        let facts = fedhub::store::shown::facts(one, Wanted::All, rules);
        let safe = |address: Option<String>| address.filter(|address| is_web_address(address));
        let (title, summary) = match &facts {
            Some(facts) => (escape::text(&facts.title), escape::text(&facts.summary)),
            None => (escape::text(&one.topic), String::new()),
        };
        let (link, icon, avatar) = match facts {
            Some(facts) => (safe(facts.link), safe(facts.icon), safe(facts.secondary_icon)),
            None => (None, None, None),
        };
        let json = look.whole.then(|| match one.message.value() {
            Ok(value) => colored(value),
            Err(_) => colored(&Value::from(&*String::from_utf8_lossy(one.message.body()))),
        });
        Self {
            id: &one.msg_id,
            id_query: encoded("id", &one.msg_id),
            id_path: path_part(&one.msg_id),
            topic: escape::text(&one.topic),
            topic_query: encoded("topic", &one.topic),
            category: escape::text(&one.facts.category),
            time: time::show(one.time),
            ago: time::ago(one.time, now),
            title,
            summary,
            link,
            icon,
            avatar,
            users: Named::all("user", &one.facts.users),
            packages: Named::all("package", &one.facts.packages),
            verdict: &one.verdict,
            size: match look.size {
                Size::Small => "small",
                Size::Medium => "medium",
                Size::Large => "large",
                Size::ExtraLarge => "extra-large",
            },
            whole: json.as_ref().is_none_or(|(_, whole)| *whole),
            json: json.map(|(html, _)| Shown::from_safe_string(html)),
        }
    }
}

/// A link from the bus may lead to the web, and nowhere else.
fn is_web_address(address: &str) -> bool {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https")) && !address.chars().any(escape::is_harmful)
}

/// A query of one parameter.
fn encoded(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// A part of a path; in one, a plus sign is no space.
fn path_part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn serialized(value: impl Serialize) -> Shown {
    Shown::from(minijinja::value::Serde(value))
}

fn render(name: &str, context: Shown) -> Result<Response, Failure> {
    let page = TEMPLATES.get_template(name).and_then(|template| template.render(context));
    let page = page.map_err(|error| {
        Failure::Store(Error::new(Kind::Bug, format!("cannot make the page {name}")).because(error))
    })?;
    Ok(answer::typed("text/html; charset=utf-8", page))
}

/// Search results.
pub(crate) fn results(text: &str, request: &Request, found: &Found, rules: &Meta) -> Answer {
    let now = fedhub::journal::now();
    let cards: Vec<_> =
        found.messages.iter().map(|one| Card::new(one, request.look, rules, now)).collect();
    if !request.look.chrome {
        return render("cards.html", context! { cards => serialized(&cards) });
    }
    let total = found.total.unwrap_or_default();
    let pages = total.div_ceil(request.rows).max(1);
    let page = |page: u64| {
        let pairs = form_urlencoded::parse(text.as_bytes());
        let others = pairs.filter(|(name, value)| name != "page" && !value.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others).append_pair("page", &page.to_string()).finish()
    };
    let query = &request.query;
    // Each list with a field for what it has, and the first ones with an empty field for more.
    let fields = [
        ("contains", "Text", &query.contains),
        ("topic", "Topic", &query.topics),
        ("category", "Category", &query.categories),
        ("user", "User", &query.users),
        ("package", "Package", &query.packages),
        ("agent", "Agent", &query.agents),
        ("not_topic", "Not topic", &query.not_topics),
        ("not_category", "Not category", &query.not_categories),
        ("not_user", "Not user", &query.not_users),
        ("not_package", "Not package", &query.not_packages),
        ("not_agent", "Not agent", &query.not_agents),
    ];
    let given = |name: &str| {
        form_urlencoded::parse(text.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let context = context! {
        cards => serialized(&cards),
        fields => serialized(fields),
        total,
        page => request.page,
        pages,
        start => given("start"),
        end => given("end"),
        delta => given("delta"),
        order => request.order,
        rows => request.rows,
        newer => (request.page > 1).then(|| page(request.page - 1)),
        older => (request.page < pages).then(|| page(request.page + 1)),
    };
    render("search.html", context)
}

/// All of one message.
pub(crate) fn message(one: &Archived, look: Look, rules: &Meta) -> Answer {
    let card = Card::new(one, look, rules, fedhub::journal::now());
    if !look.chrome {
        return render("cards.html", context! { cards => serialized([card]) });
    }
    // Who signed is in the certificate; whether that may be believed, the verdict says.
    let envelope = one.message.envelope();
    let now = one.received / 1_000_000;
    let claimed = envelope.and_then(|envelope| {
        let verdict = Verifier::signature_only().verify_envelope(envelope, now);
        verdict.signer.map(|signer| escape::text(&signer))
    });
    let context = context! {
        card => serialized(&card),
        signer => claimed,
        received => time::show(one.received),
        agent => one.facts.agent.as_deref().map(escape::text),
    };
    render("message.html", context)
}

/// A failure, for people.
pub(crate) fn problem(status: StatusCode, problem: &Problem) -> Response {
    let context = context! { status => status.as_u16(), problem => serialized(problem) };
    match render("problem.html", context) {
        Ok(mut response) => {
            *response.status_mut() = status;
            response
        }
        Err(failure) => failure.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_only() {
        for good in ["https://x.org/?a=1", "HTTP://x.org"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "javascript://x.org/%0aalert(1)",
            "//x.org",
            "",
            "java\nscript://x",
            "https://x.org/\u{202e}",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn names_are_written_for_addresses() {
        assert_eq!(encoded("user", "a b&c/d"), "user=a+b%26c%2Fd");
        assert_eq!(path_part("a b/c?d+e"), "a%20b%2Fc%3Fd%2Be");
    }

    #[test]
    fn every_template_can_be_read() {
        for name in ["base.html", "cards.html", "search.html", "message.html", "problem.html"] {
            TEMPLATES.get_template(name).unwrap();
        }
    }
}
