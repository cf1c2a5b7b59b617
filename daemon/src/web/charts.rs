//! `/charts/<type>`: how many messages there were over time, drawn as SVG.

mod draw;

use axum::extract::{Path, RawQuery, State};
use fedhub::store::{Query, Total};

use self::draw::{Chart, Kind};
use super::answer::{self, Answer, Failure};
use super::parameters::{Parameters, Refusal};
use super::pool::Session;
use super::{Site, search, time};

/// What charts show when no time is named: a year.
const SPAN: i64 = 365 * 24 * 3600 * 1_000_000;
/// How many lines a chart may have.
const MAX_SERIES: usize = 16;

const KINDS: [(&str, Kind); 12] = [
    ("line", Kind::Line),
    ("stackedline", Kind::StackedLine),
    ("xy", Kind::Xy),
    ("bar", Kind::Bar),
    ("horizontalbar", Kind::HorizontalBar),
    ("stackedbar", Kind::StackedBar),
    ("horizontalstackedbar", Kind::HorizontalStackedBar),
    ("funnel", Kind::Funnel),
    ("pyramid", Kind::Pyramid),
    ("verticalpyramid", Kind::VerticalPyramid),
    ("dot", Kind::Dot),
    ("gauge", Kind::Gauge),
];

/// The styles of pygal, which datagrepper draws with; here they are light or dark.
const STYLES: [&str; 16] = [
    "default",
    "dark",
    "neon",
    "dark_solarized",
    "light_solarized",
    "light",
    "clean",
    "red_blue",
    "dark_colorized",
    "light_colorized",
    "turquoise",
    "light_green",
    "dark_green",
    "dark_green_blue",
    "blue",
    "solid_color",
];

/// A chart as it was asked for: what to count, and how to draw it.
struct Request {
    query: Query,
    since: i64,
    until: i64,
    steps: i64,
    split: Vec<&'static str>,
    human: bool,
    chart: Chart,
}

impl Request {
    fn read(kind: Kind, query: &str, now: i64) -> Result<Self, Refusal> {
        let mut given = Parameters::parse(query)?;
        let (query, range) = search::read(&mut given, now)?;
        let until = range.until.unwrap_or(now);
        let splits = ["users", "packages", "categories", "topics", "agents"];
        let mut split = Vec::new();
        for word in given.all("split_on") {
            match splits.iter().find(|known| **known == word) {
                Some(known) if !split.contains(known) => split.push(*known),
                Some(_) => {}
                None => {
                    let hint = format!("one of {}", splits.join(", "));
                    return Err(Refusal::new(
                        "split_on",
                        format!("{word:?} is not possible"),
                        hint,
                    ));
                }
            }
        }
        let style = given.word("style", &STYLES)?;
        let request = Self {
            query,
            since: range.since.unwrap_or(until - SPAN),
            until,
            steps: given.number("N", 3..=15, 10)?.cast_signed(),
            split,
            human: given.flag("human_readable", true),
            chart: Chart {
                kind,
                title: given.text("title").unwrap_or_else(|| "fedmsg events".to_owned()),
                width: given.number("width", 200..=4000, 800)? as f64,
                height: given.number("height", 200..=4000, 800)? as f64,
                labels: Vec::new(),
                series: Vec::new(),
                dark: style.contains("dark") || style == "neon",
                logarithmic: given.flag("logarithmic", false),
                smooth: given
                    .read("interpolation", "quadratic or cubic", |word| {
                        ["quadratic", "cubic"].contains(&word).then_some(())
                    })?
                    .is_some(),
                x_labels: given.flag("show_x_labels", true),
                y_labels: given.flag("show_y_labels", true),
                dots: given.flag("show_dots", true),
                fill: given.flag("fill", false),
            },
        };
        given.finish()?;
        Ok(request)
    }

    /// The ends of each step of time.
    fn steps(&self) -> Vec<(i64, i64)> {
        let width = (self.until - self.since) / self.steps;
        let step = |at| {
            let from = self.since + at * width;
            // Both ends count, and no message counts twice.
            (from, if at == self.steps - 1 { self.until } else { from + width - 1 })
        };
        if width <= 0 { Vec::new() } else { (0..self.steps).map(step).collect() }
    }

