//! The log: what fedhub itself had to say.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use tracing::Level;

use super::{Paint, rows, width};
use crate::feed::LogLine;
use crate::state::State;
use crate::state::about::clock;
use crate::text::{count, without};
use crate::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let paint = Paint(state.theme);
    if state.log.is_empty() {
        frame.render_widget(Line::from(paint.own(Role::Dim, " Nothing was logged.")), area);
        return;
    }
    let [status, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let shift = state.log.shift;
    let lines = state.log.visible(usize::from(body.height));
    for (row, line) in rows(body).zip(lines) {
        let line = log_line(line, &state.zone, shift, usize::from(row.width), paint);
        frame.render_widget(line, row);
    }
    frame.render_widget(status_line(state, paint), status);
}

/// Whether what comes is followed, and how many lines there are.
fn status_line(state: &State, paint: Paint) -> Line<'static> {
    let (below, all) = state.log.place();
    let all = paint.own(Role::Dim, format!("{} lines", count(all as u64)));
    let mut spans = match below {
        0 => vec![paint.own(Role::Good, " FOLLOWING  ")],
        below => vec![
            paint.own(Role::Warning, " HOLDING  "),
            paint.own(Role::Warning, format!("{} below  ", count(below as u64))),
        ],
    };
    spans.push(all);
    Line::from(spans)
}

fn log_line(
    line: &LogLine,
    zone: &jiff::tz::TimeZone,
    shift: usize,
    columns: usize,
    paint: Paint,
) -> Line<'static> {
    let clock = clock(line.time, zone);
    let role = match line.level {
        Level::ERROR => Role::Bad,
        Level::WARN => Role::Warning,
        _ => Role::Dim,
    };
    let mut spans =
        vec![paint.own(Role::Time, format!(" {clock} ")), paint.fit(role, line.level.as_str(), 6)];
    let free = columns.saturating_sub(width(&spans));
    spans.push(paint.cut(Role::Text, without(&line.text, shift), free));
    Line::from(spans)
}
