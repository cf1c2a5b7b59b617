//! How messages are printed: the formats of `-o`.

use std::io::Write;
use std::str::FromStr;

use fedhub::canonical::Value;
use fedhub::colorizer::{self, Ansi, Family, Kind as Hue, Layout, Mark, Piece, Pieces, cut};
use fedhub::message::Message;
use fedhub::meta::{Facts, Wanted};
use fedhub::{Error, Kind};
use jiff::tz::TimeZone;
use minijinja::{Environment, UndefinedBehavior};

use super::escape;

/// A format as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    /// One line for people.
    Human,
    /// The body as it came, a line each.
    Ndjson,
    /// Indented JSON.
    Json,
    /// YAML documents.
    Yaml,
    /// The bytes of the body, a line each, not parsed.
    Raw,
    /// A minijinja template over the body's fields.
    Template(String),
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Format::Human),
            "ndjson" => Ok(Format::Ndjson),
            "json" => Ok(Format::Json),
            "yaml" => Ok(Format::Yaml),
            "raw" => Ok(Format::Raw),
            _ => match text.strip_prefix("template=") {
                Some(template) => Ok(Format::Template(template.to_owned())),
                None => Err("one of human, ndjson, json, yaml, raw, template=TEXT".into()),
            },
        }
    }
}

/// Prints messages in one format.
pub(crate) struct Printer {
    format: Format,
    templates: Environment<'static>,
    /// Whether stdout is a terminal, which must not see control characters.
    terminal: bool,
    color: bool,
    /// How wide a line for people may be.
    width: Option<usize>,
    zone: TimeZone,
}

const TEMPLATE: &str = "message";
const YAML_DEPTH: usize = 64;

impl Printer {
    pub(crate) fn new(
        format: Format,
        terminal: bool,
        color: bool,
        width: Option<usize>,
    ) -> Result<Self, Error> {
        let mut templates = Environment::new();
        // Not every message has every field.
        templates.set_undefined_behavior(UndefinedBehavior::Chainable);
        templates.set_formatter(|out, _, value| {
            out.write_str(&escape::text(&value.to_string())).map_err(minijinja::Error::from)
        });
        if let Format::Template(text) = &format {
            templates.add_template_owned(TEMPLATE, text.clone()).map_err(|error| {
                Error::new(Kind::Usage, format!("the template {text:?} cannot be used"))
                    .because(error)
                    .hint("for example: -o 'template={{topic}} {{msg.commit.username}}'")
            })?;
        }
        Ok(Self { format, templates, terminal, color, width, zone: TimeZone::system() })
    }

    /// Prints one message; says whether its content let it. Only for [`Format::Raw`] it need not be a
    /// JSON object. `checked` says whether its signature was found valid.
    pub(crate) fn print(
        &self,
        message: &Message,
        checked: bool,
        out: &mut impl Write,
    ) -> anyhow::Result<bool> {
        match &self.format {
            Format::Raw if self.terminal => {
                let text = String::from_utf8_lossy(message.body());
                writeln!(out, "{}", escape::text(&text))?;
            }
            Format::Raw => write_line(message.body(), out)?,
            Format::Ndjson if self.terminal => {
                return self.print_parsed(value(message)?, out);
            }
            Format::Ndjson => write_line(message.body(), out)?,
            Format::Json | Format::Yaml | Format::Template(_) => {
                return self.print_parsed(value(message)?, out);
            }
            Format::Human => self.print_human(message, checked, out)?,
        }
        Ok(true)
    }