    /// A query for each line: every choice of one value from each list that is split.
    fn lines(&self) -> Result<Vec<(String, Query)>, Refusal> {
        let mut lines = vec![(Vec::<String>::new(), self.query.clone())];
        for name in &self.split {
            let values = list(&mut self.query.clone(), name).clone();
            if values.is_empty() {
                continue;
            }
            let each = lines.iter().flat_map(|(names, query)| {
                values.iter().map(|value| {
                    let (mut names, mut query) = (names.clone(), query.clone());
                    *list(&mut query, name) = vec![value.clone()];
                    names.push(value.clone());
                    (names, query)
                })
            });
            lines = each.take(MAX_SERIES + 1).collect();
        }
        if lines.len() > MAX_SERIES {
            let hint = format!("{MAX_SERIES} lines are the most");
            return Err(Refusal::new("split_on", "too many lines for one chart", hint));
        }
        let named = lines.into_iter().map(|(names, query)| match names.is_empty() {
            true => ("events".to_owned(), query),
            false => {
                let name = names.join(" & ");
                let short = name.strip_prefix("org.fedoraproject.prod.").unwrap_or(&name);
                (short.to_owned(), query)
            }
        });
        Ok(named.collect())
    }
}

fn list<'a>(query: &'a mut Query, name: &str) -> &'a mut Vec<String> {
    match name {
        "users" => &mut query.users,
        "packages" => &mut query.packages,
        "categories" => &mut query.categories,
        "topics" => &mut query.topics,
        _ => &mut query.agents,
    }
}

/// `/charts/<type>`.
pub(crate) async fn chart(
    State(site): State<Site>,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    let (_, kind) = known.ok_or(Failure::NotFound("there is no such chart"))?;
    let now = fedhub::journal::now();
    let request = Request::read(*kind, &query.unwrap_or_default(), now)?;
    let svg = site.run(move |session| draw(session, request, now)).await?;
    Ok(answer::typed("image/svg+xml", svg))
}

fn draw(session: &mut Session, request: Request, now: i64) -> Result<String, Failure> {
    let (lines, steps) = (request.lines()?, request.steps());
    let mut chart = request.chart;
    chart.labels = steps
        .iter()
        .map(|(from, _)| match request.human {
            true => time::ago(*from, now),
            false => time::show(*from).chars().take(10).collect(),
        })
        .collect();
    for (name, mut query) in lines {
        let mut values = Vec::new();
        for (since, until) in &steps {
            (query.since, query.until) = (Some(*since), Some(*until));
            values.push(session.store()?.count(&query, Total::Exact)?.unwrap_or_default());
        }
        chart.series.push((name, values));
    }
    Ok(chart.svg())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Result<Request, Refusal> {
        Request::read(Kind::Line, query, 1_000_000_000)
    }

    #[test]
    fn every_parameter_is_known_and_wrong_ones_are_named() {
        let all = "start=0&end=100&user=a&split_on=users&N=5&title=t&width=300&height=400&style=dark\
                   &interpolation=cubic&human_readable=no&logarithmic=1&show_x_labels=0\
                   &show_y_labels=0&show_dots=0&fill=1&strict=1";
        let drawn = request(all).unwrap();
        assert!(drawn.chart.dark && drawn.chart.smooth && !drawn.chart.dots && !drawn.human);
        for wrong in ["N=2", "N=16", "split_on=x", "style=x", "interpolation=x", "width=abc"] {
            let name = wrong.split('=').next().unwrap();
            assert_eq!(request(wrong).err().unwrap().parameter, name);
        }
    }

    #[test]
    fn steps_cover_the_range_once() {
        let steps = request("start=0&end=100&N=3").unwrap().steps();
        assert_eq!((steps[0].0, steps[2].1), (0, 100_000_000));
        assert!(steps.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
        assert!(request("start=5&end=5").unwrap().steps().is_empty());
    }

    #[test]
    fn lists_are_split_into_lines() {
        let names = |query: &str| -> Vec<String> {
            request(query).unwrap().lines().unwrap().into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("user=a"), ["events"]);
        assert_eq!(names("split_on=users"), ["events"]);
        assert_eq!(names("user=a&user=b&split_on=users"), ["a", "b"]);
        let two = "user=a&user=b&category=x&category=y&split_on=users&split_on=categories";
        assert_eq!(names(two), ["a & x", "a & y", "b & x", "b & y"]);
        assert_eq!(
            names("topic=org.fedoraproject.prod.git.receive&split_on=topics"),
            ["git.receive"]
        );
        let many = "user=a&".repeat(17) + "split_on=users";
        assert!(request(&many).unwrap().lines().is_err());
    }
}
