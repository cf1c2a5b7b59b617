//! The archive: what the filter finds in it, and the selected message beside or below.

use fedhub::when::show;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::stream::{message_line, with_detail};
use super::{Paint, rows, width};
use crate::action::Scope;
use crate::state::archive::{Rest, Total, position};
use crate::state::{State, Target, View};
use crate::text::{self, count};
use crate::theme::Role;

/// How much is said about a failure.
const LONGEST: usize = 1000;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    with_detail(frame, area, state, list);
}

fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.places.push((area, Target::Pane(Scope::View(View::Archive))));
    let [status, asked, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)])
            .areas(area);
    let paint = Paint(state.theme);
    frame.render_widget(status_line(state, paint), status);
    frame.render_widget(question_line(state, usize::from(asked.width), paint), asked);
    let visible = state.archive.visible(usize::from(body.height));
    if visible.is_empty() {
        return empty(frame, body, state, paint);
    }
    let selected = state.archive.cursor();
    for (row, (number, time, entry)) in rows(body).zip(visible) {
        let columns = usize::from(row.width);
        let about = state.abouts.get(position(&entry), &entry);
        let when = moment(time, state.now, &state.zone);
        let mut line = message_line(&entry, &when, about.as_deref(), columns, paint);
        if number == selected {
            line = paint.selected(line, !state.detail_focus, columns);
        }
        frame.render_widget(line, row);
        state.places.push((row, Target::Found(number)));
    }
}

/// Day and time, where somebody is; the year only where it is not this one.
fn moment(micros: i64, now: i64, zone: &TimeZone) -> String {
    let there =
        |micros| Timestamp::from_microsecond(micros).unwrap_or_default().to_zoned(zone.clone());
    let (time, now) = (there(micros), there(now));
    let form = if time.year() == now.year() { "%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    time.strftime(form).to_string()
}

/// Whether it is searched, and how many messages there are.
fn status_line(state: &State, paint: Paint) -> Line<'static> {
    let archive = &state.archive;
    let (role, word) = match &archive.failure {
        Some(_) => (Role::Bad, "✗ FAILED"),
        None if archive.waits => (Role::Warning, "SEARCHING"),
        None => (Role::Good, "FOUND"),
    };
    let mut spans = vec![paint.own(role, format!(" {word}  "))];
    let here = count(archive.len() as u64);
    let many = match (archive.total, archive.rest()) {
        (Total::Exactly(total), _) => format!("{here} of {} messages", count(total)),
        (Total::AtMost(total), _) => format!("{here} of {} messages at most", count(total)),
        (_, Rest::None) => format!("{here} messages"),
        (_, _) => format!("{here} messages and more"),
    };
    spans.push(paint.own(Role::Dim, format!("{many}  ")));
    if archive.rest() == Rest::TooMuch {
        let text = "! more is not kept: ask for less, or set until";
        spans.push(paint.own(Role::Warning, text));
    }
    Line::from(spans)
}

/// What is asked for.
fn question_line(state: &State, columns: usize, paint: Paint) -> Line<'static> {
    let bound = |time: Option<i64>| time.map_or("-".into(), show);
    let filter = state.stream.filter().map_or("-", |(text, _)| text);
    let mut spans = vec![Span::raw(" ")];
    for (name, value) in [
        ("since", bound(state.archive.since)),
        ("until", bound(state.archive.until)),
        ("filter", filter.to_owned()),
    ] {
        spans.push(paint.own(Role::Field, format!("{name} ")));
        let free = columns.saturating_sub(width(&spans));
        spans.push(paint.cut(Role::Text, &format!("{value}  "), free));
    }
    Line::from(spans)
}

fn empty(frame: &mut Frame<'_>, area: Rect, state: &State, paint: Paint) {
    let archive = &state.archive;
    let (role, said) = match &archive.failure {
        Some(why) => (Role::Bad, text::cut(why, LONGEST)),
        None if !archive.is_known() => {
            (Role::Dim, "No archive is known: see archive.url.".to_owned())
        }
        None if archive.waits => (Role::Dim, "Searching…".to_owned()),
        None => (Role::Dim, "The archive has no such message.".to_owned()),
    };
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let paragraph = Paragraph::new(said).style(paint.0.style(role)).wrap(Wrap { trim: true });
    frame.render_widget(paragraph, area);
}
