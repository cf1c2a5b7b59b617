//! The stream: a line for each message, and the selected message beside or below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use fedhub::colorizer::{Family, Kind};
use fedhub::crypto::Reason;

use super::{Paint, detail, rows, width};
use crate::action::Scope;
use crate::feed::Entry;
use crate::state::about::{About, clock, short_topic};
use crate::state::{State, Target, View};
use crate::text::count;
use crate::theme::Role;

/// From this width on, the message is beside the stream.
const WIDE: u16 = 130;
/// From this height on, the message is below the stream; else it takes its place.
const HIGH: u16 = 18;

/// Which piece of a line says whether the message is marked.
const MARK: usize = 2;
/// Which pieces of a line a search looks at: topic and summary.
const FOUND_IN: std::ops::Range<usize> = 4..usize::MAX;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    with_detail(frame, area, state, list);
}

/// Draws a list of messages, and the selected one beside or below if it is open.
pub(super) fn with_detail(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &mut State,
    list: impl FnOnce(&mut Frame<'_>, Rect, &mut State),
) {
    if !state.detail.open {
        return list(frame, area, state);
    }
    if area.width >= WIDE {
        let half = [Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)];
        let [left, border, right] = Layout::horizontal(half).areas(area);
        list(frame, left, state);
        let role = if state.detail_focus { Role::BorderFocus } else { Role::Border };
        for row in rows(border) {
            frame.render_widget(Line::from(Paint(state.theme).own(role, "│")), row);
        }
        detail::draw(frame, right, state);
    } else if area.height >= HIGH {
        let [above, below] =
            Layout::vertical([Constraint::Fill(2), Constraint::Fill(3)]).areas(area);
        list(frame, above, state);
        detail::draw(frame, below, state);
    } else {
        detail::draw(frame, area, state);
    }
}

fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.places.push((area, Target::Pane(Scope::View(View::Stream))));
    let [status, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let positions = state.stream.visible(usize::from(body.height));
    frame.render_widget(status_line(state, usize::from(status.width)), status);
    if positions.is_empty() {
        return empty(frame, body, state);
    }
    let selected = state.stream.selected();
    let paint = Paint(state.theme);
    for (row, position) in rows(body).zip(positions) {
        let Some(entry) = state.stream.history.get(position) else { continue };
        let about = state.about(position);
        let columns = usize::from(row.width);
        let time = clock(entry.received, &state.zone);
        let mut line = message_line(&entry, &time, about.as_deref(), columns, paint);
        line.spans[MARK] = mark(state, position);
        if let Some(search) = state.stream.search() {
            line.spans = paint.found(line.spans, FOUND_IN, search);
        }
        if selected == Some(position) {
            line = paint.selected(line, !state.detail_focus, columns);
        }
        frame.render_widget(line, row);
        state.places.push((row, Target::Message(position)));
    }
}

fn empty(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let text = match (&state.ended, state.stream.filter()) {
        _ if !state.stream.history.is_empty() => "No message matches the filter.",
        (Some(_), _) => "There is no message.",
        (None, _) => "Waiting for messages…",
    };
    let paint = Paint(state.theme);
    frame.render_widget(Line::from(paint.own(Role::Dim, format!(" {text}"))), area);
}

/// Whether the end is followed, how many messages there are, what filters and what was found.
fn status_line(state: &State, columns: usize) -> Line<'static> {
    let paint = Paint(state.theme);
    let stream = &state.stream;
    let (role, word) = if stream.shows_bookmarks() {
        (Role::Warning, "BOOKMARKS")
    } else if stream.is_paused() {
        (Role::Warning, "PAUSED")
    } else if stream.follows() {
        (Role::Good, "FOLLOWING")
    } else {
        (Role::Warning, "HOLDING")
    };
    let mut spans = vec![paint.own(role, format!(" {word}  "))];
    let mut add = |role, text: String| {
        let free = columns.saturating_sub(width(&spans));
        spans.push(paint.cut(role, &text, free));
    };
    if stream.is_paused() {
        add(Role::Warning, format!("{} wait, none lost  ", count(stream.waiting())));
    }
    let below = stream.below();
    if below > 0 {
        add(Role::Warning, format!("{} below  ", count(below as u64)));
    }
    let all = count(stream.history.len() as u64);
    let marked = stream.bookmarks.positions().len();
    if marked > 0 {
        add(Role::Key, format!("* {}  ", count(marked as u64)));
    }
    match stream.filter() {
        _ if stream.shows_bookmarks() => {
            add(Role::Dim, format!("{} of {all}  ", count(stream.count() as u64)));
        }
        None => add(Role::Dim, format!("{all} messages  ")),
        Some((filter, _)) => {
            add(Role::Dim, format!("{} of {all}  ", count(stream.count() as u64)));
            add(Role::Field, "filter ".to_owned());
            add(Role::Text, format!("{filter}  "));
        }
    }
    if let (Some(search), Some((at, found))) = (stream.search(), stream.found()) {
        add(Role::Field, "/".to_owned());
        add(Role::Text, format!("{} ", search.text));
        let at = if at > 0 { format!("{} of ", count(at as u64)) } else { String::new() };
        add(Role::Dim, format!("{at}{} found", count(found as u64)));
    }
    Line::from(spans)
}

/// How wide the topic may be in a terminal of this width.
fn topic_columns(columns: usize) -> usize {
    (columns / 4).clamp(14, 36)
}

/// Time, verdict, topic, and what it is about.
pub(super) fn message_line(
    entry: &Entry,
    time: &str,
    about: Option<&About>,
    columns: usize,
    paint: Paint,
) -> Line<'static> {
    let topic = entry.message.topic();
    let family = Kind::Topic(Family::of(topic));
    let (role, sign) = sign(about);
    let mut spans = vec![
        Span::raw(" "),
        paint.own(Role::Time, time),
        Span::raw(" "),
        paint.own(role, format!("{sign} ")),
        paint.fit(family.into(), short_topic(topic), topic_columns(columns)),
        Span::raw(" "),
    ];
    let free = columns.saturating_sub(width(&spans));
    match about {
        None => spans.push(paint.cut(Role::Dim, "…", free)),
        Some(about) if !about.whole => spans.push(paint.cut(Role::Bad, "not a JSON object", free)),
        Some(about) => {
            let pieces = about.line.iter().map(|piece| (piece.kind.into(), piece.text.as_str()));
            spans.extend(paint.pieces(pieces, free));
        }
    }
    Line::from(spans)
}

/// Whether it has a bookmark, or is compared with others, as a sign.
fn mark(state: &State, position: i64) -> Span<'static> {
    let compared = state.detail.base().is_some_and(|(marked, _)| *marked == position);
    let sign = match (compared, state.stream.bookmarks.has(position)) {
        (true, _) => "±",
        (false, true) => "*",
        (false, false) => " ",
    };
    Paint(state.theme).own(Role::Key, sign)
}

/// Whether the signature is valid, as a sign.
fn sign(about: Option<&About>) -> (Role, char) {
    match about.and_then(|about| about.verdict.as_ref()).map(|verdict| verdict.reason) {
        None => (Role::Dim, ' '),
        Some(Reason::Valid) => (Role::Good, '✓'),
        Some(Reason::Unsigned) => (Role::Warning, '-'),
        Some(_) => (Role::Bad, '✗'),
    }
}