    /// Prints a value, in a format that is none for messages alone; says whether its content let it.
    pub(crate) fn print_parsed(&self, value: &Value, out: &mut impl Write) -> anyhow::Result<bool> {
        match &self.format {
            Format::Ndjson | Format::Raw => {
                let mut line = Ansi::plain();
                let layout = Layout { ascii: true, ..Layout::LINE };
                colorizer::json(value, layout, &mut line);
                writeln!(out, "{}", line.text)?;
            }
            Format::Json | Format::Human => self.print_value(value, out)?,
            Format::Yaml => {
                // Each level indents all below it, so depth multiplies the size.
                if is_deeper(value, YAML_DEPTH) {
                    return Ok(false);
                }
                let text = serde_yaml_ng::to_string(value)?;
                writeln!(out, "---")?;
                for line in text.lines() {
                    let line = if self.terminal { escape::text(line) } else { line.to_owned() };
                    writeln!(out, "{line}")?;
                }
            }
            Format::Template(_) => {
                let template = self.templates.get_template(TEMPLATE)?;
                let context = minijinja::Value::from(minijinja::value::Serde(value));
                match template.render(context) {
                    Ok(text) => writeln!(out, "{text}")?,
                    Err(_) => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    /// Prints a value as indented JSON.
    pub(crate) fn print_value(&self, value: &Value, out: &mut impl Write) -> anyhow::Result<()> {
        let mut text = self.ansi();
        let layout = Layout { ascii: !self.terminal, ..Layout::INDENTED };
        colorizer::json(value, layout, &mut text);
        Ok(writeln!(out, "{}", text.text)?)
    }

    fn ansi(&self) -> Ansi {
        if self.color { Ansi::colored() } else { Ansi::plain() }
    }

    fn print_line(&self, pieces: &[Piece], out: &mut impl Write) -> anyhow::Result<()> {
        let mut line = self.ansi();
        colorizer::write(pieces, &mut line);
        Ok(writeln!(out, "{}", line.text)?)
    }

    /// Time, verdict, topic, user, and as much of the content as fits.
    fn print_human(
        &self,
        message: &Message,
        checked: bool,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let body = value(message)?;
        let user = body.at("username").and_then(Value::as_str).unwrap_or("-");
        let mark = colorizer::mark(if checked { Mark::Valid } else { Mark::Unchecked });
        let mut pieces = vec![Piece::new(Hue::Time, &self.time(body)), space(), mark, space()];
        pieces.extend(colorizer::topic(message.topic()));
        pieces.extend([space(), Piece::new(Hue::User, user), space()]);
        if let Some(msg) = body.at("msg") {
            let mut content = Pieces::default();
            let layout = Layout { most: self.width.unwrap_or(usize::MAX), ..Layout::LINE };
            colorizer::json(msg, layout, &mut content);
            pieces.extend(content.0.into_iter().flatten());
        }
        if let Some(width) = self.width {
            cut(&mut pieces, width);
        }
        self.print_line(&pieces, out)
    }

    /// What has to be known of a message to print what it is about: with colours names are marked.
    pub(crate) fn wanted(&self) -> Wanted {
        if self.color { Wanted::All } else { Wanted::Line }
    }

    /// Prints what a message is about: title, summary and link.
    pub(crate) fn print_terse(
        &self,
        message: &Message,
        about: &Facts,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        /// Longer ones are cut: nobody reads on.
        const LONGEST: usize = 1000;
        let time = self.time(value(message)?);
        // A topic without prefix and environment gives no title.
        let title = if about.title.is_empty() { message.topic() } else { &about.title };
        let hue = Hue::Topic(Family::of(message.topic()));
        let part = |mut pieces: Vec<Piece>| {
            cut(&mut pieces, LONGEST);
            pieces
        };
        let mut pieces = vec![Piece::new(Hue::Time, &time), space()];
        pieces.extend(part(vec![Piece::new(hue, title)]));
        pieces.push(Piece::new(Hue::Plain, " -- "));
        pieces.extend(part(colorizer::summary(about)));
        if let Some(link) = about.link.as_deref().filter(|link| !link.is_empty()) {
            pieces.push(space());
            pieces.extend(part(vec![Piece::new(Hue::Link, link)]));
        }
        self.print_line(&pieces, out)
    }

    /// When a message was written, for people.
    fn time(&self, body: &Value) -> String {
        let seconds = match body.at("timestamp") {
            Some(Value::Int(fedhub::canonical::Int::Small(seconds))) => Some(*seconds),
            Some(Value::Float(seconds)) => Some(*seconds as i64),
            _ => None,
        };
        let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        time.map_or("--:--:--".into(), |time| {
            time.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
        })
    }
}

/// The body parsed. Callers print only what parses.
fn value(message: &Message) -> anyhow::Result<&Value> {
    message.value().map_err(|error| anyhow::anyhow!("the body is not JSON: {error}"))
}

fn is_deeper(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => true,
        Value::Array(items) => items.iter().any(|item| is_deeper(item, depth - 1)),
        Value::Object(members) => members.iter().any(|(_, value)| is_deeper(value, depth - 1)),
        _ => false,
    }
}

/// Writes bytes as one line. In JSON a raw newline can only be white space.
fn write_line(body: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    if body.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        let line: Vec<u8> = body
            .iter()
            .map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte })
            .collect();
        out.write_all(&line)?;
    } else {
        out.write_all(body)?;
    }
    out.write_all(b"\n")
}

fn space() -> Piece {
    Piece::new(Hue::Plain, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(format: &str, terminal: bool, body: &str) -> String {
        let printer = Printer::new(format.parse().unwrap(), terminal, false, Some(60)).unwrap();
        let mut out = Vec::new();
        printer.print(&Message::new("org.x.dev.git\x1b", body), true, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_format_prints_the_same_message_its_way() {
        let body = "{\"msg\": {\"n\": 1.50},\n\"topic\": \"t\", \"username\": \"u\"}";
        let line = "{\"msg\": {\"n\": 1.50}, \"topic\": \"t\", \"username\": \"u\"}\n";
        assert_eq!(printed("raw", false, body), line);
        assert_eq!(printed("ndjson", false, body), line);
        assert_eq!(printed("yaml", false, body), "---\nmsg:\n  n: 1.5\ntopic: t\nusername: u\n");
        assert_eq!(printed("template={{topic}}/{{msg.n}}", false, body), "t/1.5\n");
        assert!(printed("json", false, body).starts_with("{\n  \"msg\": {\n    \"n\": 1.5\n  },"));
        assert_eq!(
            printed("human", true, body),
            "--:--:-- ok org.x.dev.git\\u{1b} u {\"n\":1.5}\n"
        );
    }

    #[test]
    fn nothing_reaches_a_terminal_as_a_control_character() {
        let body = r#"{"msg":"\u001b[2J\u0007\u009b","topic":"\u001b]0;x"}"#;
        for format in ["human", "ndjson", "json", "yaml", "raw", "template={{msg}}{{topic}}"] {
            let text = printed(format, true, body);
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{format}: {text:?}");
        }
        assert!(!printed("raw", true, "\x1b[2J").contains('\x1b'));
    }

    #[test]
    fn a_message_without_the_fields_of_a_template_is_printed_without_them() {
        assert_eq!(printed("template={{topic}}/{{msg.a.b}}", false, r#"{"topic":"t"}"#), "t/\n");
    }

    #[test]
    fn depth_does_not_multiply_the_output() {
        let body = format!("{{\"msg\":{}{}}}", "[".repeat(900), "]".repeat(900));
        assert_eq!(printed("yaml", false, &body), "");
        let body =
            format!("{{\"msg\":{}1{}{}}}", "[".repeat(900), ",1".repeat(1000), "]".repeat(900));
        assert!(printed("json", false, &body).len() < 100 * body.len());
    }

    #[test]
    fn long_lines_are_cut_to_the_width() {
        let body = format!("{{\"msg\":\"{}\"}}", "x".repeat(500));
        assert_eq!(printed("human", true, &body).trim_end().chars().count(), 60);
    }
}
